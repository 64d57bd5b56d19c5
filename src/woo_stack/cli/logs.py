"""show what the stack logs, in the order of time, and follow it

All log groups of the stack become one: its functions', the access log and the execution log of its API. An event is a
line: time, who wrote it, level, message and fields. Lambda's own records (START, REPORT and the like) and lines of
metrics are shown with --all; those that tell of a timeout or a crash always.

A request is found in all of them by its id: the gateway_request_id of a line here, or the x-amzn-requestid of an
answer. --follow goes on until Ctrl-C; what arrives up to two minutes late is shown too, out of its order.
"""

import argparse
import json
import re
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from woo_stack.cli import target
from woo_stack.cli.errors import CommandError
from woo_stack.cli.progress import tell

if TYPE_CHECKING:
    from woo_stack.cli.terminal import Terminal
    from woo_stack.cloudformation.logs import LogEvent, StackLogs

EPILOG = """\
examples:
  woo-stack logs --env prod                                  # the last ten minutes
  woo-stack logs --env prod --follow --level WARN
  woo-stack logs --env prod --since 2h --request ID          # one request, from API Gateway to the table
  woo-stack logs --env prod --since 1d --function Applier --limit 50
  woo-stack logs --env prod --filter '{ $.outcome = "parked" }' --json | jq -r .message

exit status:
  0    shown, or nothing to show
  1    AWS refuses
  2    wrong command line
  130  ended by Ctrl-C
"""

#: The gravest last, with the styles that show them.
LEVELS = {
    "TRACE": ("dim",),
    "DEBUG": ("dim",),
    "INFO": (),
    "WARN": ("yellow",),
    "ERROR": ("red",),
    "FATAL": ("red", "bold"),
}
_ALIASES = {"WARNING": "WARN", "CRITICAL": "FATAL"}
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}

#: A level in a line of text, as Lambda's runtimes and most libraries write it.
_LEVEL = re.compile(rf"(?:^|[\s\[])({'|'.join((*LEVELS, *_ALIASES))})(?=[\s\]:]|$)")
#: What Lambda says itself: as text, and in a record of its own the outcomes of what went wrong.
_PLATFORM = re.compile(
    r"(START|END|REPORT) RequestId: |(INIT|RESTORE)_(START|REPORT) |EXTENSION\tName: |XRAY TraceId: "
)
_FAILED = re.compile(r"\tStatus: (error|timeout|failure)|Task timed out after \d")
_FAILURES = ("error", "timeout", "failure")
#: Fields that are shown elsewhere in the line, say the same in each, or are too long for one.
_HIDDEN = {"timestamp", "time", "level", "logger", "message", "msg", "requestId", "stackTrace"}
_HIDDEN_IN_ACCESS = {"method", "route", "status", "apiId", "stage", "tls", "requestTime"}
_REQUEST = "gateway_request_id"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    target.add_options(parser)
    when = parser.add_argument_group("when")
    when.add_argument(
        "--since", metavar="TIME", default="10m", help="30s, 10m, 2h, 3d or 2026-11-23T02:00 (default: 10m)"
    )
    when.add_argument("--follow", action="store_true", help="go on with what comes, until Ctrl-C")
    when.add_argument("--utc", action="store_true", help="times are UTC (default: this machine's zone)")
    what = parser.add_argument_group("what")
    what.add_argument("--request", metavar="ID", help="only what has this request's id in it")
    what.add_argument(
        "--level", type=_level, help=f"only this and graver ones (what says none is INFO): {', '.join(LEVELS)}"
    )
    what.add_argument("--function", metavar="NAME", help="only this function, by its name or logical id")
    what.add_argument("--filter", metavar="PATTERN", help="only what CloudWatch's filter pattern takes")
    what.add_argument("--limit", metavar="N", type=_limit, help="only the latest N (with --follow: to begin with)")
    what.add_argument("--all", action="store_true", help="Lambda's own records and lines of metrics too")
    parser.add_argument("--json", action="store_true", help="JSON lines, with the message as it was logged")


def run(options: argparse.Namespace) -> int:
    """Show the events, and with --follow those that come."""
    from woo_stack.cli.terminal import Terminal
    from woo_stack.cloudformation.logs import StackLogs, quoted

    since = _since(options.since, datetime.now(UTC), utc=options.utc)
    stack = target.stack_of(options)
    logs = StackLogs(stack, tell)
    if not logs.groups:
        raise CommandError(f"the stack {stack.title} has no log groups")
    show = _Lines(options, Terminal(sys.stdout), max(map(len, logs.sources)))
    events = (logs.follow if options.follow else logs.read)(
        since,
        pattern=options.filter or (quoted(options.request) if options.request else ""),
        wanted=_wanted(options, logs),
        latest=options.limit,
    )
    shown = False
    for event in events:
        shown = True
        print(_json(event) if options.json else show.line(event), flush=options.follow)
    if not shown:
        tell(f"nothing since {_time(since, utc=options.utc)[:19]}; --since looks further back")
    return 0


@dataclass(frozen=True)
class Record:
    """What one event says, for people: ``level`` is one of `LEVELS` or "" where it says none."""

    text: str
    level: str = ""
    fields: Mapping[str, Any] = field(default_factory=dict)
    #: Lambda's own, or a line of metrics: of no interest as long as all is well.
    platform: bool = False


