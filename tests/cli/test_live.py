import io
import re
import time
from datetime import UTC, datetime

import pytest

from woo_stack.cli import live
from woo_stack.cli.live import Live
from woo_stack.cloudformation.events import Event

IDENTITY = "arn:aws:cloudformation:us-east-1:111111111111:stack/shop/1"


class Screen(io.StringIO):
    def isatty(self) -> bool:
        return True


def event(logical_id: str, status: str, reason: str = "") -> Event:
    kind, physical = ("AWS::CloudFormation::Stack", IDENTITY) if logical_id == "shop" else ("AWS::SQS::Queue", "")
    return Event(datetime(2026, 1, 1, tzinfo=UTC), logical_id, kind, status, reason, physical, IDENTITY)


EVENTS = (
    event("shop", "UPDATE_IN_PROGRESS"),
    event("Orders", "UPDATE_IN_PROGRESS"),
    event("Orders", "UPDATE_COMPLETE"),
    event("DeadLetters", "UPDATE_IN_PROGRESS"),
    event("DeadLetters", "UPDATE_FAILED", "a reason longer than the terminal is wide"),
)


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.delenv("FORCE_COLOR", raising=False)
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")


def told(stream: io.StringIO) -> str:
    with Live(stream) as shown:
        shown.expect(["Orders", "DeadLetters"])
        for one in EVENTS:
            shown(one)
        shown.tell("the end")
    return stream.getvalue()


def test_a_line_each_event_where_nothing_can_move() -> None:
    assert told(io.StringIO()).splitlines() == [
        "  0:00     0/2  UPDATE_IN_PROGRESS  shop         CloudFormation::Stack",
        "  0:00     0/2  UPDATE_IN_PROGRESS  Orders       SQS::Queue",
        "  0:00     1/2  UPDATE_COMPLETE     Orders       SQS::Queue",
        "  0:00     1/2  UPDATE_IN_PROGRESS  DeadLetters  SQS::Queue",
        "  0:00     1/2  UPDATE_FAILED       DeadLetters  SQS::Queue  a reason longer than the terminal is wide",
        "the end",
    ]


def test_on_a_terminal_what_is_worked_on_is_one_line_that_goes_away() -> None:
    written = told(Screen())
    assert "\r" in written
    # What is seen: what is written after the last return to the beginning of a line.
    seen = [re.sub(r"\x1b\[\d+m", "", line).rpartition("\r")[2] for line in written.split("\n")]
    assert seen == [
        "  0:00     0/2  UPDATE_IN_PROGRESS  shop         CloudFo...",
        "  0:00     1/2  UPDATE_COMPLETE     Orders       SQS::Queue",
        "  0:00     1/2  UPDATE_FAILED       DeadLetters  SQS::Qu...",
        "the end",
        "",
    ]
    assert "  0:00     1/2  DeadLetters" in written
    assert "\x1b[31m" in written
    assert "\x1b[32m" in written


def test_no_color(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in told(Screen())


def test_the_clock_runs_between_events(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live, "TICK", 0.01)
    stream = Screen()
    with Live(stream) as shown:
        shown(EVENTS[1])
        before = len(stream.getvalue())
        deadline = time.monotonic() + 5
        while len(stream.getvalue()) == before and time.monotonic() < deadline:
            time.sleep(0.005)
        assert len(stream.getvalue()) > before
    ended = stream.getvalue()
    time.sleep(0.05)
    assert stream.getvalue() == ended


def test_what_aws_names_does_not_steer_the_terminal() -> None:
    stream = io.StringIO()
    with Live(stream) as shown:
        shown(event("Orders", "UPDATE_FAILED", "red \x1b[31m bell \x07"))
    assert not re.search(r"[\x07\x1b]", stream.getvalue())
