"""What a stack logs: every group of it, in the order of time, and as it comes.

Rests on https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_FilterLogEvents.html
"""

import heapq
import re
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

from woo_stack.cloudformation.refusals import AwsError, asking
from woo_stack.cloudformation.stack import Stack

#: How far back each look of `follow` goes: what arrives in CloudWatch so much later is told all the same.
OVERLAP = timedelta(minutes=2)
#: Seconds between two looks: at least so many, and so many for each group. AWS allows an account five calls a second.
PAUSE_SECONDS, PAUSE_BY_GROUP = 2.0, 0.5

#: https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html: with a group of its own
#: choice a function's name is in the stream's, otherwise in the group's.
_STREAM = re.compile(r"\d{4}/\d{2}/\d{2}/([\w-]*)\[[^]]*\]\w+")
_OWN = "/aws/lambda/"
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html
_EXECUTION = "API-Gateway-Execution-Logs_"


@dataclass(frozen=True)
class LogEvent:
    """One event, ``message`` as it was logged. ``at`` is the time that its writer gave it.

    ``source`` says who wrote it by the logical id: `Reader` for a function ReaderFunction, `ApiAccess` for a log group
    ApiAccessLogs. ``function`` is the function's own name, "" where no function wrote it.
    """

    at: datetime
    message: str
    source: str
    function: str
    group: str
    stream: str
    id: str


Wanted = Callable[[LogEvent], object]


def _all(_: LogEvent) -> bool:
    return True


