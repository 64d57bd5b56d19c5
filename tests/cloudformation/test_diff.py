"""What would change, asked of the emulator over HTTP; what AWS forbids is planted in botocore."""

import copy
import json
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from woo_stack import Settings, to_json
from woo_stack import shop as compose
from woo_stack.cli.emulator import Emulator
from woo_stack.cloudformation.change import ABSENT, Change, Difference, Replacement
from woo_stack.cloudformation.diff import diff
from woo_stack.cloudformation.refusals import AwsError
from woo_stack.cloudformation.stack import Stack
from woo_stack.cloudformation.unsupported import without_types
from woo_stack.cloudformation.uploads import upload, url

BUCKET = "artefacts"
KEYS = [{"AttributeName": "pk", "KeyType": "HASH"}]
CODE = "def answer(event, context):\n    return {'said': '%s'}\n"
TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Level": {"Type": "String", "Default": "INFO"},
        "Days": {"Type": "Number", "Default": 7},
        "Loud": {"Type": "String", "Default": "false"},
        "Password": {"Type": "String", "Default": "first-secret", "NoEcho": True},
    },
    "Conditions": {"IsLoud": {"Fn::Equals": [{"Ref": "Loud"}, "true"]}},
    "Mappings": {"Code": {"index": {"py": CODE % ("yes" * 90)}}},
    "Resources": {
        "Documents": {
            "Type": "AWS::DynamoDB::Table",
            "DeletionPolicy": "Retain",
            "UpdateReplacePolicy": "Retain",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
                "KeySchema": KEYS,
            },
        },
        "Letters": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30}},
        "Parked": {"Type": "AWS::SQS::Queue", "DeletionPolicy": "Retain"},
        "Pager": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Level"}}},
        "Siren": {"Type": "AWS::SNS::Topic", "Condition": "IsLoud"},
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {
                "AssumeRolePolicyDocument": {
                    "Version": "2012-10-17",
                    "Statement": [
                        {
                            "Effect": "Allow",
                            "Principal": {"Service": "lambda.amazonaws.com"},
                            "Action": "sts:AssumeRole",
                        }
                    ],
                }
            },
        },
        "Answer": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"ZipFile": {"Fn::FindInMap": ["Code", "index", "py"]}},
                "Handler": "index.answer",
                "Role": {"Fn::GetAtt": ["Role", "Arn"]},
                "Runtime": "python3.12",
                "Timeout": 3,
                "Environment": {"Variables": {"TABLE": {"Ref": "Documents"}, "LOG_LEVEL": {"Ref": "Level"}}},
            },
        },
        "Secret": {
            "Type": "AWS::SSM::Parameter",
            "Properties": {"Type": "String", "Value": {"Fn::Sub": "user:${Password}"}},
        },
    },
    "Outputs": {"TableName": {"Value": {"Ref": "Documents"}}, "Level": {"Value": {"Ref": "Level"}}},
}


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        running.session().client("s3", endpoint_url=running.endpoint).create_bucket(Bucket=BUCKET)
        yield running


@pytest.fixture(scope="module")
def make(emulator: Emulator) -> Callable[..., Stack]:
    """A stack with a name of its own, of this template."""

    def make(template: Any = TEMPLATE, parameters: dict[str, str] | None = None, **options: Any) -> Stack:
        stack = Stack(f"stack-{secrets.token_hex(4)}", emulator.session(), emulator.endpoint)
        client = stack.client("cloudformation")
        given = [{"ParameterKey": key, "ParameterValue": value} for key, value in (parameters or {}).items()]
        client.create_stack(
            StackName=stack.name,
            TemplateURL=url(stack, BUCKET, upload(stack, BUCKET, json.dumps(template).encode(), "template.json")),
            Parameters=given,
            Capabilities=["CAPABILITY_IAM"],
            **options,
        )
        client.get_waiter("stack_create_complete").wait(StackName=stack.name, WaiterConfig={"Delay": 0.05})
        return stack

    return make


@pytest.fixture(scope="module")
def stack(make: Callable[..., Stack]) -> Stack:
    """One that no test changes."""
    return make(parameters={"Level": "WARN"}, Tags=[{"Key": "Team", "Value": "north"}])


