import json
import time
from pathlib import Path
from typing import Any

import pytest
from tests.cloudformation.conftest import TABLE, TEMPLATE, with_resources

from woo_stack.cloudformation import deployment
from woo_stack.cloudformation.body import TemplateError
from woo_stack.cloudformation.change import Difference
from woo_stack.cloudformation.changeset import ChangeSet
from woo_stack.cloudformation.deploy import deploy
from woo_stack.cloudformation.deployment import DeclinedError, Deployment, FailedError, UnsafeError
from woo_stack.cloudformation.destroy import destroy
from woo_stack.cloudformation.stack import Stack
from woo_stack.validate import problems

OTHER_TABLE = json.loads(json.dumps(TABLE).replace('"pk"', '"id"'))
BOOTSTRAP = {
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
    "Outputs": {"ExecutionRoleArn": {"Value": "arn:aws:iam::111111111111:role/cfn"}, "StackPrefix": {"Value": "shop-"}},
}


def test_typed_results_and_events(stack: Stack) -> None:
    heard: list[str] = []
    shown: list[Difference] = []
    started = time.monotonic()
    result = deploy(
        stack,
        TEMPLATE,
        parameters={"Colour": "red"},
        tags={"Team": "north"},
        on_difference=shown.append,
        on_event=lambda event: heard.append(f"{event.logical_id} {event.status}"),
    )
    assert (result.changed, result.outputs["Paint"]) == (True, "red")
    assert result.stack_id.startswith(f"arn:aws:cloudformation:us-east-1:000000000000:stack/{stack.name}/")
    assert 0 < result.seconds <= time.monotonic() - started
    assert shown == [result.difference]
    assert {change.logical_id: change.action for change in result.difference.changes} == {
        "Table": "Add",
        "Topic": "Add",
    }
    assert heard[0] == f"{stack.name} CREATE_IN_PROGRESS"
    assert heard[-1] == f"{stack.name} CREATE_COMPLETE"


def test_nothing_to_change_is_no_error_and_still_protects(stack: Stack, told: list[str]) -> None:
    first = deploy(stack, TEMPLATE, parameters={"Size": "9"}, tags={"Team": "south"})
    again = deploy(stack, TEMPLATE, termination_protection=True, tell=told.append)
    assert (again.changed, again.stack_id, again.outputs) == (False, first.stack_id, first.outputs)
    assert not again.difference
    assert told[-1] == f"the stack {stack.name} is now protected from deletion"
    described = stack.described()
    assert described is not None
    assert described["EnableTerminationProtection"] is True
    assert described["Tags"] == [{"Key": "Team", "Value": "south"}]
    deploy(stack, TEMPLATE, termination_protection=False)
    assert stack.described()["EnableTerminationProtection"] is False  # type: ignore[index]


@pytest.mark.parametrize(
    ("template", "sentence"),
    [
        (with_resources(Table=OTHER_TABLE), "Table (AWS::DynamoDB::Table) would be replaced, with items"),
        (with_resources(Table=None) | {"Outputs": {}}, "Table (AWS::DynamoDB::Table) would be removed, with items"),
    ],
)
def test_what_holds_data_is_not_lost_unless_it_is_named(template: Any, sentence: str, stack: Stack) -> None:
    deploy(stack, TEMPLATE)
    asked: list[Difference] = []
    with pytest.raises(UnsafeError) as refused:
        deploy(stack, template, allow_replacement=["Topic"], approve=lambda found: bool(asked.append(found)) or True)
    assert f"{refused.value}" == f"{sentence}: nothing was done, allowed: --allow-replacement Table"
    assert asked == []
    assert stack.deployed().template == TEMPLATE  # type: ignore[union-attr]
    left = stack.client("cloudformation").list_change_sets(StackName=stack.name)["Summaries"]
    assert [one for one in left if one["ExecutionStatus"] == "AVAILABLE"] == []
    assert deploy(stack, template, allow_replacement=["Table"]).changed


@pytest.mark.parametrize("interruption", [False, KeyboardInterrupt])
def test_what_is_declined_leaves_nothing(interruption: Any, stack: Stack) -> None:
    def approve(_: Difference) -> bool:
        if interruption:
            raise interruption
        return False

    with pytest.raises(interruption or DeclinedError):
        deploy(stack, TEMPLATE, approve=approve)
    assert stack.described() is None


def test_ctrl_c_while_cloudformation_thinks_leaves_nothing(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_: ChangeSet) -> ChangeSet:
        raise KeyboardInterrupt

    monkeypatch.setattr(ChangeSet, "_awaited", interrupted)
    with pytest.raises(KeyboardInterrupt):
        deploy(stack, TEMPLATE)
    assert stack.described() is None


def test_a_template_with_errors_never_reaches_aws(
    stack: Stack, told: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(deployment, "problems", problems)
    path = tmp_path / "bad.json"
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"Colour": "green"}, "DependsOn": "Table"}
    path.write_text(json.dumps(with_resources(Queue=queue)))
    with pytest.raises(TemplateError, match=rf"^the template {path} has .*error.* in Queue: .*Colour"):
        deploy(stack, path, tell=told.append)
    assert stack.described() is None
    # A warning of somebody's own template is told, and no more.
    path.write_text(
        json.dumps(TEMPLATE | {"Parameters": TEMPLATE["Parameters"] | {"Unused": {"Type": "String", "Default": "x"}}})
    )
    assert deploy(stack, path, tell=told.append).changed
    assert [line for line in told if line.startswith("warning ") and "Unused" in line]


