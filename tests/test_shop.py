"""The shop, over a grid of its settings: what must hold whatever is chosen."""

import dataclasses
import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from woo_stack import Settings, Shop, problems, shop, to_json, validate
from woo_stack.foundation import NOTES
from woo_stack.paging import DRAWN

Json = dict[str, Any]

#: Every field alone at its other values and limits, then pairs and everything at once.
PUBLISHED = (Settings(), Settings(code="bucket"))
GRID: dict[str, Settings] = {
    "defaults": Settings(),
    "code in a bucket": Settings(code="bucket"),
    "no customer key": Settings(customer_key=False),
    "query string": Settings(query_string_credentials=True),
    "exports": Settings(exports=True),
    "stage": Settings(stage="s" * 128),
    "least memory": Settings(memory_mb=128),
    "most memory": Settings(memory_mb=10_240),
    "least time": Settings(timeout_seconds=1),
    "most time": Settings(timeout_seconds=29),
    "least concurrency": Settings(reader_concurrency=1),
    "most concurrency": Settings(reader_concurrency=100_000),
    "event bus": Settings(event_bus=True),
    "least recovery": Settings(recovery_days=1),
    "no tracing": Settings(tracing=False),
    "no metrics by route": Settings(metrics_by_route=False),
    "thresholds": Settings(thresholds={"ApiLatency": 28_999.0, "ReaderErrors": 4.0, "IntakeParked": None}),
    "runbook": Settings(runbook="https://wiki.example.com/shop"),
    "bucket, no key": Settings(code="bucket", customer_key=False),
    "query string, exports": Settings(query_string_credentials=True, exports=True),
    "no key, no tracing": Settings(customer_key=False, tracing=False),
    "stage, concurrency": Settings(stage="v-1_b", reader_concurrency=17),
    "least of all": Settings("bucket", False, False, False, "0", 129, 2, 2, False, 2, False, False),
    "most of all": Settings("inline", True, True, True, "Z-_9", 10_239, 28, 99_999, True, 34, True, True),
}
#: The few that the slow engine sees, as it sees what is published; the fast one sees all.
LINTED = ("least of all", "most of all", "thresholds")
FUNCTIONS = ("Authorizer", "Reader", "Intake", "Applier", "Recounter")
EVERY = pytest.mark.parametrize("name", GRID)
PSEUDO = {"AccountId", "NotificationARNs", "NoValue", "Partition", "Region", "StackId", "StackName", "URLSuffix"}


@cache
def composed(name: str) -> Json:
    return json.loads(to_json(shop(GRID[name])))


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
    assert problems(shop(GRID[name])) == []


@EVERY
def test_templates_are_clean_to_our_invariants_and_the_fast_engine(name: str) -> None:
    template = composed(name)
    text = json.dumps(template)
    found = [*validate._invariants(template, text), *validate._cloudformation_validate(text)]
    assert [one for one in found if one.rule not in NOTES] == []


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
        assert set(one.get("DependsOn", [])) - set(resources) == set()
    shown = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert {parameter for group in shown for parameter in group["Parameters"]} == set(template["Parameters"])


@EVERY
def test_no_identity_policy_reaches_everything(name: str) -> None:
    for policy in properties(composed(name), "AWS::IAM::ManagedPolicy"):
        for statement in policy["PolicyDocument"]["Statement"]:
            assert list(statement) == sorted(statement)
            assert statement["Effect"] == "Allow"
            assert not [action for action in statement["Action"] if "*" in action]
            if "*" in statement["Resource"]:
                # X-Ray has no resources to name.
                assert statement["Action"] == ["xray:PutTelemetryRecords", "xray:PutTraceSegments"]


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
    assert [one["LogGroup"] for one in configured] == [{"Ref": "FunctionsLogs"}] * len(FUNCTIONS)
    assert {one["LogFormat"] for one in configured} == {"JSON"}
    assert template["Resources"]["FunctionsLogs"]["Type"] == "AWS::Logs::LogGroup"
    write = statements(template, "Functions")[0]
    assert write["Action"] == ["logs:CreateLogStream", "logs:PutLogEvents"]
    assert write["Resource"] == [{"Fn::GetAtt": ["FunctionsLogs", "Arn"]}]
    for title in FUNCTIONS:
        attached = template["Resources"][f"{title}Role"]["Properties"]["ManagedPolicyArns"]
        assert attached == [{"Ref": "FunctionsPolicy"}, {"Ref": f"{title}Policy"}]


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
    # The functions' log group and the API's, functions, secrets, topics, queues, table.
    assert len(holders) == (1 + 2) + 5 + 2 + 2 + (2 + GRID[name].event_bus) + 1
    assert [field for holder, field in holders if holder.get(field) != expected] == []
    assert len(properties(template, "AWS::KMS::Key")) == GRID[name].customer_key


