"""The table: what is stored comes back, lists and totals are exact, reads are cheap, refusals are clear."""

import gzip
import random
import threading
from collections import Counter
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

DATES = [None, "2023-12-31T23:59:59", "2024-01-01T00:00:00", "2024-01-15T08:00:00", "2024-02-15T08:00:00"]
STATUSES = ["processing", "completed", "trash", "checkout-draft"]
NAMES = [("Ann", "Lee"), ("\u00c4nn", "Lee"), ("Ann-Lee", ""), ("Bo", "\U00020000"), ("", "")]
PUTS = st.lists(
    st.tuples(st.sampled_from("OC"), st.integers(1, 6), st.sampled_from(DATES), st.integers(0, 4)),
    min_size=1,
    max_size=14,
)


def scan(handler: Any, table: str) -> list[dict[str, Any]]:
    return handler.client("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]


def rows_and_counters(items: list[dict[str, Any]]) -> tuple[Counter[str], Counter[str]]:
    """What the counters should say, from the rows; and what they say, zeros left out."""
    wanted: Counter[str] = Counter()
    for item in items:
        pk, sk = item["pk"]["S"], item["sk"]["S"]
        if pk.startswith("s#L#"):
            lengths = (0, 1, 3) if pk.endswith("@name") else (0, 7, 10)
            wanted.update(f"s#N#{pk[4:]} {level}#{sk[:length]}" for level, length in enumerate(lengths))
    counters = ((f"{i['pk']['S']} {i['sk']['S']}", int(i["n"]["N"])) for i in items if i["pk"]["S"].startswith("s#N#"))
    return wanted, Counter({name: n for name, n in counters if n})


def model_lists(documents: dict[tuple[str, int], dict[str, Any]]) -> dict[str, list[int]]:
    """Every list as plain Python would keep it, ascending."""
    lists: dict[str, list[tuple[str, int]]] = {}
    plain = {"Ann Lee": "ann lee", "\u00c4nn Lee": "ann lee", "Ann-Lee": "ann-lee", "Bo \U00020000": "bo \U00020000"}
    for (letter, number), document in documents.items():
        date = document["date_created"] or ""
        if letter == "O":
            entries = [(f"O#st={document['status']}@date", date)]
            if document["status"] in ("processing", "completed"):
                entries.append(("O#any@date", date))
        else:
            name = f"{document['first_name']} {document['last_name']}".strip()
            entries = [("C#role=customer@date", date), ("C#role=customer@name", plain.get(name, "zoe"))]
        for list_name, key in entries:
            lists.setdefault(list_name, []).append((key, number))
    return {name: [number for _, number in sorted(keys)] for name, keys in lists.items()}


def replay(handler: Any, make: Any, table: str, puts: list[tuple[str, int, str | None, int]]) -> None:
    """Put everything; the table must hold exactly what a model in plain Python holds."""
    store = handler.Store(handler.client("dynamodb"), table)
    bodies: dict[tuple[str, int], bytes] = {}
    documents: dict[tuple[str, int], dict[str, Any]] = {}
    for letter, number, date, choice in puts:
        first, last = NAMES[choice]
        changes = {"status": STATUSES[choice % 4]} if letter == "O" else {"first_name": first, "last_name": last}
        body = make.body(letter, number, date_created=date, **changes)
        before = bodies.get((letter, number))
        expected = "inserted" if before is None else "unchanged" if before == body else "replaced"
        assert store.put(handler.KINDS[letter], body) == expected
        bodies[letter, number] = body
        documents[letter, number] = make.document(letter, number, date_created=date, **changes)
    items = scan(handler, table)
    wanted, counted = rows_and_counters(items)
    assert wanted == counted
    stored = {i["pk"]["S"]: gzip.decompress(i["z"]["B"]) for i in items if i["sk"]["S"] == "D"}
    assert stored == {f"s#{letter}#{number}": body for (letter, number), body in bodies.items()}
    lists = model_lists(documents)
    assert {i["pk"]["S"][4:] for i in items if i["pk"]["S"].startswith("s#L#")} == set(lists)
    for name, numbers in lists.items():
        for ascending in (True, False):
            ordered = numbers if ascending else numbers[::-1]
            whole = [bodies[name[0], number] for number in ordered]
            for limit in (1, 2):
                for offset in range(0, len(whole) + limit, limit):
                    page = store.page(name, offset, limit, ascending)
                    assert page == (len(whole), whole[offset : offset + limit])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(puts=PUTS)
def test_any_sequence_of_puts_keeps_lists_counters_and_pages_exact(handler, make, new_table, puts):
    with pytest.MonkeyPatch.context() as patch:
        handler.patch(patch, "NEAR_ROWS", 2)
        replay(handler, make, new_table(), puts)


@pytest.mark.soak
@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(puts=PUTS)
def test_many_sequences_of_puts_keep_lists_counters_and_pages_exact(handler, make, new_table, puts):
    with pytest.MonkeyPatch.context() as patch:
        handler.patch(patch, "NEAR_ROWS", 2)
        replay(handler, make, new_table(), puts)


def test_a_body_comes_back_byte_for_byte(handler, store, put):
    body = put("O", 727)
    assert rb"\u00e9 a\/b" in body
    assert store.get(handler.KINDS["O"], 727) == body
    assert store.get(handler.KINDS["O"], 72) is None
    assert store.get(handler.KINDS["K"], 727) is None


def test_the_document_item_is_what_the_module_says(handler, table, put):
    put("O", 727, status="on-hold")
    put("O", 727, status="completed")
    (item,) = [item for item in scan(handler, table) if item["sk"]["S"] == "D"]
    assert item.pop("z")["B"][4:8] == b"\0\0\0\0"
    assert len(item.pop("h")["S"]) == 64
    assert sorted(item.pop("L")["SS"]) == [
        "O#any@date|2024-03-05T10:00:00#000000000727",
        "O#st=completed@date|2024-03-05T10:00:00#000000000727",
    ]
    assert item == {
        "pk": {"S": "s#O#727"},
        "sk": {"S": "D"},
        "m": {"S": "2024-03-06T11:12:13"},
        "c": {"S": "2024-03-05T09:00:00"},
        "st": {"S": "completed"},
        "r": {"N": "2"},
    }


def test_what_changes_at_random_is_no_change(handler, store, put, make):
    first = put("P", 31)
    other = make.body("P", 31, related_ids=[9], _links={})
    assert store.put(handler.KINDS["P"], other) == "unchanged"
    assert store.get(handler.KINDS["P"], 31) == first
    assert store.put(handler.KINDS["P"], make.body("P", 31, slug="new")) == "replaced"


def test_a_new_release_with_other_lists_rewrites_what_is_unchanged(handler, store, put):
    body = put("P", 31)
    kind = handler.KINDS["P"]._replace(lists=lambda _: ["any@date", "ss=instock@date"])
    assert store.put(kind, body) == "replaced"
    assert store.page("P#ss=instock@date", 0, 10, True) == (1, [body])
    assert store.page("P#st=publish@date", 0, 10, True) == (0, [])


def test_the_lists_of_each_kind(store, put):
    product, hidden = put("P", 5), put("P", 6, status="auto-draft")
    variation, coupon = put("V", 7), put("K", 8)
    member = put("C", 9, role="shop_manager")
    assert store.page("P#any@date", 0, 10, False) == (1, [product])
    assert store.page("P#st=auto-draft@date", 0, 10, False) == (1, [hidden])
    assert store.page("V#p=22@date", 0, 10, False) == (1, [variation])
    assert store.page("K#any@date", 0, 10, False) == (1, [coupon])
    assert store.page("K#st=publish@date", 0, 10, False) == (1, [coupon])
    assert store.page("C#role=customer@name", 0, 10, False) == (0, [])
    assert store.page("C#role=shop_manager@name", 0, 10, False) == (1, [member])


@pytest.fixture(scope="module")
def large(handler, new_table):
    """A list of 430 orders over 43 days, four hundred of them beyond what is read from the start; written directly."""
    client, name = handler.client("dynamodb"), new_table()
    items, counters = [], Counter()
    for number in range(430):
        place = f"2024-{1 + number // 200:02}-{1 + number % 200 // 10:02}T10:00:00#{number + 1:012}"
        items += [
            {"pk": {"S": "s#L#O#any@date"}, "sk": {"S": place}},
            {
                "pk": {"S": f"s#O#{number + 1}"},
                "sk": {"S": "D"},
                "z": {"B": gzip.compress(b"%d" % (number + 1))},
                "L": {"SS": [f"O#any@date|{place}"]},
            },
        ]
        counters.update(["0#", f"1#{place[:7]}", f"2#{place[:10]}"])
    items += [{"pk": {"S": "s#N#O#any@date"}, "sk": {"S": k}, "n": {"N": str(n)}} for k, n in counters.items()]
    for start in range(0, len(items), 25):
        requests = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
        assert not client.batch_write_item(RequestItems={name: requests})["UnprocessedItems"]
    return handler.Store(client, name)


@pytest.mark.parametrize(
    ("offset", "queries", "rows"),
    [
        pytest.param(0, 2, 1 + 10, id="first: the total and the page"),
        pytest.param(95, 2, 1 + 95 + 10, id="near: the total, what is skipped, the page"),
        pytest.param(195, 3, 1 + 3 + 20 + 5 + 10, id="deep: total and months, days, the rest of a day, the page"),
        pytest.param(415, 3, 1 + 3 + 3 + 5 + 10, id="last: no more than deep"),
        pytest.param(430, 1, 1 + 3, id="past the end: the counters"),
    ],
)
def test_a_page_costs_what_a_page_holds(large, calls, offset, queries, rows):
    with calls("dynamodb") as counts:
        total, bodies = large.page("O#any@date", offset, 10, True)
    assert (total, bodies) == (430, [b"%d" % n for n in range(offset + 1, min(offset + 11, 431))])
    assert counts == Counter(Query=queries, BatchGetItem=1 if bodies else 0, rows=rows)


@pytest.mark.parametrize("ascending", [True, False])
@pytest.mark.parametrize("offset", [100, 101, 150, 199, 200, 201, 299, 390, 420, 425, 429])
def test_deep_pages_in_both_directions(large, ascending, offset):
    ordered = range(1, 431) if ascending else range(430, 0, -1)
    assert large.page("O#any@date", offset, 101, ascending) == (
        430,
        [b"%d" % n for n in ordered[offset : offset + 101]],
    )


def test_a_query_of_many_megabytes_is_followed_to_its_end(large, monkeypatch):
    query = large.client.query

    def small_pages(**request):
        return query(**request | {"Limit": min(request.get("Limit", 7), 7)})

    monkeypatch.setattr(large.client, "query", small_pages)
    assert large.page("O#any@date", 195, 20, True) == (430, [b"%d" % n for n in range(196, 216)])


def test_a_document_that_left_between_the_reads_is_left_out(handler, store, put, table):
    put("O", 1)
    kept = put("O", 2)
    client = handler.client("dynamodb")
    key = {"pk": {"S": "s#O#1"}, "sk": {"S": "D"}}
    client.update_item(
        TableName=table,
        Key=key,
        UpdateExpression="SET L = :l",
        ExpressionAttributeValues={":l": {"SS": ["O#st=trash@date|2024-03-05T10:00:00#000000000001"]}},
    )
    assert store.page("O#any@date", 0, 10, True) == (2, [kept])
    client.delete_item(TableName=table, Key=key)
    assert store.page("O#any@date", 0, 10, True) == (2, [kept])


def test_a_counter_that_lags_behind_costs_rows_but_no_document(handler, store, put, table, monkeypatch):
    handler.patch(monkeypatch, "NEAR_ROWS", 0)
    bodies = [put("O", number) for number in (1, 2, 3)]
    key = {"pk": {"S": "s#N#O#any@date"}, "sk": {"S": "2#2024-03-05"}}
    handler.client("dynamodb").delete_item(TableName=table, Key=key)
    assert store.page("O#any@date", 2, 1, True) == (3, bodies[2:])


def test_unprocessed_keys_are_read_again(store, put, monkeypatch):
    bodies = [put("O", number) for number in (1, 2, 3)]
    batch_get_item, asked = store.client.batch_get_item, []

    def one_at_a_time(RequestItems):  # noqa: N803
        ((table, wanted),) = RequestItems.items()
        keys = wanted["Keys"]
        asked.append(len(keys))
        answer = batch_get_item(RequestItems={table: {"Keys": keys[:1]}})
        return answer | {"UnprocessedKeys": {table: {"Keys": keys[1:]}} if keys[1:] else {}}

    monkeypatch.setattr(store.client, "batch_get_item", one_at_a_time)
    assert store.page("O#any@date", 0, 10, True) == (3, bodies)
    assert asked == [3, 2, 1]


def test_keys_that_stay_unprocessed_are_a_busy_store(handler, store, put, monkeypatch):
    put("O", 1)
    handler.patch(monkeypatch, "back_off", lambda _attempt: None)
    monkeypatch.setattr(
        store.client,
        "batch_get_item",
        lambda RequestItems: {"Responses": {}, "UnprocessedKeys": RequestItems},  # noqa: N803
    )
    with pytest.raises(handler.StoreBusy, match="1 documents could not be read"):
        store.page("O#any@date", 0, 10, True)


def test_threads_that_write_the_same_documents_keep_counters_exact(handler, make, store, table):
    outcomes, statuses = [], ["pending", "processing", "completed", "trash"]

    def write(worker: int) -> None:
        for number in (1, 2, 3):
            body = make.body("O", number, status=statuses[worker], worker=worker)
            outcomes.append(store.put(handler.KINDS["O"], body))

    threads = [threading.Thread(target=write, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Counter(outcomes) == {"inserted": 3, "replaced": 9}
    items = scan(handler, table)
    wanted, counted = rows_and_counters(items)
    assert wanted == counted
    assert {item["r"]["N"] for item in items if item["sk"]["S"] == "D"} == {"4"}
    assert sum(n for name, n in counted.items() if name.startswith("s#N#O#st=") and name.endswith(" 0#")) == 3


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
    ],
    ids=lambda refusal: repr(refusal.get("CancellationReasons", refusal["code"])),
)
def test_a_write_that_is_interrupted_is_tried_again(*, handler, store, make, refuse, calls, monkeypatch, refusal):
    pauses = []
    handler.patch(monkeypatch, "back_off", pauses.append)
    with refuse("dynamodb", "TransactWriteItems", times=2, **refusal), calls("dynamodb") as counts:
        assert store.put(handler.KINDS["O"], make.body("O", 1)) == "inserted"
    assert pauses == [0, 1, 2]
    assert (counts["GetItem"], counts["TransactWriteItems"]) == (3, 3)


def test_a_write_that_stays_interrupted_is_a_busy_store(handler, store, make, refuse, monkeypatch):
    handler.patch(monkeypatch, "back_off", lambda _attempt: None)
    with (
        refuse("dynamodb", "TransactWriteItems", **reasons("TransactionConflict")),
        pytest.raises(handler.StoreBusy, match="order 41: 7 writes were interrupted"),
    ):
        store.put(handler.KINDS["O"], make.body("O", 41))
    assert store.get(handler.KINDS["O"], 41) is None


def test_a_write_that_can_never_succeed_is_not_tried_again(handler, store, make, refuse, calls):
    refusal = reasons("None", "ItemCollectionSizeLimitExceeded")
    with (
        refuse("dynamodb", "TransactWriteItems", **refusal),
        calls("dynamodb") as counts,
        pytest.raises(ClientError, match="planted"),
    ):
        store.put(handler.KINDS["O"], make.body("O", 1))
    assert counts["TransactWriteItems"] == 1


def test_pauses_double_and_are_never_sure(handler, monkeypatch):
    slept = []
    monkeypatch.setattr(handler.time, "sleep", slept.append)
    for attempt in (0, 1, 6) * 20:
        handler.back_off(attempt)
    assert set(slept[0::3]) == {0}
    assert max(slept[1::3]) <= 0.05 < max(slept[2::3]) <= 3.15
    assert len(set(slept[1::3])) > 10


def test_a_document_over_the_limit_of_an_item_is_refused_with_its_size(handler, store, make):
    noise = random.Random(1).randbytes(400 * 1024).hex()  # noqa: S311
    with pytest.raises(handler.DocumentError, match=r"^order 99 takes 4\d{5} bytes of the table; at most 409600 are"):
        store.put(handler.KINDS["O"], make.body("O", 99, note=noise))
    assert isinstance(handler.DocumentError("x"), ValueError)
    assert store.put(handler.KINDS["O"], make.body("O", 99, note=noise[:600_000])) == "inserted"


def test_more_changes_than_a_transaction_takes_are_refused(handler, store, make):
    kind = handler.KINDS["O"]._replace(lists=lambda _: [f"pr={n}@date" for n in range(25)])
    with pytest.raises(handler.DocumentError, match="s#O#1 changes 101 items; 100 are allowed"):
        store.put(kind, make.body("O", 1))
    fewer = kind._replace(lists=lambda _: [f"pr={n}@date" for n in range(24)])
    assert store.put(fewer, make.body("O", 1)) == "inserted"


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


def test_a_write_reads_what_is_there_and_touches_no_more_than_changes(handler, store, put, make, sent):
    put("O", 1)
    sent.clear()
    assert store.put(handler.KINDS["O"], make.body("O", 1, date_created="2024-03-05T23:00:00")) == "replaced"
    (get, read), (transact, write) = sent
    assert (get, read["ConsistentRead"], transact) == ("GetItem", True, "TransactWriteItems")
    verbs = Counter(verb for action in write["TransactItems"] for verb in action)
    assert verbs == {"Put": 3, "Delete": 2}
    assert {change["TableName"] for action in write["TransactItems"] for change in action.values()} == {store.table}


def test_a_counter_is_changed_once_in_a_transaction(put, sent):
    put("O", 1, status="pending")
    sent.clear()
    put("O", 1, status="completed", date_created="2024-04-05T10:00:00")
    actions = sent[1][1]["TransactItems"]
    updates = [action["Update"] for action in actions if "Update" in action]
    places = [(update["Key"]["pk"]["S"], update["Key"]["sk"]["S"]) for update in updates]
    deltas = {
        place: update["ExpressionAttributeValues"][":d"]["N"] for place, update in zip(places, updates, strict=True)
    }
    assert len(deltas) == len(places)
    assert deltas == {
        ("s#N#O#any@date", "1#2024-03"): "-1",
        ("s#N#O#any@date", "2#2024-03-05"): "-1",
        ("s#N#O#any@date", "1#2024-04"): "1",
        ("s#N#O#any@date", "2#2024-04-05"): "1",
        ("s#N#O#st=pending@date", "0#"): "-1",
        ("s#N#O#st=pending@date", "1#2024-03"): "-1",
        ("s#N#O#st=pending@date", "2#2024-03-05"): "-1",
        ("s#N#O#st=completed@date", "0#"): "1",
        ("s#N#O#st=completed@date", "1#2024-04"): "1",
        ("s#N#O#st=completed@date", "2#2024-04-05"): "1",
    }


def test_reads_are_eventually_consistent(handler, store, put, sent):
    put("O", 1)
    sent.clear()
    store.get(handler.KINDS["O"], 1)
    store.page("O#any@date", 0, 10, False)
    assert [name for name, _ in sent] == ["GetItem", "Query", "Query", "BatchGetItem"]
    assert "ConsistentRead" not in repr(sent)


def test_a_page_over_the_callers_limit_is_refused(handler, store, put):
    bodies = [put("O", number) for number in (1, 2)]
    size = sum(map(len, bodies))
    assert store.page("O#any@date", 0, 10, True, size) == (2, bodies)
    with pytest.raises(handler.PageTooLarge):
        store.page("O#any@date", 0, 10, True, size - 1)
