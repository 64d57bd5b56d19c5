"""Authorizers: what API Gateway asks and remembers, of which tokens, and what either kind of API is told of it."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from troposphere import Ref, Sub, Template

from woo_stack import Authorizer, Open, SettingError
from woo_stack.authorizers import Jwt, UserPools

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:catalog"
POOL = "arn:aws:cognito-idp:eu-west-1:123456789012:userpool/eu-west-1_AbCdEf"
ISSUER = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf"


@pytest.mark.parametrize(
    ("identity", "source"),
    [
        (("Authorization",), "method.request.header.Authorization"),
        (("X-Key", "query:sig"), "method.request.header.X-Key,method.request.querystring.sig"),
    ],
)
def test_identity_sources_in_api_gateways_spelling(identity: tuple[str, ...], source: str) -> None:
    assert Authorizer("Key", ARN, identity=identity).identity_sources("method.request") == source.split(",")


def test_an_authorizer_without_identity_must_not_remember() -> None:
    assert Authorizer("Key", ARN, identity=(), cache_seconds=0).identity_sources("method.request") == []
    with pytest.raises(SettingError, match="Authorizer 'Key': cache_seconds is 300, allowed: 0"):
        Authorizer("Key", ARN, identity=())


def test_both_kinds_of_api_ask_the_same(as_json: Callable[[Any], Any]) -> None:
    keys = Authorizer("Keys", ARN, identity=("X-Key", "query:sig"), cache_seconds=17)
    rest, http = (as_json(made)["Properties"] for made in (keys.rest("r1", "A"), keys.http("h1", "A")))
    assert rest.pop("AuthorizerUri") == http.pop("AuthorizerUri")
    assert rest == {
        "AuthorizerResultTtlInSeconds": 17,
        "IdentitySource": "method.request.header.X-Key,method.request.querystring.sig",
        "Name": "Keys",
        "RestApiId": "r1",
        "Type": "REQUEST",
    }
    assert http == {
        "ApiId": "h1",
        "AuthorizerPayloadFormatVersion": "1.0",
        "AuthorizerResultTtlInSeconds": 17,
        "AuthorizerType": "REQUEST",
        "IdentitySource": ["$request.header.X-Key", "$request.querystring.sig"],
        "Name": "Keys",
    }


def test_without_identity_both_are_asked_each_time(as_json: Callable[[Any], Any]) -> None:
    asked = Authorizer("Asked", ARN, identity=(), cache_seconds=0)
    rest, http = (as_json(made)["Properties"] for made in (asked.rest("r1", "A"), asked.http("h1", "A")))
    assert rest["AuthorizerResultTtlInSeconds"] == http["AuthorizerResultTtlInSeconds"] == 0
    assert "IdentitySource" not in rest
    # Left out, MiniStack would take it for the Authorization header.
    assert http["IdentitySource"] == []


def test_tokens_of_an_issuer(as_json: Callable[[Any], Any]) -> None:
    tokens = Jwt("Tokens", Sub("https://${Host}/pool"), ["web", Ref("App")], scopes=("orders/read",))
    assert as_json(tokens.http("h1", "A"))["Properties"] == {
        "ApiId": "h1",
        "AuthorizerType": "JWT",
        "IdentitySource": ["$request.header.Authorization"],
        "JwtConfiguration": {"Audience": ["web", {"Ref": "App"}], "Issuer": {"Fn::Sub": "https://${Host}/pool"}},
        "Name": "Tokens",
    }
    assert tokens.granted == {"AuthorizationScopes": ["orders/read"]}
    assert Jwt("Tokens", ISSUER, ["web"]).granted == {}


def test_tokens_of_user_pools(as_json: Callable[[Any], Any]) -> None:
    people = UserPools("People", [POOL, Ref("Pool")], scopes=["carts/write"])
    assert as_json(people.rest("r1", "A"))["Properties"] == {
        "IdentitySource": "method.request.header.Authorization",
        "Name": "People",
        "ProviderARNs": [POOL, {"Ref": "Pool"}],
        "RestApiId": "r1",
        "Type": "COGNITO_USER_POOLS",
    }
    assert people.granted == {"AuthorizationScopes": ["carts/write"]}


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: Jwt("T", "http://id.example.com", ["a"]), "Jwt 'T': issuer is 'http://id.example.com', allowed: the"),
        (lambda: Jwt("T", None, ["a"]), "Jwt 'T': issuer is None, allowed: the issuer's URL, https://…"),
        (lambda: Jwt("T", ISSUER, "web"), "Jwt 'T': audience is 'web', allowed: a list of client ids"),
        (lambda: Jwt("T", ISSUER, []), "Jwt 'T': audience is [], allowed: a list of at least one client id"),
        (lambda: Jwt("T", ISSUER, [""]), "Jwt 'T': audience is [''], allowed: a list of client ids"),
        (lambda: Jwt("T", ISSUER, ["a"], scopes="all"), "Jwt 'T': scopes is 'all', allowed: a list of scopes, as in"),
        (
            lambda: UserPools("P", POOL),
            f"UserPools 'P': arns is '{POOL}', allowed: a list of ARNs of Cognito user pools",
        ),
        (lambda: UserPools("P", ["eu-west-1_A"]), "UserPools 'P': arns is ['eu-west-1_A'], allowed: a list of ARNs"),
        (lambda: UserPools("P", []), "UserPools 'P': arns is [], allowed: a list of at least one ARN of a Cognito"),
        (lambda: UserPools("P", [POOL], scopes=[1]), "UserPools 'P': scopes is [1], allowed: a list of scopes, as in"),
        (lambda: Jwt("T", ISSUER, ["a"]).add_to(Template()), "allowed: the API whose routes name it"),
    ],
)
def test_what_is_no_token_to_be_trusted_is_refused(make: Callable[[], Any], said: str) -> None:
    with pytest.raises(SettingError, match=re.escape(said)):
        make()


def test_open_takes_a_reason_of_three_words() -> None:
    assert Open("Health checks only").reason == "Health checks only"
    with pytest.raises(SettingError, match="Open: reason is 'public', allowed: a sentence that a security reviewer"):
        Open("public")
