"""How events are shown; the groups are the emulator's, the events those that Lambda and API Gateway write."""

import argparse
import io
import json
import re
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.cli.conftest import Command

from woo_stack.cli import logs
from woo_stack.cli.emulator import REGION
from woo_stack.cli.errors import CommandError
from woo_stack.cli.localshop import LocalShop
from woo_stack.cli.logs import Record, record
from woo_stack.cli.terminal import Terminal
from woo_stack.cloudformation.logs import LogEvent

CODE = {"ZipFile": "def find(event, context):\n    return event\n"}
FUNCTION = {"Handler": "index.find", "Runtime": "python3.12", "Role": "arn:aws:iam::000000000000:role/x", "Code": CODE}
TEMPLATE = {
    "Resources": {
        "FunctionsLogs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "functions"}},
        "AccessLogs": {"Type": "AWS::Logs::LogGroup", "Properties": {"LogGroupName": "access"}},
        "ReaderFunction": {"Type": "AWS::Lambda::Function", "Properties": {**FUNCTION, "FunctionName": "reader"}},
        "ApplierFunction": {"Type": "AWS::Lambda::Function", "Properties": {**FUNCTION, "FunctionName": "applier"}},
    }
}
SERVICES: tuple[Any, ...] = ("cloudformation", "logs")
READ = {
    "timestamp": "2026-11-23T02:00:01Z",
    "level": "INFO",
    "message": "read",
    "logger": "woo_stack",
    "requestId": "6f1c",
    "gateway_request_id": "4f3c-7",
    "route": "GET /orders",
    "status": 200,
}
FAILED = {**READ, "level": "ERROR", "message": "apply", "gateway_request_id": "99", "stackTrace": ["a", "b"]}
ACCESS = {"gateway_request_id": "4f3c-7", "apiId": "a1", "method": "GET", "route": "/{proxy+}", "status": "200"}
REPORT = {"time": "t", "type": "platform.report", "record": {"requestId": "6f1c", "status": "success"}}
TIMEOUT = {
    "type": "platform.report",
    "record": {"requestId": "6f", "status": "timeout", "metrics": {"durationMs": 9000.5}},
}
METRICS = {"_aws": {"Timestamp": 1}, "FunctionName": "reader", "Stored": 2}
BAD = "\x1b[2Jbad\r\n\u202eoh ö\t4f3c-7"
EVENTS: dict[tuple[str, str], list[tuple[int, object]]] = {
    ("functions", "2026/11/23/reader[$LATEST]0a"): [(-350, READ), (-349, METRICS), (-348, REPORT)],
    ("functions", "2026/11/23/applier[$LATEST]0b"): [(-30, FAILED), (-29, TIMEOUT), (-28, BAD)],
    ("access", "c1"): [
        (-340, {**ACCESS, "error": "-"}),
        (-339, {**ACCESS, "status": "404", "gateway_request_id": "1"}),
    ],
}


@pytest.fixture(scope="module")
def began() -> float:
    """When these tests began: the time that those of `EVENTS` are after."""
    return time.time()


@pytest.fixture(scope="module")
def endpoint(echo: LocalShop, began: float) -> str:
    """The emulator's, with a stack `logs` that has logged `EVENTS` and one `bare` that logs nowhere."""
    clients = [echo.emulator.session().client(name, endpoint_url=echo.emulator.endpoint) for name in SERVICES]
    cloudformation, client = clients
    bare = {"Resources": {"Queue": {"Type": "AWS::SQS::Queue"}}}
    for name, template in (("logs", TEMPLATE), ("bare", bare)):
        cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(template))
        pause = {"Delay": 0.02, "MaxAttempts": 200}
        cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=pause)
    for (group, stream), events in EVENTS.items():
        client.create_log_stream(logGroupName=group, logStreamName=stream)
        for at, text in events:
            message = text if isinstance(text, str) else json.dumps(text)
            told = {"timestamp": int((began + at) * 1000), "message": message}
            client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[told])
    return echo.emulator.endpoint


@pytest.fixture
def run(endpoint: str, command: Command) -> Command:
    where = ("--endpoint-url", endpoint, "--region", REGION)
    return lambda *options, stack="logs": command("logs", "--stack", stack, *where, *options)


def cut(out: str) -> list[str]:
    """The lines without their times."""
    for line in out.splitlines():
        assert re.match(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}Z? ", line), line
    return [line.split(" ", 2)[2] for line in out.splitlines()]


