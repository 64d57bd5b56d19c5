"""How a stack is: its state, its alarms, what waits in its queues, and what failed last.

For any stack; ours says more, because its alarms name a severity and a part of the runbook, and its outputs the queues.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any, TypeVar

from woo_stack.cloudformation.events import Event, cause, recent
from woo_stack.cloudformation.refusals import AwsError, asking
from woo_stack.cloudformation.stack import Stack, outputs_of
from woo_stack.cloudformation.states import Kind, condition
from woo_stack.cloudformation.triggers import name_of

#: DescribeAlarms takes so many names: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_DescribeAlarms.html
NAMES = 100
ALARM_TYPES = ("AWS::CloudWatch::Alarm", "AWS::CloudWatch::CompositeAlarm")
#: Outputs that name a queue.
QUEUES = ("QueueUrl", "DeadLetterQueueUrl")

#: `severity: what happened. the runbook's part`, as woo_stack.alarms writes it.
_DESCRIPTION = re.compile(r"(down|data|notice): (.*?)(?: (\S+#\S+))?", re.DOTALL)
#: What only follows from another failure.
_CANCELLED = re.compile(r"cancell?ed", re.IGNORECASE)

Seen = TypeVar("Seen")


@dataclass(frozen=True)
class AlarmState:
    """An alarm of the stack. ``severity`` and ``runbook`` are "" where its description does not say them."""

    logical_id: str
    name: str
    #: OK, ALARM or INSUFFICIENT_DATA.
    state: str
    since: datetime
    severity: str
    means: str
    runbook: str
    #: Whether it tells anybody: its actions may be disabled.
    heard: bool


@dataclass(frozen=True)
class Failure:
    """A resource that could not be made, changed or deleted."""

    at: datetime
    logical_id: str
    type: str
    status: str
    reason: str


@dataclass(frozen=True)
class Status:
    """What `status` has found; ``unseen`` says in a sentence each what could not be looked at."""

    stack: str
    arn: str
    account: str
    region: str
    #: CloudFormation's word, when it began, what it means and, where something is to be done, what.
    state: str
    since: datetime
    sentence: str
    advice: str
    rests: bool
    #: The change set that was executed last, "" where there was none.
    change_set: str
    termination_protection: bool
    outputs: dict[str, str]
    console: str
    alarms: tuple[AlarmState, ...] = ()
    #: How many events wait, by the output that names the queue.
    waiting: dict[str, int] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    #: The first real cause of the failures, "" where there are none.
    cause: str = ""
    unseen: tuple[str, ...] = ()

    @property
    def ringing(self) -> list[AlarmState]:
        """The alarms that are in ALARM, the gravest first."""
        found = [one for one in self.alarms if one.state == "ALARM"]
        return sorted(found, key=lambda one: ("down", "data", "", "notice").index(one.severity))

    @property
    def well(self) -> bool:
        """Whether the stack rests as it should, and no alarm rings: what may not be seen counts as not well."""
        return self.rests and not self.ringing and not self.unseen

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        told: dict[str, Any] = _plain(asdict(self))
        return told | {"well": self.well}


def status(stack: Stack) -> Status:
    """Look at a stack; AwsError when there is none or it cannot be read.

    What the credentials may not see beside the stack itself is told in the result, and the rest is there all the same.
    """
    if not (found := stack.described()):
        raise AwsError(f"there is no stack {stack.title} in {stack.region} for these credentials")
    unseen: list[str] = []
    events: list[Event] = _seen(lambda: recent(stack), "its events", unseen, [])
    failures = [one for one in events if one.failed and not one.of_stack and not _CANCELLED.search(one.reason)]
    arn, outputs, means = found["StackId"], outputs_of(found), condition(found)
    failed = ", ".join(dict.fromkeys(one.logical_id for one in failures)) or "what its events name"
    executed = re.search(r":changeSet/([^/]+)/", found.get("ChangeSetId", ""))
    return Status(
        stack=found["StackName"],
        arn=arn,
        account=arn.split(":")[4],
        region=arn.split(":")[3],
        state=found["StackStatus"],
        since=next((one.at for one in reversed(events) if one.of_stack), found["CreationTime"]),
        sentence=means.sentence,
        advice=means.advice.format(stack=stack.title, resources=failed),
        rests=means.kind is Kind.READY,
        change_set=executed[1] if executed else "",
        termination_protection=found.get("EnableTerminationProtection", False),
        outputs=outputs,
        console=stack.beside(arn).console_url,
        alarms=_seen(lambda: tuple(_alarms(stack)), "its alarms", unseen, ()),
        waiting=_seen(lambda: _waiting(stack, outputs), "its queues", unseen, {}),
        failures=tuple(Failure(one.at, one.logical_id, one.type, one.status, one.reason) for one in failures),
        cause=cause(events, stack) if failures else "",
        unseen=tuple(unseen),
    )


def _alarms(stack: Stack) -> Iterator[AlarmState]:
    """The alarms of the stack in the template's order."""
    named = {
        name_of(one["PhysicalResourceId"]): one["LogicalResourceId"]
        for one in stack.resources()
        if one["ResourceType"] in ALARM_TYPES and one.get("PhysicalResourceId")
    }
    names, client = [*named], stack.client("cloudwatch")
    found: dict[str, dict[str, Any]] = {}
    for at in range(0, len(names), NAMES):
        with asking(f"the alarms of the stack {stack.title} cannot be read"):
            answer = client.describe_alarms(
                AlarmNames=names[at : at + NAMES], AlarmTypes=["MetricAlarm", "CompositeAlarm"], MaxRecords=NAMES
            )
        for one in (*answer.get("MetricAlarms", ()), *answer.get("CompositeAlarms", ())):
            found[one["AlarmName"]] = one
    yield from (_alarm(named[name], found[name]) for name in names if name in found)


def _alarm(logical_id: str, told: dict[str, Any]) -> AlarmState:
    description = told.get("AlarmDescription", "")
    severity, means, runbook = "", description, ""
    if ours := _DESCRIPTION.fullmatch(description):
        severity, means, runbook = ours[1], ours[2], ours[3] or ""
    return AlarmState(
        logical_id=logical_id,
        name=told["AlarmName"],
        state=told["StateValue"],
        # Of a metric alarm StateUpdatedTimestamp also moves when only the reason changes.
        since=told.get("StateTransitionedTimestamp") or told["StateUpdatedTimestamp"],
        severity=severity,
        means=means,
        runbook=runbook,
        heard=told.get("ActionsEnabled", True) and bool(told.get("AlarmActions")),
    )


def _waiting(stack: Stack, outputs: dict[str, str]) -> dict[str, int]:
    """How many messages each queue holds that an output names; SQS tells about as many as there are."""
    client, asked = stack.client("sqs"), "ApproximateNumberOfMessages"
    found = {}
    for name in QUEUES:
        if name in outputs:
            with asking(f"the queue of output {name} cannot be read"):
                answer = client.get_queue_attributes(QueueUrl=outputs[name], AttributeNames=[asked])
            found[name] = int(answer["Attributes"][asked])
    return found


def _seen(look: Callable[[], Seen], what: str, unseen: list[str], otherwise: Seen) -> Seen:
    """What `look` finds; where it may not, or cannot, that is added to `unseen`."""
    try:
        return look()
    except AwsError as error:
        unseen.append(f"not allowed to see {what}" if error.denied else f"{error}")
        return otherwise


def _plain(value: Any) -> Any:
    """The value with times as JSON has them."""
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    return value.isoformat() if isinstance(value, datetime) else value
