"""No setting is accepted and ignored: changing any field of anything changes the template, each in its own way."""

import dataclasses
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import pytest
from awacs.aws import Allow, Statement
from awacs.s3 import GetObject
from troposphere import AWSHelperFn, Template

import woo_stack
from woo_stack import (
    ApiAccount,
    ApiKey,
    Authorizer,
    Backup,
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
    HttpApi,
    Jwt,
    Key,
    Metric,
    Monitoring,
    Network,
    Open,
    Pager,
    Queue,
    RestApi,
    Route,
    Schedule,
    SecretRotation,
    SettingError,
    Settings,
    Table,
    Throughput,
    UsagePlan,
    UserPools,
    Watch,
    WebhookSecret,
    runbook,
    shop,
)
from woo_stack.checked import Checked
from woo_stack.code import S3, Inline
from woo_stack.parameters import Question, form
from woo_stack.type_permissions import HANDLED

Json = dict[str, Any]

ARN = "arn:aws:lambda:eu-west-1:111111111111:function:catalog"
OTHER_ARN = "arn:aws:lambda:eu-west-1:222222222222:function:basket"
CODE = Inline("def find(event, context): return 1\ndef seek(event, context): return 2\n")
OTHER_CODE = Inline("def find(event, context): return 3\n")
ORDERS = Table("Orders", key=Key("order_id"))
POOL = "arn:aws:cognito-idp:eu-west-1:111111111111:userpool/eu-west-1_"
RIGHT = Statement(Effect=Allow, Action=[GetObject], Resource=["arn:aws:s3:::bucket/*"])
KEYS = Authorizer("Keys", ARN)
METERED = {"GET /a": Route(ARN, auth=KEYS, metered=True)}
SIGNER = "arn:aws:signer:eu-west-1:111111111111:/signing-profiles/"
STREAM = "arn:aws:dynamodb:eu-west-1:111111111111:table/orders/stream/1"


def of_component(component: Any) -> Json:
    template = Template()
    component.add_to(template)
    return template.to_dict()


def of_function(function: Function) -> Json:
    health = Monitoring("Health", of=[function], actions=["arn:aws:sns:eu-west-1:111111111111:a"])
    return {"own": of_component(function), "watched": of_component(health)}


def of_watched(component: Any) -> Json:
    """What is made of a component's rows; what they tell a person is in the runbook alone."""
    health = Monitoring("Health", of=[component], actions=["arn:aws:sns:eu-west-1:111111111111:a"])
    return {"own": of_component(component), "watched": of_component(health), "told": runbook(health)}


def of_watch(row: Watch) -> Json:
    return of_watched(RestApi("Shop", routes={"GET /a": Route(ARN, auth="iam")}, metrics=[row]))


def of_key(key: Key) -> Json:
    return of_component(Table("Orders", key=key))


def of_throughput(throughput: Throughput) -> Json:
    return of_component(Table("Orders", key=Key("order_id"), provisioned=throughput))


def of_route(route: Route) -> Json:
    return of_component(RestApi("Shop", routes={"GET /a": route}))


def of_code(code: Inline | S3) -> Json:
    return of_component(Function("Lookup", code=code, handler="index.find"))


def of_question(question: Question) -> Json:
    template = Template(Metadata=form((question,)))
    # Only a number has bounds, and only a text has a pattern.
    bounded = question.low is not None or question.high is not None
    template.add_parameter((dataclasses.replace(question, default=81) if bounded else question).parameter)
    return template.to_dict()


@dataclass(frozen=True)
class Row:
    """A class, how it is rendered, settings to start from, and for every field another value."""

    cls: type
    render: Callable[[Any], Json]
    base: Json
    others: Json
    #: Other fields that must change with one, because the two exclude each other.
    beside: dict[str, Json] = field(default_factory=dict)


