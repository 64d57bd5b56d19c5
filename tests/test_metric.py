"""Rows, and metrics of what is not ours: refused where nobody would be told, watched as if it were."""

from typing import Any

import pytest
from troposphere import Parameter, Ref, awslambda, dynamodb, encode_to_dict, events, sqs

from woo_stack import Key, Metric, Monitoring, Schedule, SettingError, Table, Watch
from woo_stack.metric import PLAIN, SEVERITIES, watchable
from woo_stack.watch import WATCHED, rows_of

TOPIC = ["arn:aws:sns:eu-west-1:111111111111:alarms"]


def watch(**settings: Any) -> Watch:
    return Watch(**{"name": "Slow", "metric": "Took", "statistic": "Sum", "graph": "G", "unit": "ms", **settings})


# --- rows


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("severity", "warning", "down, data, notice"),
        ("severity", "", "down, data, notice"),
        ("severity", None, "down, data, notice"),
        ("silence", "ok", "notBreaching, breaching, missing, ignore"),
        ("silence", "NotBreaching", "notBreaching, breaching, missing, ignore"),
        ("datapoints", (0, 1), "m of n periods, m up to n, n up to 86400 seconds in all"),
        ("datapoints", (3, 2), "m of n periods, m up to n, n up to 86400 seconds in all"),
        ("datapoints", (1, 289), "m of n periods, m up to n, n up to 86400 seconds in all"),
        ("datapoints", 3, "m of n periods"),
        ("datapoints", (1, 2, 3), "m of n periods"),
    ],
)
def test_what_cloudwatch_or_nobody_would_understand_is_refused(field: str, value: Any, allowed: str) -> None:
    with pytest.raises(SettingError) as error:
        watch(**{field: value})
    assert str(error.value).startswith(f"Watch: {field} is {value!r}, allowed: {allowed}")


@pytest.mark.parametrize(
    ("period_seconds", "datapoints"),
    [(300, (288, 288)), (60, (1, 1440)), (3600, (1, 168)), (21_600, (28, 28)), (10, (5, 8640))],
)
def test_as_many_periods_as_cloudwatch_takes_are_taken(period_seconds: int, datapoints: tuple[int, int]) -> None:
    assert watch(period_seconds=period_seconds, datapoints=datapoints).datapoints == datapoints


@pytest.mark.parametrize(("period_seconds", "periods", "most"), [(3540, 25, 86_400), (3600, 169, 604_800)])
def test_a_week_is_looked_back_on_only_by_the_hour(period_seconds: int, periods: int, most: int) -> None:
    with pytest.raises(SettingError, match=f"n up to {most} seconds in all"):
        watch(period_seconds=period_seconds, datapoints=(1, periods))


@pytest.mark.parametrize("severity", SEVERITIES)
def test_every_severity_is_taken(severity: str) -> None:
    assert watch(severity=severity).severity == severity


def test_a_share_of_what_has_no_limit_is_drawn_alone() -> None:
    rows = [watch(above=0.8, of_limit=True)]
    bounded = Metric("Own", "My/Own", {"Button": "red"}, rows=rows, limits={rows[0].metric: 50})
    free = Metric("Free", "My/Own", {"Button": "blue"}, rows=rows)
    alarms = Monitoring("Health", of=[bounded, free], actions=TOPIC).alarms
    assert {name: alarm.Threshold for name, alarm in alarms.items()} == {f"Own{rows[0].name}": 40}
    told = {f"Free{rows[0].name}": 7}
    assert Monitoring("Health", of=[free], actions=TOPIC, thresholds=told).alarms.keys() == told.keys()


COUNTED = watch(above=1, pattern='{ $.status = "404" }')


@pytest.mark.parametrize("where", ["metrics", "rows"])
def test_only_an_api_counts_in_a_log(where: str, new_function: Any) -> None:
    # Nothing would ever be counted: an alarm that cannot fire.
    with pytest.raises(SettingError, match=f"{where} is "):
        new_function(metrics=[COUNTED]) if where == "metrics" else Metric("Own", "My/Own", rows=[COUNTED])


def test_an_unknown_field_of_a_row_is_refused_by_name() -> None:
    with pytest.raises(SettingError, match="Watch has no field 'treshold', allowed: name, metric, statistic"):
        watch(treshold=5)


@pytest.mark.parametrize("drawn", [{"metric": "", "expression": "100*Errors/Invocations"}, {"in_detail": True}])
def test_what_is_only_drawn_has_no_alarm(drawn: Any) -> None:
    # PutMetricAlarm would be asked for a metric without a name; in detail one threshold would stand for all.
    with pytest.raises(SettingError, match=r"^Watch: above is 5, allowed: "):
        watch(**drawn, above=5)


@pytest.mark.parametrize("field", ["beside", "datapoints"])
def test_a_list_does_as_well_as_a_tuple(field: str, graphs: Any) -> None:
    value: Any = {"beside": ["p50", "p90"], "datapoints": [2, 3]}[field]
    metric = Metric("Own", "My/Own", {"Button": "red"}, rows=[watch(**{field: value}, above=1)])
    health = Monitoring("Health", of=[metric], actions=TOPIC)
    assert len(graphs(health.dashboard.DashboardBody)) == len(health.alarms) == 1