LINES = [
    'Reader    INFO  read route="GET /orders" status=200 gateway_request_id=4f3c-7',
    "Access    INFO  GET /{proxy+} 200 gateway_request_id=4f3c-7",
    "Access    WARN  GET /{proxy+} 404 gateway_request_id=1",
    'Applier   ERROR apply route="GET /orders" status=200 gateway_request_id=99',
    "Applier   ERROR platform.report status=timeout durationMs=9000.5",
    r"Applier         \x1b[2Jbad\r\n\u202eoh ö 4f3c-7",
]


def test_an_event_is_a_line_and_cannot_steer_the_terminal(run: Any) -> None:
    status, out, err = run()
    assert (status, err) == (0, "")
    assert cut(out) == LINES


@pytest.mark.parametrize(
    ("options", "shown"),
    [
        (["--level", "warning"], [2, 3, 4]),
        (["--level", "error"], [3, 4]),
        (["--level", "DEBUG"], [0, 1, 2, 3, 4, 5]),
        (["--function", "Reader"], [0]),
        (["--function", "APPLIERFUNCTION", "--limit", "2"], [4, 5]),
        (["--limit", "1", "--level", "ERROR", "--function", "applier"], [4]),
        (["--since", "3m"], [3, 4, 5]),
        (["--filter", "404"], [2]),
        (["--filter", "apply", "--request", "4f3c-7"], []),
    ],
)
def test_options_leave_some(run: Any, options: list[str], shown: list[int]) -> None:
    status, out, _ = run(*options)
    assert (status, cut(out)) == (0, [LINES[number] for number in shown])


def test_one_request_is_shown_without_its_id(run: Any) -> None:
    _, out, _ = run("--request", "4f3c-7")
    assert cut(out) == [
        'Reader    INFO  read route="GET /orders" status=200',
        "Access    INFO  GET /{proxy+} 200",
        LINES[5],
    ]


def test_all_is_lambdas_own_and_metrics_too(run: Any) -> None:
    _, out, _ = run("--all", "--function", "reader")
    assert cut(out) == [LINES[0], "Reader    INFO  metrics Stored=2", "Reader    INFO  platform.report status=success"]


def test_json_is_what_was_logged(run: Any, began: float) -> None:
    _, out, _ = run("--json", "--limit", "3")
    assert out.isascii()
    first, _, last = map(json.loads, out.splitlines())
    assert json.loads(first.pop("message")) == FAILED
    assert datetime.fromisoformat(first.pop("timestamp")).timestamp() == pytest.approx(began - 30, abs=0.002)
    stream = "2026/11/23/applier[$LATEST]0b"
    assert first == {"group": "functions", "stream": stream, "source": "Applier", "function": "applier"}
    assert last["message"] == BAD


