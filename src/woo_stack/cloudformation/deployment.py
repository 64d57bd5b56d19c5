"""The steps of a deployment: what is checked, uploaded, asked of CloudFormation and agreed to, in this order."""

import json
import secrets
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from woo_stack.cloudformation.body import Body, TemplateError
from woo_stack.cloudformation.change import Change, Difference, State
from woo_stack.cloudformation.changeset import ChangeSet, Template
from woo_stack.cloudformation.difference import difference
from woo_stack.cloudformation.emulated import completed, trimmed
from woo_stack.cloudformation.events import DONE, OnEvent, Outcome, cause, follow
from woo_stack.cloudformation.refusals import AwsError, asking
from woo_stack.cloudformation.stack import Stack, outputs_of
from woo_stack.cloudformation.states import Kind, condition
from woo_stack.cloudformation.triggers import Trigger, blamed, configuration, doomed, triggers
from woo_stack.cloudformation.unsupported import UnrecognizedTypesError
from woo_stack.cloudformation.uploads import CODE_PARAMETERS, code_of_template, sent, too_long, upload
from woo_stack.errors import WooStackError
from woo_stack.validate import problems

#: The stack that has the bucket and the role for deployments, if there is one.
BOOTSTRAP_STACK = "woo-stack-bootstrap"


class UnsafeError(WooStackError):
    """A change that loses what a resource holds, and that nobody has allowed."""


class DeclinedError(WooStackError):
    """The changes were shown and not agreed to; nothing of them is left."""


class FailedError(AwsError):
    """The stack did not come to what was asked for: ``ended`` is its state then, ``cause`` the first real cause."""

    def __init__(self, stack: Stack, status: str, reason: str) -> None:
        super().__init__(f"the stack {stack.title} ended as {status}: {reason}; see {stack.console_url}")
        self.ended = status
        self.cause = reason


@dataclass(frozen=True, kw_only=True)
class Deployment:
    """What was asked for, and the steps up to the change set; the fields are `deploy`'s arguments."""

    stack: Stack
    body: Body
    parameters: Mapping[str, str]
    tags: Mapping[str, str] | None
    stack_policy: Mapping[str, Any] | None
    termination_protection: bool | None
    rollback_alarms: tuple[str, ...]
    monitor_minutes: int
    capabilities: tuple[str, ...]
    role_arn: str | None
    bucket: str | None
    bootstrap_stack: str
    on_event: OnEvent | None
    tell: Callable[[str], None]

    def check(self) -> None:
        """Refuse a template with errors and tell its warnings, before AWS is asked anything."""
        self.tell("checking the template")
        named = f"the template {self.body.where}" if self.body.where else "the template"
        if not self.body.knowable:
            self.tell(f"not checked: only CloudFormation knows what the loops of {named} make")
            return
        found = [finding for finding in problems(self.body.unrolled) if finding.level != "note"]
        errors = [finding for finding in found if finding.level == "error"]
        for finding in found:
            if [finding] != errors:
                self.tell(f"{finding}")
        if errors:
            count = "an error" if len(errors) == 1 else f"{len(errors)} errors, the first"
            raise TemplateError(f"{named} has {count} in {errors[0].where}: {errors[0].message} ({errors[0].rule})")

    def refuse_state(self, described: Mapping[str, Any] | None) -> None:
        """Refuse a stack that no update can help, with what to do about it."""
        found = condition(described)
        if found.kind in (Kind.DEAD, Kind.STUCK):
            resources = [one for one in self.stack.resources() if one["ResourceStatus"].endswith("_FAILED")]
            raise AwsError(found.told(self.stack.title, ", ".join(one["LogicalResourceId"] for one in resources)))

    def with_code(self, code: Path | None) -> "Deployment":
        """This deployment with its code in the bucket, if the template takes it from one."""
        if code is None and any(name in self.parameters for name in CODE_PARAMETERS):
            return self
        if not (zipped := code_of_template(self.body, code)):
            return self
        bucket = self._bucket(f"the template takes the code {zipped.name} from a bucket")
        key = upload(self.stack, bucket, zipped.read_bytes(), zipped.name, self.tell)
        return replace(self, parameters={**self.parameters, "CodeBucket": bucket, "CodeKey": key})

    def prepare(self, described: Mapping[str, Any] | None) -> "Prepared":
        """The change set, and what it would change; an emulator gets the template as far as it knows its types."""
        try:
            return self._prepared(described)
        except UnrecognizedTypesError as unrecognized:
            left = trimmed(self.stack, self.body, unrecognized)
            for line in left.lines():
                self.tell(f"not emulated, left out: {line}")
            return replace(self, body=Body.of(left.template))._prepared(described)

    def _prepared(self, described: Mapping[str, Any] | None) -> "Prepared":
        before = self.stack.deployed() if described else None
        sent, role = self._sent(), self._role()
        chosen = triggers(self.stack, self.body, self.rollback_alarms, self.tell)
        self.tell("asking CloudFormation what would change")
        while True:
            changes = ChangeSet.create(
                self.stack,
                sent,
                parameters=self.parameters,
                previous=[name for name in (before.parameters if before else ()) if name in self.body.parameters],
                tags=self.tags,
                capabilities=dict.fromkeys((*self.body.capabilities, *self.capabilities)),
                role_arn=role,
                rollback=configuration(chosen, self.monitor_minutes) if before or chosen else None,
            )
            prepared = Prepared(self, changes, tuple(chosen), Difference())
            with prepared.taken_back_unless_executed():
                if not (lost := doomed(chosen, changes.resource_changes)):
                    wanted = self._wanted(before)
                    found = difference(before, wanted, completed(self.stack, changes.resource_changes, before, wanted))
                    if changes.empty:
                        # What the templates say differently is nothing that CloudFormation would do.
                        found = Difference(template=found.template, source="change set")
                    return replace(prepared, difference=found)
            changes.delete()
            chosen = [trigger for trigger in chosen if trigger.logical_id not in lost]

    def guard(self, described: Mapping[str, Any] | None) -> None:
        """Set the stack policy and the termination protection, where they were asked for."""
        client, name = self.stack.client("cloudformation"), self.stack.name
        if self.stack_policy is not None:
            with asking(f"the policy of the stack {self.stack.title} cannot be set"):
                client.set_stack_policy(StackName=name, StackPolicyBody=json.dumps(self.stack_policy))
        wanted = self.termination_protection
        if wanted is not None and wanted != (described or {}).get("EnableTerminationProtection", False):
            with asking(f"the termination protection of the stack {self.stack.title} cannot be set"):
                client.update_termination_protection(StackName=name, EnableTerminationProtection=wanted)
            self.tell(f"the stack {self.stack.title} is {'now' if wanted else 'no longer'} protected from deletion")

    def _wanted(self, before: State | None) -> State:
        tags = self.tags if self.tags is not None else (before.tags if before else {})
        return State(self.body.parsed, self.body.values(self.parameters, before.parameters if before else None), tags)

    def _sent(self) -> Template:
        why = too_long(self.body)
        return sent(self.stack, self.body, self._bucket(why) if why else "", self.tell)

    @cached_property
    def _bootstrap(self) -> dict[str, str]:
        """The outputs of the bootstrap stack, none where there is no such; it does not deploy itself with them."""
        if self.stack.title == self.bootstrap_stack:
            return {}
        return outputs_of(self.stack.beside(self.bootstrap_stack).described() or {})

    def _bucket(self, why: str) -> str:
        if found := self.bucket or self._bootstrap.get("BucketName"):
            return found
        raise AwsError(f"{why}: run `woo-stack bootstrap` once, which makes one, or name yours with --bucket")

    def _role(self) -> str | None:
        """The role that CloudFormation works with; None for the caller's own rights, or the role it had before."""
        if self.role_arn or not (role := self._bootstrap.get("ExecutionRoleArn")):
            return self.role_arn
        prefix = self._bootstrap.get("StackPrefix", "")
        if self.stack.title.startswith(prefix):
            return role
        self.tell(
            f"the role of {self.bootstrap_stack} is for stacks whose names begin with {prefix}, so {self.stack.title} "
            "is deployed with your own rights"
        )
        return None


