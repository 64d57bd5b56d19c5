"""The intake: what is signed is kept whole, what is not is stored nowhere, and the shop is told in its own words."""

import base64
import gzip
import hashlib
import json
import os
import random
import statistics

import pytest
from botocore.exceptions import EndpointConnectionError

ORDER = b'{"id":727,"note":"caf\\u00e9 a\\/b","price":3.3499999999999996}'
NOISE = random.Random(5).randbytes(3 * 1024 * 1024)  # noqa: S311 (does not compress)
FORGED = {
    "code": "woocommerce_rest_authentication_error",
    "message": "Invalid signature.",
    "data": {"status": 401},
}
RECEIVED_MS = 1732190000124


def body_of(message):
    text = message["Body"]
    packed = "encoding" in message["MessageAttributes"]
    return gzip.decompress(base64.b64decode(text)) if packed else text.encode()


def test_a_delivery_is_queued_byte_for_byte_with_what_came_with_it(post, queue, parked, metrics):
    assert post(ORDER) == (200, {})
    (message,) = queue.messages()
    identity = hashlib.sha256(b"12\0" + f"{1:032x}".encode() + b"\0" + ORDER).hexdigest()
    assert message["Body"].encode() == ORDER
    assert message["Attributes"]["MessageDeduplicationId"] == identity
    assert message["Attributes"]["MessageGroupId"] == "order"
    assert set(message["MessageAttributes"]) == {"webhook"}
    assert message["MessageAttributes"]["webhook"] == {
        "DataType": "String",
        "StringValue": '{"topic":"order.updated","id":"12","delivery":"' + f"{1:032x}" + '",'
        f'"source":"https://shop.example/","request":"request-31","received":"{RECEIVED_MS}#{identity[:16]}"}}',
    }
    assert metrics() == {"Accepted": 1}
    assert not parked()


@pytest.mark.parametrize("kind", ["order", "product", "customer", "coupon", "category", "tag"])
def test_events_about_a_resource_are_a_group(post, queue, kind):
    post(ORDER, f"{kind}.updated")
    assert [message["Attributes"]["MessageGroupId"] for message in queue.messages()] == [kind]


@pytest.mark.parametrize("topic", ["action.woocommerce_add_to_cart", "orders.updated", "", "Order.updated", "."])
def test_all_other_topics_are_one_more(post, queue, topic):
    assert post(ORDER, topic)[0] == 200
    assert [message["Attributes"]["MessageGroupId"] for message in queue.messages()] == ["other"]


def test_a_delivery_that_comes_twice_is_queued_once_but_two_of_a_second_are_two(post, queue):
    for body, delivery in ((ORDER, 1), (ORDER, 1), (ORDER + b" ", 1), (ORDER, 2)):
        assert post(body, delivery=delivery) == (200, {})
    assert [message["Body"] for message in queue.messages()] == [ORDER.decode(), ORDER.decode() + " ", ORDER.decode()]


def test_without_a_delivery_id_every_request_is_an_event(post, queue):
    """The third would be the first again, and be lost: what comes in between has been stored meanwhile."""
    bodies = [ORDER, ORDER + b" ", ORDER]
    for at, body in enumerate(bodies):
        time = {"requestContext": {"requestId": f"request-{at}", "requestTimeEpoch": RECEIVED_MS + at}}
        assert post(body, headers={"X-WC-Webhook-Delivery-ID": None}, **time) == (200, {})
    assert [message["Body"].encode() for message in queue.messages()] == bodies


