"""What a request reads, writes and sends: measured with the real handler on `benchmarks/metered.py`.

The benchmark's DynamoDB in memory charges by AWS's rules, so that the figures are the same on every machine.
"""
# mypy: disable-error-code="import-not-found"
# benchmarks/ is no package: its scripts import each other by name, as these do.

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from statistics import median

from built import ROOT
from traffic import KINDS, PACKED

sys.path.append(str(ROOT / "benchmarks"))

import metered
import read_cost

#: A shop of so many orders, of which only the last are written: ids and dates are as long as they get.
SHOP, WRITTEN = 100_000, 400
#: DynamoDB stores so many bytes more with each item:
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
ITEM_OVERHEAD = 100


@dataclass(frozen=True)
class Used:
    """What one request of a kind takes."""

    read: float
    written: float
    #: Bytes of the answer; none for a webhook, whose answer is empty.
    sent: int


@dataclass(frozen=True)
class Units:
    """What the requests take, and an order."""

    used: Mapping[str, Used]
    #: Bytes of a webhook's body.
    body: int
    #: Bytes of an order in the table with its rows and counters, as reading them is charged and as keeping them is.
    scanned: float
    stored: float


@cache
def measured() -> Units:
    """The measures: medians of the writes, which differ a little with the length of what gzip leaves of an order."""
    table, used = metered.Metered(), {}
    numbers = range(SHOP - WRITTEN + 1, SHOP + 1)
    bodies = {number: read_cost.order(number, SHOP) for number in numbers}
    changed = {number: read_cost.order(number, SHOP, moved=True) for number in numbers}
    for name, events in (("new", bodies), ("change", changed)):
        reads, writes = zip(*(read_cost.put(table, body) for body in events.values()), strict=True)
        used[name] = Used(median(reads), median(writes), sent=0)
    with read_cost.serving(table):
        for name, kind in KINDS.items():
            if kind.path:
                before = table.read
                sent = read_cost.ask(kind.path.format(id=SHOP))
                used[name] = Used(table.read - before, 0, round(sent * (PACKED if kind.packed else 1)))
    items = [item for partition in table.partitions.values() for item in partition.values()]
    scanned = sum(map(metered.item_bytes, items)) / WRITTEN
    return Units(used, len(bodies[SHOP]), scanned, scanned + ITEM_OVERHEAD * len(items) / WRITTEN)
