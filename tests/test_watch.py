"""The rows: metrics that exist, thresholds that can be passed, sentences that help."""

import json
import re
from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from typing import Any

import pytest
from troposphere import encode_to_dict

from woo_stack import Function, Key, Metric, Monitoring, Queue, RestApi, Route, Schedule, Table, Watch
from woo_stack.alarms import dimensions
from woo_stack.code import Inline
from woo_stack.http_api import HttpApi
from woo_stack.logs import ACCESS_LOG
from woo_stack.metric import CUSTOM_NAMESPACE
from woo_stack.shop import WEBHOOKS
from woo_stack.watch import WATCHED, rows_of

LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"
INSIGHTS = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Lambda-Insights-metrics.html"
REST = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html"
HTTP = "https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html"
DYNAMODB = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html"
EVENTS = "https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html"
SQS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"
WAF = "https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html"
EMF = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html (our own)"
FILTER = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html (our own, from a log)"
#: Kept by hand from AWS's pages: namespace and metric, with the dimensions by which we may ask for it.
REAL = {
    ("AWS/ApiGateway", "Count", ("ApiName", "Stage")): REST,
    ("AWS/ApiGateway", "4XXError", ("ApiName", "Stage")): REST,
    ("AWS/ApiGateway", "5XXError", ("ApiName", "Stage")): REST,
    ("AWS/ApiGateway", "Latency", ("ApiName", "Stage")): REST,
    ("AWS/ApiGateway", "IntegrationLatency", ("ApiName", "Stage")): REST,
    ("AWS/ApiGateway", "Count", ("ApiId", "Stage")): HTTP,
    ("AWS/ApiGateway", "4xx", ("ApiId", "Stage")): HTTP,
    ("AWS/ApiGateway", "5xx", ("ApiId", "Stage")): HTTP,
    ("AWS/ApiGateway", "Latency", ("ApiId", "Stage")): HTTP,
    ("AWS/ApiGateway", "IntegrationLatency", ("ApiId", "Stage")): HTTP,
    ("AWS/Lambda", "Invocations", ("FunctionName",)): LAMBDA,
    ("AWS/Lambda", "Errors", ("FunctionName",)): LAMBDA,
    ("AWS/Lambda", "Throttles", ("FunctionName",)): LAMBDA,
    ("AWS/Lambda", "Duration", ("FunctionName",)): LAMBDA,
    ("AWS/Lambda", "ConcurrentExecutions", ("FunctionName",)): LAMBDA,
    ("AWS/Lambda", "RecursiveInvocationsDropped", ("FunctionName",)): LAMBDA,
    ("AWS/Lambda", "AsyncEventAge", ("FunctionName",)): LAMBDA,
    ("AWS/Lambda", "AsyncEventsDropped", ("FunctionName",)): LAMBDA,
    ("AWS/Lambda", "IteratorAge", ("FunctionName",)): LAMBDA,
    # Of the account and region: of one function this is what its reserve claims, which we know.
    ("AWS/Lambda", "ClaimedAccountConcurrency", ()): LAMBDA,
    ("LambdaInsights", "memory_utilization", ("function_name",)): INSIGHTS,
    ("LambdaInsights", "init_duration", ("function_name",)): INSIGHTS,
    ("AWS/Events", "FailedInvocations", ("RuleName",)): EVENTS,
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits", ("TableName",)): DYNAMODB,
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits", ("TableName",)): DYNAMODB,
    ("AWS/DynamoDB", "ReadThrottleEvents", ("TableName",)): DYNAMODB,
    ("AWS/DynamoDB", "WriteThrottleEvents", ("TableName",)): DYNAMODB,
    ("AWS/DynamoDB", "ReadThrottleEvents", ("GlobalSecondaryIndexName", "TableName")): DYNAMODB,
    ("AWS/DynamoDB", "WriteThrottleEvents", ("GlobalSecondaryIndexName", "TableName")): DYNAMODB,
    ("AWS/DynamoDB", "ConditionalCheckFailedRequests", ("TableName",)): DYNAMODB,
    ("AWS/DynamoDB", "TransactionConflict", ("TableName",)): DYNAMODB,
    # UserErrors has no table, and these two exist by operation only.
    ("AWS/DynamoDB", "SystemErrors", ("Operation", "TableName")): DYNAMODB,
    ("AWS/DynamoDB", "SuccessfulRequestLatency", ("Operation", "TableName")): DYNAMODB,
    ("AWS/DynamoDB", "UserErrors", ()): DYNAMODB,
    ("AWS/DynamoDB", "ReplicationLatency", ("ReceivingRegion", "TableName")): DYNAMODB,
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", ("QueueName",)): SQS,
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", ("QueueName",)): SQS,
    ("AWS/SQS", "ApproximateNumberOfMessagesNotVisible", ("QueueName",)): SQS,
    ("AWS/SQS", "NumberOfMessagesSent", ("QueueName",)): SQS,
    ("AWS/SQS", "NumberOfMessagesReceived", ("QueueName",)): SQS,
    ("AWS/SQS", "NumberOfMessagesDeleted", ("QueueName",)): SQS,
    # An ACL that is not CloudFront's has a region.
    ("AWS/WAFV2", "AllowedRequests", ("Region", "Rule", "WebACL")): WAF,
    ("AWS/WAFV2", "BlockedRequests", ("Region", "Rule", "WebACL")): WAF,
    ("woo-stack", "Throttled", ("apiId", "stage")): FILTER,
    ("woo-stack", "UndeliveredWebhooks", ("apiId", "stage")): FILTER,
    ("woo-stack", "Accepted", ("FunctionName",)): EMF,
    ("woo-stack", "Rejected", ("FunctionName",)): EMF,
    ("woo-stack", "Lost", ("FunctionName",)): EMF,
    ("woo-stack", "Parked", ("FunctionName",)): EMF,
    ("woo-stack", "Stored", ("FunctionName",)): EMF,
    ("woo-stack", "Stale", ("FunctionName",)): EMF,
    ("woo-stack", "Duplicate", ("FunctionName",)): EMF,
    ("woo-stack", "DeadLettered", ("FunctionName",)): EMF,
    ("woo-stack", "Lag", ("FunctionName",)): EMF,
    ("woo-stack", "Checked", ("FunctionName",)): EMF,
    ("woo-stack", "Repaired", ("FunctionName",)): EMF,
    ("woo-stack", "Unfinished", ("FunctionName",)): EMF,
}
#: DynamoDB has these metrics for some operations only: those that we ask for, from the same page.
OPERATIONS = {
    "SystemErrors": {"GetItem", "Query"},
    "SuccessfulRequestLatency": {"GetItem", "Query", "TransactWriteItems"},
}
#: What the functions print, as the handler's modules have it.
OWN = {
    "Intake": ("Accepted", "Rejected", "Lost", "Parked"),
    "Applier": ("Stored", "Stale", "Duplicate", "Parked", "DeadLettered", "Lag"),
    "Recounter": ("Repaired", "Checked", "Unfinished"),
}
STATISTICS = ("Average", "Maximum", "Minimum", "SampleCount", "Sum", "p50", "p90", "p99")
ROWS = [(namespace, row) for namespace, rows in WATCHED.items() for row in rows]
EACH = pytest.mark.parametrize(("namespace", "row"), ROWS, ids=lambda value: getattr(value, "name", value))
#: Dimensions of what has no component of its own: the rows of `WATCHED` are watched by `Metric`.
BY_HAND = {
    "LambdaInsights": ("LambdaInsights", {"function_name": "legacy"}),
    "Stream": ("AWS/Lambda", {"FunctionName": "reads-a-stream"}),
    "Replica": ("AWS/DynamoDB", {"TableName": "orders", "ReceivingRegion": "eu-west-3"}),
    "AWS/WAFV2": ("AWS/WAFV2", {"Region": "eu-west-1", "Rule": "ALL", "WebACL": "shop"}),
    "Account": ("AWS/Lambda", {}),
}


