"""The mirror: whatever order events come in, and whatever happens to their writing, the table is the same and exact."""

import gzip
import hashlib
import json
import random
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

import pytest
from botocore.exceptions import ClientError, ReadTimeoutError
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

STATUSES = ["processing", "completed", "trash", "checkout-draft"]
DATES = ["2023-12-31T23:59:59", "2024-01-01T00:00:00", "2024-01-15T08:00:00"]
NAMES = {"Ann": "ann ", "Änn": "ann ", "Bo": "bo ", "": "zoe "}
START_MS = 1732190000000


class Event(NamedTuple):
    """A delivery of a webhook: what it is about, and the choices that make its body; without any it is a deletion."""

    letter: str
    number: int
    modified: int | None = None
    choice: int | None = None
    date: str = DATES[0]
    products: int = 0
    restored: bool = False

    def document(self, make: Any) -> dict[str, Any]:
        assert self.choice is not None
        changes: dict[str, Any] = {"date_created": self.date, "choice": self.choice}
        changes["date_modified_gmt"] = self.modified and f"2024-05-05T05:05:{self.modified:02}"
        if self.letter == "O":
            changes["status"] = STATUSES[self.choice % 4]
            changes["customer_id"] = self.choice % 2
            changes["line_items"] = [{"product_id": 50 + product} for product in range(self.products)]
        if self.letter == "C":
            changes["first_name"] = [*NAMES][self.choice % 4]
        document: dict[str, Any] = make.document(self.letter, self.number, **changes)
        return document


def received(position: int) -> str:
    return f"{START_MS + 1000 * position}#{position:016x}"


def model_entries(letter: str, document: dict[str, Any]) -> set[str]:
    """Where a document stands, said once more in the plainest way."""
    by_id, by_date = f"{document['id']:012}", f"{document['date_created']}#{document['id']:012}"
    if letter == "C":
        by_name = f"{NAMES[document['first_name']]}#{by_id}"
        lists = {"any@name": by_name, "role=customer@name": by_name, "any@date": by_date, "role=customer@date": by_date}
        lists |= {"email=z%40example.com@date": by_date, "py=0@date": by_date}
    else:
        hidden = document["status"] in ("trash", "checkout-draft")
        half = "-" if hidden else ""
        lists = {f"st={document['status']}@date": by_date, f"st={document['status']}@id": by_id}
        lists |= {} if hidden else {"any@date": by_date, "any@id": by_id}
        lists |= {f"{half}cu={document['customer_id']}@date": by_date}
        lists |= {f"{half}pr={line['product_id']}@date": by_date for line in document["line_items"]}
    return {f"{letter}#{name}|{place}" for name, place in lists.items()}


def model(make: Any, events: list[Event]) -> dict[str, dict[str, Any]]:
    """What the table's documents are after some events: the newest version, deleted unless it is news since then."""
    found: dict[str, dict[str, Any]] = {}
    for letter, number in {(event.letter, event.number) for event in events}:
        about = [(at, e) for at, e in enumerate(events) if (e.letter, e.number) == (letter, number)]
        item: dict[str, Any] = {}
        if deletions := [received(at) for at, event in about if event.choice is None]:
            item["x"] = max(deletions)
        versions = []
        for at, event in about:
            if event.choice is not None:
                document = event.document(make)
                # Without a date a version is as new as its delivery: the second in which that came.
                modified = document["date_modified_gmt"] or f"2024-11-21T11:{53 + (20 + at) // 60}:{(20 + at) % 60:02}"
                versions.append((modified, received(at), document, event.restored))
        alive = ""
        if versions:
            item["m"], item["t"], document, _ = max(versions, key=lambda version: version[:2])
            for name, restored, which in (("b", False, min), ("s", True, max)):
                if times := [t for m, t, _, how in versions if m == item["m"] and how == restored]:
                    item[name] = which(times)
                    alive = max(alive, item[name])
            lasting = {name: value for name, value in document.items() if name not in ("_links", "related_ids")}
            plain = json.dumps(json.loads(json.dumps(lasting), parse_float=str), sort_keys=True)
            item |= {"h": hashlib.sha256(plain.encode()).hexdigest(), "k": letter}
            deleted = item.get("x", "") > alive
            served = document | {"status": "trash"} if deleted else document
            if not deleted or letter == "O":
                item |= {"body": document, "st": served.get("status", ""), "L": model_entries(letter, served)}
        if "body" not in item:
            item["ttl"] = int(item["x"][:10]) + 90 * 86400
        found[f"s#{letter}#{number}"] = item
    return found


