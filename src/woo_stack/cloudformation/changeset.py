"""A change set of a stack: what the console and pipelines show before anything is done."""

import itertools
import re
import secrets
import time
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, TypedDict

from botocore.exceptions import ClientError

from woo_stack.cloudformation.emulated import corrected
from woo_stack.cloudformation.events import pauses, recent
from woo_stack.cloudformation.refusals import RAISED, AwsError, asking, code_of, reason_of, refusal
from woo_stack.cloudformation.stack import Stack, is_missing
from woo_stack.cloudformation.states import Kind, condition
from woo_stack.cloudformation.unsupported import UnrecognizedTypesError

_UNRECOGNIZED = re.compile(r"Unrecognized resource types: \[([^\]]*)\]")
#: How CloudFormation fails a change set that would do nothing.
_NOTHING = re.compile(r"didn't contain changes|No updates are to be performed", re.IGNORECASE)
#: What CloudFormation says of a change set that somebody else executed, replaced or deleted in between.
_OVERTAKEN = ("InvalidChangeSetStatus", "ChangeSetNotFound")
#: How often the events are looked at for one of ours, some ten seconds.
LOOKS = 10
_CHANGED = "the stack {stack} has changed since its changes were shown, nothing was done: repeat the command"


class Template(TypedDict, total=False):
    """Where the template is: its text, or the URL of an S3 object."""

    TemplateBody: str
    TemplateURL: str


