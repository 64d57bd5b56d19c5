"""An attacker's session against a deployed shop: nothing opens, nothing breaks, nothing is told and nothing is written.

`make test` sends a sample that spans all of it, `make soak` the long list, and all of it to an HTTP API too.
"""

import base64
import hashlib
import hmac
import http.client
import itertools
import json
import socket
import ssl
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import quote, urlsplit

import pytest

from woo_stack import Settings, to_json
from woo_stack import shop as compose
from woo_stack.cli.localshop import LocalShop, local_shop

Json = dict[str, Any]

#: Whatever is sent has this in it somewhere, and nobody may repeat it.
MARK = "zq7mark"
#: What no answer says: names of what the shop is made of, and what Python says of a failure.
INTERNALS = (
    "traceback",
    "arn:aws",
    "index.py",
    "/var/task",
    "boto",
    "dynamodb",
    "exception",
    "keyerror",
    "s#o#",
    "sqs.",
)
WEBHOOKS = "/webhooks/woocommerce"
API = "/wp-json/wc/v3"
ORDERS = f"{API}/orders"
ORDER = {
    "id": 727,
    "status": "processing",
    "order_key": "wc_order_x",
    "customer_id": 5,
    "date_created": "2024-05-01T08:00:00",
    "date_modified_gmt": "2024-05-01T06:00:01",
    "line_items": [],
}
CUSTOMER = {
    "id": 5,
    "email": "ann@example.com",
    "role": "customer",
    "username": "ann",
    "date_created": "2024-05-01T08:00:00",
    "date_modified_gmt": "2024-05-01T06:00:01",
}
PRODUCT = {
    "id": 9,
    "status": "publish",
    "type": "simple",
    "slug": "shirt",
    "sku": "S-1",
    "images": [],
    "date_created": "2024-05-01T08:00:00",
    "date_modified_gmt": "2024-05-01T06:00:01",
}


class Answer(NamedTuple):
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes


@dataclass
class Target:
    """The shop under attack, and what has been sent to it signed, which it keeps."""

    shop: LocalShop
    kind: str
    parked: int = 0
    signatures: list[str] = field(default_factory=list)

    def send(self, method: str, path: str, headers: list[tuple[str, str]] | None = None, body: bytes = b"") -> Answer:
        """A request as it stands, below the stage: what a client library would mend or refuse is not."""
        url = urlsplit(self.shop.url)
        lines = [f"{method} {url.path}{path} HTTP/1.1", f"Host: {url.netloc}", "Connection: close"]
        lines += [f"{name}: {value}" for name, value in headers or []]
        if body:
            lines.append(f"Content-Length: {len(body)}")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        context = ssl.create_default_context(cafile=str(self.shop.ca_file))
        with (
            socket.create_connection((url.hostname or "", url.port or 443), timeout=30) as plain,
            context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
        ):
            # Whoever is refused by the length that he gives is not listened to any longer.
            with suppress(OSError):
                connection.sendall(head + body)
            answer = http.client.HTTPResponse(connection, method=method)
            answer.begin()
            return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())

    @property
    def key(self) -> tuple[str, str]:
        """The header that opens the shop."""
        return basic(f"{self.shop.consumer_key}:{self.shop.consumer_secret}")

    def deliver(self, body: bytes, topic: str = "order.updated", **headers: str) -> Answer:
        """A webhook, signed by the shop's secret."""
        signature = self.sign(body)
        self.signatures.append(signature)
        given = {"X-WC-Webhook-Topic": topic, "X-WC-Webhook-ID": "1", "X-WC-Webhook-Signature": signature}
        given |= {"X-WC-Webhook-Delivery-ID": f"{next(DELIVERIES)}", "Content-Type": "application/json", **headers}
        return self.send("POST", WEBHOOKS, [*given.items()], body)

    def sign(self, body: bytes) -> str:
        """WooCommerce's signature."""
        secret = f"{self.shop.webhook_secret}".encode()
        return base64.b64encode(hmac.digest(secret, body, hashlib.sha256)).decode()

    def items(self) -> dict[tuple[str, str], Json]:
        """All of the table but what is parked."""
        client = self.shop.emulator.session().client("dynamodb", endpoint_url=self.shop.emulator.endpoint)
        pages = client.get_paginator("scan").paginate(TableName=self.shop.outputs["TableName"], ConsistentRead=True)
        items = {(item["pk"]["S"], item["sk"]["S"]): item for page in pages for item in page["Items"]}
        self.parked = sum(pk == "s#PARKED" for pk, _ in items)
        return {key: item for key, item in items.items() if key[0] != "s#PARKED"}

    def logs(self) -> str:
        """All that is in any log."""
        client = self.shop.emulator.session().client("logs", endpoint_url=self.shop.emulator.endpoint)
        groups = [g["logGroupName"] for g in client.describe_log_groups()["logGroups"]]
        pages = [client.get_paginator("filter_log_events").paginate(logGroupName=group) for group in groups]
        return "\n".join(event["message"] for each in pages for page in each for event in page["events"])


