"""The applier: what the queue brings is in the table, parked, dead-lettered with its reason, or comes again."""

import base64
import gzip
import itertools
import json
import threading
import time

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError

NEVER = 99
DELIVERIES = itertools.count(1)
NOW_MS = 1732190000000


@pytest.fixture
def send(handler, queue):
    """Put an event into the queue as the intake does."""

    def sent(topic, body, **about):
        number = next(DELIVERIES)
        webhook = {"topic": topic, "id": "12", "delivery": f"{number:032x}", "source": "https://shop.example/"}
        webhook |= {"received": f"{NOW_MS + number}#{number:016x}", **about}
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        queue.client.send_message(QueueUrl=queue.url, **handler.message(body, json.dumps(webhook)))

    return sent


@pytest.fixture
def work(handler, queue, table, context):
    """Let the applier take all there is, in batches; the ids of what failed last."""
    assert table

    def worked(left=None, batches=9):
        failed = []
        for _ in range(batches):
            event = queue.event()
            if not event["Records"]:
                break
            failed = queue.settle(event, handler.apply(event, left or context()))
        return failed

    return worked


@pytest.fixture
def served(handler, documents, table):
    """The bodies of the table's documents by key."""
    return lambda: {key: handler.served(item) for key, item in documents(table).items() if "z" in item}


def test_each_kind_of_event_is_what_it_says(*, send, work, make, served, documents, table, metrics):
    bodies = {f"s#{letter}#{number}": make.body(letter, number) for number, letter in enumerate("OPKCGT", 1)}
    topics = ("order.created", "product.published", "coupon.restored", "customer.updated", "category.created")
    for topic, body in zip((*topics, "tag.updated"), bodies.values(), strict=True):
        send(topic, body)
    variation = make.body("V", 31, type="variation")
    send("product.updated", variation)
    assert work() == []
    assert served() == bodies | {"s#P#31": variation}
    assert documents(table)["s#P#31"]["k"] == {"S": "V"}
    assert {key: item["e"]["S"] for key, item in documents(table).items()} == {
        "s#O#1": "woocommerce.order.created",
        "s#P#2": "woocommerce.product.published",
        "s#K#3": "woocommerce.coupon.restored",
        "s#C#4": "woocommerce.customer.updated",
        "s#G#5": "woocommerce.category.created",
        "s#T#6": "woocommerce.tag.updated",
        "s#P#31": "woocommerce.product.updated",
    }
    lags = metrics()
    assert lags.pop("Lag") == pytest.approx([time.time() - 1709723533] * 7, abs=60)
    assert lags == {"Stored": 7}


@pytest.mark.parametrize(("letter", "topic"), [("O", "order"), ("P", "product"), ("K", "coupon"), ("V", "product")])
@pytest.mark.parametrize("number", [727, "727"])
def test_a_deletion_moves_to_the_trash_what_has_one(*, send, work, make, served, metrics, letter, topic, number):
    extra = {"type": "variation"} if letter == "V" else {}
    send(f"{topic}.created", make.body(letter, 727, **extra))
    send(f"{topic}.deleted", {"id": number})
    work()
    (body,) = served().values()
    assert json.loads(body) == make.document(letter, 727, **extra) | {"status": "trash"}
    assert metrics()["Stored"] == 2


def test_a_deleted_customer_is_gone(*, send, work, make, documents, table, metrics):
    send("customer.created", make.body("C", 9))
    send("customer.deleted", {"id": 9})
    work()
    (item,) = documents(table).values()
    assert not {"z", "L", "st"} & set(item)
    assert metrics()["Stored"] == 2


def test_what_changes_nothing_is_counted_as_such(send, work, make, metrics):
    send("order.created", make.body("O", 1))
    send("order.updated", make.body("O", 1))
    send("order.updated", make.body("O", 1, date_modified_gmt="2024-01-01T00:00:00"))
    work()
    found = metrics()
    assert len(found.pop("Lag")) == 1
    assert found == {"Stored": 1, "Duplicate": 1, "Stale": 1}


@pytest.mark.parametrize("date", [None, "", "yesterday", "2024-13-01T00:00:00", "2024-03-05T10:00:00Z", 5, []])
def test_a_document_without_a_date_has_no_lag(send, work, make, metrics, date):
    send("order.created", make.body("O", 1, date_modified_gmt=date))
    work()
    assert metrics() == {"Stored": 1}


