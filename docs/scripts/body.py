"""The shop's dashboard as CloudFormation would hand it to CloudWatch, for what is drawn and counted of it."""

import hashlib
import json
import re
from typing import Any

from troposphere import encode_to_dict

from woo_stack import Shop

Json = dict[str, Any]
STACK = "shop"
_PSEUDO = {
    "AWS::Region": "us-east-1",
    "AWS::StackName": STACK,
    "AWS::AccountId": "111122223333",
    "AWS::Partition": "aws",
}


def dashboard(shop: Shop) -> Json:
    """The body of the dashboard, every value in it resolved as in a stack named `STACK` with the form's defaults."""
    template = shop.template.to_dict()
    built: Json = json.loads(resolved(encode_to_dict(shop.health.dashboard.DashboardBody), template))
    for widget in built["widgets"]:
        if widget["type"] == "metric":
            widget["properties"]["metrics"] = _written_out(widget["properties"]["metrics"])
    return built


def digest(body: Json) -> str:
    """What tells a picture of this body from one of another."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def resolved(value: Any, template: Json) -> str:
    """A value as CloudFormation would resolve it, with logical ids behind the stack's name for names of resources.

    Raises ValueError for a function that dashboards have not used so far.
    """
    match value:
        case str():
            found = value
        case {"Ref": str(name)} if name in template["Parameters"]:
            found = str(template["Parameters"][name]["Default"])
        case {"Ref": str(name)}:
            found = _PSEUDO.get(name, f"{STACK}-{name}")
        case {"Fn::GetAtt": [title, attribute]}:
            found = _attribute(title, attribute)
        case {"Fn::Join": [delimiter, {"Fn::Split": [old, text]}]}:
            found = delimiter.join(resolved(text, template).split(old))
        case {"Fn::Sub": [text, variables]}:
            found = _substituted(text, variables, template)
        case {"Fn::Sub": str(text)}:
            found = _substituted(text, {}, template)
        case _:
            raise ValueError(f"value is {value!r}, allowed: Ref, GetAtt, Sub, and Join of Split")
    return found


def _substituted(text: str, variables: Json, template: Json) -> str:
    def found(match: re.Match[str]) -> str:
        name = match[1]
        if name in variables:
            return resolved(variables[name], template)
        title, _, attribute = name.partition(".")
        return _attribute(title, attribute) if attribute else resolved({"Ref": name}, template)

    return re.sub(r"\$\{([^}!]+)\}", found, text)


def _attribute(title: str, attribute: str) -> str:
    if attribute == "Arn":
        return f"arn:aws:cloudwatch:{_PSEUDO['AWS::Region']}:{_PSEUDO['AWS::AccountId']}:alarm:{STACK}-{title}"
    return f"{STACK}-{title}"


def _written_out(metrics: list[list[Any]]) -> list[list[Any]]:
    """Lines of a graph without CloudWatch's shorthand: ``"."`` is what stands there in the line before."""
    before: list[Any] = []
    lines = []
    for line in metrics:
        options = [part for part in line if isinstance(part, dict)]
        parts = [part for part in line if not isinstance(part, dict)]
        if parts[:1] == ["..."]:
            parts = [*before[: len(before) - len(parts) + 1], *parts[1:]]
        before = [before[place] if part == "." else part for place, part in enumerate(parts)]
        lines.append([*before, *options])
    return lines
