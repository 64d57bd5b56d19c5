from typing import Any

import pytest

from woo_stack.cloudformation.change import ABSENT
from woo_stack.cloudformation.compared import Path
from woo_stack.cloudformation.schemas import recreation, stays


@pytest.mark.parametrize(
    ("type_", "path", "expected"),
    [
        ("AWS::DynamoDB::Table", ("TableName",), "Always"),
        ("AWS::DynamoDB::Table", ("KeySchema", 0, "AttributeName"), "Conditionally"),
        ("AWS::DynamoDB::Table", ("BillingMode",), "Never"),
        ("AWS::SQS::Queue", ("QueueName",), "Always"),
        ("AWS::SQS::Queue", ("FifoQueue",), "Always"),
        ("AWS::SQS::Queue", ("VisibilityTimeout",), "Never"),
        ("AWS::ApiGateway::RestApi", ("Name",), "Never"),
        ("AWS::ApiGateway::Deployment", ("RestApiId",), "Always"),
        ("AWS::ApiGateway::Stage", ("StageName",), "Always"),
        ("AWS::Lambda::Function", ("FunctionName",), "Always"),
        ("AWS::Lambda::Function", ("Code", "ZipFile"), "Never"),
        ("AWS::S3::Bucket", ("BucketName",), "Always"),
        ("AWS::RDS::DBInstance", ("StorageEncrypted",), "Always"),
        ("AWS::RDS::DBInstance", ("MultiAZ",), "Conditionally"),
        ("AWS::Logs::LogGroup", ("LogGroupName",), "Always"),
        ("AWS::KMS::Key", ("KeyPolicy", "Statement", 0), "Never"),
        # A part of a structure, and of those in a list.
        ("AWS::BCMDataExports::Export", ("Export", "Name"), "Always"),
        ("AWS::BCMDataExports::Export", ("Export", "Description"), "Never"),
        ("AWS::MPA::ApprovalTeam", ("Policies", 2, "PolicyArn"), "Always"),
        # Nothing is said of what is not known.
        ("AWS::New::Thing", ("Name",), ""),
        ("My::Own::Type", ("Name",), ""),
    ],
)
def test_what_replaces_a_resource(type_: str, path: Path, expected: str) -> None:
    assert recreation(type_, path, "before", "after") == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (ABSENT, {"Name": "daily"}, "Always"),
        ({"Name": "daily"}, ABSENT, "Always"),
        (ABSENT, {"Description": "costs"}, "Never"),
    ],
)
def test_a_structure_that_comes_or_goes_with_such_a_part(before: Any, after: Any, expected: str) -> None:
    assert recreation("AWS::BCMDataExports::Export", ("Export",), before, after) == expected


def test_a_list_that_comes_with_such_a_part() -> None:
    assert recreation("AWS::MPA::ApprovalTeam", ("Policies",), ABSENT, [{"PolicyArn": "arn:aws:x"}]) == "Always"


@pytest.mark.parametrize(
    ("type_", "attribute", "expected"),
    [
        ("AWS::KMS::Key", "Arn", True),
        ("AWS::DynamoDB::Table", "", True),
        ("AWS::DynamoDB::Table", "StreamArn", False),
        ("AWS::Batch::JobDefinition", "", False),
        ("AWS::CloudFormation::CustomResource", "Arn", False),
        ("AWS::CloudFormation::Stack", "", False),
        ("Custom::KeyFor", "Arn", False),
        ("Ours::Keys::Key", "", False),
    ],
)
def test_what_stays_without_a_replacement(type_: str, attribute: str, expected: bool) -> None:
    assert stays(type_, attribute) is expected
