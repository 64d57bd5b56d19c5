import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError
from botocore.stub import Stubber
from tests.cloudformation.conftest import BROKEN, TEMPLATE, with_resources

from woo_stack.cloudformation.changeset import ChangeSet
from woo_stack.cloudformation.events import finished
from woo_stack.cloudformation.refusals import AwsError
from woo_stack.cloudformation.stack import Stack
from woo_stack.cloudformation.unsupported import UnrecognizedTypesError


def sent(template: Any) -> Any:
    return {"TemplateBody": json.dumps(template)}


def create(stack: Stack, template: Any, **options: Any) -> ChangeSet:
    return ChangeSet.create(stack, sent(template), **{"parameters": {}} | options)


def test_nothing_is_created_before_it_is_executed(stack: Stack) -> None:
    changes = create(stack, TEMPLATE, parameters={"Colour": "red"}, tags={"Team": "north"})
    assert (changes.kind, changes.empty) == ("CREATE", False)
    assert [one["LogicalResourceId"] for one in changes.resource_changes] == ["Table", "Topic"]
    assert stack.described()["StackStatus"] == "REVIEW_IN_PROGRESS"  # type: ignore[index]
    assert stack.deployed() is None
    changes.execute("first")
    assert finished(stack, "first")["Paint"] == "red"
    assert stack.deployed().tags == {"Team": "north"}  # type: ignore[union-attr]


def test_an_update_keeps_what_is_not_given(stack: Stack) -> None:
    create(stack, TEMPLATE, parameters={"Colour": "red", "Size": "8"}, tags={"Team": "north"}).execute("first")
    finished(stack, "first")
    changes = create(stack, TEMPLATE, parameters={"Colour": "blue"}, previous=["Size"])
    assert (changes.kind, [one["Action"] for one in changes.resource_changes]) == ("UPDATE", ["Modify"])
    changes.execute("second")
    finished(stack, "second")
    deployed = stack.deployed()
    assert deployed is not None
    assert (deployed.parameters, deployed.tags) == ({"Colour": "blue", "Size": "8"}, {"Team": "north"})
    assert deployed.template == TEMPLATE


def test_what_changes_nothing_is_empty_and_gone(stack: Stack) -> None:
    create(stack, TEMPLATE).execute("first")
    finished(stack, "first")
    changes = create(stack, TEMPLATE, previous=["Colour", "Size"])
    assert changes.empty
    assert changes.resource_changes == []
    left = stack.client("cloudformation").list_change_sets(StackName=stack.name)["Summaries"]
    assert changes.arn not in {one["ChangeSetId"] for one in left}


def test_taken_back_with_the_stack_that_it_made(stack: Stack) -> None:
    first, second = create(stack, TEMPLATE), create(stack, TEMPLATE)
    first.delete()
    # Somebody else's is still being looked at.
    assert stack.described() is not None
    second.delete()
    assert stack.described() is None
    second.delete()


def test_types_that_are_not_known(stack: Stack) -> None:
    unknown = with_resources(A={"Type": "AWS::New::Thing"}, B={"Type": "AWS::Newer::Thing"})
    with pytest.raises(UnrecognizedTypesError, match="AWS::New::Thing, AWS::Newer::Thing") as refused:
        create(stack, unknown)
    assert refused.value.types == {"AWS::New::Thing", "AWS::Newer::Thing"}


def test_a_template_that_is_refused(stack: Stack) -> None:
    with pytest.raises(AwsError, match=r"^CloudFormation refuses the template: .*Shape"):
        create(stack, TEMPLATE | {"Parameters": TEMPLATE["Parameters"] | {"Shape": {"Type": "String"}}})
    assert stack.described() is None


def test_the_first_failure_is_the_reason(stack: Stack) -> None:
    create(stack, with_resources(Broken=BROKEN)).execute("first")
    with pytest.raises(AwsError, match=f"^the stack {stack.name} ended as ROLLBACK_COMPLETE: Broken .*absent"):
        finished(stack, "first")


