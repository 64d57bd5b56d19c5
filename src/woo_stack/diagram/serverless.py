"""What SAM's transform would make of a function's events, as far as a picture shows it."""

from collections.abc import Mapping
from typing import Any

from woo_stack.diagram.routes import properties

Resources = dict[str, Mapping[str, Any]]
#: The API that SAM makes where an event names none:
#: https://docs.aws.amazon.com/serverless-application-model/latest/developerguide/sam-specification-generated-resources.html
_IMPLICIT = {
    "Api": ("ServerlessRestApi", "AWS::Serverless::Api", "RestApiId"),
    "HttpApi": ("ServerlessHttpApi", "AWS::Serverless::HttpApi", "ApiId"),
}


def implied(resources: Resources) -> Resources:
    """The resources with the routes and APIs that the events of SAM's functions stand for; others as they are."""
    made: Resources = {}
    for name, resource in resources.items():
        events = properties(resource).get("Events") if resource.get("Type") == "AWS::Serverless::Function" else None
        for event, content in events.items() if isinstance(events, Mapping) else ():
            if isinstance(content, Mapping) and content.get("Type") in _IMPLICIT:
                made |= _route(name, f"{event}", content)
    # What the template itself has goes before what is made of it.
    return made | resources if made else resources


def _route(function: str, event: str, content: Mapping[str, Any]) -> Resources:
    """An integration with its route, as HTTP APIs have them, and the API if it is the implicit one."""
    api, kind, field = _IMPLICIT[content["Type"]]
    given = properties(content)
    method, path = given.get("Method", "ANY"), given.get("Path", "/")
    owner = given.get(field, {"Ref": api})
    called = f"{function}.{event}"
    made: Resources = {} if field in given else {api: {"Type": kind}}
    return made | {
        called: {
            "Type": "AWS::ApiGatewayV2::Integration",
            "Properties": {"ApiId": owner, "IntegrationUri": {"Ref": function}},
        },
        f"{called}.Route": {
            "Type": "AWS::ApiGatewayV2::Route",
            "Properties": {
                "ApiId": owner,
                "RouteKey": f"{method}".upper() + f" {path}",
                "Target": {"Fn::Join": ["/", ["integrations", {"Ref": called}]]},
            },
        },
    }