def test_what_a_loop_makes_is_checked_where_that_is_known(
    stack: Stack, told: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deployment, "problems", problems)
    queue = {"Type": "AWS::SQS::Queue", "Properties": {"Colour": "green"}}

    def template(over: Any) -> dict[str, Any]:
        loop = {"Fn::ForEach::Queues": ["Name", over, {"Queue${Name}": queue}]}
        return {"Transform": "AWS::LanguageExtensions", "Resources": loop}

    with pytest.raises(TemplateError, match=r"^the template has .*error.* in QueueA: .*Colour"):
        deploy(stack, template(["A"]), tell=told.append)

    def interrupted(*_: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(Deployment, "refuse_state", interrupted)
    with pytest.raises(KeyboardInterrupt):
        deploy(stack, template({"Ref": "Names"}), tell=told.append)
    assert "not checked: only CloudFormation knows what the loops of the template make" in told


def test_a_failed_update_has_its_cause_and_its_page(stack: Stack) -> None:
    deploy(stack, TEMPLATE)
    broken = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": "absent"}}}
    with pytest.raises(FailedError) as failed:
        deploy(stack, with_resources(Broken=broken))
    assert failed.value.ended == "UPDATE_ROLLBACK_COMPLETE"
    assert failed.value.cause == "Broken (AWS::SNS::Topic): Export 'absent' not found"
    page = (
        "https://us-east-1.console.aws.amazon.com/cloudformation/home?region=us-east-1#/stacks/events?stackId=arn%3Aaws"
    )
    assert f"; see {page}" in f"{failed.value}"
    assert deploy(stack, TEMPLATE, parameters={"Colour": "blue"}).changed


def test_policy_and_protection_of_a_stack_that_cannot_be_created(stack: Stack) -> None:
    broken = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": "absent"}}}
    with pytest.raises(FailedError):
        deploy(stack, with_resources(Broken=broken), termination_protection=True)
    # It could not be deleted otherwise, which is all that can be done with it.
    assert stack.described()["EnableTerminationProtection"] is False  # type: ignore[index]


@pytest.mark.parametrize(
    ("name", "role", "words"),
    [
        ("shop-one", "arn:aws:iam::111111111111:role/cfn", ""),
        ("else-one", None, "is for stacks whose names begin with shop-, so else-one is deployed with your own rights"),
        ("given", "arn:aws:iam::111111111111:role/mine", ""),
    ],
)
def test_the_role_of_the_bootstrap_stack(
    name: str, role: str | None, words: str, stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[str] = []
    other = stack.beside(f"boot-{stack.name}")
    deploy(other, BOOTSTRAP)
    asked: list[Any] = []
    create = ChangeSet.create

    def seen(*arguments: Any, **options: Any) -> ChangeSet:
        asked.append(options["role_arn"])
        return create(*arguments, **options)

    monkeypatch.setattr(ChangeSet, "create", seen)
    given = role if name == "given" else None
    deploy(stack.beside(name), TEMPLATE, role_arn=given, bootstrap_stack=other.name, tell=told.append)
    # It does not deploy itself with what it makes.
    deploy(other, BOOTSTRAP, bootstrap_stack=other.name)
    assert asked == [role, None]
    assert [line for line in told if "bootstrap" in line or other.name in line] == (
        [f"the role of {other.name} {words}"] if words else []
    )
    destroy(stack.beside(name))


def test_a_trigger_that_the_update_removes_is_left_out(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    deploy(stack, TEMPLATE)
    sent: list[Any] = []
    create = ChangeSet.create

    def seen(*arguments: Any, **options: Any) -> ChangeSet:
        sent.append(options["rollback"])
        return create(*arguments, **options)

    monkeypatch.setattr(ChangeSet, "create", seen)
    chosen = [deployment.Trigger(f"arn:{name}", "AWS::CloudWatch::CompositeAlarm", name) for name in ("Topic", "Else")]
    monkeypatch.setattr(deployment, "triggers", lambda *_: chosen)
    deploy(stack, with_resources(Topic=None), monitor_minutes=3)
    listed = [[one["Arn"] for one in rollback["RollbackTriggers"]] for rollback in sent]
    assert listed == [["arn:Topic", "arn:Else"], ["arn:Else"]]
    assert [rollback["MonitoringTimeInMinutes"] for rollback in sent] == [3, 3]


def test_what_deploy_takes_reaches_the_deployment(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    given: dict[str, Any] = {
        "parameters": {"Colour": "a"}, "tags": {"b": "c"}, "stack_policy": {"d": 1}, "termination_protection": True,
        "rollback_alarms": ("e",), "monitor_minutes": 9, "capabilities": ("f",), "role_arn": "g", "bucket": "h",
        "bootstrap_stack": "i", "on_event": print, "tell": lambda _: None,
    }  # fmt: skip
    seen: list[Deployment] = []

    def check(self: Deployment) -> None:
        seen.append(self)
        raise KeyboardInterrupt

    monkeypatch.setattr(Deployment, "check", check)
    with pytest.raises(KeyboardInterrupt):
        deploy(stack, TEMPLATE, **given)
    assert {name: getattr(seen[0], name) for name in given} == given
