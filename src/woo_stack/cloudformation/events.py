"""What happens to a stack, as it happens, and why it failed."""

import itertools
import re
import time
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from woo_stack.cloudformation.refusals import AwsError, asking
from woo_stack.cloudformation.stack import Stack, is_missing, outputs_of
from woo_stack.cloudformation.states import Kind, condition

#: Seconds between two looks: short at first, for what is done at once, then longer, for AWS counts the calls.
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 4.0

STACK_TYPE = "AWS::CloudFormation::Stack"
#: How an operation ends that did what was asked for.
DONE = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "IMPORT_COMPLETE")
#: A stack's own event of these states begins an operation; a rollback belongs to the one that failed.
_STARTS = frozenset(f"{operation}_IN_PROGRESS" for operation in ("CREATE", "UPDATE", "DELETE", "IMPORT", "REVIEW"))
#: Reasons of failures that only follow from another one.
_CONSEQUENCE = re.compile(
    r"Resource (creation|update|deletion|import) cancell?ed|^The following resource\(s\) failed to"
    r"|^Embedded stack .* was not successfully", re.IGNORECASE
)  # fmt: skip


@dataclass(frozen=True)
class Event:
    """One event of a stack.

    ``at`` is AWS's time; ``stack_id`` the ARN of the stack whose event it is, and ``token`` the ClientRequestToken of
    the operation that it belongs to, "" where there was none.
    """

    at: datetime
    logical_id: str
    type: str
    status: str
    reason: str
    physical_id: str
    stack_id: str
    id: str = ""
    token: str = ""

    @property
    def of_stack(self) -> bool:
        """Whether it tells the state of the stack itself and not of a resource."""
        return self.type == STACK_TYPE and self.physical_id == self.stack_id

    @property
    def failed(self) -> bool:
        """Whether something could not be done."""
        return self.status.endswith("_FAILED")


@dataclass(frozen=True)
class Outcome:
    """How an operation ended: the stack's last state and every event of the operation, the oldest first."""

    status: str
    outputs: dict[str, str]
    events: tuple[Event, ...]
    stack_id: str


OnEvent = Callable[[Event], None]


def pauses() -> Iterator[float]:
    """How long to wait before each next look, seconds."""
    seconds = FIRST_PAUSE
    while True:
        yield seconds
        seconds = min(seconds * 1.5, LONGEST_PAUSE)


def recent(stack: Stack, known: Collection[str] = ()) -> list[Event]:
    """The events since those that are ``known`` by id, or else those of the last operation; the oldest first.

    None for a stack that is not there.
    """
    found: list[Event] = []
    with asking(f"the events of the stack {stack.title} cannot be read"):
        pages = stack.client("cloudformation").get_paginator("describe_stack_events").paginate(StackName=stack.name)
        try:
            for event in map(_event, itertools.chain.from_iterable(page["StackEvents"] for page in pages)):
                if event.id in known:
                    break
                found.append(event)
                if not known and event.of_stack and event.status in _STARTS:
                    break
        except ClientError as error:
            if not is_missing(error):
                raise
    return found[::-1]


def follow(
    stack: Stack,
    on_event: OnEvent | None = None,
    *,
    token: str = "",
    tell: Callable[[str], None] = lambda _: None,
) -> Outcome:
    """Tell each event of the running operation until the stack rests.

    With ``token`` the operation is the one that was asked for under it, and may not have begun; without, it is the last
    one. ``stack`` is best named by its ARN: a deleted stack's name is nobody's. A lost connection and throttling are
    waited out and told; AwsError tells what will not pass, such as expired credentials.
    """
    seen: set[str] = set()
    mine: list[Event] = []
    waiting = False
    for seconds in pauses():
        # Until an event of it was seen, the state may be the one from before.
        begun = bool(mine)
        try:
            # The state first: an event that comes after it is seen the next time.
            described = stack.described()
            news = recent(stack, seen)
            waiting = False
        except AwsError as error:
            if not error.passing:
                raise AwsError(f"{error}; the stack goes on, the same command follows it again", error.code) from error
            if not waiting:
                tell(f"{error}; the stack goes on, and is followed as soon as there is an answer")
            waiting = True
            time.sleep(seconds)
            continue
        for event in news:
            seen.add(event.id)
            # Once it has begun, what has no token at all belongs to it too, as a signal from outside.
            if token in ("", event.token) or (mine and not event.token):
                mine.append(event)
                if on_event:
                    on_event(event)
        if described is None or (begun and not described["StackStatus"].endswith("_IN_PROGRESS")):
            return _outcome(stack, described, tuple(mine))
        time.sleep(seconds)
    raise AssertionError  # the pauses have no end


