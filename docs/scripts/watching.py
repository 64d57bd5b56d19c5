"""What CloudWatch bills by the piece, whatever is asked of a shop: what its template has, times AWS's prices."""

from collections.abc import Sequence
from dataclasses import dataclass

from body import Json
from prices import FREE_METRICS, PRICES
from woo_stack import Shop
from woo_stack.metric import CUSTOM_NAMESPACE
from woo_stack.watch import rows_of

#: Of a REST API and of an HTTP API.
STAGES, ROUTES = (
    ("AWS::ApiGateway::Stage", "AWS::ApiGatewayV2::Stage"),
    ("AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Route"),
)
#: What API Gateway counts of each route with detailed metrics; two more need its cache.
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
ROUTE_METRICS = ("4XXError", "5XXError", "Count", "IntegrationLatency", "Latency")


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
        return PRICES[self.price].cost(self.count)


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
    return sum(PRICES[name].cost(max(0, counts[name] - left[name])) for name in PRICES)
