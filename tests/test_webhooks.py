"""Events in, documents out: webhooks as a shop sends them to the published template, deployed as it is."""

import base64
import hashlib
import hmac
import http.client
import itertools
import json
import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from woocommerce import API

from woo_stack.cli import main
from woo_stack.cli.localshop import LocalShop, local_shop

ONE_FILE = Path(__file__).parent.parent / "output" / "woo-stack.json"
DELIVERIES = itertools.count(1)


@pytest.fixture(scope="module")
def shop() -> Iterator[LocalShop]:
    with local_shop(ONE_FILE.read_text(), parameters={"LogRetentionDays": "30"}) as running:
        yield running


def order(number: int, **changes: Any) -> dict[str, Any]:
    return {
        "id": number,
        "status": "processing",
        "order_key": f"wc_order_{number}",
        "date_created": "2024-05-01T08:00:00",
        "date_created_gmt": "2024-05-01T06:00:00",
        "date_modified_gmt": "2024-05-01T06:00:01",
        "customer_id": 31,
        "line_items": [{"id": 1, "product_id": 93, "quantity": 2, "price": 10.049999999999999}],
        "note": "Straße/№",
        **changes,
    }


def php(document: Any) -> bytes:
    """A body as PHP writes it."""
    return json.dumps(document, separators=(",", ":")).replace("/", r"\/").encode()


@pytest.fixture
def deliver(shop: LocalShop) -> Callable[..., requests.Response]:
    """POST a webhook, signed as WooCommerce signs."""

    def delivered(topic: str, body: bytes, **headers: str) -> requests.Response:
        digest = hmac.digest(shop.webhook_secret.encode(), body, hashlib.sha256)
        resource, _, event = topic.partition(".")
        return requests.post(
            shop.webhook_url,
            data=body,
            headers={
                "Content-Type": "application/json",
                "User-Agent": "WooCommerce/9.4.2 Hookshot (WordPress/6.7)",
                "X-WC-Webhook-Source": "https://shop.example/",
                "X-WC-Webhook-Topic": topic,
                "X-WC-Webhook-Resource": resource,
                "X-WC-Webhook-Event": event,
                "X-WC-Webhook-Signature": base64.b64encode(digest).decode(),
                "X-WC-Webhook-ID": "12",
                "X-WC-Webhook-Delivery-ID": f"{next(DELIVERIES):032x}",
                **headers,
            },
            verify=str(shop.ca_file),
            timeout=20,
        )

    return delivered


@pytest.fixture
def get(shop: LocalShop) -> Callable[..., requests.Response]:
    client = API(
        shop.url, shop.consumer_key, shop.consumer_secret, version="wc/v3", timeout=20, verify_ssl=str(shop.ca_file)
    )

    def got(path: str, **params: Any) -> requests.Response:
        return client.get(path, params=params)

    return got


def eventually(read: Callable[[], Any], expected: Any) -> None:
    """What is true within 20 s: a webhook is answered before it is applied."""
    end = time.monotonic() + 20
    while (found := read()) != expected and time.monotonic() < end:
        time.sleep(0.1)
    assert found == expected


def test_an_order_is_mirrored_from_its_first_webhook_to_its_last(deliver: Any, get: Any) -> None:
    created = php(order(727))
    assert deliver("order.created", created).status_code == 200
    eventually(lambda: get("orders/727").content, created)
    assert get("orders", customer=31).headers["X-WP-Total"] == "1"
    assert [one["id"] for one in get("orders", product=93, status="processing").json()] == [727]

    paid = php(order(727, status="completed", date_modified_gmt="2024-05-01T07:00:00"))
    assert deliver("order.updated", paid).status_code == 200
    eventually(lambda: get("orders/727").content, paid)
    # An older version that comes late changes nothing.
    assert deliver("order.updated", created).status_code == 200
    totals = {one["slug"]: one["total"] for one in get("reports/orders/totals").json()}
    assert (totals["completed"], totals["processing"]) == (1, 0)

    assert deliver("order.deleted", b'{"id":727}').status_code == 200
    eventually(lambda: get("orders/727").json()["status"], "trash")
    assert get("orders").headers["X-WP-Total"] == "0"
    assert get("orders", status="trash").headers["X-WP-Total"] == "1"

    restored = php(order(727, status="completed", date_modified_gmt="2024-05-01T08:00:00"))
    assert deliver("order.restored", restored).status_code == 200
    eventually(lambda: get("orders/727").content, restored)
    assert get("orders", status="completed").headers["X-WP-Total"] == "1"