ROWS = [
    Row(
        Table,
        of_component,
        {"title": "Orders", "key": Key("order_id")},
        {
            "title": "Invoices",
            "key": Key("invoice_id"),
            "indexes": {"by_day": Key("day")},
            "provisioned": Throughput(11, 12),
            "on_demand_maximum": Throughput(13, 14),
            "encryption": "arn:aws:kms:eu-west-1:111111111111:key/one",
            "recovery_days": 9,
            "ttl_attribute": "expires",
            "stream": "OLD_IMAGE",
            "deletion_protection": False,
        },
    ),
    Row(Key, of_key, {"partition": "a", "sort": "b"}, {"partition": "c", "sort": "d", "types": {"a": "N"}}),
    Row(Throughput, of_throughput, {"read": 21, "write": 22}, {"read": 23, "write": 24}),
    Row(
        Function,
        of_function,
        {"title": "Lookup", "code": S3("near", "a.zip"), "handler": "index.find"},
        {
            "title": "Search",
            "code": S3("near", "b.zip"),
            "handler": "index.seek",
            "environment": {"LANGUAGE": "de"},
            "statements": [RIGHT],
            "runtime": "python3.14",
            "architecture": "x86_64",
            "memory_mb": 1001,
            "timeout_seconds": 31,
            "log_level": "WARN",
            "retention_days": 60,
            "basic_execution": BasicExecution("Shared"),
            "tracing": False,
            "reserved_concurrency": 32,
            "kms_key": "arn:aws:kms:eu-west-1:111111111111:key/two",
            "dead_letter_queue": "arn:aws:sqs:eu-west-1:111111111111:dead",
            "network": Network("Inside", "vpc-0a1b2c3d", ["subnet-0a1b2c3d"]),
            "code_signing": "arn:aws:lambda:eu-west-1:111111111111:code-signing-config:csc-1",
            "insights_layer": "arn:aws:lambda:eu-west-1:580247275435:layer:LambdaInsightsExtension-Arm64:21",
            "metrics": [Watch("Found", "Found", "Sum", "Findings", "orders", above=14, namespace="shop")],
            "description": "Looks orders up",
        },
    ),
    Row(
        BasicExecution,
        of_component,
        {"title": "Shared"},
        {
            "title": "Common",
            "retention_days": 120,
            "kms_key": "arn:aws:kms:eu-west-1:111111111111:key/ten",
            "tracing": False,
            "dead_letter_topic": "arn:aws:sns:eu-west-1:111111111111:letters",
        },
    ),
    Row(
        Network,
        of_component,
        {"title": "Inside", "vpc_id": "vpc-0a1b2c3d", "subnet_ids": ["subnet-0a1b2c3d"]},
        {
            "title": "Within",
            "vpc_id": "vpc-1a1b2c3d",
            "subnet_ids": ["subnet-1a1b2c3d", "subnet-2a1b2c3d"],
            "destinations": ["10.1.0.0/16", "pl-0a1b2c3d"],
            "owner_account": "333333333333",
        },
    ),
    Row(
        CodeSigning,
        of_component,
        {"title": "Signed", "profile_version_arns": [f"{SIGNER}Shop/a1b2c3d4e5"]},
        {"title": "Sealed", "profile_version_arns": [f"{SIGNER}Team/b1b2c3d4e5"], "description": "Of the team"},
    ),
    Row(
        Inline, of_code, {"source": CODE.source},
        {"source": OTHER_CODE.source, "mapping": "Shared", "parts": {"find": 20, "keep": 15}},
    ),
    Row(S3, of_code, {"bucket": "near", "key": "a.zip"}, {"bucket": "far", "key": "b.zip"}),
    Row(
        RestApi,
        of_component,
        {"title": "Shop", "routes": {"GET /a": Route(ARN, auth="iam")}},
        {
            "title": "Store",
            "routes": {"GET /b": Route(ARN, auth="iam")},
            "stage": "v2",
            "throttle_rate": 41,
            "throttle_burst": 42,
            "log_level": "OFF",
            "retention_days": 90,
            "metrics_by_route": False,
            "tracing": False,
            "kms_key": "arn:aws:kms:eu-west-1:111111111111:key/three",
            "responses": {"INVALID_API_KEY": GatewayResponse("no_key", "No.", 403)},
            "account": ApiAccount("Logs"),
            "security_policy": "SecurityPolicy_TLS13_1_3_2025_09",
            "binary_media_types": ["image/png"],
            "metrics": [Watch("Lost", "NotFound", "Sum", "Lost", "calls", pattern='{ $.status = "404" }')],
            "description": "Orders by number",
            "sources": ["203.0.113.0/24"],
            "vpc_endpoints": ["vpce-0a1b2c3d"],
            "cache_gb": 1.6,
            "client_certificate": True,
        },
    ),
    Row(
        HttpApi,
        of_component,
        {"title": "Web", "routes": {"GET /a": Route(ARN, auth="iam")}},
        {
            "title": "Site",
            "routes": {"GET /b": Route(ARN, auth="iam")},
            "stage": "v3",
            "throttle_rate": 82,
            "throttle_burst": 83,
            "retention_days": 150,
            "metrics_by_route": False,
            "kms_key": "arn:aws:kms:eu-west-1:111111111111:key/eleven",
            "metrics": [Watch("Gone", "GoneCalls", "Sum", "Gone", "calls", pattern='{ $.status = "410" }')],
            "description": "Prices by number",
            "cors": Cors(["https://shop.example.com"]),
        },
    ),
    Row(
        Cors,
        lambda cors: of_component(HttpApi("Web", routes={"GET /a": Route(ARN, auth="iam")}, cors=cors)),
        {"origins": ["https://shop.example.com"]},
        {
            "origins": Open("The price list is public"),
            "methods": ["PUT"],
            "headers": ["X-Key"],
            "expose_headers": ["X-WP-Total"],
            "max_age_seconds": 84,
            "credentials": True,
        },
    ),
    Row(
        Jwt,
        lambda tokens: of_component(HttpApi("Web", routes={"GET /a": Route(ARN, auth=tokens)})),
        {"title": "Tokens", "issuer": "https://id.example.com", "audience": ["shop"]},
        {"title": "Badges", "issuer": "https://id.example.org", "audience": ["app"], "scopes": ["orders/read"]},
    ),
    Row(
        UserPools,
        lambda pools: of_route(Route(ARN, auth=pools)),
        {"title": "People", "arns": [f"{POOL}a"]},
        {"title": "Staff", "arns": [f"{POOL}b"], "scopes": ["orders/write"]},
    ),
    Row(
        Firewall,
        of_component,
        {"title": "Wall", "api": RestApi("Shop", routes={"GET /a": Route(ARN, auth="iam")})},
        {
            "title": "Gate",
            "api": RestApi("Store", routes={"GET /a": Route(ARN, auth="iam")}),
            "rate_limit": 3001,
            "counted": ("NoUserAgent_HEADER",),
            "retention_days": 90,
            "kms_key": ARN,
        },
    ),
    Row(
        UsagePlan,
        of_component,
        {"title": "Quota", "api": RestApi("Shop", routes=METERED), "requests": 5},
        {
            "title": "Share",
            "api": RestApi("Store", routes=METERED),
            "requests": 6,
            "period": "WEEK",
            "rate": 7,
            "burst": 8,
        },
    ),
    Row(
        Backup,
        of_component,
        {"title": "Copies", "of": [ORDERS], "locked": True},
        {
            "title": "Vault",
            "of": [Table("Invoices", key=Key("invoice_id"))],
            "keep_days": 91,
            "schedule": "cron(7 4 * * ? *)",
            "kms_key": "arn:aws:kms:eu-west-1:111111111111:key/twelve",
            "locked": False,
            "lock_final_days": 92,
        },
    ),
    Row(
        SecretRotation,
        of_component,
        {"title": "Turns", "secret": ApiKey("Key"), "function": ARN},
        {"title": "Changes", "secret": WebhookSecret("Signature"), "function": OTHER_ARN, "days": 93},
    ),
    Row(
        Route,
        of_route,
        {"function": ARN, "auth": "iam"},
        {
            "function": OTHER_ARN,
            "auth": KEYS,
            "throttle_rate": 85,
            "throttle_burst": 86,
            "sources": ["203.0.113.0/24"],
            "metered": True,
        },
        {"metered": {"auth": KEYS}},
    ),
    Row(
        Authorizer,
        lambda authorizer: of_route(Route(ARN, auth=authorizer)),
        {"title": "Keys", "function": ARN},
        {"title": "Tokens", "function": OTHER_ARN, "identity": ("query:token",), "cache_seconds": 51},
    ),
    Row(
        Open,
        lambda auth: of_route(Route(ARN, auth=auth)),
        {"reason": "Everybody may ask for health"},
        {"reason": "Webhooks are signed by themselves"},
    ),
    Row(
        GatewayResponse,
        lambda response: of_component(
            RestApi("Shop", routes={"GET /a": Route(ARN, auth="iam")}, responses={"THROTTLED": response})
        ),
        {"code": "slow_down", "message": "Wait."},
        {"code": "wait", "message": "Slow down.", "status": 430},
    ),
    Row(
        ApiAccount,
        of_component,
        {"title": "ApiLogs"},
        {"title": "Account", "condition": "Manages", "api_id": "ShopApi"},
    ),
    Row(EncryptionKey, of_component, {"title": "Data"}, {"title": "Backup", "rotation_days": 91}),
    Row(
        Pager,
        of_component,
        {"title": "Pager", "email": "one@example.com", "with_notices": True, "notice_email": "three@example.com"},
        {
            "title": "Horn",
            "email": "two@example.com",
            "condition": "HasEmail",
            "with_notices": False,
            "notice_email": "four@example.com",
            "notice_condition": "HasNoticeEmail",
            "kms_key": "arn:aws:kms:eu-west-1:111111111111:key/four",
        },
        {"with_notices": {"notice_email": None}},
    ),
    Row(
        ApiKey,
        of_component,
        {"title": "Key"},
        {"title": "Pass", "kms_key": "arn:aws:kms:eu-west-1:111111111111:key/five"},
    ),
    Row(
        WebhookSecret,
        of_component,
        {"title": "Signature"},
        {"title": "Seal", "kms_key": "arn:aws:kms:eu-west-1:111111111111:key/six"},
    ),
    Row(
        DeadLetters,
        of_component,
        {"title": "Lost"},
        {"title": "Gone", "fifo": True, "kms_key": "arn:aws:kms:eu-west-1:111111111111:key/seven"},
    ),
    Row(
        Queue,
        of_component,
        {"title": "Jobs"},
        {
            "title": "Tasks",
            "fifo": True,
            "kms_key": "arn:aws:kms:eu-west-1:111111111111:key/eight",
            "consumer_timeout_seconds": 43,
            "max_receives": 44,
            "retention_days": 13,
        },
    ),
    Row(
        EventSource,
        of_component,
        {"title": "Source", "function": ARN, "queue": Queue("Jobs"), "window_seconds": 45},
        {
            "title": "Feed",
            "function": OTHER_ARN,
            "queue": "arn:aws:sqs:eu-west-1:111111111111:tasks",
            "batch_size": 46,
            "maximum_concurrency": 47,
            "window_seconds": 48,
        },
    ),
    Row(
        Schedule,
        of_component,
        {"title": "Nightly", "function": ARN, "expression": "rate(1 day)"},
        {
            "title": "Weekly",
            "function": OTHER_ARN,
            "expression": "cron(7 2 ? * SUN *)",
            "retries": 5,
            "retry_seconds": 601,
        },
    ),
    Row(
        EventBus,
        of_component,
        {"title": "Changes", "stream_arn": STREAM, "detail_type": "$.a", "detail": {"b": "$.c"}},
        {
            "title": "News",
            "stream_arn": f"{STREAM}2",
            "detail_type": "$.d",
            "detail": {"e": "$.f"},
            "pattern": {"eventName": ["INSERT"]},
            "source": "orders",
            "retries": 12,
            "kms_key": "arn:aws:kms:eu-west-1:111111111111:key/nine",
        },
    ),
    Row(
        Monitoring,
        of_component,
        {"title": "Health", "of": [ORDERS], "actions": ["arn:aws:sns:eu-west-1:111111111111:a"]},
        {
            "title": "Pulse",
            "of": [Table("Invoices", key=Key("invoice_id"))],
            "actions": ["arn:aws:sns:eu-west-1:111111111111:b"],
            "notices": ["arn:aws:sns:eu-west-1:111111111111:c"],
            "thresholds": {"OrdersReadThrottles": 61.0},
            "severities": {"OrdersReadThrottles": "data"},
            "runbook": "https://wiki.example.com/orders",
            "logs": {"access": "orders-access"},
        },
    ),
    Row(
        Metric,
        of_watched,
        {"title": "Legacy", "namespace": "AWS/Lambda", "dimensions": {"FunctionName": "old"}},
        {
            "title": "Older",
            "namespace": "AWS/Events",
            "dimensions": {"FunctionName": "older"},
            "rows": [Watch("Many", "Clicked", "Sum", "Clicks", "clicks", above=15)],
            "limits": {"Duration": 3100.0},
        },
    ),
    Row(
        Watch,
        of_watch,
        {
            "name": "Slow",
            "metric": "Took",
            "statistic": "Maximum",
            "graph": "Speed",
            "unit": "ms",
            "above": 0.5,
            "of_limit": True,
            "limit": 90,
            "pattern": '{ $.status = "404" }',
        },
        {
            "name": "Late",
            "metric": "Lasted",
            "statistic": "p90",
            "graph": "Time",
            "unit": "seconds",
            "above": 0.25,
            "of_limit": False,
            "above_unbounded": 33,
            "limit": 80,
            "limit_drawn": True,
            "period_seconds": 60,
            "datapoints": (2, 3),
            "severity": "data",
            "silence": "breaching",
            "beside": ("p50",),
            "expression": "2*Latency",
            "in_detail": True,
            "namespace": "shop",
            "pattern": '{ $.status = "410" }',
            "by": ("Method", "GET"),
            "means": "It is slow.",
            "look": "Where is it slow?",
            "do": "Make it fast.",
        },
        {"expression": {"above": None}, "in_detail": {"above": None}},
    ),
    Row(
        Bucket,
        of_component,
        {"title": "Files"},
        {"title": "Papers", "noncurrent_days": 41, "kms_key": ARN, "log_bucket": "access-logs"},
    ),
    Row(
        Settings,
        lambda settings: shop(settings).to_dict(),
        {},
        {
            "code": "bucket",
            "customer_key": False,
            "query_string_credentials": True,
            "exports": True,
            "stage": "v3",
            "memory_mb": 1002,
            "timeout_seconds": 8,
            "api": "http",
            "concurrency": {"Reader": 71},
            "backup_days": 72,
            "firewall": True,
            "sources": ("203.0.113.0/24",),
            "webhook_sources": ("203.0.113.9/32",),
            "vpc_endpoints": ("vpce-0a1b2c3d",),
            "webhook_rate": 73,
            "requests_per_day": 74,
            "replay_hours": 75,
            "rotation_days": 76,
            "cache_gb": 1.6,
            "client_certificate": True,
            "network": Network("Inside", vpc_id="vpc-0a1b2c3d", subnet_ids=["subnet-0a1b2c3d"]),
            "signing_profiles": (f"{SIGNER}Shop/a1b2c3d4e5",),
            "permissions_boundary": "arn:aws:iam::111111111111:policy/boundary",
            "event_bus": True,
            "recovery_days": 6,
            "tracing": False,
            "metrics_by_route": False,
            "thresholds": {"ApiLatency": 2500.0},
            "runbook": "https://wiki.example.com/shop",
        },
        {"signing_profiles": {"code": "bucket"}},
    ),
    Row(
        Question,
        of_question,
        {"name": "Email", "group": "Who", "label": "Address", "description": "Of a person.", "default": "a@b.c"},
        {
            "name": "Phone",
            "group": "Whom",
            "label": "Number",
            "description": "Of a phone.",
            "default": "112",
            "allowed": ("112", "911"),
            "low": 2,
            "high": 84,
            "pattern": "^[0-9]*$",
        },
    ),
]  # fmt: skip


