"""say how the stack is

Its state, since when and by which change; where it answers; which alarms ring or have no data yet, with what they mean
and where the runbook speaks of them; how many events wait and how many are dead letters; and what failed last. For any
stack of CloudFormation, as far as it has such things.

The exit status serves scripts: it is 1 while the stack does not rest, an alarm rings, or something may not be seen.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from woo_stack.cli import target
from woo_stack.cli.counts import counted

if TYPE_CHECKING:
    from woo_stack.cli.terminal import Terminal
    from woo_stack.cloudformation.status import AlarmState, Status

EPILOG = """\
examples:
  woo-stack status --env prod
  woo-stack status --stack shop --json | jq .alarms
  woo-stack status --env prod >/dev/null || echo look at it

exit status:
  0  the stack rests as it should, no alarm rings, and all of it could be seen
  1  otherwise, or there is no such stack
  2  wrong command line
"""

#: Outputs that are shown, by their title.
_ADDRESSES = {"URL": "ApiUrl", "Webhook URL": "WebhookUrl", "Dashboard": "DashboardUrl"}
_WAITING = {"QueueUrl": "event", "DeadLetterQueueUrl": "dead letter"}
_STYLES = {"down": ("red", "bold"), "data": ("red", "bold"), "notice": ("yellow",), "": ("red",)}
#: Seconds of a unit, the largest first.
_SPANS = {"day": 86_400, "hour": 3_600, "minute": 60, "second": 1}
#: How many failed resources are shown, and how many alarms without data are named.
FAILURES = NAMED = 5


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    target.add_options(parser)
    parser.add_argument("--json", action="store_true", help="print all of it as JSON")


def run(options: argparse.Namespace) -> int:
    """Look, and say it."""
    from woo_stack.cli.terminal import Terminal
    from woo_stack.cloudformation.status import status

    found = status(target.stack_of(options))
    if options.json:
        print(json.dumps(found.to_dict(), indent=2))
    else:
        print("\n".join(_lines(found, Terminal(sys.stdout), datetime.now(UTC))))
    return 0 if found.well else 1


def _lines(found: "Status", terminal: "Terminal", now: datetime) -> Iterator[str]:
    rows = [*_rows(found, terminal, now)]
    width = max(len(title) for title, _ in rows)
    for title, value in rows:
        yield f"{title:<{width}}  {value}" if title else f"  {value}"


def _rows(found: "Status", terminal: "Terminal", now: datetime) -> Iterator[tuple[str, str]]:
    """Title and value of each line; what belongs to the line above it has no title."""
    yield "Stack", f"{found.stack}, region {found.region}, account {found.account}"
    state = terminal.style(found.state, "green" if found.rests else "red")
    by = f", by change set {found.change_set}" if found.change_set else ""
    yield "State", f"{state}: it {found.sentence}"
    yield "Since", f"{_when(found.since, now)}{by}"
    if found.advice:
        yield "To do", found.advice
    if found.cause:
        yield "Cause", terminal.safe(found.cause)
        for failure in found.failures[:FAILURES]:
            reason = f": {terminal.safe(failure.reason)}" if failure.reason else ""
            yield "", f"{failure.logical_id} ({failure.type}) {failure.status}{reason}"
        if (more := len(found.failures) - FAILURES) > 0:
            yield "", f"and {more} more"
    yield "Protection", f"termination protection is {'on' if found.termination_protection else 'off'}"
    yield from (
        (title, terminal.safe(found.outputs[name])) for title, name in _ADDRESSES.items() if name in found.outputs
    )
    yield "Console", found.console
    yield from _alarms(found, terminal, now)
    if found.waiting:
        yield "Waiting", _waiting(found)
    yield from (("Unknown", terminal.safe(sentence)) for sentence in found.unseen)


def _alarms(found: "Status", terminal: "Terminal", now: datetime) -> Iterator[tuple[str, str]]:
    if not found.alarms:
        return
    silent = [one for one in found.alarms if one.state == "INSUFFICIENT_DATA"]
    counts = f"{len(found.ringing)} of {counted(len(found.alarms), 'alarm')} in ALARM"
    names = ", ".join(one.logical_id for one in silent[:NAMED])
    more = f" and {len(silent) - NAMED} more" if len(silent) > NAMED else ""
    yield "Alarms", counts + (f", {len(silent)} without data: {names}{more}" if silent else "")
    for one in found.ringing:
        yield "", _ringing(one, terminal, now)
    if mute := [one.logical_id for one in found.alarms if not one.heard]:
        yield "", terminal.style(f"telling nobody: {', '.join(mute)}", "yellow")


def _ringing(one: "AlarmState", terminal: "Terminal", now: datetime) -> str:
    name = terminal.style(" ".join(filter(None, (one.severity, one.logical_id))), *_STYLES[one.severity])
    means, runbook = terminal.safe(one.means), terminal.safe(one.runbook)
    return " ".join(filter(None, (f"{name} since {_when(one.since, now)}:", means, runbook)))


def _waiting(found: "Status") -> str:
    parts = [counted(count, _WAITING[name]) for name, count in found.waiting.items()]
    told = ", ".join(parts)
    redrive = f"woo-stack redrive --stack {found.stack} --dry-run"
    return f"{told}: `{redrive}` says why" if found.waiting.get("DeadLetterQueueUrl") else told


def _when(at: datetime, now: datetime) -> str:
    """Local time, and how long ago that is in its largest unit."""
    past = max(now - at, timedelta(0)).total_seconds()
    unit, seconds = next((item for item in _SPANS.items() if past >= item[1]), ("second", 1))
    count = int(past // seconds)
    return f"{at.astimezone():%Y-%m-%d %H:%M:%S} ({count} {unit}{'' if count == 1 else 's'} ago)"
