"""Real secrets of the emulator; what fails or comes in between is planted in botocore, before it gets there."""

import inspect
import json
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from woo_stack.handler import credentials as handler

from woo_stack import Authorizer
from woo_stack.cli.emulator import Emulator
from woo_stack.cloudformation import credentials
from woo_stack.cloudformation.credentials import (
    api_credentials,
    finish,
    finish_webhooks,
    rotate,
    rotate_webhooks,
    webhook_credentials,
)
from woo_stack.cloudformation.refusals import AwsError
from woo_stack.cloudformation.stack import Stack

KEY = {"note": "ours", "consumer_key": "ck_old", "consumer_secret": "the-old-secret"}
OLD = {"consumer_key_2": "ck_old", "consumer_secret_2": "the-old-secret"}
OLD_NAMES = sorted(OLD)
HOOK = {"webhook_secret": "the-old-signature", "webhook_secret_3": "by hand"}
TEMPLATE = {
    "Resources": {
        name: {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": json.dumps(values)}}
        for name, values in (("ApiKey", KEY), ("Webhook", HOOK))
    },
    "Outputs": {
        "ApiUrl": {"Value": "https://api.example.com/live"},
        "WebhookUrl": {"Value": "https://api.example.com/live/hooks"},
        "ApiKeySecretArn": {"Value": {"Ref": "ApiKey"}},
        "WebhookSecretArn": {"Value": {"Ref": "Webhook"}},
    },
}


@dataclass(frozen=True)
class Held:
    """A stack with two secrets, and the secrets as they are."""

    stack: Stack
    client: Any

    def read(self, output: str = "ApiKeySecretArn", stage: str = "AWSCURRENT") -> dict[str, str]:
        answer = self.client.get_secret_value(SecretId=self.stack.output(output), VersionStage=stage)
        values: dict[str, str] = json.loads(answer["SecretString"])
        return values

    def write(self, text: str, output: str = "ApiKeySecretArn") -> None:
        self.client.put_secret_value(SecretId=self.stack.output(output), SecretString=text)

    def labels(self) -> list[str]:
        versions = self.client.describe_secret(SecretId=self.stack.output("ApiKeySecretArn"))["VersionIdsToStages"]
        return sorted(label for labels in versions.values() for label in labels)

    def plant(
        self, operation: str, hook: Callable[[int, dict[str, Any]], object], code: str = "AccessDeniedException"
    ) -> None:
        """Before each call of an operation do something with its number and its body; refuse it if that is true."""
        calls = count(1)

        def answer(params: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]] | None:
            error = {"Code": code, "Message": f"User is not authorized to perform {operation}"}
            given = json.loads(params["body"])
            return (SimpleNamespace(status_code=400), {"Error": error}) if hook(next(calls), given) else None

        self.stack.client("secretsmanager").meta.events.register(f"before-call.secretsmanager.{operation}", answer)


@pytest.fixture
def held(account: tuple[Emulator, Stack]) -> Held:
    (emulator, others), name = account, f"shop-{secrets.token_hex(4)}"
    cloudformation = others.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(TEMPLATE))
    pause = {"Delay": 0.02, "MaxAttempts": 200}
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=pause)
    return Held(Stack(name, emulator.session(), emulator.endpoint), others.client("secretsmanager"))


def test_what_a_client_and_a_webhook_take(held: Held) -> None:
    found, hook = api_credentials(held.stack), webhook_credentials(held.stack)
    assert found.url == "https://api.example.com/live"
    assert (found.consumer_key, found.consumer_secret, found.changing) == ("ck_old", "the-old-secret", False)
    assert hook.webhook_url == "https://api.example.com/live/hooks"
    assert (hook.webhook_secret, hook.changing) == ("the-old-signature", False)
    assert "old" not in f"{found!r} {hook!r}"


def test_a_new_secret_is_a_new_version_with_everything_else_in_it(held: Held) -> None:
    made = rotate(held.stack)
    assert len(made.consumer_secret) == 40
    assert {*made.consumer_secret} <= {*"0123456789abcdef"}
    assert made.consumer_key == "ck_old"
    assert held.read() == {**KEY, **OLD, "consumer_secret": made.consumer_secret}
    assert held.read(stage="AWSPREVIOUS") == KEY
    assert held.labels() == ["AWSCURRENT", "AWSPREVIOUS"]
    assert made.changing
    assert api_credentials(held.stack) == made


def test_a_new_key_has_a_new_secret_too(held: Held) -> None:
    made = rotate(held.stack, key=True)
    assert made.consumer_key[:3] == "ck_"
    assert len(made.consumer_key) == 43
    assert {*made.consumer_key[3:]} <= {*"0123456789abcdef"}
    new = {"consumer_key": made.consumer_key, "consumer_secret": made.consumer_secret}
    assert held.read() == {"note": "ours", **OLD, **new}
    assert made.consumer_secret not in (KEY["consumer_secret"], made.consumer_key[3:])


def test_clients_have_both_pairs_until_the_change_is_finished(held: Held) -> None:
    made = rotate(held.stack)
    both = held.read()
    for again in (False, True):
        with pytest.raises(AwsError, match="finish that change first, by `woo-stack credentials --finish`"):
            rotate(held.stack, key=again)
    assert held.read() == both
    assert finish(held.stack)
    assert held.read() == {**KEY, "consumer_secret": made.consumer_secret}
    assert not finish(held.stack)
    assert not api_credentials(held.stack).changing
    assert rotate(held.stack).consumer_secret not in both.values()


