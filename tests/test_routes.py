"""Routes: how they are written, and who may call them how often."""

import re
from typing import Any

import pytest
from troposphere import Parameter

from woo_stack import Open, Route, SettingError
from woo_stack.authorizers import Jwt
from woo_stack.routes import Address, RouteError

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


def test_an_open_route_takes_a_reason_of_three_words() -> None:
    assert Route(ARN, auth=Open("Health checks only")).auth == Open("Health checks only")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"throttle_rate": 0}, "throttle_rate is 0, allowed: a whole number from 1 to 1000000 requests a second"),
        (
            {"throttle_burst": 1_000_001},
            "throttle_burst is 1000001, allowed: a whole number from 1 to 1000000 requests",
        ),
        ({"throttle_rate": True}, "throttle_rate is True, allowed: a whole number"),
        ({"sources": "192.0.2.0/24"}, "sources is '192.0.2.0/24', allowed: a list of CIDR blocks"),
        ({"metered": "yes"}, "metered is 'yes', allowed: True, False"),
    ],
)
def test_a_routes_own_limits_are_checked(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingError, match=re.escape(f"Route: {said}")):
        Route(ARN, auth="iam", **settings)


def test_a_parameter_may_say_how_often() -> None:
    route = Route(Parameter("Callee", Type="String"), "iam", Parameter("Rate", Type="Number"), 17)
    assert [one.to_dict() for one in (route.function, route.throttle_rate)] == [{"Ref": "Callee"}, {"Ref": "Rate"}]
    assert route.throttle_burst == 17


def test_a_route_says_who_may_call() -> None:
    tokens = Jwt("Tokens", "https://id.example.com", ["shop"], scopes=["orders/read"])
    assert Route(ARN, auth="iam").authorization({}) == {"AuthorizationType": "AWS_IAM"}
    assert Route(ARN, auth=Open("Prices are public")).authorization({}) == {
        "AuthorizationType": "NONE",
        "Metadata": {"woo-stack": {"open": "Prices are public"}},
    }
    assert Route(ARN, auth=tokens).authorization({tokens: "a1"}) == {
        "AuthorizationType": "JWT",
        "AuthorizerId": "a1",
        "AuthorizationScopes": ["orders/read"],
    }
