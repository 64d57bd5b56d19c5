"""What may be chosen otherwise than a shop has it, and what that makes of its bill."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from bill import Facts, facts_of
from woo_stack import SettingError, Settings, Shop
from woo_stack.settings import REST_ONLY

APIS = {"rest": "REST", "http": "HTTP"}
#: Settings that cost money and are in no bill.
UNPRICED = ("event_bus", "backup_days", "cache_gb", "network")


@dataclass(frozen=True)
class Choice:
    """Settings, or an answer to the form, as the page words them."""

    text: str
    settings: Mapping[str, Any] = field(default_factory=dict)
    log_days: int | None = None


def choices(shop: Shop) -> dict[str, Facts]:
    """The facts of the shop with each choice, by its text; of those that fit and change a setting."""
    silent = dict.fromkeys(name for name, _, _ in shop.health.alarming())
    rows = (
        Choice('`api="http"`', {"api": "http"}),
        Choice("`tracing=False`", {"tracing": False}),
        Choice("`metrics_by_route=False`", {"metrics_by_route": False}),
        Choice("`thresholds`: None for all", {"thresholds": {**shop.settings.thresholds, **silent}}),
        Choice("`customer_key=False`", {"customer_key": False}),
        Choice("`memory_mb=256`, if it takes no longer", {"memory_mb": 256}),
        Choice("`LogRetentionDays` 30, on the form", log_days=30),
        Choice("`query_string_credentials=True`", {"query_string_credentials": True}),
        Choice("`firewall=True`", {"firewall": True}),
    )
    found = {}
    for row in rows:
        settings = chosen(shop.settings, row.settings)
        if settings and (row.log_days or settings != shop.settings):
            found[row.text] = facts_of(Shop(settings), row.log_days)
    return found


def behind(shop: Shop) -> dict[str, Facts]:
    """The facts of the shop behind each kind of API, by the kind's name."""
    found = {api: chosen(shop.settings, {"api": api}) for api in APIS}
    return {APIS[api]: facts_of(Shop(settings)) for api, settings in found.items() if settings}


def chosen(settings: Settings, others: Mapping[str, Any]) -> Settings | None:
    """Settings with others, behind an HTTP API without what REST APIs alone have; None where they do not fit."""
    given = dict(others)
    if given.get("api") == "http":
        given |= {one.name: one.default for one in fields(Settings) if one.name in REST_ONLY}
    try:
        return replace(settings, **given)
    except SettingError:
        return None