@dataclass(frozen=True)
class Prepared:
    """A change set that can be agreed to, and the steps from there."""

    deployment: Deployment
    changes: ChangeSet
    triggers: tuple[Trigger, ...]
    difference: Difference

    @contextmanager
    def taken_back_unless_executed(self) -> Iterator[None]:
        """Leave nothing behind when one of the steps is refused, declined or interrupted."""
        try:
            yield
        except BaseException:
            # What ended it is told; that it could not be tidied up after is not.
            with suppress(AwsError):
                self.changes.delete()
            raise

    def refuse_unsafe(self, allowed: Collection[str]) -> None:
        """Refuse what loses data, unless each such resource is named; a name that nothing has is told."""
        known = {change.logical_id for change in self.difference.changes}
        for name in (name for name in allowed if name not in known):
            self.deployment.tell(f"--allow-replacement {name} is of no use: nothing of that name changes")
        if unsafe := self.difference.unsafe(allowed):
            named = " ".join(f"--allow-replacement {change.logical_id}" for change in unsafe)
            lost = "; ".join(map(_lost, unsafe))
            raise UnsafeError(f"{lost}: nothing was done, allowed: {named}")

    def ask(self, approve: Callable[[Difference], bool] | None) -> None:
        """Ask for agreement, where somebody is there to be asked."""
        if approve and not approve(self.difference):
            raise DeclinedError(f"the changes of the stack {self.changes.stack.title} were declined, nothing was done")

    def execute(self, described: Mapping[str, Any] | None) -> str:
        """Have it done; returns the token that the events bear."""
        if self.changes.kind == "UPDATE":
            self.deployment.guard(described)
        token = f"woo-stack-{secrets.token_hex(8)}"
        self.changes.execute(token)
        return token

    def finish(self, token: str) -> Outcome:
        """Follow it to the end; FailedError when that is another one than was asked for."""
        deployment = self.deployment
        followed = deployment.stack.beside(self.changes.stack_id)
        outcome = follow(followed, deployment.on_event, token=token, tell=deployment.tell)
        if outcome.status not in DONE:
            for event in outcome.events:
                if event.status == "DELETE_SKIPPED":
                    deployment.tell(f"{event.logical_id} stays in the account: {event.type} {event.physical_id}")
            reason = cause(outcome.events, followed)
            raise FailedError(followed, outcome.status, reason + blamed(followed, self.triggers))
        if self.changes.kind == "CREATE":
            # Not before: a stack that cannot be created must be deletable.
            deployment.guard(followed.described())
        return outcome


def _lost(change: Change) -> str:
    """`Documents (AWS::DynamoDB::Table) would be replaced, with its items`."""
    if change.unseen:
        return f"{change.logical_id} ({change.type}) would be changed, and may lose {change.loses}"
    verb = "would be replaced" if change.replaced else "would be removed"
    return f"{change.logical_id} ({change.type}) {verb}, with {change.loses}"
