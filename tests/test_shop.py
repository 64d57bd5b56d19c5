"""The shop, over a grid of its settings: what must hold whatever is chosen."""

import dataclasses
import json
import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Any

import pytest
from tests.matrix import grid

from woo_stack import Settings, Shop, problems, shop, to_json, validate
from woo_stack.paging import DRAWN

Json = dict[str, Any]

#: By name in the grid the shops that `output/` has with the default settings.
PUBLISHED = {
    "defaults": "output/woo-stack.json",
    "code": "output/woo-stack-pipeline.json",
    "api": "output/woo-stack-http.json",
}
#: Every field alone at its other values and limits, and every two of them together.
GRID = grid()
#: The few that the slow engine sees, as it sees what is published; the fast one sees all.
LINTED = ("together 2", *(pytest.param(f"together {number}", marks=pytest.mark.soak) for number in (1, 3, 9, 14)))
#: Rights that AWS narrows to no resource.
NO_RESOURCES = {
    ("xray:PutTelemetryRecords", "xray:PutTraceSegments"): "X-Ray has none",
    ("ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets"): "EC2 lists everything or nothing",
}
FUNCTIONS = ("Authorizer", "Reader", "Intake", "Applier", "Recounter")
#: What `make test` looks at: each value is in one of the shops of all pairs; `make soak` looks at it alone as well.
SHORT = {"defaults", "api", "event_bus", "query_string_credentials", "thresholds"}


def params(names: Iterable[str], *, short: set[str] = SHORT) -> list[Any]:
    alone = {name for name in names if not name.startswith("together")} - short
    return [pytest.param(name, marks=pytest.mark.soak) if name in alone else name for name in names]


EVERY = pytest.mark.parametrize("name", params(GRID))
PSEUDO = {"AccountId", "NotificationARNs", "NoValue", "Partition", "Region", "StackId", "StackName", "URLSuffix"}


@cache
def text_of(name: str) -> str:
    return to_json(shop(GRID[name]))


@cache
def composed(name: str) -> Json:
    return json.loads(text_of(name))


def findings(text: str) -> list[Any]:
    """What our rules and the fast engine say, but for opinions about literals."""
    return [one for one in validate._fast(json.loads(text), text) if one.rule not in validate.OPINIONS]


def properties(template: Json, kind: str) -> list[Json]:
    return [one.get("Properties", {}) for one in template["Resources"].values() if one["Type"] == kind]


def test_the_grid_changes_every_field() -> None:
    default = Settings()
    changed = {
        field.name
        for settings in GRID.values()
        for field in dataclasses.fields(Settings)
        if getattr(settings, field.name) != getattr(default, field.name)
    }
    assert changed == {field.name for field in dataclasses.fields(Settings)}


@pytest.mark.parametrize("name", LINTED)
def test_templates_are_clean(name: str) -> None:
    assert [one for one in problems(composed(name)) if one.rule not in validate.OPINIONS] == []


@EVERY
def test_templates_are_clean_to_our_invariants_and_the_fast_engine(name: str) -> None:
    assert findings(text_of(name)) == []


def names_used(value: Any, walk: Any) -> Iterator[str]:
    """Every parameter and resource that a value refers to."""
    for _, found in walk(value):
        if not isinstance(found, dict):
            continue
        if isinstance(found.get("Ref"), str):
            yield found["Ref"]
        if "Fn::GetAtt" in found:
            yield found["Fn::GetAtt"][0]
        if "Fn::Sub" in found:
            text, own = found["Fn::Sub"] if isinstance(found["Fn::Sub"], list) else (found["Fn::Sub"], {})
            yield from (name.split(".")[0] for name in re.findall(r"\$\{([^!}]+)\}", text) if name not in own)


@EVERY
def test_everything_that_is_named_is_there(name: str, walk: Any) -> None:
    template = composed(name)
    resources, conditions = template["Resources"], template["Conditions"]
    known = {*resources, *template["Parameters"], *(f"AWS::{one}" for one in PSEUDO)}
    used = set(names_used({part: template[part] for part in ("Resources", "Conditions", "Outputs")}, walk))
    assert used - known == set()
    assert set(template["Parameters"]) - used == set()
    tested = {one["Condition"] for one in resources.values() if "Condition" in one}
    tested |= {found["Fn::If"][0] for _, found in walk(resources) if isinstance(found, dict) and "Fn::If" in found}
    assert tested == set(conditions)
    for one in resources.values():
        waits = one.get("DependsOn", [])
        assert {waits} if isinstance(waits, str) else {*waits} <= set(resources)
    shown = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert {parameter for group in shown for parameter in group["Parameters"]} == set(template["Parameters"])


