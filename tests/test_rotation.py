"""Rotation: Secrets Manager calls one function for one secret, and not before it is time."""

from typing import Any

import pytest

from woo_stack import ApiKey, Queue, SettingError, WebhookSecret
from woo_stack.rotation import SecretRotation

SECRET = "arn:aws:secretsmanager:eu-west-1:111111111111:secret:token-AbCdEf"
FUNCTION = "arn:aws:lambda:eu-west-1:111111111111:function:rotate"


@pytest.mark.parametrize("kind", [ApiKey, WebhookSecret])
def test_a_secret_is_rotated_by_its_function_and_by_nobody_else(kind: Any, new_function: Any, render: Any) -> None:
    resources = render(SecretRotation("Renewal", kind("Key"), new_function(), days=30))["Resources"]
    assert resources["RenewalSchedule"]["Properties"] == {
        "RotateImmediatelyOnUpdate": False,
        "RotationLambdaARN": {"Fn::GetAtt": ["LookupFunction", "Arn"]},
        "RotationRules": {"AutomaticallyAfterDays": 30},
        "SecretId": {"Ref": "KeySecret"},
    }
    # Secrets Manager calls the function as soon as there is a schedule.
    assert resources["RenewalSchedule"]["DependsOn"] == "RenewalPermission"
    assert resources["RenewalPermission"]["Properties"] == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Fn::GetAtt": ["LookupFunction", "Arn"]},
        "Principal": "secretsmanager.amazonaws.com",
        "SourceAccount": {"Ref": "AWS::AccountId"},
        "SourceArn": {"Ref": "KeySecret"},
    }


def test_secret_and_function_of_another_stack_are_arns(render: Any) -> None:
    resources = render(SecretRotation("Renewal", SECRET, FUNCTION))["Resources"]
    assert resources["RenewalSchedule"]["Properties"]["SecretId"] == SECRET
    assert resources["RenewalSchedule"]["Properties"]["RotationLambdaARN"] == FUNCTION
    assert resources["RenewalSchedule"]["Properties"]["RotationRules"] == {"AutomaticallyAfterDays": 90}
    assert resources["RenewalPermission"]["Properties"]["FunctionName"] == FUNCTION
    assert resources["RenewalPermission"]["Properties"]["SourceArn"] == SECRET


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"secret": "token"}, "secret is 'token', allowed: an ApiKey, a WebhookSecret or the ARN of one"),
        ({"secret": Queue("Jobs")}, r"secret is Queue\(.*, allowed: an ApiKey, a WebhookSecret or the ARN of one"),
        ({"function": "rotate"}, "function is 'rotate', allowed: a Function or the ARN of one"),
        ({"function": SECRET}, "function is 'arn:.*', allowed: a Function or the ARN of one"),
        ({"days": 1001}, "days is 1001, allowed: a whole number from 1 to 1000 days"),
    ],
)
def test_what_secrets_manager_would_refuse_is_one_sentence(settings: Any, sentence: str) -> None:
    with pytest.raises(SettingError, match=sentence):
        SecretRotation("Renewal", **{"secret": SECRET, "function": FUNCTION, **settings})