# --- metrics of something else


def alarms_of(*watched: Any) -> dict[str, Any]:
    health = Monitoring("Health", of=watched, actions=TOPIC)
    return {name: encode_to_dict(one)["Properties"] for name, one in health.alarms.items()}


@pytest.mark.parametrize("namespace", [name for name in WATCHED if "/" in name] + ["LambdaInsights"])
def test_what_is_known_of_a_namespace_is_watched_of_anything_in_it(namespace: str, graphs: Any, lines: Any) -> None:
    metric = Metric("Legacy", namespace, {"Name": "old"}, limits={"ConcurrentExecutions": 30})
    # What a filter would have to count in a log is not there.
    known = tuple(row for row in WATCHED[namespace] if not row.pattern)
    assert rows_of(metric) == known
    health = Monitoring("Health", of=[metric], actions=TOPIC)
    assert list(health.alarms) == [f"Legacy{row.name}" for row in known if row.above is not None]
    drawn = {line[1] for graph in graphs(health.dashboard.DashboardBody) for line in lines(graph)}
    assert drawn == {row.metric for row in known if row.metric}


def test_an_http_api_is_told_by_its_dimension() -> None:
    told = [row for row in WATCHED["HttpApi"] if not row.pattern]
    assert list(rows_of(Metric("Shop", "AWS/ApiGateway", {"ApiId": "a1", "Stage": "live"}))) == told
    assert {row.metric for row in told} >= {"4xx", "5xx"}


@pytest.mark.parametrize("name", ["HttpApi", "Stream", "DeadLetters", "Intake"])
def test_a_name_of_ours_is_no_namespace(name: str) -> None:
    with pytest.raises(SettingError, match=f"of is '{name}', allowed: AWS/"):
        Monitoring("Health", of=[Metric("Own", name, {"Name": "old"})], actions=TOPIC)


def test_a_plain_functions_own_limits_bound_its_thresholds() -> None:
    given: Any = {"Code": awslambda.Code(ZipFile="x"), "Role": "arn:x"}
    kept = awslambda.Function("Kept", Timeout=30, ReservedConcurrentExecutions=5, **given)
    alarms = Monitoring("Health", of=[kept, awslambda.Function("Plain", **given)], actions=TOPIC).alarms
    assert (alarms["KeptDuration"].Threshold, alarms["KeptConcurrency"].Threshold) == (24_000, 4)
    assert alarms["PlainDuration"].Threshold == 2400
    assert "PlainConcurrency" not in alarms


BAD: dict[str, list[Any]] = {
    "name": [None, 5, "a b", ""], "metric": [None, 5], "unit": [None, 5, ""], "statistic": [None, "pear", "p101"],
    "graph": [None, [], ""], "above": ["3", float("nan"), [], 10**400, True], "limit": ["x", None],
    "above_unbounded": ["x"], "period_seconds": ["60", None, 60.5, 61], "beside": [None, "p50", ["pear"]],
    "by": [("A",), 5, "AB"], "means": [5], "look": [5], "do": [5], "namespace": [5], "pattern": [None],
}  # fmt: skip


@pytest.mark.parametrize(("field", "value"), [(field, value) for field, values in BAD.items() for value in values])
def test_what_a_row_cannot_be_is_refused_by_name(field: str, value: Any) -> None:
    with pytest.raises(SettingError, match=rf"^Watch: {field} is .*, allowed: "):
        watch(**{field: value})


def test_rows_of_ones_own_replace_them() -> None:
    metric = Metric("Shop", "My/Shop", {"Till": "one", "Floor": "two"}, rows=[watch(above=7, means="Slow.")])
    alarm = alarms_of(metric)["ShopSlow"]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Threshold"]) == ("My/Shop", "Took", 7)
    assert alarm["Dimensions"] == [{"Name": "Till", "Value": "one"}, {"Name": "Floor", "Value": "two"}]


@pytest.mark.parametrize(("limits", "expected"), [({}, 8000), ({"Duration": 5000}, 4000), ({"Other": 1}, 8000)])
def test_limits_bound_thresholds_of_a_share(limits: dict[str, float], expected: int) -> None:
    metric = Metric("Legacy", "AWS/Lambda", {"FunctionName": "old"}, limits=limits)
    assert alarms_of(metric)["LegacyDuration"]["Threshold"] == expected


def test_a_threshold_past_the_limit_is_refused(render: Any) -> None:
    metric = Metric("Legacy", "AWS/Lambda", {"FunctionName": "old"}, limits={"Duration": 5000})
    with pytest.raises(SettingError, match="'LegacyDuration': threshold is 5000 ms, allowed: 0 to less than 5000"):
        render(Monitoring("Health", of=[metric], actions=TOPIC, thresholds={"LegacyDuration": 5000}))