@cache
def everything() -> Monitoring:
    code = Inline("def find(event, context): pass\n")
    function = Function("Lookup", code=code, handler="index.find")
    own = [Function(f"Own{name}", code=code, handler="index.find", metrics=WATCHED[name]) for name in OWN]
    table = Table("Orders", key=Key("order_id"), indexes={"by_day": Key("day")})
    queue = Queue("Jobs")
    shop = RestApi("Shop", routes={"GET /a": Route(function, auth="iam")}, metrics=WATCHED["Webhooks"])
    web = HttpApi("Web", routes={"GET /a": Route(function, auth="iam")})
    nightly = Schedule("Nightly", function, "rate(1 day)")
    by_hand = [
        Metric(f"Own{name.removeprefix('AWS/')}", namespace, named, rows=WATCHED[name])
        for name, (namespace, named) in BY_HAND.items()
    ]
    return Monitoring("Health", of=[shop, web, function, *own, table, queue, queue.dead_letters, nightly, *by_hand],
                      actions=["arn:aws:sns:x"])  # fmt: skip


def asked() -> Iterator[tuple[Watch, str, tuple[str, ...]]]:
    """Every row that asks for a metric, the metric's namespace, and the names of its dimensions."""
    for component in everything().watched:
        for row in rows_of(component):
            if not row.expression:
                names = tuple(sorted(dimensions(row, component)))
                yield row, row.namespace or component.namespace, names


