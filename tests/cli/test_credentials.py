"""The command around the functions: what is printed where, and what is asked. The secrets are the emulator's."""

import io
import json
import re
import secrets
import sys
from typing import Any

import pytest
from tests.cli.conftest import Command

from woo_stack.cli.emulator import REGION, Emulator
from woo_stack.cli.localshop import LocalShop

KEY = {"consumer_key": "ck_first", "consumer_secret": "cs_first"}
TEMPLATE = {
    "Resources": {
        "ApiKey": {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": json.dumps(KEY)}},
        "Webhook": {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": '{"webhook_secret": "whs"}'}},
    },
    "Outputs": {
        "ApiUrl": {"Value": "https://api.example.com/live"},
        "WebhookUrl": {"Value": "https://api.example.com/live/hooks"},
        "ApiKeySecretArn": {"Value": {"Ref": "ApiKey"}},
        "WebhookSecretArn": {"Value": {"Ref": "Webhook"}},
    },
}


class Keyboard(io.StringIO):
    """A terminal at which this is typed."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def emulator(echo: LocalShop) -> Emulator:
    return echo.emulator


@pytest.fixture
def run(emulator: Emulator, command: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run the command for a stack of this test's own; `typed` is what a person answers, None for no terminal."""
    pauses: list[float] = []
    monkeypatch.setattr("woo_stack.cli.credentials.time.sleep", pauses.append)
    cloudformation = emulator.session().client("cloudformation", endpoint_url=emulator.endpoint)
    stack = f"shop-{secrets.token_hex(4)}"
    cloudformation.create_stack(StackName=stack, TemplateBody=json.dumps(TEMPLATE))
    pause = {"Delay": 0.02, "MaxAttempts": 200}
    cloudformation.get_waiter("stack_create_complete").wait(StackName=stack, WaiterConfig=pause)

    def typing(*options: str, typed: str | None = None) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO() if typed is None else Keyboard(typed))
        where = ("--stack", stack, "--endpoint-url", emulator.endpoint, "--region", REGION)
        status, out, err = command("credentials", *where, *options)
        # What functions may still remember is waited for before a new secret is shown.
        assert pauses == [15] * bool(out and any(one.startswith("--rotate") for one in options))
        pauses.clear()
        return status, out, err.replace(stack, "STACK")

    return typing


def test_what_was_asked_for_is_printed_and_nothing_else(run: Any) -> None:
    url = "https://api.example.com/live"
    shown = f"URL              {url}\nConsumer key     ck_first\nConsumer secret  cs_first\n"
    assert run() == (0, shown, "")
    assert run("--webhooks") == (0, f"Webhook URL     {url}/hooks\nWebhook secret  whs\n", "")
    status, out, err = run("--json")
    assert (status, json.loads(out), err) == (0, {"url": url, **KEY, "changing": False}, "")
    status, out, err = run("--webhooks", "--json")
    told = {"webhook_url": f"{url}/hooks", "webhook_secret": "whs", "changing": False}
    assert (status, json.loads(out), err) == (0, told, "")


@pytest.mark.parametrize("typed", ["y\n", "YES\n"])
def test_a_change_is_asked_about(run: Any, typed: str) -> None:
    status, out, err = run("--rotate", "--json", typed=typed)
    assert status == 0
    made = json.loads(out)
    assert made["consumer_key"] == "ck_first"
    assert re.fullmatch("[0-9a-f]{40}", made["consumer_secret"])
    assert err.startswith(
        "stack STACK, region us-east-1, account 000000000000\n"
        "Make a new consumer secret for STACK? The old one stays good until --finish. [y/N] waiting"
    )
    assert made["consumer_secret"] not in err
    assert json.loads(run("--json")[1]) == made


@pytest.mark.parametrize("option", ["--rotate", "--rotate-key"])
def test_a_change_for_clients_says_what_is_to_be_done(run: Any, option: str) -> None:
    status, out, err = run(option, "--yes")
    assert status == 0
    assert err.endswith(f"\nPut it into every client, then run the same with --finish instead of {option}.\n")
    status, again, err = run()
    assert (status, again) == (0, out)
    assert err == "an old secret is good as well: --finish ends that, when every client has this one\n"
    status, _, err = run("--rotate", "--yes")
    assert status == 1
    assert re.fullmatch(
        r"woo-stack: the secret \S+ still holds the one before it: finish .* credentials --finish`\n", err
    )
    status, out, err = run("--finish", typed="y\n")
    assert (status, out) == (0, "")
    assert err.endswith(
        "Take the old consumer secret of STACK away? Clients that still send it are refused. [y/N] "
        "The old consumer secret is gone; it is remembered for up to 10 minutes.\n"
    )
    assert run() == (0, again, "")
    assert run("--finish", "--yes") == (0, "", "there was no old consumer secret\n")


@pytest.mark.parametrize(
    ("options", "typed"),
    [
        (["--rotate"], "n\n"),
        (["--rotate-key"], "\n"),
        (["--webhooks", "--rotate"], ""),
        (["--webhooks", "--finish"], "yesterday\n"),
        (["--finish"], "no\n"),
    ],
)
def test_no_yes_is_a_no(run: Any, options: list[str], typed: str) -> None:
    status, out, err = run(*options, typed=typed)
    assert (status, out) == (1, "")
    assert err.endswith("[y/N] nothing was changed\n")
    assert "cs_first" in run()[1]
    assert "whs" in run("--webhooks")[1]


def test_a_change_of_webhooks_says_what_is_to_be_done(run: Any) -> None:
    status, out, err = run("--webhooks", "--rotate", "--yes")
    assert status == 0
    new = out.split()[-1]
    assert re.fullmatch("[0-9a-zA-Z]{50}", new)
    assert err.endswith(
        "\nPut it into every webhook of the shop, then run the same with --finish instead of --rotate.\n"
    )
    _, again, err = run("--webhooks", "--json")
    assert json.loads(again)["webhook_secret"] == new
    assert "whs" not in again
    assert err == "an old secret is good as well: --webhooks --finish ends that, when every webhook has this one\n"
    status, out, err = run("--webhooks", "--rotate", "--yes")
    assert (status, out) == (1, "")
    assert re.fullmatch(r"woo-stack: the secret \S+ still holds the one before it: finish .* --finish`\n", err)
    done = "The old webhook secret is gone; it is remembered for up to 5 minutes.\n"
    assert run("--webhooks", "--finish", "--yes") == (0, "", done)
    assert run("--webhooks", "--finish", "--yes") == (0, "", "there was no old webhook secret\n")


def test_ctrl_c_while_it_waits_says_that_it_is_changed(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("woo_stack.cli.credentials.time.sleep", interrupt)
        status, out, err = run("--rotate", "--yes")
    assert (status, out) == (130, "")
    assert err.endswith("takes it\nit is changed: the same command without --rotate prints it\n")
    assert "cs_first" not in run()[1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--rotate"], "there is no terminal to ask at, allowed: --yes, which does not ask"),
        (["--webhooks", "--finish"], "there is no terminal to ask at, allowed: --yes, which does not ask"),
        (["--finish"], "there is no terminal to ask at, allowed: --yes, which does not ask"),
        (["--webhooks", "--rotate-key"], "--rotate-key is of no use with --webhooks, which have no key: --rotate"),
        (["--rotate", "--rotate-key"], "argument --rotate-key: not allowed with argument --rotate"),
    ],
)
def test_a_wrong_command_line_asks_nothing_of_aws(run: Any, options: list[str], sentence: str) -> None:
    status, out, err = run("--endpoint-url", "http://127.0.0.1:9", *options)
    assert (status, out) == (2, "")
    assert err.startswith(f"woo-stack: {sentence}")
    assert err.count("\n") == 1


def test_a_stack_of_something_else(run: Any, emulator: Emulator) -> None:
    template = '{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}'
    cloudformation = emulator.session().client("cloudformation", endpoint_url=emulator.endpoint)
    cloudformation.create_stack(StackName="credentials-topic", TemplateBody=template)
    assert run("--stack", "credentials-topic") == (
        1,
        "",
        "woo-stack: the stack has no output ApiKeySecretArn, only none at all\n",
    )
