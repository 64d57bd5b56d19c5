"""What watching the shop costs a month: what the template has of it, times AWS's prices."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace

from body import Json, dashboard
from built import shop as built_shop
from prices import FREE_METRICS, PAGE, PRICES
from table import table

from woo_stack import Shop
from woo_stack.logs import ACCESS_LOG
from woo_stack.metric import CUSTOM_NAMESPACE, SEVERITIES
from woo_stack.watch import rows_of

#: Of a REST API and of an HTTP API.
STAGES, ROUTES = (
    ("AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage"),
    ("AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Route"),
)
#: What API Gateway counts of each route with detailed metrics; two more need its cache.
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
ROUTE_METRICS = ("4XXError", "5XXError", "Count", "IntegrationLatency", "Latency")

_ID = "0f9b2c1e-5d47-4a3b-8e6f-1c2d3e4f5a6b"
_TRACE = {"spanId": "4a2f8c1b9d3e5f70", "type": "X-Amzn-Trace-Id", "value": f"Root=1-{_ID};Sampled=1"}
_MEASURES = {"durationMs": 12.345, "billedDurationMs": 13, "memorySizeMB": 512, "maxMemoryUsedMB": 96}
_ANSWER = {"gateway_request_id": _ID, "route": "GET /wp-json/wc/v3/orders", "status": 200, "duration_ms": 12}
_PRINTED = [{"Name": "Stored", "Unit": "Count"}, {"Name": "Lag", "Unit": "Seconds"}]
_RULE = {"Namespace": CUSTOM_NAMESPACE, "Dimensions": [["FunctionName"]], "Metrics": _PRINTED}
#: Records as the shop's logs hold them, to measure: the access log's, Lambda's own two of a call (from memory of
#: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html), a function's, and metrics.
RECORDS: dict[str, Json] = {
    "access": {name: _ID if "requestId" in value else "x" * 12 for name, value in json.loads(ACCESS_LOG).items()},
    "start": {
        "time": "2026-01-01T00:00:00.000Z", "type": "platform.start",
        "record": {"requestId": _ID, "version": "$LATEST", "tracing": _TRACE},
    },
    "report": {
        "time": "2026-01-01T00:00:00.000Z", "type": "platform.report",
        "record": {"requestId": _ID, "metrics": _MEASURES, "tracing": _TRACE, "status": "success"},
    },
    "own": {
        "timestamp": "2026-01-01T00:00:00Z", "level": "INFO", "message": "read", "logger": "woo_stack",
        "requestId": _ID, **_ANSWER,
    },
    "metrics": {
        "_aws": {"Timestamp": 1_767_225_600_000, "CloudWatchMetrics": [_RULE]},
        "FunctionName": "shop-ApplierFunction-1A2B3C4D5E6F", "Stored": 1, "Lag": [2.125],
    },
}  # fmt: skip
#: Of each, how many a read and a webhook write: a webhook calls two functions that both print metrics.
READ = {"access": 1, "start": 1, "report": 1, "own": 1}
WEBHOOK = {"access": 1, "start": 2, "report": 2, "own": 2, "metrics": 2}
#: What CloudWatch adds to each record: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
OVERHEAD = 26
#: A small shop, in a month.
EXAMPLE_READS, EXAMPLE_WEBHOOKS = 100_000, 10_000


TEXT = """\
# What watching the shop costs

Dollars a month in us-east-1, counted in the template that `build.py` makes. Written by `make docs`
from `docs/scripts/costs.py`.

## Alarms, dashboard and metrics

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
`docs/scripts/costs.py` with {overhead} bytes more for each, at the log level INFO, the authorizer's answer remembered.

```text
GB      = (reads * {read} + webhooks * {webhook}) / 1,000,000,000
dollars = GB * {ingested} + GB * LogRetentionDays / 30 * {stored} + GB scanned * {scanned}
```

For example {reads} reads and {webhooks} webhooks a month, kept for {days} days: {gigabytes} GB written for {written}
dollars and, once the oldest are that old, {kept} GB kept for {keeping}, before what is free.

The dashboard's {tables} tables are queries, which scan what the log holds of the time that is shown, whenever it is
shown. Three hours of the example's logs are {hours} MB.

## Prices

AWS's page is {page}. What is free is from there; the GB of logs that are free are of all three
together. Behind `seen` is where a figure was last read off.

{prices}
"""


@dataclass(frozen=True)
class Part:
    """A line of the bill."""

    name: str
    count: int
    #: Of `PRICES`.
    price: str

    @property
    def dollars(self) -> float:
        """A month's, at the list price."""
        return self.count * PRICES[self.price].dollars


