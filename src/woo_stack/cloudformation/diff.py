"""What a template would change in a stack, without changing anything."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from troposphere import Template

from woo_stack.cloudformation.body import Body, TemplateError
from woo_stack.cloudformation.change import Difference, State
from woo_stack.cloudformation.changeset import ChangeSet
from woo_stack.cloudformation.difference import difference
from woo_stack.cloudformation.emulated import completed, trimmed
from woo_stack.cloudformation.refusals import AwsError
from woo_stack.cloudformation.stack import Stack
from woo_stack.cloudformation.states import Kind, condition
from woo_stack.cloudformation.unsupported import UnrecognizedTypesError
from woo_stack.cloudformation.uploads import CODE_PARAMETERS, code_of_template, hashed, sent, too_long

#: Nobody executes the change set: of the template nothing is made by this. Nested stacks with macros ask for the last.
_CAPABILITIES = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")


class _NoChangeSetError(Exception):
    """There can be none; why not, in a sentence."""


def diff(
    stack: Stack,
    template: Body | Template | Mapping[str, Any] | Path | str,
    *,
    parameters: Mapping[str, str] | None = None,
    tags: Mapping[str, str] | None = None,
    bucket: str | None = None,
    role_arn: str | None = None,
    change_set: bool = True,
) -> Difference:
    """What deploying the template would change, by a change set that is deleted again.

    Parameters that are not given keep the deployed value, else the default; without ``tags`` the stack's stay. A
    template of more than 51,200 bytes is put into ``bucket`` for it. Where there can be no change set, the deployed
    template is compared instead, and the difference's ``reason`` says why: it is not allowed, or too large without a
    bucket, or the stack is at work or cannot be updated. With ``change_set`` false it is compared anyway, and nothing
    is made in the account. Code that the template takes from a bucket is the zip that a deployment would upload.

    A stack that is not there yet, or was never created, gets all that the template has; a change set would leave an
    empty stack behind. What changes inside a nested stack is not told, only that it does. Raises AwsError for what AWS
    refuses and TemplateError for what is no template.
    """
    body = Body.of(template)
    described = stack.described()
    state = condition(described)
    before = None if state.kind in (Kind.NEW, Kind.DEAD) else stack.deployed()
    kept = before.tags if before else {}
    after = State(body.parsed, _with_code(body, parameters or {}, bucket), kept if tags is None else dict(tags))
    reason = "" if state.kind in (Kind.NEW, Kind.READY) else state.told(stack.title)
    if before and change_set and not reason:
        try:
            return _by_change_set(stack, body, before, after, bucket=bucket, tags=tags, role_arn=role_arn)
        except _NoChangeSetError as without:
            reason = f"{without}"
    return replace(difference(before, after), reason=reason)


def _with_code(body: Body, parameters: Mapping[str, str], bucket: str | None) -> dict[str, str]:
    """The parameters, with the code that a deployment would upload, if the template takes it from a bucket."""
    given = dict(parameters)
    if any(name in given for name in CODE_PARAMETERS):
        return given
    try:
        zipped = code_of_template(body, None)
    except TemplateError:
        return given
    if not zipped:
        return given
    where = {"CodeBucket": bucket} if bucket else {}
    return {**given, **where, "CodeKey": hashed(zipped.read_bytes(), zipped.name)}


def _by_change_set(
    stack: Stack, body: Body, before: State, after: State, *, bucket: str | None, **options: Any
) -> Difference:
    """From one; where there can be none the reason is raised as _NoChangeSetError."""
    if not bucket and (reason := too_long(body)):
        raise _NoChangeSetError(reason)
    try:
        return _told(_created(stack, body, before, after, bucket=bucket, **options), before, after)
    except UnrecognizedTypesError as unrecognized:
        left = trimmed(stack, body, unrecognized)
    except AwsError as error:
        if not error.denied:
            raise
        raise _NoChangeSetError(f"{error}") from error
    found = diff(stack, left.template, parameters=after.parameters, bucket=bucket, **options)
    return replace(found, reason=f"not emulated, left out: {'; '.join(left.lines())}")


def _created(stack: Stack, body: Body, before: State, after: State, *, bucket: str | None, **options: Any) -> ChangeSet:
    return ChangeSet.create(
        stack,
        sent(stack, body, bucket or ""),
        parameters=after.parameters,
        capabilities=_CAPABILITIES,
        description="woo-stack diff",
        previous=[name for name in before.parameters if name in body.parameters],
        **options,
    )


def _told(changes: ChangeSet, before: State, after: State) -> Difference:
    """What a change set says; it is deleted, whatever happens."""
    if changes.empty:
        # What the templates say differently is nothing that CloudFormation would do.
        found = difference(before, after, [])
        return Difference(template=found.template, source="change set")
    try:
        found = difference(before, after, completed(changes.stack, changes.resource_changes, before, after))
    except BaseException:
        changes.delete()
        raise
    try:
        changes.delete()
    except AwsError as error:
        return replace(found, reason=f"{error}")
    return found
