"""Who may call a route: whom an authorizer lets in, or anybody."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, NoReturn

from troposphere import AWSHelperFn, Template, apigateway, apigatewayv2

from woo_stack.checked import Checked
from woo_stack.component import Component, Value, given
from woo_stack.function import Function
from woo_stack.invocation import invocation


@dataclass(frozen=True, eq=False)
class Authority(Component):
    """Any kind of authorizer; it is part of the API whose routes name it."""

    #: What a route says of it.
    type: ClassVar[str] = "CUSTOM"
    #: The kinds of API that have it, and what the others have instead.
    protocols: ClassVar[tuple[str, ...]] = ("REST", "HTTP")
    instead: ClassVar[str] = ""

    @property
    def granted(self) -> dict[str, list[Value]]:
        """What a route asks of a token beside its being valid: one of its scopes."""
        return given(AuthorizationScopes=[*getattr(self, "scopes", ())])

    def rest(self, api: Value, logical_id: str) -> apigateway.Authorizer:
        """The authorizer of a REST API."""
        raise NotImplementedError(api, logical_id)  # no API asks a kind that is not among `protocols`

    def http(self, api: Value, logical_id: str) -> apigatewayv2.Authorizer:
        """The authorizer of an HTTP API."""
        raise NotImplementedError(api, logical_id)  # no API asks a kind that is not among `protocols`

    def add_to(self, template: Template) -> NoReturn:
        """Refuse: an authorizer is part of the API whose routes name it."""
        self.refuse("add_to", template, "the API whose routes name it")

    def _listed(self, name: str, allowed: str, *, start: str = "") -> None:
        """Refuse a field that is no list of texts, or has a literal that does not begin so."""
        values = getattr(self, name)
        if not isinstance(values, list | tuple) or not all(
            isinstance(value, AWSHelperFn) or (isinstance(value, str) and value.startswith(start) and value != "")
            for value in values
        ):
            self.refuse(name, values, allowed)


@dataclass(frozen=True, eq=False)
class Authorizer(Authority):
    """A function that decides who may call, from headers or the query string of the request.

    API Gateway answers 401 by itself when an identity source is missing, and remembers the function's answer for the
    same identity for `cache_seconds`
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html).
    Without any identity source nothing is remembered and the function is asked each time. It is asked the same by both
    kinds of API (payload version 1) and answers with a policy
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html).
    """

    #: A `Function`, or the ARN of one that is not in this template.
    function: Function | Value
    #: Header names, or ``query:name`` for a query-string parameter; a call must have all of them.
    identity: tuple[str, ...] = ("Authorization",)
    #: 0 to 3600; API Gateway remembers an answer so long, beside what the function itself remembers.
    cache_seconds: int = 300

    def check(self) -> None:
        """Refuse a cache without anything to tell callers apart by."""
        self.within("cache_seconds", 0, 3600, unit="seconds")
        if isinstance(self.cache_seconds, AWSHelperFn):
            self.refuse("cache_seconds", self.cache_seconds, "a literal, because a deployment is told by its text")
        if isinstance(self.identity, str):
            self.refuse("identity", self.identity, "a tuple of names, as in ('Authorization',)")
        if not self.identity and self.cache_seconds:
            self.refuse("cache_seconds", self.cache_seconds, "0 for an authorizer without identity sources")

    def rest(self, api: Value, logical_id: str) -> apigateway.Authorizer:
        """The authorizer of a REST API."""
        return apigateway.Authorizer(
            logical_id,
            AuthorizerResultTtlInSeconds=self.cache_seconds,
            AuthorizerUri=invocation(self.function),
            Name=self.title,
            RestApiId=api,
            Type="REQUEST",
            **given(IdentitySource=",".join(self.identity_sources("method.request"))),
        )

    def http(self, api: Value, logical_id: str) -> apigatewayv2.Authorizer:
        """The authorizer of an HTTP API."""
        return apigatewayv2.Authorizer(
            logical_id,
            ApiId=api,
            AuthorizerPayloadFormatVersion="1.0",
            AuthorizerResultTtlInSeconds=self.cache_seconds,
            AuthorizerType="REQUEST",
            AuthorizerUri=invocation(self.function),
            # An empty list means none; what is left out an emulator may take for the Authorization header.
            IdentitySource=self.identity_sources("$request"),
            Name=self.title,
        )

    def identity_sources(self, begin: str) -> list[str]:
        """The identity sources as API Gateway spells them: ``method.request.…``, in HTTP APIs ``$request.…``."""
        sources = (
            ("querystring", name[6:]) if name.startswith("query:") else ("header", name) for name in self.identity
        )
        return [f"{begin}.{where}.{name}" for where, name in sources]


@dataclass(frozen=True, eq=False)
class Jwt(Authority):
    """Tokens (JSON Web Tokens) of an issuer that publishes its keys; an HTTP API checks them without a function.

    Signature, issuer, audience, times and scopes are checked; the issuer's keys are remembered for two hours
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-jwt-authorizer.html).
    """

    type: ClassVar[str] = "JWT"
    protocols: ClassVar[tuple[str, ...]] = ("HTTP",)
    instead: ClassVar[str] = "UserPools(title, arns) with Cognito, or an Authorizer: a REST API checks no other tokens"

    #: The issuer's URL, as ``https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEf``.
    issuer: Value
    #: Whom a token must be made for: its ``aud`` or ``client_id`` is one of these.
    audience: Sequence[Value]
    #: A token must have one of these, if there are any.
    scopes: Sequence[Value] = ()

    def check(self) -> None:
        """Refuse an issuer that is no https URL, and an API that takes tokens which were made for others."""
        if not isinstance(self.issuer, AWSHelperFn) and not str(self.issuer).startswith("https://"):
            self.refuse("issuer", self.issuer, "the issuer's URL, https://…")
        self._listed("audience", "a list of client ids")
        self._listed("scopes", "a list of scopes, as in ['orders/read']")
        if not self.audience:
            self.refuse("audience", self.audience, "a list of at least one client id")

    def http(self, api: Value, logical_id: str) -> apigatewayv2.Authorizer:
        """The authorizer of an HTTP API."""
        return apigatewayv2.Authorizer(
            logical_id,
            ApiId=api,
            AuthorizerType="JWT",
            IdentitySource=["$request.header.Authorization"],
            JwtConfiguration=apigatewayv2.JWTConfiguration(Audience=list(self.audience), Issuer=self.issuer),
            Name=self.title,
        )


@dataclass(frozen=True, eq=False)
class UserPools(Authority):
    """Tokens of Cognito user pools, which a REST API checks without a function.

    Identity tokens, and with `scopes` access tokens
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-integrate-with-cognito.html).
    """

    type: ClassVar[str] = "COGNITO_USER_POOLS"
    protocols: ClassVar[tuple[str, ...]] = ("REST",)
    instead: ClassVar[str] = "Jwt(title, issuer, audience), which checks tokens of Cognito too"

    #: The pools' ARNs.
    arns: Sequence[Value]
    #: A token must have one of these, if there are any.
    scopes: Sequence[Value] = ()

    def check(self) -> None:
        """Refuse what is no user pool."""
        self._listed("arns", "a list of ARNs of Cognito user pools", start="arn:")
        self._listed("scopes", "a list of scopes, as in ['orders/read']")
        if not self.arns:
            self.refuse("arns", self.arns, "a list of at least one ARN of a Cognito user pool")

    def rest(self, api: Value, logical_id: str) -> apigateway.Authorizer:
        """The authorizer of a REST API."""
        return apigateway.Authorizer(
            logical_id,
            IdentitySource="method.request.header.Authorization",
            Name=self.title,
            ProviderARNs=list(self.arns),
            RestApiId=api,
            Type="COGNITO_USER_POOLS",
        )


@dataclass(frozen=True)
class Open(Checked):
    """Anybody may call the route; the reason goes into the template for whoever reviews it."""

    reason: str

    def __post_init__(self) -> None:
        """Refuse to open a route without saying why."""
        if len(str(self.reason).split()) < 3:
            self.refuse("reason", self.reason, "a sentence that a security reviewer would accept")
