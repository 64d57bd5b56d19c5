"""A stack of an account and region: what is deployed, and clients of where it is."""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from woo_stack import __version__
from woo_stack.cloudformation.body import Body
from woo_stack.cloudformation.change import State
from woo_stack.cloudformation.refusals import AwsError, asking, reason_of

if TYPE_CHECKING:
    import boto3

#: How often a call is tried, unless AWS_MAX_ATTEMPTS says otherwise: with botocore's pauses, about a minute.
ATTEMPTS = 8
#: Seconds; CloudFormation answers a large change set in a few.
CONNECT_SECONDS, READ_SECONDS = 5, 30


@dataclass(frozen=True)
class Stack:
    """A stack of the account and region of ``session``, whose AWS answers at ``endpoint_url`` if not at AWS's own.

    ``name`` may be its ARN. It need not exist. Without ``endpoint_url``, botocore looks for one in
    ``AWS_ENDPOINT_URL``.
    """

    name: str
    session: "boto3.Session"
    endpoint_url: str | None = None

    def client(self, service: Any) -> Any:
        """A client of a service; AwsError when it cannot be made, as without a region."""
        try:
            if service not in self._clients:
                made = self.session.client(service, endpoint_url=self.endpoint_url, config=_config())
                self._clients[service] = made
            return self._clients[service]
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

    @property
    def title(self) -> str:
        """Its name, without the rest of an ARN: `arn:…:stack/NAME/id`."""
        found = re.fullmatch(r"arn:[^/]*:stack/([^/]+)/.*", self.name)
        return found[1] if found else self.name

    @property
    def emulated(self) -> bool:
        """Whether CloudFormation answers on this machine: an emulator, which does not know all types."""
        host = urlsplit(self.client("cloudformation").meta.endpoint_url).hostname or ""
        return host in ("localhost", "::1") or host.endswith(".localhost") or host.startswith("127.")

    def described(self) -> dict[str, Any] | None:
        """What DescribeStacks tells of it; None when there is no such stack, or no more."""
        with asking(f"the stack {self.title} cannot be read"):
            try:
                found: dict[str, Any] = self.client("cloudformation").describe_stacks(StackName=self.name)["Stacks"][0]
            except ClientError as error:
                if is_missing(error):
                    return None
                raise
        return None if found["StackStatus"] == "DELETE_COMPLETE" else found

    def deployed(self) -> State | None:
        """The template, parameters and tags that are deployed; None where nothing is."""
        found = self.described()
        if found is None or found["StackStatus"] == "REVIEW_IN_PROGRESS":
            return None
        with asking(f"the template of the stack {self.title} cannot be read"):
            answer = self.client("cloudformation").get_template(StackName=self.name, TemplateStage="Original")
        parameters = {entry["ParameterKey"]: entry.get("ParameterValue", "") for entry in found.get("Parameters", [])}
        tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
        return State(Body.of(answer["TemplateBody"]).parsed, parameters, tags)

    def resources(self) -> list[dict[str, Any]]:
        """Its resources as ListStackResources sums them up."""
        with asking(f"the resources of the stack {self.title} cannot be read"):
            pages = self.client("cloudformation").get_paginator("list_stack_resources").paginate(StackName=self.name)
            return [summary for page in pages for summary in page["StackResourceSummaries"]]

    @property
    def region(self) -> str:
        """Its region; AwsError without one."""
        return str(self.client("cloudformation").meta.region_name)

    @cached_property
    def account(self) -> str:
        """The id of its account, 12 digits."""
        with asking("the account cannot be read"):
            return str(self.client("sts").get_caller_identity()["Account"])

    @property
    def console_url(self) -> str:
        """The console's page of its events, where its ARN is known; else that of all stacks."""
        host = {"cn": "console.amazonaws.cn", "us-gov": "console.amazonaws-us-gov.com"}
        where = next((host[part] for part in host if self.region.startswith(f"{part}-")), "console.aws.amazon.com")
        page = f"#/stacks/events?stackId={quote(self.name, safe='')}" if self.name != self.title else "#/stacks"
        return f"https://{self.region}.{where}/cloudformation/home?region={self.region}{page}"

    def beside(self, name: str) -> "Stack":
        """Another stack of the same account and region."""
        other = replace(self, name=name)
        # One client a service serves both: making one takes longer than asking it.
        other.__dict__["_clients"] = self._clients
        return other

    @cached_property
    def _clients(self) -> dict[str, Any]:
        return {}


def is_missing(error: ClientError) -> bool:
    """Whether AWS says that there is no such stack: a ValidationError, as so much else."""
    answer = error.response.get("Error", {})
    return answer.get("Code") == "ValidationError" and "does not exist" in answer.get("Message", "")


def outputs_of(stack: Mapping[str, Any]) -> dict[str, str]:
    """The outputs of a stack as DescribeStacks tells it, value by name."""
    return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}


def output(outputs: Mapping[str, str], name: str) -> str:
    """The output ``name``; AwsError when there is no such."""
    if name not in outputs:
        raise AwsError(f"the stack has no output {name}, only {', '.join(outputs) or 'none at all'}")
    return outputs[name]


def _config() -> Config:
    """Patience with throttling and with networks, and a name in CloudTrail."""
    return Config(
        retries={"mode": "standard", "total_max_attempts": int(os.environ.get("AWS_MAX_ATTEMPTS") or ATTEMPTS)},
        connect_timeout=CONNECT_SECONDS,
        read_timeout=READ_SECONDS,
        user_agent_extra=f"woo-stack/{__version__}",
    )
