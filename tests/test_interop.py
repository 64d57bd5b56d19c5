"""The contract with everybody's own troposphere: values, plain objects, and the work of other stacks."""

import json
from collections.abc import Callable
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
from troposphere import (
    AWSHelperFn,
    GetAtt,
    If,
    ImportValue,
    Parameter,
    Ref,
    Sub,
    Template,
    awslambda,
    encode_to_dict,
    sns,
)

import woo_stack
from woo_stack import (
    ApiKey,
    Authorizer,
    Backup,
    BasicExecution,
    Bucket,
    CodeSigning,
    Component,
    EventBus,
    EventSource,
    Firewall,
    Function,
    HttpApi,
    Jwt,
    Key,
    Metric,
    Monitoring,
    Network,
    Pager,
    Queue,
    RestApi,
    Route,
    Schedule,
    SecretRotation,
    Table,
    UsagePlan,
    UserPools,
    publish,
    s3,
    to_json,
)
from woo_stack.authorizers import Authority
from woo_stack.checked import Checked
from woo_stack.code import Inline

#: Every way to write a value, and how it stands in the template.
TEXTS: dict[str, tuple[Any, Any]] = {
    "literal": ("arn:aws:x:eu-west-1:111111111111:thing", "arn:aws:x:eu-west-1:111111111111:thing"),
    "Ref": (Ref("Thing"), {"Ref": "Thing"}),
    "GetAtt": (GetAtt("Thing", "Arn"), {"Fn::GetAtt": ["Thing", "Arn"]}),
    "Sub": (Sub("${Thing}-live"), {"Fn::Sub": "${Thing}-live"}),
    "If": (If("Yes", Ref("This"), "that"), {"Fn::If": ["Yes", {"Ref": "This"}, "that"]}),
    "ImportValue": (ImportValue("base-Thing"), {"Fn::ImportValue": "base-Thing"}),
    "Parameter": (Parameter("Given", Type="String"), {"Ref": "Given"}),
}
NUMBERS = {
    kind: (value, expected)
    for kind, (value, expected) in TEXTS.items()
    if kind in ("Ref", "If", "ImportValue", "Parameter")
}
METERED = {"GET /a": Route("arn:aws:lambda:x", Authorizer("K", "arn:aws:lambda:y"), metered=True)}
CODE = Inline("def find(event, context): pass\n")
BASE: dict[type, dict[str, Any]] = {
    Table: {"key": Key("a")},
    Function: {"code": s3("near", "a.zip"), "handler": "index.find"},
    Network: {"vpc_id": "vpc-0a1b2c3d", "subnet_ids": ["subnet-0a1b2c3d"]},
    CodeSigning: {"profile_version_arns": ["arn:aws:signer:eu-west-1:111111111111:/signing-profiles/Shop/a1b2c3d4e5"]},
    RestApi: {"routes": {"GET /a": Route("arn:aws:lambda:x", auth="iam")}},
    HttpApi: {"routes": {"GET /a": Route("arn:aws:lambda:x", auth="iam")}},
    Authorizer: {"function": "arn:aws:lambda:y"},
    Jwt: {"issuer": "https://id.example.com", "audience": ["shop"]},
    UserPools: {"arns": ["arn:aws:cognito-idp:x"]},
    Firewall: {"api": RestApi("Shop", routes={"GET /a": Route("arn:aws:lambda:x", auth="iam")})},
    Backup: {"of": [Table("T", key=Key("a"))]},
    SecretRotation: {"secret": ApiKey("K"), "function": "arn:aws:lambda:z"},
    UsagePlan: {"api": RestApi("Shop", routes=METERED), "requests": 5},
    Monitoring: {"of": [Table("T", key=Key("a"))], "actions": ["arn:aws:sns:x"]},
    Pager: {"with_notices": True},
    EventSource: {"function": "arn:aws:lambda:z", "queue": "arn:aws:sqs:z"},
    Schedule: {"function": "arn:aws:lambda:z", "expression": "rate(3 hours)"},
    EventBus: {"stream_arn": "arn:aws:dynamodb:z", "detail_type": "$.a", "detail": {"b": "$.c"}},
}


