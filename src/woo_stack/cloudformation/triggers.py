"""The alarms that set an update back: CloudFormation watches them while it updates, and for a while after.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-rollback-triggers.html
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from woo_stack.cloudformation.body import Body
from woo_stack.cloudformation.refusals import AwsError, asking
from woo_stack.cloudformation.stack import Stack

COMPOSITE = "AWS::CloudWatch::CompositeAlarm"
#: As many as CloudFormation takes.
MOST = 5


@dataclass(frozen=True)
class Trigger:
    """An alarm; ``logical_id`` is its name in the template, "" for one that is not of the stack."""

    arn: str
    type: str
    logical_id: str = ""


def triggers(stack: Stack, body: Body, given: Collection[str], tell: Callable[[str], None]) -> list[Trigger]:
    """The composite alarms of the deployed stack that the template keeps, and those given by their ARN.

    One that is in ALARM already is left out and told: it would set back the very update that mends what it is about.
    AWS tells no more of one that is not there: that is told of the stack's own, and refused of a given one. AwsError
    also for more than CloudFormation takes.
    """
    kept = body.parsed["Resources"]
    named = {name_of(arn): "" for arn in given}
    own = {
        name_of(summary["PhysicalResourceId"]): summary["LogicalResourceId"]
        for summary in (stack.resources() if stack.described() else [])
        if summary["ResourceType"] == COMPOSITE and kept.get(summary["LogicalResourceId"], {}).get("Type") == COMPOSITE
    }
    if len(named) > MOST:
        raise AwsError(f"{len(named)} rollback alarms are given, allowed: {MOST}")
    asked = named | own
    found = states(stack, [*asked]) if asked else {}
    if missing := [arn for arn in given if name_of(arn) not in found]:
        raise AwsError(
            f"the rollback alarm {missing[0]} does not exist, allowed: the ARN of an alarm in {stack.region}"
        )
    chosen = []
    for name, logical_id in asked.items():
        if name not in found:
            tell(f"the alarm {name} cannot be found, so it does not set back this update")
        elif found[name]["StateValue"] == "ALARM":
            tell(f"the alarm {name} is in ALARM already, so it does not set back this update")
        else:
            chosen.append(Trigger(found[name]["AlarmArn"], found[name]["Type"], logical_id))
    return chosen[:MOST]


def name_of(alarm: str) -> str:
    """An alarm's name by its name or ARN: `arn:aws:cloudwatch:REGION:ACCOUNT:alarm:NAME`."""
    return alarm.split(":", 6)[-1] if alarm.startswith("arn:") else alarm


def states(stack: Stack, names: Collection[str]) -> dict[str, Mapping[str, Any]]:
    """Alarms as DescribeAlarms tells them, with their Type in CloudFormation, by name."""
    with asking("the alarms that may set back the update cannot be read"):
        pages = stack.client("cloudwatch").get_paginator("describe_alarms")
        found: dict[str, Mapping[str, Any]] = {}
        for page in pages.paginate(AlarmNames=list(names), AlarmTypes=["CompositeAlarm", "MetricAlarm"]):
            for kind, alarms in ((COMPOSITE, "CompositeAlarms"), ("AWS::CloudWatch::Alarm", "MetricAlarms")):
                found |= {alarm["AlarmName"]: alarm | {"Type": kind} for alarm in page.get(alarms, [])}
    return found


def configuration(chosen: Collection[Trigger], minutes: int) -> dict[str, Any]:
    """The RollbackConfiguration: always all of it, for CloudFormation keeps what an earlier update was given.

    Without an alarm there is nothing to wait for.
    """
    listed = [{"Arn": trigger.arn, "Type": trigger.type} for trigger in chosen]
    return {"RollbackTriggers": listed, "MonitoringTimeInMinutes": minutes if chosen else 0}


def doomed(chosen: Collection[Trigger], changes: Collection[Mapping[str, Any]]) -> set[str]:
    """Those that the update itself removes or replaces, by logical id: a trigger that is missing fails the update."""
    gone = {
        change["LogicalResourceId"]
        for change in changes
        if change["Action"] == "Remove" or change.get("Replacement", "False") != "False"
    }
    return {trigger.logical_id for trigger in chosen} & gone


def blamed(stack: Stack, chosen: Collection[Trigger]) -> str:
    """Which of them are in ALARM, to be said of an update that was set back; "" for none."""
    if not chosen:
        return ""
    try:
        found = states(stack, [name_of(trigger.arn) for trigger in chosen])
    except AwsError:  # the update's own reason is told all the same
        return ""
    loud = [name for name, alarm in found.items() if alarm["StateValue"] == "ALARM"]
    return f" (in ALARM: {', '.join(loud)})" if loud else ""
