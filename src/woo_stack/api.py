"""A regional REST API: explicit routes, each with its auth; logged, traced, throttled, and with readable errors."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from troposphere import AWSObject, GetAtt, Ref, Sub, apigateway, awslambda
from troposphere.logs import LogGroup, MetricFilter

from woo_stack.account import ApiAccount
from woo_stack.component import RETENTION_DAYS, Component, Number, Value, camel, given
from woo_stack.deployment import snapshot
from woo_stack.gateway_responses import RESPONSES, TYPES, GatewayResponse, gateway_response
from woo_stack.logs import ACCESS_LOG, count, log_group
from woo_stack.metric import Watch
from woo_stack.permissions import api_permission, route_sources
from woo_stack.routes import Address, Authorizer, Route, addresses
from woo_stack.watch import WATCHED


@dataclass(frozen=True, eq=False)
class RestApi(Component):
    """An API with explicit resources and methods.

    The deployment's logical id carries a hash of what it deploys, so that a changed route goes live with the stack's
    update; change the objects of an API before `add_to`. A parameter's value is not in it, only its name.
    """

    LOG_LEVELS: ClassVar = ("OFF", "ERROR", "INFO")
    TEXTS: ClassVar = (
        ("stage", "[A-Za-z0-9_-]{1,128}", "1 to 128 letters, digits, '-' and '_'"),
        ("security_policy", "SecurityPolicy_TLS13_.+", "one of API Gateway's SecurityPolicy_TLS13_…"),
    )
    namespace: ClassVar = "AWS/ApiGateway"
    #: API Gateway ends a request after 29 s unless a quota was raised.
    limits: ClassVar = {"Latency": 29_000.0, "IntegrationLatency": 29_000.0, "4XXError": 1.0, "5XXError": 1.0}

    #: ``"GET /products/{id}"`` to `Route`.
    routes: Mapping[str, Route]
    stage: str = "live"
    #: Requests a second, and how many more may come at once; beyond that 429. The account's default is 10,000.
    throttle_rate: Number = 100
    throttle_burst: Number = 200
    #: What the execution log tells: errors, or each step (INFO, which has personal data in it).
    log_level: str = "ERROR"
    retention_days: Number = 365
    #: Metrics by route as well as by stage; CloudWatch bills each as a custom metric.
    metrics_by_route: bool = True
    tracing: bool = True
    kms_key: Value | None = None
    #: Bodies of API Gateway's own errors by response type, beside or instead of `RESPONSES`.
    responses: Mapping[str, GatewayResponse] = field(default_factory=dict)
    #: The account's log role, if this template owns it.
    account: ApiAccount | None = None
    #: TLS 1.2 and newer: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
    security_policy: str = "SecurityPolicy_TLS13_1_2_2021_06"
    #: Content types that pass unchanged, both ways and in base64: ``*/*`` where bodies are signed or compressed
    #: (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html).
    binary_media_types: Sequence[str] = ()
    #: What is counted in the access log beside throttled calls, as ``[Watch(..., pattern='{ $.status = "404" }')]``.
    metrics: Sequence[Watch] = ()
    description: str = ""

    def check(self) -> None:
        """Refuse what API Gateway would refuse, and a route without a function or an auth."""
        self.within("throttle_rate", 1, 1_000_000, unit="requests a second")
        self.within("throttle_burst", 1, 1_000_000, unit="requests")
        switch = (True, False)
        for name, choices in (("log_level", self.LOG_LEVELS), ("retention_days", RETENTION_DAYS),
                              ("tracing", switch), ("metrics_by_route", switch)):  # fmt: skip
            self.one_of(name, choices)
        if not self.routes or not isinstance(self.routes, Mapping):
            self.refuse("routes", self.routes, "at least one, as in {'GET /products': Route(function, auth='iam')}")
        for text, route in self.routes.items():
            if not isinstance(route, Route):
                self.refuse("routes", {text: route}, "Route(function, auth=...) for each path")
        self._check_texts()

    def _check_texts(self) -> None:
        for name, pattern, allowed in self.TEXTS:
            if not isinstance(getattr(self, name), str) or not re.fullmatch(pattern, getattr(self, name)):
                self.refuse(name, getattr(self, name), allowed)
        types = self.binary_media_types
        if isinstance(types, str) or not all("/" in kind for kind in types):
            self.refuse("binary_media_types", types, "a list of content types, as in ['*/*']")
        if isinstance(self.metrics, Watch) or not all(getattr(row, "pattern", "") for row in self.metrics):
            self.refuse("metrics", self.metrics, "a list of Watch(...) with a pattern")
        for kind, response in self.responses.items():
            if kind not in TYPES or not isinstance(response, GatewayResponse):
                self.refuse("responses", {kind: response}, f"GatewayResponse(...) for one of {', '.join(TYPES)}")

    @property
    def dimensions(self) -> dict[str, Value]:
        """What tells this stage's metrics from another's."""
        return {"ApiName": self.api.Name, "Stage": self.stage}

    @property
    def rows(self) -> tuple[Watch, ...]:
        """What is watched."""
        return (*WATCHED[self.namespace], *self.metrics)

    @property
    def custom_dimensions(self) -> dict[str, Value]:
        """The same for metrics that are counted in the access log."""
        return {"apiId": Ref(self.api), "stage": self.stage}

    @property
    def url(self) -> Value:
        """The base URL, without a slash at its end."""
        return Sub(f"https://${{{self.api.title}}}.execute-api.${{AWS::Region}}.${{AWS::URLSuffix}}/{self.stage}")

    @cached_property
    def api(self) -> apigateway.RestApi:
        """The API itself. Its name is its metrics' dimension, hence unique to the stack."""
        return apigateway.RestApi(
            self.id("Api"),
            EndpointAccessMode="STRICT",
            EndpointConfiguration=apigateway.EndpointConfiguration(Types=["REGIONAL"]),
            Name=Sub(f"${{AWS::StackName}}-{self.title}"),
            SecurityPolicy=self.security_policy,
            **given(BinaryMediaTypes=list(self.binary_media_types), Description=self.description),
        )

    @cached_property
    def validator(self) -> apigateway.RequestValidator:
        """Checks what a method declares of parameters and body before a function is paid for."""
        return apigateway.RequestValidator(
            self.id("Validator"),
            RestApiId=Ref(self.api),
            ValidateRequestBody=True,
            ValidateRequestParameters=True,
        )

    @cached_property
    def paths(self) -> dict[tuple[str, ...], apigateway.Resource]:
        """The resource of every path part, parents first."""
        resources: dict[tuple[str, ...], apigateway.Resource] = {}
        for parts in sorted({parents for address in self._addresses for parents in address.parents()}):
            parent = resources.get(parts[:-1])
            resources[parts] = apigateway.Resource(
                self.id(f"{camel('/'.join(parts))}Resource"),
                ParentId=Ref(parent) if parent else GetAtt(self.api, "RootResourceId"),
                PathPart=parts[-1],
                RestApiId=Ref(self.api),
            )
        return resources

    @cached_property
    def authorizers(self) -> dict[Authorizer, apigateway.Authorizer]:
        """The authorizers that the routes name."""
        found = dict.fromkeys(route.auth for route in self.routes.values() if isinstance(route.auth, Authorizer))
        return {auth: auth.of(Ref(self.api), self.id(f"{auth.title}Authorizer")) for auth in found}

    @cached_property
    def methods(self) -> dict[str, apigateway.Method]:
        """The method of every route, by the route's own text."""
        pairs = zip(self.routes.items(), self._addresses, strict=True)
        return {text: self._method(address, route) for (text, route), address in pairs}

    @cached_property
    def gateway_responses(self) -> list[apigateway.GatewayResponse]:
        """The bodies of API Gateway's own errors."""
        return [
            gateway_response(self.id(f"{camel(kind.replace('_', ' ').title())}Response"), kind, response, Ref(self.api))
            for kind, response in {**RESPONSES, **self.responses}.items()
        ]

    @cached_property
    def deployment(self) -> apigateway.Deployment:
        """A snapshot of everything above, under a logical id that changes whenever it does."""
        parts = [self.api, self.validator, *self.paths.values(), *self.authorizers.values()]
        # What is not there yet is not in the snapshot, and nothing else makes the deployment wait.
        last = [*self.methods.values(), *self.gateway_responses]
        return snapshot(self.id("Deployment"), Ref(self.api), parts, after=last)

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
    def execution_logs(self) -> LogGroup:
        """The execution log, under the name that API Gateway would else give it without an end."""
        name = Sub(f"API-Gateway-Execution-Logs_${{{self.api.title}}}/{self.stage}")
        return log_group(self.id("ExecutionLogs"), self.retention_days, self.kms_key, name)

    @cached_property
    def deployed_stage(self) -> apigateway.Stage:
        """The stage, which waits for its execution log and for the account's log role."""
        return apigateway.Stage(
            self.id("Stage"),
            AccessLogSetting=apigateway.AccessLogSetting(DestinationArn=GetAtt(self.logs, "Arn"), Format=ACCESS_LOG),
            DependsOn=[self.execution_logs.title],
            DeploymentId=Ref(self.deployment),
            MethodSettings=[
                apigateway.MethodSetting(
                    DataTraceEnabled=False,
                    HttpMethod="*",
                    LoggingLevel=self.log_level,
                    MetricsEnabled=self.metrics_by_route,
                    ResourcePath="/*",
                    ThrottlingBurstLimit=self.throttle_burst,
                    ThrottlingRateLimit=self.throttle_rate,
                )
            ],
            RestApiId=Ref(self.api),
            StageName=self.stage,
            TracingEnabled=self.tracing,
            **given(Description=self.account and self.account.mention),
        )

    @cached_property
    def permissions(self) -> list[awslambda.Permission]:
        """One permission a function for its routes, and one an authorizer for itself; none reaches further."""
        rows = [*route_sources([route.function for route in self.routes.values()], self._addresses, self.stage)]
        for auth, made in self.authorizers.items():
            rows.append((f"Asks{auth.title}", auth.function, f"authorizers/${{{made.title}}}"))
        api = f"${{{self.api.title}}}"
        return [api_permission(self.id(role), function, f"{api}/{source}") for role, function, source in rows]

    def resources(self) -> Iterator[AWSObject]:
        """All of it, in the order in which it is read best."""
        yield from (self.api, self.validator)
        yield from (*self.authorizers.values(), *self.paths.values(), *self.methods.values())
        yield from (*self.gateway_responses, *self.permissions)
        yield from (self.deployment, self.logs, *self.counted, self.execution_logs, self.deployed_stage)

    @cached_property
    def _addresses(self) -> list[Address]:
        return addresses(self.routes)

    def _method(self, address: Address, route: Route) -> apigateway.Method:
        where = self.paths.get(address.parts)
        return apigateway.Method(
            self.id(camel("/".join([*address.parts, address.method.title()]))),
            HttpMethod=address.method,
            Integration=route.integration,
            ResourceId=Ref(where) if where else GetAtt(self.api, "RootResourceId"),
            RestApiId=Ref(self.api),
            **given(RequestValidatorId=Ref(self.validator) if address.has_body else None),
            **route.authorization({auth: Ref(made) for auth, made in self.authorizers.items()}),
        )
