"""A DynamoDB in memory that charges as AWS does: what benchmarks of a hundred thousand documents read and write.

It answers the calls that the handler makes, in the shapes that boto3 gives them, for keys named ``pk`` and ``sk``.
Units follow https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html and sizes
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html.
"""

import math
from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from typing import Any

Item = dict[str, Any]

#: A page of Query ends after so many bytes.
QUERY_BYTES = 1024 * 1024


def value_bytes(value: dict[str, Any]) -> int:
    """The bytes of an attribute's value."""
    ((kind, content),) = value.items()
    if kind == "N":
        return math.ceil(len(content.lstrip("-0.")) / 2) + 1
    if kind == "SS":
        return 3 + sum(len(one.encode()) for one in content)
    return len(content.encode() if isinstance(content, str) else content)


def item_bytes(item: Item) -> int:
    """The bytes of an item, names included."""
    return sum(len(name) + value_bytes(value) for name, value in item.items())


def read_units(size: int, *, consistent: bool = False) -> float:
    """Units for reading so many bytes at once."""
    return max(1, math.ceil(size / 4096)) * (1 if consistent else 0.5)


class Metered:
    """The table. ``read`` and ``written`` are the units used so far, ``calls`` the operations."""

    def __init__(self) -> None:
        self.partitions: dict[str, dict[str, Item]] = defaultdict(dict)
        self.order: dict[str, list[str]] = defaultdict(list)
        self.read = self.written = 0.0
        self.calls: Counter[str] = Counter()

    def get_item(self, *, Key: Item, ConsistentRead: bool = False, **_: Any) -> Item:  # noqa: N803
        """Read one item."""
        self.calls["GetItem"] += 1
        item = self._found(Key)
        self.read += read_units(item_bytes(item or {}), consistent=ConsistentRead)
        return {"Item": item} if item else {}

    def batch_get_item(self, *, RequestItems: Item) -> Item:  # noqa: N803
        """Read many items, each charged by itself."""
        self.calls["BatchGetItem"] += 1
        ((table, wanted),) = RequestItems.items()
        items = [item for item in map(self._found, wanted["Keys"]) if item]
        self.read += sum(read_units(item_bytes(item)) for item in items) + (len(wanted["Keys"]) - len(items)) / 2
        return {"Responses": {table: items}}

    def query(
        self,
        *,
        ExpressionAttributeValues: Item,  # noqa: N803
        ScanIndexForward: bool = True,  # noqa: N803
        Limit: int = 0,  # noqa: N803
        ExclusiveStartKey: Item | None = None,  # noqa: N803
        Select: str = "",  # noqa: N803
        **_: Any,
    ) -> Item:
        """Read a range of a partition, charged by the sum of its bytes."""
        self.calls["Query"] += 1
        partition, low, high = (ExpressionAttributeValues[name]["S"] for name in (":p", ":low", ":high"))
        keys = self.order[partition]
        places = range(bisect_left(keys, low), bisect_right(keys, high))[:: 1 if ScanIndexForward else -1]
        if ExclusiveStartKey:
            places = places[places.index(bisect_left(keys, ExclusiveStartKey["sk"]["S"])) + 1 :]
        items: list[Item] = []
        size = 0
        for place in places[: Limit or None]:
            if size >= QUERY_BYTES:
                break
            items.append(self.partitions[partition][keys[place]])
            size += item_bytes(items[-1])
        self.read += read_units(size)
        ended = len(items) == len(places)
        more = {} if ended else {"LastEvaluatedKey": {name: items[-1][name] for name in ("pk", "sk")}}
        return {"Items": [] if Select == "COUNT" else items, "Count": len(items), **more}

    def transact_write_items(self, *, TransactItems: list[Item]) -> Item:  # noqa: N803
        """Write items; the benchmark has one writer, so conditions always hold. Twice the units of a plain write."""
        self.calls["TransactWriteItems"] += 1
        for action in TransactItems:
            ((verb, change),) = action.items()
            key = change["Item"] if verb == "Put" else change["Key"]
            pk, sk = key["pk"]["S"], key["sk"]["S"]
            before = self.partitions[pk].get(sk)
            if verb == "Delete":
                self.partitions[pk].pop(sk, None)
                self.order[pk].remove(sk)
                after: Item = {}
            elif verb == "Put":
                after = change["Item"]
            else:
                counted = int((before or {}).get("n", {"N": "0"})["N"])
                after = key | {"n": {"N": f"{counted + int(change['ExpressionAttributeValues'][':d']['N'])}"}}
            if after:
                self.partitions[pk][sk] = after
                if not before:
                    insort(self.order[pk], sk)
            self.written += 2 * max(1, math.ceil(max(item_bytes(before or {}), item_bytes(after)) / 1024))
        return {}

    def _found(self, key: Item) -> Item | None:
        return self.partitions[key["pk"]["S"]].get(key["sk"]["S"])