def _outcome(stack: Stack, described: Mapping[str, Any] | None, events: tuple[Event, ...]) -> Outcome:
    """How the operation of these events ended: by the stack's own last event, for another may have begun since."""
    status = described["StackStatus"] if described else "DELETE_COMPLETE"
    own = [event.status for event in events if event.of_stack and not event.status.endswith("_IN_PROGRESS")]
    identity = described["StackId"] if described else stack.name
    return Outcome(own[-1] if own else status, outputs_of(described or {}), events, identity)


def finished(stack: Stack, token: str, on_event: OnEvent | None = None) -> dict[str, str]:
    """The outputs, once the operation under ``token`` is done; AwsError with the first real cause when it failed."""
    outcome = follow(stack, on_event, token=token)
    if outcome.status in DONE:
        return outcome.outputs
    raise AwsError(f"the stack {stack.title} ended as {outcome.status}: {cause(outcome.events, stack)}")


def at_rest(stack: Stack, on_event: OnEvent | None, tell: Callable[[str], None]) -> dict[str, Any] | None:
    """What DescribeStacks tells of the stack once nothing is done to it; None when there is none.

    An operation that somebody, or an earlier run, has begun is told and followed to its end.
    """
    while True:
        described = stack.described()
        found = condition(described)
        if described is None or found.kind is not Kind.BUSY:
            return described
        tell(f"{found.told(stack.title)}: following that to its end first")
        outcome = follow(stack.beside(described["StackId"]), on_event, tell=tell)
        if outcome.status not in (*DONE, "DELETE_COMPLETE"):
            tell(f"that ended as {outcome.status}: {cause(outcome.events, stack)}")


def cause(events: Iterable[Event], stack: Stack | None = None) -> str:
    """The first real cause of a failure, in one sentence without its full stop.

    The events are those of one operation, the oldest first. With ``stack``, a nested stack's events are read for the
    cause inside; without, its own word must do.
    """
    found = list(events)
    for event in found:
        if not event.failed or event.of_stack:
            continue
        if event.type == STACK_TYPE and stack and (inside := _inside(event, stack)):
            return f"in the nested stack {event.logical_id}, {inside}"
        if not _CONSEQUENCE.search(event.reason):
            return f"{event.logical_id} ({event.type}): {event.reason.removesuffix('.') or 'no reason given'}"
    for event in found:
        # An alarm, an output that cannot be resolved, somebody who cancels: only the stack's own event says so.
        turned = event.failed or "ROLLBACK_IN_PROGRESS" in event.status
        if event.of_stack and turned and event.reason and not _CONSEQUENCE.search(event.reason):
            said = event.reason.removesuffix(".")
            return "the operation was cancelled" if said == "User Initiated" else said
    return "CloudFormation names no cause of its own, only failures that follow from others"


def _inside(event: Event, stack: Stack) -> str:
    """The cause in a nested stack; "" where it cannot be had, as when the stack was never made."""
    if not event.physical_id.startswith("arn:"):
        return ""
    try:
        events = recent(stack.beside(event.physical_id))
    except AwsError:
        return ""
    # A rolled back stack's failures are of the operation before the deletion that clears it away.
    return cause(events, stack) if any(inner.failed for inner in events) else ""


def _event(told: dict[str, Any]) -> Event:
    reason = told.get("ResourceStatusReason") or told.get("HookStatusReason") or ""
    return Event(
        at=told["Timestamp"],
        logical_id=told.get("LogicalResourceId", ""),
        type=told.get("ResourceType", ""),
        status=told.get("ResourceStatus", ""),
        reason=" ".join(reason.split()),
        physical_id=told.get("PhysicalResourceId", ""),
        stack_id=told["StackId"],
        id=told["EventId"],
        token=told.get("ClientRequestToken", ""),
    )