def test_a_shop_whose_clock_is_ahead_has_no_negative_lag(send, work, make, metrics):
    send("order.created", make.body("O", 1, date_modified_gmt="2999-01-01T00:00:00"))
    work()
    assert metrics() == {"Stored": 1, "Lag": [0]}


ORDER = {"id": 727, "status": "completed", "order_key": "k", "line_items": []}
UNUSABLE = [
    ("order.updated", b"", "a document is a JSON object in UTF-8; this is not"),
    ("order.updated", b"not JSON", "a document is a JSON object in UTF-8; this is not"),
    ("order.updated", b"\xff", "a document is a JSON object in UTF-8; this is not"),
    ("order.updated", b"[]", "a document is a JSON object in UTF-8; this is not"),
    ("order.updated", b"[" * 10_000, "a document is a JSON object in UTF-8; this is not"),
    ("order.updated", b'{"a":' * 10_000, "a document is a JSON object in UTF-8; this is not"),
    ("order.updated", b'{"id":1,"a":' + b"9" * 5_000 + b"}", "a document is a JSON object in UTF-8; this is not"),
    ("order.updated", {}, "no WooCommerce document: the nearest, coupon, has code, discount_type as well"),
    ("order.updated", {"id": 1}, "no WooCommerce document: the nearest, coupon, has code, discount_type as well"),
    ("order.updated", {"code": "c_d", "message": "No.", "data": {}}, "error object: c_d"),
    *(
        ("order.updated", {"code": code, "message": "No."}, "error object: ?")
        for code in ("a_b\u00e9", "z@example.com", "zoe\nlee", "Zoe", "+49 30 123", 49, None, ["zoe"], {"zoe": 1})
    ),
    ("order.deleted", {"code": "a_b", "message": "No.", "data": {}}, "error object: a_b"),
    ("order.updated", {"code": "x" * 300, "message": ""}, f"error object: {'x' * 186}"),
    ("order.updated", b'{"id":1,"x":NaN}', "a document is a JSON object in UTF-8; this is not"),
    ("order.renamed", ORDER, "unknown topic"),
    ("order", ORDER, "unknown topic"),
    ("order.updated.x", ORDER, "unknown topic"),
    ("", ORDER, "unknown topic"),
    ("action.woocommerce_add_to_cart", {"action": "x", "arg": 1}, "unknown topic"),
    ("orders.updated", ORDER, "unknown topic"),
    ("product.updated", ORDER, "order documents have no topic product.updated"),
    ("customer.created", ORDER, "order documents have no topic customer.created"),
    ("order.deleted", ORDER, "a deletion has nothing of a document but its id; this one has"),
    ("order.deleted", {"id": 727, "status": "trash"}, "a deletion has nothing of a document but its id; this one has"),
    ("order.deleted", {}, "the id of order documents is a number of 1 to 12 digits; this one's is not"),
    *(
        (topic, body | {"id": number}, "the id of order documents is a number of 1 to 12 digits; this one's is not")
        for topic, body in (("order.updated", ORDER), ("order.deleted", {}))
        for number in (0, -1, 1e5, 7.5, True, None, "", "1\n", "1\x00", "7 ", "\u0663", "x", [1], {"id": 1}, 10**12)
    ),
]


def test_what_cannot_be_used_is_parked_with_the_reason(*, send, work, served, parked, metrics, queue):
    for topic, body, _ in UNUSABLE:
        send(topic, body)
    counted = 0
    while counted < len(UNUSABLE):
        assert work(batches=1) == []
        counted += metrics()["Parked"]
    assert not served()
    assert not queue.messages(dead=True)
    for item, (topic, body, why) in zip(parked(), UNUSABLE, strict=True):
        assert gzip.decompress(item["z"]["B"]) == (body if isinstance(body, bytes) else json.dumps(body).encode())
        assert item["why"]["S"] == why
        assert json.loads(item["w"]["S"])["topic"] == topic


def test_what_is_too_large_for_an_item_is_parked(send, work, make, served, parked):
    noise = "".join(f"{n * 2654435761 % 2**32:08x}" for n in range(125_000))
    send("order.updated", make.body("O", 5, note=noise))
    work()
    assert not served()
    assert parked()[0]["why"]["S"].startswith("the order takes 5")