def record(message: str) -> Record:
    """Read a message, in JSON as Lambda and our access log write it, or a text."""
    try:
        told = json.loads(message) if message.startswith("{") else None
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        if _FAILED.search(message):
            return Record(message, "ERROR")
        found = _LEVEL.search(message[:200])
        return Record(message, _known(found[1] if found else ""), platform=bool(_PLATFORM.match(message)))
    if "_aws" in told:
        fields = {name: value for name, value in told.items() if name not in ("_aws", "FunctionName")}
        return Record("metrics", "INFO", fields, platform=True)
    if isinstance(own := told.get("record"), dict) and f"{told.get('type')}".startswith("platform."):
        failed = own.get("status") in _FAILURES
        fields = {name: value for name, value in own.items() if name not in (*_HIDDEN, "metrics", "spans", "tracing")}
        measured = own.get("metrics")
        fields |= measured if isinstance(measured, dict) else {}
        return Record(told["type"], "ERROR" if failed else "INFO", fields, platform=not failed)
    fields = {name: value for name, value in told.items() if name not in _HIDDEN and value not in (None, "", "-")}
    if "message" not in told and {"method", "status"} <= told.keys():
        # An HTTP API's route is named with its method: "POST /webhooks/woocommerce", or "ANY /{proxy+}".
        route = f"{told.get('route', '')}".rpartition(" ")[2]
        text = " ".join(filter(None, (f"{told['method']}", route, f"{told['status']}")))
        level = {"4": "WARN", "5": "ERROR"}.get(f"{told['status']}"[:1], "INFO")
        return Record(text, level, {name: fields[name] for name in fields if name not in _HIDDEN_IN_ACCESS})
    said = told.get("message", told.get("msg", ""))
    return Record(said if isinstance(said, str) else json.dumps(said), _known(f"{told.get('level', '')}"), fields)


@dataclass(frozen=True)
class _Lines:
    """How events are shown."""

    options: argparse.Namespace
    terminal: "Terminal"
    width: int

    def line(self, event: "LogEvent") -> str:
        """An event on one line, whatever is in it."""
        found, style = record(event.message), self.terminal.style
        fields = dict(found.fields)
        request = {_REQUEST: fields.pop(_REQUEST)} if _REQUEST in fields else {}
        if not self.options.request:
            fields |= request
        safe = self.terminal.safe
        parts = [
            style(_time(event.at, utc=self.options.utc), "dim"),
            style(f"{event.source:<{self.width}}", "cyan"),
            style(f"{found.level:<5}", *LEVELS.get(found.level, ())),
            safe(found.text.strip().replace("\t", " ")),
            *(style(safe(f"{name}={_value(value)}"), "dim") for name, value in fields.items()),
        ]
        return " ".join(parts)


def _value(value: object) -> str:
    plain = isinstance(value, str) and re.fullmatch(r"[^\s\"=]+", value)
    return f"{value}" if plain else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _json(event: "LogEvent") -> str:
    told = {"timestamp": _time(event.at, utc=True).replace(" ", "T"), "group": event.group, "stream": event.stream}
    return json.dumps(told | {"source": event.source, "function": event.function, "message": event.message})


def _wanted(options: argparse.Namespace, logs: "StackLogs") -> Callable[["LogEvent"], bool]:
    """What the options leave over that CloudWatch's pattern does not see to."""
    functions = logs.named(options.function) if options.function else None
    if functions is not None and not functions:
        known = ", ".join(logs.functions.values()) or "none, the stack has no functions"
        raise CommandError(f"--function {options.function} is not in the stack, allowed: {known}", status=2)
    least = [*LEVELS].index(options.level or "TRACE")

    def wanted(event: "LogEvent") -> bool:
        if functions is not None and event.function not in functions:
            return False
        if options.request and options.request not in event.message:
            return False
        found = record(event.message)
        return (options.all or not found.platform) and [*LEVELS].index(found.level or "INFO") >= least

    return wanted


def _since(text: str, now: datetime, *, utc: bool) -> datetime:
    """The time that `--since` says; CommandError for what is none."""
    try:
        if found := re.fullmatch(r"(\d+)([smhd])", text):
            return now - timedelta(**{_UNITS[found[2]]: int(found[1])})
        time = datetime.fromisoformat(text)
        return (time.replace(tzinfo=UTC) if utc and not time.tzinfo else time).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        allowed = "a span as 30s, 10m, 2h or 3d, or a time as 2026-11-23T02:00"
        raise CommandError(f"--since {text} is no time, allowed: {allowed}", status=2) from error


def _time(at: datetime, *, utc: bool) -> str:
    """To the millisecond; UTC says so."""
    text = (at if utc else at.astimezone()).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    return f"{text}Z" if utc else text


def _known(level: str) -> str:
    name = _ALIASES.get(level.upper(), level.upper())
    return name if name in LEVELS else ""


def _level(text: str) -> str:
    if not (level := _known(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no level, allowed: {', '.join(LEVELS)}")
    return level


def _limit(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of events, allowed: 1 and more")
    return int(text)
