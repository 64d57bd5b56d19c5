"""Routes: how they are written, who may call them, and what API Gateway may invoke for them."""

import re
from typing import Any

import pytest

from woo_stack import Authorizer, Open, Route, SettingError
from woo_stack.routes import Address, RouteError, invocation

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:catalog"


@pytest.mark.parametrize(
    ("text", "method", "parts"),
    [
        ("GET /", "GET", ()),
        ("ANY /{proxy+}", "ANY", ("{proxy+}",)),
        ("DELETE /v3/orders/{id}", "DELETE", ("v3", "orders", "{id}")),
        ("PUT /a.b/c~d/e:f/g-h_i", "PUT", ("a.b", "c~d", "e:f", "g-h_i")),
    ],
)
def test_a_route_is_method_and_path(text: str, method: str, parts: tuple[str, ...]) -> None:
    assert Address.parse(text) == Address(method, parts)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("FETCH /a", "method is 'FETCH'"),
        ("get /a", "method is 'get'"),
        ("/a", "method is '/a'"),
        ("GET a", "path is 'a'"),
        ("GET", "path is ''"),
        ("GET  /a", "path is ' /a'"),
        ("GET /a/", "path is '/a/'"),
        ("GET /a//b", "'' is no path part"),
        ("GET /a b", "'a b' is no path part"),
        ("GET /{proxy+}/b", "'{proxy+}' is no path part"),
        ("GET /x{id}", "'x{id}' is no path part"),
        ("GET /é", "'é' is no path part"),
    ],
)
def test_a_route_that_api_gateway_would_refuse_is_refused(text: str, named: str) -> None:
    with pytest.raises(RouteError, match=f"route {re.escape(repr(text))}: {re.escape(named)}.*, allowed: "):
        Address.parse(text)


def test_parents_are_listed_from_the_first_part_down() -> None:
    assert list(Address.parse("GET /a/b/{c}").parents()) == [("a",), ("a", "b"), ("a", "b", "{c}")]


@pytest.mark.parametrize(("method", "body"), [("GET", False), ("DELETE", False), ("POST", True), ("ANY", True)])
def test_only_methods_with_a_body_have_one(method: str, body: bool) -> None:
    assert Address.parse(f"{method} /a").has_body is body


@pytest.mark.parametrize(
    ("identity", "source"),
    [
        (("Authorization",), "method.request.header.Authorization"),
        (("X-Key", "query:sig"), "method.request.header.X-Key,method.request.querystring.sig"),
    ],
)
def test_identity_sources_in_api_gateways_spelling(identity: tuple[str, ...], source: str) -> None:
    assert Authorizer("Key", ARN, identity=identity).identity_source == source


def test_an_authorizer_without_identity_must_not_remember() -> None:
    assert Authorizer("Key", ARN, identity=(), cache_seconds=0).identity_source == ""
    with pytest.raises(SettingError, match="Authorizer 'Key': cache_seconds is 300, allowed: 0"):
        Authorizer("Key", ARN, identity=())


def test_an_existing_function_is_invoked_by_its_arn(as_json: Any) -> None:
    text, values = as_json(invocation(ARN))["Fn::Sub"]
    assert values == {"Arn": ARN}
    assert "/functions/${Arn}/invocations" in text


def test_an_open_route_takes_a_reason_of_three_words() -> None:
    assert Route(ARN, auth=Open("Health checks only")).auth == Open("Health checks only")
