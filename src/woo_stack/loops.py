"""The loops of `AWS::LanguageExtensions`: what each `Fn::ForEach` makes, in its place.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/intrinsic-function-reference-foreach.html
"""

import re
from collections.abc import Mapping
from typing import Any

#: How the name of a loop begins.
LOOP = "Fn::ForEach::"
#: ``${Name}``, and ``&{Name}`` for the letters and digits of it.
_HOLE = re.compile(r"([$&])\{\s*(\w+)\s*\}")


class Loops:
    """A template's loops, wherever they stand: around resources, outputs, conditions or properties, within each other.

    Of a loop over what only CloudFormation knows all is made once, with the loop's variable by its name. ``once`` has
    what that made, each with the variable; it is filled as `unrolled` goes.
    """

    def __init__(self, template: Mapping[str, Any], parameters: Mapping[str, str] | None = None) -> None:
        """Of a template that is deployed with these parameters; what they do not say is the default."""
        declared = template.get("Parameters")
        self._declared = declared if isinstance(declared, Mapping) else {}
        self._parameters = parameters or {}
        self.once: dict[str, str] = {}

    def unrolled(self, value: Any, variables: Mapping[str, str] | None = None) -> Any:
        """The template, or a value of it, without loops; `variables` are those of the loops around it."""
        known = variables or {}
        match value:
            case str():
                return _filled(value, known)
            case list():
                return [self.unrolled(item, known) for item in value]
            case {"Ref": str(name)} if name in known:
                return known[name]
            case {"Fn::Sub": str(text)} if known:
                filled = _filled(text, known)
                return {"Fn::Sub": filled} if "${" in filled else filled
            case Mapping():
                return self._made(value, known)
        return value

    def _made(self, mapping: Mapping[str, Any], known: Mapping[str, str]) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for name, item in mapping.items():
            match item:
                case [str(variable), over, Mapping() as each] if f"{name}".startswith(LOOP):
                    values = self._values(over, known)
                    for one in [variable] if values is None else values:
                        turn = self._made(each, {**known, variable: one})
                        self.once |= dict.fromkeys(turn, variable) if values is None else {}
                        made |= turn
                case _:
                    made[_filled(name, known) if isinstance(name, str) else name] = self.unrolled(item, known)
        return made

    def _values(self, over: Any, known: Mapping[str, str]) -> list[str] | None:
        """What is looped over: a list, or a parameter that is one; None for what only AWS knows."""
        match self.unrolled(over, known):
            case [*items] if all(isinstance(item, str) for item in items):
                return [*items]
            case {"Ref": str(name)}:
                # Of another type, as Systems Manager's, a default names where the list is.
                match self._declared.get(name):
                    case {"Type": "CommaDelimitedList", **about}:
                        given = self._parameters.get(name, about.get("Default"))
                        return [item.strip() for item in given.split(",")] if given and isinstance(given, str) else None
        return None


def _filled(text: str, known: Mapping[str, str]) -> str:
    def value(hole: re.Match[str]) -> str:
        if hole[2] not in known:
            return hole[0]
        return known[hole[2]] if hole[1] == "$" else re.sub(r"[^A-Za-z0-9]", "", known[hole[2]])

    return _HOLE.sub(value, text) if known else text
