"""move parked events and dead letters back to the queue

For after a fix: what the applier could not use or could not store is sent to it once more. It moves what waits when it
starts; what fails again stays where it then is. It may be interrupted and repeated: nothing is lost, and an event that
comes twice is recognised.
"""

import argparse
import time
from collections import Counter
from collections.abc import Mapping
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from woo_stack.cli import target
from woo_stack.cli.counts import counted
from woo_stack.cli.errors import CommandError
from woo_stack.cli.progress import tell

if TYPE_CHECKING:
    from woo_stack.cli.backlog import Source
    from woo_stack.cloudformation.stack import Stack

KINDS = ("parked", "dead-letters")

EPILOG = """
examples:
  woo-stack redrive --env prod --dry-run
  woo-stack redrive --env prod --only dead-letters

exit status:
  0  moved, or looked at; events that cannot be moved are told as left
  1  AWS refuses something; what was moved until then is told
  2  a wrong command line
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    target.add_options(parser)
    parser.add_argument("--dry-run", action="store_true", help="say how many there are and why, and move nothing")
    parser.add_argument("--only", choices=KINDS, help="leave the others (default: move both)")


def run(options: argparse.Namespace) -> int:
    """Move the events, or look at them, and say how many they are."""
    from woo_stack.cloudformation.refusals import RAISED, reason_of

    deployed = target.stack_of(options)
    queue, url = deployed.client("sqs"), deployed.output("QueueUrl")
    moved: dict[Source, int] = {}
    try:
        until = _now(queue, url)
        moved |= {_source(kind, deployed, queue, until): 0 for kind in KINDS if options.only in (kind, None)}
        if options.dry_run:
            print(_waiting({source: source.reasons() for source in moved}))
        else:
            _move(moved, queue, url)
            print(_told(moved, "moved"))
    except RAISED as error:
        operation = getattr(error, "operation_name", "an answer")
        raise CommandError(f"AWS refuses {operation}: {reason_of(error)}; {_told(moved, 'moved')}") from error
    except KeyboardInterrupt:
        tell(_told(moved, "moved"))
        raise
    finally:
        for source in moved:
            source.release()
    return 0


def _now(queue: Any, url: str) -> int:
    """The time, milliseconds, by the clock that dates messages: this machine's may be wrong.

    It tells seconds, so this takes one: what is there already is earlier, and what comes back is later.
    """
    answer = queue.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])
    date = parsedate_to_datetime(answer["ResponseMetadata"]["HTTPHeaders"]["date"])
    time.sleep(1)
    return int(date.timestamp() * 1000) + 1000


def _source(kind: str, deployed: "Stack", queue: Any, until: int) -> "Source":
    from woo_stack.cli.backlog import DeadLetters, ParkedEvents

    if kind == "parked":
        return ParkedEvents(deployed.client("dynamodb"), deployed.output("TableName"), until)
    return DeadLetters(queue, deployed.output("DeadLetterQueueUrl"), until)


def _move(moved: dict["Source", int], queue: Any, url: str) -> None:
    for source in moved:
        for event in source.events():
            # A new id each time: SQS drops what has one that it has seen in the last five minutes.
            queue.send_message(**event.message | {"QueueUrl": url, "MessageDeduplicationId": uuid4().hex})
            event.remove()
            moved[source] += 1
            if not (done := sum(moved.values())) % 100:
                tell(f"{done} moved ...")


def _told(counts: Mapping["Source", int], done: str) -> str:
    """`12 events were moved: 3 parked, 9 dead letters; 1 left (1 too large for the queue)`; without kinds no colon."""
    total = sum(counts.values())
    verb = done if " " in done else f"{'was' if total == 1 else 'were'} {done}"
    kinds = ", ".join(f"{count} {source.names[count != 1]}" for source, count in counts.items())
    moved = f"{counted(total, 'event')} {verb}" + (f": {kinds}" if kinds else "")
    left = sum((source.left for source in counts), Counter[str]())
    why = ", ".join(f"{count} {reason}" for reason, count in left.items())
    return moved + (f"; {left.total()} left ({why})" if left else "")


def _waiting(reasons: Mapping["Source", Counter[str]]) -> str:
    """The same for what would be moved, with a line for each reason, the most frequent first."""
    lines = [_told({source: found.total() for source, found in reasons.items()}, "would be moved")]
    for source, found in reasons.items():
        lines += [f"{count:>6} {source.names[count != 1]}: {reason}" for reason, count in found.most_common()]
    return "\n".join(lines)
