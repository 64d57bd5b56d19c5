"""A template without the resource types that an emulator does not know."""

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

from woo_stack.cloudformation.refusals import AwsError

# ${Name} or ${Name.Attribute} of Fn::Sub; ${!Name} is literal text.
_SUBSTITUTION = re.compile(r"\$\{\s*([^!}.\s][^}.\s]*)[^}]*\}")


class UnrecognizedTypesError(AwsError):
    """CloudFormation refuses the whole template because it does not know these resource types."""

    def __init__(self, types: frozenset[str]) -> None:
        super().__init__(f"CloudFormation does not know these resource types: {', '.join(sorted(types))}")
        self.types = types


@dataclass(frozen=True)
class Trimmed:
    """What is left of a template and what had to go: logical id -> type of resources, names of outputs."""

    template: dict[str, Any]
    resources: dict[str, str]
    outputs: list[str]

    def lines(self) -> list[str]:
        """What had to go, to be read: `Type: LogicalId, LogicalId` for each type, then the outputs."""
        by_type: dict[str, list[str]] = {}
        for logical_id, kind in self.resources.items():
            by_type.setdefault(kind, []).append(logical_id)
        lines = [f"{kind}: {', '.join(ids)}" for kind, ids in sorted(by_type.items())]
        return lines + ([f"Outputs: {', '.join(self.outputs)}"] if self.outputs else [])


def without_types(template: dict[str, Any], types: Collection[str]) -> Trimmed:
    """A copy of the template without resources of these types, nor any resource or output that refers to one.

    A resource that names one of them in ``DependsOn`` alone stays, without that entry.
    """
    resources: dict[str, Any] = template.get("Resources", {})
    outputs: dict[str, Any] = template.get("Outputs", {})
    # What is no mapping is a loop: an emulator that knows none says so itself.
    declared = {logical_id: one for logical_id, one in resources.items() if isinstance(one, dict)}
    gone = {logical_id for logical_id, resource in declared.items() if resource.get("Type") in types}
    while more := {
        logical_id
        for logical_id, resource in declared.items()
        if logical_id not in gone and not gone.isdisjoint(references(resource))
    }:
        gone |= more
    lost = [name for name, output in outputs.items() if not gone.isdisjoint(references(output))]
    kept = {
        name: _independent_of(gone, one) if name in declared else one
        for name, one in resources.items()
        if name not in gone
    }
    left = template | {"Resources": kept}
    if outputs:
        left["Outputs"] = {name: outputs[name] for name in outputs if name not in lost}
    return Trimmed(left, {name: resources[name]["Type"] for name in resources if name in gone}, lost)


def references(value: object) -> Iterator[str]:
    """Every name that Ref, Fn::GetAtt and Fn::Sub mention anywhere inside, pseudo parameters included."""
    if isinstance(value, list):
        for item in value:
            yield from references(item)
    elif isinstance(value, dict):
        for pair in value.items():
            yield from _mentioned(*pair)


def _mentioned(key: str, value: object) -> Iterator[str]:
    match key, value:
        case "Ref", str(name):
            yield name
        case "Fn::GetAtt", str(path):
            yield path.partition(".")[0]
        case "Fn::GetAtt", [str(name), *_]:
            yield name
        case "Fn::Sub", str(text):
            yield from _SUBSTITUTION.findall(text)
        case "Fn::Sub", [str(text), dict(own)]:
            yield from (name for name in _SUBSTITUTION.findall(text) if name not in own)
            yield from references(list(own.values()))
        case _:
            yield from references(value)


def _independent_of(gone: Collection[str], resource: dict[str, Any]) -> dict[str, Any]:
    named = resource.get("DependsOn", [])
    kept = [name for name in ([named] if isinstance(named, str) else named) if name not in gone]
    rest = {key: value for key, value in resource.items() if key != "DependsOn"}
    return rest | ({"DependsOn": kept} if kept else {})
