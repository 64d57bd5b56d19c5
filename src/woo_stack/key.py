"""A table's keys, and the capacity that it may be given."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from troposphere import dynamodb

from woo_stack.checked import Checked


@dataclass(frozen=True)
class Key(Checked):
    """The attributes that make a primary or an index key: a partition key and, if items are ordered, a sort key."""

    partition: str
    sort: str | None = None
    #: Attribute types by name where they are not ``"S"`` (text): ``"N"`` number or ``"B"`` binary.
    types: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a key of nothing or of one attribute twice, and a type that no key can have or of no attribute."""
        if not self.partition or self.sort == self.partition:
            self.refuse("partition", self.partition, "the name of an attribute, another than the sort key's")
        for name, kind in self.types.items():
            if kind not in ("S", "N", "B") or name not in (self.partition, self.sort):
                self.refuse(
                    "types",
                    {name: kind},
                    f"S, N or B for {self.partition}{f' or {self.sort}' if self.sort else ''}",
                )

    @property
    def schema(self) -> list[dynamodb.KeySchema]:
        """The key as DynamoDB's KeySchema."""
        parts = [(self.partition, "HASH"), (self.sort, "RANGE")]
        return [dynamodb.KeySchema(AttributeName=name, KeyType=kind) for name, kind in parts if name]

    @property
    def attributes(self) -> dict[str, str]:
        """Attribute types by name."""
        return {name: self.types.get(name, "S") for name in (self.partition, self.sort) if name}


@dataclass(frozen=True)
class Throughput(Checked):
    """Capacity or request units a second: a read unit is 4 KB strongly consistent, a write unit 1 KB."""

    read: int
    write: int

    def __post_init__(self) -> None:
        """Refuse less than one unit; 40,000 is a region's default quota a table."""
        self.within("read", 1, 40_000, unit="units")
        self.within("write", 1, 40_000, unit="units")