def test_checks_before_a_deployment_tell_their_reason_elsewhere(stack: Stack) -> None:
    """The emulator has none for change sets."""
    own = Stack(stack.name, stack.session, stack.endpoint_url)
    client = own.client("cloudformation")
    identity = f"arn:aws:cloudformation:us-east-1:111111111111:stack/{stack.name}/1"
    failed = {
        "Status": "FAILED",
        "StatusReason": "The following validation failed. To troubleshoot, use the DescribeEvents API.",
        "ChangeSetId": "arn:aws:cloudformation:us-east-1:111111111111:changeSet/a/1",
        "StackId": identity,
    }
    event = {"LogicalResourceId": "Bucket", "ValidationStatusReason": "the name is taken"}
    with Stubber(client) as stub:
        stub.add_client_error("describe_stacks", "ValidationError", "Stack does not exist")
        stub.add_response("create_change_set", {"Id": failed["ChangeSetId"], "StackId": identity})
        stub.add_response("describe_change_set", failed)
        stub.add_response("describe_events", {"OperationEvents": [event, {"LogicalResourceId": "Other"}]})
        stub.add_response("delete_change_set", {})
        stub.add_client_error("describe_stacks", "ValidationError", "Stack does not exist")
        with pytest.raises(AwsError, match=r"^CloudFormation refuses the change set: Bucket: the name is taken$"):
            create(own, TEMPLATE)


def answered(stack: Stack, monkeypatch: pytest.MonkeyPatch, *answers: Any) -> list[str]:
    """Let CloudFormation's clients answer what no emulator does, a call an answer; returns the operations asked for."""
    asked: list[str] = []
    given = iter(answers)

    def call(operation: str, _: Any) -> Any:
        asked.append(operation)
        answer = next(given)
        if isinstance(answer, str):
            raise ClientError({"Error": {"Code": answer, "Message": f"{answer}."}}, operation)
        return answer

    client = stack.client("cloudformation")
    monkeypatch.setattr(client, "_make_api_call", call)
    return asked


MADE = "arn:aws:cloudformation:us-east-1:111111111111:changeSet/woo-stack-1/2"


def test_what_is_still_being_worked_out_is_waited_for_and_then_taken_back(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    review = {"Stacks": [{"StackStatus": "REVIEW_IN_PROGRESS", "StackId": "the-id", "StackName": stack.name}]}
    asked = answered(
        stack,
        monkeypatch,
        {"Status": "CREATE_IN_PROGRESS"},
        {"Status": "CREATE_COMPLETE"},
        {},
        {"Summaries": []},
        review,
        {},
    )
    ChangeSet(stack, MADE, stack.name, "CREATE", empty=False).delete()
    looks = ["DescribeChangeSet", "DescribeChangeSet"]
    assert asked == [*looks, "DeleteChangeSet", "ListChangeSets", "DescribeStacks", "DeleteStack"]


def happened(token: str) -> dict[str, Any]:
    told = {"EventId": token, "StackName": "x", "LogicalResourceId": "x", "ClientRequestToken": token}
    return {"StackEvents": [told | {"StackId": "x", "Timestamp": datetime(2026, 1, 1, tzinfo=UTC)}]}


def test_a_first_answer_that_was_lost_is_no_refusal(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    going = {"ExecutionStatus": "EXECUTE_IN_PROGRESS"}
    asked = answered(stack, monkeypatch, "InvalidChangeSetStatus", happened("others"), going, happened("ours"))
    ChangeSet(stack, MADE, stack.name, "UPDATE", empty=False).execute("ours")
    assert asked == ["ExecuteChangeSet", "DescribeStackEvents", "DescribeChangeSet", "DescribeStackEvents"]


@pytest.mark.parametrize("status", ["OBSOLETE", "EXECUTE_COMPLETE"])
def test_what_somebody_else_has_executed(status: str, stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = [happened("others"), {"ExecutionStatus": status}] * 20
    answered(stack, monkeypatch, "InvalidChangeSetStatus", *seen)
    with pytest.raises(AwsError, match="has changed since its changes were shown, nothing was done: repeat"):
        ChangeSet(stack, MADE, stack.name, "UPDATE", empty=False).execute("ours")
