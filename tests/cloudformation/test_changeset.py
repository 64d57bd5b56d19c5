import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from woo_stack.cli.emulator import Emulator
from woo_stack.cloudformation.changeset import ChangeSet, UnrecognizedTypesError
from woo_stack.cloudformation.refusals import AwsError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

TOPIC = {"Type": "AWS::SNS::Topic"}


@pytest.fixture(scope="module")
def cloudformation() -> Iterator["CloudFormationClient"]:
    with Emulator() as emulator:
        yield emulator.session().client("cloudformation", endpoint_url=emulator.endpoint)


def template(**sections: Any) -> Any:
    return {"TemplateBody": json.dumps({"Resources": {"Topic": TOPIC}} | sections)}


def test_nothing_is_created_before_it_is_executed(cloudformation: "CloudFormationClient") -> None:
    changes = ChangeSet(cloudformation, "first", poll_seconds=0.01)
    sections = {
        "Parameters": {"Colour": {"Type": "String"}},
        "Outputs": {"Paint": {"Value": {"Ref": "Colour"}}, "TopicArn": {"Value": {"Ref": "Topic"}}},
    }
    changes.create(template(**sections), {"Colour": "green"})
    described = cloudformation.describe_change_set(ChangeSetName=changes.arn)
    assert [change["ResourceChange"]["LogicalResourceId"] for change in described["Changes"]] == ["Topic"]
    status = cloudformation.describe_stacks(StackName="first")["Stacks"][0]["StackStatus"]
    assert status == "REVIEW_IN_PROGRESS"
    outputs = changes.execute()
    assert outputs["Paint"] == "green"
    assert outputs["TopicArn"].startswith("arn:aws:sns:")


def test_types_that_are_not_known(cloudformation: "CloudFormationClient") -> None:
    unknown = {"A": {"Type": "AWS::New::Thing"}, "B": {"Type": "AWS::Newer::Thing"}, "Topic": TOPIC}
    with pytest.raises(UnrecognizedTypesError, match="AWS::New::Thing, AWS::Newer::Thing") as refused:
        ChangeSet(cloudformation, "second").create(template(Resources=unknown), {})
    assert refused.value.types == {"AWS::New::Thing", "AWS::Newer::Thing"}


def test_a_template_that_is_refused(cloudformation: "CloudFormationClient") -> None:
    with pytest.raises(AwsError, match=r"^CloudFormation refuses the template: .*Colour"):
        ChangeSet(cloudformation, "third").create(template(Parameters={"Colour": {"Type": "String"}}), {})


def test_the_first_failure_is_the_reason(cloudformation: "CloudFormationClient") -> None:
    broken = {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": {"Fn::GetAtt": ["Topic", "Colour"]}}}
    changes = ChangeSet(cloudformation, "fourth", poll_seconds=0.01)
    changes.create(template(Resources={"Topic": TOPIC, "Broken": broken}), {})
    with pytest.raises(AwsError, match=r"^the stack fourth ended as ROLLBACK_COMPLETE: Broken \(.*Colour"):
        changes.execute()
