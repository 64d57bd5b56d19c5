"""What an API answers: routes by method and path, each with its function and with who may call it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NoReturn

from troposphere import AWSHelperFn, Sub, Template, apigateway

from woo_stack.component import Checked, Component, Value, WooStackError, camel, given, resolved
from woo_stack.function import Function

METHODS = ("ANY", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")


class RouteError(WooStackError, ValueError):
    """A route that API Gateway would refuse or that could be mistaken for another."""


@dataclass(frozen=True, eq=False)
class Authorizer(Component):
    """A function that decides who may call, from headers or the query string of the request.

    API Gateway answers 401 by itself when an identity source is missing, and remembers the function's answer for the
    same identity for `cache_seconds`
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/configure-api-gateway-lambda-authorization.html).
    Without any identity source nothing is remembered and the function is asked each time.
    """

    #: A `Function`, or the ARN of one that is not in this template.
    function: Function | Value
    #: Header names, or ``query:name`` for a query-string parameter; a call must have all of them.
    identity: tuple[str, ...] = ("Authorization",)
    #: 0 to 3600; 300 keeps a revoked key alive for five minutes at most.
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

    def of(self, api: Value, logical_id: str) -> apigateway.Authorizer:
        """The authorizer of an API."""
        return apigateway.Authorizer(
            logical_id,
            AuthorizerResultTtlInSeconds=self.cache_seconds,
            AuthorizerUri=invocation(self.function),
            Name=self.title,
            RestApiId=api,
            Type="REQUEST",
            **given(IdentitySource=self.identity_source),
        )

    def add_to(self, template: Template) -> NoReturn:
        """Refuse: an authorizer is part of the API whose routes name it."""
        self.refuse("add_to", template, "the API whose routes name it")

    @property
    def identity_source(self) -> str:
        """The identity sources in API Gateway's own spelling."""
        sources = (
            ("querystring", name[6:]) if name.startswith("query:") else ("header", name) for name in self.identity
        )
        return ",".join(f"method.request.{where}.{name}" for where, name in sources)


@dataclass(frozen=True)
class Open(Checked):
    """Anybody may call the route; the reason goes into the template for whoever reviews it."""

    reason: str

    def __post_init__(self) -> None:
        """Refuse to open a route without saying why."""
        if len(str(self.reason).split()) < 3:
            self.refuse("reason", self.reason, "a sentence that a security reviewer would accept")


Auth = str | Authorizer | Open


@dataclass(frozen=True)
class Route(Checked):
    """What answers a route, and who may call it: ``"iam"``, an `Authorizer`, or `Open` with a reason."""

    #: A `Function`, or the ARN of one that is not in this template.
    function: Function | Value
    auth: Auth

    def __post_init__(self) -> None:
        """Refuse a missing function and any other authorization; let a `Parameter` stand for its `Ref`."""
        object.__setattr__(self, "function", resolved(self.function))
        if not self.function or (isinstance(self.function, str) and not self.function.startswith("arn:")):
            self.refuse("function", self.function, "a Function or the ARN of one")
        if self.auth != "iam" and not isinstance(self.auth, Authorizer | Open):
            self.refuse("auth", self.auth, "'iam', an Authorizer, or Open('the reason')")

    @property
    def integration(self) -> apigateway.Integration:
        """The call of the function; API Gateway invokes by POST, whatever the client's method."""
        return apigateway.Integration(IntegrationHttpMethod="POST", Type="AWS_PROXY", Uri=invocation(self.function))

    def authorization(self, authorizers: Mapping[Authorizer, Value]) -> dict[str, object]:
        """The properties by which a method says who may call it, with the authorizers' ids."""
        if isinstance(self.auth, Authorizer):
            return {"AuthorizationType": "CUSTOM", "AuthorizerId": authorizers[self.auth]}
        if isinstance(self.auth, Open):
            return {"AuthorizationType": "NONE", "Metadata": {"woo-stack": {"open": self.auth.reason}}}
        return {"AuthorizationType": "AWS_IAM"}


@dataclass(frozen=True)
class Address:
    """A route's method and path, parsed from ``"GET /products/{id}"``."""

    method: str
    parts: tuple[str, ...]

    @classmethod
    def parse(cls, text: str) -> "Address":
        """Parse and check; raises RouteError with the part that is wrong."""
        method, _, path = text.partition(" ")
        if method not in METHODS:
            raise RouteError(f"route {text!r}: method is {method!r}, allowed: {', '.join(METHODS)}")
        if not path.startswith("/") or (path != "/" and path.endswith("/")):
            raise RouteError(
                f"route {text!r}: path is {path!r}, allowed: one that starts with '/' and does not end with it"
            )
        parts = tuple(path.split("/")[1:]) if path != "/" else ()
        for index, part in enumerate(parts):
            greedy = part.endswith("+}")
            if not re.fullmatch(r"[A-Za-z0-9._~:-]+|\{[A-Za-z0-9._-]+\+?\}", part) or (
                greedy and index < len(parts) - 1
            ):
                raise RouteError(
                    f"route {text!r}: {part!r} is no path part, "
                    "allowed: letters, digits and ._~:-, {name}, or {name+} at the end"
                )
        return cls(method, parts)

    @property
    def has_body(self) -> bool:
        """Whether a request may carry a body that there is something to validate about."""
        return self.method in ("ANY", "PATCH", "POST", "PUT")

    def parents(self) -> Iterator[tuple[str, ...]]:
        """Every path from the first part down to this one."""
        for depth in range(1, len(self.parts) + 1):
            yield self.parts[:depth]


def addresses(texts: Iterable[str]) -> list[Address]:
    """Parse routes; raises RouteError for two paths that would get the same logical id."""
    parsed = [Address.parse(text) for text in texts]
    seen: dict[str, tuple[str, ...]] = {}
    variables: dict[tuple[str, ...], str] = {}
    for address in parsed:
        for parts in address.parents():
            variable = variables.setdefault(parts[:-1], parts[-1]) if parts[-1].startswith("{") else parts[-1]
            if variable != parts[-1]:
                raise RouteError(
                    f"route path '/{'/'.join(parts)}' stands beside {variable!r}, allowed: one variable there"
                )
            other = seen.setdefault(camel("/".join(parts)), parts)
            if other != parts:
                path, taken = "/".join(parts), "/".join(other)
                raise RouteError(f"route path '/{path}' has the logical id of '/{taken}', allowed: one of them")
    return parsed


def invocation(function: Function | Value) -> Sub:
    """The URI by which API Gateway calls a function."""
    uri = "arn:${AWS::Partition}:apigateway:${AWS::Region}:lambda:path/2015-03-31/functions/%s/invocations"
    if isinstance(function, Function):
        return Sub(uri % f"${{{function.function.title}.Arn}}")
    return Sub(uri % "${Arn}", Arn=function)
