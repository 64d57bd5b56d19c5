"""docs/costs.md: what a shop costs a month, and what of it is for watching."""

from dataclasses import replace

import million
import records
import watching
from body import Json, dashboard
from built import shop as built_shop
from prices import FREE_METRICS, PAGES, PRICES, REGION
from table import listed, paragraph, table
from traffic import MIX, VOLUMES
from woo_stack import Shop
from woo_stack.metric import SEVERITIES

#: The month whose logs are told.
EXAMPLE = VOLUMES[1]
TEXT = """\
# What the shop costs

Dollars a month, of the template that `build.py` makes. Written by `make docs` from [`costs.py`](scripts/costs.py);
the [prices](#prices) are data.

{million}

## Alarms, dashboard and metrics

What CloudWatch bills of the template, whatever is asked of the shop.

{bill}

Where nothing else in the account uses what is free: **{after_free:.2f}**. The dashboard draws {drawn} metrics,
{over}.

Metrics that AWS's services send by themselves cost nothing. Custom metrics are prorated by the hour and metered only
when they are sent (AWS's page, as it stood in 2024): the table is the most, and a metric of what does not happen, as
throttled calls, costs nothing. Metrics that functions print (Embedded Metric Format) cost as metrics and as log, and no
requests.

## How to spend less

{savings}

## Logs

An estimate: a read writes about {read} bytes and a webhook about {webhook}, which are the sample records of
[`records.py`](scripts/records.py) with {overhead} bytes more for each, at the log level INFO, the authorizer's answer
remembered.

```text
GB      = (reads * {read} + webhooks * {webhook}) / 1,000,000,000
dollars = GB * {ingested} + GB * LogRetentionDays / 30 * {stored} + GB scanned * {scanned}
```

For example {reads} reads and {webhooks} webhooks a month, kept for {days} days: {gigabytes} GB written for {written}
dollars and, once the oldest are that old, {kept} GB kept for {keeping}, before what is free.

The dashboard's {tables} tables are queries, which scan what the log holds of the time that is shown, whenever it is
shown. Three hours of the example's logs are {hours} MB.

## Prices

{pages}

{prices}
"""


def page() -> str:
    """The page, in Markdown."""
    shop = built_shop()
    lines = watching.parts(shop)
    metrics = watching.drawn(dashboard(shop))
    bill = [(line.name, str(line.count), f"{PRICES[line.price].dollars:.2f}", f"{line.dollars:.2f}") for line in lines]
    total = ("**all**", "", "", f"**{watching.total(shop):.2f}**")
    prices = [
        (f"{one.dollars:g}", one.unit, f"{one.free:g}" if one.free else "none", one.seen) for one in PRICES.values()
    ]
    return TEXT.format(
        million=million.section(shop),
        bill=table(("part", "count", "price", "dollars"), [*bill, total]),
        after_free=watching.after_free(lines, metrics),
        drawn=metrics,
        over=f"{'more' if metrics > FREE_METRICS else 'not more'} than the {FREE_METRICS} of a free one",
        savings=table(("`Settings`", "dollars saved", "what goes"), _savings(shop)),
        prices=table(("dollars", "for", "free each month", "seen"), prices),
        pages=paragraph(_pages()),
        **_logs(shop),
    )


def _savings(shop: Shop) -> list[tuple[str, str, str]]:
    graded = {name: shop.health.severity(name, row) for name, row, _ in shop.health.alarming()}
    notices = [name for name, severity in graded.items() if severity == SEVERITIES[-1]]
    ways: list[tuple[str, Json, str]] = [
        (
            "`metrics_by_route=False`",
            {"metrics_by_route": False},
            "the API's metrics by route, not those of all routes",
        ),
        *((f"`thresholds`: None for `{name}`", {"thresholds": {name: None}}, "that alarm; it is still drawn")
          for name in notices[:1]),
        ("`thresholds`: None for each notice", {"thresholds": dict.fromkeys(notices)}, f"{len(notices)} alarms"),
        ("`thresholds`: None for all", {"thresholds": dict.fromkeys(graded)}, "every alarm, also the composite ones"),
    ]  # fmt: skip
    now = watching.total(shop)
    return [(way, f"{now - watching.total(_cheaper(shop, given)):.2f}", what) for way, given, what in ways]


def _cheaper(shop: Shop, given: Json) -> Shop:
    """The shop with these settings beside its own."""
    settings = shop.settings
    thresholds = {**settings.thresholds, **given.get("thresholds", {})}
    return Shop(replace(settings, **{**given, "thresholds": thresholds}))


def _logs(shop: Shop) -> dict[str, str]:
    read, webhook = records.written(records.READ), records.written(records.WEBHOOK)
    reads, webhooks = MIX.of(EXAMPLE)
    days = int(shop.parameters["LogRetentionDays"].Default)
    gigabytes = (reads * read + webhooks * webhook) / records.GB
    ingested, stored, scanned = (PRICES[name].dollars for name in ("ingested", "stored", "scanned"))
    kept = gigabytes * days / 30
    return {
        "read": f"{read:,}", "webhook": f"{webhook:,}", "overhead": str(records.OVERHEAD), "reads": f"{reads:,.0f}",
        "webhooks": f"{webhooks:,.0f}", "days": str(days), "gigabytes": f"{gigabytes:.2f}", "kept": f"{kept:.2f}",
        "ingested": f"{ingested:.2f}", "stored": f"{stored:.2f}", "scanned": f"{scanned:g}",
        "written": f"{gigabytes * ingested:.2f}", "keeping": f"{kept * stored:.2f}",
        "tables": str(sum(widget["type"] == "log" for widget in dashboard(shop)["widgets"])),
        "hours": f"{gigabytes * 1000 * 3 / 720:.1f}",
    }  # fmt: skip


def _pages() -> str:
    known = listed(f"[{service}]({link})" for service, link in PAGES.items())
    return (
        f"Dollars in {REGION}, kept by hand in [`prices.py`](scripts/prices.py). AWS's pages are those of {known}. "
        "What is free is from there or from where the price is; the GB of logs that are free are of all three "
        "together. Behind `seen` is when and where a figure was last read off."
    )
