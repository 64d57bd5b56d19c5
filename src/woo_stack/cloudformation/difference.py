"""What would change between what is deployed and what is to be: by a change set's word, or by the templates alone."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from woo_stack.cloudformation.change import (
    ABSENT,
    HIDDEN,
    KNOWN_LATER,
    Change,
    Difference,
    PropertyChange,
    Replacement,
    State,
)
from woo_stack.cloudformation.change_set_changes import ChangeSetReader
from woo_stack.cloudformation.compared import differences, plain, same, shown
from woo_stack.cloudformation.expressions import references
from woo_stack.cloudformation.predicted import predicted
from woo_stack.cloudformation.resolved import Resolved, no_echo

_NOTHING = State({"Resources": {}})
#: The order that changes are told in, after those that lose something.
_ORDER = ("replace", "remove", "change", "add")


def difference(
    before: State | None, after: State, resource_changes: Sequence[Mapping[str, Any]] | None = None
) -> Difference:
    """All that would change; what loses something first, then what is replaced, removed, modified and added.

    With the ResourceChange structures of a change set these say which resources change, how and why; without them
    the templates do, and AWS's resource schemas say what is replaced. A parameter that ``after`` has no value for
    keeps the one from before. ``before`` is None for a stack that is not there: all of it is added.
    """
    was = before or _NOTHING
    will = _with_previous(was, after, resource_changes)
    old, new = Resolved(was), Resolved(will)
    changes = (
        predicted(old, new)
        if resource_changes is None
        else ChangeSetReader(was, will, old, new).changes(resource_changes)
    )
    changes.sort(key=lambda change: (not change.loses, _ORDER.index(change.kind), change.logical_id))
    return Difference(
        tuple(changes),
        tuple(_parameters(old, new)),
        tuple(_outputs(old, new, changes)),
        tuple(_by_name(was.tags, will.tags)),
        tuple(_template(old, new)),
        source="template" if resource_changes is None else "change set",
    )


def _with_previous(before: State, after: State, resource_changes: Sequence[Mapping[str, Any]] | None) -> State:
    """The values that the parameters will have; CloudFormation alone knows whether a hidden one is another."""
    kept = {
        name: value for name, value in before.parameters.items() if name in (after.template.get("Parameters") or {})
    }
    values = {**kept, **after.parameters}
    if resource_changes is not None:
        causes = {detail.get("CausingEntity") for one in resource_changes for detail in one.get("Details", ())}
        for name in no_echo(after.template):
            if name in kept and name not in causes:
                values[name] = kept[name]
    return replace(after, parameters=values)


def _parameters(old: Resolved, new: Resolved) -> Iterator[PropertyChange]:
    hidden = no_echo(old.template) | no_echo(new.template)
    for change in _by_name(old.parameters, new.parameters):
        if change.path in hidden:
            values = (HIDDEN if value is not ABSENT else ABSENT for value in (change.before, change.after))
            yield PropertyChange(change.path, *values)
        else:
            yield change


def _outputs(old: Resolved, new: Resolved, changes: Sequence[Change]) -> Iterator[PropertyChange]:
    replaced = {change.logical_id for change in changes if change.replacement is not Replacement.NO}
    was, will = ({name: one.get("Value") for name, one in side.outputs.items()} for side in (old, new))
    changed = {change.path for change in _by_name(was, will)}
    yield from _by_name(was, will)
    for name, value in will.items():
        causes = sorted({one for one, _ in references(value)} & replaced)
        if causes and name not in changed:
            yield PropertyChange(name, plain(value), KNOWN_LATER, cause=", ".join(causes))
    exports = ({name: one.get("Export", {}).get("Name") for name, one in side.outputs.items()} for side in (old, new))
    for change in _by_name(*exports):
        yield replace(change, path=f"{change.path}.Export.Name")


def _template(old: Resolved, new: Resolved) -> Iterator[PropertyChange]:
    """Conditions, and defaults that are not taken."""
    old_rules, new_rules = (side.template.get("Conditions") or {} for side in (old, new))
    if old.template is not _NOTHING.template:
        for path, before, after in differences(old_rules, new_rules, ("Conditions",)):
            yield PropertyChange(shown(path), before, after)
    declared, hidden = [side.template.get("Parameters") or {} for side in (old, new)], no_echo(new.template)
    for name in declared[0].keys() & declared[1].keys():
        was, will = (side[name].get("Default", ABSENT) for side in declared)
        if not same(was, will) and same(old.parameters[name], new.parameters[name]):
            values = (HIDDEN if name in hidden and value is not ABSENT else value for value in (was, will))
            yield PropertyChange(f"Parameters.{name}.Default", *values)


def _by_name(was: Mapping[str, Any], will: Mapping[str, Any]) -> Iterator[PropertyChange]:
    """What differs between two mappings, each value as a whole; None is as good as absent."""
    for name in [*was, *(name for name in will if name not in was)]:
        before, after = (ABSENT if side.get(name) is None else side[name] for side in (was, will))
        if not same(before, after):
            yield PropertyChange(name, plain(before), plain(after))