def plain_item(item: dict[str, Any]) -> dict[str, Any]:
    """A document's item as the model has it."""
    found: dict[str, Any] = {name: value["S"] for name, value in item.items() if name in "xmthkbs" or name == "st"}
    if "z" in item:
        found["body"] = json.loads(gzip.decompress(item["z"]["B"]))
        found["L"] = set(item["L"]["SS"])
    if "ttl" in item:
        found["ttl"] = int(item["ttl"]["N"])
    assert set(item) - {"pk", "sk", "r", "e", "z", "L", "ttl"} <= set(found)
    return found


class Crash(BaseException):
    """The container dies."""


class World:
    """A mirror whose writes go wrong as planned, and the deliveries that are still to come."""

    def __init__(self, handler: Any, make: Any, table: str, history: Any):
        self.handler, self.make = handler, make
        self.events, order, faults = history
        self.mirror = handler.Mirror(handler.Table(handler.client("dynamodb"), table))
        self.coming, self.faults, self.racing = list(order), list(faults), False

    def run(self) -> None:
        """Deliver everything; what crashes or fails is delivered again."""
        real = self.mirror.table.call
        self.mirror.table.call = lambda operation, **request: self._call(real, operation, **request)
        while self.coming:
            at = self.coming.pop(0)
            try:
                self.deliver(at)
            except (Crash, ReadTimeoutError, self.handler.StoreBusy):
                self.coming.append(at)

    def deliver(self, at: int) -> None:
        event = self.events[at]
        kind = self.handler.KINDS[event.letter]
        if event.choice is None:
            self.mirror.delete(kind.topic, event.number, received(at))
        else:
            topic = "restored" if event.restored else "updated"
            body = json.dumps(event.document(self.make)).encode()
            self.mirror.put(kind, body, received(at), f"woocommerce.{kind.topic}.{topic}")

    def _call(self, real: Callable[..., Any], operation: str, **request: Any) -> Any:
        fault = self.faults.pop(0) if operation == "transact_write_items" and self.faults and not self.racing else ""
        if fault == "conflict":
            raise self.handler.StoreBusy(operation)
        if fault == "crash":
            raise Crash
        if fault == "race" and self.coming:
            self.racing = True
            self.deliver(self.coming.pop(0))
            self.racing = False
        answer = real(operation, **request)
        if fault == "lost":
            raise ReadTimeoutError(endpoint_url="https://dynamodb.example")
        if fault == "crash after":
            raise Crash
        return answer


DELETION = st.tuples(st.sampled_from("OC"), st.integers(1, 2)).map(lambda made: Event(*made))
VERSION = st.tuples(
    st.sampled_from("OOC"),
    st.integers(1, 2),
    st.sampled_from([None, 1, 1, 2, 3]),
    st.integers(0, 7),
    st.sampled_from(DATES),
    st.sampled_from([0, 2, 27, 55]),
    st.sampled_from([False, False, True]),
).map(lambda made: Event(*made))
FAULTS = st.lists(st.sampled_from(["", "conflict", "crash", "crash after", "lost", "race", "race"]), max_size=12)


@st.composite
def histories(draw: Any, most: int) -> tuple[list[Event], list[int], list[str]]:
    """Events, an order of their deliveries with repetitions, and what goes wrong."""
    events = draw(st.lists(st.one_of(VERSION, VERSION, DELETION), min_size=2, max_size=most))
    again = draw(st.lists(st.integers(0, len(events) - 1), max_size=3))
    return events, draw(st.permutations([*range(len(events)), *again])), draw(FAULTS)


