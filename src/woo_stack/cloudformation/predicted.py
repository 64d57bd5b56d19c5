"""What a change of template does to each resource, worked out without AWS: as CloudFormation would, as far as known.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/using-cfn-updating-stacks-update-behaviors.html
"""

from collections.abc import Iterator, Mapping
from typing import Any

from woo_stack.cloudformation.change import KNOWN_LATER, OUTER_TYPES, Change, PropertyChange, Replacement
from woo_stack.cloudformation.compared import Path, differences, plain, same, shown
from woo_stack.cloudformation.expressions import Secret, reached, references
from woo_stack.cloudformation.policies import deletion_policy, replacement_policy
from woo_stack.cloudformation.resolved import Resolved
from woo_stack.cloudformation.schemas import recreation, stays

#: What of a resource CloudFormation compares; another DependsOn alone changes nothing.
ATTRIBUTES = ("Properties", "Metadata", "CreationPolicy", "UpdatePolicy", "DeletionPolicy", "UpdateReplacePolicy")
#: Of a resource, what changes: by the path as it is shown.
_Values = dict[str, PropertyChange]


def predicted(old: Resolved, new: Resolved) -> list[Change]:
    """Every resource that changes, by the templates alone.

    What only has a new value because another resource changes is told where that may replace it.
    """
    kept = [name for name in old.resources if name in new.resources]
    found = _with_followers({name: values for name in kept if (values := _modified(name, old, new))}, kept, new)
    return [
        *(_change(name, found[name], new.resources[name]) for name in kept if name in found),
        *_one_sided(old, new),
        *_loops(old, new),
    ]


def _change(name: str, values: _Values, resource: Mapping[str, Any]) -> Change:
    replacement = _replacement(values)
    return Change(
        "Modify",
        name,
        resource.get("Type", ""),
        replacement=replacement,
        policy=replacement_policy(resource) if replacement is not Replacement.NO else "",
        properties=tuple(values.values()),
    )


def cause(name: str, path: Path, old: Resolved, new: Resolved) -> str:
    """The parameters that a value follows from, if the template says the same of it as before."""
    was, will = ((one.template.get("Resources") or {}).get(name, {}) for one in (old, new))
    for part in path[:2]:
        was, will = (one.get(part) if isinstance(one, dict) else None for one in (was, will))
    if was is None or was != will:
        return ""
    changed = {key for key, value in new.parameters.items() if not same(old.parameters.get(key), value)}
    return ", ".join(sorted(reached(will, new.template.get("Conditions") or {}) & changed))


def _one_sided(old: Resolved, new: Resolved) -> Iterator[Change]:
    for name, resource in old.resources.items():
        if name not in new.resources:
            yield Change("Remove", name, resource.get("Type", ""), policy=deletion_policy(resource))
    for name, resource in new.resources.items():
        if name not in old.resources:
            yield Change("Add", name, resource.get("Type", ""))


def _loops(old: Resolved, new: Resolved) -> Iterator[Change]:
    """What only CloudFormation can unroll."""
    for name in [*old.loops, *(name for name in new.loops if name not in old.loops)]:
        if old.loops.get(name) != new.loops.get(name):
            yield Change("Dynamic", name, "")


def _modified(name: str, old: Resolved, new: Resolved) -> _Values:
    was, will = (
        {part: one.resources[name][part] for part in ("Type", *ATTRIBUTES) if part in one.resources[name]}
        for one in (old, new)
    )
    type_ = will.get("Type", "")
    found: _Values = {}
    for path, before, after in differences(was, will):
        # CloudFormation refuses another type under the same name; a new one would be the least.
        again = "Always" if path == ("Type",) else "Never"
        if path[0] == "Properties":
            again = recreation(type_, path[1:], before, after)
        found[shown(path)] = PropertyChange(
            shown(path), plain(before), plain(after), again, cause(name, path, old, new)
        )
    return found


def _with_followers(direct: dict[str, _Values], kept: list[str], new: Resolved) -> dict[str, _Values]:
    """Those that change themselves, and what may be replaced because of them, however long the way."""
    leaves = {name: [*_leaves(new.resources[name].get("Properties") or {}, ("Properties",))] for name in kept}
    found = direct
    while True:
        more = {name: {**direct.get(name, {}), **_following(name, leaves[name], direct, found, new)} for name in kept}
        more = {name: values for name, values in more.items() if values}
        if more == found:
            return found
        found = more


def _following(
    name: str,
    leaves: list[tuple[Path, Any]],
    direct: dict[str, _Values],
    found: dict[str, _Values],
    new: Resolved,
) -> _Values:
    """The values of a resource that may be others because of what has been found so far, and replace something.

    Those are the create-only ones, and whatever a nested stack gets: it may replace what it has.
    """
    values: _Values = {}
    type_ = new.resources[name].get("Type", "")
    for path, value in leaves:
        where = shown(path)
        if any(where == one or where.startswith((f"{one}.", f"{one}[")) for one in direct.get(name, ())):
            continue
        causes = {
            f"{other}.{attribute}" if attribute else other
            for other, attribute in references(value)
            if other in found and _may_differ(found[other], new.resources[other].get("Type", ""), attribute)
        }
        again = recreation(type_, path[1:], value, value) if causes else ""
        if again in ("Always", "Conditionally") or (causes and type_ in OUTER_TYPES):
            values[where] = PropertyChange(where, plain(value), KNOWN_LATER, again, ", ".join(sorted(causes)))
    return values


def _may_differ(values: _Values, type_: str, attribute: str) -> bool:
    """Whether an attribute of a resource that changes may be another; nobody sees another Metadata."""
    if _replacement(values) is not Replacement.NO:
        return True
    return not stays(type_, attribute) and any(where.startswith("Properties") for where in values)


def _replacement(values: _Values) -> Replacement:
    """Of a resource: what only follows from another one may come to pass, as CloudFormation says too."""
    if any(one.recreation == "Always" and one.after != KNOWN_LATER for one in values.values()):
        return Replacement.YES
    known = any(one.recreation in ("Always", "Conditionally") for one in values.values())
    return Replacement.MAYBE if known else Replacement.NO


def _leaves(value: Any, path: Path) -> Iterator[tuple[Path, Any]]:
    """Every part of a structure that refers to something."""
    match value:
        case {"Ref": _} | {"Fn::GetAtt": _} | {"Fn::Sub": _} | Secret():
            yield path, value
        case dict():
            for key, item in value.items():
                yield from _leaves(item, (*path, key))
        case list():
            for position, item in enumerate(value):
                yield from _leaves(item, (*path, position))
