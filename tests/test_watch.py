"""The rows: metrics that exist, thresholds that can be passed, sentences that help."""

import json
import re

import pytest
from troposphere import encode_to_dict

from woo_stack import Function, Key, Monitoring, Queue, RestApi, Route, Table
from woo_stack.code import Inline
from woo_stack.logs import ACCESS_LOG
from woo_stack.watch import CUSTOM_NAMESPACE, WATCHED, Watch, rows_of

#: Kept by hand from AWS's pages: namespace and metric, with the dimensions by which we may ask for it.
LAMBDA = "https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html"
API = "https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html"
DYNAMODB = "https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html"
SQS = "https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html"
EMF = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format.html (our own)"
FILTER = "https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html (our own, from a log)"
#: What the functions print, as the handler's modules have it.
OWN = {
    "Intake": ("Accepted", "Rejected", "Lost", "Parked"),
    "Applier": ("Stored", "Stale", "Duplicate", "Parked", "DeadLettered", "Lag"),
    "Recounter": ("Repaired", "Checked", "Unfinished"),
}
REAL = {
    ("AWS/ApiGateway", "Count", ("ApiName", "Stage")): API,
    ("AWS/ApiGateway", "4XXError", ("ApiName", "Stage")): API,
    ("AWS/ApiGateway", "5XXError", ("ApiName", "Stage")): API,
    ("AWS/ApiGateway", "Latency", ("ApiName", "Stage")): API,
    ("AWS/ApiGateway", "IntegrationLatency", ("ApiName", "Stage")): API,
    ("AWS/Lambda", "Invocations", ("FunctionName",)): LAMBDA,
    ("AWS/Lambda", "Errors", ("FunctionName",)): LAMBDA,
    ("AWS/Lambda", "Throttles", ("FunctionName",)): LAMBDA,
    ("AWS/Lambda", "Duration", ("FunctionName",)): LAMBDA,
    ("AWS/Lambda", "ConcurrentExecutions", ("FunctionName",)): LAMBDA,
    ("AWS/DynamoDB", "ConsumedReadCapacityUnits", ("TableName",)): DYNAMODB,
    ("AWS/DynamoDB", "ConsumedWriteCapacityUnits", ("TableName",)): DYNAMODB,
    ("AWS/DynamoDB", "ReadThrottleEvents", ("TableName",)): DYNAMODB,
    ("AWS/DynamoDB", "WriteThrottleEvents", ("TableName",)): DYNAMODB,
    # UserErrors has no table, and SystemErrors exists by operation only.
    ("AWS/DynamoDB", "SystemErrors", ("Operation", "TableName")): DYNAMODB,
    (CUSTOM_NAMESPACE, "Throttled", ("apiId", "stage")): FILTER,
    ("AWS/SQS", "ApproximateAgeOfOldestMessage", ("QueueName",)): SQS,
    ("AWS/SQS", "ApproximateNumberOfMessagesVisible", ("QueueName",)): SQS,
    ("AWS/SQS", "NumberOfMessagesSent", ("QueueName",)): SQS,
    **{(CUSTOM_NAMESPACE, name, ("FunctionName",)): EMF for names in OWN.values() for name in names},
}
ROWS = [(namespace, row) for namespace, rows in WATCHED.items() for row in rows]


def everything() -> Monitoring:
    table = Table("Orders", key=Key("order_id"))
    code = Inline("def find(event, context): pass\n")
    function = Function("Lookup", code=code, handler="index.find")
    own = [Function(f"Own{name}", code=code, handler="index.find", metrics=WATCHED[name]) for name in OWN]
    queue = Queue("Jobs")
    shop = RestApi("Shop", routes={"GET /a": Route(function, auth="iam")})
    of = [shop, function, *own, table, queue, queue.dead_letters]
    return Monitoring("Health", of=of, actions=["arn:aws:sns:x"])