@contextmanager
def hurried(handler: Any) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        handler.patch(patch, "back_off", lambda _attempt: None)
        yield


def check(*, handler: Any, make: Any, table: str, documents: Any, history: Any) -> None:
    with hurried(handler):
        World(handler, make, table, history).run()
    assert {key: plain_item(item) for key, item in documents(table).items()} == model(make, history[0])


# Rare in what is drawn: a write in several steps that is interrupted between them, a race for what is there already.
FIRST, SECOND, LONG = Event("O", 1, 1, 0), Event("O", 1, 2, 1), Event("O", 1, 2, 1, products=55)


@example(history=([LONG], [0], ["", "crash"]))
@example(history=([LONG], [0], ["crash after", "", "lost"]))
@example(history=([LONG, Event("O", 1)], [0, 1], ["", "", "", "", "conflict"]))
@example(history=([FIRST, LONG], [0, 1], ["", "", "crash after"]))
@example(history=([LONG, FIRST, SECOND], [0, 2, 1], ["", "", "crash", "race"]))
@example(history=([FIRST, SECOND, LONG], [0, 1, 2], ["", "race"]))
@example(history=([FIRST, Event("O", 1), SECOND], [0, 1, 2], ["", "race"]))
@example(history=([FIRST, SECOND], [0, 1], ["race"]))
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(7))
def test_any_history_ends_in_the_same_table(*, handler, make, new_table, documents, history):
    check(handler=handler, make=make, table=new_table(), documents=documents, history=history)


@pytest.mark.soak
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(history=histories(14))
def test_many_histories_end_in_the_same_table(*, handler, make, new_table, documents, history):
    check(handler=handler, make=make, table=new_table(), documents=documents, history=history)


@given(
    document=st.dictionaries(
        st.sampled_from(["id", "status", 'a"b', "\u2603", "status ", "meta"]),
        st.recursive(
            st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=4),
            lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["status", "b"]), inner),
            max_leaves=6,
        ),
        min_size=1,
    ),
    separators=st.sampled_from([(",", ":"), (", ", ": "), (" ,\n", "\t: \r\n")]),
    ascii_only=st.booleans(),
)
def test_trashing_changes_the_status_and_no_other_byte(handler, document, separators, ascii_only):
    body = json.dumps(document, separators=separators, ensure_ascii=ascii_only).encode()
    trashed = handler.trashed(body)
    assert json.loads(trashed) == document | {"status": "trash"}
    assert handler.trashed(trashed) == trashed
    if "status" in document:
        before, _, after = trashed.partition(b'"trash"')
        status = json.dumps(document["status"], separators=separators, ensure_ascii=ascii_only).encode()
        assert before + status + after == body
    else:
        assert trashed.replace(b'"status":"trash",', b"") == body


@pytest.fixture
def sent(handler):
    """The requests of DynamoDB operations, as (operation, parameters)."""
    requests = []

    def note(params, model, **_):
        requests.append((model.name, params))

    events = handler.client("dynamodb").meta.events
    events.register("provide-client-params.dynamodb", note)
    yield requests
    events.unregister("provide-client-params.dynamodb", note)


def test_a_body_is_kept_byte_for_byte(put, documents, table):
    body = put("O", 727)
    assert rb"\u00e9 a\/b" in body
    (item,) = documents(table).values()
    assert gzip.decompress(item["z"]["B"]) == body
    assert item["z"]["B"][4:8] == b"\0\0\0\0"