DELIVERIES = itertools.count(1)


def basic(pair: str | bytes) -> tuple[str, str]:
    raw = pair.encode() if isinstance(pair, str) else pair
    return "Authorization", "Basic " + base64.b64encode(raw).decode()


@pytest.fixture(scope="module", params=["rest", pytest.param("http", marks=pytest.mark.soak)])
def target(request: pytest.FixtureRequest) -> Iterator[Target]:
    # As it is composed here and now: what is published may be of yesterday.
    settings = Settings() if request.param == "rest" else Settings(api="http")
    with local_shop(to_json(compose(settings))) as shop:
        target = Target(shop, request.param)
        for topic, document in (("order", ORDER), ("customer", CUSTOMER), ("product", PRODUCT)):
            assert target.deliver(json.dumps(document).encode(), f"{topic}.created").status == 200
        end = time.monotonic() + 30
        while len([key for key in target.items() if key[1] == "D"]) < 3:
            assert time.monotonic() < end
            time.sleep(0.05)
        yield target


@pytest.fixture(scope="module")
def before(target: Target) -> dict[tuple[str, str], Json]:
    """The table as it was before the session."""
    return target.items()


@pytest.fixture(autouse=True)
def first_look(before: dict[tuple[str, str], Json]) -> None:
    assert before


def examine(target: Target, answer: Answer, *allowed: int) -> Any:
    """The parsed body of an answer that is one of these, in WooCommerce's shape, and tells nothing."""
    assert answer.status in allowed, (answer.status, answer.body[:300])
    # The kind of its own refusals is a header of API Gateway's everywhere.
    told = {name: value for name, value in answer.headers.items() if name != "x-amzn-errortype"}
    text = (answer.body + repr(told).encode()).decode(errors="replace").lower()
    secrets = [
        target.shop.consumer_secret,
        f"{target.shop.webhook_secret}",
        target.shop.consumer_key,
        *target.signatures,
    ]
    assert not [word for word in (*secrets, *INTERNALS, MARK) if word.lower() in text]
    if not answer.body:
        return None
    parsed = json.loads(answer.body)
    # What a function answers, and what a REST API answers by itself; an HTTP API has words of its own for 401 and 404,
    # and whoever reads a request line has for one that is none.
    ours = "x-content-type-options" in answer.headers
    assert ours or answer.status >= 400
    if ours:
        assert "no-store" in answer.headers["cache-control"]
        assert answer.headers["x-content-type-options"] == "nosniff"
    if answer.status >= 400 and (ours or (target.kind == "rest" and answer.status != 400)):
        assert {"code", "message", "data"} <= parsed.keys()
    return parsed


def some(*quick: Any, soak: Any = ()) -> list[Any]:
    """Parameters: those that always run, and those that are of the long list."""
    every = [*((one, ()) for one in quick), *((one, pytest.mark.soak) for one in soak)]
    return [pytest.param(one, marks=marks, id=f"{number}") for number, (one, marks) in enumerate(every)]