def edited(edit: Callable[[dict[str, Any]], object], template: Any = TEMPLATE) -> dict[str, Any]:
    changed: dict[str, Any] = copy.deepcopy(template)
    edit(changed)
    return changed


def by_name(found: Difference) -> dict[str, Change]:
    return {change.logical_id: change for change in found.changes}


def values(change: Change) -> dict[str, tuple[Any, Any]]:
    return {one.path: (one.before, one.after) for one in change.properties}


def change_sets(stack: Stack) -> list[Any]:
    found: list[Any] = stack.client("cloudformation").list_change_sets(StackName=stack.name)["Summaries"]
    return found


SOURCES = pytest.mark.parametrize("change_set", [True, False], ids=["change set", "templates"])


@SOURCES
def test_nothing(change_set: bool, stack: Stack) -> None:
    found = diff(stack, TEMPLATE, change_set=change_set)
    assert not found
    assert found.source == ("change set" if change_set else "template")
    assert found.reason == ""
    assert change_sets(stack) == []


@SOURCES
def test_everything_at_once(change_set: bool, stack: Stack) -> None:
    def edit(template: dict[str, Any]) -> None:
        resources = template["Resources"]
        resources["Documents"]["Properties"]["KeySchema"] = [{"AttributeName": "id", "KeyType": "HASH"}]
        resources["Documents"]["Properties"]["AttributeDefinitions"] = [{"AttributeName": "id", "AttributeType": "S"}]
        del resources["Parked"], resources["Letters"]
        resources["Queue"] = {"Type": "AWS::SQS::Queue"}
        template["Mappings"]["Code"]["index"]["py"] = CODE % ("no" * 150)
        template["Outputs"]["Queue"] = {"Value": {"Ref": "Queue"}}
        del template["Outputs"]["Level"]
        template["Parameters"]["Days"]["Default"] = 9

    found = diff(
        stack,
        edited(edit),
        parameters={"Level": "DEBUG", "Loud": "true"},
        tags={"Team": "south"} if not change_set else None,
        change_set=change_set,
    )
    changes = by_name(found)
    assert changes.pop("Siren").action == "Add"
    assert {name: (change.action, change.policy) for name, change in changes.items()} == {
        "Documents": ("Modify", "ReplaceAndRetain" if changes["Documents"].replaced else ""),
        "Parked": ("Remove", "Retain"),
        "Letters": ("Remove", "Delete"),
        "Pager": ("Modify", ""),
        "Answer": ("Modify", ""),
        "Queue": ("Add", ""),
    }
    # What loses something comes first.
    assert [change.logical_id for change in found.changes][:3] == ["Documents", "Letters", "Parked"]
    assert changes["Documents"].replacement in (Replacement.YES, Replacement.MAYBE)
    assert [change.logical_id for change in found.unsafe()] == ["Documents", "Letters", "Parked"]
    assert [change.logical_id for change in found.unsafe({"Documents", "Parked"})] == ["Letters"]
    assert values(changes["Documents"])["Properties.KeySchema[0].AttributeName"] == ("pk", "id")
    assert values(changes["Documents"])["Properties.AttributeDefinitions[0].AttributeName"] == ("pk", "id")
    assert values(changes["Pager"]) == {"Properties.DisplayName": ("WARN", "DEBUG")}
    assert changes["Pager"].properties[0].cause == "Level"
    answer = values(changes["Answer"])
    assert answer["Properties.Environment.Variables.LOG_LEVEL"] == ("WARN", "DEBUG")
    assert answer["Properties.Code.ZipFile"] == (CODE % ("yes" * 90), CODE % ("no" * 150))
    assert [(one.path, one.before, one.after) for one in found.parameters] == [
        ("Level", "WARN", "DEBUG"),
        ("Loud", "false", "true"),
    ]
    told = {one.path: (one.before, one.after) for one in found.outputs}
    assert told["Level"] == ("WARN", ABSENT)
    assert told["Queue"] == (ABSENT, {"Ref": "Queue"})
    assert [one.path for one in found.template] == ["Parameters.Days.Default"]
    assert [(one.before, one.after) for one in found.tags] == ([] if change_set else [("north", "south")])
    assert found.counts == {"add": 2, "change": 2, "replace": 1, "remove": 2}
    assert change_sets(stack) == []


