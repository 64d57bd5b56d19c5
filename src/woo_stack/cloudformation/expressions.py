"""Expressions of a template: who they refer to, and text with holes in the one form of `Fn::Sub`."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from woo_stack.cloudformation.change import HIDDEN

#: `${Name}` or `${Name.Attribute}`; `${!this}` is text.
HOLE = re.compile(r"\$\{(?!!)([^}]*)\}")


@dataclass(frozen=True)
class Secret:
    """A value that a NoEcho parameter reaches: compared, never shown."""

    value: Any

    def __str__(self) -> str:
        """What is shown of it."""
        return HIDDEN


def is_expression(value: object) -> bool:
    """Whether it is a function's call: `{"Ref": …}`, `{"Fn::…": …}`."""
    return isinstance(value, dict) and len(value) == 1 and bool({*value} & {"Ref", "Condition"} or is_function(*value))


def references(value: object) -> Iterator[tuple[str, str]]:
    """Every name that an expression refers to, with the attribute, empty for Ref."""
    match value:
        case Secret():
            yield from references(value.value)
        case {"Ref": str(name)}:
            yield name, ""
        case {"Fn::GetAtt": str(name)}:
            yield _attribute(name)
        case {"Fn::GetAtt": [str(name), *rest]}:
            yield name, ".".join(map(str, rest))
        case {"Fn::Sub": str(text)}:
            yield from map(_attribute, HOLE.findall(text))
        case {"Fn::Sub": [str(text), dict(variables)]}:
            yield from (_attribute(hole) for hole in HOLE.findall(text) if hole not in variables)
            yield from references([*variables.values()])
        case dict():
            yield from references([*value.values()])
        case list():
            for item in value:
                yield from references(item)


def reached(value: object, conditions: Mapping[str, Any]) -> set[str]:
    """Every name that a value depends on, by the conditions of its `Fn::If` as well."""
    names, seen, waiting = {name for name, _ in references(value)}, set[str](), [*_conditions(value)]
    while waiting:
        if (name := waiting.pop()) not in seen:
            seen.add(name)
            rule = conditions.get(name)
            names |= {name for name, _ in references(rule)}
            waiting += _conditions(rule)
    return names


def _conditions(value: object) -> Iterator[str]:
    match value:
        case {"Fn::If": [str(name), *values]}:
            yield name
            yield from _conditions(values)
        case {"Condition": str(name)}:
            yield name
        case dict():
            yield from _conditions([*value.values()])
        case list():
            for item in value:
                yield from _conditions(item)


def _attribute(hole: str) -> tuple[str, str]:
    name, _, attribute = hole.strip().partition(".")
    return name, attribute


def is_function(name: object) -> bool:
    """Whether a key is the name of one."""
    return isinstance(name, str) and name.startswith("Fn::")


def scalar(value: Any) -> str:
    """A text, number or truth as CloudFormation compares it: 60 is "60", true is "true"."""
    if isinstance(value, bool):
        return f"{value}".lower()
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    return f"{value}"


# --- text with holes, as Fn::Sub writes it


def escaped(text: str) -> str:
    """Plain text as it would stand in an `Fn::Sub`."""
    return text.replace("${", "${!")


def in_sub(value: Any) -> str | None:
    """A value as it would stand in an `Fn::Sub`; None for what cannot."""
    match value:
        case {"Ref": str(name)}:
            return f"${{{name}}}"
        case {"Fn::GetAtt": [str(name), str(attribute)]}:
            return f"${{{name}.{attribute}}}"
        case {"Fn::Sub": str(text)}:
            return text
        case str() | int() | float():
            return escaped(scalar(value))
    return None


def from_sub(text: str) -> Any:
    """The shortest value for a text of `Fn::Sub`."""
    if hole := HOLE.fullmatch(text):
        name, dot, attribute = hole[1].partition(".")
        return {"Fn::GetAtt": [name, attribute]} if dot else {"Ref": name}
    return {"Fn::Sub": text} if HOLE.search(text) else text.replace("${!", "${")


def outside(text: str, change: Callable[[str], str]) -> str:
    """Change what is between the holes."""
    parts = re.split(r"(\$\{(?!!)[^}]*\})", text)
    return "".join(part if at % 2 else change(part) for at, part in enumerate(parts))
