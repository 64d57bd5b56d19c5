"""API Gateway's own errors in WooCommerce's shape."""

import json

import pytest

from woo_stack import GatewayResponse
from woo_stack.gateway_responses import FILTERED, METERED, RESPONSES, TYPES, gateway_response


def test_a_body_says_code_message_and_status() -> None:
    body = json.loads(GatewayResponse("rest_gone", 'It "was" here.', 410).body)
    assert body == {"code": "rest_gone", "message": 'It "was" here.', "data": {"status": 410}}


def test_without_a_status_the_body_says_what_happened() -> None:
    body = json.loads(GatewayResponse("rest_odd", "Odd.").body)
    assert body["data"] == {"type": "$context.error.responseType"}


@pytest.mark.parametrize("status", [400, 599])
def test_errors_from_400_to_599_are_taken(status: int) -> None:
    assert f'"status":{status}' in GatewayResponse("a", "b", status).body


def test_every_type_is_listed_once_and_the_catch_alls_keep_their_status() -> None:
    assert len(TYPES) == len(set(TYPES))
    assert RESPONSES["DEFAULT_4XX"].status is None
    assert RESPONSES["DEFAULT_5XX"].status is None
    assert {response.status for response in RESPONSES.values()} == {None, 401, 403, 429}


def test_what_quotas_and_firewalls_say_has_its_status() -> None:
    assert {kind: response.status for kind, response in {**METERED, **FILTERED}.items()} == {
        "QUOTA_EXCEEDED": 429, "WAF_FILTERED": 403,
    }  # fmt: skip


def test_a_type_that_troposphere_does_not_know_is_rendered_too() -> None:
    made = gateway_response("Filtered", "WAF_FILTERED", FILTERED["WAF_FILTERED"], "a1b2").to_dict()["Properties"]
    assert (made["ResponseType"], made["StatusCode"], made["RestApiId"]) == ("WAF_FILTERED", "403", "a1b2")