#: Fields whose literals are checked more closely than these.
CHECKED = ("expression", "function", "issuer", "log_bucket", "log_level", "owner_account", "secret", "vpc_id")


def value_fields() -> list[Any]:
    """Every field of every component whose type says that CloudFormation may resolve it."""
    components = [getattr(woo_stack, name) for name in woo_stack.__all__]
    return [
        pytest.param(cls, field, TEXTS if str in get_args(hint) else NUMBERS, id=f"{cls.__name__}.{field}")
        for cls in components
        if isinstance(cls, type) and issubclass(cls, Component)
        for field, hint in get_type_hints(cls).items()
        if AWSHelperFn in get_args(hint)
    ]


def rendered(component: Component) -> str:
    if isinstance(component, Authority):
        kind = RestApi if "REST" in component.protocols else HttpApi
        component = kind("Shop", routes={"GET /a": Route("arn:aws:lambda:x", auth=component)})
    return json.dumps([encode_to_dict(one) for one in component.resources()], sort_keys=True)


def contains(text: str, expected: Any) -> bool:
    return json.dumps(expected, sort_keys=True) in text


def test_there_are_fields_that_take_values() -> None:
    found = {parameter.id for parameter in value_fields()}
    assert found >= {"Function.kms_key", "Function.memory_mb", "Pager.email", "Table.encryption", "Authorizer.function"}


def test_every_component_that_takes_values_has_what_else_it_needs_in_a_row() -> None:
    for cls in {parameter.values[0] for parameter in value_fields()}:
        needed = {one.name for one in fields(cls) if one.default is one.default_factory is MISSING} - {"title"}
        missing = needed - {*BASE.get(cls, {})}
        assert not missing, f"{cls.__name__}.{min(missing)} has no value in BASE of tests/test_interop.py"


@pytest.mark.parametrize(("cls", "field", "values"), value_fields())
def test_a_field_takes_every_way_to_write_a_value(cls: Any, field: str, values: dict[str, Any]) -> None:
    for kind, (value, expected) in values.items():
        # Literals of these are checked.
        if kind == "literal" and field in CHECKED:
            continue
        text = rendered(cls("It", **{**BASE.get(cls, {}), field: value}))
        # The runbook is the end of a sentence.
        assert contains(text, expected) or (field == "runbook" and f" {value}#treadthrottles" in text), kind


def api(function: Any) -> RestApi:
    return RestApi("Shop", routes={"GET /a": Route(function, auth="iam")})


INSIDE: dict[str, Callable[[Any], Component]] = {
    "environment": lambda value: Function("It", **BASE[Function], environment={"TABLE": value}),
    "actions": lambda value: Monitoring("It", of=[Table("T", key=Key("a"))], actions=[value]),
    "notices": lambda value: Monitoring("It", of=[Table("T", key=Key("a"))], actions=["arn:a"], notices=[value]),
    "logs": lambda value: Monitoring("It", **BASE[Monitoring], logs={"functions": value}),
    "dimensions": lambda value: Monitoring("It", of=[Metric("M", "AWS/SQS", {"QueueName": value})], actions=["arn:a"]),
    "bucket": lambda value: Function("It", code=s3(value, "a.zip"), handler="a.b"),
    "key": lambda value: Function("It", code=s3("a", value), handler="a.b"),
    "route's function": api,
}


@pytest.mark.parametrize("kind", TEXTS)
@pytest.mark.parametrize("where", INSIDE)
def test_a_value_inside_a_field_is_taken_too(where: str, kind: str) -> None:
    value, expected = TEXTS[kind]
    assert contains(rendered(INSIDE[where](value)), expected)


