"""The shop behind an HTTP API: what holds behind a REST API holds here, and what API Gateway itself says differs."""

import base64
import gzip
import hashlib
import hmac
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
from tests.test_end_to_end import (
    ORDERS,
    PRODUCTS,
    client,
    order,
    product,
    test_a_document_comes_back_as_it_was_received,  # noqa: F401 - asked of this module's shop
    test_another_method_is_no_route,  # noqa: F401
    test_calls_are_logged_without_what_they_carry,  # noqa: F401
    test_errors_are_woocommerces,  # noqa: F401
    test_links_lead_through_all_pages,  # noqa: F401
    test_lists_have_exact_totals_and_pages,  # noqa: F401
    with_query,
)
from tests.test_webhooks import (
    deliver,  # noqa: F401 - a fixture
    eventually,
    php,
)

from woo_stack import Settings, to_json
from woo_stack import shop as compose
from woo_stack.cli.documents import read
from woo_stack.cli.localshop import LocalShop, local_shop

#: Long enough to be packed.
COUPON = {
    "id": 5, "code": "10off", "discount_type": "percent", "status": "publish", "description": "Zoë\u2019s " * 20_000,
    "date_created": "2024-03-05T10:00:00", "date_modified_gmt": "2024-03-06T11:12:13",
}  # fmt: skip


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalShop]:
    """The shop over HTTP with its documents loaded, for all tests here."""
    documents = tmp_path_factory.mktemp("documents") / "all.json"
    documents.write_text(json.dumps([*map(product, range(PRODUCTS)), *map(order, range(ORDERS)), COUPON]))
    with local_shop(to_json(compose(Settings(api="http", stage="v2")))) as running:
        running.load(read([str(documents)]))
        yield running


@pytest.fixture
def ask(shop: LocalShop) -> Callable[..., requests.Response]:
    """A request of the stage, with the right key unless told."""

    def asked(path: str, method: str = "GET", **settings: Any) -> requests.Response:
        known = {"auth": (shop.consumer_key, shop.consumer_secret), "verify": str(shop.ca_file)}
        return requests.request(method, f"{shop.url}/{path}", timeout=20, **known | settings)

    return asked


def test_it_is_an_http_api_and_has_no_other(shop: LocalShop) -> None:
    session, endpoint = shop.emulator.session(), shop.emulator.endpoint
    (api,) = session.client("apigatewayv2", endpoint_url=endpoint).get_apis()["Items"]
    assert (api["ProtocolType"], shop.url.rpartition("/")[2]) == ("HTTP", "v2")
    assert session.client("apigateway", endpoint_url=endpoint).get_rest_apis()["items"] == []


@pytest.mark.parametrize("auth", [("ck_unknown", "cs_wrong"), (f"ck_{'0' * 40}", "")])
def test_a_wrong_key_is_refused_in_api_gateways_own_words(ask: Any, auth: tuple[str, str]) -> None:
    answer = ask("wp-json/wc/v3/orders", auth=auth)
    assert (answer.status_code, answer.json()) == (403, {"message": "Forbidden"})


def test_without_a_key_nobody_is_asked(ask: Any) -> None:
    answer = ask("wp-json/wc/v3/orders", auth=None)
    assert (answer.status_code, answer.json()) == (401, {"message": "Unauthorized"})


def test_credentials_in_the_query_are_not_taken_without_the_setting(shop: LocalShop) -> None:
    assert with_query(shop, shop.consumer_key, shop.consumer_secret).status_code == 401


