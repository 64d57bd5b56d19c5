"""A regional REST API: explicit routes, each with its auth; logged, traced, throttled, and with readable errors."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

from troposphere import AWSHelperFn, AWSObject, GetAtt, Ref, Sub, apigateway
from troposphere.logs import LogGroup

from woo_stack.account import ApiAccount
from woo_stack.api import Api
from woo_stack.authorizers import Authority
from woo_stack.choices import CACHES_GB
from woo_stack.component import Value, camel, given
from woo_stack.deployment import snapshot
from woo_stack.gateway_responses import METERED, RESPONSES, TYPES, GatewayResponse, gateway_response
from woo_stack.invocation import invocation
from woo_stack.logs import ACCESS_LOG, log_group
from woo_stack.method_settings import cache_cluster, cached, method_settings
from woo_stack.metric import Watch
from woo_stack.resource_policy import private_url, refusals, resource_policy
from woo_stack.routes import Address, Route
from woo_stack.watch import WATCHED


@dataclass(frozen=True, eq=False)
class RestApi(Api):
    """An API with explicit resources and methods.

    The deployment's logical id carries a hash of what it deploys, so that a changed route goes live with the stack's
    update; change the objects of an API before `add_to`. A parameter's value is not in it, only its name.
    """

    protocol: ClassVar = "REST"
    LOG_LEVELS: ClassVar = ("OFF", "ERROR", "INFO")
    TEXTS: ClassVar = (
        *Api.TEXTS,
        ("security_policy", "SecurityPolicy_TLS13_.+", "one of API Gateway's SecurityPolicy_TLS13_…"),
    )
    #: API Gateway ends a request after 29 s unless a quota was raised.
    limits: ClassVar = {"Latency": 29_000.0, "IntegrationLatency": 29_000.0, "4XXError": 1.0, "5XXError": 1.0}

    #: What the execution log tells: errors, or each step (INFO, which has personal data in it).
    log_level: str = "ERROR"
    tracing: bool = True
    #: Bodies of API Gateway's own errors by response type, beside or instead of `RESPONSES`.
    responses: Mapping[str, GatewayResponse] = field(default_factory=dict)
    #: The account's log role, if this template owns it.
    account: ApiAccount | None = None
    #: TLS 1.2 and newer: https://docs.aws.amazon.com/apigateway/latest/developerguide/apigateway-security-policies-list.html
    security_policy: str = "SecurityPolicy_TLS13_1_2_2021_06"
    #: Content types that pass unchanged, both ways and in base64: ``*/*`` where bodies are signed or compressed
    #: (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-payload-encodings.html).
    binary_media_types: Sequence[str] = ()
    #: Networks, as ``203.0.113.0/24``, that may call at all; a `Route` may have `sources` of its own beside.
    sources: Sequence[Value] = ()
    #: Interface endpoints (``vpce-…``) by which alone the API is reached; it is private then, and no address of the
    #: internet leads to it.
    vpc_endpoints: Sequence[Value] = ()
    #: An encrypted cache of so many GB, which some audits ask for; it keeps nothing (see `method_settings.cached`).
    cache_gb: float | None = None
    #: Show what is called a certificate, good for a year. For HTTP servers behind the API; functions do not see it.
    client_certificate: bool = False

    def check(self) -> None:
        """Refuse what a REST API would refuse, beside what any API would."""
        super().check()
        self.one_of("log_level", self.LOG_LEVELS)
        self.one_of("tracing", (True, False))
        for name, choices in (("client_certificate", (True, False)), ("cache_gb", (None, *CACHES_GB))):
            if isinstance(getattr(self, name), AWSHelperFn):
                self.refuse(name, getattr(self, name), "a literal, because the template's structure depends on it")
            self.one_of(name, choices)
        for refusal in refusals(self.routes, self.sources, self.vpc_endpoints):
            self.refuse(*refusal)
        types = self.binary_media_types
        if isinstance(types, str) or not all("/" in kind for kind in types):
            self.refuse("binary_media_types", types, "a list of content types, as in ['*/*']")
        for kind, response in self.responses.items():
            if kind not in TYPES or not isinstance(response, GatewayResponse):
                self.refuse("responses", {kind: response}, f"GatewayResponse(...) for one of {', '.join(TYPES)}")

    @property
    def metered(self) -> bool:
        """Whether a route asks for a key of a usage plan."""
        return any(route.metered for route in self.routes.values())

    @property
    def url(self) -> Value:
        """The base URL, without a slash at its end; that of a private API is known in its endpoints' VPCs only."""
        return private_url(super().url, self.vpc_endpoints[0]) if self.vpc_endpoints else super().url

    @property
    def dimensions(self) -> dict[str, Value]:
        """What tells this stage's metrics from another's."""
        return {"ApiName": self.api.Name, "Stage": self.stage}

    @property
    def rows(self) -> tuple[Watch, ...]:
        """What is watched."""
        return (*WATCHED[self.namespace], *self.metrics)

    @cached_property
    def api(self) -> apigateway.RestApi:
        """The API itself. Its name is its metrics' dimension, hence unique to the stack."""
        return apigateway.RestApi(
            self.id("Api"),
            EndpointAccessMode="STRICT",
            EndpointConfiguration=apigateway.EndpointConfiguration(
                Types=["PRIVATE" if self.vpc_endpoints else "REGIONAL"],
                **given(VpcEndpointIds=list(self.vpc_endpoints)),
            ),
            Name=Sub(f"${{AWS::StackName}}-{self.title}"),
            SecurityPolicy=self.security_policy,
            **given(
                # A key of a usage plan comes from an authorizer, never from the caller.
                ApiKeySourceType="AUTHORIZER" if self.metered else None,
                BinaryMediaTypes=list(self.binary_media_types),
                Description=self.description,
                Policy=resource_policy(self.routes, self.stage, self.sources, self.vpc_endpoints),
            ),
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
    def authorizers(self) -> dict[Authority, apigateway.Authorizer]:
        """The authorizers that the routes name."""
        return {auth: auth.rest(Ref(self.api), self.id(f"{auth.title}Authorizer")) for auth in self._authorities}

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
            for kind, response in {**RESPONSES, **(METERED if self.metered else {}), **self.responses}.items()
        ]

    @cached_property
    def deployment(self) -> apigateway.Deployment:
        """A snapshot of everything above, under a logical id that changes whenever it does."""
        parts = [self.api, self.validator, *self.paths.values(), *self.authorizers.values()]
        # What is not there yet is not in the snapshot, and nothing else makes the deployment wait.
        last = [*self.methods.values(), *self.gateway_responses]
        return snapshot(self.id("Deployment"), Ref(self.api), parts, after=last)

    @cached_property
    def execution_logs(self) -> LogGroup:
        """The execution log, under the name that API Gateway would else give it without an end."""
        name = Sub(f"API-Gateway-Execution-Logs_${{{self.api.title}}}/{self.stage}")
        return log_group(self.id("ExecutionLogs"), self.retention_days, self.kms_key, name)

    @cached_property
    def certificate(self) -> apigateway.ClientCertificate | None:
        """By which API Gateway shows who it is, if it is to."""
        return apigateway.ClientCertificate(self.id("ClientCertificate")) if self.client_certificate else None

    @cached_property
    def deployed_stage(self) -> apigateway.Stage:
        """The stage, which waits for its execution log and for the account's log role."""
        return apigateway.Stage(
            self.id("Stage"),
            AccessLogSetting=apigateway.AccessLogSetting(DestinationArn=GetAtt(self.logs, "Arn"), Format=ACCESS_LOG),
            DependsOn=[self.execution_logs.title],
            DeploymentId=Ref(self.deployment),
            MethodSettings=method_settings(
                {
                    **cached(self.cache_gb),
                    "DataTraceEnabled": False,
                    "LoggingLevel": self.log_level,
                    "MetricsEnabled": self.metrics_by_route,
                    "ThrottlingBurstLimit": self.throttle_burst,
                    "ThrottlingRateLimit": self.throttle_rate,
                },
                zip(self._addresses, self.routes.values(), strict=True),
            ),
            RestApiId=Ref(self.api),
            StageName=self.stage,
            TracingEnabled=self.tracing,
            **cache_cluster(self.cache_gb),
            **given(
                ClientCertificateId=self.certificate and Ref(self.certificate),
                Description=self.account and self.account.mention,
            ),
        )

    def resources(self) -> Iterator[AWSObject]:
        """All of it, in the order in which it is read best."""
        yield from (self.api, self.validator)
        if self.certificate:
            yield self.certificate
        yield from (*self.authorizers.values(), *self.paths.values(), *self.methods.values())
        yield from (*self.gateway_responses, *self.permissions)
        yield from (self.deployment, self.logs, *self.counted, self.execution_logs, self.deployed_stage)

    def _method(self, address: Address, route: Route) -> apigateway.Method:
        where = self.paths.get(address.parts)
        return apigateway.Method(
            self.id(camel("/".join([*address.parts, address.method.title()]))),
            HttpMethod=address.method,
            # API Gateway invokes by POST, whatever the client's method.
            Integration=apigateway.Integration(
                IntegrationHttpMethod="POST", Type="AWS_PROXY", Uri=invocation(route.function)
            ),
            ResourceId=Ref(where) if where else GetAtt(self.api, "RootResourceId"),
            RestApiId=Ref(self.api),
            **given(
                ApiKeyRequired=True if route.metered else None,
                RequestValidatorId=Ref(self.validator) if address.has_body else None,
            ),
            **route.authorization({auth: Ref(made) for auth, made in self.authorizers.items()}),
        )