def test_times_are_local_or_utc(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        local = run("--limit", "1")[1][:23]
        utc = run("--limit", "1", "--utc")[1][:24]
        naive = logs._since("2026-11-23T02:00", datetime.now(UTC), utc=False)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert utc.endswith("Z")
    assert (datetime.fromisoformat(local) - datetime.fromisoformat(utc[:-1])).total_seconds() == 5.5 * 3600
    assert naive == datetime(2026, 11, 22, 20, 30, tzinfo=UTC)


def test_nothing_to_show_is_said(run: Any) -> None:
    status, out, err = run("--since", "1s")
    assert (status, out) == (0, "")
    assert re.fullmatch(r"nothing since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d; --since looks further back\n", err)


def test_ctrl_c_ends_following(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("woo_stack.cloudformation.logs.time.sleep", interrupt)
    status, out, err = run("--follow", "--limit", "1")
    assert (status, cut(out), err) == (130, LINES[5:], "")


@pytest.mark.parametrize(
    ("options", "status", "sentence"),
    [
        (["--since", "5x"], 2, "--since 5x is no time, allowed: a span as 30s, 10m, 2h or 3d, or a time as "),
        (["--since", "9" * 20 + "d"], 2, f"--since {'9' * 20}d is no time, allowed: "),
        (["--since", "0001-01-01"], 2, "--since 0001-01-01 is no time, allowed: "),
        (["--level", "LOUD"], 2, "argument --level: 'LOUD' is no level, allowed: TRACE, DEBUG, INFO, WARN, "),
        (["--limit", "0"], 2, "argument --limit: '0' is no number of events, allowed: 1 and more"),
        (["--function", "nobody"], 2, "--function nobody is not in the stack, allowed: ApplierFunction, Reader"),
        (["--stack", "absent"], 1, "the resources of the stack absent cannot be read: "),
        (["--stack", "bare"], 1, "the stack bare has no log groups"),
    ],
)
def test_what_cannot_be_is_said_in_a_sentence(
    run: Any, monkeypatch: pytest.MonkeyPatch, options: list[str], status: int, sentence: str
) -> None:
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        found, out, err = run(*options)
    finally:
        monkeypatch.undo()
        time.tzset()
    assert (found, out) == (status, "")
    assert err.startswith(f"woo-stack: {sentence}")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("30s", "2026-11-23T11:59:30"),
        ("10m", "2026-11-23T11:50:00"),
        ("2h", "2026-11-23T10:00:00"),
        ("3d", "2026-11-20T12:00:00"),
        ("2026-11-23T02:00", "2026-11-23T02:00:00"),
        ("2026-11-23", "2026-11-23T00:00:00"),
        ("2026-11-23T02:00+05:30", "2026-11-22T20:30:00"),
    ],
)
def test_since_is_a_span_or_a_time(text: str, since: str) -> None:
    now = datetime(2026, 11, 23, 12, tzinfo=UTC)
    assert logs._since(text, now, utc=True) == datetime.fromisoformat(since).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("START RequestId: 6f Version: $LATEST", Record("START RequestId: 6f Version: $LATEST", platform=True)),
        ("INIT_START Runtime Version: 3", Record("INIT_START Runtime Version: 3", platform=True)),
        (
            "REPORT RequestId: 6f\tDuration: 3 ms\tStatus: timeout",
            Record("REPORT RequestId: 6f\tDuration: 3 ms\tStatus: timeout", "ERROR"),
        ),
        ("t 6f Task timed out after 3.00 seconds", Record("t 6f Task timed out after 3.00 seconds", "ERROR")),
        ("[WARNING]\tt\t6f\tslow", Record("[WARNING]\tt\t6f\tslow", "WARN")),
        ("2026Z\t6f\tINFO\thello", Record("2026Z\t6f\tINFO\thello", "INFO")),
        ("INFORMATION is no level", Record("INFORMATION is no level")),
        ('{"level": "CRITICAL", "msg": "x", "a": [1]}', Record("x", "FATAL", {"a": [1]})),
        ('{"level": "odd\x1b", "message": {"a": 1}}', Record('{"level": "odd\x1b", "message": {"a": 1}}')),
        ('{"level": 7, "message": {"a": 1}, "none": null}', Record('{"a": 1}')),
        ('{"type": "platform.x", "record": {"metrics": 1}}', Record("platform.x", "INFO", platform=True)),
        ('{"method": "GET", "status": "503"}', Record("GET 503", "ERROR")),
        ('{"method": "POST", "route": "POST /a/{b}", "status": "200"}', Record("POST /a/{b} 200", "INFO")),
        ('{"method": "HEAD", "route": "ANY /{proxy+}", "status": "401"}', Record("HEAD /{proxy+} 401", "WARN")),
        ('{"a":' * 100_000, Record('{"a":' * 100_000)),
        ("{not json", Record("{not json")),
    ],
    ids=range(16),
)
def test_a_record_is_read_whatever_it_is(message: str, expected: Record) -> None:
    assert record(message) == expected


def test_levels_have_colours(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    options = argparse.Namespace(utc=True, request=None)
    lines = logs._Lines(options, Terminal(io.StringIO()), 4)
    at = datetime(2026, 11, 23, 2, 0, 1, 234_000, tzinfo=UTC)
    event = LogEvent(at, '{"level": "ERROR", "message": "m\\u001b[0m", "a": "b c"}', "Own", "", "g", "s", "1")
    assert lines.line(event) == (
        "\x1b[2m2026-11-23 02:00:01.234Z\x1b[0m \x1b[36mOwn \x1b[0m \x1b[31mERROR\x1b[0m "
        r"m\x1b[0m"
        ' \x1b[2ma="b c"\x1b[0m'
    )


def test_a_wrong_command_line_is_no_traceback() -> None:
    with pytest.raises(CommandError, match="no time"):
        logs._since("", datetime.now(UTC), utc=False)
