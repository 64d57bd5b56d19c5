"""What somebody who has a signed delivery can do by sending it again: with the window, and without."""

import json
import time

import pytest

OLD = "replayed? It was over 36 hours old"
REPEATED = "replayed? Its id was deleted before"


def moment(ago_hours):
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - ago_hours * 3600))


class Shop:
    """A shop and who repeats its deliveries: each is queued as the intake does it, and applied."""

    def __init__(self, handler, queue, context):
        self.handler, self.queue, self.context = handler, queue, context
        self.number = 0

    def send(self, topic, body, *, received_ago_ms=0):
        self.number += 1
        body = body if isinstance(body, bytes) else json.dumps(body).encode()
        received = f"{time.time_ns() // 1_000_000 - received_ago_ms:013}#{self.number:016x}"
        about = {"topic": topic, "id": "1", "delivery": f"{self.number}", "source": "", "received": received}
        message = self.handler.message(body, json.dumps(about))
        self.queue.client.send_message(QueueUrl=self.queue.url, **message)
        event = self.queue.event()
        assert len(event["Records"]) == 1
        assert self.queue.settle(event, self.handler.apply(event, self.context())) == []
        # What is received in one millisecond is ordered by chance.
        time.sleep(0.002)


@pytest.fixture
def shop(handler, queue, context, table):
    assert table
    return Shop(handler, queue, context)


@pytest.fixture
def window(monkeypatch):
    monkeypatch.setenv("REPLAY_HOURS", "36")


@pytest.fixture
def whys(parked):
    return lambda: [item["why"]["S"] for item in parked()]


@pytest.fixture
def stored(documents, table, handler):
    """The status of each document by key, "gone" where nothing but times is left."""

    def read():
        items = documents(table)
        return {
            key: json.loads(handler.served(item)).get("status", "there") if "z" in item else "gone"
            for key, item in items.items()
        }

    return read


@pytest.mark.usefixtures("window")
@pytest.mark.parametrize(("ago", "taken"), [(35.9, True), (36.1, False), (9000, False), (-48, True)])
@pytest.mark.parametrize("letter", "OPVKC")
def test_what_is_older_than_the_window_is_parked(*, shop, make, whys, stored, letter, ago, taken):
    topic = {"O": "order", "P": "product", "V": "product", "K": "coupon", "C": "customer"}[letter]
    extra = {"type": "variation"} if letter == "V" else {}
    shop.send(f"{topic}.updated", make.body(letter, 5, date_modified_gmt=moment(ago), **extra))
    assert bool(stored()) is taken
    assert whys() == ([] if taken else [OLD])


@pytest.mark.usefixtures("window")
@pytest.mark.parametrize("date", [None, "", "yesterday"])
def test_what_has_no_date_cannot_be_judged(shop, make, whys, stored, date):
    shop.send("category.updated", make.body("G", 5, date_modified_gmt=date))
    assert whys() == []
    assert list(stored()) == ["s#G#5"]


@pytest.mark.usefixtures("window")
def test_what_an_operator_moves_back_is_applied(shop, make, whys, stored):
    body = make.body("O", 5, date_modified_gmt=moment(90), status="completed")
    shop.send("order.updated", body)
    assert (whys(), stored()) == ([OLD], {})
    shop.send("order.updated", body, received_ago_ms=61_000)
    assert stored() == {"s#O#5": "completed"}


def test_without_a_window_nothing_is_judged_by_its_date(shop, make, whys, stored):
    shop.send("order.updated", make.body("O", 5, date_modified_gmt="2009-01-01T00:00:00"))
    for _ in range(2):
        shop.send("order.deleted", {"id": 5})
        shop.send("order.restored", make.body("O", 5, date_modified_gmt=moment(1)))
    assert whys() == []
    assert stored() == {"s#O#5": "processing"}


def test_older_versions_come_to_nothing(shop, make, whys, stored):
    first, second = (
        make.body("O", 5, status=status, date_modified_gmt=moment(ago)) for status, ago in (("a", 2), ("b", 1))
    )
    for body in (first, second, first, second, first):
        shop.send("order.updated", body)
    assert (whys(), stored()) == ([], {"s#O#5": "b"})


def test_what_came_before_a_deletion_does_not_undo_it(shop, make, whys, stored):
    """Not for a customer, whose erasure somebody may have asked for, and whatever topic is given out."""
    body = make.body("C", 5, date_modified_gmt=moment(1))
    shop.send("customer.created", body)
    shop.send("customer.deleted", {"id": 5})
    for topic in ("customer.updated", "customer.created", "customer.restored"):
        shop.send(topic, body)
    assert stored() == {"s#C#5": "gone"}
    assert whys() == ["customer documents have no topic customer.restored"]


@pytest.mark.parametrize("letter", "GT")
def test_only_what_has_a_trash_is_restored(shop, make, whys, stored, letter):
    kind = {"G": "category", "T": "tag"}[letter]
    shop.send(f"{kind}.restored", make.body(letter, 5))
    assert (whys(), stored()) == ([f"{kind} documents have no topic {kind}.restored"], {})


@pytest.mark.usefixtures("window")
class TestDeletions:
    """Their bodies are the same each time, and for each kind."""

    def test_a_deletion_is_applied_once(self, *, shop, make, whys, stored, handler, monkeypatch):
        shop.send("order.created", make.body("O", 5, date_modified_gmt=moment(3)))
        shop.send("order.deleted", {"id": 5})
        shop.send("order.deleted", {"id": 5})
        assert (whys(), stored()) == ([], {"s#O#5": "trash"})
        shop.send("order.restored", make.body("O", 5, date_modified_gmt=moment(1)))
        shop.send("order.deleted", {"id": 5})
        assert (whys(), stored()) == ([REPEATED], {"s#O#5": "processing"})
        # An operator knows better, and moves it back later.
        handler.patch(monkeypatch, "REDRIVEN_MS", -1)
        shop.send("order.deleted", {"id": 5})
        assert stored() == {"s#O#5": "trash"}

    @pytest.mark.parametrize(
        ("deleted", "claimed", "letter"),
        [
            ("product", "customer", "C"),
            ("order", "coupon", "K"),
            ("customer", "order", "O"),
            ("coupon", "product", "P"),
        ],
    )
    def test_one_kinds_deletion_is_not_anothers(self, *, shop, make, whys, stored, deleted, claimed, letter):
        shop.send(f"{claimed}.created", make.body(letter, 5, date_modified_gmt=moment(3)))
        shop.send(f"{deleted}.deleted", {"id": 5})
        before = stored()
        shop.send(f"{claimed}.deleted", {"id": 5})
        assert stored() == before
        assert before[f"s#{letter}#5"] not in ("gone", "trash")
        assert whys() == [REPEATED]

    def test_what_is_not_there_is_no_reason_to_ask(self, shop, whys):
        shop.send("product.deleted", {"id": 5})
        shop.send("order.deleted", {"id": 5})
        shop.send("product.deleted", {"id": 5})
        assert whys() == []

    def test_another_id_is_another_document(self, shop, make, whys, stored):
        shop.send("order.created", make.body("O", 6, date_modified_gmt=moment(3)))
        shop.send("order.deleted", {"id": 5})
        shop.send("order.deleted", {"id": 6})
        assert whys() == []
        assert stored()["s#O#6"] == "trash"
