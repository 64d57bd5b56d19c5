"""Every call of a deployment fails: once in each way, which retries mend, or for good, which the next run mends."""

import json
from pathlib import Path
from typing import Any

import pytest
from tests.cloudformation.conftest import BROKEN, HANDLE, TEMPLATE, WAIT, with_resources
from tests.cloudformation.faults import KINDS, Front

from woo_stack.cloudformation import events
from woo_stack.cloudformation.changeset import ChangeSet
from woo_stack.cloudformation.deploy import Deployed, deploy
from woo_stack.cloudformation.deployment import DeclinedError
from woo_stack.cloudformation.destroy import destroy
from woo_stack.cloudformation.refusals import AwsError
from woo_stack.cloudformation.stack import Stack

POLICY = {"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}
#: Every call of a creation, an update, a declined creation, a deployment that changes nothing, and a deletion.
ACTIONS = (
    "CreateChangeSet", "DeleteChangeSet", "DeleteStack", "DescribeChangeSet", "DescribeStackEvents", "DescribeStacks",
    "ExecuteChangeSet", "GetCallerIdentity", "GetTemplate", "HeadObject", "ListChangeSets", "ListStackResources",
    "PutObject", "SetStackPolicy", "UpdateTerminationProtection",
)  # fmt: skip


def cycle(stack: Stack, bucket: str, folder: Path) -> None:
    """All that can be done with a stack."""
    zipped = folder / "handler-1.zip"
    zipped.write_bytes(stack.name.encode())
    code = {name: {"Type": "String"} for name in ("CodeBucket", "CodeKey")}
    template = TEMPLATE | {"Parameters": TEMPLATE["Parameters"] | code}

    def step(colour: str, **options: Any) -> Deployed:
        return deploy(stack, template, parameters={"Colour": colour}, code=zipped, bucket=bucket, **options)

    with pytest.raises(DeclinedError):
        step("blue", approve=lambda _: False)
    assert stack.described() is None
    assert step("red", termination_protection=True).outputs["Paint"] == "red"
    assert step("white", stack_policy=POLICY).outputs["Paint"] == "white"
    assert step("white").changed is False
    assert stack.described()["EnableTerminationProtection"] is True  # type: ignore[index]
    assert (
        json.loads(stack.client("cloudformation").get_stack_policy(StackName=stack.name)["StackPolicyBody"]) == POLICY
    )
    assert [one.logical_id for one in destroy(stack, unprotect=True).left] == ["Table"]


def test_what_passes_is_tried_again(faulty: tuple[Stack, Front], bucket: str, tmp_path: Path) -> None:
    stack, front = faulty
    for action in ACTIONS:
        front.fail(action, *KINDS)
    cycle(stack, bucket, tmp_path)
    assert front.plan == {action: [] for action in ACTIONS}
    # No call is left out.
    assert set(front.calls) == set(ACTIONS) | {"GetStackPolicy"}


@pytest.mark.soak
@pytest.mark.parametrize("action", ACTIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_one_call_is_tried_again(
    action: str, kind: str, faulty: tuple[Stack, Front], bucket: str, tmp_path: Path
) -> None:
    stack, front = faulty
    front.fail(action, *[kind] * 7)
    cycle(stack, bucket, tmp_path)
    assert front.plan[action] == []


CREATION = (
    "CreateChangeSet", "DescribeChangeSet", "DescribeStacks", "ExecuteChangeSet", "GetCallerIdentity", "HeadObject",
    "PutObject",
)  # fmt: skip


@pytest.mark.parametrize("kind", ["throttled", pytest.param("closed", marks=pytest.mark.soak)])
@pytest.mark.parametrize(
    "action", [CREATION[0], *(pytest.param(action, marks=pytest.mark.soak) for action in CREATION[1:])]
)
def test_what_does_not_pass_is_one_sentence_and_the_next_run_goes_on(
    action: str, kind: str, faulty: tuple[Stack, Front], bucket: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "2")
    monkeypatch.setattr("woo_stack.cloudformation.uploads.TEMPLATE_BODY_BYTES", 100)
    stack, front = faulty
    front.fail(action, *[kind] * 50)
    with pytest.raises(AwsError) as refused:
        deploy(stack, TEMPLATE, bucket=bucket)
    sentence = f"{refused.value}"
    words = "AWS itself fails at HeadObject" if action == "HeadObject" else f"AWS throttles {action}, wait a minute"
    assert "\n" not in sentence
    assert (words if kind == "throttled" else f"{front.url}/ does not answer") in sentence
    assert refused.value.passing
    front.plan.clear()
    assert deploy(stack, TEMPLATE, bucket=bucket).outputs["Paint"] == "green"


@pytest.mark.soak
@pytest.mark.parametrize(
    "action", ["CreateChangeSet", "DescribeChangeSet", "DescribeStacks", "ExecuteChangeSet", "GetCallerIdentity"]
)
def test_a_page_of_a_proxy_is_no_answer(action: str, faulty: tuple[Stack, Front], bucket: str) -> None:
    stack, front = faulty
    front.fail(action, "page")
    long = TEMPLATE | {"Metadata": {"Long": "x" * 51_200}}
    with pytest.raises(AwsError, match="what answers is no answer of AWS's, check proxies and the endpoint") as refused:
        deploy(stack, long, bucket=bucket)
    assert refused.value.passing
    assert deploy(stack, long, bucket=bucket).outputs["Paint"] == "green"


def test_a_page_while_waiting(faulty: tuple[Stack, Front], told: list[str]) -> None:
    stack, front = faulty
    front.fail("DescribeStackEvents", "page", "page")
    assert deploy(stack, TEMPLATE, tell=told.append).outputs["Paint"] == "green"
    assert len([line for line in told if "is followed as soon as there is an answer" in line]) == 1


def test_a_connection_lost_while_waiting(
    faulty: tuple[Stack, Front], monkeypatch: pytest.MonkeyPatch, told: list[str]
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    stack, front = faulty
    seen: list[str] = []

    def hear(event: events.Event) -> None:
        seen.append(event.id)
        if event.logical_id == "Wait" and not event.reason and event.status == "CREATE_IN_PROGRESS":
            front.fail("DescribeStacks", *["closed"] * 5, "throttled", "broken")
            signal(stack)

    result = deploy(stack, with_resources(Handle=HANDLE, Wait=WAIT), on_event=hear, tell=told.append)
    assert result.outputs["Paint"] == "green"
    assert len(seen) == len(set(seen)) == 11
    assert front.plan["DescribeStacks"] == []
    assert [line for line in told if "does not answer" in line and "goes on" in line] == told[-1:]


def test_credentials_that_expire_while_waiting(faulty: tuple[Stack, Front], monkeypatch: pytest.MonkeyPatch) -> None:
    stack, _ = faulty

    def expired(*_: object) -> None:
        raise AwsError("the stack cannot be read: the credentials have expired", "ExpiredToken")

    def hear(_: events.Event) -> None:
        monkeypatch.setattr(events, "recent", expired)

    with pytest.raises(
        AwsError, match=r"have expired; the stack goes on, the same command follows it again$"
    ) as refused:
        deploy(stack, with_resources(Handle=HANDLE, Wait=WAIT), on_event=hear)
    assert refused.value.code == "ExpiredToken"


@pytest.mark.soak
@pytest.mark.parametrize("deed", ["executed", "deleted", "gone"])
def test_somebody_else_in_between(deed: str, stack: Stack) -> None:
    deploy(stack, TEMPLATE)
    client = stack.client("cloudformation")

    def meanwhile(_: object) -> bool:
        summaries = client.list_change_sets(StackName=stack.name)["Summaries"]
        (listed,) = [one for one in summaries if one["ExecutionStatus"] == "AVAILABLE"]
        if deed == "executed":
            client.execute_change_set(ChangeSetName=listed["ChangeSetId"])
        elif deed == "deleted":
            client.delete_change_set(ChangeSetName=listed["ChangeSetId"])
        else:
            destroy(stack)
        return True

    with pytest.raises(
        AwsError, match=f"^the stack {stack.name} has changed since its changes were shown, nothing was"
    ):
        deploy(stack, TEMPLATE, parameters={"Colour": "black"}, approve=meanwhile)
    again = deploy(stack, TEMPLATE, parameters={"Colour": "black"})
    assert (again.changed, again.outputs["Paint"]) == (deed != "executed", "black")


def test_the_stack_is_deleted_while_it_is_followed(stack: Stack) -> None:
    def hear(event: events.Event) -> None:
        if event.status == "CREATE_COMPLETE" and event.of_stack:
            destroy(stack)

    # What was asked for was done, before somebody undid it.
    assert deploy(stack, TEMPLATE, on_event=hear).changed


def test_an_interrupted_deployment_is_followed_and_then_completed(stack: Stack, told: list[str]) -> None:
    template = with_resources(Handle=HANDLE, Wait=WAIT)
    ChangeSet.create(stack, {"TemplateBody": json.dumps(template)}, parameters={}).execute("an-earlier-run")
    seen: list[str] = []

    def hear(event: events.Event) -> None:
        if event.logical_id == "Wait" and not event.reason and event.status == "CREATE_IN_PROGRESS":
            signal(stack)
        seen.append(event.token)

    result = deploy(stack, template, parameters={"Colour": "grey"}, on_event=hear, tell=told.append)
    assert f"the stack {stack.name} is being created: following that to its end first" in told
    assert result.outputs["Paint"] == "grey"
    assert seen.count("an-earlier-run") == 10
    assert seen[-1] != "an-earlier-run"


@pytest.mark.soak
def test_an_earlier_run_that_failed_is_told(stack: Stack, told: list[str]) -> None:
    deploy(stack, TEMPLATE)
    template = with_resources(Handle=HANDLE, Wait=WAIT | {"Properties": {**WAIT["Properties"], "Timeout": "1"}})  # type: ignore[dict-item]
    ChangeSet.create(stack, {"TemplateBody": json.dumps(template)}, parameters={}).execute("an-earlier-run")
    assert deploy(stack, TEMPLATE, parameters={"Colour": "pink"}, tell=told.append).outputs["Paint"] == "pink"
    (line,) = [line for line in told if line.startswith("that ended as ")]
    assert line.startswith("that ended as UPDATE_ROLLBACK_COMPLETE: Wait (AWS::CloudFormation::WaitCondition): ")


def test_a_stack_that_was_never_created(stack: Stack) -> None:
    with pytest.raises(AwsError, match=f"^the stack {stack.name} ended as ROLLBACK_COMPLETE: Broken "):
        deploy(stack, with_resources(Broken=BROKEN))
    with pytest.raises(AwsError, match=f"cannot be updated: run `woo-stack destroy --stack {stack.name}`, then deploy"):
        deploy(stack, TEMPLATE)
    # Made by a failed creation, so it did not stay.
    assert destroy(stack).left == ()
    assert deploy(stack, TEMPLATE).changed


def signal(stack: Stack) -> None:
    """Let the waiting resource end."""
    stack.client("cloudformation").signal_resource(
        StackName=stack.name, LogicalResourceId="Wait", UniqueId="1", Status="SUCCESS"
    )
