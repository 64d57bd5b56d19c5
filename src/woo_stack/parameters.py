"""The questions that the template asks when it is deployed, grouped and labelled for the console's form."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from troposphere import Parameter

from woo_stack.choices import RETENTION_DAYS
from woo_stack.function import Function


@dataclass(frozen=True)
class Question:
    """One parameter: where it stands in the form and what may be answered."""

    name: str
    group: str
    #: Empty where the name says it.
    label: str
    description: str
    default: str | int | None = None
    allowed: tuple[str | int, ...] = ()
    low: int | None = None
    high: int | None = None
    pattern: str | None = None

    @property
    def parameter(self) -> Parameter:
        """The parameter itself."""
        number = isinstance(self.default, int)
        bounds = {
            "Default": self.default,
            "AllowedValues": list(self.allowed) or None,
            "AllowedPattern": self.pattern,
            "MinValue": self.low,
            "MaxValue": self.high,
        }
        return Parameter(
            self.name,
            Description=self.description,
            Type="Number" if number else "String",
            **{name: value for name, value in bounds.items() if value is not None},
        )


#: An address, or none.
EMAIL = r"^$|^[^@\s]+@[^@\s]+\.[^@\s]+$"

QUESTIONS = (
    Question("AlarmEmail", "Who is told", "", "Confirmed once, it hears that "
             "the shop is down or loses data. Empty for nobody.", "", pattern=EMAIL),
    Question("NoticeEmail", "Who is told", "", "Hears of every single alarm.", "",
             pattern=EMAIL),
    Question("ThrottleRate", "Traffic", "Requests a second", "More are answered with 429.", 100, low=1, high=10_000),
    Question("ThrottleBurst", "Traffic", "Requests at once", "On top of the rate.", 200, low=1,
             high=5_000),
    Question("IntakeConcurrency", "Traffic", "Webhooks at once", "Executions kept for the "
             "intake, and its ceiling. 0 shares the account's.", 0, low=0, high=1000),
    Question("MaxRequests", "Alarms", "", "More in 5 minutes, three times, alarm.", 24_000, low=0),
    Question("MaxLatencyMs", "Alarms", "", "A higher p99, 15 minutes long, alarms.", 3000, low=0, high=28_999),
    Question("MaxLagSeconds", "Alarms", "", "How late changes may arrive (p90).", 1800, low=0),
    Question("DeletionProtection", "Data and logs", "", "With false the table can be "
             "deleted by hand. It outlives the stack.", "true", ("true", "false")),
    Question("LogRetentionDays", "Data and logs", "", "Then CloudWatch deletes them.", 365,
             RETENTION_DAYS),
    Question("LogLevel", "Data and logs", "", "The least that is kept.",
             # Above INFO Lambda would drop the lines that the business metrics are taken from:
             # https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-log-level.html
             "INFO", Function.LOG_LEVELS[:3]),
    Question("ManageApiLogRole", "This account", "Set the account's API Gateway log role", "One an account and "
             "region. With false it must have one already.", "true",
             ("true", "false")),
)  # fmt: skip
#: Conditions of the template by name: the question, and the answer for which it does not hold.
CONDITIONS = {
    "HasAlarmEmail": ("AlarmEmail", ""),
    "HasNoticeEmail": ("NoticeEmail", ""),
    "ManagesApiLogRole": ("ManageApiLogRole", "false"),
    "ReservesIntake": ("IntakeConcurrency", "0"),
}
CODE_QUESTIONS = (
    Question(
        "CodeBucket", "Code", "Bucket of the code", "In this region.", pattern=r"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"
    ),
    Question("CodeKey", "Code", "Key of the code's zip", "As in handler-<hash>.zip.", pattern=r"^.+\.zip$"),
)


def form(questions: tuple[Question, ...]) -> dict[str, Any]:
    """The template's Metadata by which the console groups and labels the parameters."""
    groups: dict[str, list[str]] = {}
    for question in questions:
        groups.setdefault(question.group, []).append(question.name)
    labels = {question.name: {"default": question.label} for question in questions if question.label}
    listed = [{"Label": {"default": group}, "Parameters": names} for group, names in groups.items()]
    return {"AWS::CloudFormation::Interface": {"ParameterGroups": listed, "ParameterLabels": labels}}


def refusal(value: object, parameter: Mapping[str, Any]) -> str | None:
    """What a parameter, as a template declares it, allows, if that is not this value."""
    if not isinstance(value, str):
        return "a text in quotes"
    if (choices := parameter.get("AllowedValues")) and value not in map(str, choices):
        return ", ".join(map(str, choices))
    low, high = parameter.get("MinValue", -math.inf), parameter.get("MaxValue", math.inf)
    if parameter["Type"] == "Number" and not choices and not (value.isdecimal() and low <= int(value) <= high):
        return f"a number from {low} to {high}"
    pattern = parameter.get("AllowedPattern", "")
    return None if not pattern or re.fullmatch(pattern, value) else f"what matches {pattern}"
