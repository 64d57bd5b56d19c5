"""`woo-stack deploy` against the emulator; the library's own tests are beside it."""

import functools
import json
import os
import re
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import boto3
import pytest
from tests.cloudformation.conftest import BROKEN, HANDLE, TABLE, TEMPLATE, WAIT, shared_emulator, with_resources

from woo_stack import cli
from woo_stack.cli.emulator import REGION
from woo_stack.cloudformation import deployment, events
from woo_stack.cloudformation.stack import Stack

#: A new one reads all that botocore knows of a service again, which takes longer than a test.
SESSION = functools.cache(boto3.Session)
Run = Callable[..., int]
Shown = pytest.CaptureFixture[str]


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Stack:
    """A stack that is not there yet, and what the command finds around it."""
    emulator = shared_emulator()
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    variables = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_REGION": REGION,
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "COLUMNS": "100",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr("boto3.Session", SESSION)
    monkeypatch.setattr(events, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(deployment, "problems", lambda _: [])
    monkeypatch.chdir(tmp_path)
    return Stack(f"shop-{secrets.token_hex(4)}", emulator.session(), emulator.endpoint)


@pytest.fixture
def deploy(stack: Stack, tmp_path: Path) -> Run:
    """Run the command with a template and these options."""

    def run(template: Any = TEMPLATE, *options: str) -> int:
        (tmp_path / "shop.json").write_text(json.dumps(template))
        return cli.main(["deploy", "--stack", stack.name, "--template", "shop.json", *options])

    return run


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What a person at a terminal answers, one each question."""
    given: list[Any] = []

    def readline() -> str:
        if isinstance(answer := given.pop(0), str):
            return f"{answer}\n"
        raise answer

    monkeypatch.setattr(sys.stdin, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(sys.stdin, "readline", readline, raising=False)
    return given


def test_the_whole_way(stack: Stack, deploy: Run, capsys: Shown) -> None:
    assert deploy(TEMPLATE, "--yes", "--parameter", "Colour=red") == 0
    shown = capsys.readouterr()
    assert re.fullmatch(r"TableName  \S+\nPaint      red\n", shown.out)
    lines = shown.err.splitlines()
    assert lines[0] == f"stack {stack.name}, region {REGION}, account 000000000000"
    assert "2 to add, 0 to change, 0 to replace, 0 to remove" in lines
    # No terminal: a line each event, none cut, none with colours.
    assert re.search(r"^  0:0\d     1/2  CREATE_COMPLETE     Table  DynamoDB::Table$", shown.err, re.MULTILINE)
    assert re.search(
        rf"^  0:0\d     2/2  CREATE_COMPLETE     {stack.name}  CloudFormation::Stack$", shown.err, re.MULTILINE
    )
    assert re.fullmatch(rf"the stack {stack.name} is deployed, in \d+ s", lines[-1])
    assert "\x1b" not in shown.err
    assert deploy(TEMPLATE, "--yes", "--json") == 0
    shown = capsys.readouterr()
    result = json.loads(shown.out)
    assert (result["changed"], result["outputs"]["Paint"], result["difference"]["changes"]) == (False, "red", [])
    assert shown.err.endswith(f"nothing to change: the stack {stack.name} is what the template says\n")


def test_without_a_terminal_it_does_not_guess(stack: Stack, deploy: Run, capsys: Shown) -> None:
    assert deploy() == 2
    assert capsys.readouterr().err == "woo-stack: there is no terminal to ask at, allowed: --yes, which does not ask\n"
    assert stack.described() is None


def test_the_question(stack: Stack, deploy: Run, answers: list[Any], capsys: Shown) -> None:
    answers += ["", "no", KeyboardInterrupt(), "y"]
    for _ in range(2):
        assert deploy() == 1
        shown = capsys.readouterr()
        assert f"Deploy these changes to {stack.name}? [y/N] woo-stack: the changes of the stack" in shown.err
        assert shown.out == ""
    assert deploy() == 130
    assert capsys.readouterr().err.endswith("interrupted; nothing is going on in AWS\n")
    assert stack.described() is None
    assert deploy() == 0


def test_what_would_be_lost_is_shown_and_refused(deploy: Run, capsys: Shown) -> None:
    assert deploy(TEMPLATE, "--yes") == 0
    other = with_resources(Table=json.loads(json.dumps(TABLE).replace('"pk"', '"id"')))
    capsys.readouterr()
    assert deploy(other, "--yes") == 1
    shown = capsys.readouterr()
    assert "1 to replace" in shown.err
    assert shown.err.endswith("with items: nothing was done, allowed: --allow-replacement Table\n")
    assert deploy(other, "--yes", "--allow-replacement", "Table") == 0


def test_a_failure_ends_with_its_cause(stack: Stack, deploy: Run, capsys: Shown) -> None:
    assert deploy(with_resources(Broken=BROKEN), "--yes") == 1
    last = capsys.readouterr().err.splitlines()[-1]
    assert last.startswith(
        f"woo-stack: the stack {stack.name} ended as ROLLBACK_COMPLETE: Broken (AWS::SNS::Topic): Export 'absent' not "
        "found; see https://us-east-1.console.aws.amazon.com/"
    )
    assert deploy(TEMPLATE, "--yes") == 1
    assert f"run `woo-stack destroy --stack {stack.name}`, then deploy again" in capsys.readouterr().err


def test_prod_is_protected_and_watched(deploy: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Any] = []

    def taken(*_: Any, **options: Any) -> None:
        seen.append((options["termination_protection"], options["monitor_minutes"]))
        raise KeyboardInterrupt

    monkeypatch.setattr("woo_stack.cloudformation.deploy.deploy", taken)
    for options in (
        (), ("--env", "prod"), ("--env", "dev"), ("--env", "prod", "--no-termination-protection"),
        ("--termination-protection",), ("--env", "prod", "--monitor-minutes", "3"), ("--monitor-minutes", "0"),
    ):  # fmt: skip
        assert deploy(TEMPLATE, "--yes", *options) == 130
    assert seen == [(None, 0), (True, 5), (None, 0), (False, 0), (True, 5), (True, 3), (None, 0)]
    protected = {"EnableTerminationProtection": True, "StackStatus": "CREATE_COMPLETE"}
    monkeypatch.setattr(Stack, "described", lambda _: protected)
    deploy(TEMPLATE, "--yes")
    assert seen[-1] == (None, 5)


def test_every_option_reaches_the_library(deploy: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, Any] = {}

    def taken(*_: Any, **options: Any) -> None:
        seen.update(options)
        raise KeyboardInterrupt

    monkeypatch.setattr("woo_stack.cloudformation.deploy.deploy", taken)
    deploy(
        TEMPLATE, "--yes", "--allow-replacement", "A", "--allow-replacement", "B", "--capability", "C", "--bucket", "d",
        "--role-arn", "e", "--bootstrap-stack", "f", "--rollback-alarm", "g", "--code", "h.zip", "--tag", "i=j",
        "--parameter", "Size=3",
    )  # fmt: skip
    expected = {
        "allow_replacement": ["A", "B"], "capabilities": ["C"], "bucket": "d", "role_arn": "e", "bootstrap_stack": "f",
        "rollback_alarms": ["g"], "code": Path("h.zip"), "tags": {"i": "j"}, "parameters": {"Size": "3"},
    }  # fmt: skip
    assert {name: seen[name] for name in expected} == expected


@pytest.mark.parametrize("minutes", ["-1", "181", "x", "٣"])
def test_minutes_that_cloudformation_does_not_take(minutes: str, deploy: Run, capsys: Shown) -> None:
    assert deploy(TEMPLATE, "--yes", f"--monitor-minutes={minutes}") == 2
    assert "is no number of minutes, allowed: 0 to 180" in capsys.readouterr().err


@pytest.mark.soak
def test_ctrl_c_while_aws_works(stack: Stack, deploy: Run, capsys: Shown, tmp_path: Path) -> None:
    """A real process, interrupted; then the same command again."""
    template = with_resources(Handle=HANDLE, Wait=WAIT)
    (tmp_path / "shop.json").write_text(json.dumps(template))
    # A shell's background jobs ignore Ctrl-C, and so would what they start.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    with subprocess.Popen(
        [sys.executable, "-m", "woo_stack.cli", "deploy", "--stack", stack.name, "--template", "shop.json", "--yes"],
        stdin=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        signal.signal(signal.SIGINT, before)
        assert process.stderr is not None
        for line in process.stderr:
            if " Wait " in line and "CREATE_IN_PROGRESS" in line:
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
        assert process.wait(20) == 130
    assert rest.splitlines()[-1] == (
        f"interrupted, but AWS goes on: the stack {stack.name} is being created; the same command follows it again; "
        f"`woo-stack destroy --stack {stack.name}` takes it down"
    )
    stack.client("cloudformation").signal_resource(
        StackName=stack.name, LogicalResourceId="Wait", UniqueId="1", Status="SUCCESS"
    )
    assert deploy(template, "--yes", "--parameter", "Colour=white") == 0
    assert "Paint      white\n" in capsys.readouterr().out
