"""Which resources a value of a template is made of, and under which names it says so."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

_VARIABLE = re.compile(r"\$\{([^!${}][^${}]*)\}")


class Reference(NamedTuple):
    """A logical id, or what may be one, and the names of the properties above it."""

    path: tuple[str, ...]
    name: str


def references(value: Any) -> Iterator[Reference]:
    """Everything below a value that Ref, Fn::GetAtt or Fn::Sub names, in the order of the text.

    Without recursion: a template of somebody may be as deep as it likes.
    """
    pending: list[tuple[tuple[str, ...], Any]] = [((), value)]
    while pending:
        path, item = pending.pop()
        if isinstance(item, Mapping):
            yield from (Reference(path, name) for name in _named(item))
            below = [((*path, key) if ":" not in f"{key}" else path, part) for key, part in item.items()]
            pending += reversed(below)
        elif isinstance(item, list):
            pending += [(path, part) for part in reversed(item)]


def _named(item: Mapping[str, Any]) -> Iterator[str]:
    """What this intrinsic function itself names."""
    match item:
        case {"Ref": str(name)}:
            yield name
        case {"Fn::GetAtt": [str(name), *_]}:
            yield name
        case {"Fn::GetAtt": str(text)}:
            yield text.partition(".")[0]
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text)]}:
            yield from _variables(text, {})
        case {"Fn::Sub": [str(text), Mapping() as values]}:
            yield from _variables(text, values)


def _variables(text: str, values: Mapping[str, Any]) -> Iterator[str]:
    for variable in _VARIABLE.findall(text):
        if variable not in values:
            yield variable.partition(".")[0].strip()
