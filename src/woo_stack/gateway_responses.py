"""What API Gateway says by itself, before or instead of a function, in WooCommerce's error shape."""

import json
from collections.abc import Mapping
from dataclasses import dataclass

from troposphere import apigateway

from woo_stack.checked import Checked
from woo_stack.component import Value, given


@dataclass(frozen=True)
class GatewayResponse(Checked):
    """An error body ``{"code", "message", "data": {"status"}}``; without a status API Gateway's own is kept.

    Code and message may hold ``$context`` variables:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-gatewayResponse-definition.html
    """

    code: str
    message: str
    status: int | None = None

    def __post_init__(self) -> None:
        """Refuse a status that is no error."""
        if self.status is not None and (not isinstance(self.status, int) or not 400 <= self.status <= 599):
            self.refuse("status", self.status, "400 to 599")

    @property
    def body(self) -> str:
        """The body as a mapping template."""
        data = {"status": self.status} if self.status else {"type": "$context.error.responseType"}
        return json.dumps({"code": self.code, "message": self.message, "data": data}, separators=(",", ":"))


#: Response types and their limits: https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html
RESPONSES: Mapping[str, GatewayResponse] = {
    "ACCESS_DENIED": GatewayResponse("rest_forbidden", "Sorry, you are not allowed to do that.", 403),
    "MISSING_AUTHENTICATION_TOKEN": GatewayResponse("rest_forbidden", "No such route, or no signature.", 403),
    "THROTTLED": GatewayResponse("rest_too_many_requests", "Too many requests, try again later.", 429),
    "UNAUTHORIZED": GatewayResponse("rest_not_logged_in", "You are not currently logged in.", 401),
    "DEFAULT_4XX": GatewayResponse("rest_bad_request", "The request could not be served."),
    "DEFAULT_5XX": GatewayResponse("rest_internal_error", "The answer could not be produced."),
}
#: The same as a WooCommerce shop says it; the authorizer chooses between its two refusals.
WOOCOMMERCE: Mapping[str, GatewayResponse] = {
    "UNAUTHORIZED": GatewayResponse("woocommerce_rest_cannot_view", "Sorry, you cannot list resources.", 401),
    "ACCESS_DENIED": GatewayResponse("$context.authorizer.code", "$context.authorizer.message", 401),
    "MISSING_AUTHENTICATION_TOKEN": GatewayResponse(
        "rest_no_route", "No route was found matching the URL and request method.", 404
    ),
}
#: What callers with a key are told when its `UsagePlan` is used up.
METERED: Mapping[str, GatewayResponse] = {
    "QUOTA_EXCEEDED": GatewayResponse("rest_quota_exceeded", "The quota of requests is used up, come back later.", 429),
}
#: What a `Firewall` says of requests that its rule groups block (one that sends too many is answered by itself).
FILTERED: Mapping[str, GatewayResponse] = {
    "WAF_FILTERED": GatewayResponse("rest_forbidden", "The firewall refuses this request.", 403),
}
#: Every type that API Gateway knows.
TYPES = (
    *RESPONSES, *METERED, *FILTERED, "API_CONFIGURATION_ERROR", "AUTHORIZER_CONFIGURATION_ERROR", "AUTHORIZER_FAILURE",
    "BAD_REQUEST_BODY", "BAD_REQUEST_PARAMETERS", "EXPIRED_TOKEN", "INTEGRATION_FAILURE", "INTEGRATION_TIMEOUT",
    "INVALID_API_KEY", "INVALID_SIGNATURE", "REQUEST_TOO_LARGE", "RESOURCE_NOT_FOUND", "UNSUPPORTED_MEDIA_TYPE",
)  # fmt: skip


def gateway_response(logical_id: str, kind: str, response: GatewayResponse, api: Value) -> apigateway.GatewayResponse:
    """The response of a type as API Gateway takes it."""
    made = apigateway.GatewayResponse(
        logical_id,
        ResponseTemplates={"application/json": response.body},
        RestApiId=api,
        **given(StatusCode=str(response.status or "")),
    )
    # Not as an argument: troposphere's own list of types lacks WAF_FILTERED.
    made.properties["ResponseType"] = kind
    return made