def test_a_deletion_may_carry_more_than_an_id_if_that_is_no_document(send, work, documents, table):
    send("order.deleted", {"id": 727, "site": "https://shop.example/"})
    work()
    assert list(documents(table)) == ["s#O#727"]


def test_a_deep_document_that_is_stored_or_parked_is_never_a_failure(send, work, make, served, parked):
    for depth in range(850, 1000, 10):
        send("order.updated", make.body("O", depth, meta_data="?").replace(b'"?"', b"[" * depth + b"]" * depth))
    assert work() == []
    assert len(served()) + len(parked()) == 15


def test_a_packed_body_is_restored(send, work, make, served):
    large = make.body("O", 1, note="\u2603" * 200_000)
    odd = make.body("O", 2).replace(b"caf", b"\x7f\xef\xbf\xbe")
    for body in (large, odd):
        send("order.updated", body)
    work()
    assert served() == {"s#O#1": large, "s#O#2": odd}


def busy(handler):
    return handler.StoreBusy("planted")


@pytest.fixture
def fail(handler, monkeypatch):
    """Let writes of the ids given fail: ``fail({727: [error, …]})``, one error a try."""

    def planted(plans):
        left = {number: list(errors) for number, errors in plans.items()}
        real = handler.Mirror._change

        def change(mirror, family, number, *rest):
            if left.get(number):
                raise left[number].pop(0)
            return real(mirror, family, number, *rest)

        monkeypatch.setattr(handler.Mirror, "_change", change)
        return left

    return planted


def test_after_a_failure_its_group_waits_and_others_go_on(
    *, handler, send, work, make, served, fail, metrics, no_pauses
):
    for letter, topic, number in [("O", "order", 1), ("O", "order", 2), ("C", "customer", 3), ("O", "order", 4)]:
        send(f"{topic}.updated", make.body(letter, number))
    left = fail({2: [busy(handler)] * 7})
    assert len(work(batches=1)) == 2
    assert set(served()) == {"s#O#1", "s#C#3"}
    assert metrics()["Stored"] == 2
    assert no_pauses == [0, 0, *range(7), 0, 0]
    assert left == {2: []}
    assert work() == []
    assert set(served()) == {"s#O#1", "s#C#3", "s#O#2", "s#O#4"}


def test_what_passes_is_waited_for_within_the_invocation(
    *, handler, send, work, make, served, fail, no_pauses, records
):
    send("order.updated", make.body("O", 1))
    fail({1: [busy(handler), ReadTimeoutError(endpoint_url="https://x"), busy(handler)]})
    assert work(batches=1) == []
    assert set(served()) == {"s#O#1"}
    assert no_pauses[:4] == [0, 1, 2, 3]
    assert [record.levelname for record in records()] == ["INFO"]


def test_a_table_that_never_answers_is_a_reason_too(*, send, work, make, queue, fail, no_pauses):
    send("order.updated", make.body("O", 1))
    fail({1: [ReadTimeoutError(endpoint_url="https://x")] * NEVER})
    for left in (1, 1, 0):
        assert len(work(batches=1)) == left
    (letter,) = queue.messages(dead=True)
    reason = 'ReadTimeoutError: Read timeout on endpoint URL: "https://x"'
    assert letter["MessageAttributes"]["reason"]["StringValue"] == reason
    assert no_pauses


def test_nobody_waits_for_it_when_time_is_short(*, handler, send, work, make, fail, context, no_pauses):
    send("order.updated", make.body("O", 1))
    left = fail({1: [busy(handler)] * 9})
    assert len(work(context(19_999), batches=1)) == 1
    assert len(left[1]) == 8
    assert no_pauses == [0]


def test_on_its_last_receive_a_message_is_dead_lettered_with_the_reason(
    *, handler, send, work, make, queue, served, fail, metrics, no_pauses, records
):
    send("order.updated", make.body("O", 1))
    send("order.updated", make.body("O", 2))
    fail({1: [busy(handler)] * NEVER})
    for _ in range(2):
        assert len(work(batches=1)) == 2
        assert metrics() == {}
    assert work(batches=1) == []
    counted = metrics()
    assert (counted["DeadLettered"], counted["Stored"]) == (1, 1)
    assert set(served()) == {"s#O#2"}
    (letter,) = queue.messages(dead=True)
    assert letter["Body"].encode() == make.body("O", 1)
    assert letter["Attributes"]["MessageGroupId"] == "order"
    assert letter["MessageAttributes"]["reason"]["StringValue"] == "StoreBusy: planted"
    assert json.loads(letter["MessageAttributes"]["webhook"]["StringValue"])["topic"] == "order.updated"
    assert not queue.messages()
    assert no_pauses
    errors = [record for record in records() if record.levelname == "ERROR"]
    assert [(record.outcome, record.receives) for record in errors] == [
        ("failed", "1"),
        ("failed", "2"),
        ("dead-lettered", "3"),
    ]
    assert all(record.exc_info for record in errors)