def test_a_delivery_that_comes_twice_is_one_though_each_is_a_request_of_its_own(post, queue, refuse, parked):
    """Where they are one in the queue, and where they are one in the table."""
    times = [{"requestContext": {"requestId": f"request-{at}", "requestTimeEpoch": RECEIVED_MS}} for at in (41, 42)]
    assert [post(ORDER, **time) for time in times] == [(200, {})] * 2
    with refuse("sqs", "SendMessage", "AccessDenied"):
        assert [post(ORDER, **time) for time in times] == [(200, {})] * 2
    (message,) = queue.messages()
    assert json.loads(message["MessageAttributes"]["webhook"]["StringValue"])["request"] == "request-41"
    assert [json.loads(item["w"]["S"])["request"] for item in parked()] == ["request-42"]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\x00\x01", id="control characters"),
        pytest.param(b'{"id":1,"a":"\x0b"}', id="a control character in JSON"),
        pytest.param("\ufffe".encode(), id="no character"),
        pytest.param(b"\xff\xfe{", id="not UTF-8"),
        pytest.param(b"\xed\xa0\x80", id="half a character"),
        pytest.param(b"a" * 1_048_576, id="as large as a message without its attributes"),
        pytest.param(b'{"id":1}' + b" " * 4_000_000, id="four megabytes of nothing"),
    ],
)
def test_what_sqs_takes_as_no_text_is_packed(post, queue, parked, body):
    assert post(body) == (200, {})
    (message,) = queue.messages()
    assert message["MessageAttributes"]["encoding"]["StringValue"] == "gzip"
    assert body_of(message) == body
    assert not parked()


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("Stra\u00dfe \u2603 \U0001f511 \ud7ff\ue000\ufffd\U0010ffff\x7f\x85".encode(), id="UTF-8"),
        pytest.param(b"\t\r\n ", id="white space"),
        pytest.param(b"a" * 1_044_000, id="nearly as large as a message"),
        pytest.param(b"{" * 10_000, id="not JSON"),
    ],
)
def test_any_other_body_is_its_own_text(post, queue, body):
    assert post(body) == (200, {})
    (message,) = queue.messages()
    assert message["Body"].encode() == body
    assert "encoding" not in message["MessageAttributes"]


def test_a_body_that_is_text_in_the_event_is_taken_as_it_is(post, queue):
    text = ORDER.decode() + "\u00e9"
    body = text.encode()
    assert post(body, body=text, isBase64Encoded=False) == (200, {})
    assert [message["Body"] for message in queue.messages()] == [text]


def test_what_is_too_large_for_the_queue_is_parked(post, queue, parked, metrics, records):
    assert post(NOISE) == (200, {})
    assert not queue.messages()
    items = parked()
    assert gzip.decompress(b"".join(item["z"]["B"] for item in items)) == NOISE
    assert items[0]["parts"] == {"N": "9"}
    assert json.loads(items[0]["w"]["S"])["topic"] == "order.updated"
    assert items[0]["why"]["S"] == "OverflowError: too large for the queue"
    assert metrics() == {"Parked": 1}
    (record,) = records()
    assert (record.outcome, record.why, record.gateway_request_id) == ("parked", "OverflowError", "request-31")


@pytest.mark.parametrize("code", ["AccessDenied", "InvalidMessageContents", "ServiceUnavailable", "QueueDoesNotExist"])
def test_what_the_queue_refuses_is_parked_with_the_reason(*, post, queue, parked, refuse, metrics, records, code):
    with refuse("sqs", "SendMessage", code):
        assert post(ORDER) == (200, {})
    assert not queue.messages()
    (item,) = parked()
    assert gzip.decompress(item["z"]["B"]) == ORDER
    assert item["why"]["S"].endswith(f": An error occurred ({code}) when calling the SendMessage operation: planted")
    assert [record.why for record in records()] == [code]
    assert metrics() == {"Parked": 1}


def test_a_queue_that_cannot_be_reached_is_a_queue_that_refuses(handler, post, parked, monkeypatch):
    def lost(**_):
        raise EndpointConnectionError(endpoint_url="https://sqs.example")

    monkeypatch.setattr(handler.client("sqs"), "send_message", lost)
    assert post(ORDER) == (200, {})
    assert parked()[0]["why"]["S"].startswith("EndpointConnectionError: ")


@pytest.mark.parametrize("code", ["AccessDeniedException", "ProvisionedThroughputExceededException"])
def test_what_is_neither_queued_nor_parked_is_not_acknowledged(*, post, parked, refuse, records, metrics, code):
    with refuse("sqs", "SendMessage", "AccessDenied"), refuse("dynamodb", "PutItem", code):
        status, answer = post(ORDER)
    assert (status, answer["code"], answer["data"]) == (503, "woo_stack_busy", {"status": 503})
    assert not parked()
    assert metrics() == {"Lost": 1}
    (record,) = records()
    assert (record.levelname, record.outcome, record.gateway_request_id) == ("ERROR", "failed", "request-31")
    passing = {"ProvisionedThroughputExceededException": "StoreBusy"}
    assert f"{record.exc_info[1]}" == passing.get(code, code)


