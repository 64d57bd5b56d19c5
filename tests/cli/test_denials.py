"""What an authorizer said is put into API Gateway's answer, and nothing else is touched."""

import json
from io import BytesIO
from typing import Any

import pytest
from botocore.exceptions import ClientError

from woo_stack.cli.denials import Denials

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:asked"
URI = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{}/invocations"


class Emulated:
    """An emulator whose API has these authorizers, all answered by one function."""

    endpoint = "http://127.0.0.1:1"

    def __init__(self, *functions: str) -> None:
        self.functions = functions
        self.events: list[dict[str, Any]] = []

    def session(self) -> "Emulated":
        return self

    def client(self, service: str, endpoint_url: str) -> "Emulated":
        assert service in ("apigateway", "lambda")
        assert endpoint_url == self.endpoint
        return self

    def get_authorizers(self, *, restApiId: str) -> dict[str, Any]:  # noqa: N803 (boto3's name)
        assert restApiId == "a1b2"
        return {"items": [{"authorizerUri": URI.format(function)} for function in self.functions]}

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 (boto3's names)
        assert FunctionName == FUNCTION
        self.events.append(json.loads(Payload))
        return {"Payload": BytesIO(json.dumps({"context": {"code": "too_late", "left": 3}}).encode())}


def test_the_authorizers_words_are_put_in() -> None:
    emulated = Emulated(FUNCTION)
    body = b'{"code":"$context.authorizer.code","n":$context.authorizer.left,"x":"$context.authorizer.other"}'
    filled = Denials(emulated, "a1b2").filled(body, "GET", "/live/wp-json/a?k=1&k=2", {"Authorization": "Basic eA=="})  # type: ignore[arg-type] # what it uses of an emulator
    assert filled == b'{"code":"too_late","n":3,"x":""}'
    (event,) = emulated.events
    assert event["methodArn"] == "arn:aws:execute-api:us-east-1:000000000000:a1b2/live/GET/wp-json/a"
    assert (event["type"], event["path"]) == ("REQUEST", "/wp-json/a")
    assert event["headers"] == {"Authorization": "Basic eA=="}
    assert event["queryStringParameters"] == {"k": "2"}
    assert event["multiValueQueryStringParameters"] == {"k": ["1", "2"]}


@pytest.mark.parametrize("functions", [(), (FUNCTION, FUNCTION)])
def test_without_one_authorizer_the_body_stays(functions: tuple[str, ...]) -> None:
    emulated = Emulated(*functions)
    body = b'{"code":"$context.authorizer.code"}'
    assert Denials(emulated, "a1b2").filled(body, "GET", "/live/a", {}) == body  # type: ignore[arg-type] # as above
    assert not emulated.events


def test_a_body_without_such_a_variable_asks_nobody() -> None:
    emulated = Emulated(FUNCTION)
    body = b'{"code":"$context.error.code"}'
    assert Denials(emulated, "a1b2").filled(body, "GET", "/live/a", {}) == body  # type: ignore[arg-type] # as above
    assert not emulated.events


@pytest.mark.parametrize(("code", "raised"), [("NotFoundException", False), ("TooManyRequestsException", True)])
def test_an_http_api_has_no_words_but_its_own(code: str, raised: bool) -> None:
    emulated = Emulated()

    def refused(**_: str) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "Invalid API identifier specified"}}, "GetAuthorizers")

    emulated.get_authorizers = refused  # type: ignore[method-assign,assignment] # as the emulator answers
    if raised:
        with pytest.raises(ClientError, match=code):
            Denials(emulated, "a1b2")  # type: ignore[arg-type] # as above
    else:
        body = b'{"message":"$context.authorizer.code"}'
        assert Denials(emulated, "a1b2").filled(body, "GET", "/live/a", {}) == body  # type: ignore[arg-type] # as above
    assert not emulated.events
