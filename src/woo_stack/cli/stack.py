"""A deployed stack: its outputs, and clients of the account that it is in."""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from woo_stack.cli.errors import CommandError

if TYPE_CHECKING:
    import boto3


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say which stack, of which account."""
    parser.add_argument("--stack", metavar="NAME", required=True, help="the stack's name or ARN")
    parser.add_argument("--region", help="its region (default: the environment's or the profile's)")
    parser.add_argument("--profile", help="a profile of ~/.aws (default: the environment's)")
    parser.add_argument(
        "--endpoint-url", metavar="URL", help="AWS is there, as the emulator of `woo-stack local` (default: AWS's own)"
    )


@dataclass(frozen=True)
class Stack:
    """A stack of the account and region of ``session``, whose AWS answers at ``endpoint_url`` if not at AWS's own."""

    name: str
    session: "boto3.Session"
    endpoint_url: str | None = None

    @classmethod
    def of(cls, options: argparse.Namespace) -> "Stack":
        """The stack that the options of `add_options` name; CommandError when there is no such profile."""
        import boto3
        from botocore.exceptions import BotoCoreError

        try:
            session = boto3.Session(profile_name=options.profile, region_name=options.region)
        except BotoCoreError as error:
            raise CommandError(reason_of(error)) from error
        return cls(options.stack, session, options.endpoint_url)

    def client(self, service: Any) -> Any:
        """A client of a service; CommandError when it cannot be made, as without a region."""
        from botocore.exceptions import BotoCoreError

        try:
            return self.session.client(service, endpoint_url=self.endpoint_url)
        except (BotoCoreError, ValueError) as error:
            raise CommandError(f"no client for {service} can be made: {reason_of(error)}") from error

    @cached_property
    def outputs(self) -> dict[str, str]:
        """What the template's Outputs say; CommandError with AWS's reason when it does not tell."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            found = self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
        except (BotoCoreError, ClientError) as error:
            raise CommandError(f"the stack {self.name} cannot be read: {reason_of(error)}") from error
        return outputs_of(found)

    def output(self, name: str) -> str:
        """One of the outputs; CommandError when there is no such."""
        return output(self.outputs, name)


def outputs_of(stack: Mapping[str, Any]) -> dict[str, str]:
    """The outputs of a stack as DescribeStacks tells it, value by name."""
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def output(outputs: Mapping[str, str], name: str) -> str:
    """The output ``name``; CommandError when there is no such."""
    if name not in outputs:
        raise CommandError(f"the stack has no output {name}, only {', '.join(outputs) or 'none at all'}")
    return outputs[name]


def reason_of(error: Exception) -> str:
    """Why AWS, or botocore before it asked, refuses: without botocore's preamble, on one line."""
    answer: dict[str, dict[str, str]] = getattr(error, "response", {})
    message = answer.get("Error", {}).get("Message") or f"{error}"
    return " ".join(message.split()).removesuffix(".")
