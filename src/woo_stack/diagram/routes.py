"""The routes of APIs, for the edges from them to what answers."""

from collections.abc import Mapping
from typing import Any

from woo_stack.diagram.references import references

Resource = Mapping[str, Any]
#: More of them on one edge are counted.
MOST = 3


def route(resources: Mapping[str, Resource], name: str) -> list[str]:
    """The routes that a method or an integration is of: "GET /orders/{id}"."""
    kind, given = resources[name].get("Type"), properties(resources[name])
    if kind == "AWS::ApiGateway::Method":
        return [f"{_text(given.get('HttpMethod'))} {_path(resources, given.get('ResourceId'))}"]
    if kind == "AWS::ApiGatewayV2::Integration":
        return [
            _text(properties(one).get("RouteKey"))
            for one in resources.values()
            if one.get("Type") == "AWS::ApiGatewayV2::Route"
            and any(found.name == name for found in references(properties(one).get("Target")))
        ]
    return []


def listed(routes: list[str]) -> str:
    """Some routes as a label, a line each."""
    shown = list(dict.fromkeys(routes))
    more = len(shown) - MOST
    return "\n".join(shown if more <= 1 else [*shown[:MOST], f"and {more} more"])


def properties(resource: Resource) -> dict[str, Any]:
    """A resource's properties, whatever stands there."""
    given = resource.get("Properties")
    return dict(given) if isinstance(given, Mapping) else {}


def _path(resources: Mapping[str, Resource], value: Any) -> str:
    parts: list[str] = []
    seen: set[str] = set()
    while found := next((one.name for one in references(value) if one.name in resources), None):
        given = properties(resources[found])
        if "PathPart" not in given or found in seen:
            break
        seen.add(found)
        parts.insert(0, _text(given["PathPart"]))
        value = given.get("ParentId")
    return f"/{'/'.join(parts)}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else "?"