class StackLogs:
    """The log groups of a stack.

    Those that are its resources, those that Lambda has made for its functions, and the execution logs of its REST APIs,
    as they are when this is made. ``tell`` is told what cannot be read and is left out.
    """

    def __init__(self, stack: Stack, tell: Callable[[str], None] = lambda _: None) -> None:
        self.stack = stack
        self.tell = tell
        self._client = stack.client("logs")
        self._told: set[str] = set()
        #: How much this machine's clock is before AWS's.
        self._fast = timedelta(0)
        resources = stack.resources()
        #: Logical ids of functions by name.
        self.functions = _physical(resources, "AWS::Lambda::Function")
        #: Where an event comes from, by the group's name.
        self.groups = {name: _short(title) for name, title in _physical(resources, "AWS::Logs::LogGroup").items()}
        self.groups |= self._made_by_aws(_physical(resources, "AWS::ApiGateway::RestApi"))

    @property
    def sources(self) -> set[str]:
        """Everything that an event's source can be."""
        return {*self.groups.values(), *map(_short, self.functions.values())}

    def named(self, name: str) -> set[str]:
        """The functions that are called so, by their own name, their logical id or its short form, in any case."""
        return {
            function
            for function, logical_id in self.functions.items()
            if name.lower() in {function.lower(), logical_id.lower(), _short(logical_id).lower()}
        }

    def read(
        self, since: datetime, *, pattern: str = "", wanted: Wanted = _all, latest: int | None = None
    ) -> Iterator[LogEvent]:
        """The events from `since` on, the oldest first, that CloudWatch's filter `pattern` and then `wanted` take.

        With ``latest`` the last so many of them. AwsError with AWS's reason; a group that is gone is told and left out.
        """
        streams = [self._events(group, since, pattern) for group in self.groups]
        found = filter(wanted, heapq.merge(*streams, key=lambda event: event.at))
        yield from found if latest is None else deque(found, latest)

    def follow(
        self, since: datetime, *, pattern: str = "", wanted: Wanted = _all, latest: int | None = None
    ) -> Iterator[LogEvent]:
        """The same and then, without end, all that comes: in the order of arrival, nothing twice.

        A lost connection and throttling are waited out and told.
        """
        seen: dict[str, datetime] = {}
        start = since.astimezone(UTC)
        waiting = False
        while True:
            began = datetime.now(UTC)
            try:
                fresh = filter(wanted, _unseen(self.read(start, pattern=pattern), seen))
                yield from fresh if latest is None else deque(fresh, latest)
            except AwsError as error:
                if not error.passing:
                    raise
                if not waiting:
                    self.tell(f"{error}; trying again")
                waiting = True
                if latest is not None:
                    seen.clear()
            else:
                waiting, latest = False, None
                start = max(start, began - self._fast - OVERLAP)
                seen = {known: at for known, at in seen.items() if at >= start}
            time.sleep(max(PAUSE_SECONDS, PAUSE_BY_GROUP * len(self.groups)))

    def _events(self, group: str, since: datetime, pattern: str) -> Iterator[LogEvent]:
        asked = {"logGroupName": group, "startTime": max(0, int(since.timestamp() * 1000))}
        pages = self._client.get_paginator("filter_log_events").paginate(
            **asked, **({"filterPattern": pattern} if pattern else {})
        )
        try:
            with asking(f"the log group {group} cannot be read"):
                for page in pages:
                    self._fast = _fast(page)
                    yield from (self._event(group, event) for event in page["events"])
        except AwsError as error:
            if error.code != "ResourceNotFoundException":
                raise
            self._leave_out(f"the log group {group} does not exist")

    def _event(self, group: str, told: Mapping[str, Any]) -> LogEvent:
        stream = told["logStreamName"]
        found = _STREAM.fullmatch(stream)
        function = (found[1] if found else "") or (group.removeprefix(_OWN) if group.startswith(_OWN) else "")
        return LogEvent(
            at=datetime.fromtimestamp(told["timestamp"] / 1000, UTC),
            message=told["message"],
            source=_short(self.functions.get(function, function)) or self.groups[group],
            function=function,
            group=group,
            stream=stream,
            # Emulators leave the id away.
            id=told.get("eventId") or f"{stream} {told['timestamp']} {told['message']}",
        )

    def _made_by_aws(self, apis: Mapping[str, str]) -> dict[str, str]:
        """The groups that are no resources of the stack, as far as they are there.

        Functions that CloudFormation has named begin with the stack's name, so one question finds all of theirs.
        """
        prefixes = {f"{_EXECUTION}{api}/": f"{_short(title)}Execution" for api, title in apis.items()}
        named = f"{self.stack.title}-"
        prefixes |= {_OWN + (named if name.startswith(named) else name): "" for name in self.functions}
        found = {}
        for prefix, source in prefixes.items():
            for name in self._beginning_with(prefix):
                function = name.removeprefix(_OWN)
                if name not in self.groups and (source or function in self.functions):
                    found[name] = source or _short(self.functions[function])
        return found

    def _beginning_with(self, prefix: str) -> list[str]:
        try:
            with asking(f"the log groups {prefix}… cannot be listed"):
                pages = self._client.get_paginator("describe_log_groups").paginate(logGroupNamePrefix=prefix)
                return [group["logGroupName"] for page in pages for group in page["logGroups"]]
        except AwsError as error:
            if not error.code.startswith("AccessDenied"):
                raise
            self._leave_out(f"{error}")
            return []

    def _leave_out(self, why: str) -> None:
        if why not in self._told:
            self._told.add(why)
            self.tell(f"left out: {why}")


def _unseen(events: Iterator[LogEvent], seen: dict[str, datetime]) -> Iterator[LogEvent]:
    for event in events:
        if event.id not in seen:
            seen[event.id] = event.at
            yield event


def _fast(answer: Mapping[str, Any]) -> timedelta:
    date = answer["ResponseMetadata"]["HTTPHeaders"].get("date")
    return datetime.now(UTC) - parsedate_to_datetime(date) if date else timedelta(0)


def quoted(term: str) -> str:
    """The filter pattern for events that have `term` in them, whatever it is made of.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
    """
    return '"' + term.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _physical(resources: list[dict[str, Any]], kind: str) -> dict[str, str]:
    """Logical ids by physical id."""
    return {
        one["PhysicalResourceId"]: one["LogicalResourceId"]
        for one in resources
        if one["ResourceType"] == kind and one.get("PhysicalResourceId")
    }


def _short(logical_id: str) -> str:
    """`Reader` for ReaderFunction, `ApiAccess` for ApiAccessLogs."""
    return re.sub(r"(?<=.)(Function|LogGroup|Logs)$", "", logical_id)