def test_every_alarm_asks_for_a_metric_that_exists() -> None:
    for alarm in everything().alarms.values():
        names = tuple(sorted(dimension.Name for dimension in alarm.Dimensions))
        assert (alarm.Namespace, alarm.MetricName, names) in REAL


def test_every_row_is_watched_here() -> None:
    seen = {(row.name, row.metric) for component in everything().of for row in rows_of(component)}
    assert seen == {(row.name, row.metric) for _, row in ROWS}


def test_every_metric_of_our_own_has_a_row() -> None:
    rows = {kind: {row.metric for row in WATCHED[kind]} for kind in OWN}
    assert rows == {kind: set(names) for kind, names in OWN.items()}
    assert {row.namespace for kind in OWN for row in WATCHED[kind]} == {CUSTOM_NAMESPACE}


def test_every_line_asks_for_a_metric_that_exists(graphs) -> None:
    for graph in graphs(everything().dashboard.DashboardBody):
        for namespace, metric, *dimensions in graph["metrics"]:
            assert (namespace, metric, tuple(sorted(dimensions[::2]))) in REAL


def test_our_own_metrics_are_counted_by_a_filter_with_the_same_dimensions(render) -> None:
    shop = everything().of[0]
    (counted,) = [one for one in render(shop)["Resources"].values() if one["Type"] == "AWS::Logs::MetricFilter"]
    (made,) = counted["Properties"]["MetricTransformations"]
    names = tuple(sorted(dimension["Key"] for dimension in made["Dimensions"]))
    assert (made["MetricNamespace"], made["MetricName"], names) in REAL
    assert set(names) == set(shop.custom_dimensions)
    fields = {*re.findall(r"\$\.(\w+)", counted["Properties"]["FilterPattern"]), *names}
    assert fields <= json.loads(ACCESS_LOG).keys()
    assert counted["Properties"]["LogGroupName"] == {"Ref": "ShopAccessLogs"}


@pytest.mark.parametrize(("namespace", "row"), ROWS, ids=lambda value: getattr(value, "name", value))
def test_a_row_is_complete(namespace: str, row: Watch) -> None:
    assert row.unit
    assert row.graph
    assert row.datapoints[0] <= row.datapoints[1]
    assert row.period_seconds in {10, 30} or row.period_seconds % 60 == 0
    assert row.period_seconds * row.datapoints[1] <= 86_400
    assert row.statistic in ("Average", "Maximum", "Minimum", "SampleCount", "Sum", "p90", "p99"), namespace
    if row.above is None:
        assert (row.means, row.do) == ("", "")
    else:
        assert row.means.endswith(".")
        assert row.do.endswith(".")
        # Read at three in the morning, and paid for in every template.
        assert len(f"{row.means} {row.do}") <= 90
        assert 0 <= row.above < (1 if row.of_limit else row.limit)


def test_names_are_unique_in_a_namespace() -> None:
    for namespace, rows in WATCHED.items():
        assert len({row.name for row in rows}) == len(rows), namespace


def test_rows_of_a_graph_have_one_unit_statistic_and_period() -> None:
    for graph in {row.graph for _, row in ROWS}:
        shared = {(row.unit, row.statistic, row.period_seconds) for _, row in ROWS if row.graph == graph}
        assert len(shared) == 1, graph


def test_graphs_have_rows_of_one_kind_or_of_queues_and_their_dead_letters() -> None:
    owners: dict[str, set[str]] = {}
    for kind, row in ROWS:
        owners.setdefault(row.graph, set()).add(kind)
    assert [kinds for kinds in owners.values() if len(kinds) > 1] == [{"AWS/SQS", "DeadLetters"}]


def test_a_share_is_watched_by_its_average() -> None:
    shares = [row for _, row in ROWS if row.unit.startswith("share")]
    assert {(row.statistic, row.limit) for row in shares} == {("Average", 1)}
    assert encode_to_dict(everything().alarms["ShopServerErrors"])["Properties"]["Threshold"] == 0.01
