"""Values and conditions of a template's policies in words: `Ref`, `Fn::GetAtt` and `Fn::Sub` as what they stand for."""

import json
import re
from collections.abc import Iterator
from typing import Any

EVERYTHING = "everything"
#: What an operator says between a key and its values; ``IfExists`` and ``ForAllValues:`` are told beside it.
OPERATORS = {
    "StringEquals": "is",
    "StringNotEquals": "is not",
    "StringLike": "is like",
    "StringNotLike": "is not like",
    "ArnEquals": "is",
    "ArnLike": "is like",
    "Bool": "is",
    "IpAddress": "is in",
    "NotIpAddress": "is not in",
    "NumericLessThan": "is less than",
    "NumericLessThanEquals": "is at most",
    "NumericGreaterThan": "is more than",
    "NumericGreaterThanEquals": "is at least",
}
_NULL = {"true": "is absent", "false": "is present"}
#: An ARN as far as it says no more than the place.
_ARN = re.compile(
    r"arn:(?:aws|\$\{AWS::Partition\}):([\w-]+):(?:\$\{AWS::Region\})?:(?:\$\{AWS::AccountId\}|aws)?:(?=.)"
)


def conditions(found: dict[str, Any]) -> str:
    """All conditions of a statement, which must all hold."""
    return ", ".join(
        _one(operator, key, values) for operator in sorted(found) for key, values in sorted(found[operator].items())
    )


def _one(operator: str, key: str, values: Any) -> str:
    if operator == "Null":
        return f"`{key}` {_NULL[f'{values}'.lower()]}"
    name, _, bare = operator.rpartition(":")
    bare, if_exists = bare.removesuffix("IfExists"), bare.endswith("IfExists")
    said = OPERATORS.get(bare, bare)
    each = {"ForAllValues": "every ", "ForAnyValue": "any "}.get(name, "")
    told = " or ".join(dict.fromkeys(value(one) for one in values) if isinstance(values, list) else [value(values)])
    return f"{each}`{key}` {said} {told}{' or absent' if if_exists else ''}"


def value(given: Any) -> str:
    """A value as a person reads it: a logical id or a text as code, ``*`` as "everything"."""
    match given:
        case "*":
            told = EVERYTHING
        case {"Ref": "AWS::AccountId"}:
            told = "this account"
        case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), "Arn"]}:
            told = f"`{name}`"
        case {"Fn::GetAtt": [title, attribute]}:
            told = f"`{title}.{attribute}`"
        case {"Fn::Sub": str(text)} | {"Fn::Sub": [str(text), _]} | str(text):
            told = f"`{_ARN.sub(_place, text)}`"
        case {"Fn::If": [condition, yes, no]}:
            told = f"{value(yes)} if `{condition}`, else {value(no)}"
        case {"Fn::Split": [delimiter, text]}:
            told = f"each of {value(text)} (split at `{delimiter}`)"
        case _:
            told = f"`{json.dumps(given, sort_keys=True)}`"
    return told


def _place(found: re.Match[str]) -> str:
    return f"{found[1]}: "


def values(given: Any) -> Iterator[str]:
    """A value or a list of them, each in words."""
    yield from map(value, given if isinstance(given, list) else [given])
