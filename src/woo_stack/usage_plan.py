"""How much a caller's key may ask for: a quota by day, week or month, and a rate of its own."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from troposphere import AWSObject, Join, Ref, Select, Split, apigateway

from woo_stack.component import Component, Number, Value, given
from woo_stack.rest_api import RestApi


def usage_key(title: str) -> Value:
    """The key of the `UsagePlan` of that title, for the authorizer to answer as ``usageIdentifierKey``.

    It is no secret: an API whose routes are metered takes it from its authorizers alone, never from a request's header.
    The stack's own random id is in it, because no two keys of an account and region may be the same, and because a key
    has 20 characters at least. It depends on no resource, so that the authorizer can be told before there is an API.
    """
    return Join("-", [title, Select(2, Split("/", Ref("AWS::StackId")))])


@dataclass(frozen=True, eq=False)
class UsagePlan(Component):
    """A quota for all callers whom an authorizer answers `key` for, on the routes with ``metered=True``.

    Beyond it API Gateway itself answers 429: QUOTA_EXCEEDED for the quota, THROTTLED for the rate, both in
    WooCommerce's shape. AWS applies both "on a best-effort basis": a caller may get somewhat more, so they keep order
    among callers and are no bound of costs
    (https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-api-usage-plans.html). A metered route
    whose authorizer answers no key of a plan refuses every call with 403.
    """

    #: The API with the metered routes; all callers of its stage that have this key share the quota.
    api: RestApi
    #: Requests in a period. DAY starts at midnight, WEEK on Sunday, MONTH on the first, all UTC.
    requests: Number
    period: str = "DAY"
    #: Requests a second of this key, and how many more may come at once; None for the stage's own.
    rate: Number | None = None
    burst: Number | None = None

    def check(self) -> None:
        """Refuse a plan without a route that it is for, and what API Gateway would refuse."""
        if not isinstance(self.api, RestApi) or not any(route.metered for route in self.api.routes.values()):
            self.refuse("api", self.api, "a RestApi with a Route(..., metered=True)")
        self.within("requests", 1, 2**31 - 1)
        self.one_of("period", ("DAY", "WEEK", "MONTH"))
        self.within("rate", 1, 1_000_000, unit="requests a second")
        self.within("burst", 1, 1_000_000, unit="requests")

    @property
    def key(self) -> Value:
        """The key itself, as `usage_key` says it."""
        return usage_key(self.title)

    @cached_property
    def plan(self) -> apigateway.UsagePlan:
        """Quota and throttle, on the API's stage."""
        throttle = given(BurstLimit=self.burst, RateLimit=self.rate)
        return apigateway.UsagePlan(
            self.id("Plan"),
            ApiStages=[apigateway.ApiStage(ApiId=Ref(self.api.api), Stage=Ref(self.api.deployed_stage))],
            Quota=apigateway.QuotaSettings(Limit=self.requests, Period=self.period),
            **given(Throttle=apigateway.ThrottleSettings(**throttle) if throttle else None),
        )

    @cached_property
    def api_key(self) -> apigateway.ApiKey:
        """The key as a resource."""
        return apigateway.ApiKey(self.id("Key"), Enabled=True, Value=self.key)

    @cached_property
    def membership(self) -> apigateway.UsagePlanKey:
        """That the plan is for the key."""
        key, plan = Ref(self.api_key), Ref(self.plan)
        return apigateway.UsagePlanKey(self.id("PlanKey"), KeyId=key, KeyType="API_KEY", UsagePlanId=plan)

    def resources(self) -> Iterator[AWSObject]:
        """The plan, its key, and that they belong together."""
        yield from (self.plan, self.api_key, self.membership)
