"""Every setting that AWS would refuse is refused here, in one sentence: the field, the value, what is allowed."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from troposphere import Parameter, Ref, Template

from woo_stack import (
    Authorizer,
    BasicExecution,
    Bucket,
    CodeSigning,
    Cors,
    DeadLetters,
    EncryptionKey,
    EventBus,
    EventSource,
    Firewall,
    Function,
    GatewayResponse,
    Key,
    Metric,
    Monitoring,
    Open,
    Pager,
    Queue,
    RestApi,
    Route,
    Schedule,
    SettingError,
    Settings,
    Table,
    Throughput,
    UsagePlan,
    Watch,
    WooStackError,
    shop,
)
from woo_stack.code import Inline

ARN = "arn:aws:lambda:eu-west-1:111111111111:function:catalog"
TOPIC = "arn:aws:sns:eu-west-1:111111111111:alarms"
QUEUE = "arn:aws:sqs:eu-west-1:111111111111:jobs"
ROUTES = {"GET /a": Route(ARN, auth="iam")}
DAYS = "1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400"


def function(**settings: Any) -> Function:
    return Function("F", **{"code": Inline("def find(a, b): pass\n"), "handler": "index.find", **settings})


def sharing(**settings: Any) -> Function:
    return function(**{"basic_execution": BasicExecution("B"), **settings})


def table(**settings: Any) -> Table:
    return Table("T", **{"key": Key("a"), **settings})


def api(**settings: Any) -> RestApi:
    return RestApi("A", **{"routes": ROUTES, **settings})


def monitoring(**settings: Any) -> Monitoring:
    return Monitoring("M", **{"of": [table()], "actions": [TOPIC], **settings})


def metric(**settings: Any) -> Metric:
    return Metric("L", **{"namespace": "AWS/Lambda", **settings})


def pager(**settings: Any) -> Pager:
    return Pager("P", **settings)


def bucket(**settings: Any) -> Bucket:
    return Bucket("B", **settings)


def wall(**settings: Any) -> Firewall:
    return Firewall("W", **{"api": api(), **settings})


def plan(**settings: Any) -> UsagePlan:
    metered = {"GET /a": Route(ARN, Authorizer("K", ARN), metered=True)}
    return UsagePlan("Q", **{"api": api(routes=metered), "requests": 5, **settings})


def queue(**settings: Any) -> Queue:
    return Queue("Q", **settings)


def source(**settings: Any) -> EventSource:
    return EventSource("E", **{"function": ARN, "queue": QUEUE, **settings})


def schedule(**settings: Any) -> Schedule:
    return Schedule("S", **{"function": ARN, "expression": "rate(1 day)", **settings})


def bus(**settings: Any) -> EventBus:
    return EventBus("B", **{"stream_arn": ARN, "detail_type": "$.a", "detail": {"b": "$.c"}, **settings})


def composed(**settings: Any) -> Any:
    return shop(Settings(**settings))


class Stranger:
    title, namespace, dimensions = "Stranger", "AWS/Glacier", {"Vault": "cold"}


#: What makes it, the field, the value, and what is allowed.
REFUSED: list[tuple[Callable[..., Any], str, Any, str]] = [
    (function, "architecture", "arm", "arm64, x86_64"),
    (function, "log_level", "LOUD", "TRACE, DEBUG, INFO, WARN, ERROR, FATAL"),
    (function, "retention_days", 2, DAYS),
    (function, "retention_days", True, DAYS),
    (function, "retention_days", None, DAYS),
    (function, "memory_mb", 512.5, "a whole number from 128 to 10240 MB"),
    (function, "memory_mb", "513", "a whole number from 128 to 10240 MB"),
    (function, "timeout_seconds", True, "a whole number from 1 to 900 seconds"),
    (function, "handler", "find", "module.function, as in 'index.read'"),
    (function, "handler", "index.lost", "index.<function> with a function that the inline code defines"),
    (function, "description", "d" * 257, "at most 256 characters"),
    (function, "code", "x.py", "inline(path) or s3(bucket, key)"),
    (function, "tracing", "false", "True or False, because the role depends on it"),
    (function, "basic_execution", "FunctionsLogs", "BasicExecution(...) or None"),
    (sharing, "retention_days", 60, "none beside basic_execution, which has its own"),
    (sharing, "retention_days", Ref("Days"), "none beside basic_execution, which has its own"),
    (lambda **settings: BasicExecution("B", **settings), "retention_days", 8, DAYS),
    (lambda **settings: BasicExecution("B", **settings), "tracing", Ref("T"), "True or False, because the policy"),
    (function, "metrics", ["Found"], "a list of Watch(...)"),
    (function, "metrics", 5, "a list of Watch(...)"),
    (bucket, "noncurrent_days", 0, "a whole number from 1 to 3650 days"),
    (bucket, "log_bucket", "Access_Logs", "a bucket's name, as in 'my-access-logs', or None"),
    (queue, "fifo", "yes", "True or False"),
    (queue, "fifo", Ref("Ordered"), "True or False"),
    (queue, "consumer_timeout_seconds", Ref("Timeout"), "a whole number from 1 to 900 seconds"),
    (queue, "retention_days", Ref("Days"), "a whole number from 1 to 14 days"),
    (lambda **settings: DeadLetters("D", **settings), "fifo", 1, "True or False"),
    (lambda **settings: source(queue=f"{QUEUE}.fifo", **settings), "window_seconds", 5, "0 for a FIFO queue"),
    (source, "maximum_concurrency", 1, "a whole number from 2 to 1000 calls, or None"),
    (schedule, "expression", "cron(17 3 * * *)", "as in 'cron(17 3 * * ? *)' or 'rate(5 minutes)'"),
    (schedule, "expression", "rate(0 days)", "as in 'cron(17 3 * * ? *)' or 'rate(5 minutes)'"),
    (schedule, "expression", "daily", "as in 'cron(17 3 * * ? *)' or 'rate(5 minutes)'"),
    (bus, "source", "aws.orders", "1 to 256 characters that do not start with 'aws.'"),
    (bus, "source", "", "1 to 256 characters that do not start with 'aws.'"),
    (bus, "source", None, "1 to 256 characters that do not start with 'aws.'"),
    (bus, "detail_type", "d" * 129, "1 to 128 characters"),
    (bus, "detail_type", "", "1 to 128 characters"),
    (bus, "detail", {"status": "new"}, "names and paths, as in {'status': '$.dynamodb.NewImage.status.S'}"),
    (bus, "detail", ["$.status"], "names and paths, as in {'status': '$.dynamodb.NewImage.status.S'}"),
    (api, "binary_media_types", "*/*", "a list of content types, as in ['*/*']"),
    (api, "binary_media_types", ["gzip"], "a list of content types, as in ['*/*']"),
    (table, "key", "id", "Key(partition) or Key(partition, sort)"),
    (table, "indexes", ["x"], "a mapping of name to Key"),
    (table, "provisioned", (1, 2), "Throughput(read, write) or None"),
    (table, "deletion_protection", "flase", "True, False"),
    (table, "encryption", "aws_owned", "AWS_OWNED, AWS_MANAGED, the ARN of a KMS key"),
    (table, "encryption", None, "AWS_OWNED, AWS_MANAGED, the ARN of a KMS key"),
    (api, "security_policy", "TLS_1_0", "one of API Gateway's SecurityPolicy_TLS13_…"),
    (api, "tracing", "no", "True, False"),
    (api, "routes", ["GET /a"], "at least one, as in {'GET /products': Route(function, auth='iam')}"),
    (monitoring, "actions", "arn:aws:sns:eu-west-1:111111111111:t", "at least one ARN, as of an SNS topic"),
    (monitoring, "actions", Ref("Pager"), "at least one ARN, as of an SNS topic"),
    (monitoring, "notices", "arn:aws:sns:eu-west-1:111111111111:n", "a list of ARNs, as of an SNS topic"),
    (monitoring, "notices", Ref("Pager"), "a list of ARNs, as of an SNS topic"),
    (monitoring, "thresholds", ["TReadThrottles"], "a mapping of alarm to threshold"),
    (monitoring, "severities", ["TReadThrottles"], "a mapping of alarm to severity"),
    (monitoring, "runbook", 7, "a path or a URL"),
    (monitoring, "runbook", ["docs/runbook.md"], "a path or a URL"),
    (monitoring, "logs", {"functons": "x"}, "a mapping of functions, access to the name of a log group"),
    (monitoring, "logs", "x", "a mapping of functions, access to the name of a log group"),
    (metric, "namespace", "", "a namespace of CloudWatch, as 'AWS/Lambda' or 'My/Shop'"),
    (metric, "namespace", Ref("Namespace"), "a namespace of CloudWatch, as 'AWS/Lambda' or 'My/Shop'"),
    (metric, "dimensions", ["FunctionName"], "a mapping, as {'FunctionName': 'legacy'}"),
    (metric, "limits", 3000, "a mapping of metric to number, as {'Duration': 3000}"),
    (metric, "rows", ["Errors"], "a list of Watch(...)"),
    (metric, "rows", Watch("A", "B", "Sum", "C", "d"), "a list of Watch(...)"),
    (api, "metrics", [Watch("A", "B", "Sum", "C", "d")], "a list of Watch(...) with a pattern"),
    (api, "metrics", ["Lost"], "a list of Watch(...) with a pattern"),
    (pager, "with_notices", "yes", "True or False, because the topic depends on it"),
    (pager, "with_notices", Ref("Notices"), "True or False, because the topic depends on it"),
    (pager, "notice_email", "n@example.com", "None without notices (with_notices=True)"),
    (monitoring, "of", ["x"], "a list of components"),
    (table, "on_demand_maximum", Throughput(2, 3), "None for a provisioned table"),
    (table, "recovery_days", 36, "a whole number from 1 to 35 days, or None"),
    (table, "stream", "NEWEST", "KEYS_ONLY, NEW_IMAGE, OLD_IMAGE, NEW_AND_OLD_IMAGES"),
    (api, "log_level", "DEBUG", "OFF, ERROR, INFO"),
    (api, "retention_days", 8, DAYS),
    (api, "stage", "a/b", "1 to 128 letters, digits, '-' and '_'"),
    (api, "stage", "", "1 to 128 letters, digits, '-' and '_'"),
    (api, "stage", "s" * 129, "1 to 128 letters, digits, '-' and '_'"),
    (api, "routes", {}, "at least one, as in {'GET /products': Route(function, auth='iam')}"),
    (api, "routes", {"GET /a": "fn"}, "Route(function, auth=...) for each path"),
    (api, "cache_gb", 0.6, "None, 0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237"),
    (api, "client_certificate", 1, "True, False"),
    (api, "sources", ["203.0.113.5/24"], "a list of networks, as in ['203.0.113.0/24']"),
    (api, "sources", ["0.0.0.0/0"], "a list of networks, as in ['203.0.113.0/24']"),
    (api, "vpc_endpoints", "vpce-1", "a list of interface endpoints, as in ['vpce-0a1b2c3d']"),
    (wall, "api", "Shop", "a RestApi, because WAF protects no other"),
    (wall, "rate_limit", 9, "a whole number from 10 to 2000000000 requests in five minutes"),
    (wall, "retention_days", 2, DAYS),
    (plan, "requests", 0, "a whole number from 1 to 2147483647"),
    (plan, "period", "HOUR", "DAY, WEEK, MONTH"),
    (plan, "rate", 0, "a whole number from 1 to 1000000 requests a second"),
    (plan, "burst", 0, "a whole number from 1 to 1000000 requests"),
    (monitoring, "actions", [], "at least one ARN, as of an SNS topic"),
    (Settings, "code", "zip", "inline, bucket"),
    (Settings, "api", "soap", "rest, http"),
    (Settings, "concurrency", {"Writer": 5}, "1 to 100000 executions for any of Authorizer, Reader, Intake, Applier"),
    (Settings, "concurrency", {"Reader": 0}, "1 to 100000 executions for any of Authorizer, Reader, Intake, Applier"),
    (Settings, "concurrency", 50, "1 to 100000 executions for any of Authorizer, Reader, Intake, Applier"),
    (Settings, "cache_gb", 1, "0.5, 1.6, 6.1, 13.5, 28.4, 58.2, 118, 237"),
    (Settings, "sources", "203.0.113.0/24", "a list of networks, as in ('203.0.113.0/24',)"),
    (
        Settings,
        "webhook_sources",
        ["203.0.113.7/24"],
        "a list of networks, as in ('203.0.113.7/32',)",
    ),
    (Settings, "vpc_endpoints", ["vpc-0a1b2c3d"], "a list of interface endpoints, as in ('vpce-0a1b2c3d',)"),
    (Settings, "signing_profiles", ["Shop"], "a list of ARNs, as in ('arn:aws:signer:…',)"),
    (Settings, "network", "vpc-0a1b2c3d", "Network(...) or None"),
    (Settings, "permissions_boundary", "boundary", "a policy's ARN"),
    (Settings, "permissions_boundary", Parameter("Boundary", Type="String"), "a policy's ARN"),
    (
        function,
        "code_signing",
        CodeSigning("C", ["arn:aws:signer:eu-west-1:111111111111:/signing-profiles/a/b"]),
        "the ARN of a CodeSigning, its .arn",
    ),
    (Settings, "rotation_days", Ref("Days"), "a literal, because the template's structure depends on it"),
    (Settings, "thresholds", None, "a mapping of alarm to threshold"),
    *((Settings, "runbook", value, "a path or a URL, as 'https://wiki.example.com/shop'") for value in ("", None, 7)),
    *(
        (Settings, name, value, "True, False")
        for name in (
            "customer_key",
            "query_string_credentials",
            "exports",
            "event_bus",
            "tracing",
            "metrics_by_route",
            "firewall",
            "client_certificate",
        )
        for value in (1, "yes", None)
    ),
    (composed, "stage", "a b", "1 to 128 letters, digits, '-' and '_'"),
    (composed, "memory_mb", 127, "a whole number from 128 to 10240 MB"),
    (composed, "timeout_seconds", 30, "a whole number from 1 to 29 seconds"),
    (composed, "recovery_days", 0, "a whole number from 1 to 35 days"),
]


@pytest.mark.parametrize(("make", "field", "value", "allowed"), REFUSED)
def test_a_setting_is_refused_by_field_value_and_what_is_allowed(
    make: Callable[..., Any], field: str, value: Any, allowed: str
) -> None:
    beside = {"provisioned": Throughput(4, 5)} if field == "on_demand_maximum" else {}
    with pytest.raises(SettingError) as error:
        make(**{field: value}, **beside)
    assert f": {field} is {value!r}, allowed: {allowed}" in str(error.value)
    assert "\n" not in str(error.value)


INDEXES = {f"by_{number:02}": Key("a") for number in range(21)}
#: Refusals of a part of a setting.
PARTLY: list[tuple[Callable[[], Any], str]] = [
    (lambda: Key("a", types={"a": "SS"}), "Key: types is {'a': 'SS'}, allowed: S, N or B for a"),
    (lambda: Key("a", "b", types={"c": "N"}), "Key: types is {'c': 'N'}, allowed: S, N or B for a or b"),
    (lambda: table(indexes=INDEXES), f"indexes is {sorted(INDEXES)!r}, allowed: at most 20"),
    (lambda: table(indexes={"ix": Key("a")}), "indexes is 'ix', allowed: names of 3 to 255 letters"),
    (lambda: table(indexes={"i" * 256: Key("a")}), "allowed: names of 3 to 255 letters"),
    (lambda: table(indexes={"by day": Key("a")}), "indexes is 'by day', allowed: names of 3 to 255 letters"),
    (
        lambda: table(indexes={"by_a": Key("a", types={"a": "N"})}),
        "indexes is {'a': 'N'}, allowed: type S for a, as elsewhere",
    ),
    (
        lambda: api(responses={"TEAPOT": GatewayResponse("a", "b", 418)}),
        "responses is {'TEAPOT': GatewayResponse(code='a', message='b', status=418)}, allowed: GatewayResponse(...)",
    ),
    (lambda: GatewayResponse("a", "b", "429"), "status is '429', allowed: 400 to 599"),
    (lambda: Key(""), "partition is '', allowed: the name of an attribute, another than the sort key's"),
    (lambda: Key("a", "a"), "partition is 'a', allowed: the name of an attribute"),
    (lambda: table(indexes={"by_a": "a"}), "indexes is {'by_a': 'a'}, allowed: a mapping of name to Key"),
    (lambda: table().allow("Action"), "action is 'Action', allowed: DynamoDB's"),
    (lambda: queue().allow("Send"), "action is 'Send', allowed: SQS's, as in SendMessage"),
    (lambda: queue().allow(), "action is (), allowed: at least one of SQS's"),
    (lambda: source(queue=queue(fifo=True), window_seconds=6), "window_seconds is 6, allowed: 0 for a FIFO queue"),
    (lambda: monitoring(thresholds={"TReadThrottles": "7"}), "allowed: a number, or None for no alarm"),
    (lambda: function(environment={"A": "b"}), "environment is 'A', allowed: names of a letter, then letters"),
    (lambda: Authorizer("K", ARN, identity="Authorization"), "identity is 'Authorization', allowed: a tuple of names"),
    (lambda: Authorizer("K", ARN, cache_seconds=Ref("P")), "allowed: a literal, because a deployment is told by"),
    (lambda: Authorizer("K", ARN).add_to(Template()), "allowed: the API whose routes name it"),
    (lambda: GatewayResponse("a", "b", 399), "status is 399, allowed: 400 to 599"),
    (lambda: GatewayResponse("a", "b", 600), "status is 600, allowed: 400 to 599"),
    (lambda: Open("because"), "reason is 'because', allowed: a sentence that a security reviewer would accept"),
    (
        lambda: api(routes={f"GET /{path}": Route(ARN, Authorizer("Key", ARN)) for path in "ab"}),
        "routes is ['Key'], allowed: each authorizer made once, and shared by the routes that it is for",
    ),
    (lambda: Route("", auth="iam"), "function is '', allowed: a Function or the ARN of one"),
    (lambda: Route("catalog", auth="iam"), "function is 'catalog', allowed: a Function or the ARN of one"),
    (lambda: Route(ARN, auth="none"), "auth is 'none', allowed: 'iam', an Authorizer, or Open('the reason')"),
    (lambda: Route(ARN, auth=None), "auth is None, allowed: 'iam', an Authorizer, or Open('the reason')"),
    (lambda: monitoring(of=[Stranger()]), "of is 'AWS/Glacier', allowed: AWS/ApiGateway, AWS/Lambda, AWS/Events"),
    (lambda: monitoring(severities={"TSpeed": "down"}), "severities is 'TSpeed', allowed: TReadThrottles, TWriteThrot"),
    (lambda: monitoring(severities={"TReadThrottles": "loud"}), "{'TReadThrottles': 'loud'}, allowed: down, data, no"),
    (lambda: function().insights, "insights_layer is None, allowed: the ARN of the Lambda Insights extension"),
    (lambda: monitoring(thresholds={"TSpeed": 5}), "thresholds is 'TSpeed', allowed: TReadThrottles, TWriteThrottles"),
    (lambda: composed(thresholds={"Speed": 6}), "thresholds is 'Speed', allowed: ApiRequests,"),
]


@pytest.mark.parametrize(("make", "message"), PARTLY)
def test_a_part_of_a_setting_is_refused(make: Callable[[], Any], message: str) -> None:
    with pytest.raises(SettingError, match=re.escape(message)):
        make()


#: Maker, field, lowest, highest, unit.
RANGES: list[tuple[Callable[..., Any], str, int, int, str]] = [
    (function, "memory_mb", 128, 10_240, "MB"),
    (function, "timeout_seconds", 1, 900, "seconds"),
    (function, "reserved_concurrency", 0, 100_000, "executions"),
    (table, "recovery_days", 1, 35, "days"),
    (api, "throttle_rate", 1, 1_000_000, "requests a second"),
    (api, "throttle_burst", 1, 1_000_000, "requests"),
    (lambda **settings: EncryptionKey("K", **settings), "rotation_days", 90, 2560, "days"),
    (lambda **settings: Authorizer("K", ARN, **settings), "cache_seconds", 0, 3600, "seconds"),
    (lambda **settings: Throughput(**{"read": 2, "write": 3, **settings}), "read", 1, 40_000, "units"),
    (lambda **settings: Throughput(**{"read": 2, "write": 3, **settings}), "write", 1, 40_000, "units"),
    (queue, "consumer_timeout_seconds", 1, 900, "seconds"),
    (queue, "max_receives", 1, 1000, "times"),
    (queue, "retention_days", 1, 14, "days"),
    (source, "batch_size", 1, 10, "messages"),
    (lambda **settings: source(window_seconds=1, **settings), "batch_size", 1, 10_000, "messages"),
    (source, "window_seconds", 0, 300, "seconds"),
    (source, "maximum_concurrency", 2, 1000, "calls"),
    (schedule, "retries", 0, 185, "retries"),
    (schedule, "retry_seconds", 60, 86_400, "seconds"),
    (bus, "retries", 0, 10_000, "retries"),
    (lambda **settings: Route(ARN, "iam", **settings), "throttle_rate", 1, 1_000_000, "requests a second"),
    (lambda **settings: Route(ARN, "iam", **settings), "throttle_burst", 1, 1_000_000, "requests"),
    (lambda **settings: Cors(["https://a.example.com"], **settings), "max_age_seconds", -1, 86_400, "seconds"),
    (composed, "memory_mb", 128, 10_240, "MB"),
    (Settings, "webhook_rate", 1, 10_000, "webhooks a second"),
    (Settings, "replay_hours", 1, 8760, "hours"),
    (Settings, "requests_per_day", 1, 100_000_000, "requests"),
    (Settings, "backup_days", 1, 36_500, "days"),
    (Settings, "rotation_days", 1, 1000, "days"),
    (composed, "timeout_seconds", 1, 29, "seconds"),
    (composed, "recovery_days", 1, 35, "days"),
]


@pytest.mark.parametrize(("make", "field", "low", "high", "unit"), RANGES)
def test_ranges_hold_at_both_edges(make: Callable[..., Any], field: str, low: int, high: int, unit: str) -> None:
    for taken in (low, high):
        make(**{field: taken})
    for refused in (low - 1, high + 1):
        with pytest.raises(SettingError, match=rf"{field} is {refused}, allowed: a whole number from .* {unit}"):
            make(**{field: refused})


@pytest.mark.parametrize("value", [Ref("Elsewhere"), Parameter("Elsewhere", Type="Number")])
@pytest.mark.parametrize("field", ["memory_mb", "timeout_seconds", "retention_days", "reserved_concurrency"])
def test_what_cloudformation_resolves_is_not_checked(field: str, value: Any) -> None:
    assert getattr(function(**{field: value}), field).to_dict() == {"Ref": "Elsewhere"}


def test_the_sentence_names_the_component() -> None:
    with pytest.raises(SettingError, match=r"^Function 'F': memory_mb is 5, allowed: "):
        function(memory_mb=5)
    with pytest.raises(SettingError, match=r"^Settings: code is 5, allowed: "):
        Settings(code=5)


def test_a_pager_refuses_a_title_as_every_component_does() -> None:
    with pytest.raises(WooStackError, match=r"^Pager 'a-b': title is 'a-b', allowed: a letter, then"):
        Pager("a-b")
