"""A DynamoDB table that survives mistakes: recoverable, encrypted, protected and retained."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import UnionType
from typing import ClassVar

import awacs.dynamodb as actions
from awacs.aws import Action, Allow, Condition, ForAllValuesStringEquals, Null, Statement
from troposphere import AWSObject, GetAtt, Ref, Sub, dynamodb

from woo_stack.component import Component, Switch, Value, camel, given
from woo_stack.key import Key, Throughput
from woo_stack.metric import Watch
from woo_stack.watch import WATCHED


@dataclass(frozen=True, eq=False)
class Table(Component):
    """A table, on demand unless `provisioned`, that stays when its stack goes.

    Point-in-time recovery, encryption and deletion protection are on because each costs little and each of them is
    missed only once (https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/best-practices-security-preventative.html).
    """

    #: Actions for `allow` that read and write items; none of them reads the whole table.
    READ: ClassVar = ("BatchGetItem", "GetItem", "Query")
    WRITE: ClassVar = ("BatchWriteItem", "ConditionCheckItem", "DeleteItem", "PutItem", "UpdateItem")
    #: `encryption` without a key of your own: AWS's (free, invisible) or your account's aws/dynamodb (audited).
    AWS_OWNED: ClassVar = "AWS_OWNED"
    AWS_MANAGED: ClassVar = "AWS_MANAGED"
    STREAMS: ClassVar = ("KEYS_ONLY", "NEW_IMAGE", "OLD_IMAGE", "NEW_AND_OLD_IMAGES")

    namespace: ClassVar = "AWS/DynamoDB"

    key: Key
    #: Global secondary indexes by name; each projects all attributes.
    indexes: Mapping[str, Key] = field(default_factory=dict)
    #: Reserve this much instead of paying by request; every index gets the same.
    provisioned: Throughput | None = None
    #: Never serve more than this a second while on demand (a ceiling on the bill); every index gets the same.
    on_demand_maximum: Throughput | None = None
    #: `AWS_OWNED`, `AWS_MANAGED`, or the ARN of a KMS key.
    encryption: Value = AWS_MANAGED
    #: How far back a restore can go, 1 to 35 days; None turns point-in-time recovery off.
    recovery_days: int | None = 35
    #: The number attribute that holds the epoch second after which DynamoDB deletes an item.
    ttl_attribute: str | None = None
    #: One of `STREAMS`; None for no stream.
    stream: str | None = None
    #: Refuse to delete the table, from the console too; a parameter takes "true" and "false".
    deletion_protection: Switch = True

    def check(self) -> None:
        """Refuse what CreateTable would refuse."""
        rows: tuple[tuple[str, type | UnionType, str], ...] = (
            ("key", Key, "Key(partition) or Key(partition, sort)"),
            ("indexes", Mapping, "a mapping of name to Key"),
            ("provisioned", Throughput | None, "Throughput(read, write) or None"),
            ("on_demand_maximum", Throughput | None, "Throughput(read, write) or None"),
        )
        for name, kind, allowed in rows:
            if not isinstance(getattr(self, name), kind):
                self.refuse(name, getattr(self, name), allowed)
        if self.provisioned and self.on_demand_maximum:
            self.refuse("on_demand_maximum", self.on_demand_maximum, "None for a provisioned table")
        if self.recovery_days is not None:
            self.within("recovery_days", 1, 35, unit="days, or None")
        if self.stream is not None:
            self.one_of("stream", self.STREAMS)
        self.one_of("deletion_protection", (True, False))
        if not str(self.encryption).startswith("arn:"):
            self.one_of("encryption", (self.AWS_OWNED, self.AWS_MANAGED, "the ARN of a KMS key"))
        self._check_indexes()

    def _check_indexes(self) -> None:
        if len(self.indexes) > 20:
            self.refuse("indexes", sorted(self.indexes), "at most 20, DynamoDB's default quota")
        types: dict[str, str] = dict(self.key.attributes)
        for name, key in self.indexes.items():
            if not isinstance(key, Key):
                self.refuse("indexes", {name: key}, "a mapping of name to Key")
            if not 3 <= len(name) <= 255 or not name.replace("_", "").replace("-", "").replace(".", "").isalnum():
                self.refuse("indexes", name, "names of 3 to 255 letters, digits, '_', '-' and '.'")
            for attribute, kind in key.attributes.items():
                if types.setdefault(attribute, kind) != kind:
                    self.refuse("indexes", {attribute: kind}, f"type {types[attribute]} for {attribute}, as elsewhere")

    @property
    def name(self) -> Value:
        """The table's name, for a function's environment."""
        return Ref(self.table)

    @property
    def arn(self) -> Value:
        """The table's ARN."""
        return GetAtt(self.table, "Arn")

    @property
    def stream_arn(self) -> Value:
        """The stream's ARN; raises SettingError for a table without one."""
        if self.stream is None:
            self.refuse("stream", None, ", ".join(self.STREAMS))
        return GetAtt(self.table, "StreamArn")

    @property
    def dimensions(self) -> dict[str, Value]:
        """What tells this table's metrics from another's."""
        return {"TableName": self.name}

    @property
    def rows(self) -> tuple[Watch, ...]:
        """What is watched; throttles of an index are not among its table's."""
        throttled = [row for row in WATCHED[self.namespace] if row.metric.endswith("ThrottleEvents")]
        return (
            *WATCHED[self.namespace],
            *(
                replace(row, name=f"{camel(index)}{row.name}", by=("GlobalSecondaryIndexName", index))
                for index in self.indexes
                for row in throttled
            ),
        )

    @property
    def limits(self) -> dict[str, float]:
        """The most units that five minutes can consume, if that was set."""
        most = self.provisioned or self.on_demand_maximum
        units = {"Read": most.read, "Write": most.write} if most else {}
        return {f"Consumed{kind}CapacityUnits": 300.0 * number for kind, number in units.items()}

    def allow(self, *names: str, indexes: Iterable[str] | None = None, keys: Iterable[str] = ()) -> Statement:
        """A statement that allows these actions on this table, and on its indexes where an action uses them.

        Actions without ``dynamodb:``, as in ``allow("GetItem", "Query")``; `indexes` narrows further (``()``: the
        table alone), and `keys` to items with these values of the partition key, which `Scan` cannot name. A table
        under a key of your own also asks for `allow_key(key)`. Raises SettingError for an action that does not exist
        or an index that the table lacks.
        """
        for name in names:
            if not isinstance(getattr(actions, str(name), None), Action):
                self.refuse("action", name, f"DynamoDB's, as in {', '.join(self.READ + self.WRITE)}")
        if not names:
            self.refuse("action", names, f"at least one of DynamoDB's, as in {', '.join(self.READ)}")
        used = list(self.indexes if indexes is None else indexes)
        if unknown := [index for index in used if index not in self.indexes]:
            self.refuse("index", unknown[0], ", ".join(self.indexes) or "none, the table has no index")
        if not {"Query", "Scan", "PartiQLSelect"} & set(names):
            used = []
        return Statement(
            Effect=Allow,
            Action=[getattr(actions, name) for name in sorted(set(names))],
            Resource=[self.arn, *(Sub(f"${{{self.table.title}.Arn}}/index/{index}") for index in used)],
            **given(Condition=_only(keys)),
        )

    @cached_property
    def table(self) -> dynamodb.Table:
        """The table itself."""
        attributes = {name: kind for key in (self.key, *self.indexes.values()) for name, kind in key.attributes.items()}
        return dynamodb.Table(
            self.id("Table"),
            AttributeDefinitions=[
                dynamodb.AttributeDefinition(AttributeName=name, AttributeType=kind)
                for name, kind in attributes.items()
            ],
            BillingMode="PROVISIONED" if self.provisioned else "PAY_PER_REQUEST",
            DeletionPolicy="Retain",
            DeletionProtectionEnabled=self.deletion_protection,
            KeySchema=self.key.schema,
            PointInTimeRecoverySpecification=self._recovery,
            SSESpecification=self._encryption,
            UpdateReplacePolicy="Retain",
            **self._capacity,
            **given(
                GlobalSecondaryIndexes=[self._index(name, key) for name, key in self.indexes.items()],
                StreamSpecification=self.stream and dynamodb.StreamSpecification(StreamViewType=self.stream),
                TimeToLiveSpecification=self.ttl_attribute
                and dynamodb.TimeToLiveSpecification(AttributeName=self.ttl_attribute, Enabled=True),
            ),
        )

    def resources(self) -> Iterator[AWSObject]:
        """The table."""
        yield self.table

    def _index(self, name: str, key: Key) -> dynamodb.GlobalSecondaryIndex:
        projection = dynamodb.Projection(ProjectionType="ALL")
        return dynamodb.GlobalSecondaryIndex(
            IndexName=name, KeySchema=key.schema, Projection=projection, **self._capacity
        )

    @property
    def _capacity(self) -> dict[str, object]:
        most, units = self.on_demand_maximum, self.provisioned
        return given(
            OnDemandThroughput=most
            and dynamodb.OnDemandThroughput(MaxReadRequestUnits=most.read, MaxWriteRequestUnits=most.write),
            ProvisionedThroughput=units
            and dynamodb.ProvisionedThroughput(ReadCapacityUnits=units.read, WriteCapacityUnits=units.write),
        )

    @property
    def _recovery(self) -> dynamodb.PointInTimeRecoverySpecification:
        if self.recovery_days is None:
            return dynamodb.PointInTimeRecoverySpecification(PointInTimeRecoveryEnabled=False)
        return dynamodb.PointInTimeRecoverySpecification(
            PointInTimeRecoveryEnabled=True, RecoveryPeriodInDays=self.recovery_days
        )

    @property
    def _encryption(self) -> dynamodb.SSESpecification:
        if self.encryption == self.AWS_OWNED:
            return dynamodb.SSESpecification(SSEEnabled=False)
        own = None if self.encryption == self.AWS_MANAGED else self.encryption
        return dynamodb.SSESpecification(SSEEnabled=True, SSEType="KMS", **given(KMSMasterKeyId=own))


def _only(keys: Iterable[str]) -> Condition | None:
    """The condition that a request names these partition keys and no other."""
    name, values = "dynamodb:LeadingKeys", sorted(set(keys))
    # A comparison of all values holds for a request without any, hence the second one:
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-single-vs-multi-valued-context-keys.html
    return Condition([ForAllValuesStringEquals(name, values), Null(name, "false")]) if values else None