def test_a_change_set_knows_physical_ids_and_tags(stack: Stack) -> None:
    found = diff(stack, TEMPLATE, tags={"Team": "south"})
    changes = by_name(found)
    assert changes["Letters"].physical_id.startswith("http")
    assert values(changes["Letters"]) == {"Tags": ({"Team": "north"}, {"Team": "south"})}
    assert [(one.path, one.before, one.after) for one in found.tags] == [("Team", "north", "south")]


@SOURCES
def test_a_secret_is_never_told(change_set: bool, stack: Stack) -> None:
    found = diff(stack, TEMPLATE, parameters={"Password": "second-secret"}, change_set=change_set)
    assert [one.to_dict() for one in found.parameters] == [
        {"path": "Password", "before": "****", "after": "****", "recreation": "", "cause": ""}
    ]
    assert values(by_name(found)["Secret"]) == {"Properties.Value": ("****", "****")}
    assert "second-secret" not in json.dumps(found.to_dict())
    assert "first-secret" not in json.dumps(found.to_dict())


def test_a_secret_that_stays_is_no_change(stack: Stack) -> None:
    """CloudFormation knows the value that is deployed, as the templates alone do not."""
    assert not diff(stack, TEMPLATE, parameters={"Password": "first-secret"})
    longer = edited(lambda template: template["Resources"]["Letters"]["Properties"].update(VisibilityTimeout=31))
    found = diff(stack, longer, parameters={"Password": "first-secret"})
    assert [*by_name(found)] == ["Letters"]
    assert found.parameters == ()


def test_the_retain_policy_alone(stack: Stack) -> None:
    found = diff(stack, edited(lambda template: template["Resources"]["Letters"].update(DeletionPolicy="Retain")))
    assert values(by_name(found)["Letters"]) == {"DeletionPolicy": (ABSENT, "Retain")}
    assert not found.unsafe()


def test_a_stack_that_is_not_there_is_left_so(emulator: Emulator) -> None:
    stack = Stack("absent", emulator.session(), emulator.endpoint)
    found = diff(stack, TEMPLATE)
    assert found.counts == {"add": 7, "change": 0, "replace": 0, "remove": 0}
    assert (found.source, found.reason) == ("template", "")
    assert stack.described() is None


def test_a_stack_under_review_is_left_as_it_is(emulator: Emulator) -> None:
    stack = Stack("reviewed", emulator.session(), emulator.endpoint)
    client = stack.client("cloudformation")
    body = {"TemplateBody": json.dumps({"Resources": {"Pager": {"Type": "AWS::SNS::Topic"}}})}
    client.create_change_set(StackName="reviewed", ChangeSetName="theirs", ChangeSetType="CREATE", **body)
    assert len(diff(stack, TEMPLATE).changes) == 7
    assert [one["ChangeSetName"] for one in change_sets(stack)] == ["theirs"]