# --- keys


KEYS = some(
    [],
    [basic("ck_5f1e5f1e5f1e5f1e5f1e5f1e5f1e5f1e5f1e5f1e:0123456789abcdef0123456789abcdef01234567")],
    [basic(b"\x00:\xff\xfe" + MARK.encode())],
    [("Authorization", "Basic " + "=" * 60)],
    [("Authorization", "Basic Y2s6Y3M=\t, Basic Y2s6Y3M=")],
    soak=[
        [basic("")], [basic(":")], [basic(f"{MARK}")], [basic(f":{MARK}")], [basic(f"{MARK}:")],
        [basic(f"{MARK}\r\nX-Injected: 1:cs")], [basic("\U0001f511:\u00e9")], [basic("a" * 6000 + ":" + "b" * 300)],
        [basic("\x00" * 500 + ":" + "\x00" * 40)], [basic("*:*")], [basic("ck_%:%")],
        [basic("' OR '1'='1:' OR '1'='1")],
        [("Authorization", "")], [("Authorization", "Basic")], [("Authorization", "Basic \xff\xfe")],
        [("Authorization", f"Bearer {MARK}")], [("Authorization", "Digest username=admin")],
        [("Authorization", "AWS4-HMAC-SHA256 Credential=AKIA/20240101/us-east-1/execute-api/aws4_request")],
        [("Authorization", 'OAuth oauth_consumer_key="x",oauth_signature="x"')],
        [("X-Amzn-Principal-Id", "admin"), ("X-Amz-Security-Token", MARK)],
        [("Cookie", f"wordpress_logged_in={MARK}"), ("X-WP-Nonce", MARK)],
        [("X-Forwarded-User", "admin"), ("X-Original-URL", WEBHOOKS), ("X-Rewrite-URL", "/")],
    ],
)  # fmt: skip
ROUTES = some(
    ORDERS, f"{API}/customers/5",
    soak=[f"{API}/{kind}" for kind in (
        "orders/727", "customers", "products", "products/9", "products/9/variations", "products/categories",
        "products/tags", "coupons", "reports/orders/totals", "reports/customers/totals", "settings", "webhooks",
        "", "..", "system_status")],
)  # fmt: skip


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("headers", KEYS)
def test_no_route_opens_to_a_wrong_key(target: Target, path: str, headers: list[tuple[str, str]]) -> None:
    found = examine(target, target.send("GET", path, headers), 401, 403, 400)
    if target.kind == "rest" and headers == KEYS[1].values[0]:
        assert (found["code"], found["data"]["status"]) == ("woocommerce_rest_cannot_view", 401)


def test_the_right_key_opens_and_a_wrong_secret_is_told_as_the_shop_tells_it(target: Target) -> None:
    assert [one["id"] for one in json.loads(target.send("GET", ORDERS, [target.key]).body)] == [727]
    found = examine(target, target.send("GET", ORDERS, [basic(f"{target.shop.consumer_key}:wrong")]), 401, 403)
    if target.kind == "rest":
        assert found["code"] == "woocommerce_rest_authentication_error"


@pytest.mark.parametrize(
    "stage", some("prod", soak=["", "LIVE", "live2", "$default", "test-invoke-stage", "%6cive/.."])
)
def test_another_stage_has_nothing(target: Target, stage: str) -> None:
    answer = target.send("GET", f"/../{stage}{ORDERS}" if stage else ORDERS[1:], [target.key])
    assert answer.status in (200, 400, 401, 403, 404)
    if answer.status == 200:
        # A path that is below the stage all the same: no more than the key opens.
        assert [one["id"] for one in json.loads(answer.body)] == [727]


