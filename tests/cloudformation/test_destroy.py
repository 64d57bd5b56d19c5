from datetime import UTC, datetime
from typing import Any

import pytest
from tests.cloudformation.conftest import TEMPLATE
from tests.cloudformation.faults import Front

from woo_stack.cloudformation.change import State
from woo_stack.cloudformation.deploy import deploy
from woo_stack.cloudformation.deployment import DeclinedError, FailedError
from woo_stack.cloudformation.destroy import ProtectedError, destroy, leftovers
from woo_stack.cloudformation.events import Event, Outcome
from woo_stack.cloudformation.refusals import AwsError
from woo_stack.cloudformation.stack import Stack


def test_what_goes_and_what_stays(stack: Stack) -> None:
    deploy(stack, TEMPLATE)
    found = {one.logical_id: one for one in leftovers(stack)}
    assert {name: (one.policy, one.holds) for name, one in found.items()} == {
        "Table": ("Retain", "items"),
        "Topic": ("Delete", ""),
    }
    heard: list[str] = []
    result = destroy(stack, on_event=lambda event: heard.append(f"{event.logical_id} {event.status}"))
    assert (result.existed, result.left) == (True, (found["Table"],))
    assert "Table DELETE_SKIPPED" in heard
    assert heard[-1] == f"{stack.name} DELETE_COMPLETE"
    assert stack.described() is None
    name = found["Table"].physical_id
    assert stack.client("dynamodb").describe_table(TableName=name)["Table"]["TableStatus"] == "ACTIVE"


def test_what_a_loop_made_stays_where_the_loop_says_so(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(stack, TEMPLATE)
    over = {"Parameters": {"Names": {"Type": "CommaDelimitedList"}}}
    loop = {"Fn::ForEach::All": ["Name", {"Ref": "Names"}, {"${Name}": {"DeletionPolicy": "Retain"}}]}
    state = State({**over, "Resources": loop}, {"Names": "Table,Topic"})
    monkeypatch.setattr(Stack, "deployed", lambda _: state)
    assert {one.logical_id: one.policy for one in leftovers(stack)} == {"Table": "Retain", "Topic": "Retain"}


def test_what_is_agreed_to_is_what_happens(stack: Stack) -> None:
    deploy(stack, TEMPLATE, termination_protection=True)
    shown: list[list[str]] = []

    def decline(planned: Any) -> bool:
        shown.append([f"{one.logical_id} {one.policy}" for one in planned])
        return False

    with pytest.raises(DeclinedError, match=f"^the deletion of the stack {stack.name} was declined, nothing was done$"):
        destroy(stack, unprotect=True, approve=decline)
    assert shown == [["Table Retain", "Topic Delete"]]
    assert stack.described()["EnableTerminationProtection"] is True  # type: ignore[index]
    assert destroy(stack, unprotect=True, approve=lambda planned: len(planned) == 2).existed


def test_a_protected_stack(stack: Stack) -> None:
    deploy(stack, TEMPLATE, termination_protection=True)
    with pytest.raises(
        ProtectedError, match=f"^the stack {stack.name} is protected .* nothing was done: add --unprotect"
    ):
        destroy(stack)
    assert stack.described() is not None
    assert destroy(stack, unprotect=True).existed


def test_a_stack_that_is_not_there(stack: Stack) -> None:
    result = destroy(stack)
    assert (result.existed, result.left, result.stack_id) == (False, (), "")


def test_what_cannot_be_deleted_is_named(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    """The emulator deletes even a bucket that is not empty."""
    deploy(stack, TEMPLATE)
    identity = (stack.described() or {})["StackId"]

    def failed(*_: object, **__: object) -> Outcome:
        told = [("Bucket", "is not empty."), ("Key", "is in use")]
        events = [Event(datetime(2026, 1, 1, tzinfo=UTC), a, "AWS::X::Y", "DELETE_FAILED", b, "", "") for a, b in told]
        return Outcome("DELETE_FAILED", {}, tuple(events), identity)

    monkeypatch.setattr("woo_stack.cloudformation.destroy.follow", failed)
    sentence = (
        r"DELETE_FAILED: Bucket \(AWS::X::Y\): is not empty \(and 1 more\), set that right and repeat the command; see"
    )
    with pytest.raises(FailedError, match=f"^the stack {stack.name} ended as {sentence} https://us-east-1.console"):
        destroy(stack)


def test_a_stack_that_could_not_be_deleted_is_not_updated(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Stack, "described", lambda _: {"StackStatus": "DELETE_FAILED"})
    states = {"Bucket": "DELETE_FAILED", "Table": "CREATE_COMPLETE"}
    listed = [{"LogicalResourceId": name, "ResourceStatus": state} for name, state in states.items()]
    monkeypatch.setattr(Stack, "resources", lambda _: listed)
    with pytest.raises(
        AwsError, match=r"could not be deleted in full .*\(Bucket\), then run `woo-stack destroy --stack "
    ):
        deploy(stack, TEMPLATE)


def test_a_deletion_that_somebody_began_is_followed(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(stack, TEMPLATE)
    found = leftovers(stack)

    def rested(*_: object) -> None:
        destroy_by_hand(stack)

    monkeypatch.setattr("woo_stack.cloudformation.destroy.at_rest", rested)
    result = destroy(stack)
    assert (result.existed, result.left) == (True, (found[0],))
    assert result.left[0].logical_id == "Table"


def test_a_role_that_is_gone(faulty: tuple[Stack, Front], monkeypatch: pytest.MonkeyPatch) -> None:
    stack, _ = faulty
    deploy(stack, TEMPLATE)
    role = "arn:aws:iam::111111111111:role/gone"
    described = {**(stack.described() or {}), "RoleARN": role}
    monkeypatch.setattr("woo_stack.cloudformation.destroy.at_rest", lambda *_: described)

    def refused(**_: Any) -> None:
        raise AwsError(f"Role {role} is invalid or cannot be assumed", "ValidationError")

    monkeypatch.setattr(stack.client("cloudformation"), "delete_stack", refused)
    with pytest.raises(AwsError, match=f"cannot be assumed; if its role {role} is gone, name another with --role-arn$"):
        destroy(stack)


def destroy_by_hand(stack: Stack) -> None:
    """Delete it as somebody else would, and wait until it is gone."""
    stack.client("cloudformation").delete_stack(StackName=stack.name)
    stack.client("cloudformation").get_waiter("stack_delete_complete").wait(
        StackName=stack.name, WaiterConfig={"Delay": 0.01}
    )