@pytest.mark.parametrize("code", ["AccessDenied", "AccessDeniedException", "NotAuthorized"])
def test_without_the_right_to_make_a_change_set(code: str, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(stack, monkeypatch, "CreateChangeSet", code)
    found = diff(stack, edited(lambda template: template["Resources"].pop("Letters")))
    assert [*by_name(found)] == ["Letters"]
    assert found.source == "template"
    assert found.reason.startswith("CloudFormation refuses the template: the credentials may not call ")


def test_macros_and_roles_are_acknowledged(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody executes the change set."""
    asked: list[dict[str, Any]] = []
    event = "provide-client-params.cloudformation.CreateChangeSet"
    listen(stack, monkeypatch, event, lambda params, **_: asked.append(params))
    assert not diff(stack, TEMPLATE)
    assert asked[0]["Capabilities"] == ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]


def test_another_refusal_is_one(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(stack, monkeypatch, "CreateChangeSet", "LimitExceededException")
    with pytest.raises(AwsError, match="quota"):
        diff(stack, TEMPLATE)


def test_a_change_set_that_cannot_be_read_is_deleted(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The first answer is that it is made; the second, of what it changes, fails."""
    refuse(stack, monkeypatch, "DescribeChangeSet", "InternalFailure", after=1)
    with pytest.raises(AwsError, match="the change set of the stack"):
        diff(stack, edited(lambda template: template["Resources"].pop("Letters")))
    monkeypatch.undo()
    assert change_sets(stack) == []


def test_a_change_set_that_cannot_be_deleted_is_told(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse(stack, monkeypatch, "DeleteChangeSet", "AccessDenied")
    found = diff(stack, edited(lambda template: template["Resources"].pop("Letters")))
    assert [*by_name(found)] == ["Letters"]
    assert found.source == "change set"
    assert found.reason.startswith(f"the change set of the stack {stack.name} cannot be deleted: ")
    monkeypatch.undo()
    (left,) = change_sets(stack)
    stack.client("cloudformation").delete_change_set(ChangeSetName=left["ChangeSetId"])


def test_a_stack_at_work_is_compared_by_template(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    described = dict(stack.described() or {})
    monkeypatch.setattr(Stack, "described", lambda _: described | {"StackStatus": "UPDATE_IN_PROGRESS"})
    found = diff(stack, edited(lambda template: template["Resources"].pop("Letters")))
    assert (found.source, found.reason) == ("template", f"the stack {stack.name} is being updated")
    assert [*by_name(found)] == ["Letters"]


def test_a_stack_that_was_never_created(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that its template has is to be made again."""
    described = dict(stack.described() or {})
    monkeypatch.setattr(Stack, "described", lambda _: described | {"StackStatus": "ROLLBACK_COMPLETE"})
    found = diff(stack, TEMPLATE)
    assert found.counts["add"] == 7
    assert found.reason.startswith(f"the stack {stack.name} was never created and cannot be updated: ")


def padded(template: dict[str, Any]) -> None:
    """More than 51,200 bytes."""
    template["Mappings"]["Code"]["index"]["py"] += "# pad\n" * 10_000
    del template["Resources"]["Letters"]


def test_a_large_template_needs_a_bucket(stack: Stack) -> None:
    found = diff(stack, edited(padded))
    assert {*by_name(found)} == {"Answer", "Letters"}
    assert found.source == "template"
    assert re.fullmatch(
        r"the template has 7\d,\d{3} bytes, and CloudFormation takes 51,200 without a bucket", found.reason
    )


def test_a_large_template_goes_through_the_bucket(stack: Stack) -> None:
    before = stack.client("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"]
    for _ in range(2):
        found = diff(stack, edited(padded), bucket=BUCKET)
        assert {*by_name(found)} == {"Answer", "Letters"}
        assert (found.source, found.reason) == ("change set", "")
    assert stack.client("s3").list_objects_v2(Bucket=BUCKET)["KeyCount"] == before + 1


@SOURCES
def test_what_a_nested_stack_gets_is_unsafe(change_set: bool, stack: Stack, make: Callable[..., Stack]) -> None:
    """Nobody sees whether it replaces what is inside."""
    inner = {
        "Parameters": {"Name": {"Type": "String"}},
        "Resources": {"Items": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": {"Ref": "Name"}}}},
    }
    address = url(stack, BUCKET, upload(stack, BUCKET, json.dumps(inner).encode(), "inner.json"))
    name = f"items-{secrets.token_hex(4)}"
    nested = {"TemplateURL": address, "Parameters": {"Name": name}, "Tags": [{"Key": "Team", "Value": "north"}]}
    template = {"Resources": {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": nested}}}
    outer = make(template)

    def changed(**properties: Any) -> Difference:
        edit = {"Resources": {"Inner": {"Type": "AWS::CloudFormation::Stack", "Properties": {**nested, **properties}}}}
        return diff(outer, edit, change_set=change_set)

    assert not changed()
    assert [one.logical_id for one in changed(Parameters={"Name": f"{name}-2"}).unsafe()] == ["Inner"]
    tagged = changed(Tags=[{"Key": "Team", "Value": "south"}])
    assert ([*by_name(tagged)], tagged.unsafe()) == (["Inner"], [])


def test_our_own_shop(make: Callable[..., Stack]) -> None:
    """One setting changed, in what the emulator knows of our template."""
    unknown = frozenset({"AWS::CloudWatch::CompositeAlarm", "AWS::Logs::QueryDefinition"})
    texts = [to_json(compose(chosen)) for chosen in (Settings(), Settings(stage="other", recovery_days=20))]
    before, after = (without_types(json.loads(text), unknown).template for text in texts)
    after["Resources"]["ApiDeployment0123456789"] = after["Resources"].pop(
        next(name for name in after["Resources"] if name.startswith("ApiDeployment"))
    )
    after["Resources"]["ApiStage"]["Properties"]["DeploymentId"] = {"Ref": "ApiDeployment0123456789"}
    stack = make(before)
    told = diff(stack, after, bucket=BUCKET)
    foreseen = diff(stack, after, bucket=BUCKET, change_set=False)
    assert told.source == "change set"
    recovery = "Properties.PointInTimeRecoverySpecification.RecoveryPeriodInDays"
    for found in (told, foreseen):
        changes = by_name(found)
        assert values(changes["DocumentsTable"])[recovery] == (35, 20)
        assert values(changes["ApiStage"])["Properties.StageName"] == ("live", "other")
        assert changes["ApiStage"].replaced
        assert changes["ApiDeployment0123456789"].action == "Add"
        # Its name has the stage in it.
        assert [one.logical_id for one in found.unsafe()] == ["ApiExecutionLogs"]
    assert {*by_name(foreseen)} <= {*by_name(told)}


def refuse(stack: Stack, monkeypatch: pytest.MonkeyPatch, operation: str, code: str, after: int = 0) -> None:
    """Let AWS refuse an operation, from the call with this number on."""
    calls = []

    def answer(**_: Any) -> Any:
        calls.append(operation)
        if len(calls) <= after:
            return None
        message = f"User: arn:aws:iam::000000000000:user/test is not authorized to perform: cloudformation:{operation}"
        http = type("Response", (), {"status_code": 400, "headers": {}})()
        return http, {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": 400}}

    listen(stack, monkeypatch, f"before-call.cloudformation.{operation}", answer)


def listen(stack: Stack, monkeypatch: pytest.MonkeyPatch, event: str, answer: Callable[..., Any]) -> None:
    """Have a function called for an event of botocore."""
    client = boto3.Session.client(stack.session, "cloudformation", endpoint_url=stack.endpoint_url, config=None)
    client.meta.events.register(event, answer)
    real = Stack.client
    monkeypatch.setattr(
        Stack, "client", lambda self, service: client if service == "cloudformation" else real(self, service)
    )


def test_the_code_in_a_bucket_is_what_would_be_uploaded(make: Callable[..., Stack], tmp_path: Path) -> None:
    """The template takes its code from a bucket; the zip beside it is another one."""
    topic = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::Sub": "${CodeBucket}/${CodeKey}"}}}
    template = {
        "Parameters": {"CodeBucket": {"Type": "String"}, "CodeKey": {"Type": "String", "Default": "handler-none.zip"}},
        "Resources": {"Code": topic},
    }
    stack = make(template, {"CodeBucket": "old", "CodeKey": "handler-old.zip"})
    path = tmp_path / "template.json"
    path.write_text(json.dumps(template))
    assert not diff(stack, path)
    (tmp_path / "handler-none.zip").write_bytes(b"new")
    digest = "11507a0e2f5e69d5"
    (found,) = diff(stack, path).changes
    assert values(found)["Properties.DisplayName"] == ("old/handler-old.zip", f"old/handler-none-{digest}.zip")
    (found,) = diff(stack, path, bucket="new").changes
    assert values(found)["Properties.DisplayName"][1] == f"new/handler-none-{digest}.zip"
    assert not diff(stack, path, parameters={"CodeKey": "handler-old.zip"})