@pytest.mark.parametrize("half", OLD_NAMES)
def test_half_a_pair_is_taken_away_as_well(held: Held, half: str) -> None:
    held.write(json.dumps({**KEY, half: "something"}))
    assert api_credentials(held.stack).changing
    assert finish(held.stack)
    assert held.read() == KEY


def test_webhooks_have_both_secrets_until_the_change_is_finished(held: Held) -> None:
    made = rotate_webhooks(held.stack)
    assert made.changing
    assert len(made.webhook_secret) == 50
    assert {*made.webhook_secret} <= {*string.ascii_letters, *string.digits}
    both = {**HOOK, "webhook_secret": made.webhook_secret, "webhook_secret_2": "the-old-signature"}
    assert held.read("WebhookSecretArn") == both
    assert webhook_credentials(held.stack) == made
    with pytest.raises(AwsError, match="finish that change first, by `woo-stack credentials --webhooks --finish`"):
        rotate_webhooks(held.stack)
    assert held.read("WebhookSecretArn") == both
    assert finish_webhooks(held.stack)
    assert held.read("WebhookSecretArn") == {**HOOK, "webhook_secret": made.webhook_secret}
    assert not finish_webhooks(held.stack)
    assert not webhook_credentials(held.stack).changing


@pytest.mark.parametrize("call", [1, 2], ids=["before the new version", "after it"])
def test_what_somebody_else_has_written_meanwhile_stays(held: Held, call: int) -> None:
    def write(_: int, given: dict[str, Any]) -> None:
        if call == 1 or given.get("VersionStage") == "AWSCURRENT":
            held.write('{"consumer_key": "ck_other", "consumer_secret": "other"}')

    held.plant("PutSecretValue" if call == 1 else "UpdateSecretVersionStage", write)
    with pytest.raises(AwsError, match="was not changed: somebody else has changed it meanwhile"):
        rotate(held.stack)
    assert held.read() == {"consumer_key": "ck_other", "consumer_secret": "other"}
    assert held.labels() == ["AWSCURRENT", "AWSPREVIOUS"]


def test_a_change_whose_answer_was_lost_is_a_change(held: Held) -> None:
    """The second try is refused, because the first has done it."""

    def once_before(call: int, given: dict[str, Any]) -> None:
        if call == 1:
            held.client.update_secret_version_stage(**given)

    held.plant("UpdateSecretVersionStage", once_before)
    made = rotate(held.stack)
    assert held.read()["consumer_secret"] == made.consumer_secret
    assert held.labels() == ["AWSCURRENT", "AWSPREVIOUS"]


@pytest.mark.parametrize(
    ("operation", "told"),
    [("GetSecretValue", "read"), ("PutSecretValue", "changed"), ("UpdateSecretVersionStage", "changed")],
)
def test_a_refusal_changes_nothing_and_tells_no_secret(held: Held, operation: str, told: str) -> None:
    held.plant(operation, lambda *_: True)
    with pytest.raises(AwsError) as refused:
        rotate(held.stack)
    assert refused.value.code == "AccessDeniedException"
    assert f"cannot be {told}: " in f"{refused.value}"
    assert "old" not in f"{refused.value}"
    assert held.read() == KEY


@pytest.mark.parametrize(
    ("code", "doubt"),
    [("AccessDeniedException", False), ("ThrottlingException", True), ("InternalServiceError", False)],
)
def test_where_it_cannot_be_told_whether_it_was_changed_it_is_said(held: Held, code: str, doubt: bool) -> None:
    for operation in ("UpdateSecretVersionStage", "DescribeSecret"):
        held.plant(operation, lambda *_: True, code)
    with pytest.raises(AwsError, match="cannot be changed: ") as refused:
        rotate(held.stack)
    assert f"{refused.value}".endswith("; look first whether it was changed all the same") is doubt
    assert held.read() == KEY


@pytest.mark.parametrize(
    "text", ["ck_old:the-old-secret", '["the-old-secret"]', '{"consumer_key": "the-old-secret"}', '{"consumer_key": 1}']
)
@pytest.mark.parametrize("change", [api_credentials, rotate, finish])
def test_a_secret_of_another_form_is_left_alone_and_not_quoted(
    held: Held, text: str, change: Callable[[Stack], object]
) -> None:
    held.write(text)
    with pytest.raises(AwsError) as refused:
        change(held.stack)
    assert f"{refused.value}".endswith("has another form, allowed: JSON with consumer_key and consumer_secret")
    assert "the-old-secret" not in f"{refused.value}"
    assert refused.value.__cause__ is None
    assert held.client.get_secret_value(SecretId=held.stack.output("ApiKeySecretArn"))["SecretString"] == text


def test_the_times_are_those_of_functions_and_api() -> None:
    assert credentials.DOUBT_SECONDS < credentials.WAIT_SECONDS
    assert (credentials.TRUST_SECONDS, credentials.DOUBT_SECONDS) == (handler.TRUST_SECONDS, handler.DOUBT_SECONDS)
    remembered = inspect.signature(Authorizer).parameters["cache_seconds"].default
    assert remembered == credentials.ANSWER_SECONDS
