"""A stack taken down, and what stays of it."""

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from woo_stack.cloudformation.deployment import DeclinedError, FailedError
from woo_stack.cloudformation.events import Event, OnEvent, at_rest, cause, follow
from woo_stack.cloudformation.policies import deletion_policy
from woo_stack.cloudformation.refusals import AwsError, asking
from woo_stack.cloudformation.stack import Stack
from woo_stack.cloudformation.stateful import HELD
from woo_stack.loops import Loops


class ProtectedError(AwsError):
    """The stack is protected from deletion."""

    @classmethod
    def of(cls, stack: Stack) -> "ProtectedError":
        """The sentence about this stack."""
        return cls(
            f"the stack {stack.title} is protected from deletion, nothing was done: add --unprotect to delete it anyway"
        )


@dataclass(frozen=True)
class Leftover:
    """A resource of a stack and what becomes of it: ``policy`` is Delete, Retain or Snapshot."""

    logical_id: str
    type: str
    physical_id: str
    policy: str

    @property
    def holds(self) -> str:
        """What it holds: "items"; "" when nothing that a new one would not have."""
        return HELD[self.type].holds if self.type in HELD else ""


@dataclass(frozen=True)
class Destroyed:
    """What a deletion did: ``existed`` is false where there was no such stack; ``left`` is what stays of it."""

    stack_id: str
    existed: bool
    left: tuple[Leftover, ...]
    seconds: float


def leftovers(stack: Stack) -> list[Leftover]:
    """Every resource of the stack, with what its deployed template says of its end; none for a stack without any."""
    deployed = stack.deployed()
    if deployed is None:
        return []
    declared = Loops(deployed.template, deployed.parameters).unrolled(deployed.template["Resources"])
    return [
        Leftover(
            logical_id := summary["LogicalResourceId"],
            summary["ResourceType"],
            summary.get("PhysicalResourceId", ""),
            deletion_policy(declared.get(logical_id, {})),
        )
        for summary in stack.resources()
        if summary["ResourceStatus"] not in ("DELETE_COMPLETE", "DELETE_SKIPPED")
    ]


def destroy(
    stack: Stack,
    *,
    unprotect: bool = False,
    role_arn: str | None = None,
    approve: Callable[[Sequence[Leftover]], bool] | None = None,
    on_event: OnEvent | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> Destroyed:
    """Delete the stack, with all that its template does not retain; a stack that is not there is no error.

    ``unprotect`` turns its termination protection off first. The stack's own role deletes it, or ``role_arn``. What is
    done to it at the moment is followed to its end first, a deletion included; then ``approve`` is asked with what
    becomes of each resource. Raises ProtectedError, DeclinedError, FailedError when something could not be deleted, and
    AwsError for the rest that AWS refuses; the same call goes on from there.
    """
    started = time.monotonic()
    first = stack.described()
    planned = leftovers(stack)
    described = at_rest(stack, on_event, tell)
    if described is None:
        # There was none, or somebody's deletion, or an earlier run's, has just ended.
        left = tuple(one for one in planned if one.policy != "Delete")
        return Destroyed(first["StackId"] if first else "", first is not None, left, time.monotonic() - started)
    protected = described.get("EnableTerminationProtection", False)
    if protected and not unprotect:
        raise ProtectedError.of(stack)
    planned = leftovers(stack)
    if approve and not approve(planned):
        raise DeclinedError(f"the deletion of the stack {stack.title} was declined, nothing was done")
    if protected:
        _unprotect(stack)
    token = f"woo-stack-{secrets.token_hex(8)}"
    _request(stack, described, role_arn, token)
    followed = stack.beside(described["StackId"])
    outcome = follow(followed, on_event, token=token, tell=tell)
    if outcome.status != "DELETE_COMPLETE":
        raise FailedError(followed, outcome.status, _reasons(outcome.events, followed))
    return Destroyed(described["StackId"], True, _left(planned, outcome.events), time.monotonic() - started)


def _unprotect(stack: Stack) -> None:
    with asking(f"the termination protection of the stack {stack.title} cannot be turned off"):
        client = stack.client("cloudformation")
        client.update_termination_protection(StackName=stack.name, EnableTerminationProtection=False)


def _request(stack: Stack, described: Mapping[str, Any], role_arn: str | None, token: str) -> None:
    role = {"RoleARN": role_arn} if role_arn else {}
    try:
        with asking(f"the stack {stack.title} cannot be deleted"):
            client = stack.client("cloudformation")
            client.delete_stack(StackName=described["StackId"], ClientRequestToken=token, **role)
    except AwsError as error:
        if "role" in f"{error}".lower() and described.get("RoleARN") and not role_arn:
            hint = f"if its role {described['RoleARN']} is gone, name another with --role-arn"
            raise AwsError(f"{error}; {hint}", error.code, passing=error.passing) from error
        raise


def _reasons(events: tuple[Event, ...], stack: Stack) -> str:
    """The first real cause, how many more there are, and what to do."""
    failed = [event for event in events if event.failed and not event.of_stack]
    more = f" (and {len(failed) - 1} more)" if len(failed) > 1 else ""
    return f"{cause(events, stack)}{more}, set that right and repeat the command"


def _left(planned: list[Leftover], events: tuple[Event, ...]) -> tuple[Leftover, ...]:
    """What CloudFormation said it skipped, and what it made a snapshot of."""
    skipped = {event.logical_id for event in events if event.status == "DELETE_SKIPPED"}
    return tuple(one for one in planned if one.logical_id in skipped or one.policy == "Snapshot")
