"""An HTTP API: explicit routes, each with its auth; logged, throttled, and cheaper than a REST API by two thirds."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cached_property
from typing import ClassVar, Self

from troposphere import AWSObject, GetAtt, Ref, Sub, apigatewayv2
from troposphere.logs import LogGroup

from woo_stack.api import Api
from woo_stack.authorizers import Authority, Open
from woo_stack.checked import SettingError
from woo_stack.component import Number, Value, camel, given
from woo_stack.cors import Cors
from woo_stack.function import Function
from woo_stack.logs import HTTP_ACCESS_LOG, log_group
from woo_stack.metric import Watch
from woo_stack.permissions import callees
from woo_stack.rest_api import RestApi
from woo_stack.routes import Address, Route
from woo_stack.watch import WATCHED


@dataclass(frozen=True, eq=False)
class HttpApi(Api):
    """An API with explicit routes; whatever is none of them API Gateway answers 404 by itself.

    It has none of WAF, request validation, X-Ray, resource policies, usage plans and error bodies of one's own
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html): a `RestApi` has them. A change
    goes live by itself, without a deployment. Functions get payload version 2.0
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html).

    No logical id stands for something else in a `RestApi`: CloudFormation could not change one into the other.
    """

    protocol: ClassVar = "HTTP"
    #: API Gateway ends a request after 30 s.
    limits: ClassVar = {"Latency": 30_000.0, "IntegrationLatency": 30_000.0, "4xx": 1.0, "5xx": 1.0}
    #: Fields of a route that it cannot follow.
    REST_ONLY: ClassVar = ("sources", "metered")

    #: Whose scripts may read the answers; None: only those of pages that come from the API itself.
    cors: Cors | None = None

    def __new__(cls, *arguments: object, **settings: object) -> Self:
        """Say of a field that only a `RestApi` has that it is one."""
        for name in settings.keys() - {field.name for field in fields(cls)}:
            if name in {field.name for field in fields(RestApi)}:
                raise SettingError(f"{cls.__name__} has no field {name!r}, because HTTP APIs cannot do it: use RestApi")
        return super().__new__(cls, *arguments, **settings)

    def check(self) -> None:
        """Refuse what an HTTP API cannot do, beside what no API can."""
        super().check()
        for text, route in self.routes.items():
            for name in self.REST_ONLY:
                if getattr(route, name):
                    allowed = f"{getattr(Route, name)!r}, because HTTP APIs cannot do it: use RestApi"
                    self.refuse(f"{name} of {text!r}", getattr(route, name), allowed)
        if self.cors is not None and not isinstance(self.cors, Cors):
            self.refuse("cors", self.cors, "Cors(origins=...), or None")
        self._check_preflight()

    def _check_preflight(self) -> None:
        """Refuse routes that would ask browsers' questions about CORS, which carry no credentials, for some."""
        for text, route in self.routes.items() if self.cors else ():
            method, _, path = text.partition(" ")
            beside = self.routes.get(f"OPTIONS {path}", route)
            if method == "ANY" and not isinstance(beside.auth, Open):
                allowed = "with cors a route for each method, or beside it one for OPTIONS that is Open('the reason')"
                self.refuse("routes", text, allowed)

    @property
    def dimensions(self) -> dict[str, Value]:
        """What tells this stage's metrics from another's."""
        return {"ApiId": Ref(self.api), "Stage": self.stage}

    @property
    def rows(self) -> tuple[Watch, ...]:
        """What is watched."""
        return (*WATCHED["HttpApi"], *self.metrics)

    @cached_property
    def api(self) -> apigatewayv2.Api:
        """The API itself."""
        return apigatewayv2.Api(
            self.id("HttpApi"),
            Name=Sub(f"${{AWS::StackName}}-{self.title}"),
            ProtocolType="HTTP",
            **given(Description=self.description, Metadata=self.cors and self.cors.mention),
            **given(CorsConfiguration=self.cors and self.cors.configuration),
        )

    @cached_property
    def authorizers(self) -> dict[Authority, apigatewayv2.Authorizer]:
        """The authorizers that the routes name."""
        return {auth: auth.http(Ref(self.api), self.id(f"{auth.title}HttpAuthorizer")) for auth in self._authorities}

    @cached_property
    def integrations(self) -> dict[Function | Value, apigatewayv2.Integration]:
        """The call of every function, by the function."""
        return {
            function: apigatewayv2.Integration(
                self.id(f"Calls{name}"),
                ApiId=Ref(self.api),
                IntegrationType="AWS_PROXY",
                IntegrationUri=function.arn if isinstance(function, Function) else function,
                PayloadFormatVersion="2.0",
            )
            for function, name in callees(route.function for route in self.routes.values()).items()
        }

    @cached_property
    def methods(self) -> dict[str, apigatewayv2.Route]:
        """The route of every method and path, by its own text."""
        pairs = zip(self.routes.items(), self._addresses, strict=True)
        return {text: self._route(address, text, route) for (text, route), address in pairs}

    @cached_property
    def logs(self) -> LogGroup:
        """The access log, which needs no role of the account: API Gateway lets itself write there, in our name.

        It does so in a resource policy with room for a few dozen names, and takes all that begin like this one as one
        (https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging.html,
        https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-infrastructure-CWL.html).
        """
        name = Sub(f"/aws/vendedlogs/${{{self.api.title}}}/{self.stage}")
        return log_group(self.id("AccessLogs"), self.retention_days, self.kms_key, name)

    @cached_property
    def deployed_stage(self) -> apigatewayv2.Stage:
        """The stage, which shows every change at once; it waits for the routes that have a throttle of their own."""
        own = {
            text: self._settings(route.throttle_rate, route.throttle_burst)
            for text, route in self.routes.items()
            if route.throttle_rate is not None or route.throttle_burst is not None
        }
        return apigatewayv2.Stage(
            self.id("HttpStage"),
            AccessLogSettings=apigatewayv2.AccessLogSettings(
                DestinationArn=GetAtt(self.logs, "Arn"), Format=HTTP_ACCESS_LOG
            ),
            ApiId=Ref(self.api),
            AutoDeploy=True,
            DefaultRouteSettings=self._settings(None, None),
            StageName=self.stage,
            **given(DependsOn=[self.methods[text].title for text in own], RouteSettings=own),
        )

    def resources(self) -> Iterator[AWSObject]:
        """All of it, in the order in which it is read best."""
        yield from (self.api, *self.authorizers.values(), *self.integrations.values(), *self.methods.values())
        yield from (*self.permissions, self.logs, *self.counted, self.deployed_stage)

    def _route(self, address: Address, text: str, route: Route) -> apigatewayv2.Route:
        return apigatewayv2.Route(
            self.id(camel("/".join([*address.parts, address.method.title(), "Route"]))),
            ApiId=Ref(self.api),
            RouteKey=text,
            Target=Sub(f"integrations/${{{self.integrations[route.function].title}}}"),
            **route.authorization({auth: Ref(made) for auth, made in self.authorizers.items()}),
        )

    def _settings(self, rate: Number | None, burst: Number | None) -> apigatewayv2.RouteSettings:
        """All settings of a route: one of its own hides all of the stage's."""
        return apigatewayv2.RouteSettings(
            DetailedMetricsEnabled=self.metrics_by_route,
            ThrottlingBurstLimit=self.throttle_burst if burst is None else burst,
            ThrottlingRateLimit=self.throttle_rate if rate is None else rate,
        )
