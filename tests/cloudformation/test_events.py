from datetime import UTC, datetime
from typing import Any

import pytest
from tests.cloudformation.conftest import BROKEN, TEMPLATE

from woo_stack.cloudformation import events
from woo_stack.cloudformation.deploy import deploy
from woo_stack.cloudformation.events import Event, cause, recent
from woo_stack.cloudformation.refusals import AwsError
from woo_stack.cloudformation.stack import Stack

IDENTITY = "arn:aws:cloudformation:us-east-1:111111111111:stack/shop/1"


def event(logical_id: str, status: str, reason: str = "", **changes: Any) -> Event:
    kind = "AWS::CloudFormation::Stack" if logical_id == "shop" else "AWS::SQS::Queue"
    physical = IDENTITY if logical_id == "shop" else ""
    told = {"type": kind, "physical_id": physical} | changes
    return Event(
        at=datetime(2026, 1, 1, tzinfo=UTC),
        logical_id=logical_id,
        status=status,
        reason=reason,
        stack_id=IDENTITY,
        **told,
    )


BEGUN = event("shop", "UPDATE_IN_PROGRESS", "User Initiated")


@pytest.mark.parametrize(
    ("failures", "sentence"),
    [
        (
            [("A", "CREATE_FAILED", "Resource creation cancelled"), ("B", "CREATE_FAILED", "is full.")],
            "B (AWS::SQS::Queue): is full",
        ),
        ([("A", "UPDATE_FAILED", "first"), ("B", "UPDATE_FAILED", "second")], "A (AWS::SQS::Queue): first"),
        (
            [("A", "UPDATE_FAILED", "Resource update cancelled"), ("B", "DELETE_FAILED", "")],
            "B (AWS::SQS::Queue): no reason given",
        ),
        (
            [("A", "CREATE_FAILED", "Resource creation cancelled")],
            "CloudFormation names no cause of its own, only failures that follow from others",
        ),
        (
            [
                ("shop", "UPDATE_ROLLBACK_IN_PROGRESS", "The rollback trigger arn:x:alarm:Health went into ALARM."),
                ("A", "UPDATE_FAILED", "Resource update cancelled"),
            ],
            "The rollback trigger arn:x:alarm:Health went into ALARM",
        ),
        ([("shop", "UPDATE_ROLLBACK_IN_PROGRESS", "User Initiated")], "the operation was cancelled"),
        (
            [
                ("shop", "ROLLBACK_IN_PROGRESS", "The following resource(s) failed to create: [A]."),
                ("A", "CREATE_FAILED", "the cause"),
            ],
            "A (AWS::SQS::Queue): the cause",
        ),
        ([("shop", "CREATE_FAILED", "Output X has no value")], "Output X has no value"),
    ],
)
def test_the_first_real_cause(failures: list[tuple[str, str, str]], sentence: str) -> None:
    assert cause([BEGUN, *(event(*failure) for failure in failures)]) == sentence


def test_the_cause_inside_a_nested_stack(stack: Stack) -> None:
    with pytest.raises(AwsError):
        deploy(stack, {"Resources": {"Broken": BROKEN}})
    described = stack.described()
    assert described is not None
    embedded = event(
        "Nested",
        "CREATE_FAILED",
        f"Embedded stack {described['StackId']} was not successfully created: The following resource(s) failed.",
        type="AWS::CloudFormation::Stack",
        physical_id=described["StackId"],
    )
    found = cause([BEGUN, embedded], stack)
    assert found == "in the nested stack Nested, Broken (AWS::SNS::Topic): Export 'absent' not found"
    # Without the right to look inside, its own word is told as what it is.
    assert cause([BEGUN, embedded]).startswith("CloudFormation names no cause of its own")


def test_only_the_last_operation_and_only_what_is_new(stack: Stack) -> None:
    deploy(stack, TEMPLATE)
    deploy(stack, TEMPLATE, parameters={"Colour": "blue"})
    last = recent(stack)
    assert (last[0].status, last[-1].status, last[-1].of_stack) == ("UPDATE_IN_PROGRESS", "UPDATE_COMPLETE", True)
    assert [one.id for one in last] == list(dict.fromkeys(one.id for one in last))
    assert recent(stack, {last[-2].id}) == last[-1:]
    assert recent(stack.beside("absent")) == []


def test_the_pauses_grow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events, "FIRST_PAUSE", 0.2)
    monkeypatch.setattr(events, "LONGEST_PAUSE", 4.0)
    pauses = events.pauses()
    first = [next(pauses) for _ in range(12)]
    assert first[:2] == pytest.approx([0.2, 0.3])
    assert first == sorted(first)
    assert first[-1] == 4.0


def test_the_state_from_before_ends_nothing(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """DescribeStacks may be a moment behind the events: an update has begun, and it still tells the last one's end."""
    steps = [
        ("UPDATE_COMPLETE", "old", [event("shop", "UPDATE_IN_PROGRESS", id="1", token="mine")]),
        ("UPDATE_IN_PROGRESS", "old", [event("Queue", "UPDATE_FAILED", "it is full", id="2", token="mine")]),
        ("UPDATE_ROLLBACK_IN_PROGRESS", "old", [event("shop", "UPDATE_ROLLBACK_COMPLETE", id="3", token="mine")]),
        ("UPDATE_ROLLBACK_COMPLETE", "new", []),
    ]
    looked = iter(steps)
    news: list[Event] = []

    def described(_: Stack) -> dict[str, Any]:
        status, paint, news[:] = next(looked)
        return {"StackStatus": status, "StackId": IDENTITY, "Outputs": [{"OutputKey": "Paint", "OutputValue": paint}]}

    monkeypatch.setattr(Stack, "described", described)
    monkeypatch.setattr(events, "recent", lambda *_: list(news))
    outcome = events.follow(stack, token="mine")
    assert (outcome.status, outcome.outputs) == ("UPDATE_ROLLBACK_COMPLETE", {"Paint": "new"})
    assert [one.id for one in outcome.events] == ["1", "2", "3"]