@pytest.mark.soak
def test_credentials_in_the_query_are_a_setting() -> None:
    template = to_json(compose(Settings(api="http", query_string_credentials=True, customer_key=False)))
    with local_shop(template) as shop:
        right = with_query(shop, shop.consumer_key, shop.consumer_secret)
        assert (right.status_code, right.headers["X-WP-Total"]) == (200, "0")
        assert with_query(shop, shop.consumer_key, "cs_wrong").status_code == 403
        assert client(shop).get("coupons").status_code == 200


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("include[]=9001&include[]=9003", [9003, 9001]),
        ("include%5B0%5D=9001&include%5B1%5D=9004", [9004, 9001]),
        ("include=9001,9003&order=asc", [9001, 9003]),
        ("per_page=1&per_page=2", [9006, 9005]),
        ("status=processing&include=9001%2C9002", [9002]),
    ],
)
def test_lists_in_the_query_are_read_as_php_reads_them(ask: Any, query: str, ids: list[int]) -> None:
    answer = ask(f"wp-json/wc/v3/orders?{query}&_fields=id")
    assert (answer.status_code, [one["id"] for one in answer.json()]) == (200, ids)


def test_long_bodies_are_packed_and_heads_have_none(ask: Any) -> None:
    packed = ask("wp-json/wc/v3/coupons/5", headers={"Accept-Encoding": "gzip"}, stream=True)
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.raw.read(decode_content=False)) == json.dumps(COUPON).encode()
    plain = ask("wp-json/wc/v3/coupons/5", headers={"Accept-Encoding": "identity"})
    assert plain.content == json.dumps(COUPON).encode()
    assert "Content-Encoding" not in plain.headers
    head = ask("wp-json/wc/v3/coupons", "HEAD")
    assert (head.status_code, head.content, head.headers["X-WP-Total"]) == (200, b"", "1")


@pytest.mark.parametrize(
    ("url", "body"),
    [
        ("{root}/v2/anything/else", {"code": "rest_no_route"}),
        ("{root}/v2/webhooks/other", {"code": "rest_no_route"}),
        ("{root}/v2", {"message": "Not Found"}),
        ("{root}/live/wp-json/wc/v3/orders", {"message": "Not Found"}),
        ("{root}/wp-json/wc/v3/orders", {"message": "Not Found"}),
    ],
)
def test_what_is_no_route_is_not_found(shop: LocalShop, url: str, body: dict[str, str]) -> None:
    known = {"auth": (shop.consumer_key, shop.consumer_secret), "verify": str(shop.ca_file)}
    answer = requests.get(url.format(root=shop.url.removesuffix("/v2")), **known, timeout=20)  # type: ignore[arg-type] # as they are above
    assert answer.status_code == 404
    assert body.items() <= answer.json().items()


def test_only_post_reaches_the_intake(ask: Any) -> None:
    assert ask("webhooks/woocommerce", auth=None).status_code == 401
    assert ask("webhooks/woocommerce", "PUT", auth=None, data=b"{}").status_code == 401


@pytest.mark.parametrize(
    ("number", "sent_as"),
    [
        (31, "application/json"),
        (32, "application/json; charset=UTF-8"),
        (33, "application/octet-stream"),
        (34, "text/plain"),
    ],
)
def test_a_signed_body_arrives_byte_for_byte_whatever_it_is_called(
    deliver: Any,  # noqa: F811 - the fixture
    ask: Any,
    number: int,
    sent_as: str,
) -> None:
    body = json.dumps({**order(1), "id": number, "note": "Zoë ☃ \u2028/"}, ensure_ascii=number % 2 == 0).encode()
    assert deliver("order.created", body, **{"Content-Type": sent_as}).status_code == 200
    eventually(lambda: ask(f"wp-json/wc/v3/orders/{number}").content, body)
    assert deliver("order.deleted", php({"id": number})).status_code == 200
    eventually(lambda: ask(f"wp-json/wc/v3/orders/{number}").json()["status"], "trash")


@pytest.mark.parametrize("secret", ["", "someone else's"])
def test_what_is_not_signed_is_refused(deliver: Any, ask: Any, secret: str) -> None:  # noqa: F811 - the fixture
    body = php({**order(1), "id": 77})
    signature = base64.b64encode(hmac.digest(secret.encode(), body, hashlib.sha256)).decode() if secret else ""
    answer = deliver("order.created", body, **{"X-WC-Webhook-Signature": signature})
    assert (answer.status_code, answer.json()["data"]["status"]) == (401, 401)
    assert ask("wp-json/wc/v3/orders/77").status_code == 404
