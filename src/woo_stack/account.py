"""The one setting of API Gateway that belongs to the account and not to an API."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from troposphere import AWSHelperFn, AWSObject, GetAtt, If, Sub, apigateway, iam

from woo_stack.component import Component, given
from woo_stack.roles import assumed_by


@dataclass(frozen=True, eq=False)
class ApiAccount(Component):
    """The role by which API Gateway writes logs, for the whole account and region.

    It is a singleton: creating it replaces the account's role, and a stage with logs cannot be made in an account
    that never had one. Both resources are retained, because deleting them would silence every other API. The role
    needs AWS's own policy, since it serves APIs that this template does not know
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-logging.html).
    """

    #: A condition of the template; without one the role is always created.
    condition: str | None = None
    #: The logical id of an API of the template, which is then made first: without any, an account that never had an
    #: API refuses the setting
    #: (https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-resource-apigateway-account.html).
    api_id: str | None = None

    @cached_property
    def role(self) -> iam.Role:
        """The role that API Gateway assumes."""
        policy = "arn:${AWS::Partition}:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
        return iam.Role(
            self.id("Role"),
            AssumeRolePolicyDocument=assumed_by("apigateway"),
            DeletionPolicy="Retain",
            ManagedPolicyArns=[Sub(policy)],
            UpdateReplacePolicy="Retain",
            **given(Condition=self.condition),
        )

    @cached_property
    def account(self) -> apigateway.Account:
        """The account's setting."""
        return apigateway.Account(
            self.id("Account"),
            CloudWatchRoleArn=GetAtt(self.role, "Arn"),
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
            **given(Condition=self.condition, DependsOn=[self.api_id] if self.api_id else None),
        )

    @property
    def mention(self) -> AWSHelperFn:
        """A text that makes whatever holds it wait for the account's setting: a condition forbids ``DependsOn``."""
        ours = Sub(f"Logs through ${{{self.account.title}}}")
        return If(self.condition, ours, "Logs through the account's own role") if self.condition else ours

    def resources(self) -> Iterator[AWSObject]:
        """Role and account setting."""
        yield from (self.role, self.account)
