"""How a state is shown, and what scripts are told by the exit status."""

import io
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.cli.conftest import Command

from woo_stack.cli import status
from woo_stack.cli.emulator import REGION, Emulator
from woo_stack.cli.localshop import LocalShop
from woo_stack.cli.terminal import Terminal
from woo_stack.cloudformation.stack import Stack
from woo_stack.cloudformation.status import AlarmState, Failure, Status

ALARM = {
    "ComparisonOperator": "GreaterThanThreshold",
    "EvaluationPeriods": 1,
    "MetricName": "Errors",
    "Namespace": "AWS/Lambda",
    "Period": 60,
    "Statistic": "Sum",
    "Threshold": 1,
    "AlarmActions": ["arn:aws:sns:us-east-1:000000000000:pager"],
    "AlarmName": "lost",
    "AlarmDescription": "data: Events\x1b are lost. docs/runbook.md#lost",
}
TEMPLATE = {
    "Resources": {
        "Lost": {"Type": "AWS::CloudWatch::Alarm", "Properties": ALARM},
        "Letters": {"Type": "AWS::SQS::Queue"},
    },
    "Outputs": {
        "ApiUrl": {"Value": "https://api.example.com/live"},
        "DeadLetterQueueUrl": {"Value": {"Ref": "Letters"}},
    },
}
NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
CALM = Status(
    stack="shop",
    arn="arn:aws:cloudformation:eu-west-1:111111111111:stack/shop/1f",
    account="111111111111",
    region="eu-west-1",
    state="UPDATE_COMPLETE",
    since=NOW - timedelta(hours=3, minutes=20),
    sentence="stands as it was last updated",
    advice="",
    rests=True,
    change_set="release-7",
    termination_protection=True,
    outputs={"WebhookUrl": "https://h", "TableName": "t", "DashboardUrl": "https://d", "ApiUrl": "https://a"},
    console="https://c",
)


def alarm(name: str, state: str = "ALARM", severity: str = "", **more: Any) -> AlarmState:
    fields = {"means": f"{name} is so.", "runbook": f"r#{name.lower()}", "heard": True, **more}
    return AlarmState(name, f"shop-{name}", state, NOW - timedelta(seconds=61), severity, **fields)


def shown(found: Status) -> list[str]:
    """The lines without the times of this machine's zone."""
    at = f"{found.since.astimezone():%Y-%m-%d %H:%M:%S}"
    ringing = f"{(NOW - timedelta(seconds=61)).astimezone():%Y-%m-%d %H:%M:%S}"
    lines = status._lines(found, Terminal(io.StringIO()), NOW)
    return [line.replace(at, "AT").replace(ringing, "THEN") for line in lines]


def test_a_calm_stack() -> None:
    assert shown(replace(CALM, waiting={"QueueUrl": 1, "DeadLetterQueueUrl": 0})) == [
        "Stack        shop, region eu-west-1, account 111111111111",
        "State        UPDATE_COMPLETE: it stands as it was last updated",
        "Since        AT (3 hours ago), by change set release-7",
        "Protection   termination protection is on",
        "URL          https://a",
        "Webhook URL  https://h",
        "Dashboard    https://d",
        "Console      https://c",
        "Waiting      1 event, 0 dead letters",
    ]


def test_alarms_and_dead_letters() -> None:
    named = [alarm(name, "INSUFFICIENT_DATA") for name in "ABCDEFG"]
    ringing = [alarm("Slow", severity="notice"), alarm("Down", severity="down"), alarm("Odd", runbook="", heard=False)]
    found = replace(CALM, alarms=(*named, *ringing, alarm("Fine", "OK")), waiting={"DeadLetterQueueUrl": 2})
    assert not found.well
    assert shown(found)[8:] == [
        "Alarms       3 of 11 alarms in ALARM, 7 without data: A, B, C, D, E and 2 more",
        "  down Down since THEN (1 minute ago): Down is so. r#down",
        "  Odd since THEN (1 minute ago): Odd is so.",
        "  notice Slow since THEN (1 minute ago): Slow is so. r#slow",
        "  telling nobody: Odd",
        "Waiting      2 dead letters: `woo-stack redrive --stack shop --dry-run` says why",
    ]