def are_real(found: set[tuple[str, str, tuple[str, ...]]]) -> None:
    """`REAL` has these metrics and no others."""
    missing, left = found - {*REAL}, {*REAL} - found
    assert not missing, f"REAL in tests/test_watch.py lacks {min(missing)}: is it so on AWS's page?"
    assert not left, f"REAL in tests/test_watch.py has {min(left)}, for which nothing asks"


def test_every_row_asks_for_a_metric_that_exists_and_every_one_known_is_asked_for() -> None:
    are_real({(namespace, row.metric, names) for row, namespace, names in asked()})


def test_every_alarm_asks_for_a_metric_that_exists() -> None:
    alarms = everything().alarms
    assert len(alarms) > 30
    for alarm in alarms.values():
        names = tuple(sorted(dimension.Name for dimension in getattr(alarm, "Dimensions", [])))
        metric = (alarm.Namespace, alarm.MetricName, names)
        assert metric in REAL, f"REAL in tests/test_watch.py lacks {metric}: is it so on AWS's page?"


def test_every_line_asks_for_a_metric_that_exists(graphs: Any, lines: Any) -> None:
    drawn = [line for graph in graphs(everything().dashboard.DashboardBody) for line in lines(graph)]
    are_real({(namespace, metric, tuple(sorted(named[::2]))) for namespace, metric, *named in drawn})


def test_operations_are_those_that_dynamodb_reports() -> None:
    found: dict[str, set[str]] = {}
    for _, row in ROWS:
        if row.by:
            assert row.by[0] == "Operation", row.name
            found.setdefault(row.metric, set()).add(row.by[1])
    assert found == OPERATIONS


def test_every_row_is_watched_here() -> None:
    seen = {(row.name, row.metric, row.expression) for component in everything().watched for row in rows_of(component)}
    indexes = {(f"ByDay{kind}Throttles", f"{kind}ThrottleEvents", "") for kind in ("Read", "Write")}
    assert seen == {(row.name, row.metric, row.expression) for _, row in ROWS} | indexes


def test_every_metric_of_our_own_has_a_row() -> None:
    rows = {kind: {row.metric for row in WATCHED[kind]} for kind in OWN}
    assert rows == {kind: set(names) for kind, names in OWN.items()}
    assert {row.namespace for kind in OWN for row in WATCHED[kind]} == {CUSTOM_NAMESPACE}


@EACH
def test_a_row_is_complete(namespace: str, row: Watch) -> None:
    assert re.fullmatch(r"[A-Z][A-Za-z]+", row.name), namespace
    assert row.unit
    assert row.graph
    assert bool(row.metric) != bool(row.expression)
    assert row.period_seconds in {10, 30} or row.period_seconds % 60 == 0
    assert {row.statistic, *row.beside} <= set(STATISTICS)
    assert row.statistic not in row.beside
    if row.above is None:
        assert (row.means, row.look, row.do, row.datapoints, row.severity) == ("", "", "", (1, 1), "notice")
        return
    assert not row.expression
    for sentence in (row.means, row.look, row.do):
        assert re.fullmatch(r"[A-Z0-9].+[.?]", sentence)
        assert len(sentence) <= 120
    # Read at three in the morning, and paid for in every template.
    assert len(row.means) <= 60
    assert 0 <= row.above < (1 if row.of_limit else row.limit)
    assert row.above_unbounded is None or (row.of_limit and 0 <= row.above_unbounded < row.limit)