def altered(body):
    return body[:9] + bytes([body[9] ^ 1]) + body[10:]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("X-WC-Webhook-Signature", None, id="absent"),
        pytest.param("X-WC-Webhook-Signature", "", id="empty"),
        pytest.param("X-WC-Webhook-Signature", "AAAA", id="short"),
        pytest.param("X-WC-Webhook-Signature", "\u00e9" * 44, id="not ASCII"),
        pytest.param("X-WC-Webhook-Signature", "\ud800", id="half a character"),
        pytest.param("X-WC-Webhook-Signature", "A" * 10_000, id="long"),
        pytest.param("X-WC-Webhook-Signature", base64.b64encode(hashlib.sha256(ORDER).digest()).decode(), id="no key"),
    ],
)
def test_what_is_not_signed_is_stored_nowhere(*, post, queue, parked, metrics, records, name, value):
    assert post(ORDER, headers={name: value}) == (401, FORGED)
    assert metrics() == {"Rejected": 1}
    assert records()[-1].outcome == "forged"
    assert not queue.messages()
    assert not parked()


@pytest.mark.parametrize(
    ("body", "forge"),
    [
        pytest.param(ORDER, lambda given: given[:-1], id="truncated"),
        pytest.param(ORDER, lambda given: given[:20], id="half of it"),
        pytest.param(ORDER, lambda given: given + "A", id="longer"),
        pytest.param(ORDER, str.swapcase, id="in another case"),
        pytest.param(ORDER, lambda given: base64.b64decode(given).hex(), id="in hexadecimal digits"),
        pytest.param(altered(ORDER), str, id="of a body that differs in a bit"),
        pytest.param(ORDER + b"\n", str, id="of a body with one byte less"),
        pytest.param(b"webhook_id=12", str, id="of another body, the ping's"),
    ],
)
def test_a_signature_that_is_not_this_bodys_is_refused(*, post, queue, parked, sign, body, forge):
    assert post(body, headers={"X-WC-Webhook-Signature": forge(sign(ORDER))}) == (401, FORGED)
    assert not queue.messages()
    assert not parked()


def test_two_signatures_are_none(post, queue, sign):
    """Whichever of them API Gateway would have taken."""
    right, other = sign(ORDER), sign(ORDER, "another")
    for pair in ([right, other], [other, right], [right, right], [right, ""]):
        assert post(ORDER, multiValueHeaders={"X-WC-Webhook-Signature": pair}) == (401, FORGED)
    assert not queue.messages()
    assert post(ORDER, multiValueHeaders={"X-WC-Webhook-Signature": [right], "X-WC-Webhook-ID": ["1", "2"]}) == (
        200,
        {},
    )


@pytest.mark.parametrize("name", ["x-wc-webhook-signature", "X-WC-WEBHOOK-SIGNATURE", "X-Wc-Webhook-Signature"])
def test_headers_come_in_any_case(post, sign, name):
    assert post(ORDER, headers={"X-WC-Webhook-Signature": None, name: sign(ORDER)}) == (200, {})


