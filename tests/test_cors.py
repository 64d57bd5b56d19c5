"""Which web pages may read what an HTTP API answers."""

import re
from typing import Any

import pytest
from troposphere import Ref

from woo_stack import Open, SettingError
from woo_stack.cors import Cors

SHOP = "https://shop.example.com"


def test_defaults_let_scripts_of_the_named_origin_get_with_a_key(as_json: Any) -> None:
    assert as_json(Cors([SHOP]).configuration) == {
        "AllowCredentials": False,
        "AllowHeaders": ["Authorization"],
        "AllowMethods": ["GET"],
        "AllowOrigins": [SHOP],
        "MaxAge": 300,
    }
    assert Cors([SHOP]).mention is None


def test_everything_can_be_told(as_json: Any) -> None:
    cors = Cors(
        [SHOP, Ref("Origin"), "http://localhost:8080"],
        methods=["POST", "PUT"],
        headers=("X-Key",),
        expose_headers=("X-WP-Total",),
        max_age_seconds=17,
        credentials=True,
    )
    assert as_json(cors.configuration) == {
        "AllowCredentials": True,
        "AllowHeaders": ["X-Key"],
        "AllowMethods": ["POST", "PUT"],
        "AllowOrigins": [SHOP, {"Ref": "Origin"}, "http://localhost:8080"],
        "ExposeHeaders": ["X-WP-Total"],
        "MaxAge": 17,
    }


def test_any_origin_takes_a_reason_that_is_in_the_template(as_json: Any) -> None:
    cors = Cors(Open("The price list is public"))
    assert as_json(cors.configuration)["AllowOrigins"] == ["*"]
    assert cors.mention == {"woo-stack": {"open": "The price list is public"}}


ORIGINS = "https://HOST, http://localhost, or Open('the reason') instead of the list for any origin"


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"origins": ["*"]}, f"origins is '*', allowed: {ORIGINS}"),
        ({"origins": ["https://*"]}, f"origins is 'https://*', allowed: {ORIGINS}"),
        ({"origins": [f"{SHOP}/"]}, f"origins is '{SHOP}/', allowed: {ORIGINS}"),
        ({"origins": ["http://shop.example.com"]}, f"origins is 'http://shop.example.com', allowed: {ORIGINS}"),
        ({"origins": [None]}, f"origins is None, allowed: {ORIGINS}"),
        ({"origins": []}, f"origins is [], allowed: {ORIGINS}"),
        ({"origins": SHOP}, f"origins is '{SHOP}', allowed: a list"),
        ({"origins": Open("Anybody may read"), "credentials": True}, "credentials is True, allowed: False when any"),
        ({"methods": ["ANY"]}, "methods is 'ANY', allowed: DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT"),
        ({"methods": "GET"}, "methods is 'GET', allowed: a list"),
        ({"headers": "X-Key"}, "headers is 'X-Key', allowed: a list"),
        ({"expose_headers": "X-Key"}, "expose_headers is 'X-Key', allowed: a list"),
        ({"max_age_seconds": 86_401}, "max_age_seconds is 86401, allowed: a whole number from -1 to 86400 seconds"),
        ({"credentials": 1}, "credentials is 1, allowed: True, False"),
    ],
)
def test_what_browsers_or_api_gateway_would_not_take_is_refused(settings: dict[str, Any], said: str) -> None:
    with pytest.raises(SettingError, match=re.escape(f"Cors: {said}")):
        Cors(**{"origins": [SHOP], **settings})


def test_an_age_of_minus_one_is_none_at_all(as_json: Any) -> None:
    assert as_json(Cors([SHOP], max_age_seconds=-1).configuration)["MaxAge"] == -1