@EACH
def test_silence_is_what_the_service_makes_of_it(namespace: str, row: Watch) -> None:
    # The nightly recount and the shop's changes are missed if there are none; all else reports only what happens.
    assert row.silence == ("missing" if (namespace, row.name) in EXPECTED else "notBreaching")


#: What is reported again and again, and after how many hours it is missed.
EXPECTED = {("Recounter", "Unfinished"): 36, ("Applier", "Lag"): 24}


def test_what_is_expected_is_missed_after_a_day_or_more() -> None:
    found = {
        (kind, row.name): row.datapoints[1] * row.period_seconds / 3600
        for kind, row in ROWS
        if row.silence == "missing"
    }
    assert found == EXPECTED


def test_names_are_unique_in_a_namespace() -> None:
    for namespace, rows in WATCHED.items():
        assert len({row.name for row in rows}) == len(rows), namespace


@pytest.mark.parametrize("kind", WATCHED)
def test_expressions_are_of_rows_of_the_same_kind(kind: str) -> None:
    named = {row.name: row for row in WATCHED[kind]}
    for row in named.values():
        used = set(re.findall(r"[A-Za-z]\w*", row.expression))
        assert used <= {name for name, other in named.items() if not other.expression}
        assert bool(used) == bool(row.expression)


def test_rows_of_a_graph_have_one_unit_statistic_and_period() -> None:
    for graph in {row.graph for _, row in ROWS}:
        rows = [row for _, row in ROWS if row.graph == graph]
        assert len({(row.unit, row.statistic) for row in rows}) == 1, graph
        # A line of finer periods than its alarm's crosses the threshold at the same time only where that is none.
        drawn = min(row.period_seconds for row in rows)
        assert [row.name for row in rows if row.period_seconds != drawn and row.above != 0] == [], graph


def test_graphs_have_rows_of_one_kind_but_a_few() -> None:
    owners: dict[str, set[str]] = {}
    for kind, row in ROWS:
        owners.setdefault(row.graph, set()).add(kind)
    rest_and_http, queues = {"AWS/ApiGateway", "HttpApi"}, {"AWS/SQS", "DeadLetters"}
    assert {graph: kinds for graph, kinds in owners.items() if len(kinds) > 1} == {
        "Webhooks": {"Intake", "Webhooks"},
        **dict.fromkeys(("API requests", "API errors", "API latency"), rest_and_http),
        **dict.fromkeys(("Queues", "Queue age"), queues),
        "Lambda concurrency": {"AWS/Lambda", "Account"},
        "Lambda duration": {"AWS/Lambda", "Asynchronous"},
        "Calls that never ran": {"AWS/Lambda", "Asynchronous", "AWS/Events"},
        "DynamoDB errors": {"AWS/DynamoDB", "Account"},
    }


def test_a_share_is_watched_by_its_average() -> None:
    shares = [row for _, row in ROWS if row.unit.startswith("share")]
    assert {(row.statistic, row.limit) for row in shares} == {("Average", 1)}
    assert encode_to_dict(everything().alarms["ShopServerErrors"])["Properties"]["Threshold"] == 0.05


def test_an_index_is_watched_by_its_name_beside_its_table() -> None:
    alarms = everything().alarms
    for kind in ("Read", "Write"):
        table, index = (encode_to_dict(alarms[f"Orders{one}{kind}Throttles"])["Properties"] for one in ("", "ByDay"))
        assert index["Dimensions"] == [*table["Dimensions"], {"Name": "GlobalSecondaryIndexName", "Value": "by_day"}]
        assert index["MetricName"] == table["MetricName"] == f"{kind}ThrottleEvents"


# --- what is counted in the access log


@cache
def counted() -> dict[str, Any]:
    """The properties of the shop's metric filters by the metric that they count."""
    filters = [one for one in everything().of[0].resources() if one.resource_type == "AWS::Logs::MetricFilter"]
    made = [encode_to_dict(one)["Properties"] for one in filters]
    return {one["MetricTransformations"][0]["MetricName"]: one for one in made}