def test_a_mistake_of_ours_keeps_nobody_waiting_and_tells_no_content(
    *, send, work, make, queue, served, fail, no_pauses, records, caplog
):
    send("customer.updated", make.body("C", 1))
    send("customer.updated", make.body("C", 2))
    fail({1: [KeyError("z@example.com")]})
    assert work(batches=1) == []
    assert set(served()) == {"s#C#2"}
    (letter,) = queue.messages(dead=True)
    assert letter["MessageAttributes"]["reason"]["StringValue"] == "KeyError"
    assert no_pauses[0] == 0
    (error,) = [record for record in records() if record.levelname == "ERROR"]
    assert (error.exc_info[0], f"{error.exc_info[1]}") == (KeyError, "KeyError")
    assert "in applied" in caplog.text
    assert "z@example.com" not in caplog.text


@pytest.mark.parametrize("code", ["ValidationException", "TransactionCanceledException"])
def test_what_aws_refuses_each_time_keeps_nobody_waiting(*, send, work, make, queue, served, fail, caplog, code):
    send("order.updated", make.body("O", 1))
    send("order.updated", make.body("O", 2))
    fail({1: [ClientError({"Error": {"Code": code, "Message": "z@example.com"}}, "TransactWriteItems")] * NEVER})
    assert work(batches=1) == []
    assert set(served()) == {"s#O#2"}
    (letter,) = queue.messages(dead=True)
    assert letter["MessageAttributes"]["reason"]["StringValue"] == code
    assert code in caplog.text
    assert "z@example.com" not in caplog.text


def test_a_packed_body_is_dead_lettered_as_it_came(send, work, make, queue, fail):
    body = make.body("O", 1, note="\u2603" * 200_000)
    send("order.updated", body)
    fail({1: [TypeError()]})
    work()
    (letter,) = queue.messages(dead=True)
    assert letter["MessageAttributes"]["encoding"]["StringValue"] == "gzip"
    assert gzip.decompress(base64.b64decode(letter["Body"])) == body


def test_a_message_that_nobody_understands_is_dead_lettered(queue, work):
    queue.client.send_message(
        QueueUrl=queue.url, MessageBody="by hand", MessageGroupId="other", MessageDeduplicationId="1"
    )
    assert work() == []
    (letter,) = queue.messages(dead=True)
    assert (letter["Body"], letter["MessageAttributes"]["reason"]["StringValue"]) == ("by hand", "KeyError")


def test_a_dead_letter_that_is_redriven_and_fails_again_is_one_more(*, send, handler, work, make, queue, fail):
    body = make.body("O", 1)
    fail({1: [TypeError()] * NEVER})
    send("order.updated", body)
    work()
    (letter,) = queue.messages(dead=True)
    again = handler.message(body, letter["MessageAttributes"]["webhook"]["StringValue"])
    queue.client.send_message(QueueUrl=queue.url, **again | {"MessageDeduplicationId": "redriven"})
    work()
    assert len(queue.messages(dead=True)) == 1


def test_dead_letters_that_cannot_be_written_are_left_to_the_queue(*, send, work, make, queue, fail, refuse, records):
    send("order.updated", make.body("O", 1))
    fail({1: [TypeError()] * NEVER})
    with refuse("sqs", "SendMessage", "AccessDenied"):
        for _ in range(3):
            assert len(work(batches=1)) == 1
    assert not queue.event()["Records"]
    (letter,) = queue.messages(dead=True)
    assert letter["Body"].encode() == make.body("O", 1)
    assert [record.message for record in records()] == ["dead_letter", "apply"] * 3


def test_what_cannot_be_parked_comes_again(*, send, work, queue, parked, refuse, no_pauses):
    send("order.updated", b"not JSON")
    with refuse("dynamodb", "PutItem", "ProvisionedThroughputExceededException"):
        assert len(work(batches=1)) == 1
    assert not parked()
    assert work() == []
    assert len(parked()) == 1
    assert not queue.messages(dead=True)
    assert no_pauses