def rendered(row: Row, **changes: Any) -> str:
    beside = {name: value for field in changes for name, value in row.beside.get(field, {}).items()}
    return json.dumps(row.render(row.cls(**{**row.base, **beside, **changes})), sort_keys=True)


@cache
def templates(cls: type) -> dict[str, str]:
    """The template of a class's row, and by field that with the field's other value."""
    (row,) = (row for row in ROWS if row.cls is cls)
    return {"": rendered(row), **{field: rendered(row, **{field: value}) for field, value in row.others.items()}}


EACH = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.cls.__name__)


def test_every_class_with_settings_has_a_row() -> None:
    public = {getattr(woo_stack, name) for name in woo_stack.__all__}
    settings = {cls for cls in public if isinstance(cls, type) and issubclass(cls, Checked)}
    missing = settings - {row.cls for row in ROWS} - {woo_stack.Component}
    assert not missing, f"{min(cls.__name__ for cls in missing)} has no row in ROWS of tests/test_fields.py"


@EACH
def test_every_field_has_another_value(row: Row) -> None:
    missing = {field.name for field in dataclasses.fields(row.cls)} ^ {*row.others}
    assert not missing, f"{row.cls.__name__}.{min(missing)} is in the class alone or in tests/test_fields.py alone"
    same = [field for field, value in row.others.items() if value == getattr(row.cls(**row.base), field)]
    assert not same, f"{row.cls.__name__}.{same[0]} has no other value in its row in tests/test_fields.py"