def test_the_outcome_says_what_became_of_an_event(handler, mirror, make):
    order, old = handler.KINDS["O"], make.body("O", 1, date_modified_gmt="2020-01-01T00:00:00")
    assert mirror.put(order, make.body("O", 1), received(1)) == "inserted"
    assert mirror.put(order, make.body("O", 1), received(1)) == "duplicate"
    assert mirror.put(order, make.body("O", 1), received(2)) == "duplicate"
    newer = {"date_modified_gmt": "2024-03-06T11:12:14"}
    assert mirror.put(order, make.body("O", 1, note="new", **newer), received(3)) == "replaced"
    assert mirror.put(order, old, received(4)) == "stale"
    assert mirror.delete("order", 1, received(2)) == "stale"
    assert mirror.delete("order", 1, received(5)) == "deleted"
    assert mirror.delete("order", 1, received(5)) == "duplicate"
    # What was there before its deletion does not bring it back.
    assert mirror.put(order, make.body("O", 1, note="new", **newer), received(6)) == "duplicate"
    restored = "woocommerce.order.restored"
    assert mirror.put(order, make.body("O", 1, note="back", **newer), received(7), restored) == "replaced"
    assert mirror.delete("order", 1, received(8)) == "deleted"
    newest = make.body("O", 1, date_modified_gmt="2024-03-06T11:12:15")
    assert mirror.put(order, newest, received(9)) == "replaced"
    assert mirror.delete("customer", 1, received(5)) == "deleted"
    assert mirror.put(handler.KINDS["C"], make.body("C", 1), received(6)) == "inserted"


def test_what_changes_at_random_is_a_duplicate_and_the_newest_body_counts(
    *, handler, mirror, put, make, documents, table
):
    put("P", 31)
    newer = make.body("P", 31, related_ids=[9], _links={})
    assert mirror.put(handler.KINDS["P"], newer) == "duplicate"
    assert gzip.decompress(documents(table)["s#P#31"]["z"]["B"]) == newer


def test_numbers_that_differ_beyond_a_double_are_two(handler, mirror, make):
    body = make.body("O", 1)
    assert mirror.put(handler.KINDS["O"], body) == "inserted"
    assert mirror.put(handler.KINDS["O"], body.replace(b"3.3499999999999996", b"3.34999999999999961")) == "replaced"


def test_a_new_release_with_other_lists_rewrites_what_stands(*, handler, mirror, put, documents, table, monkeypatch):
    body = put("P", 31)
    kind = handler.KINDS["P"]._replace(lists=lambda _: ["any@date", "new=1@date"])
    monkeypatch.setitem(handler.KINDS, "P", kind)
    assert mirror.put(kind, body) == "replaced"
    (item,) = documents(table).values()
    assert [entry.partition("|")[0] for entry in item["L"]["SS"]] == ["P#any@date", "P#new=1@date"]


def test_kinds_of_a_family_share_their_ids(handler, mirror, make, documents, table):
    mirror.put(handler.KINDS["P"], make.body("P", 5), received(1))
    mirror.put(handler.KINDS["V"], make.body("V", 5), received(2))
    assert documents(table)["s#P#5"]["L"] == {"SS": ["V#p=22@date|2024-03-05T10:00:00#000000000005"]}
    mirror.delete("product", 5, received(3))
    assert documents(table)["s#P#5"]["L"] == {"SS": ["V#-p=22@date|2024-03-05T10:00:00#000000000005"]}


def test_threads_that_write_the_same_documents_keep_the_table_exact(handler, make, mirror, table, documents):
    def write(worker: int) -> None:
        for number in (1, 2, 3):
            body = make.body("O", number, status=STATUSES[worker], date_modified_gmt=None)
            mirror.put(handler.KINDS["O"], body, received(worker))
            if worker == 2:
                mirror.delete("order", number, received(worker))

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [item["st"]["S"] for item in documents(table).values()] == ["checkout-draft"] * 3


def reasons(*codes: str) -> dict[str, Any]:
    return {"code": "TransactionCanceledException", "CancellationReasons": [{"Code": code} for code in codes]}


@pytest.mark.parametrize(
    "refusal",
    [
        reasons("ConditionalCheckFailed", "None"),
        reasons("None", "TransactionConflict"),
        reasons("ThrottlingError"),
        reasons("ProvisionedThroughputExceeded"),
        {"code": "ProvisionedThroughputExceededException"},
        {"code": "ThrottlingException"},
        {"code": "TransactionInProgressException"},
    ],
    ids=lambda refusal: repr(refusal.get("CancellationReasons", refusal["code"])),
)
def test_a_write_that_is_interrupted_is_tried_again(*, handler, mirror, make, refuse, calls, no_pauses, refusal):
    with refuse("dynamodb", "TransactWriteItems", times=2, **refusal), calls("dynamodb") as counts:
        assert mirror.put(handler.KINDS["O"], make.body("O", 1)) == "inserted"
    assert no_pauses == [0, 1, 2]
    assert (counts["GetItem"], counts["TransactWriteItems"]) == (3, 3)