@dataclass(frozen=True)
class ChangeSet:
    """What a template would change: `create` it, look at it, then `execute` or `delete` it.

    ``kind`` is CREATE or UPDATE; ``empty`` says that nothing would change, and then it is deleted already.
    """

    stack: Stack
    arn: str
    stack_id: str
    kind: str
    empty: bool

    @classmethod
    def create(
        cls,
        stack: Stack,
        template: Template,
        *,
        parameters: Mapping[str, str],
        tags: Mapping[str, str] | None = None,
        capabilities: Collection[str] = ("CAPABILITY_IAM",),
        role_arn: str | None = None,
        rollback: Mapping[str, Any] | None = None,
        description: str = "",
        previous: Collection[str] = (),
    ) -> "ChangeSet":
        """Have CloudFormation check the template and work out the changes.

        On an update the parameters named in ``previous`` keep the value that is deployed, and without ``tags`` the
        stack's stay. Raises UnrecognizedTypesError, or AwsError with CloudFormation's reason; then nothing of it is
        left behind.
        """
        kind = "CREATE" if condition(stack.described()).kind is Kind.NEW else "UPDATE"
        given = [{"ParameterKey": key, "ParameterValue": parameters[key]} for key in parameters]
        kept = [{"ParameterKey": key, "UsePreviousValue": True} for key in previous if key not in parameters]
        name = f"woo-stack-{secrets.token_hex(6)}"
        options: dict[str, Any] = {
            "Tags": None if tags is None else [{"Key": key, "Value": value} for key, value in tags.items()],
            "RoleARN": role_arn or None,
            "RollbackConfiguration": rollback,
            "Description": description or None,
        }
        asked = {
            "ChangeSetType": kind,
            "ClientToken": name,
            "Capabilities": list(capabilities),
            "Parameters": given if kind == "CREATE" else given + kept,
            **{key: value for key, value in options.items() if value is not None},
            **template,
        }
        made = cls(stack, name, stack.name, kind, empty=False)
        try:
            _request(stack, name, asked)
            return made._awaited()
        except BaseException as error:
            # What ended it is told; that it could not be tidied up after is not, and AWS may be out of reach.
            if not (isinstance(error, AwsError) and error.passing):
                with suppress(AwsError):
                    made.delete()
            raise

    @cached_property
    def resource_changes(self) -> list[dict[str, Any]]:
        """What CloudFormation says of each resource that would change: its ResourceChange structures.

        Values before and after are asked for; an endpoint that does not know them gives the changes alone.
        """
        if self.empty:
            return []
        pages = self.stack.client("cloudformation").get_paginator("describe_change_set")
        with asking(f"the change set of the stack {self.stack.title} cannot be read"):
            found = pages.paginate(**self._named, IncludePropertyValues=True)
            changes = [change for page in found for change in page.get("Changes", [])]
        told = [change["ResourceChange"] for change in changes if "ResourceChange" in change]
        return corrected(told) if self.stack.emulated else told

    def execute(self, token: str) -> None:
        """Have it done, under this ClientRequestToken; AwsError when it cannot be, as when the stack has changed.

        That a first request's answer was lost is not an error: the stack's events bear the token.
        """
        try:
            self.stack.client("cloudformation").execute_change_set(**self._named, ClientRequestToken=token)
        except RAISED as error:
            if code_of(error).startswith(_OVERTAKEN) or (isinstance(error, ClientError) and is_missing(error)):
                if not self._executed(token):
                    raise AwsError(_CHANGED.format(stack=self.stack.title), code_of(error)) from error
            else:
                raise refusal(error, f"the change set of the stack {self.stack.title} cannot be executed") from error

    def delete(self) -> None:
        """Take it back, and the stack as well if it is nothing but this change set; what is gone already is fine.

        One that CloudFormation is still working out cannot be deleted: that is waited for.
        """
        client = self.stack.client("cloudformation")
        with asking(f"the change set of the stack {self.stack.title} cannot be deleted"):
            try:
                with suppress(*RAISED):
                    self._settled()
                client.delete_change_set(**self._named)
                # The state last: somebody else's change set may be executed any time.
                others = self.kind == "UPDATE" or client.list_change_sets(StackName=self.stack_id)["Summaries"]
                described = None if others else self.stack.described()
                if described and described["StackStatus"] == "REVIEW_IN_PROGRESS":
                    client.delete_stack(StackName=described["StackId"])
            except ClientError as error:
                if not (is_missing(error) or code_of(error).startswith(_OVERTAKEN)):
                    raise

    @property
    def _named(self) -> dict[str, str]:
        """By the stack as well: what a role may do with change sets is said of stacks."""
        return {"ChangeSetName": self.arn, "StackName": self.stack_id}

    def _executed(self, token: str) -> bool:
        """Whether it is executed for us: the answer to a first request may be lost, and its events come late."""
        for seconds in itertools.islice(pauses(), LOOKS):
            if any(event.token == token for event in recent(self.stack.beside(self.stack_id))):
                return True
            try:
                seen = self.stack.client("cloudformation").describe_change_set(**self._named)
            except RAISED:
                return False
            if not seen.get("ExecutionStatus", "").startswith("EXECUTE_"):
                return False
            time.sleep(seconds)
        return False

    def _settled(self) -> dict[str, Any]:
        """What DescribeChangeSet tells once CloudFormation has worked it out."""
        for seconds in pauses():
            seen: dict[str, Any] = self.stack.client("cloudformation").describe_change_set(**self._named)
            if seen["Status"] not in ("CREATE_PENDING", "CREATE_IN_PROGRESS"):
                break
            time.sleep(seconds)
        return seen

    def _awaited(self) -> "ChangeSet":
        """It, worked out; without changes it is deleted."""
        with asking(f"the change set of the stack {self.stack.title} cannot be read"):
            seen = self._settled()
        made = replace(self, arn=seen["ChangeSetId"], stack_id=seen["StackId"])
        if seen["Status"] == "CREATE_COMPLETE":
            return made
        reason = seen.get("StatusReason", "")
        if _NOTHING.search(reason):
            made.delete()
            return replace(made, empty=True)
        raise AwsError(f"CloudFormation refuses the change set: {made._explained(reason)}")

    def _explained(self, reason: str) -> str:
        """The reason, and what it says elsewhere: the checks before a deployment refer to DescribeEvents."""
        if "DescribeEvents" not in reason:
            return reason
        with asking(f"the checks of the change set cannot be read ({reason})"):
            client = self.stack.client("cloudformation")
            pages = client.get_paginator("describe_events")
            found = pages.paginate(ChangeSetName=self.arn, Filters={"FailedEvents": True})
            events = [event for page in found for event in page.get("OperationEvents", [])]
        told = [
            f"{event.get('LogicalResourceId', 'template')}: {event['ValidationStatusReason']}"
            for event in events
            if event.get("ValidationStatusReason")
        ]
        return "; ".join(told) or reason


def _request(stack: Stack, name: str, asked: Mapping[str, Any]) -> None:
    """Ask for the change set; that it exists already means that the answer to a first request was lost."""
    client = stack.client("cloudformation")
    try:
        client.create_change_set(StackName=stack.name, ChangeSetName=name, **asked)
    except RAISED as error:
        reason = reason_of(error)
        if unrecognized := _UNRECOGNIZED.search(reason):
            raise UnrecognizedTypesError(frozenset(re.split(r",\s*", unrecognized[1]))) from error
        if not (code_of(error) == "AlreadyExistsException" and f"[{name}]" in reason):
            found = refusal(error, "CloudFormation refuses the template")
            if found.passing:
                found = refusal(error, f"what would change in the stack {stack.title} cannot be asked")
            raise found from error