@pytest.mark.parametrize("kind", NUMBERS)
def test_a_threshold_may_be_resolved_and_is_drawn(kind: str, graphs: Callable[..., Any]) -> None:
    value, expected = NUMBERS[kind]
    health = Monitoring(
        "It", of=[Table("T", key=Key("a"))], actions=["arn:aws:sns:x"], thresholds={"TReadThrottles": value}
    )
    assert contains(json.dumps(health.alarms["TReadThrottles"].to_dict()), expected)
    (graph,) = [one for one in graphs(health.dashboard.DashboardBody) if "throttling" in one["title"]]
    drawn = {"Ref": "${Thing}", "If": "${Fn::If}", "ImportValue": "${Fn::ImportValue}", "Parameter": "${Given}"}
    assert graph["annotations"]["horizontal"][0] == {"label": "ReadThrottles", "value": drawn[kind]}


def test_the_guide_names_every_component() -> None:
    guide = (Path(__file__).parents[1] / "docs" / "library.md").read_text()
    told = guide.partition("\n## The components\n")[2].partition("\n## ")[0]
    public = {name: getattr(woo_stack, name) for name in woo_stack.__all__}
    named = {name for name, cls in public.items() if isinstance(cls, type) and issubclass(cls, Checked)}
    missing = {name for name in named - {"Component", "Settings"} if f"`{name}`" not in told}
    assert not missing, f"docs/library.md does not name {sorted(missing)} in its table of the components"


def components() -> list[Component]:
    table = Table("Orders", key=Key("a"))
    function = Function("Lookup", **BASE[Function], statements=[table.allow("GetItem")])
    route = Route(function, auth=Authorizer("Keys", function))
    shop = RestApi("Shop", routes={"GET /a": route})
    pager, queue = Pager("Pager"), Queue("Jobs")
    health = Monitoring("Health", of=[shop, function, table, queue, queue.dead_letters], actions=[pager.arn])
    more = [EventSource("Source", function, queue), Schedule("Nightly", function, "rate(1 day)")]
    more += [EventBus("Changes", **BASE[EventBus]), BasicExecution("Shared"), Bucket("Files")]
    sharing = Function("Sharing", **BASE[Function], basic_execution=BasicExecution("Shared"))
    return [table, function, shop, pager, health, queue, *more, sharing]


@pytest.mark.parametrize("index", range(12))
def test_resources_can_be_added_without_us(index: int) -> None:
    theirs, ours = Template(), Template()
    theirs.add_resource(list(components()[index].resources()))
    components()[index].add_to(ours)
    assert theirs.to_dict() == ours.to_dict()
    assert theirs.resources


@pytest.mark.parametrize(
    ("attribute", "value"),
    [
        ("Condition", "IsLive"),
        ("DependsOn", ["First"]),
        ("Metadata", {"why": "because"}),
        ("DeletionPolicy", "Snapshot"),
        ("UpdateReplacePolicy", "Delete"),
    ],
)
def test_every_object_takes_what_troposphere_sets_on_it(attribute: str, value: Any) -> None:
    for component in components():
        template = Template()
        for resource in component.resources():
            setattr(resource, attribute, value)
        component.add_to(template)
        for resource in template.to_dict()["Resources"].values():
            assert resource[attribute] == value


