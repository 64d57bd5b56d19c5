"""Every setting's other values, alone and in pairs: the few shops in which any two of them stand together."""

from collections.abc import Iterator
from dataclasses import fields
from functools import cache
from itertools import combinations
from typing import Any

from woo_stack import Network, SettingError, Settings

SUBNETS = ("subnet-0a1b2c3d", "subnet-4e5f6a7b")
PROFILE = "arn:aws:signer:eu-west-1:111111111111:/signing-profiles/woo/0a1b2c3d4e"
#: Other values than the default by field, its limits among them.
VALUES: dict[str, tuple[Any, ...]] = {
    "code": ("bucket",),
    "api": ("http",),
    "customer_key": (False,),
    "query_string_credentials": (True,),
    "exports": (True,),
    "stage": ("s" * 128, "Z-_9"),
    "memory_mb": (128, 10_240),
    "timeout_seconds": (1, 29),
    "concurrency": ({"Reader": 1}, {"Intake": 100_000, "Reader": 17, "Authorizer": 3, "Applier": 5, "Recounter": 2}),
    "event_bus": (True,),
    "recovery_days": (1,),
    "backup_days": (1, 365),
    "tracing": (False,),
    "metrics_by_route": (False,),
    "thresholds": ({"ApiLatency": 28_999.0, "ReaderErrors": 4.0, "IntakeParked": None},),
    "runbook": ("https://wiki.example.com/shop",),
    "firewall": (True,),
    "sources": (("198.51.100.0/24", "2001:db8::/32"),),
    "webhook_sources": (("198.51.100.7/32",),),
    "vpc_endpoints": (("vpce-0a1b2c3d",),),
    "webhook_rate": (1, 50),
    "requests_per_day": (1, 100_000),
    "replay_hours": (1, 72),
    "rotation_days": (1, 90),
    "cache_gb": (0.5, 237),
    "client_certificate": (True,),
    "network": (Network("Inside", vpc_id="vpc-0a1b2c3d", subnet_ids=SUBNETS),),
    "signing_profiles": ((PROFILE,),),
    "permissions_boundary": ("arn:aws:iam::111111111111:policy/boundary",),
}

Choice = tuple[str, int]


def chosen(*choices: Choice) -> dict[str, Any]:
    return {name: VALUES[name][index] for name, index in choices}


@cache
def fits(*choices: Choice) -> bool:
    """Whether the settings take these together, on whatever form of the code they need."""
    try:
        Settings(**chosen(*choices))
    except SettingError:
        return False
    return True


def alone() -> Iterator[Choice]:
    """Each other value by itself."""
    for name, values in VALUES.items():
        yield from ((name, index) for index in range(len(values)))


def pairs() -> Iterator[tuple[Choice, Choice]]:
    """Every two other values of two fields."""
    yield from (pair for pair in combinations(alone(), 2) if pair[0][0] != pair[1][0])


def grid() -> dict[str, Settings]:
    """The default, each other value by itself (with the code where it can be), and all pairs, by name."""
    singles = {
        f"{name} {index + 1}" if len(VALUES[name]) > 1 else name: [(name, index)]
        if fits((name, index))
        else [(name, index), ("code", 0)]
        for name, index in alone()
    }
    rows = {"defaults": {}} | {name: chosen(*choices) for name, choices in singles.items()}
    rows |= {f"together {number}": row for number, row in enumerate(together(), 1)}
    return {name: Settings(**row) for name, row in rows.items()}


def refused() -> list[tuple[Choice, Choice]]:
    """Those that no shop can have together, although each can be had."""
    bucket = ("code", 0)
    fit = [one for one in alone() if fits(*{one: None, bucket: None})]
    return [pair for pair in pairs() if {*pair} <= {*fit} and not fits(*dict.fromkeys((*pair, bucket)))]


@cache
def together() -> tuple[dict[str, Any], ...]:
    """Few settings in which all pairs stand that can (greedy, the same each time)."""
    left = dict.fromkeys(pair for pair in pairs() if fits(*dict.fromkeys((*pair, ("code", 0)))))
    left |= dict.fromkeys(pair for pair in pairs() if fits(*pair))
    rows = []
    while left:
        row = list(next(iter(left)))
        if not fits(*row):
            row.append(("code", 0))
        for name, values in VALUES.items():
            if name not in dict(row):
                options = [(name, index) for index in range(len(values))]
                fitting = [one for one in options if fits(*sorted([*row, one]))]
                gains = [sum(_pair(one, other) in left for other in row) for one in fitting]
                if fitting and max(gains):
                    row.append(fitting[gains.index(max(gains))])
        for one, other in combinations(row, 2):
            left.pop(_pair(one, other), None)
        rows.append(chosen(*row))
    return tuple(rows)


def _pair(one: Choice, other: Choice) -> tuple[Choice, Choice]:
    order = list(VALUES)
    return (one, other) if order.index(one[0]) < order.index(other[0]) else (other, one)


def _complete() -> None:
    known = {field.name for field in fields(Settings)}
    assert known <= {*VALUES}, f"setting {min(known - {*VALUES})} has no row in VALUES of tests/matrix.py"
    assert known >= {*VALUES}, f"VALUES of tests/matrix.py names {min({*VALUES} - known)}, which is no setting"


_complete()
