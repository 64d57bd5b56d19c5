"""What both kinds of API are: explicit routes, each with its auth, behind one stage that is logged and throttled."""

import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from troposphere import AWSObject, Ref, Sub, awslambda
from troposphere.logs import LogGroup, MetricFilter

from woo_stack.authorizers import Authority, Authorizer
from woo_stack.choices import RETENTION_DAYS
from woo_stack.component import Component, Number, Value
from woo_stack.logs import count, log_group
from woo_stack.metric import Watch
from woo_stack.permissions import api_permission, calls, route_sources, source_path
from woo_stack.routes import Address, Route, addresses


@dataclass(frozen=True, eq=False)
class Api(Component, ABC):
    """What `RestApi` and `HttpApi` have in common."""

    #: Texts that become part of names and URLs: field, pattern, what is allowed.
    TEXTS: ClassVar[tuple[tuple[str, str, str], ...]] = (
        ("stage", "[A-Za-z0-9_-]{1,128}", "1 to 128 letters, digits, '-' and '_'"),
    )
    #: Which authorities it can ask.
    protocol: ClassVar[str]
    namespace: ClassVar = "AWS/ApiGateway"

    #: ``"GET /products/{id}"`` to `Route`.
    routes: Mapping[str, Route]
    stage: str = "live"
    #: Requests a second, and how many more may come at once; beyond that 429. The account's default is 10,000.
    throttle_rate: Number = 100
    throttle_burst: Number = 200
    retention_days: Number = 365
    #: Metrics by route as well as by stage; CloudWatch bills each as a custom metric.
    metrics_by_route: bool = True
    kms_key: Value | None = None
    #: What is counted in the access log beside throttled calls, as ``[Watch(..., pattern='{ $.status = "404" }')]``.
    metrics: Sequence[Watch] = ()
    description: str = ""

    def check(self) -> None:
        """Refuse what API Gateway would refuse, and a route without a function or an auth."""
        self.within("throttle_rate", 1, 1_000_000, unit="requests a second")
        self.within("throttle_burst", 1, 1_000_000, unit="requests")
        self.one_of("retention_days", RETENTION_DAYS)
        self.one_of("metrics_by_route", (True, False))
        if not self.routes or not isinstance(self.routes, Mapping):
            self.refuse("routes", self.routes, "at least one, as in {'GET /products': Route(function, auth='iam')}")
        for text, route in self.routes.items():
            if not isinstance(route, Route):
                self.refuse("routes", {text: route}, "Route(function, auth=...) for each path")
            if isinstance(route.auth, Authority) and self.protocol not in route.auth.protocols:
                self.refuse(f"auth of {text!r}", type(route.auth).__name__, route.auth.instead)
        titles = [auth.title for auth in self._authorities]
        if twice := {title for title in titles if titles.count(title) > 1}:
            self.refuse("routes", sorted(twice), "each authorizer made once, and shared by the routes that it is for")
        for name, pattern, allowed in self.TEXTS:
            if not isinstance(getattr(self, name), str) or not re.fullmatch(pattern, getattr(self, name)):
                self.refuse(name, getattr(self, name), allowed)
        if isinstance(self.metrics, Watch) or not all(getattr(row, "pattern", "") for row in self.metrics):
            self.refuse("metrics", self.metrics, "a list of Watch(...) with a pattern")

    @property
    @abstractmethod
    def api(self) -> AWSObject:
        """The API itself."""

    @property
    @abstractmethod
    def authorizers(self) -> Mapping[Authority, AWSObject]:
        """The authorizers that the routes name."""

    @property
    @abstractmethod
    def rows(self) -> tuple[Watch, ...]:
        """What is watched."""

    @property
    def custom_dimensions(self) -> dict[str, Value]:
        """What tells this stage's metrics from another's where they are counted in the access log."""
        return {"apiId": Ref(self.api), "stage": self.stage}

    @property
    def url(self) -> Value:
        """The base URL, without a slash at its end."""
        return Sub(f"https://${{{self.api.title}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/{self.stage}")

    def arn(self, *routes: str) -> Value:
        """The ARN of calls as a policy names it: of these routes, ``"GET /orders/{id}"``, or of all."""
        return calls(f"${{{self.api.title}}}/{self.stage}/{source_path(addresses(routes)) if routes else '*'}")

    @cached_property
    def logs(self) -> LogGroup:
        """The access log."""
        return log_group(self.id("AccessLogs"), self.retention_days, self.kms_key)

    @cached_property
    def counted(self) -> list[MetricFilter]:
        """Counts what API Gateway has no metric of its own for, as calls that were answered 429."""
        rows = [row for row in self.rows if row.pattern]
        return [count(self.id(row.metric), self.logs, row, self.custom_dimensions) for row in rows]

    @cached_property
    def permissions(self) -> list[awslambda.Permission]:
        """One permission a function for its routes, and one an authorizer for itself; none reaches further."""
        rows = [*route_sources([route.function for route in self.routes.values()], self._addresses, self.stage)]
        for auth, made in self.authorizers.items():
            if isinstance(auth, Authorizer):
                rows.append((f"Asks{auth.title}", auth.function, f"authorizers/${{{made.title}}}"))
        api = f"${{{self.api.title}}}"
        return [api_permission(self.id(role), function, f"{api}/{source}") for role, function, source in rows]

    @cached_property
    def _addresses(self) -> list[Address]:
        return addresses(self.routes)

    @cached_property
    def _authorities(self) -> list[Authority]:
        """Who is asked by some route, each once."""
        return [*dict.fromkeys(route.auth for route in self.routes.values() if isinstance(route.auth, Authority))]