def test_what_failed() -> None:
    failures = tuple(
        Failure(NOW, f"F{number}", "AWS::SQS::Queue", "UPDATE_FAILED", "no\nway" if number else "")
        for number in range(7)
    )
    found = replace(
        CALM, state="UPDATE_ROLLBACK_FAILED", rests=False, advice="do this", failures=failures, cause="F0: \x07"
    )
    assert shown(found)[3:10] == [
        "To do        do this",
        r"Cause        F0: \x07",
        "  F0 (AWS::SQS::Queue) UPDATE_FAILED",
        *(rf"  F{number} (AWS::SQS::Queue) UPDATE_FAILED: no\nway" for number in (1, 2, 3, 4)),
    ]
    assert shown(found)[10] == "  and 2 more"


def test_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    found = replace(CALM, alarms=(alarm("Down", severity="down"),))
    lines = shown(found)
    assert "\x1b[32mUPDATE_COMPLETE\x1b[0m" in lines[1]
    assert lines[9].startswith("  \x1b[31;1mdown Down\x1b[0m since ")
    assert "\x1b[31mUPDATE_COMPLETE\x1b[0m" in shown(replace(found, rests=False))[1]


def test_what_could_not_be_seen_is_not_well() -> None:
    found = replace(CALM, unseen=("not allowed to see its alarms",))
    assert shown(found)[-1] == "Unknown      not allowed to see its alarms"
    assert (CALM.well, found.well) == (True, False)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-5, "0 seconds"),
        (59, "59 seconds"),
        (3599, "59 minutes"),
        (86_399, "23 hours"),
        (90_000, "1 day"),
        (172_800, "2 days"),
    ],
)
def test_how_long_ago(seconds: int, words: str) -> None:
    assert status._when(NOW - timedelta(seconds=seconds), NOW).endswith(f" ({words} ago)")


@pytest.fixture(scope="module")
def emulator(echo: LocalShop) -> Emulator:
    """The emulator of all tests here, with a stack for those of this command."""
    running = echo.emulator
    cloudformation = running.session().client("cloudformation", endpoint_url=running.endpoint)
    cloudformation.create_stack(StackName="status", TemplateBody=json.dumps(TEMPLATE))
    pause = {"Delay": 0.02, "MaxAttempts": 200}
    cloudformation.get_waiter("stack_create_complete").wait(StackName="status", WaiterConfig=pause)
    return running


@pytest.fixture
def run(emulator: Emulator, command: Command) -> Command:
    where = ("--endpoint-url", emulator.endpoint, "--region", REGION)
    return lambda *options: command("status", "--stack", "status", *where, *options)


def test_the_exit_status_says_whether_all_is_well(run: Any, emulator: Emulator) -> None:
    cloudwatch = emulator.session().client("cloudwatch", endpoint_url=emulator.endpoint)
    for state, expected in (("OK", 0), ("ALARM", 1), ("INSUFFICIENT_DATA", 0)):
        cloudwatch.set_alarm_state(AlarmName="lost", StateValue=state, StateReason="test")
        status, out, err = run()
        assert (status, err) == (expected, "")
        assert ("  data Lost since " in out) == bool(expected)
        assert "\x1b" not in out
        status, out, _ = run("--json")
        assert (status, json.loads(out)["well"]) == (expected, not expected)
        (told,) = json.loads(out)["alarms"]
        assert (told["state"], told["severity"], told["runbook"]) == (state, "data", "docs/runbook.md#lost")


def test_no_stack(run: Any) -> None:
    sentence = f"woo-stack: there is no stack absent in {REGION} for these credentials\n"
    assert run("--stack", "absent") == (1, "", sentence)


def test_a_stack_by_its_arn(run: Any, emulator: Emulator) -> None:
    arn = (Stack("status", emulator.session(), emulator.endpoint).described() or {})["StackId"]
    status, out, _ = run("--stack", arn, "--json")
    assert (status, json.loads(out)["arn"]) == (0, arn)