def test_it_stops_before_its_time_ends_but_never_does_nothing(send, work, make, served, context):
    for number in range(1, 5):
        send("order.updated", make.body("O", number))
    assert len(work(context(6_000, take=600), batches=1)) == 2
    assert set(served()) == {"s#O#1", "s#O#2"}
    for expected in (3, 4):
        work(context(0), batches=1)
        assert len(served()) == expected


def test_a_container_that_dies_in_mid_batch_loses_nothing(
    *, handler, send, work, make, queue, served, context, monkeypatch
):
    for number in range(1, 9):
        send("order.updated", make.body("O", number))
    real, calls = handler.Mirror._write, []

    def killed(*args):
        calls.append(args)
        if len(calls) == 4:
            raise SystemExit
        return real(*args)

    monkeypatch.setattr(handler.Mirror, "_write", killed)
    with pytest.raises(SystemExit):
        handler.apply(queue.event(), context())
    assert len(served()) == 3
    assert work() == []
    assert len(served()) == 8


def test_the_log_tells_what_became_of_a_message_and_nothing_of_its_content(send, work, make, records):
    send("customer.updated", make.body("C", 1, first_name="Zoe"))
    send("customer.updated", b'{"id":"secret"}', delivery="0000000000000000000000000000beef")
    work()
    stored, parked = records()
    assert (stored.levelname, stored.message, stored.topic, stored.outcome) == (
        "INFO",
        "apply",
        "customer.updated",
        "inserted",
    )
    assert (parked.outcome, parked.delivery) == ("parked", "0000000000000000000000000000beef")
    assert parked.why.startswith("no WooCommerce document")
    written = repr([vars(record) for record in records()])
    assert not [word for word in ("Zoe", "z@example.com", "secret") if word in written]


@pytest.mark.parametrize(
    ("body", "errors", "refused", "outcomes"),
    [
        pytest.param(b"", [], "", ["inserted"], id="stored"),
        pytest.param(b"not JSON", [], "", ["parked"], id="parked"),
        pytest.param(b"", [ReadTimeoutError(endpoint_url="https://x")] * 7, "", ["failed"], id="comes again"),
        pytest.param(b"", [TypeError()], "", ["dead-lettered"], id="dead letter"),
        pytest.param(b"", [TypeError()], "AccessDenied", [None, "failed"], id="no dead letter"),
    ],
)
def test_whatever_becomes_of_it_the_log_names_the_request_that_brought_it(
    *, post, work, make, fail, refuse, records, no_pauses, body, errors, refused, outcomes
):
    fail({1: list(errors)})
    assert post(body or make.body("O", 1))[0] == 200
    with refuse("sqs", "SendMessage", refused, times=99 if refused else 0):
        work(batches=1)
    received, *applied = records()
    assert (received.message, received.gateway_request_id) == ("receive", "request-31")
    assert [getattr(record, "outcome", None) for record in applied] == outcomes
    assert {record.gateway_request_id for record in applied} == {"request-31"}
    assert {record.delivery for record in applied} == {received.delivery}
    assert no_pauses


def test_a_message_of_an_older_release_names_no_request(send, work, make, records):
    send("order.updated", make.body("O", 1))
    send("order.updated", make.body("O", 2), request="request-57")
    assert work() == []
    assert [record.gateway_request_id for record in records()] == [None, "request-57"]


def test_appliers_side_by_side_keep_the_table_exact(*, handler, send, make, queue, documents, table, context):
    statuses = ["pending", "processing", "completed", "trash"]
    events = []
    for worker in range(4):
        for number in (1, 2, 3):
            body = make.body("O", number, status=statuses[worker], date_modified_gmt=f"2024-03-06T11:12:1{worker}")
            send("order.updated", body)
        send("order.deleted", {"id": 3})
        events.append(queue.event(visibility=60))
        queue.settle(events[-1], {"batchItemFailures": []})
    answers = []
    threads = [
        threading.Thread(target=lambda event=event: answers.append(handler.apply(event, context()))) for event in events
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = documents(table)
    assert answers == [{"batchItemFailures": []}] * 4
    assert {key: item["st"]["S"] for key, item in stored.items()} == {
        "s#O#1": "trash",
        "s#O#2": "trash",
        "s#O#3": "trash",
    }
