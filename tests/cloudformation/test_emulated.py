"""What is different where CloudFormation is an emulator, which `Stack.emulated` tells."""

import boto3
import pytest
from tests.cloudformation.conftest import TEMPLATE, with_resources

from woo_stack.cloudformation.body import Body
from woo_stack.cloudformation.deploy import deploy
from woo_stack.cloudformation.deployment import UnsafeError
from woo_stack.cloudformation.diff import diff
from woo_stack.cloudformation.emulated import corrected, trimmed
from woo_stack.cloudformation.stack import Stack
from woo_stack.cloudformation.unsupported import UnrecognizedTypesError

KNOWN_BY_AWS = {"Type": "AWS::CloudWatch::CompositeAlarm", "Properties": {"AlarmRule": "FALSE"}}


@pytest.mark.usefixtures("quick")
@pytest.mark.parametrize(
    ("url", "emulated"),
    [
        ("http://127.0.0.1:4566", True),
        ("http://localhost:4566", True),
        ("http://[::1]:4566", True),
        ("http://cloud.localhost", True),
        ("https://vpce-1.cloudformation.eu-west-1.vpce.amazonaws.com", False),
        ("https://localhost.example.com", False),
        (None, False),
    ],
)
def test_an_emulator_is_on_this_machine(url: str | None, emulated: bool) -> None:
    session = boto3.Session("id", "secret", region_name="eu-west-1")
    assert Stack("any", session, url).emulated is emulated


def test_an_emulator_gets_what_it_knows(stack: Stack, told: list[str]) -> None:
    template = with_resources(Down=KNOWN_BY_AWS)
    done = deploy(stack, template, tell=told.append)
    assert "Down" not in {change.logical_id for change in done.difference.changes}
    assert "not emulated, left out: AWS::CloudWatch::CompositeAlarm: Down" in told
    again = diff(stack, template)
    assert (bool(again), again.source) == (False, "change set")
    assert again.reason == "not emulated, left out: AWS::CloudWatch::CompositeAlarm: Down"
    smaller = diff(stack, with_resources(Down=KNOWN_BY_AWS, Topic=None), parameters={"Size": "8"}, tags={"Of": "us"})
    assert {one.logical_id: one.kind for one in smaller.changes}["Topic"] == "remove"
    assert [(one.path, one.after) for one in (*smaller.parameters, *smaller.tags)] == [("Size", "8"), ("Of", "us")]


def test_aws_gets_all_of_it(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stack, "emulated", False)
    with pytest.raises(UnrecognizedTypesError, match=r"AWS::CloudWatch::CompositeAlarm$"):
        deploy(stack, with_resources(Down=KNOWN_BY_AWS))
    assert stack.described() is None
    deploy(stack, TEMPLATE)
    with pytest.raises(UnrecognizedTypesError):
        diff(stack, with_resources(Down=KNOWN_BY_AWS))


def test_what_is_there_is_never_left_out(stack: Stack) -> None:
    """An address of this machine may lead to AWS: what a region has forgotten would be removed."""
    deploy(stack, TEMPLATE)
    refused = UnrecognizedTypesError(frozenset({"AWS::SNS::Topic"}))
    with pytest.raises(UnrecognizedTypesError):
        trimmed(stack, Body.of(TEMPLATE), refused)
    assert trimmed(stack.beside("absent"), Body.of(TEMPLATE), refused).resources == {"Topic": "AWS::SNS::Topic"}


def detail(name: str, recreation: str = "Conditionally", attribute: str = "Properties") -> dict[str, object]:
    return {"Target": {"Attribute": attribute, "Name": name, "RequiresRecreation": recreation}, "Evaluation": "Static"}


@pytest.mark.parametrize(
    ("kind", "name", "recreation"),
    [
        ("AWS::Logs::LogGroup", "RetentionInDays", "Never"),
        ("AWS::Logs::LogGroup", "LogGroupName", "Conditionally"),
        # A part of it is create-only: which one is changed is not known here.
        ("AWS::DynamoDB::Table", "KeySchema", "Conditionally"),
        ("AWS::New::Thing", "Colour", "Conditionally"),
    ],
)
def test_a_guess_gives_way_to_the_schema(kind: str, name: str, recreation: str) -> None:
    change = {"Action": "Modify", "LogicalResourceId": "It", "ResourceType": kind, "Details": [detail(name)]}
    (found,) = corrected([change])
    assert found == {**change, "Details": [detail(name, recreation)]}


def test_what_is_no_guess_stays() -> None:
    kept = [detail("RetentionInDays", "Always"), detail("RetentionInDays", attribute="Tags")]
    changes = [{"ResourceType": "AWS::Logs::LogGroup", "Details": kept}, {"ResourceType": "AWS::SNS::Topic"}]
    assert corrected(changes) == changes


def test_what_a_condition_takes_away_or_brings(stack: Stack) -> None:
    conditions = {"Conditions": {"Red": {"Fn::Equals": [{"Ref": "Colour"}, "red"]}}}
    resources = TEMPLATE["Resources"]
    kept = {"Table": resources["Table"] | {"Condition": "Red"}, "Queue": {"Type": "AWS::SQS::Queue"}}
    template = TEMPLATE | conditions | {"Resources": {"Topic": resources["Topic"], **kept}, "Outputs": {}}
    deploy(stack, template, parameters={"Colour": "red"})
    with pytest.raises(UnsafeError, match=r"^Table \(AWS::DynamoDB::Table\) would be removed, with items: nothing was"):
        deploy(stack, template, parameters={"Colour": "blue"})
    assert {(one.kind, one.logical_id) for one in diff(stack, template, parameters={"Colour": "blue"}).changes} == {
        ("change", "Topic"),
        ("remove", "Table"),
    }
    deploy(stack, template, parameters={"Colour": "blue"}, allow_replacement=["Table"])
    back = deploy(stack, template, parameters={"Colour": "red"}).difference
    assert {(one.kind, one.logical_id) for one in back.changes} == {("change", "Topic"), ("add", "Table")}


def test_a_changed_retention_is_no_replacement(stack: Stack) -> None:
    group = {"Type": "AWS::Logs::LogGroup", "Properties": {"RetentionInDays": {"Ref": "Size"}}}
    counted = {
        "Type": "AWS::Logs::MetricFilter",
        "Properties": {
            "FilterPattern": "x",
            "LogGroupName": {"Ref": "Kept"},
            "MetricTransformations": [{"MetricName": "N", "MetricNamespace": "N", "MetricValue": "1"}],
        },
    }
    template = with_resources(Kept=group, Counted=counted)
    deploy(stack, template)
    done = deploy(stack, template, parameters={"Size": "14"})
    assert {one.logical_id: one.kind for one in done.difference.changes}["Kept"] == "change"
    assert done.difference.counts["replace"] == 0
