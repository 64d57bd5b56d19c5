"""Secrets that change by themselves: Secrets Manager calls a function that makes the next one."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from types import UnionType

from troposphere import AWSHelperFn, AWSObject, awslambda, secretsmanager

from woo_stack.component import Component, Number, Value
from woo_stack.function import Function
from woo_stack.permissions import permission
from woo_stack.secret import ApiKey, WebhookSecret


@dataclass(frozen=True, eq=False)
class SecretRotation(Component):
    """The schedule by which a secret is rotated, and the permission to call the function for that secret and no other.

    The function takes four steps (https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html)
    and needs ``secret.allow_rotation()``. Nothing is rotated when the stack is made or changed: there Secrets Manager
    only tries the function's step ``testSecret``.
    """

    #: A secret of this template, or the ARN of one that is not.
    secret: ApiKey | WebhookSecret | Value
    #: A `Function`, or the ARN of one that is not in this template.
    function: Function | Value
    #: How long a value is the newest, 1 to 1000 days; what judges ask of secrets is 90.
    days: Number = 90

    def check(self) -> None:
        """Refuse what RotateSecret would refuse."""
        self.within("days", 1, 1000, unit="days")
        rows: tuple[tuple[str, UnionType | type, str, str], ...] = (
            ("secret", ApiKey | WebhookSecret, "secretsmanager", "an ApiKey, a WebhookSecret"),
            ("function", Function, "lambda", "a Function"),
        )
        for name, kind, service, allowed in rows:
            value = getattr(self, name)
            arn = not isinstance(value, str) or re.fullmatch(rf"arn:[^:]+:{service}:\S+", value)
            if not isinstance(value, kind | str | AWSHelperFn) or not arn:
                self.refuse(name, value, f"{allowed} or the ARN of one")

    @cached_property
    def schedule(self) -> secretsmanager.RotationSchedule:
        """The schedule, which waits for the permission: Secrets Manager tries it."""
        return secretsmanager.RotationSchedule(
            self.id("Schedule"),
            DependsOn=self.permission.title,
            RotateImmediatelyOnUpdate=False,
            RotationLambdaARN=self.function.arn if isinstance(self.function, Function) else self.function,
            RotationRules=secretsmanager.RotationRules(AutomaticallyAfterDays=self.days),
            SecretId=self._secret_arn,
        )

    @cached_property
    def permission(self) -> awslambda.Permission:
        """Lets Secrets Manager call the function for this secret."""
        return permission(self.id("Permission"), self.function, "secretsmanager", self._secret_arn)

    def resources(self) -> Iterator[AWSObject]:
        """Permission and schedule."""
        yield from (self.permission, self.schedule)

    @property
    def _secret_arn(self) -> Value:
        return self.secret.arn if isinstance(self.secret, ApiKey | WebhookSecret) else self.secret