@EVERY
def test_everything_asks_for_a_key_but_webhooks_which_are_signed(name: str) -> None:
    resources = composed(name)["Resources"]
    methods = {title for title, one in resources.items() if one["Type"] == "AWS::ApiGateway::Method"}
    assert methods == {"ApiProxyAny", "ApiWebhooksWoocommercePost"}
    read, delivered = (resources[title]["Properties"] for title in sorted(methods))
    assert (read["AuthorizationType"], read["AuthorizerId"]) == ("CUSTOM", {"Ref": "ApiKeyAuthorizer"})
    assert "ReaderFunction" in json.dumps(read["Integration"])
    assert delivered["AuthorizationType"] == "NONE"
    assert "IntakeFunction" in json.dumps(delivered["Integration"])
    assert "signature" in resources["ApiWebhooksWoocommercePost"]["Metadata"]["woo-stack"]["open"]
    assert resources["ApiApi"]["Properties"]["BinaryMediaTypes"] == ["*/*"]


@EVERY
def test_nothing_that_cloudformation_resolves_is_written_out(name: str, walk: Any) -> None:
    template = {part: content for part, content in composed(name).items() if part != "Mappings"}
    for path, value in walk(template):
        if isinstance(value, str):
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
    others = {"ApiGateway::Authorizer", "Lambda::EventSourceMapping", "Lambda::Permission", "Logs::MetricFilter"}
    named = {
        one["Type"]: value
        for one in composed(name)["Resources"].values()
        for field, value in one.get("Properties", {}).items()
        if re.fullmatch(r"(Table|Function|Role|ManagedPolicy|Topic|LogGroup|Alarm|Dashboard|Queue)?Name", field)
        and one["Type"].removeprefix("AWS::") not in others
    }
    bus = {"AWS::Events::EventBus"} if GRID[name].event_bus else set()
    assert set(named) == {"AWS::ApiGateway::RestApi", "AWS::Logs::LogGroup", "AWS::Logs::QueryDefinition"} | bus
    assert named["AWS::Logs::QueryDefinition"]["Fn::Sub"].startswith("${AWS::StackName}/")
    assert "${AWS::StackName}" in named["AWS::ApiGateway::RestApi"]["Fn::Sub"]
    assert named["AWS::Logs::LogGroup"]["Fn::Sub"].startswith("API-Gateway-Execution-Logs_${")


def deployment(template: Json) -> tuple[str, Json]:
    ((title, made),) = (
        (title, one) for title, one in template["Resources"].items() if one["Type"] == "AWS::ApiGateway::Deployment"
    )
    return title, made


@EVERY
def test_the_deployment_waits_for_all_that_is_in_it_and_changes_with_the_auth_alone(name: str) -> None:
    template = composed(name)
    title, made = deployment(template)
    kinds = ("AWS::ApiGateway::Method", "AWS::ApiGateway::GatewayResponse")
    assert set(made["DependsOn"]) == {title for title, one in template["Resources"].items() if one["Type"] in kinds}
    same = deployment(composed("query string" if GRID[name].query_string_credentials else "defaults"))[0]
    assert title == same
    assert deployment(composed("query string"))[0] != deployment(composed("defaults"))[0]


@EVERY
def test_templates_fit(name: str) -> None:
    size = len(to_json(shop(GRID[name])).encode())
    # What is published keeps to the first number; other choices (the bus, a long stage) may take some more.
    assert size <= (100_000 if GRID[name].code == "inline" else 51_200) + (GRID[name] not in PUBLISHED) * 5_000


@EVERY
def test_every_output_is_described_and_exported_only_if_asked(name: str) -> None:
    for title, output in composed(name)["Outputs"].items():
        assert output["Description"]
        exported = {"Name": {"Fn::Sub": f"${{AWS::StackName}}-{title}"}} if GRID[name].exports else None
        assert output.get("Export") == exported


def test_all_functions_share_one_copy_of_the_code() -> None:
    template = composed("defaults")
    codes = {json.dumps(one["Code"]) for one in properties(template, "AWS::Lambda::Function")}
    assert codes == {'{"ZipFile": {"Fn::FindInMap": ["Handler", "index", "py"]}}'}
    assert list(template["Mappings"]) == ["Handler"]


def test_the_query_string_is_never_remembered() -> None:
    remembered, asked = (
        properties(composed(name), "AWS::ApiGateway::Authorizer")[0] for name in ("defaults", "query string")
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


def test_notes_are_answered_with_a_sentence() -> None:
    assert composed("defaults")["Metadata"]["woo-stack"]["notes"] == NOTES
    assert [reason for reason in NOTES.values() if not reason.endswith(".")] == []


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
    template = composed("event bus")
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
    outputs = {name: one["Value"] for name, one in composed("event bus")["Outputs"].items()}
    assert outputs["WebhookUrl"]["Fn::Sub"] == f"{outputs['ApiUrl']['Fn::Sub']}/webhooks/woocommerce"
    assert outputs["WebhookSecretArn"] == {"Ref": "WebhookSecretSecret"}
    assert "${WebhookSecretSecret}" in outputs["WebhookSecretUrl"]["Fn::Sub"]
    assert outputs["QueueUrl"] == {"Ref": "EventsQueue"}
    assert outputs["DeadLetterQueueUrl"] == {"Ref": "EventsDeadLettersQueue"}
    assert outputs["EventBusArn"] == {"Fn::GetAtt": ["ChangesBus", "Arn"]}
    assert "EventBusArn" not in composed("defaults")["Outputs"]


def test_the_bus_is_a_setting() -> None:
    added = set(composed("event bus")["Resources"]) - set(composed("defaults")["Resources"])
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
