"""The emulator has no composite alarms: CloudWatch and the stack's resources are told by stubs."""

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from botocore.stub import Stubber

from woo_stack.cloudformation.body import Body
from woo_stack.cloudformation.refusals import AwsError
from woo_stack.cloudformation.stack import Stack
from woo_stack.cloudformation.triggers import COMPOSITE, MOST, Trigger, blamed, configuration, doomed, name_of, triggers

DESCRIBED = {"StackName": "shop", "StackStatus": "UPDATE_COMPLETE", "CreationTime": "2026-01-01", "StackId": "arn:x"}


def arn(name: str) -> str:
    return f"arn:aws:cloudwatch:us-east-1:111111111111:alarm:{name}"


class Told:
    """A stack with these composite alarms, by logical id and state, and metric alarms of somebody else's."""

    def __init__(self, stack: Stack, stubs: ExitStack) -> None:
        self.stack = Stack("shop", stack.session, stack.endpoint_url)
        self.cloudformation, self.cloudwatch = (
            stubs.enter_context(Stubber(self.stack.client(name))) for name in ("cloudformation", "cloudwatch")
        )

    def of(self, own: dict[str, str], other: dict[str, str] | None = None, *, exists: bool = True) -> Stack:
        if exists:
            self.cloudformation.add_response("describe_stacks", {"Stacks": [DESCRIBED]})
            summaries = [
                {
                    "LogicalResourceId": name,
                    "PhysicalResourceId": f"shop-{name}",
                    "ResourceType": COMPOSITE,
                    "ResourceStatus": "CREATE_COMPLETE",
                    "LastUpdatedTimestamp": "2026-01-01",
                }
                for name in own
            ]
            self.cloudformation.add_response("list_stack_resources", {"StackResourceSummaries": summaries})
        else:
            self.cloudformation.add_client_error("describe_stacks", "ValidationError", "Stack does not exist")
        self.alarms({f"shop-{name}": state for name, state in own.items()}, other or {})
        return self.stack

    def alarms(self, composite: dict[str, str], metric: dict[str, str]) -> None:
        def entries(states: dict[str, str]) -> list[dict[str, str]]:
            return [{"AlarmName": name, "AlarmArn": arn(name), "StateValue": state} for name, state in states.items()]

        answer = {"CompositeAlarms": entries(composite), "MetricAlarms": entries(metric)}
        self.cloudwatch.add_response("describe_alarms", answer)


@pytest.fixture
def told_by(stack: Stack) -> Iterator[Told]:
    with ExitStack() as stubs:
        yield Told(stack, stubs)


def body(*names: str) -> Body:
    return Body.of({"Resources": {name: {"Type": COMPOSITE, "Properties": {}} for name in names}})


def test_the_stacks_own_and_those_given(told_by: Told, told: list[str]) -> None:
    stack = told_by.of({"Down": "OK", "Losing": "INSUFFICIENT_DATA"}, {"theirs": "OK"})
    chosen = triggers(stack, body("Down", "Losing"), [arn("theirs")], told.append)
    assert configuration(chosen, 7) == {
        "RollbackTriggers": [
            {"Arn": arn("theirs"), "Type": "AWS::CloudWatch::Alarm"},
            {"Arn": arn("shop-Down"), "Type": COMPOSITE},
            {"Arn": arn("shop-Losing"), "Type": COMPOSITE},
        ],
        "MonitoringTimeInMinutes": 7,
    }
    assert told == []


def test_one_that_is_in_alarm_would_set_back_what_mends_it(told_by: Told, told: list[str]) -> None:
    chosen = triggers(told_by.of({"Down": "ALARM", "Losing": "OK"}), body("Down", "Losing"), (), told.append)
    assert [trigger.logical_id for trigger in chosen] == ["Losing"]
    assert told == ["the alarm shop-Down is in ALARM already, so it does not set back this update"]


def test_one_that_the_template_has_no_more_is_left_out(told_by: Told) -> None:
    chosen = triggers(told_by.of({"Down": "OK", "Gone": "OK"}), body("Down"), (), print)
    assert [trigger.arn for trigger in chosen] == [arn("shop-Down")]


def test_a_given_one_that_is_in_alarm_is_told_as_well(told_by: Told, told: list[str]) -> None:
    stack = told_by.of({"Down": "OK"}, {"theirs": "ALARM"})
    assert [one.logical_id for one in triggers(stack, body("Down"), [arn("theirs")], told.append)] == ["Down"]
    assert told == ["the alarm theirs is in ALARM already, so it does not set back this update"]


def test_one_that_cannot_be_found_is_told(told_by: Told, told: list[str]) -> None:
    stack = told_by.of({"Down": "OK"})
    told_by.cloudwatch._queue.clear()  # type: ignore[attr-defined]  # what `of` has queued
    told_by.alarms({}, {})
    assert triggers(stack, body("Down"), (), told.append) == []
    assert told == ["the alarm shop-Down cannot be found, so it does not set back this update"]


def test_an_alarm_by_its_name_or_arn() -> None:
    assert {name_of("shop:Down"), name_of(arn("shop:Down"))} == {"shop:Down"}


def test_one_that_the_update_replaces_is_doomed() -> None:
    chosen = [Trigger(arn(name), COMPOSITE, name) for name in ("A", "B", "C")] + [Trigger(arn("D"), COMPOSITE)]
    changes = [
        {"LogicalResourceId": "A", "Action": "Modify", "Replacement": "False"},
        {"LogicalResourceId": "B", "Action": "Modify", "Replacement": "Conditional"},
        {"LogicalResourceId": "C", "Action": "Remove"},
        {"LogicalResourceId": "", "Action": "Add"},
    ]
    assert doomed(chosen, changes) == {"B", "C"}


def test_no_more_than_cloudformation_takes(told_by: Told) -> None:
    own = {f"Alarm{number}": "OK" for number in range(7)}
    assert len(triggers(told_by.of(own), body(*own), (), print)) == MOST == 5
    given = {f"theirs{number}": "OK" for number in range(6)}
    stack = told_by.of({}, given, exists=False)
    with pytest.raises(AwsError, match=r"^6 rollback alarms are given, allowed: 5$"):
        triggers(stack, body("A"), [arn(name) for name in given], print)


def test_an_arn_that_is_no_alarms(told_by: Told) -> None:
    stack = told_by.of({}, exists=False)
    with pytest.raises(AwsError, match=r"alarm:absent does not exist, allowed: the ARN of an alarm in us-east-1$"):
        triggers(stack, body("A"), [arn("absent")], print)


def test_nothing_is_asked_of_cloudwatch_without_alarms(stack: Stack) -> None:
    assert triggers(stack, body("A"), (), print) == []
    # All of it is said, for CloudFormation keeps what an earlier update was given; and nothing is waited for.
    assert configuration([], 7) == {"RollbackTriggers": [], "MonitoringTimeInMinutes": 0}


def test_the_alarm_that_set_it_back_is_named(told_by: Told) -> None:
    chosen: list[Any] = [Trigger(arn("shop-Down"), COMPOSITE, "Down"), Trigger(arn("quiet"), COMPOSITE)]
    told_by.alarms({"shop-Down": "ALARM", "quiet": "OK"}, {})
    assert blamed(told_by.stack, chosen) == " (in ALARM: shop-Down)"
    assert blamed(told_by.stack, []) == ""
    told_by.cloudwatch.add_client_error("describe_alarms", "AccessDenied", "no")
    assert blamed(told_by.stack, chosen) == ""
