"""What a deployed shop writes to its logs: each request by one id from function to function, and nothing of anybody."""

import base64
import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from woo_stack import Settings, to_json
from woo_stack import shop as compose
from woo_stack.cli.localshop import LocalShop, local_shop

Json = dict[str, Any]

#: What is sent and must be nowhere: each in a place of its own, and like nothing else.
FIRST, LAST, COMPANY = "Marlene-Quintessa", "Oberhuber\u0142owska", "Quagga Brothers"
EMAIL, PHONE, STREET = "quintessa@privatmail.example", "+49 30 5550 1234", "Zwinglistra\u00dfe 77"
NOTE, CARD, COUPON, IP = "leave it with the janitor", "4111 1111 1111 1111", "birthday-of-quintessa", "203.0.113.77"
SEARCHED, MISTYPED = "otherperson@privatmail.example", "0151-5550-4321"
KEY, SECRET, LOGIN = "ck_of_nobody_at_all", "cs_that_is_mistyped", "janitor@privatmail.example"
NUMBER = 918273645
PERSON = {
    "first_name": FIRST,
    "last_name": LAST,
    "company": COMPANY,
    "email": EMAIL,
    "phone": PHONE,
    "address_1": STREET,
}
DATES = {"date_created": "2024-05-01T08:00:00", "date_modified_gmt": "2024-05-01T06:00:01"}
ORDER = {
    "id": NUMBER,
    "status": "processing",
    "order_key": "wc_order_Qu1nt3ssa",
    "customer_ip_address": IP,
    "customer_note": NOTE,
    "billing": PERSON,
    "shipping": PERSON,
    "meta_data": [{"key": "_card", "value": CARD}],
    "line_items": [],
    **DATES,
}
CUSTOMER = {"id": NUMBER, "email": EMAIL, "role": "customer", "username": LOGIN, **DATES, "billing": PERSON, **PERSON}

#: Topic, body and what becomes of it in the applier.
DELIVERED: dict[str, tuple[str, bytes, str]] = {
    delivery: (topic, body if isinstance(body, bytes) else json.dumps(body).encode(), outcome)
    for delivery, topic, body, outcome in (
        ("d1", "order.created", ORDER, "inserted"),
        ("d2", "customer.created", CUSTOMER, "inserted"),
        ("d3", "coupon.created", {"id": NUMBER, "code": COUPON, "discount_type": "percent", **DATES}, "inserted"),
        ("d4", "order.updated", ORDER, "duplicate"),
        ("d5", "customer.updated", ORDER, "parked"),
        ("d6", "order.updated", f"{FIRST} {EMAIL}: {CARD}".encode(), "parked"),
        ("d7", "order.updated", {"code": EMAIL, "message": NOTE}, "parked"),
        ("d8", "order.updated", ORDER | {"id": PHONE}, "parked"),
        ("d9", "customer.deleted", {"id": NUMBER}, "deleted"),
    )
}


class Traffic:
    """A deployed shop, and what has been sent to it that its logs must not repeat."""

    def __init__(self, shop: LocalShop) -> None:
        self.shop = shop
        self.secrets = [shop.consumer_key, shop.consumer_secret, f"{shop.webhook_secret}"]

    def deliver(self, body: bytes, topic: str, delivery: str, secret: str = "", **headers: str) -> requests.Response:
        """A webhook with the signature by the shop's secret, or by another."""
        digest = hmac.digest((secret or f"{self.shop.webhook_secret}").encode(), body, hashlib.sha256)
        signature = base64.b64encode(digest).decode()
        self.secrets.append(signature)
        about = {"Topic": topic, "ID": "12", "Delivery-ID": delivery, "Signature": signature}
        headers = {f"X-WC-Webhook-{name}": value for name, value in about.items()} | headers
        return requests.post(
            f"{self.shop.webhook_url}", body, headers=headers, verify=f"{self.shop.ca_file}", timeout=20
        )

    def get(self, path: str, key: str, secret: str, **query: str) -> requests.Response:
        """A request with these credentials."""
        self.secrets.append(base64.b64encode(f"{key}:{secret}".encode()).decode())
        url = f"{self.shop.url}/wp-json/wc/v3/{path}"
        headers = {"X-Forwarded-For": IP, "Cookie": f"who={EMAIL}"}
        return requests.get(url, query, auth=(key, secret), headers=headers, verify=f"{self.shop.ca_file}", timeout=20)

    def nudge(self) -> None:
        """Let every function run once more."""
        self.deliver(b'{"id": 1}', "order.deleted", f"nudge-{time.monotonic_ns()}")
        self.get("products", self.shop.consumer_key, self.shop.consumer_secret)
        self.get("products", KEY, SECRET)


pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def traffic() -> Iterator[Traffic]:
    """All of it, sent once; statuses are checked as it goes."""
    # As it is composed here and now: what is published may be of yesterday.
    with local_shop(to_json(compose(Settings()))) as shop:
        traffic = Traffic(shop)
        for delivery, (topic, body, _) in DELIVERED.items():
            assert traffic.deliver(body, topic, delivery).status_code == 200
        body = json.dumps(ORDER).encode()
        assert traffic.deliver(body, "order.updated", "forged", "someone else's").status_code == 401
        assert traffic.deliver(b"\xff" + body, f"{EMAIL}.created", "forged", LOGIN).status_code == 401
        right = shop.consumer_key, shop.consumer_secret
        for path, query, status in (
            ("customers", {"email": SEARCHED}, 200),
            ("customers", {"search": SEARCHED}, 400),
            ("orders", {"customer": MISTYPED}, 400),
            ("coupons", {"code": COUPON}, 200),
            (f"products/{NUMBER}", {}, 404),
            (f"customers/{SEARCHED}", {}, 404),
            ("orders", {"consumer_key": KEY, "consumer_secret": SECRET}, 200),
        ):
            answer = traffic.get(path, *right, **query)
            assert answer.status_code == status, (path, query)
        for pair in ((KEY, right[1]), (right[0], SECRET), (LOGIN, SECRET)):
            assert traffic.get("orders", *pair, search=SEARCHED).status_code == 401
        yield traffic


@pytest.fixture(scope="module")
def written(traffic: Traffic) -> dict[str, list[str]]:
    """Every event of every log group, once all that was delivered has been applied."""
    client = traffic.shop.emulator.session().client("logs", endpoint_url=traffic.shop.emulator.endpoint)

    def read() -> dict[str, list[str]]:
        groups = [page["logGroups"] for page in client.get_paginator("describe_log_groups").paginate()]
        return {
            group["logGroupName"]: [
                event["message"]
                for page in client.get_paginator("filter_log_events").paginate(logGroupName=group["logGroupName"])
                for event in page["events"]
            ]
            for page in groups
            for group in page
        }

    end, found = time.monotonic() + 20, read()
    while not complete("\n".join(itertools.chain(*found.values()))):
        assert time.monotonic() < end, found
        # What a function writes late is kept by the emulator until that function runs again.
        traffic.nudge()
        time.sleep(0.2)
        found = read()
    return found


def complete(text: str) -> bool:
    """Whether every function has written all that it has to say."""
    least = {"receive": len(DELIVERED) + 2, "apply": len(DELIVERED), "read": 7, "authorize": 4}
    return all(text.count(f'"message": "{name}"') >= number for name, number in least.items())


@pytest.fixture
def records(written: dict[str, list[str]]) -> Callable[[str], list[Json]]:
    """The functions' own records with this message, all from the one group of the functions."""
    (group,) = [name for name in written if "FunctionsLogs" in name]
    own = [json.loads(line) for line in written[group] if line.startswith("{")]
    return lambda message: [one for one in own if one.get("message") == message]


def test_nothing_that_was_sent_is_in_any_log(traffic: Traffic, written: dict[str, list[str]]) -> None:
    text = "\n".join(line for lines in written.values() for line in lines).lower()
    private = [*PERSON.values(), NOTE, CARD, COUPON, IP, SEARCHED, MISTYPED, KEY, SECRET, LOGIN, f"{NUMBER}"]
    private += [FIRST.partition("-")[2], LAST[:9], "wc_order_qu", "privatmail", "%40", *traffic.secrets]
    assert len(traffic.secrets) > 20
    # As it is, and as JSON writes it.
    forms = {word: {word.lower(), json.dumps(word.lower())[1:-1]} for word in private}
    found = [word for word, either in forms.items() if any(form in text for form in either)]
    assert not found


def test_the_functions_logged_what_they_did_in_one_group(records: Any, written: dict[str, list[str]]) -> None:
    assert {one["outcome"] for one in records("receive")} == {"accepted", "forged"}
    outcomes = {one["delivery"]: one["outcome"] for one in records("apply")}
    assert outcomes.items() >= {delivery: outcome for delivery, (_, _, outcome) in DELIVERED.items()}.items()
    assert {one["status"] for one in records("read")} == {200, 400, 404}
    assert {one["effect"] for one in records("authorize")} == {"Allow", "Deny"}
    assert len([name for name in written if "Logs" in name]) == 3


def test_a_webhook_is_found_by_one_id_from_the_gateway_to_the_applier(records: Any) -> None:
    received, applied = (
        {one["delivery"]: one["gateway_request_id"] for one in records(message) if one.get("delivery") in DELIVERED}
        for message in ("receive", "apply")
    )
    assert received == applied
    assert received.keys() == DELIVERED.keys()
    assert len({*received.values()}) == len(DELIVERED)
    assert all(len(request) == 36 for request in received.values())


def test_a_denial_says_why_and_whose_without_the_key(traffic: Traffic, records: Any) -> None:
    hashes = {key: hashlib.sha256(key.encode()).hexdigest()[:8] for key in (KEY, LOGIN, traffic.shop.consumer_key)}
    denied = {(one["key"], one["why"]) for one in records("authorize") if one["effect"] == "Deny"}
    assert denied == {
        (hashes[KEY], "woocommerce_rest_cannot_view"),
        (hashes[LOGIN], "woocommerce_rest_cannot_view"),
        (hashes[traffic.shop.consumer_key], "woocommerce_rest_authentication_error"),
    }