def test_dimensions_may_be_resolved() -> None:
    metric = Metric("Legacy", "AWS/SQS", {"QueueName": Parameter("OldQueue", Type="String")})
    assert alarms_of(metric)["LegacyAge"]["Dimensions"] == [{"Name": "QueueName", "Value": {"Ref": "OldQueue"}}]


def test_without_rows_and_known_metrics_there_is_nothing_to_watch() -> None:
    with pytest.raises(SettingError, match="of is 'My/Shop', allowed: AWS/ApiGateway, AWS/Lambda"):
        alarms_of(Metric("Shop", "My/Shop"))


def test_a_metric_brings_no_resources() -> None:
    assert list(Metric("Legacy", "AWS/Lambda", {"FunctionName": "old"}).resources()) == []


# --- plain troposphere resources

PLAIN_OF = {
    "AWS::DynamoDB::Table": dynamodb.Table("Old"),
    "AWS::Events::Rule": events.Rule("Old"),
    "AWS::Lambda::Function": awslambda.Function("Old"),
    "AWS::SQS::Queue": sqs.Queue("Old"),
}
#: By hand, from the pages of the types: what Ref or an attribute gives that is the dimension's value.
NAMED = {
    "AWS::DynamoDB::Table": ("AWS/DynamoDB", {"TableName": {"Ref": "Old"}}),
    "AWS::Events::Rule": ("AWS/Events", {"RuleName": {"Ref": "Old"}}),
    "AWS::Lambda::Function": ("AWS/Lambda", {"FunctionName": {"Ref": "Old"}}),
    # Ref of a queue is its URL.
    "AWS::SQS::Queue": ("AWS/SQS", {"QueueName": {"Fn::GetAtt": ["Old", "QueueName"]}}),
}


def test_every_type_that_is_known_is_tried() -> None:
    assert set(PLAIN) == set(PLAIN_OF) == set(NAMED)


@pytest.mark.parametrize("kind", PLAIN_OF)
def test_a_plain_resource_gets_all_that_is_known_of_its_kind(kind: str) -> None:
    namespace, named = NAMED[kind]
    rows = {f"Old{row.name}": row for row in WATCHED[namespace] if row.above is not None and row.name != "Concurrency"}
    alarms = alarms_of(PLAIN_OF[kind])
    assert list(alarms) == list(rows)
    for name, alarm in alarms.items():
        by = dict([rows[name].by]) if rows[name].by else {}
        assert {one["Name"]: one["Value"] for one in alarm["Dimensions"]} == {**named, **by}
        assert (alarm["Namespace"], alarm["MetricName"]) == (namespace, rows[name].metric)


def test_what_is_no_plain_resource_stays_what_it_is() -> None:
    for thing in (Table("Orders", key=Key("a")), Metric("M", "AWS/SQS"), Ref("Old"), "Old", None):
        assert watchable(thing) is thing


# --- what Lambda Insights tells of a function


def test_insights_are_measured_and_watched_by_the_functions_name(new_function: Any, render: Any) -> None:
    layer = "arn:aws:lambda:eu-west-1:580247275435:layer:LambdaInsightsExtension-Arm64:21"
    function = new_function("Report", insights_layer=layer)
    template = render(function)["Resources"]
    assert template["ReportFunction"]["Properties"]["Layers"] == [layer]
    statements = template["ReportPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    (write,) = [one for one in statements if "insights" in str(one["Resource"])]
    assert write["Action"] == ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"]
    assert write["Resource"] == [
        {"Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda-insights:*"}
    ]
    alarms = alarms_of(function, function.insights)
    memory = alarms["ReportInsightsMemory"]
    assert (memory["Namespace"], memory["MetricName"]) == ("LambdaInsights", "memory_utilization")
    assert memory["Dimensions"] == [{"Name": "function_name", "Value": {"Ref": "ReportFunction"}}]


# --- functions that the clock calls


def test_a_rule_is_watched_and_what_becomes_of_its_calls(new_function: Any) -> None:
    alarms = alarms_of(Schedule("Nightly", new_function("Report"), "rate(1 day)"))
    assert {name: one["Dimensions"] for name, one in alarms.items()} == {
        "NightlyFailed": [{"Name": "RuleName", "Value": {"Ref": "NightlyRule"}}],
        "NightlyDropped": [{"Name": "FunctionName", "Value": {"Ref": "ReportFunction"}}],
    }
    assert {name: one["Namespace"] for name, one in alarms.items()} == {
        "NightlyFailed": "AWS/Events", "NightlyDropped": "AWS/Lambda",
    }  # fmt: skip


def test_of_a_function_that_is_not_here_only_the_rule_is(graphs: Any, lines: Any) -> None:
    health = Monitoring("Health", of=[Schedule("Nightly", "arn:x:lambda:report", "rate(1 day)")], actions=TOPIC)
    assert list(health.alarms) == ["NightlyFailed"]
    assert [line for graph in graphs(health.dashboard.DashboardBody) for line in lines(graph)] == [
        ("AWS/Events", "FailedInvocations", "RuleName", "${NightlyRule}")
    ]
