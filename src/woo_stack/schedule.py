"""A function called by the clock."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from troposphere import AWSObject, GetAtt, Ref, awslambda, events

from woo_stack.component import Component, Value
from woo_stack.function import Function
from woo_stack.metric import Watch
from woo_stack.permissions import permission
from woo_stack.watch import WATCHED


@dataclass(frozen=True, eq=False)
class Schedule(Component):
    """A rule of EventBridge that calls a function, and the permission for that rule and no other.

    A rule and not EventBridge Scheduler, which would need a role of its own to call one function.
    """

    namespace: ClassVar = "AWS/Events"

    #: A `Function`, or the ARN of one that is not in this template.
    function: Function | Value
    #: ``cron(minute hour day month weekday year)`` in UTC, or ``rate(5 minutes)``:
    #: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-scheduled-rule-pattern.html
    expression: Value
    #: How often EventBridge tries again when Lambda cannot take the call, 0 to 185, within `retry_seconds`.
    retries: int = 2
    #: How long after its time a call may still be made, 60 to 86,400.
    retry_seconds: int = 3600

    def check(self) -> None:
        """Refuse what PutRule and PutTargets would refuse."""
        pattern = r"cron\(\S+ \S+ \S+ \S+ \S+ \S+\)|rate\([1-9]\d* (minute|hour|day)s?\)"
        if isinstance(self.expression, str) and not re.fullmatch(pattern, self.expression):
            self.refuse("expression", self.expression, "as in 'cron(17 3 * * ? *)' or 'rate(5 minutes)'")
        self.within("retries", 0, 185, unit="retries")
        self.within("retry_seconds", 60, 86_400, unit="seconds")

    @property
    def dimensions(self) -> dict[str, Value]:
        """What tells this rule's metrics from another's."""
        return {"RuleName": Ref(self.rule)}

    @property
    def custom_dimensions(self) -> dict[str, Value]:
        """What tells the function's."""
        return self.function.dimensions if isinstance(self.function, Function) else {}

    @property
    def rows(self) -> tuple[Watch, ...]:
        """What is watched: the rule's calls and, of a function that is known, what becomes of them there."""
        called = [row for row in WATCHED["Asynchronous"] if self.custom_dimensions]
        return (*WATCHED[self.namespace], *called)

    @cached_property
    def rule(self) -> events.Rule:
        """The rule."""
        target = events.Target(
            Arn=self.function.arn if isinstance(self.function, Function) else self.function,
            Id=self.title,
            RetryPolicy=events.RetryPolicy(
                MaximumEventAgeInSeconds=self.retry_seconds, MaximumRetryAttempts=self.retries
            ),
        )
        return events.Rule(self.id("Rule"), ScheduleExpression=self.expression, Targets=[target])

    @cached_property
    def permission(self) -> awslambda.Permission:
        """Lets the rule call the function."""
        return permission(self.id("Permission"), self.function, "events", GetAtt(self.rule, "Arn"))

    def resources(self) -> Iterator[AWSObject]:
        """Rule and permission."""
        yield from (self.rule, self.permission)
