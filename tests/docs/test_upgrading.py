"""What docs/upgrading.md says of a changed setting is what the two templates say."""

import json
import re
from typing import Any

import pytest
from tests.docs.markdown_pages import ROOT

from woo_stack import Network, Settings, shop, to_json
from woo_stack.cloudformation.change import State
from woo_stack.cloudformation.difference import difference

#: Another value of each setting that a row of the page is about.
OTHER: dict[str, Any] = {
    "customer_key": False,
    "api": "http",
    "stage": "v2",
    "vpc_endpoints": ("vpce-0a1b2c3d",),
    "sources": ("203.0.113.0/24",),
    "webhook_sources": ("203.0.113.7/32",),
    "event_bus": True,
    "backup_days": 30,
    "recovery_days": 7,
    "network": Network("Network", vpc_id="vpc-0a1b2c3d", subnet_ids=("subnet-0a1b2c3d", "subnet-1a1b2c3d")),
    "rotation_days": 30,
    "query_string_credentials": True,
    "requests_per_day": 1000,
    "firewall": True,
    "code": "bucket",
    "exports": True,
    "thresholds": {"ApiLatency": None},
    "permissions_boundary": "arn:aws:iam::111111111111:policy/boundary",
}
#: Those that the page says nothing of, because nothing is replaced or removed either way that holds something.
IN_PLACE: dict[str, Any] = {
    "memory_mb": 1024,
    "timeout_seconds": 20,
    "concurrency": {"Reader": 50},
    "tracing": False,
    "metrics_by_route": False,
    "runbook": "https://wiki.example.com/shop",
    "webhook_rate": 5,
    "replay_hours": 72,
    "cache_gb": 0.5,
    "client_certificate": True,
}


def rows() -> dict[str, list[str]]:
    """The cells of the table of settings, by each setting that its first cell names."""
    table = (ROOT / "docs" / "upgrading.md").read_text().split("## Changing a setting")[1].split("\n## ")[0]
    cells = [line.strip("|").split(" | ") for line in table.splitlines() if line.startswith("| `")]
    return {name: row for row in cells for name in re.findall(r"`(\w+)", row[0])}


def state(**settings: Any) -> State:
    return State(json.loads(to_json(shop(Settings(**settings)))))


def lost(before: State, after: State) -> set[str]:
    """What `deploy` refuses to replace or remove."""
    return {change.logical_id for change in difference(before, after).unsafe()}


def named(cell: str) -> set[str]:
    return set(re.findall(r"`([A-Z]\w+)`", cell))


@pytest.mark.parametrize("name", OTHER)
def test_what_is_refused_is_named(name: str) -> None:
    row = rows()[name]
    there, back = (lost(*pair) for pair in ((state(), state(**{name: OTHER[name]})),
                                            (state(**{name: OTHER[name]}), state())))  # fmt: skip
    # A row for both ways names what either way loses; a row for one way tells of the way back in its last cell.
    assert there <= named(row[3])
    assert back <= named(row[3]) | named(row[4])
    assert named(row[3]) | named(row[4]) <= there | back


@pytest.mark.parametrize("name", IN_PLACE)
def test_other_settings_lose_nothing(name: str) -> None:
    other = state(**{name: IN_PLACE[name]})
    assert lost(state(), other) | lost(other, state()) == set()


def test_every_setting_is_judged() -> None:
    assert set(rows()) == set(OTHER)
    # Signatures need code in a bucket, and are a property of functions.
    assert {*OTHER, *IN_PLACE, "signing_profiles"} == set(Settings.__dataclass_fields__)