@EACH
def test_every_field_changes_the_template_in_its_own_way(row: Row) -> None:
    made = templates(row.cls)
    same = [(a, b) for a in made for b in made if a < b and made[a] == made[b]]
    told = [f"{a} and {b} change the template alike" if a else f"{b} changes nothing in the template" for a, b in same]
    assert not told, f"{row.cls.__name__}: {told[0]}"


@EACH
def test_cloudformation_may_make_what_is_made(row: Row) -> None:
    """The shop and the examples do not have every component."""
    made = {kind for text in templates(row.cls).values() for kind in re.findall(r'"Type": "(AWS::\w+::\w+)"', text)}
    missing = made - {*HANDLED}
    assert not missing, f"{min(missing)} has no row in HANDLED of src/woo_stack/type_permissions.py"


@EACH
def test_the_same_settings_give_the_same_template(row: Row) -> None:
    assert rendered(row) == rendered(row)


def listed() -> list[Any]:
    """Every field that takes a list of texts, with such a list."""
    lists = ((row, field, value) for row in ROWS for field, value in row.others.items())
    return [
        pytest.param(row, field, value, id=f"{row.cls.__name__}-{field}")
        for row, field, value in lists
        if issubclass(row.cls, Checked) and (row.cls, field) != (Watch, "by")  # a pair
        if isinstance(value, list | tuple) and value and all(isinstance(item, str | AWSHelperFn) for item in value)
    ]


@pytest.mark.parametrize(("row", "field", "value"), listed())
def test_what_a_list_names_twice_is_refused(row: Row, field: str, value: list[Any]) -> None:
    with pytest.raises(SettingError, match=f"{field} is .*, allowed: a list that names each once$"):
        rendered(row, **{field: [*value, value[0]]})