@pytest.mark.parametrize("wrong", some(("ck_x", "cs_x"), soak=[("", ""), ("ck_x", ""), ("[]", "[]"), (MARK, MARK)]))
def test_keys_in_header_and_query_are_both_to_be_right(target: Target, wrong: tuple[str, str]) -> None:
    right = target.shop.consumer_key, target.shop.consumer_secret
    query = "?consumer_key={}&consumer_secret={}"
    for pair, header in ((right, basic(":".join(wrong))), (wrong, basic(":".join(wrong)))):
        examine(target, target.send("GET", ORDERS + query.format(*pair), [header]), 401, 403)
    # Without a header the key in the query is nothing to a shop that does not look there.
    examine(target, target.send("GET", ORDERS + query.format(*right)), 401, 403)


# --- paths and methods


PATHS = some(
    f"//{ORDERS}", "/wp-json/wc/v3/%2e%2e/orders", f"{WEBHOOKS}/", f"{ORDERS}/%00",
    soak=[
        f"{ORDERS}/", f"{ORDERS};x=1", f"{ORDERS}%3Bx", "/wp-json/wc/v3/../v3/orders", "/wp-json/wc/v3/..%2forders",
        "/wp-json%2fwc%2fv3%2forders", "/wp-json/wc/v3/orders%2f727", "/WP-JSON/WC/V3/ORDERS",
        "/./wp-json/wc/v3/orders",
        "/wp-json/wc/v3/orders/../../../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..;/wp-json/wc/v3/orders",
        "/wp-json/wc/v3/orders/%ff%fe", "/wp-json/wc/v3/orders/\xff", "/wp-json/wc/v3/orders/%252e%252e",
        "/wp-json/wc/v3/orders/727%0d%0aX-Injected:%201", "/wp-json/wc/v3/orders/727%0a", "/wp-json/wc/v3/orders/0727",
        "/wp-json/wc/v3/orders/" + "9" * 900, "/wp-json/wc/v3/orders/-1", "/wp-json/wc/v3/orders/1e3", "/",
        "/wp-json/wc/v3/orders/\u0663".encode().decode("latin-1"), "/wp-json/wc/v3/products/9/variations/" + "1" * 999,
        "/webhooks", "/webhooks/", f"/x/..{WEBHOOKS}", "/webhooks/woocommerce%2f", "/webhooks%2fwoocommerce",
        "/WEBHOOKS/woocommerce", "/_aws/execute-api/x/live/orders", "/restapis", "/2015-03-31/functions/x/invocations",
        "/wp-json/", "/wp-login.php", "/xmlrpc.php", "/.env", "/.git/config", "/?rest_route=/wc/v3/orders",
    ],
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
def test_no_path_leads_around_the_key(target: Target, path: str) -> None:
    examine(target, target.send("GET", path), 400, 401, 403, 404)
    answer = target.send("GET", path, [target.key])
    # The emulator's wildcards in policies stop at the end of a line.
    assert answer.status in (200, 400, 404, *((401, 403) if "%0d%0a" in path else ())), answer.status
    if answer.status != 200:
        examine(target, answer, 400, 401, 403, 404)
    else:
        assert json.loads(answer.body) in ([ORDER], ORDER)


@pytest.mark.parametrize("method", some("DELETE", "POST", soak=["PUT", "PATCH", "HEAD", "OPTIONS"]))
def test_no_method_changes_anything(target: Target, method: str) -> None:
    body = json.dumps(ORDER | {"status": MARK}).encode() if method not in ("HEAD", "OPTIONS") else b""
    for path in (f"{ORDERS}/727", WEBHOOKS):
        # An HTTP API may answer a preflight by itself: nothing is allowed.
        examine(target, target.send(method, path, [], body), 401, 403, *((204,) if target.kind == "http" else ()))
    answer = target.send(method, f"{ORDERS}/727", [target.key], body)
    preflight = method == "OPTIONS" and target.kind == "http"
    assert answer.status in ((404,) if body else (200, 204, 403) if preflight else (200,))


OVERRIDES = some(
    ([("X-HTTP-Method-Override", "DELETE"), ("X-Method-Override", "PUT")], ""),
    soak=[
        ([], "?_method=DELETE"),
        ([("X-HTTP-Method", "POST")], "?_method=POST&force=true"),
        ([], "?_envelope=1&_method=PUT"),
    ],
)


@pytest.mark.parametrize("given", OVERRIDES)
def test_a_get_stays_a_get(target: Target, given: tuple[list[tuple[str, str]], str]) -> None:
    headers, query = given
    answer = target.send("GET", f"{ORDERS}/727{query}", [target.key, *headers])
    assert answer.status == 200
    assert b'"status": "processing"' in answer.body


# --- parameters


VALUES = [
    "' OR '1'='1", "any|O#st=trash@date", "s#O#727", "cu=5@date#000000000727", ":p", "#n AND sk > :low",
    "attribute_exists(pk)",
    "1e9", "-1", "NaN", "Infinity", "1e999", "9" * 400, "1.5", "0x10", " 1", "1\x00", "\x00", "\ud83d\udd11", "%",
    "_", "*",
    "../../etc/passwd", "${jndi:ldap://x}", "{{7*7}}", "<script>alert(1)</script>", "\r\nX-Injected: 1", "true",
    "null", "[]",
    '{"$gt":""}', "1,2;DROP TABLE", "A" * 3000, ",".join(["1"] * 101), ",".join(["1"] * 90), "2024-13-01T00:00:00",
    "9999-12-31T23:59:59", "0000-00-00T00:00:00", "a@b.example' --", "ann@example.com\x00", "\u202e\u0000\uffff", "",
]  # fmt: skip
LISTS = {
    "orders": "page per_page offset include exclude after before order orderby status customer product context _fields",
    "products": "sku slug type category tag featured on_sale stock_status status min_price attribute",
    "customers": "email role orderby order",
    "coupons": "code",
    "products/categories": "slug parent hide_empty",
    "products/9/variations": "sku",
}
QUICK = [("orders", "customer", VALUES[0]), ("products", "sku", VALUES[1]), ("customers", "email", VALUES[2]),
         ("orders", "offset", "1e300"), ("orders", "_fields", "id." * 900)]  # fmt: skip


def odd(value: str) -> str:
    return quote(value.encode("utf-16", "surrogatepass").decode("utf-16", "replace"), safe="")


@pytest.mark.parametrize(
    "given",
    some(
        *QUICK,
        soak=[(path, name, value) for path, names in LISTS.items() for name in names.split() for value in VALUES],
    ),
)
def test_no_parameter_is_more_than_a_value(target: Target, given: tuple[str, str, str]) -> None:
    path, name, value = given
    answer = target.send("GET", f"{API}/{path}?{name}={odd(value)}", [target.key])
    found = examine_list(target, answer)
    if name in ("sku", "slug", "code", "email") and value and isinstance(found, list):
        assert found == []
    if isinstance(found, dict):
        assert found["code"] == "rest_invalid_param"


def examine_list(target: Target, answer: Answer) -> Any:
    """A list, no longer than what is there, or an honest 400."""
    assert answer.status in (200, 400), (answer.status, answer.body[:300])
    assert "x-injected" not in answer.headers
    parsed = json.loads(answer.body)
    if answer.status == 400:
        text = answer.body.decode().lower()
        assert not [word for word in (*INTERNALS, target.shop.consumer_secret) if word in text]
    else:
        assert len(parsed) <= 1
    return parsed


NAMES = some(
    "status[]=a&status[1]=b&status[x]=c&status[[]]=d", "&".join(f"x{number}={number}" for number in range(900)),
    soak=[
        "include" + "[]" * 500 + "=1", "[]=1", "=1", "&&&=", "include[0][1][2]=1", "status=a&status[]=b&status=c",
        "%00=1", "__proto__=1&constructor=2&self=3&__class__=4", "pk=1&sk=2&TableName=x&:p=1",
        "_envelope&_envelope[]=1",
        "&".join(f"include[{number}]=1" for number in range(500)), "&".join(["status[]=processing"] * 400),
        "_fields[]=" + "a.b." * 500, "_fields=" + ",".join("abcdefgh" for _ in range(800)), "_fields[x][y]=id",
        "per_page[]=1",
        "customer[]=5", "order[]=asc", "context[]=view", "consumer_key[]=x&consumer_secret[]=y", "oauth_token=x",
        "%F0%9F%94%91=%FF", "page=1&page=2&page=", "a" * 8000 + "=1",
    ],
)  # fmt: skip


@pytest.mark.parametrize("query", NAMES)
def test_no_name_is_more_than_a_name(target: Target, query: str) -> None:
    answer = target.send("GET", f"{ORDERS}?{query}", [target.key])
    if "_envelope" in query:
        assert set(json.loads(answer.body)) == {"body", "status", "headers"}
    else:
        examine_list(target, answer)


# --- webhooks


def webhook(*signatures: str, **more: str) -> list[tuple[str, str]]:
    headers = [("X-WC-Webhook-Topic", "order.updated"), ("X-WC-Webhook-ID", "1"), ("Content-Type", "application/json")]
    return [*headers, *(("X-WC-Webhook-Signature", one) for one in signatures), *more.items()]


FORGED = json.dumps(ORDER | {"status": MARK}).encode()
SIGNED_BY_NOBODY = base64.b64encode(hmac.digest(b"", FORGED, hashlib.sha256)).decode()
FORGERIES = some(
    (webhook(), FORGED), (webhook(SIGNED_BY_NOBODY), FORGED), (webhook("%%%", "="), FORGED),
    (webhook(), b"webhook_id=1&x=" + MARK.encode()),
    soak=[
        (webhook(""), FORGED), (webhook(base64.b64encode(hashlib.sha256(FORGED).digest()).decode()), FORGED),
        (webhook("A" * 44), FORGED), (webhook("\xff" * 44), FORGED), (webhook("A" * 8000), FORGED),
        (webhook("null"), b""),
        (webhook("A" * 43 + "=", "B" * 43 + "="), FORGED), (webhook(), b""), (webhook(), b"[" * 100_000),
        (webhook(), b"webhook_id=-1"), (webhook(), b"webhook_id=" + b"1" * 21), (webhook(), b"\x00" * 100),
        (webhook(**{"X-WC-Webhook-Signature-256": "x", "X-Hub-Signature": "x"}), FORGED),
        (webhook(**{"Content-Encoding": "gzip"}), FORGED), (webhook(**{"Content-Type": "text/xml"}), FORGED),
    ],
)  # fmt: skip


@pytest.mark.parametrize("given", FORGERIES)
def test_no_delivery_is_taken_that_is_not_signed(target: Target, given: tuple[list[tuple[str, str]], bytes]) -> None:
    headers, body = given
    found = examine(target, target.send("POST", WEBHOOKS, headers, body), 401)
    assert found["code"] == "woocommerce_rest_authentication_error"


@pytest.mark.parametrize(
    "change", some(str.swapcase, soak=[str.lower, str.upper, lambda text: text[:-1], lambda text: f"{text}=",
    lambda text: text[::-1]])
)  # fmt: skip
def test_no_delivery_is_taken_whose_signature_is_anothers(target: Target, change: Any) -> None:
    right = target.sign(FORGED)
    examine(target, target.send("POST", WEBHOOKS, webhook(change(right)), FORGED), 401)
    examine(target, target.send("POST", WEBHOOKS, webhook(target.sign(FORGED + b" ")), FORGED), 401)


@pytest.mark.parametrize("size", some(4_400_001, soak=[5_000_000, 9_999_999, 10_000_001]))
def test_what_is_too_large_is_refused(target: Target, size: int) -> None:
    answer = target.send("POST", WEBHOOKS, webhook("x", **{"Content-Type": "application/octet-stream"}), b" " * size)
    assert answer.status == 413
    if size < 10_000_000:
        examine(target, answer, 413)


#: Signed, and of no use: kept for whoever looks after it, and nothing else.
USELESS = [
    ("order.updated", b"[" * 100_000),
    ("order.updated", b'{"id":1e3,"status":"x","order_key":"zq7mark","line_items":[]}'),
    ("customer.updated", json.dumps(ORDER).encode()),
    ("customer.restored", json.dumps(CUSTOMER).encode()),
    ("order.deleted", json.dumps(ORDER).encode()),
    ("order.updated", b'{"a":' * 50_000),
    ("order.updated", b'{"id":727,"status":NaN,"order_key":"k","line_items":[]}'),
    ("order.updated", b'{"id":' + b"9" * 5000 + b',"status":"x","order_key":"k","line_items":[]}'),
    ("order.deleted", b'{"id":"-727"}'),
    ("order.deleted", b'{"id":true}'),
    ("order.deleted", b'{"id":[727]}'),
    ("order.deleted", b'{"id":727,"id":{}}'),
    ("order.updated", b"\xff\xfe\x00"),
    ("zq7mark.zq7mark", json.dumps(ORDER).encode()),
    ("order.updated\x7f", json.dumps(ORDER | {"id": 1}).encode() + b"x"),
    ("__proto__.deleted", b'{"id":727}'),
    ("order.deleted.x", b'{"id":727}'),
]


@pytest.mark.parametrize("given", some(*USELESS[:3], soak=USELESS[3:]))
def test_what_is_signed_and_useless_is_parked(target: Target, given: tuple[str, bytes]) -> None:
    topic, body = given
    target.items()
    wanted = target.parked + 1
    kind = "application/octet-stream" if b"\xff" in body else "application/json"
    assert target.deliver(body, topic, **{"Content-Type": kind}).status == 200
    end = time.monotonic() + 20
    while target.parked < wanted:
        assert time.monotonic() < end
        time.sleep(0.05)
        target.items()
    assert target.parked == wanted


def test_what_somebody_repeats_changes_nothing(target: Target) -> None:
    for topic in ("order.updated", "order.created", "order.deleted", "product.updated"):
        assert target.deliver(json.dumps(ORDER).encode(), topic).status == 200


# --- and in the end


def test_nothing_was_written_and_no_log_tells(target: Target, before: dict[tuple[str, str], Json]) -> None:
    queue = target.shop.emulator.session().client("sqs", endpoint_url=target.shop.emulator.endpoint)
    url, counts = (
        target.shop.outputs["QueueUrl"],
        ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"),
    )
    end = time.monotonic() + 20
    while any(int(n) for n in queue.get_queue_attributes(QueueUrl=url, AttributeNames=counts)["Attributes"].values()):
        assert time.monotonic() < end
        time.sleep(0.05)
    # When a version was received last moves with each repetition, and with it the revision.
    moving = ("t", "r", "e")
    still, was = (
        {key: {name: value for name, value in item.items() if name not in moving} for key, item in items.items()}
        for items in (target.items(), before)
    )
    assert still == was
    dead = queue.get_queue_attributes(QueueUrl=target.shop.outputs["DeadLetterQueueUrl"], AttributeNames=counts[:1])
    assert dead["Attributes"] == {counts[0]: "0"}
    # What a function writes late is kept by the emulator until that function runs again.
    for _ in range(2):
        target.send("GET", ORDERS, [target.key])
        target.deliver(json.dumps(ORDER).encode())
    log = target.logs().lower()
    assert '"message": "read"' in log
    private = [
        target.shop.consumer_secret,
        target.shop.consumer_key,
        f"{target.shop.webhook_secret}",
        *target.signatures,
    ]
    private += ["wc_order_x", "ann@example", "x-injected", "basic ", "1'='1", target.key[1][6:]]
    assert not [word for word in private if word.lower() in log]
    # A topic and a delivery's id are told, as printable text, of what is signed.
    assert log.count(MARK) == log.count(f'"topic": "{MARK}.{MARK}"') * 2
    assert "accessdenied" not in log
