"""A stack of an account and region: what is deployed, and clients of where it is."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError

from woo_stack.cloudformation.refusals import AwsError, asking, reason_of

if TYPE_CHECKING:
    import boto3


@dataclass(frozen=True)
class Stack:
    """A stack of the account and region of ``session``, whose AWS answers at ``endpoint_url`` if not at AWS's own.

    It need not exist. Without ``endpoint_url``, botocore looks for one in ``AWS_ENDPOINT_URL``.
    """

    name: str
    session: "boto3.Session"
    endpoint_url: str | None = None

    def client(self, service: Any) -> Any:
        """A client of a service; AwsError when it cannot be made, as without a region."""
        try:
            return self.session.client(service, endpoint_url=self.endpoint_url)
        except (BotoCoreError, ValueError) as error:
            raise AwsError(f"no client for {service} can be made: {reason_of(error)}") from error

    @cached_property
    def outputs(self) -> dict[str, str]:
        """What the template's Outputs say; AwsError with AWS's reason when it does not tell."""
        with asking(f"the stack {self.name} cannot be read"):
            found = self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
        return outputs_of(found)

    def output(self, name: str) -> str:
        """One of the outputs; AwsError when there is no such."""
        return output(self.outputs, name)


def outputs_of(stack: Mapping[str, Any]) -> dict[str, str]:
    """The outputs of a stack as DescribeStacks tells it, value by name."""
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def output(outputs: Mapping[str, str], name: str) -> str:
    """The output ``name``; AwsError when there is no such."""
    if name not in outputs:
        raise AwsError(f"the stack has no output {name}, only {', '.join(outputs) or 'none at all'}")
    return outputs[name]
