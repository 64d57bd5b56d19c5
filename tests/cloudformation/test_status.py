"""Stacks of the emulator in the states it can be brought to; what it cannot is planted in botocore's answers."""

import json
import secrets
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from woo_stack.cli.emulator import Emulator
from woo_stack.cloudformation.refusals import AwsError
from woo_stack.cloudformation.stack import Stack
from woo_stack.cloudformation.status import Status, status

ALARM = {
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 1,
    "MetricName": "Errors",
    "Namespace": "AWS/Lambda",
    "Period": 60,
    "Statistic": "Sum",
    "Threshold": 1,
}
ACTIONS = {"AlarmActions": ["arn:aws:sns:us-east-1:000000000000:pager"]}
SAYS = {"Slow": "notice: Slow. docs/runbook.md#slow", "Lost": "data: Events are lost. https://x.example.com/r#lost"}


def alarm(name: str, **more: Any) -> dict[str, Any]:
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": {**ALARM, "AlarmDescription": SAYS[name], **more}}


TEMPLATE: dict[str, Any] = {
    "Resources": {
        "Slow": alarm("Slow", **ACTIONS),
        "Lost": alarm("Lost", **ACTIONS),
        "Mine": {"Type": "AWS::CloudWatch::Alarm", "Properties": {**ALARM, "AlarmDescription": "Call Bob"}},
        "Quiet": {"Type": "AWS::CloudWatch::Alarm", "Properties": {**ALARM, **ACTIONS, "ActionsEnabled": False}},
        "Queue": {"Type": "AWS::SQS::Queue"},
        "Letters": {"Type": "AWS::SQS::Queue"},
    },
    "Outputs": {"QueueUrl": {"Value": {"Ref": "Queue"}}, "DeadLetterQueueUrl": {"Value": {"Ref": "Letters"}}},
}
BROKEN = {
    "Resources": {
        "Topic": {"Type": "AWS::SNS::Topic"},
        "Bad": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::GetAtt": ["Topic", "Colour"]}}},
    }
}


class Deployed:
    """A stack, with clients of the emulator for what a test does there."""

    def __init__(self, account: tuple[Emulator, Stack], template: dict[str, Any] = TEMPLATE) -> None:
        emulator, others = account
        self.client = others.client
        self.stack = Stack(f"shop-{secrets.token_hex(4)}", emulator.session(), emulator.endpoint)
        cloudformation = self.client("cloudformation")
        cloudformation.create_stack(StackName=self.stack.name, TemplateBody=json.dumps(template))
        pause = {"Delay": 0.02, "MaxAttempts": 200}
        try:
            cloudformation.get_waiter("stack_create_complete").wait(StackName=self.stack.name, WaiterConfig=pause)
        except WaiterError:
            assert template is not TEMPLATE

    def set(self, logical_id: str, state: str) -> None:
        ids = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in self.stack.resources()}
        self.client("cloudwatch").set_alarm_state(AlarmName=ids[logical_id], StateValue=state, StateReason="test")

    def refuse(self, event: str, code: str) -> None:
        service = event.split(".", maxsplit=1)[0]
        error = {"Code": code, "Message": "Not you"}
        answer = (SimpleNamespace(status_code=400), {"Error": error, "ResponseMetadata": {}})
        self.stack.client({"monitoring": "cloudwatch"}.get(service, service)).meta.events.register(
            f"before-call.{event}", lambda **_: answer
        )

    def change(self, operation: str, change: Callable[[dict[str, Any]], object]) -> None:
        """Change what AWS answers."""
        service, _, name = operation.partition(".")
        self.stack.client(service).meta.events.register(
            f"after-call.{service}.{name}", lambda parsed, **_: change(parsed)
        )


@pytest.fixture
def deployed(account: tuple[Emulator, Stack]) -> Deployed:
    return Deployed(account)


def alarms(found: Status) -> dict[str, tuple[str, str, str, str, bool]]:
    return {one.logical_id: (one.state, one.severity, one.means, one.runbook, one.heard) for one in found.alarms}


def test_a_stack_that_stands(deployed: Deployed) -> None:
    found = status(deployed.stack)
    assert (found.stack, found.account, found.region) == (deployed.stack.name, "000000000000", "us-east-1")
    assert (found.state, found.sentence, found.advice) == ("CREATE_COMPLETE", "stands as it was created", "")
    assert found.arn.split(":")[5] == f"stack/{deployed.stack.name}/{found.arn.rpartition('/')[2]}"
    assert found.well
    assert (found.failures, found.cause, found.unseen, found.change_set) == ((), "", (), "")
    (event,) = [
        one
        for one in deployed.client("cloudformation").describe_stack_events(StackName=found.stack)["StackEvents"]
        if one["ResourceStatus"] == "CREATE_COMPLETE" and one["PhysicalResourceId"] == found.arn
    ]
    assert found.since == event["Timestamp"]
    assert json.loads(json.dumps(found.to_dict()))["since"] == event["Timestamp"].isoformat()