def parts(shop: Shop) -> list[Part]:
    """What of a shop's template CloudWatch bills by the piece."""
    resources = [*shop.template.to_dict()["Resources"].values()]
    kinds = [resource["Type"] for resource in resources]
    stages = [one["Properties"] for one in resources if one["Type"] in STAGES]
    detailed = any(setting.get("MetricsEnabled") for stage in stages for setting in stage.get("MethodSettings", []))
    detailed |= any(stage.get("DefaultRouteSettings", {}).get("DetailedMetricsEnabled") for stage in stages)
    printed = {
        (component.title, row.metric)
        for component in shop.health.watched
        for row in rows_of(component)
        if row.namespace == CUSTOM_NAMESPACE and not row.pattern
    }
    routes = sum(map(kinds.count, ROUTES)) if detailed else 0
    return [
        Part("Alarms of single metrics", kinds.count("AWS::CloudWatch::Alarm"), "alarm"),
        Part("Composite alarms", kinds.count("AWS::CloudWatch::CompositeAlarm"), "composite"),
        Part("Dashboard", kinds.count("AWS::CloudWatch::Dashboard"), "dashboard"),
        Part("Metrics that functions print", len(printed), "metric"),
        Part("Metrics that filters count in the access log", kinds.count("AWS::Logs::MetricFilter"), "metric"),
        Part(f"Metrics by route ({routes} of {len(ROUTE_METRICS)} each)", routes * len(ROUTE_METRICS), "metric"),
    ]


def drawn(built: Json) -> int:
    """How many metrics a dashboard refers to, each counted once however often it is drawn."""
    chosen = {variable["pattern"]: variable["defaultValue"] for variable in built.get("variables", [])}
    lines = [line for widget in built["widgets"] for line in widget["properties"].get("metrics", [])]
    named = [tuple(chosen.get(part, part) for part in line if isinstance(part, str)) for line in lines]
    return len({name for name in named if name})


def total(shop: Shop) -> float:
    """Dollars a month, at list prices."""
    return sum(part.dollars for part in parts(shop))


def after_free(lines: Sequence[Part], metrics: int) -> float:
    """Dollars a month where nothing else in the account uses what is free, of a dashboard with so many metrics."""
    left = {name: price.free for name, price in PRICES.items()} | ({"dashboard": 0} if metrics > FREE_METRICS else {})
    counts = {price: sum(line.count for line in lines if line.price == price) for price in PRICES}
    return sum(max(0, counts[name] - left[name]) * PRICES[name].dollars for name in PRICES)


def written(records: dict[str, int]) -> int:
    """Bytes of log for so many of each of `RECORDS`."""
    sizes = {name: len(json.dumps(record, separators=(",", ":"))) + OVERHEAD for name, record in RECORDS.items()}
    return sum(times * sizes[name] for name, times in records.items())


def page() -> str:
    """The page, in Markdown."""
    shop = built_shop()
    lines = parts(shop)
    metrics = drawn(dashboard(shop))
    bill = [(line.name, str(line.count), f"{PRICES[line.price].dollars:.2f}", f"{line.dollars:.2f}") for line in lines]
    prices = [(f"{price.dollars:g}", price.unit, str(price.free or "none"), price.seen) for price in PRICES.values()]
    return TEXT.format(
        bill=table(("part", "count", "price", "dollars"), [*bill, ("**all**", "", "", f"**{total(shop):.2f}**")]),
        after_free=after_free(lines, metrics),
        drawn=metrics,
        over=f"{'more' if metrics > FREE_METRICS else 'not more'} than the {FREE_METRICS} of a free one",
        savings=table(("`Settings`", "dollars saved", "what goes"), _savings(shop)),
        prices=table(("dollars", "for", "free each month", "seen"), prices),
        page=PAGE,
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
    return [(way, f"{total(shop) - total(_cheaper(shop, given)):.2f}", what) for way, given, what in ways]


def _cheaper(shop: Shop, given: Json) -> Shop:
    """The shop with these settings beside its own."""
    settings = shop.settings
    thresholds = {**settings.thresholds, **given.get("thresholds", {})}
    return Shop(replace(settings, **{**given, "thresholds": thresholds}))


def _logs(shop: Shop) -> dict[str, str]:
    read, webhook = written(READ), written(WEBHOOK)
    days = int(shop.parameters["LogRetentionDays"].Default)
    gigabytes = (EXAMPLE_READS * read + EXAMPLE_WEBHOOKS * webhook) / 1e9
    ingested, stored, scanned = (PRICES[name].dollars for name in ("ingested", "stored", "scanned"))
    kept = gigabytes * days / 30
    return {
        "read": f"{read:,}", "webhook": f"{webhook:,}", "overhead": str(OVERHEAD), "reads": f"{EXAMPLE_READS:,}",
        "webhooks": f"{EXAMPLE_WEBHOOKS:,}", "days": str(days), "gigabytes": f"{gigabytes:.2f}", "kept": f"{kept:.2f}",
        "ingested": f"{ingested:.2f}", "stored": f"{stored:.2f}", "scanned": f"{scanned:g}",
        "written": f"{gigabytes * ingested:.2f}", "keeping": f"{kept * stored:.2f}",
        "tables": str(sum(widget["type"] == "log" for widget in dashboard(shop)["widgets"])),
        "hours": f"{gigabytes * 1000 * 3 / 720:.1f}",
    }  # fmt: skip