@pytest.mark.parametrize(
    ("stored", "decoded"),
    [
        ("a&amp;b", "a&b"),
        ("&lt;&gt;&quot;&#039;", "<>\"'"),
        ("&#39;&#0039;&#x27;&#X0027;", "''''"),
        ("&#34;&#034;&#x22;&#X22;", '""""'),
        ("&#60;&#062;&#38;&#x26;", "<>&&"),
        ("&amp;lt;&amp;amp;", "&lt;&amp;"),
        ("&#x3c;&#x3e;&apos;&eacute;&LT;&amp &#390;", "&#x3c;&#x3e;&apos;&eacute;&LT;&amp &#390;"),
        ("p\u00e4ss w\u00f6rt \U0001f511", "p\u00e4ss w\u00f6rt \U0001f511"),
        ("50 s%$^*()!@ characters []{}<>~`+=,.;:/?|", "50 s%$^*()!@ characters []{}<>~`+=,.;:/?|"),
    ],
)
def test_the_secret_is_decoded_as_wordpress_does(post, new_secret, sign, stored, decoded):
    new_secret(stored)
    assert post(ORDER, headers={"X-WC-Webhook-Signature": sign(ORDER, decoded)}) == (200, {})
    other = "A" + decoded
    assert post(ORDER, headers={"X-WC-Webhook-Signature": sign(ORDER, other)}) == (401, FORGED)


def test_an_empty_secret_signs_nothing(post, new_secret, sign):
    new_secret("")
    assert post(ORDER, headers={"X-WC-Webhook-Signature": sign(ORDER, "")}) == (401, FORGED)


def test_a_rotated_secret_works_at_once_and_forgers_do_not_hammer(
    *, handler, post, new_secret, sign, calls, monkeypatch
):
    assert post(ORDER) == (200, {})
    known = handler.KNOWN[os.environ["WEBHOOK_SECRET"]]
    new_secret("rotated")
    rotated = {"X-WC-Webhook-Signature": sign(ORDER, "rotated")}
    with calls("secretsmanager") as counts:
        assert post(ORDER, headers=rotated) == (401, FORGED)
        assert counts["GetSecretValue"] == 0
        monkeypatch.setitem(known, "read_at", known["read_at"] - 11)
        assert post(ORDER) == (200, {})
        assert counts["GetSecretValue"] == 0
        assert post(ORDER, headers=rotated) == (200, {})
        assert [post(ORDER)[0] for _ in range(5)] == [401] * 5
    assert counts["GetSecretValue"] == 1


def test_a_secret_that_cannot_be_read_is_no_wrong_signature(post, refuse, records, metrics):
    with refuse("secretsmanager", "GetSecretValue", "InternalServiceError"):
        assert post(ORDER)[0] == 503
    assert records()[0].exc_info is not None
    assert metrics() == {"Lost": 1}


def test_a_remembered_secret_outlives_a_failing_secrets_manager(*, handler, post, refuse, records, monkeypatch):
    assert post(ORDER) == (200, {})
    known = handler.KNOWN[os.environ["WEBHOOK_SECRET"]]
    monkeypatch.setitem(known, "read_at", known["read_at"] - 301)
    with refuse("secretsmanager", "GetSecretValue", "InternalServiceError"):
        assert post(ORDER, delivery=2) == (200, {})
        assert post(ORDER, delivery=3, headers={"X-WC-Webhook-Signature": "AAAA"}) == (401, FORGED)
    failed = {(r.levelname, r.gateway_request_id, f"{r.exc_info[1]}") for r in records() if r.msg == "versions"}
    assert failed == {("ERROR", "request-31", "InternalServiceError")}


def test_two_secrets_are_good_while_webhooks_are_given_a_new_one(handler, post, sign):
    both = {"webhook_secret": "new one", "webhook_secret_2": "old one", "note": "another"}
    client = handler.client("secretsmanager")
    client.put_secret_value(SecretId=os.environ["WEBHOOK_SECRET"], SecretString=json.dumps(both))
    answers = [
        post(ORDER, delivery=at, headers={"X-WC-Webhook-Signature": sign(ORDER, secret)})[0]
        for at, secret in enumerate(("new one", "old one", "another"))
    ]
    assert answers == [200, 200, 401]


def test_signatures_are_compared_in_constant_time(handler, post, monkeypatch, sign):
    compared = []
    real = handler.hmac.compare_digest
    monkeypatch.setattr(handler.hmac, "compare_digest", lambda *pair: compared.append(pair) or real(*pair))
    post(ORDER, headers={"X-WC-Webhook-Signature": "AAAA"})
    assert compared == [(b"AAAA", sign(ORDER).encode())] * 2


