"""A stack deployed by change set, as the console and pipelines do it."""

import re
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

from botocore.exceptions import BotoCoreError, ClientError

from woo_stack.cloudformation.refusals import AwsError, reason_of
from woo_stack.cloudformation.stack import outputs_of

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

#: CloudFormation takes a longer template from S3 only (quota "Template body size in a request", bytes).
TEMPLATE_BODY_BYTES = 51_200

_UNRECOGNIZED = re.compile(r"Unrecognized resource types: \[([^\]]*)\]")


class Template(TypedDict, total=False):
    """Where the template is: its text, or the URL of an S3 object."""

    TemplateBody: str
    TemplateURL: str


class UnrecognizedTypesError(AwsError):
    """CloudFormation refuses the whole template because it does not know these resource types."""

    def __init__(self, types: frozenset[str]) -> None:
        super().__init__(f"CloudFormation does not know these resource types: {', '.join(sorted(types))}")
        self.types = types


class ChangeSet:
    """A change set that creates the stack ``stack``: `create` it, then `execute` it.

    ``poll_seconds`` is the pause between two looks at its progress.
    """

    def __init__(self, client: "CloudFormationClient", stack: str, *, poll_seconds: float = 5) -> None:
        self.client = client
        self.stack = stack
        self.poll_seconds = poll_seconds
        self.arn = ""

    def create(self, template: Template, parameters: Mapping[str, str]) -> None:
        """Have CloudFormation check the template and work out the changes.

        Raises UnrecognizedTypesError, or AwsError with CloudFormation's reason.
        """
        try:
            answer = self.client.create_change_set(
                StackName=self.stack,
                ChangeSetName="woo-stack",
                ChangeSetType="CREATE",
                Capabilities=["CAPABILITY_IAM"],
                Parameters=[{"ParameterKey": key, "ParameterValue": parameters[key]} for key in parameters],
                **template,
            )
        except (ClientError, BotoCoreError) as error:
            reason = reason_of(error)
            if unrecognized := _UNRECOGNIZED.search(reason):
                raise UnrecognizedTypesError(frozenset(re.split(r",\s*", unrecognized[1]))) from error
            raise AwsError(f"CloudFormation refuses the template: {reason}") from error
        self.arn = answer["Id"]
        while True:
            seen = self.client.describe_change_set(ChangeSetName=self.arn)
            if seen["Status"] == "CREATE_COMPLETE":
                return
            if seen["Status"] == "FAILED":
                raise AwsError(f"CloudFormation refuses the change set: {seen['StatusReason']}")
            time.sleep(self.poll_seconds)

    def execute(self) -> dict[str, str]:
        """Create the stack, wait until it stands and return its outputs.

        Raises AwsError with the reason of the first failure.
        """
        self.client.execute_change_set(ChangeSetName=self.arn)
        while True:
            stack = self.client.describe_stacks(StackName=self.stack)["Stacks"][0]
            if stack["StackStatus"] == "CREATE_COMPLETE":
                return outputs_of(stack)
            if not stack["StackStatus"].endswith("_IN_PROGRESS"):
                reason = self.first_failure()
                raise AwsError(f"the stack {self.stack} ended as {stack['StackStatus']}: {reason}")
            time.sleep(self.poll_seconds)

    def first_failure(self) -> str:
        """The event that made the stack fail, `LogicalId (Type): reason`: later ones only follow from it."""
        pages = self.client.get_paginator("describe_stack_events").paginate(StackName=self.stack)
        newest_first = [event for page in pages for event in page["StackEvents"]]
        for event in reversed(newest_first):
            reason = event.get("ResourceStatusReason", "")
            cancelled = reason.startswith("Resource creation cancelled")
            if event.get("ResourceStatus", "").endswith("_FAILED") and not cancelled:
                failed = f"{event['LogicalResourceId']} ({event['ResourceType']})"
                return f"{failed}: {reason or 'no reason given'}"
        return "CloudFormation names no failed resource"
