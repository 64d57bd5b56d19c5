"""A template with its parameters put in: two that say the same in other words become equal.

What only AWS knows stays an expression: `Ref` and `GetAtt` of resources, `AWS::Region`. Text with such holes has one
form, `Fn::Sub`, whichever of Join, Split and Sub it was made of.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any

from woo_stack.cloudformation.change import HIDDEN, State
from woo_stack.cloudformation.expressions import (
    HOLE,
    Secret,
    escaped,
    from_sub,
    in_sub,
    is_expression,
    is_function,
    outside,
    scalar,
)

_NO_VALUE = {"Ref": "AWS::NoValue"}
#: What stands for it is in Systems Manager or Secrets Manager.
_DYNAMIC = "{{resolve:"


def no_echo(template: Mapping[str, Any]) -> set[str]:
    """The parameters whose values nobody is to see."""
    declared = template.get("Parameters") or {}
    return {name for name, about in declared.items() if f"{about.get('NoEcho', '')}".lower() == "true"}


class Resolved:
    """A state's resources and outputs, those whose conditions are false left out."""

    def __init__(self, state: State) -> None:
        self.template = state.template
        self._declared: Mapping[str, Any] = state.template.get("Parameters") or {}
        self._hidden = no_echo(state.template)
        #: Every declared parameter's value, its default where the state has none; None where there is neither.
        self.parameters = {
            name: state.parameters.get(name, about.get("Default")) for name, about in self._declared.items()
        }
        self._known: dict[str, bool | None] = {}

    @cached_property
    def resources(self) -> dict[str, dict[str, Any]]:
        """By logical id; loops that CloudFormation unrolls (`Fn::ForEach`) are not among them."""
        present = ((name, one) for name, one in self._present("Resources") if not is_function(name))
        return {name: self._value(one) for name, one in present if isinstance(one, dict)}

    @cached_property
    def outputs(self) -> dict[str, Any]:
        """Value and export of each; the value of a loop is what it says."""
        kept = ("Value", "Export")
        return {
            name: {"Value": one} if is_function(name) else self._value({key: one[key] for key in kept if key in one})
            for name, one in self._present("Outputs")
            if isinstance(one, dict) or is_function(name)
        }

    @property
    def loops(self) -> dict[str, Any]:
        """`Fn::ForEach` among the resources, as it is written."""
        return {name: one for name, one in (self.template.get("Resources") or {}).items() if is_function(name)}

    @property
    def left_out(self) -> set[str]:
        """The resources whose conditions are known to be false; none where a macro may still change them."""
        declared = {} if self.template.get("Transform") else self.template.get("Resources") or {}
        return declared.keys() - dict(self._present("Resources")).keys()

    def _present(self, section: str) -> Iterator[tuple[str, Any]]:
        for name, one in (self.template.get(section) or {}).items():
            if not (isinstance(one, dict) and self.condition(one.get("Condition")) is False):
                yield name, one

    # --- conditions

    def condition(self, name: object) -> bool | None:
        """Whether the condition holds; None when only AWS knows."""
        if not isinstance(name, str):
            return True
        if name not in self._known:
            self._known[name] = None
            self._known[name] = self._holds((self.template.get("Conditions") or {}).get(name))
        return self._known[name]

    def _holds(self, rule: object) -> bool | None:
        match rule:
            case {"Condition": str(name)}:
                return self.condition(name)
            case {"Fn::Not": [one]}:
                held = self._holds(one)
                return None if held is None else not held
            case {"Fn::And": [*rules]}:
                all_held = {self._holds(one) for one in rules}
                return False if False in all_held else None if None in all_held else True
            case {"Fn::Or": [*rules]}:
                any_held = {self._holds(one) for one in rules}
                return True if True in any_held else None if None in any_held else False
            case {"Fn::Equals": [left, right]}:
                return _equal(self._value(left), self._value(right))
        return None

    # --- values

    def _value(self, value: Any) -> Any:
        if isinstance(value, list):
            return [self._value(item) for item in value if item != _NO_VALUE and not self._nothing(item)]
        if not isinstance(value, dict):
            return value
        if is_expression(value):
            ((function, argument),) = value.items()
            solve = _FUNCTIONS.get(function)
            return solve(self, argument) if solve else {function: self._value(argument)}
        return {key: self._value(item) for key, item in value.items() if item != _NO_VALUE and not self._nothing(item)}

    def _nothing(self, value: object) -> bool:
        """Whether it is an `Fn::If` that ends in `AWS::NoValue`."""
        match value:
            case {"Fn::If": [str(name), yes, no]} if (held := self.condition(name)) is not None:
                chosen = yes if held else no
                return chosen == _NO_VALUE or self._nothing(chosen)
        return False

    def _ref(self, name: Any) -> Any:
        if self.parameters.get(name) is None:
            return {"Ref": name}
        value, kind = self.parameters[name], f"{self._declared[name].get('Type', '')}"
        if kind.startswith("AWS::SSM::Parameter::Value"):
            value = f"{{{{resolve:ssm:{value}}}}}"
        elif kind == "CommaDelimitedList" or kind.startswith("List<"):
            value = [item.strip() for item in f"{value}".split(",")]
        return Secret(value) if name in self._hidden else value

    def _get_att(self, argument: Any) -> Any:
        if isinstance(argument, str):
            return {"Fn::GetAtt": argument.split(".", 1)}
        match argument:
            case [str(name), *rest] if all(isinstance(part, str) for part in rest):
                return {"Fn::GetAtt": [name, ".".join(rest)]}
        return {"Fn::GetAtt": self._value(argument)}

    def _sub(self, argument: Any) -> Any:
        text, given = argument if isinstance(argument, list) and len(argument) == 2 else (argument, {})
        if not isinstance(text, str) or not isinstance(given, dict):
            return {"Fn::Sub": self._value(argument)}
        variables = {name: self._value(value) for name, value in given.items()}
        secret, left = False, {}

        def fill(hole: re.Match[str]) -> str:
            nonlocal secret
            name = hole[1].strip()
            value = variables[name] if name in variables else self._ref(name) if name in self._declared else None
            if isinstance(value, Secret):
                secret, value = True, value.value
            text = f"${{{name}}}" if value is None else in_sub(value)
            if text is None:
                left[name] = value
            return f"${{{name}}}" if text is None else text

        filled = HOLE.sub(fill, text)
        result = {"Fn::Sub": [filled, left]} if left else from_sub(filled)
        return Secret(result) if secret else result

    def _join(self, argument: Any) -> Any:
        match argument:
            case [str(between), {"Fn::Split": [str(at), source]}]:
                # Replaces one text by another, whatever is in the holes.
                whole = self._value(source)
                text = in_sub(whole.value if isinstance(whole, Secret) else whole)
                if text is not None:
                    result = from_sub(outside(text, lambda part: part.replace(at, escaped(between))))
                    return Secret(result) if isinstance(whole, Secret) else result
            case [str(between), parts]:
                items = self._value(parts)
                if isinstance(items, list):
                    texts = [in_sub(item.value if isinstance(item, Secret) else item) for item in items]
                    secret = any(isinstance(item, Secret) for item in items)
                    if all(text is not None for text in texts):
                        result = from_sub(escaped(between).join(text for text in texts if text is not None))
                        return Secret(result) if secret else result
        return {"Fn::Join": self._value(argument)}

    def _split(self, argument: Any) -> Any:
        found = self._value(argument)
        match found:
            case [str(at), str(text)] if at and _DYNAMIC not in text:
                return text.split(at)
        return {"Fn::Split": found}

    def _select(self, argument: Any) -> Any:
        found = self._value(argument)
        match found:
            case [str() | int() as at, [*items]] if f"{at}".isdigit() and int(at) < len(items):
                return items[int(at)]
        return {"Fn::Select": found}

    def _find_in_map(self, argument: Any) -> Any:
        found, mappings = self._value(argument), self.template.get("Mappings") or {}
        match found:
            case [str(name), str() | int() as first, str() | int() as second, *_] if name in mappings:
                if f"{second}" in (row := mappings[name].get(f"{first}", {})):
                    return row[f"{second}"]
        if isinstance(found, list) and found and isinstance(found[0], str):
            # Only AWS knows which row: all of them, so that a change of one is seen.
            found = [mappings.get(found[0], found[0]), *found[1:]]
        return {"Fn::FindInMap": found}

    def _if(self, argument: Any) -> Any:
        match argument:
            case [str(name), yes, no]:
                held = self.condition(name)
                return (
                    {"Fn::If": [name, self._value(yes), self._value(no)]}
                    if held is None
                    else self._value((no, yes)[held])
                )
        return {"Fn::If": self._value(argument)}


_FUNCTIONS: dict[str, Callable[[Resolved, Any], Any]] = {
    "Ref": Resolved._ref,
    "Fn::GetAtt": Resolved._get_att,
    "Fn::Sub": Resolved._sub,
    "Fn::Join": Resolved._join,
    "Fn::Split": Resolved._split,
    "Fn::Select": Resolved._select,
    "Fn::FindInMap": Resolved._find_in_map,
    "Fn::If": Resolved._if,
}


def _equal(left: Any, right: Any) -> bool | None:
    """Of a condition; None when only AWS knows."""
    left, right = (one.value if isinstance(one, Secret) else one for one in (left, right))
    if not all(isinstance(one, str | int | float) for one in (left, right)):
        return True if left == right else None
    texts = scalar(left), scalar(right)
    if any(HIDDEN in text for text in texts):
        return None
    if texts[0] == texts[1]:
        return True
    return None if any(_DYNAMIC in text for text in texts) else False
