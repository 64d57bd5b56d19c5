"""The secrets that the stack makes for itself."""

import json
import re
import string
from typing import Any

import pytest
from troposphere import encode_to_dict

from woo_stack import ApiKey, WebhookSecret


def test_the_secret_is_160_random_bits_in_hexadecimal(render: Any) -> None:
    made = render(ApiKey("Key"))["Resources"]["KeySecret"]["Properties"]["GenerateSecretString"]
    left = set(string.printable.strip()) - set(made["ExcludeCharacters"])
    assert left == set("0123456789abcdef")
    assert made["PasswordLength"] == 40
    assert made["RequireEachIncludedType"] is False


def test_the_consumer_key_looks_like_woocommerces(render: Any) -> None:
    made = render(ApiKey("Key"))["Resources"]["KeySecret"]["Properties"]["GenerateSecretString"]
    template, values = made["SecretStringTemplate"]["Fn::Sub"]
    delimiter, split = values["Digits"]["Fn::Join"]
    # What CloudFormation does with it, on a stack's id as AWS gives it.
    stack_id = "arn:aws:cloudformation:eu-west-1:123456789012:stack/shop/51af3dc0-da77-11e4-872e-1234567db123"
    assert split == {"Fn::Split": ["-", {"Fn::Select": [2, {"Fn::Split": ["/", {"Ref": "AWS::StackId"}]}]}]}
    digits = delimiter.join(stack_id.split("/")[2].split("-"))
    key = json.loads(template.replace("${Digits}", digits))
    assert re.fullmatch(r"ck_[0-9a-f]{40}", key["consumer_key"])
    assert made["GenerateStringKey"] == "consumer_secret"


def test_the_webhook_secret_is_50_letters_and_digits(render: Any) -> None:
    made = render(WebhookSecret("Hook"))["Resources"]["HookSecret"]["Properties"]["GenerateSecretString"]
    left = set(string.printable.strip()) - set(made.pop("ExcludeCharacters"))
    assert left == {*string.ascii_letters, *string.digits}
    assert made == {"GenerateStringKey": "webhook_secret", "PasswordLength": 50, "SecretStringTemplate": "{}"}


@pytest.mark.parametrize("secret", [ApiKey("Key"), WebhookSecret("Key")])
def test_reading_is_all_that_is_allowed(secret: Any) -> None:
    assert encode_to_dict(secret.allow()) == {
        "Action": ["secretsmanager:GetSecretValue"], "Effect": "Allow", "Resource": [{"Ref": "KeySecret"}],
    }  # fmt: skip


@pytest.mark.parametrize("secret", [ApiKey("Key"), WebhookSecret("Key")])
def test_a_rotation_function_may_take_its_steps_with_this_secret_alone(secret: Any) -> None:
    steps = ["DescribeSecret", "GetSecretValue", "PutSecretValue", "UpdateSecretVersionStage"]
    assert encode_to_dict(secret.allow_rotation()) == {
        "Action": [f"secretsmanager:{step}" for step in steps], "Effect": "Allow", "Resource": [{"Ref": "KeySecret"}],
    }  # fmt: skip


@pytest.mark.parametrize("kind", [ApiKey, WebhookSecret])
def test_the_secret_takes_the_customers_key(kind: Any, render: Any) -> None:
    secret = render(kind("Key", kms_key="arn:x:key"))["Resources"]["KeySecret"]
    assert secret["Properties"]["KmsKeyId"] == "arn:x:key"
    assert "Name" not in secret["Properties"]
    assert secret["DeletionPolicy"] == secret["UpdateReplacePolicy"] == "Delete"


@pytest.mark.parametrize("kind", [ApiKey, WebhookSecret])
def test_the_url_leads_to_the_secret_of_the_stacks_region(kind: Any, as_json: Any) -> None:
    url = as_json(kind("Key").url)["Fn::Sub"]
    assert url.startswith("https://console.aws.amazon.com/secretsmanager/")
    assert "${KeySecret}" in url
    assert "${AWS::Region}" in url
