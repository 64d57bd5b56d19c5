"""What an authorizer said, in API Gateway's answer: the one thing of its error bodies that the emulator leaves out.

API Gateway fills ``$context.authorizer.NAME`` of a gateway response with the context that the authorizer returned;
MiniStack leaves the text as it is. So the authorizer of the deployed stack is asked once more, and its own words are
put in.
"""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from botocore.exceptions import ClientError

from woo_stack.cli.emulator import REGION, Emulator

_VARIABLE = re.compile(rb"\$context\.authorizer\.([A-Za-z0-9_]+)")
_FUNCTION = re.compile(r"functions/(.+)/invocations$")


class Denials:
    """Fills in the refusals of one API's authorizer."""

    def __init__(self, emulator: Emulator, api_id: str) -> None:
        session = emulator.session()
        self._lambda = session.client("lambda", endpoint_url=emulator.endpoint)
        self._api_id = api_id
        gateway = session.client("apigateway", endpoint_url=emulator.endpoint)
        try:
            items = gateway.get_authorizers(restApiId=api_id)["items"]
        except ClientError as error:
            if error.response["Error"]["Code"] != "NotFoundException":
                raise
            items = []  # an HTTP API, whose refusals have no words but its own
        found = [_FUNCTION.search(one.get("authorizerUri", "")) for one in items]
        self._functions = [match[1] for match in found if match]

    def filled(self, body: bytes, method: str, target: str, headers: Mapping[str, str]) -> bytes:
        """The body with the authorizer's context in it; as it is where nothing is to be filled in."""
        # An API with several authorizers would need the one of the route: no template of ours has two.
        if not _VARIABLE.search(body) or len(self._functions) != 1:
            return body
        answer = self._lambda.invoke(
            FunctionName=self._functions[0], Payload=json.dumps(self._request(method, target, headers)).encode()
        )
        context = json.loads(answer["Payload"].read()).get("context") or {}
        return _VARIABLE.sub(lambda found: str(context.get(found[1].decode(), "")).encode(), body)

    def _request(self, method: str, target: str, headers: Mapping[str, str]) -> dict[str, Any]:
        """The event that a REQUEST authorizer gets."""
        split = urlsplit(target)
        stage, _, route = split.path.lstrip("/").partition("/")
        query = parse_qs(split.query, keep_blank_values=True)
        return {
            "type": "REQUEST",
            "methodArn": f"arn:aws:execute-api:{REGION}:000000000000:{self._api_id}/{stage}/{method}/{route}",
            "httpMethod": method,
            "path": f"/{route}",
            "headers": dict(headers),
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "queryStringParameters": {name: values[-1] for name, values in query.items()},
            "multiValueQueryStringParameters": query,
            "requestContext": {"requestId": "local"},
        }