@pytest.mark.parametrize("body", [b"webhook_id=1", b"webhook_id=12345678901234567890"])
def test_the_ping_is_answered_and_stored_nowhere(*, post, queue, parked, metrics, records, body):
    bare = dict.fromkeys(f"X-WC-Webhook-{end}" for end in ("Source", "Topic", "Signature", "ID", "Delivery-ID"))
    headers = {**bare, "Content-Type": "application/x-www-form-urlencoded"}
    assert post(body, headers=headers) == (200, {})
    assert not queue.messages()
    assert not parked()
    assert metrics() == {}
    assert records()[-1].outcome == "ping"


@pytest.mark.parametrize(
    "body",
    [
        b"webhook_id=",
        b"webhook_id=x",
        b"webhook_id=1\n",
        b"webhook_id=1&x=1",
        b"xwebhook_id=1",
        b"webhook_id=\xd9\xa3",
        b"webhook_id=" + b"1" * 21,
        b"",
        ORDER,
    ],
)
def test_no_other_body_is_a_ping(post, queue, body):
    assert post(body, headers={"X-WC-Webhook-Signature": None}) == (401, FORGED)
    assert not queue.messages()


@pytest.mark.parametrize(
    "changes",
    [{"body": "!!!"}, {"body": "e30"}, {"body": "\u00e9"}, {"body": "\ud800", "isBase64Encoded": False}],
)
def test_a_body_that_is_not_base64_is_a_bad_request(post, metrics, changes):
    status, answer = post(b"{}", **changes)
    assert (status, answer["data"]["status"]) == (400, 400)
    assert metrics() == {"Rejected": 1}


def test_a_body_beyond_the_apis_limit_is_too_large(post, queue, parked, metrics):
    body = b" " * 4_400_001
    status, answer = post(body)
    assert (status, answer["code"], answer["data"]) == (413, "woo_stack_too_large", {"status": 413})
    assert metrics() == {"Rejected": 1}
    assert not queue.messages()
    assert not parked()
    assert post(body[:-1]) == (200, {})


def test_a_request_without_a_body_or_headers_is_refused(post):
    assert post(b"", body=None, isBase64Encoded=False) == (200, {})
    assert post(b"", body=None, isBase64Encoded=False, headers={"X-WC-Webhook-Signature": None}) == (401, FORGED)


@pytest.mark.parametrize(
    ("value", "kept"),
    [
        (None, ""),
        ("order.updated\x00\n\x1b[0m", "order.updated[0m"),
        ("caf\u00e9\U0001f511", "caf"),
        ("\ud800", ""),
        ("x" * 10_000, "x" * 200),
        ('"}\\', '"}\\'),
    ],
)
def test_odd_headers_are_kept_as_plain_text(post, queue, value, kept):
    names = {"topic": "Topic", "id": "ID", "delivery": "Delivery-ID", "source": "Source"}
    assert post(ORDER, headers={f"X-WC-Webhook-{name}": value for name in names.values()}) == (200, {})
    (message,) = queue.messages()
    given = message["MessageAttributes"]["webhook"]["StringValue"]
    assert given.isascii()
    assert {name: json.loads(given)[name] for name in names} == dict.fromkeys(names, kept)


def test_the_log_tells_what_happened_and_nothing_of_the_content(post, records, sign):
    post(ORDER)
    post(ORDER, headers={"X-WC-Webhook-Signature": "AAAA"})
    accepted, refused = records()
    assert (accepted.levelname, accepted.message, accepted.outcome) == ("INFO", "receive", "accepted")
    assert (accepted.topic, accepted.delivery, accepted.bytes) == ("order.updated", f"{1:032x}", len(ORDER))
    assert 0 <= accepted.duration_ms < 1000
    assert accepted.gateway_request_id == "request-31"
    assert (refused.outcome, refused.bytes) == ("forged", len(ORDER))
    written = repr([vars(record) for record in records()])
    assert not [word for word in (sign(ORDER), "AAAA", "Kq3vX9pL", "caf", "price") if word in written]


def test_it_answers_in_a_fraction_of_300_ms(post, records):
    for delivery in range(20):
        post(ORDER, delivery=delivery)
    assert statistics.median(record.duration_ms for record in records()) < 100
