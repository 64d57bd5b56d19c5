"""What is different where CloudFormation is an emulator (`Stack.emulated`): types it lacks, and guesses of its own."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from woo_stack.cloudformation.body import Body
from woo_stack.cloudformation.change import State
from woo_stack.cloudformation.resolved import Resolved
from woo_stack.cloudformation.schemas import never_replaces
from woo_stack.cloudformation.stack import Stack
from woo_stack.cloudformation.unsupported import Trimmed, UnrecognizedTypesError, without_types

Json = dict[str, Any]


def trimmed(stack: Stack, body: Body, refused: UnrecognizedTypesError) -> Trimmed:
    """The template as far as the emulator knows its types.

    Raises `refused` again for AWS's own CloudFormation, and for a stack that has such resources: without them in the
    template they would be removed.
    """
    there = stack.resources() if stack.emulated and stack.described() else []
    if not stack.emulated or any(one["ResourceType"] in refused.types for one in there):
        raise refused
    return without_types(body.parsed, refused.types)


def completed(stack: Stack, changes: Sequence[Json], before: State | None, after: State) -> Sequence[Json]:
    """The changes with what an emulator does not list: resources whose conditions begin or cease to hold."""
    if not stack.emulated or not before:
        return changes
    listed = {one["LogicalResourceId"] for one in changes}
    was, will = Resolved(before), Resolved(after)
    gone, come = was.resources.keys() - will.resources.keys(), will.resources.keys() - was.resources.keys()
    return [
        *changes,
        *({"Action": "Remove", **_named(was, name)} for name in sorted(gone - listed)),
        *({"Action": "Add", **_named(will, name)} for name in sorted(come - listed)),
    ]


def _named(state: Resolved, name: str) -> Json:
    return {"LogicalResourceId": name, "ResourceType": str(state.resources[name].get("Type", ""))}


def corrected(changes: Iterable[Json]) -> list[Json]:
    """ResourceChange structures, in which a property replaces its resource only if AWS's schemas let it.

    MiniStack says "Conditionally" of each property that it has no row for; then any change of a log group would look as
    if it lost the logs.
    """
    return [{**one, "Details": list(_details(one))} if "Details" in one else one for one in changes]


def _details(change: Mapping[str, Any]) -> Iterator[Json]:
    for detail in change["Details"]:
        target = detail["Target"]
        guessed = target["Attribute"] == "Properties" and target.get("RequiresRecreation") == "Conditionally"
        if guessed and never_replaces(change["ResourceType"], target["Name"]):
            yield {**detail, "Target": {**target, "RequiresRecreation": "Never"}}
        else:
            yield detail