def test_an_object_changed_before_add_to_is_rendered_changed(render: Callable[..., Any]) -> None:
    table, function, shop, pager, health, queue, *_ = components()
    table.table.TableClass = "STANDARD_INFREQUENT_ACCESS"
    function.function.EphemeralStorage = awslambda.EphemeralStorage(Size=1024)
    pager.topic.DisplayName = "Shop"
    queue.dead_letters.queue.DelaySeconds = 77
    before = shop.deployment.title
    resources = render(table, function, shop, pager, health, queue)["Resources"]
    assert resources["OrdersTable"]["Properties"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert resources["LookupFunction"]["Properties"]["EphemeralStorage"] == {"Size": 1024}
    assert resources["PagerTopic"]["Properties"]["DisplayName"] == "Shop"
    assert resources["JobsDeadLettersQueue"]["Properties"]["DelaySeconds"] == 77
    assert before in resources


def test_a_method_changed_before_add_to_makes_another_deployment(render: Callable[..., Any]) -> None:
    changed, plain = components()[2], components()[2]
    changed.methods["GET /a"].OperationName = "ListOrders"
    deployed = [{name for name in render(shop)["Resources"] if "Deployment" in name} for shop in (changed, plain)]
    assert not deployed[0] & deployed[1]


class Existing:
    """A table of another stack, as anybody would write it."""

    title = "Ledger"
    namespace = "AWS/DynamoDB"

    def __init__(self, name: Any) -> None:
        self.dimensions = {"TableName": name}


@pytest.mark.parametrize("kind", [kind for kind in TEXTS if kind != "Parameter"])
def test_a_table_of_another_stack_is_watched_by_name(kind: str, graphs: Callable[..., Any], lines: Any) -> None:
    name, expected = TEXTS[kind]
    health = Monitoring("Health", of=[Existing(name)], actions=["arn:aws:sns:x"])
    alarm = encode_to_dict(health.alarms["LedgerReadThrottles"])["Properties"]
    assert alarm["Dimensions"] == [{"Name": "TableName", "Value": expected}]
    body = health.dashboard.DashboardBody
    drawn = {"literal": expected, "Ref": "${Thing}", "GetAtt": "${Thing.Arn}", "Sub": "${Thing}-live"}
    named = {line[3] for graph in graphs(body) for line in lines(graph)}
    assert named == {drawn.get(kind, f"${{Fn::{kind}}}")}
    # What the text of Fn::Sub cannot hold is one of its variables, as it was given.
    assert contains(json.dumps(encode_to_dict(body), sort_keys=True), expected) or kind in drawn


def test_a_literal_that_looks_like_a_number_in_the_body_is_drawn_as_it_is(graphs: Callable[..., Any]) -> None:
    health = Monitoring("Health", of=[Existing("#1 ledger#")], actions=["arn:aws:sns:x"])
    body = health.dashboard.DashboardBody
    assert ["AWS/DynamoDB", "ReadThrottleEvents", "TableName", "#1 ledger#"] in [
        line for graph in graphs(body) for line in graph["metrics"]
    ]


def test_functions_and_topics_of_another_stack_come_by_arn(render: Callable[..., Any]) -> None:
    function, topic = ImportValue("catalog-FunctionArn"), ImportValue("base-TopicArn")
    shop = api(function)
    template = render(shop, Monitoring("Health", of=[shop], actions=[topic]))
    permissions = [one for one in template["Resources"].values() if one["Type"] == "AWS::Lambda::Permission"]
    assert [one["Properties"]["FunctionName"] for one in permissions] == [{"Fn::ImportValue": "catalog-FunctionArn"}]
    alarms = [one["Properties"] for one in template["Resources"].values() if one["Type"] == "AWS::CloudWatch::Alarm"]
    assert alarms
    assert {json.dumps(one["AlarmActions"]) for one in alarms} == {'[{"Fn::ImportValue": "base-TopicArn"}]'}


def test_a_component_stands_beside_plain_troposphere() -> None:
    template = Template()
    topic = template.add_resource(sns.Topic("Plain"))
    Monitoring("Health", of=[Existing("ledger")], actions=[topic.ref()]).add_to(template)
    assert '"AlarmActions":[{"Ref":"Plain"}]' in to_json(template)


def test_literal_arns_of_another_stack_may_be_published(tmp_path: Path) -> None:
    template = Template(Description="Around a function of another stack")
    function = "arn:aws:lambda:eu-west-1:123456789012:function:found"
    key = "arn:aws:kms:eu-west-1:123456789012:key/1234abcd-12ab-34cd-56ef-1234567890ab"
    RestApi("Shop", routes={"GET /found": Route(function, auth="iam")}).add_to(template)
    Function("Lookup", code=CODE, handler="index.find", environment={"MODE": "found"}, kms_key=key).add_to(template)
    found = publish(template, tmp_path / "found.json")
    assert {finding.rule for finding in found if finding.rule.startswith("W")} == {"W9002", "W9013"}
    assert {finding.level for finding in found} == {"note"}