def holds(pattern: str) -> Callable[[dict[str, str]], bool]:
    """Whether a record matches a filter of JSON: ``=`` of texts with ``*``, ``&&``, ``||`` and parentheses.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """
    # A text, a selector or a sign each; nothing else may stand between them.
    tokens = re.findall(r'"[^"]*"|\$\.\w+|&&|\|\||[{}()=]', pattern)
    assert "".join(tokens) == re.sub(r'\s+(?=(?:[^"]*"[^"]*")*[^"]*$)', "", pattern)
    assert (tokens[0], tokens[-1]) == ("{", "}")

    def compared(rest: list[str]) -> Callable[[dict[str, str]], bool]:
        if rest[0] == "(":
            rest.pop(0)
            inner = either(rest)
            assert rest.pop(0) == ")"
            return inner
        field, sign, text = (rest.pop(0) for _ in range(3))
        assert (field[:2], sign, text[0]) == ("$.", "=", '"')
        wanted = re.compile(".*".join(map(re.escape, text.strip('"').split("*"))))
        return lambda record: wanted.fullmatch(record[field[2:]]) is not None

    def both(rest: list[str]) -> Callable[[dict[str, str]], bool]:
        parts = [compared(rest)]
        while rest[0] == "&&":
            rest.pop(0)
            parts.append(compared(rest))
        return lambda record: all(part(record) for part in parts)

    def either(rest: list[str]) -> Callable[[dict[str, str]], bool]:
        parts = [both(rest)]
        while rest[0] == "||":
            rest.pop(0)
            parts.append(both(rest))
        return lambda record: any(part(record) for part in parts)

    left = tokens[1:]
    found = either(left)
    assert left == ["}"]
    return found


@pytest.mark.parametrize(
    ("pattern", "record", "expected"),
    [
        ('{ $.a = "x" }', {"a": "x"}, True),
        ('{ $.a = "x*" }', {"a": "wx"}, False),
        ('{ $.a = "x" || $.a = "y" && $.b = "z" }', {"a": "x", "b": "w"}, True),
        ('{ ($.a = "x" || $.a = "y") && $.b = "z" }', {"a": "x", "b": "w"}, False),
    ],
)
def test_patterns_are_read_as_cloudwatch_reads_them(pattern: str, record: dict[str, str], expected: bool) -> None:
    assert holds(pattern)(record) is expected


def test_what_is_counted_in_a_log_has_fields_of_that_log_and_the_rows_dimensions() -> None:
    fields, shop = json.loads(ACCESS_LOG), everything().of[0]
    assert set(counted()) == {"Throttled", "UndeliveredWebhooks"}
    for metric, made in counted().items():
        assert made["LogGroupName"] == {"Ref": "ShopAccessLogs"}
        (change,) = made["MetricTransformations"]
        names = {one["Key"]: one["Value"] for one in change["Dimensions"]}
        assert names == {name: f"$.{name}" for name in shop.custom_dimensions}
        assert (change["MetricNamespace"], metric, tuple(sorted(names))) in REAL
        assert change["MetricValue"] == "1"
        used = {*re.findall(r"\$\.(\w+)", made["FilterPattern"]), *names}
        assert used <= fields.keys()
        # Texts in the log, hence texts in the pattern.
        assert {type(fields[name]) for name in used} == {str}


#: As a REST API names them, and as an HTTP API does.
ROUTES = ("/webhooks/woocommerce", "/webhooks/other", "/webhooks", "/{proxy+}", "/gift-cards/{code}", "-",
          "POST /webhooks/woocommerce", "ANY /{proxy+}", "GET /webhooks")  # fmt: skip


@pytest.mark.parametrize("status", [*range(200, 600, 7), 400, 401, 403, 404, 413, 429, 500, 502, 503, 504])
def test_webhooks_that_were_not_taken_are_counted_and_nothing_else(status: int) -> None:
    undelivered = holds(counted()["UndeliveredWebhooks"]["FilterPattern"])
    for route in ROUTES:
        lost = "/webhooks/" in route and (status in (413, 429) or status >= 500)
        assert undelivered({"route": route, "status": str(status)}) is lost, route


def test_the_shops_own_route_is_among_them() -> None:
    for route in (WEBHOOKS, f"POST {WEBHOOKS}"):
        assert holds(counted()["UndeliveredWebhooks"]["FilterPattern"])({"route": route, "status": "503"})


def test_throttled_calls_are_counted_on_any_route() -> None:
    throttled = holds(counted()["Throttled"]["FilterPattern"])
    for route, status in product(ROUTES, range(200, 600)):
        assert throttled({"route": route, "status": str(status)}) is (status == 429), route