def test_alarms_say_how_grave_they_are_and_where_the_runbook_is(deployed: Deployed) -> None:
    for name in ("Slow", "Lost", "Mine"):
        deployed.set(name, "ALARM")
    deployed.set("Quiet", "OK")
    found = status(deployed.stack)
    assert alarms(found) == {
        "Slow": ("ALARM", "notice", "Slow.", "docs/runbook.md#slow", True),
        "Lost": ("ALARM", "data", "Events are lost.", "https://x.example.com/r#lost", True),
        "Mine": ("ALARM", "", "Call Bob", "", False),
        "Quiet": ("OK", "", "", "", False),
    }
    assert [one.logical_id for one in found.ringing] == ["Lost", "Mine", "Slow"]
    assert not found.well
    for name in ("Slow", "Lost", "Mine"):
        deployed.set(name, "OK")
    assert status(deployed.stack).well


def test_composite_alarms_and_more_than_a_hundred(deployed: Deployed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator's CloudFormation has no composite alarms, its CloudWatch has; some regions name them by ARN."""
    name = f"down-{deployed.stack.name}"
    deployed.client("cloudwatch").put_composite_alarm(
        AlarmName=name, AlarmRule="FALSE", AlarmDescription="down: No answers. docs/runbook.md#down", **ACTIONS
    )
    deployed.client("cloudwatch").set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    more = {
        "Down": f"arn:aws:cloudwatch:us-east-1:000000000000:alarm:{name}",
        **{f"No{n}": f"no-{n}" for n in range(99)},
    }
    listed = [
        {"ResourceType": "AWS::CloudWatch::CompositeAlarm", "LogicalResourceId": key, "PhysicalResourceId": value}
        for key, value in more.items()
    ] + deployed.stack.resources()
    monkeypatch.setattr(Stack, "resources", lambda _: listed)
    found = status(deployed.stack)
    assert alarms(found)["Down"] == ("ALARM", "down", "No answers.", "docs/runbook.md#down", True)
    assert {*alarms(found)} == {"Down", "Slow", "Lost", "Mine", "Quiet"}


def test_what_waits(deployed: Deployed) -> None:
    sqs = deployed.client("sqs")
    for output, count in (("QueueUrl", 2), ("DeadLetterQueueUrl", 3)):
        for number in range(count):
            sqs.send_message(QueueUrl=deployed.stack.output(output), MessageBody=f"{number}")
    found = status(deployed.stack)
    assert found.waiting == {"QueueUrl": 2, "DeadLetterQueueUrl": 3}
    assert found.well


def test_what_failed_and_why(account: tuple[Emulator, Stack]) -> None:
    found = status(Deployed(account, BROKEN).stack)
    assert found.state == "ROLLBACK_COMPLETE"
    assert found.advice.startswith("run `woo-stack destroy --stack shop-")
    assert (found.rests, found.well) == (False, False)
    (failed,) = found.failures
    assert (failed.logical_id, failed.type, failed.status) == ("Bad", "AWS::SNS::Topic", "CREATE_FAILED")
    assert "Colour" in failed.reason
    assert found.cause == f"Bad (AWS::SNS::Topic): {failed.reason.removesuffix('.')}"


@pytest.mark.parametrize(
    ("event", "code", "sentence", "missing"),
    [
        ("cloudwatch.DescribeAlarms", "AccessDenied", "not allowed to see its alarms", "alarms"),
        ("sqs.GetQueueAttributes", "AccessDeniedException", "not allowed to see its queues", "waiting"),
        ("cloudformation.DescribeStackEvents", "AccessDenied", "not allowed to see its events", "failures"),
        ("cloudformation.ListStackResources", "AccessDenied", "not allowed to see its alarms", "alarms"),
        ("sqs.GetQueueAttributes", "QueueDoesNotExist", "the queue of output QueueUrl cannot be read: ", "waiting"),
    ],
)
def test_what_may_not_be_seen_is_said_and_the_rest_is_there(
    deployed: Deployed, event: str, code: str, sentence: str, missing: str
) -> None:
    deployed.refuse(event, code)
    found = status(deployed.stack)
    assert len(found.unseen) == 1
    assert found.unseen[0].startswith(sentence)
    assert [name for name in ("alarms", "waiting") if not getattr(found, name)] == [missing] * (missing != "failures")
    assert found.rests
    assert not found.well


def test_what_aws_alone_tells(deployed: Deployed) -> None:
    """By which change set, when a resource was skipped, and a state that needs hands."""

    def change(parsed: dict[str, Any]) -> None:
        parsed["Stacks"][0] |= {
            "ChangeSetId": "arn:aws:cloudformation:us-east-1:000000000000:changeSet/release-7/1f",
            "EnableTerminationProtection": True,
            "StackStatus": "UPDATE_ROLLBACK_FAILED",
        }

    deployed.change("cloudformation.DescribeStacks", change)
    found = status(deployed.stack)
    assert (found.change_set, found.termination_protection) == ("release-7", True)
    assert "continue-update-rollback" in found.advice
    assert "what its events name" in found.advice
    assert deployed.stack.name in found.advice
    assert not found.well


def test_no_stack(account: tuple[Emulator, Stack]) -> None:
    emulator, _ = account
    with pytest.raises(AwsError, match=r"^there is no stack absent in us-east-1 for these credentials$"):
        status(Stack("absent", emulator.session(), emulator.endpoint))