def test_a_write_that_stays_interrupted_is_a_busy_store(*, handler, mirror, make, refuse, no_pauses, documents, table):
    with (
        refuse("dynamodb", "TransactWriteItems", **reasons("TransactionConflict")),
        pytest.raises(handler.StoreBusy, match="O 41: 7 writes were interrupted"),
    ):
        mirror.put(handler.KINDS["O"], make.body("O", 41))
    assert len(no_pauses) == 7
    assert not documents(table)


def test_a_write_that_can_never_succeed_is_not_tried_again(handler, mirror, make, refuse, calls):
    with (
        refuse("dynamodb", "TransactWriteItems", **reasons("None", "ItemCollectionSizeLimitExceeded")),
        calls("dynamodb") as counts,
        pytest.raises(ClientError, match="planted"),
    ):
        mirror.put(handler.KINDS["O"], make.body("O", 1))
    assert counts["TransactWriteItems"] == 1


def test_pauses_double_and_are_never_sure(handler, monkeypatch):
    slept = []
    monkeypatch.setattr(handler.time, "sleep", slept.append)
    for attempt in (0, 1, 6) * 20:
        handler.back_off(attempt)
    assert set(slept[0::3]) == {0}
    assert max(slept[1::3]) <= 0.05 < max(slept[2::3]) <= 3.15
    assert len(set(slept[1::3])) > 10


def test_a_document_over_the_limit_of_an_item_is_refused_with_its_size(handler, mirror, make):
    noise = random.Random(1).randbytes(400 * 1024).hex()  # noqa: S311
    with pytest.raises(handler.DocumentError, match=r"^the order takes 4\d{5} bytes of the table; at most 409600 are"):
        mirror.put(handler.KINDS["O"], make.body("O", 99, note=noise))
    assert isinstance(handler.DocumentError("x"), ValueError)
    assert mirror.put(handler.KINDS["O"], make.body("O", 99, note=noise[:600_000])) == "inserted"


def test_the_largest_step_is_what_a_transaction_takes(*, handler, mirror, make, sent, documents, table):
    lines = [{"product_id": number} for number in range(1, 200)]
    dates = iter(f"2024-{month:02}-{day:02}T00:00:00" for month in range(1, 13) for day in range(1, 29))
    for _ in range(2):
        body = make.body("O", 1, line_items=lines, date_created=next(dates))
        mirror.put(handler.KINDS["O"], body)
    sizes = [len(request["TransactItems"]) for name, request in sent if name == "TransactWriteItems"]
    assert max(sizes) <= 100
    assert len(sizes) > 20
    assert len(documents(table)["s#O#1"]["L"]["SS"]) == 204


def test_of_a_change_in_steps_the_bus_hears_once_and_with_the_status_before(*, handler, mirror, make, sent):
    lines = [{"product_id": number} for number in range(1, 40)]
    mirror.put(handler.KINDS["O"], make.body("O", 1, line_items=lines))
    sent.clear()
    mirror.delete("order", 1)
    puts = [request["TransactItems"][0]["Put"]["Item"] for name, request in sent if name == "TransactWriteItems"]
    assert [(item["st"]["S"], item.get("e", {"S": ""})["S"]) for item in puts] == [
        *[("processing", "")] * (len(puts) - 1),
        ("trash", "woocommerce.order.deleted"),
    ]
    assert len(puts) > 1