@EVERY
def test_no_identity_policy_reaches_everything(name: str) -> None:
    for policy in properties(composed(name), "AWS::IAM::ManagedPolicy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            assert list(statement) == sorted(statement)
            if statement["Effect"] == "Deny":
                continue
            assert not [action for action in statement["Action"] if "*" in action]
            if "*" in statement["Resource"]:
                assert tuple(statement["Action"]) in NO_RESOURCES


@EVERY
def test_roles_have_no_policy_inside_and_one_service_each(name: str) -> None:
    for role in properties(composed(name), "AWS::IAM::Role"):
        assert "Policies" not in role
        (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
        assert [*trust["Principal"]] == ["Service"]
        assert len(trust["Principal"]["Service"]) == 1


@EVERY
def test_all_functions_write_to_one_log_group_and_may(name: str) -> None:
    template = composed(name)
    configured = [one["LoggingConfig"] for one in properties(template, "AWS::Lambda::Function")]
    titles = (*FUNCTIONS, *(["Rotator"] if GRID[name].rotation_days else []))
    assert [one["LogGroup"] for one in configured] == [{"Ref": "FunctionsLogs"}] * len(titles)
    assert {one["LogFormat"] for one in configured} == {"JSON"}
    assert template["Resources"]["FunctionsLogs"]["Type"] == "AWS::Logs::LogGroup"
    write = statements(template, "Functions")[0]
    assert write["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert write["Resource"] == [{"Fn::GetAtt": ["FunctionsLogs", "Arn"]}]
    shared = ["FunctionsPolicy", *(["InsidePolicy"] if GRID[name].network else [])]
    for title in titles:
        attached = template["Resources"][f"{title}Role"]["Properties"]["ManagedPolicyArns"]
        assert attached == [{"Ref": policy} for policy in (*shared, f"{title}Policy")]


@EVERY
def test_every_log_group_ends_and_is_encrypted_like_everything_else(name: str) -> None:
    template = composed(name)
    key = {"Fn::GetAtt": ["DataKey", "Arn"]}
    for group in properties(template, "AWS::Logs::LogGroup"):
        assert group["RetentionInDays"] == {"Ref": "LogRetentionDays"}
    holders = [
        *((one, "KmsKeyId") for one in properties(template, "AWS::Logs::LogGroup")),
        *((one, "KmsKeyArn") for one in properties(template, "AWS::Lambda::Function")),
        *((one, "KmsKeyId") for one in properties(template, "AWS::SecretsManager::Secret")),
        *((one, "KmsMasterKeyId") for one in properties(template, "AWS::SNS::Topic")),
        *((one, "KmsMasterKeyId") for one in properties(template, "AWS::SQS::Queue")),
        *((one["SSESpecification"], "KMSMasterKeyId") for one in properties(template, "AWS::DynamoDB::Table")),
    ]
    expected = key if GRID[name].customer_key else None
    # The functions' log group and the API's (REST APIs have two), functions, secrets, topics, queues, table.
    least = (2 + (GRID[name].api == "rest")) + 5 + 2 + 2 + 2 + 1
    more = [GRID[name].firewall, GRID[name].rotation_days is not None, GRID[name].event_bus]
    assert len(holders) == least + sum(more)
    assert [field for holder, field in holders if holder.get(field) != expected] == []
    assert len(properties(template, "AWS::KMS::Key")) == GRID[name].customer_key


@EVERY
def test_everything_asks_for_a_key_but_webhooks_which_are_signed(name: str) -> None:
    resources = composed(name)["Resources"]
    kinds = ("AWS::ApiGateway::Method", "AWS::ApiGatewayV2::Route")
    methods = {title for title, one in resources.items() if one["Type"] in kinds}
    assert {title.removesuffix("Route") for title in methods} == {"ApiProxyAny", "ApiWebhooksWoocommercePost"}
    read, delivered = (resources[title]["Properties"] for title in sorted(methods))
    kind = "" if GRID[name].api == "rest" else "Http"
    assert (read["AuthorizationType"], read["AuthorizerId"]) == ("CUSTOM", {"Ref": f"ApiKey{kind}Authorizer"})
    assert delivered["AuthorizationType"] == "NONE"
    assert "signature" in json.dumps(resources[max(methods)]["Metadata"])
    if GRID[name].api == "rest":
        assert "ReaderFunction" in json.dumps(read["Integration"])
        assert "IntakeFunction" in json.dumps(delivered["Integration"])
        assert resources["ApiApi"]["Properties"]["BinaryMediaTypes"] == ["*/*"]
    else:
        assert "ApiCallsReader" in json.dumps(read["Target"])
        assert "ApiCallsIntake" in json.dumps(delivered["Target"])


@EVERY
def test_nothing_that_cloudformation_resolves_is_written_out(name: str, walk: Any) -> None:
    template = {part: content for part, content in composed(name).items() if part != "Mappings"}
    for path, value in walk(template):
        # What the settings say stands there as they say it.
        if isinstance(value, str) and not {"SigningProfileVersionArns", "PermissionsBoundary"} & {*path}:
            assert "arn:aws:" not in value, path
            service = re.fullmatch(r"[a-z]+\.amazonaws\.com", value) and {"Principal", "Service"} & set(path)
            assert service or "amazonaws.com" not in value, path


@EVERY
def test_what_holds_data_outlives_the_stack(name: str) -> None:
    kept = {
        "AWS::DynamoDB::Table": "Retain",
        "AWS::KMS::Key": "Retain",
        # Empty when the creation fails.
        "AWS::Logs::LogGroup": "RetainExceptOnCreate",
        "AWS::SQS::Queue": "RetainExceptOnCreate",
    }
    for one in composed(name)["Resources"].values():
        if policy := kept.get(one["Type"]):
            assert (one["DeletionPolicy"], one["UpdateReplacePolicy"]) == (policy, "Retain")


@EVERY
def test_names_are_cloudformations_except_where_aws_asks_for_one(name: str) -> None:
    # These name something else than themselves.
    others = {
        "ApiGateway::Authorizer",
        "ApiGatewayV2::Authorizer",
        "Lambda::EventSourceMapping",
        "Lambda::Permission",
        "Logs::MetricFilter",
    }
    named = {
        one["Type"]: value
        for one in composed(name)["Resources"].values()
        for field, value in one.get("Properties", {}).items()
        if re.fullmatch(r"(Table|Function|Role|ManagedPolicy|Topic|LogGroup|Alarm|Dashboard|Queue)?Name", field)
        and one["Type"].removeprefix("AWS::") not in others
    }
    # Dimensions of metrics, names of logs that AWS writes, and what AWS makes no names for.
    asked = {"ApiGateway::RestApi", "ApiGatewayV2::Api", "Logs::LogGroup", "Logs::QueryDefinition", "Events::EventBus"}
    asked |= {"WAFv2::WebACL", "Backup::BackupVault", "Backup::BackupPlan", "Backup::BackupSelection"}
    assert {kind.removeprefix("AWS::") for kind in named} <= asked
    for kind, value in named.items():
        assert re.search(r"AWS::Stack(Name|Id)|\$\{Api(Http)?Api\}", json.dumps(value)), kind


def deployment(template: Json) -> tuple[str, Json]:
    ((title, made),) = (
        (title, one) for title, one in template["Resources"].items() if one["Type"] == "AWS::ApiGateway::Deployment"
    )
    return title, made


#: Settings that change what a REST API deploys.
DEPLOYED = {"query_string_credentials", "sources", "webhook_sources", "vpc_endpoints", "requests_per_day", "firewall"}


@pytest.mark.parametrize("name", params([name for name, settings in GRID.items() if settings.api == "rest"]))
def test_the_deployment_waits_for_all_that_is_in_it_and_changes_with_what_it_deploys_alone(name: str) -> None:
    template = composed(name)
    title, made = deployment(template)
    kinds = ("AWS::ApiGateway::Method", "AWS::ApiGateway::GatewayResponse")
    assert set(made["DependsOn"]) == {title for title, one in template["Resources"].items() if one["Type"] in kinds}
    changed = {one for one in DEPLOYED if getattr(GRID[name], one) != getattr(Settings(), one)}
    assert (title == deployment(composed("defaults"))[0]) is not bool(changed)


@pytest.mark.parametrize("name", params(GRID, short=SHORT | {*PUBLISHED}))
def test_templates_fit(name: str) -> None:
    size, file = len(text_of(name).encode()), PUBLISHED.get(name, f"the shop {name!r}")
    # What is published keeps to the first number; other choices may take some more.
    most = (100_000 if GRID[name].code == "inline" else 51_200) + (name not in PUBLISHED) * 25_000
    advice = "an alarm takes some 600: draw it instead, in paging.py"
    assert size <= most, f"{file} has {size:,} bytes, allowed: {most:,} ({advice})"


@EVERY
def test_every_output_is_described_and_exported_only_if_asked(name: str) -> None:
    for title, output in composed(name)["Outputs"].items():
        assert output["Description"]
        exported = {"Name": {"Fn::Sub": f"${{AWS::StackName}}-{title}"}} if GRID[name].exports else None
        assert output.get("Export") == exported


def test_all_functions_share_one_copy_of_the_code_and_each_gets_its_own_parts() -> None:
    template = composed("defaults")
    assert [*template["Mappings"]] == ["Handler"]
    texts = template["Mappings"]["Handler"]["index"]
    functions = properties(template, "AWS::Lambda::Function")
    codes = {one["Handler"]: one["Code"]["ZipFile"]["Fn::Join"] for one in functions}
    needed = {handler: [part["Fn::FindInMap"][2] for part in parts] for handler, (_, parts) in codes.items()}
    assert {between for between, _ in codes.values()} == {""}
    assert {part for parts in needed.values() for part in parts} == texts.keys()
    for handler, parts in needed.items():
        code = "".join(texts[part] for part in parts)
        assert f"def {handler.removeprefix('index.')}(" in code
        assert [other for other in needed if f"def {other.removeprefix('index.')}(" in code] == [handler]


def test_the_query_string_is_never_remembered() -> None:
    remembered, asked = (
        properties(composed(name), "AWS::ApiGateway::Authorizer")[0]
        for name in ("defaults", "query_string_credentials")
    )
    assert remembered["IdentitySource"] == "method.request.header.Authorization"
    assert remembered["AuthorizerResultTtlInSeconds"] > 0
    assert "IdentitySource" not in asked
    assert asked["AuthorizerResultTtlInSeconds"] == 0


def test_a_shop_can_be_changed_before_its_template_is_asked_for(graphs: Any) -> None:
    changed = Shop(Settings(stage="v9"))
    changed.table.table.TableClass = "STANDARD_INFREQUENT_ACCESS"
    changed.health.alarms["ReaderThrottles"].Threshold = 3.0
    template = changed.template.to_dict()
    assert template["Resources"]["DocumentsTable"]["Properties"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    drawn = graphs(template["Resources"]["HealthDashboard"]["Properties"]["DashboardBody"])
    (graph,) = [one for one in drawn if one["title"].startswith("Lambda throttling")]
    assert graph["annotations"]["horizontal"] == [{"label": "Reader", "value": 3.0}]
    assert changed.template is changed.template


def statements(template: Json, title: str) -> list[Json]:
    return template["Resources"][f"{title}Policy"]["Properties"]["PolicyDocument"]["Statement"]


def test_each_function_is_told_what_it_needs() -> None:
    resources = composed("defaults")["Resources"]
    told = {title: resources[f"{title}Function"]["Properties"]["Environment"]["Variables"] for title in FUNCTIONS}
    table, queue = {"Ref": "DocumentsTable"}, {"Ref": "EventsQueue"}
    assert told == {
        "Authorizer": {"API_KEY_SECRET": {"Ref": "ApiKeySecret"}},
        "Reader": {"TABLE_NAME": table},
        "Intake": {"WEBHOOK_SECRET": {"Ref": "WebhookSecretSecret"}, "QUEUE_URL": queue, "TABLE_NAME": table},
        "Applier": {
            "TABLE_NAME": table,
            "DEAD_LETTER_QUEUE_URL": {"Ref": "EventsDeadLettersQueue"},
            # A text, as the queue's own count of receives is.
            "MAX_RECEIVES": str(resources["EventsQueue"]["Properties"]["RedrivePolicy"]["maxReceiveCount"]),
        },
        "Recounter": {"TABLE_NAME": table},
    }


def test_the_intake_writes_nothing_but_parked_events() -> None:
    (write,) = [one for one in statements(composed("defaults"), "Intake") if "dynamodb:PutItem" in one["Action"]]
    assert write["Action"] == ["dynamodb:PutItem"]
    assert write["Condition"] == {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["s#PARKED"]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }


def test_only_the_queue_reaches_the_applier_and_only_the_clock_the_recounter() -> None:
    template = composed("event_bus")
    (mapping,) = properties(template, "AWS::Lambda::EventSourceMapping")
    assert mapping["FunctionName"] == {"Fn::GetAtt": ["ApplierFunction", "Arn"]}
    assert mapping["EventSourceArn"] == {"Fn::GetAtt": ["EventsQueue", "Arn"]}
    allowed = {
        one["FunctionName"]["Fn::GetAtt"][0]: one["Principal"]
        for one in properties(template, "AWS::Lambda::Permission")
    }
    assert allowed == {
        "ReaderFunction": "apigateway.amazonaws.com",
        "AuthorizerFunction": "apigateway.amazonaws.com",
        "IntakeFunction": "apigateway.amazonaws.com",
        "RecounterFunction": "events.amazonaws.com",
    }


def test_a_message_stays_hidden_while_the_applier_may_run() -> None:
    resources = composed("defaults")["Resources"]
    queue = resources["EventsQueue"]["Properties"]
    assert queue["VisibilityTimeout"] == 6 * resources["ApplierFunction"]["Properties"]["Timeout"]
    assert queue["FifoQueue"] is True


def test_the_intake_has_a_reserve_if_the_form_says_so() -> None:
    template = composed("defaults")
    kept = template["Resources"]["IntakeFunction"]["Properties"]["ReservedConcurrentExecutions"]
    assert kept == {"Fn::If": ["ReservesIntake", {"Ref": "IntakeConcurrency"}, {"Ref": "AWS::NoValue"}]}
    assert template["Conditions"]["ReservesIntake"] == {
        "Fn::Not": [{"Fn::Equals": [{"Ref": "IntakeConcurrency"}, "0"]}]
    }
    assert template["Parameters"]["IntakeConcurrency"]["Default"] == 0


def test_the_outputs_lead_to_webhooks_and_queues() -> None:
    outputs = {name: one["Value"] for name, one in composed("event_bus")["Outputs"].items()}
    assert outputs["WebhookUrl"]["Fn::Sub"] == f"{outputs['ApiUrl']['Fn::Sub']}/webhooks/woocommerce"
    assert outputs["WebhookSecretArn"] == {"Ref": "WebhookSecretSecret"}
    assert "${WebhookSecretSecret}" in outputs["WebhookSecretUrl"]["Fn::Sub"]
    assert outputs["QueueUrl"] == {"Ref": "EventsQueue"}
    assert outputs["DeadLetterQueueUrl"] == {"Ref": "EventsDeadLettersQueue"}
    assert outputs["EventBusArn"] == {"Fn::GetAtt": ["ChangesBus", "Arn"]}
    assert "EventBusArn" not in composed("defaults")["Outputs"]


def test_the_bus_is_a_setting() -> None:
    added = set(composed("event_bus")["Resources"]) - set(composed("defaults")["Resources"])
    assert added
    assert {name[:7] for name in added} == {"Changes"}


def test_what_is_only_drawn_may_be_alarmed_by_a_threshold_of_ones_own() -> None:
    resources = composed("defaults")["Resources"]
    assert not DRAWN.keys() & resources.keys()
    louder = shop(Settings(thresholds={"IntakeConcurrency": 9, "ReaderDuration": 700})).to_dict()["Resources"]
    assert (
        louder["IntakeConcurrency"]["Properties"]["Threshold"],
        louder["ReaderDuration"]["Properties"]["Threshold"],
    ) == (9, 700)
    assert "IntakeParked" not in composed("thresholds")["Resources"]


@pytest.mark.parametrize(
    "alarm",
    [
        "ApiRequests", "ApiServerErrors", "ApiLatency", "ApiThrottles", "ApiUndelivered", "RecounterErrors",
        "ReaderThrottles", "IntakeRejected", "IntakeParked", "ApplierParked", "ApplierLag", "RecounterRepaired",
        "RecounterUnfinished", "EventsAge", "EventsDeadLettersVisible", "DocumentsReadThrottles",
        "DocumentsWriteThrottles", "DocumentsGetItemErrors", "ReaderErrors", "AuthorizerErrors", "IntakeErrors",
        "ApplierErrors",
    ],
)  # fmt: skip
def test_what_somebody_must_hear_of_is_alarmed(alarm: str) -> None:
    assert composed("defaults")["Resources"][alarm]["Type"] == "AWS::CloudWatch::Alarm"