def test_webhooks_are_answered_over_http_1_0(shop: LocalShop) -> None:
    body = php(order(81))
    signature = base64.b64encode(hmac.digest(shop.webhook_secret.encode(), body, hashlib.sha256)).decode()
    url = urlsplit(shop.webhook_url)
    connection = http.client.HTTPSConnection(
        url.hostname or "", url.port, context=ssl.create_default_context(cafile=str(shop.ca_file)), timeout=20
    )
    connection._http_vsn, connection._http_vsn_str = 10, "HTTP/1.0"  # type: ignore[attr-defined] # as WordPress speaks
    headers = {"Host": url.netloc, "X-WC-Webhook-Signature": signature, "X-WC-Webhook-Topic": "order.created"}
    connection.request("POST", url.path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    connection.close()
    assert (answer.status, text) == (200, b"{}")


def test_a_ping_is_answered_and_stored_nowhere(shop: LocalShop) -> None:
    answer = requests.post(shop.webhook_url, data={"webhook_id": "12"}, verify=str(shop.ca_file), timeout=5)
    assert answer.status_code == 200
    assert items_of(shop, "s#PARKED") == []


def items_of(shop: LocalShop, partition: str) -> list[Any]:
    client = shop.emulator.session().client("dynamodb", endpoint_url=shop.emulator.endpoint)
    answer = client.query(
        TableName=shop.outputs["TableName"],
        KeyConditionExpression="pk = :p",
        ExpressionAttributeValues={":p": {"S": partition}},
    )
    found: list[Any] = answer["Items"]
    return found


@pytest.mark.parametrize("altered", ["signature", "truncated", "body", "missing"])
def test_what_is_not_signed_is_refused_and_stored_nowhere(deliver: Any, get: Any, altered: str) -> None:
    body = php(order(4000, status="completed"))
    wrong = {
        "signature": {"X-WC-Webhook-Signature": base64.b64encode(b"x" * 32).decode()},
        "truncated": {"X-WC-Webhook-Signature": "bm8="},
        "missing": {"X-WC-Webhook-Signature": ""},
    }.get(altered)
    if wrong:
        answer = deliver("order.created", body, **wrong)
    else:
        digest = hmac.digest(b"someone else's", body, hashlib.sha256)
        answer = deliver(
            "order.created",
            body.replace(b"4000", b"4001"),
            **{"X-WC-Webhook-Signature": base64.b64encode(digest).decode()},
        )
    assert (answer.status_code, answer.json()["data"]["status"]) == (401, 401)
    time.sleep(0.3)
    assert {get(f"orders/{number}").status_code for number in (4000, 4001)} == {404}


@pytest.mark.soak
def test_what_cannot_be_used_is_parked_and_can_be_moved_back(
    shop: LocalShop, deliver: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    """Signed, but an error object: the shop's owner of the webhook lost their rights."""
    body = php({"code": "woocommerce_rest_cannot_view", "message": "Sorry", "data": {"status": 401}})
    assert deliver("product.updated", body).status_code == 200
    eventually(lambda: len(items_of(shop, "s#PARKED")), 1)
    (parked,) = items_of(shop, "s#PARKED")
    assert parked["why"]["S"]
    redrive = ["redrive", "--stack", "woo-stack-local", "--endpoint-url", shop.emulator.endpoint]
    with pytest.MonkeyPatch.context() as patch:
        for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("DEFAULT_REGION", "us-east-1")):
            patch.setenv(f"AWS_{name}", value)
        assert main([*redrive, "--dry-run"]) == 0
        assert "1" in capsys.readouterr().out
        assert len(items_of(shop, "s#PARKED")) == 1
        assert main(redrive) == 0
    assert "1" in capsys.readouterr().out
    # It is of no more use than before.
    eventually(lambda: len(items_of(shop, "s#PARKED")), 1)


def test_a_customer_is_gone_when_deleted(deliver: Any, get: Any) -> None:
    body = php(
        {
            "id": 26,
            "email": "Ann@example.com",
            "role": "customer",
            "username": "ann",
            "first_name": "Ann",
            "last_name": "Lee",
            "date_created": "2024-01-01T00:00:00",
            "date_modified_gmt": "2024-01-01T00:00:00",
        }
    )
    assert deliver("customer.created", body).status_code == 200
    eventually(lambda: get("customers", email="ann@example.com").headers["X-WP-Total"], "1")
    assert deliver("customer.deleted", b'{"id":26}').status_code == 200
    eventually(lambda: get("customers/26").status_code, 404)
    assert get("customers", email="ann@example.com").headers["X-WP-Total"] == "0"