def test_a_write_reads_what_is_there_and_touches_no_more_than_changes(put, sent, table):
    put("O", 1)
    sent.clear()
    put("O", 1, date_created="2024-03-05T23:00:00")
    (get, read), (transact, write) = sent
    assert (get, read["ConsistentRead"], transact) == ("GetItem", True, "TransactWriteItems")
    verbs = Counter(verb for action in write["TransactItems"] for verb in action)
    # Three lists sort by date: of each a row goes, another comes, and its counters are told.
    assert verbs == {"Put": 4, "Delete": 3, "Update": 9}
    assert {change["TableName"] for action in write["TransactItems"] for change in action.values()} == {table}


def test_a_counter_is_changed_once_in_a_transaction_and_knows_how_often(put, sent, items, table):
    put("O", 1, status="pending")
    sent.clear()
    put("O", 1, status="completed", date_created="2024-04-05T10:00:00")
    updates = [action["Update"] for action in sent[1][1]["TransactItems"] if "Update" in action]
    places = [(update["Key"]["pk"]["S"][4:], update["Key"]["sk"]["S"]) for update in updates]
    assert len(set(places)) == len(places)
    values = {place: update["ExpressionAttributeValues"] for place, update in zip(places, updates, strict=True)}
    assert {place: value[":d"]["N"] for place, value in values.items() if place[0] == "O#any@date"} == {
        ("O#any@date", "0#"): "0",
        ("O#any@date", "1#2024-03"): "-1",
        ("O#any@date", "2#2024-03-05"): "-1",
        ("O#any@date", "1#2024-04"): "1",
        ("O#any@date", "2#2024-04-05"): "1",
    }
    counters = {(i["pk"]["S"], i["sk"]["S"]): i for i in items(table) if i["pk"]["S"].startswith("s#N#")}
    assert counters["s#N#O#any@date", "0#"]["n"] == {"N": "1"}
    assert counters["s#N#O#any@date", "0#"]["v"] == {"N": "2"}


def test_half_a_character_in_a_status_that_names_no_list_is_left_out(handler, mirror, make, documents, table):
    body = make.body("C", 1, status="?").replace(b'"?"', rb'"a\ud800b"')
    assert mirror.put(handler.KINDS["C"], body) == "inserted"
    assert documents(table)["s#C#1"]["st"] == {"S": "ab"}


def test_a_deletion_that_was_interrupted_is_finished_by_the_next(handler, mirror, make, documents, table):
    lines = [{"product_id": number} for number in range(1, 60)]
    mirror.put(handler.KINDS["O"], make.body("O", 1, line_items=lines, status="checkout-draft"), received(1))
    real, left = mirror.table.call, [2]

    def call(operation, **request):
        left[0] -= operation == "transact_write_items"
        if left[0] < 0:
            raise Crash
        return real(operation, **request)

    mirror.table.call = call
    with pytest.raises(Crash):
        mirror.forget(handler.KINDS["O"], 1, "O#st=checkout-draft@date", received(2))
    (item,) = documents(table).values()
    assert "z" not in item
    assert 0 < len(item["L"]["SS"]) < 60
    mirror.table.call = real
    mirror.forget(handler.KINDS["O"], 1, "O#st=checkout-draft@date", received(2))
    (item,) = documents(table).values()
    assert set(item) == {"pk", "sk", "h", "k", "m", "t", "b", "x", "ttl", "r"}


def test_only_what_is_in_the_list_and_was_not_heard_of_since_is_forgotten(handler, mirror, make, documents, table):
    order, drafts = handler.KINDS["O"], "O#st=checkout-draft@date"
    for number, status in ((1, "checkout-draft"), (2, "checkout-draft"), (3, "pending")):
        mirror.put(order, make.body("O", number, status=status), received(number))
    for number in (1, 2, 3, 4):
        mirror.forget(order, number, drafts, received(2))
    stored = documents(table)
    assert sorted(key for key, item in stored.items() if "z" in item) == ["s#O#2", "s#O#3"]
    assert len(stored) == 3
    assert mirror.put(order, make.body("O", 1, status="checkout-draft"), received(1)) == "duplicate"
    assert mirror.put(order, make.body("O", 1, status="completed", date_modified_gmt=None), received(4)) == "replaced"
    assert documents(table)["s#O#1"]["st"] == {"S": "completed"}
