"""The customer's key: rotated, retained, and governed by the account."""

from collections.abc import Callable
from typing import Any

import pytest
from troposphere import encode_to_dict

from woo_stack import EncryptionKey
from woo_stack.encryption import STORES, allow_key


@pytest.fixture
def key(render: Callable[..., Any]) -> Any:
    return render(EncryptionKey("Data", rotation_days=180))["Resources"]["DataKey"]


def test_the_key_rotates_and_outlives_what_it_encrypts(key: Any) -> None:
    assert key["Properties"]["EnableKeyRotation"] is True
    assert key["Properties"]["RotationPeriodInDays"] == 180
    assert (key["DeletionPolicy"], key["UpdateReplacePolicy"]) == ("Retain", "Retain")


def test_services_may_use_the_key_only_for_this_account(key: Any) -> None:
    services = [
        statement
        for statement in key["Properties"]["KeyPolicy"]["Statement"]
        if statement["Effect"] == "Allow" and "Service" in statement["Principal"]
    ]
    assert {statement["Sid"] for statement in services} == {"Logs", "Alarms"}
    for statement in services:
        assert "kms:*" not in statement["Action"]
        assert "AWS::AccountId" in str(statement["Condition"])


def test_only_services_may_create_grants(key: Any) -> None:
    (deny,) = [one for one in key["Properties"]["KeyPolicy"]["Statement"] if one["Effect"] == "Deny"]
    assert deny["Action"] == "kms:CreateGrant"
    assert deny["Principal"] == {"AWS": "*"}
    assert deny["Condition"] == {
        "BoolIfExists": {"kms:GrantIsForAWSResource": "false", "aws:PrincipalIsAWSService": "false"}
    }


def test_the_account_keeps_the_key_manageable(key: Any) -> None:
    # Narrower, and functions lose the key with their policies, or nobody can mend this one.
    (root,) = [one for one in key["Properties"]["KeyPolicy"]["Statement"] if one["Action"] == "kms:*"]
    assert root["Principal"] == {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}


def test_logs_use_it_for_log_groups_of_this_account_only(key: Any) -> None:
    (logs,) = [one for one in key["Properties"]["KeyPolicy"]["Statement"] if one["Sid"] == "Logs"]
    assert logs["Condition"] == {
        # The context is a text, whatever it holds.
        "StringLike": {
            "kms:EncryptionContext:aws:logs:arn": {
                "Fn::Sub": "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*"
            }
        }
    }
    # DescribeKey has no encryption context: allowed under this condition it never would be.
    assert logs["Action"] == ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"]


def test_users_of_the_key_may_not_administer_it() -> None:
    assert encode_to_dict(allow_key("arn:x:key")) == {
        "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Effect": "Allow", "Resource": ["arn:x:key"],
    }  # fmt: skip


def test_a_key_may_be_for_what_services_ask_alone() -> None:
    assert encode_to_dict(allow_key("arn:x:key", "kinesis", "ssm"))["Condition"] == {
        "StringLike": {"kms:ViaService": ["kinesis.*", "ssm.*"]}
    }


def test_a_function_uses_its_key_through_what_it_may_have_and_never_itself(new_function: Any, render: Any) -> None:
    statements = render(new_function(kms_key="arn:x:key"))["Resources"]["LookupPolicy"]["Properties"]["PolicyDocument"]
    (use,) = [one for one in statements["Statement"] if one["Resource"] == ["arn:x:key"]]
    assert use == encode_to_dict(allow_key("arn:x:key", *STORES))
    services = [service.removesuffix(".*") for service in use["Condition"]["StringLike"]["kms:ViaService"]]
    assert services == ["dynamodb", "lambda", "s3", "secretsmanager", "sns", "sqs"]
