"""The recount: what differs is set right, what does not is left alone, and whoever writes meanwhile is not harmed."""

import threading
import time

import pytest

LIST = "O#any@date"
PLACE = "2024-03-05T10:00:00#000000000002"


@pytest.fixture
def recount(handler, table, context):
    """Run it; the facts that it has logged."""

    def run(left=None):
        made = handler.Recount(handler.Table(handler.client("dynamodb"), table), left or context())
        made.run()
        return made.facts

    return run


@pytest.fixture
def shop(put):
    """Some documents of all kinds."""
    for number in (1, 2, 3):
        put("O", number, status="completed", line_items=[{"product_id": 31}])
        put("C", number + 10, first_name="Zo\u00eb|=#")
    for number, letter in enumerate("PVKGT", 21):
        put(letter, number)


@pytest.fixture
def write(handler, table):
    """Change an item behind the mirror's back; without attributes it is deleted."""

    def written(pk, sk, **attributes):
        key, client = {"pk": {"S": pk}, "sk": {"S": sk}}, handler.client("dynamodb")
        if attributes:
            client.put_item(TableName=table, Item={**key, **attributes})
        else:
            client.delete_item(TableName=table, Key=key)

    return written


def number(n):
    return {"N": str(n)}


@pytest.mark.usefixtures("shop")
def test_a_table_that_is_right_is_read_once(*, handler, table, calls, context, metrics, records, items):
    before = items(table)
    with calls("dynamodb") as counts:
        handler.recount({}, context(900_000))
    assert {name: n for name, n in counts.items() if name != "rows"} == {"Scan": 1, "Query": 1}
    assert metrics() == {"Repaired": 0, "Checked": 11, "Unfinished": 0}
    (record,) = records()
    assert (record.levelname, record.message, record.finished, record.left) == ("INFO", "recount", 1, 0)
    assert items(table) == before


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("changes", "repairs"),
    [
        pytest.param(
            [
                (f"s#L#{LIST}", PLACE, {}),
                ("s#L#O#any@id", "000000000009", {"a": number(1)}),
                ("s#L#O#cu=7@date", "2024-03-05T10:00:00#000000000099", {"a": number(1)}),
                ("s#L#C#any@name", "x #000000000011", {"a": number(1)}),
            ],
            4,
            id="rows are missing and too many",
        ),
        pytest.param(
            [
                (f"s#N#{LIST}", "0#", {"n": number(4), "v": number(3)}),
                ("s#N#O#any@id", "0#", {}),
                (f"s#N#{LIST}", "1#2024-03", {"n": number(-2)}),
                (f"s#N#{LIST}", "2#2024-03-05", {"v": number(9)}),
                (f"s#N#{LIST}", "2#2024-03-06", {"n": number(5)}),
                ("s#N#O#st=gone@id", "1#00000000", {"n": number(1)}),
            ],
            6,
            id="counters are wrong",
        ),
        pytest.param(
            [
                (f"s#L#{LIST}", PLACE, {}),
                (f"s#N#{LIST}", "0#", {"n": number(2)}),
                (f"s#N#{LIST}", "1#2024-03", {"n": number(2)}),
                (f"s#N#{LIST}", "2#2024-03-05", {"n": number(2)}),
            ],
            4,
            id="a row is missing and its counters agree",
        ),
        pytest.param(
            [
                ("s#L#O#pr=31@date", PLACE, {}),
                ("s#L#O#pr=31@date", PLACE.replace("05", "07"), {"a": number(1)}),
                ("s#N#C#role=customer@name", "2#zoe", {"n": number(8)}),
                ("s#N#G#any@name", "0#", {}),
                ("s#N#O#any@id", "0#", {"n": number(0)}),
            ],
            5,
            id="much of it",
        ),
    ],
)
def test_what_differs_is_set_right(*, table, write, recount, documents, items, changes, repairs):
    before = documents(table)
    for pk, sk, attributes in changes:
        write(pk, sk, **attributes)
    with pytest.raises(AssertionError):
        documents(table)
    facts = recount()
    assert documents(table) == before
    assert facts == {"checked": 11, "repaired": repairs, "left": 0, "finished": 1}
    after = items(table)
    assert recount() == facts | {"repaired": 0}
    assert items(table) == after


@pytest.mark.usefixtures("shop")
def test_a_document_that_is_gone_takes_its_rows_along(table, write, recount, documents):
    write("s#O#2", "D")
    assert recount()["finished"] == 1
    assert "s#O#2" not in documents(table)


@pytest.mark.soak
@pytest.mark.parametrize("kept", [[], ["O#any@date|2024-03-05T10:00:00#000000000002"]])
@pytest.mark.parametrize("deleted", [False, True])
@pytest.mark.usefixtures("shop")
def test_a_document_that_has_lost_its_entries_is_listed_again(
    *, handler, table, write, mirror, recount, documents, kept, deleted
):
    """As one is whose lists are of an older release."""
    if deleted:
        mirror.delete("order", 2)
    before = documents(table)
    item = mirror.table.item("s#O#2")
    damaged = {name: value for name, value in item.items() if name not in ("pk", "sk", "L")}
    write("s#O#2", "D", **damaged, **({"L": {"SS": kept}} if kept else {}))
    assert recount()["finished"] == 1
    after = documents(table)
    assert after["s#O#2"]["L"] == before["s#O#2"]["L"]
    assert handler.served(after["s#O#2"]) == handler.served(before["s#O#2"])
    assert recount()["repaired"] == 0


@pytest.mark.usefixtures("shop")
def test_what_it_does_not_know_is_left_alone(*, handler, table, write, mirror, recount, items):
    handler.park(mirror.table, b"{", '{"received":"1732190000123#00112233445566ff"}', "not JSON")
    mirror.delete("order", 77)
    mirror.delete("customer", 11)
    for pk in ("s#L#X#any@date", "s#L#O#any@price", "s#L#any", "s#N#X#any@date", "s#N#O#any@price", "s#X#sku"):
        write(pk, "0#", n=number(3))
        write(pk, PLACE, z={"B": b"z"})
    write(f"s#N#{LIST}", "3#2024", n=number(3))
    write(f"s#N#{LIST}", "total", n=number(3))
    before = items(table)
    facts = recount()
    assert (facts["finished"], facts["left"]) == (1, 0)
    assert items(table) == before


@pytest.mark.usefixtures("shop")
def test_pages_of_scans_and_counts_are_followed_to_their_end(*, handler, table, write, recount, documents, monkeypatch):
    client = handler.client("dynamodb")
    for operation in ("scan", "query"):
        real = getattr(client, operation)
        monkeypatch.setattr(
            client, operation, lambda real=real, **request: real(**request, Limit=2 if "Select" in request else 40)
        )
    write(f"s#N#{LIST}", "0#", n=number(7))
    write(f"s#L#{LIST}", PLACE)
    assert recount() == {"checked": 11, "repaired": 2, "left": 0, "finished": 1}
    documents(table)


@pytest.mark.usefixtures("shop")
def test_few_buckets_only_make_more_suspects(*, handler, table, write, recount, documents, monkeypatch):
    handler.patch(monkeypatch, "BUCKETS", 1)
    write(f"s#L#{LIST}", PLACE)
    assert recount() == {"checked": 11, "repaired": 1, "left": 0, "finished": 1}
    documents(table)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize(
    ("left", "take", "checked", "repaired"), [(0, 0, 0, 0), (20_010, 10, 11, 0), (20_030, 10, 11, 1)]
)
def test_it_stops_in_time_and_says_so(*, write, recount, context, left, take, checked, repaired):
    write(f"s#L#{LIST}", PLACE)
    write("s#L#O#any@id", "000000000002")
    assert recount(context(left, take)) == {"checked": checked, "repaired": repaired, "left": 0, "finished": 0}
    assert recount(context(900_000))["finished"] == 1


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("operation", ["UpdateItem", "TransactWriteItems"])
def test_what_others_keep_changing_is_left_to_the_next_night(
    *, table, write, recount, refuse, no_pauses, operation, documents
):
    write(f"s#N#{LIST}", "0#", n=number(7))
    write("s#L#O#any@id", "000000000002")
    cancelled = {"CancellationReasons": [{"Code": "ConditionalCheckFailed"}]}
    code = "ConditionalCheckFailedException" if operation == "UpdateItem" else "TransactionCanceledException"
    with refuse("dynamodb", operation, code, **cancelled):
        facts = recount()
    assert (
        (facts["repaired"], facts["left"], facts["finished"]) == (1, 1, 1) if operation == "UpdateItem" else (2, 1, 1)
    )
    assert 2 in no_pauses
    recount()
    documents(table)


@pytest.mark.usefixtures("shop")
def test_what_fails_is_raised_after_record_and_metrics(*, handler, write, refuse, context, metrics, records, caplog):
    write(f"s#N#{LIST}", "0#", n=number(7))
    with refuse("dynamodb", "UpdateItem", "AccessDeniedException"), pytest.raises(RuntimeError) as raised:
        handler.recount({}, context(900_000))
    assert metrics() == {"Repaired": 0, "Checked": 11, "Unfinished": 1}
    (record,) = records()
    assert (record.levelname, record.checked, f"{record.exc_info[1]}") == ("ERROR", 11, "AccessDeniedException")
    # Lambda logs what is raised, and Python what it was raised from.
    assert (f"{raised.value}", raised.value.__context__) == ("", None)
    assert "planted" not in caplog.text


@pytest.mark.usefixtures("shop")
def test_the_log_says_what_was_mended_but_no_name_or_address(*, write, recount, records):
    write("s#L#C#email=z%40example.com@date", "2024-03-05T10:00:00#000000000011")
    write("s#N#C#any@name", "2#zoe", n=number(5))
    recount()
    assert [(record.levelname, record.claim) for record in records()] == [
        ("WARNING", "C#email"),
        ("WARNING", "s#N#C#any@name"),
    ]
    assert not [word for word in ("z%40", "zoe") if word in repr([vars(record) for record in records()])]


@pytest.fixture
def before(handler, monkeypatch):
    """Let somebody write just before the next call of an operation of DynamoDB's."""

    def planted(operation, write, *, skip=0):
        client, left = handler.client("dynamodb"), [skip]
        real = getattr(client, operation)

        def call(**request):
            left[0] -= 1
            if left[0] == -1:
                write()
            return real(**request)

        monkeypatch.setattr(client, operation, call)

    return planted


@pytest.mark.usefixtures("shop")
def test_a_counter_that_moved_since_it_was_counted_is_counted_again(*, table, put, write, recount, documents, before):
    write(f"s#N#{LIST}", "0#", n=number(7), v=number(3))
    before("update_item", lambda: put("O", 4))
    assert recount()["repaired"] == 1
    assert len(documents(table)) == 12


@pytest.mark.usefixtures("shop")
def test_a_row_that_moves_while_it_is_counted_is_not_lost(*, handler, table, put, documents, before, context):
    run = handler.Recount(handler.Table(handler.client("dynamodb"), table), context())
    real = handler.client("dynamodb").query
    # The last of three rows becomes the first, after the first has been counted.
    before("query", lambda: put("O", 3, status="completed", date_created="2024-03-05T00:00:00"), skip=1)
    moving = handler.client("dynamodb").query
    handler.client("dynamodb").query = lambda **request: moving(**request, Limit=1)
    try:
        assert run._settled(run._mend_counter, f"s#N#{LIST}|0#") is False
    finally:
        handler.client("dynamodb").query = real
    documents(table)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("listed", [True, False])
def test_a_row_whose_document_moved_since_it_was_read_is_looked_at_again(
    *, table, put, write, recount, documents, before, listed
):
    row = f"s#L#O#st={'completed' if listed else 'pending'}@date"
    write(row, PLACE, **({} if listed else {"a": number(1)}))
    before("transact_write_items", lambda: put("O", 2, status="pending"))
    recount()
    assert documents(table)["s#O#2"]["st"] == {"S": "pending"}


@pytest.mark.parametrize("planted", [pytest.param(False, marks=pytest.mark.soak), True])
def test_writers_are_never_harmed(*, handler, table, make, mirror, write, recount, documents, planted):
    statuses, dates = ["pending", "completed", "trash"], ["2024-03-05T10:00:00", "2024-03-05T11:00:00"]
    order, ends, writes = handler.KINDS["O"], threading.Event(), [0]

    def body(number, turn):
        changes = {"status": statuses[turn % 3], "date_created": dates[turn % 2], "date_modified_gmt": None}
        return make.body("O", number, **changes)

    def keep_writing(worker):
        turn = 0
        while not ends.is_set():
            turn += 1
            mirror.put(order, body(worker, turn))
            writes[0] += 1

    for number in range(1, 21):
        mirror.put(order, body(number, number))
    threads = [threading.Thread(target=keep_writing, args=(worker,)) for worker in (1, 2)]
    for thread in threads:
        thread.start()
    if planted:
        write("s#L#O#any@date", "2024-03-05T10:00:00#000000000010")
        write("s#L#O#st=pending@date", "2024-03-05T10:00:00#000000000099", a={"N": "1"})
    runs = []
    while len(runs) < 5 or writes[0] < 40:
        runs.append(recount())
    ends.set()
    for thread in threads:
        thread.join()
    if planted:
        assert sum(facts["repaired"] for facts in runs) >= 2
    else:
        assert not any(facts["repaired"] for facts in runs)
    recount()
    documents(table)


def test_drafts_of_carts_that_nothing_is_heard_of_are_forgotten(
    *, handler, table, make, mirror, recount, documents, items
):
    now = time.time_ns() // 1_000_000
    days = 24 * 3600 * 1000
    drafts = [
        (1, 4, 4, "checkout-draft"),
        (2, 4, 2, "checkout-draft"),
        (3, 2, 2, "checkout-draft"),
        (4, 4, 4, "pending"),
    ]
    for number, made, heard, status in drafts:
        date = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime((now - made * days) / 1000))
        body = make.body("O", number, status=status, date_created=date)
        mirror.put(handler.KINDS["O"], body, f"{now - heard * days}#00")
    assert recount() == {"checked": 3, "repaired": 0, "left": 0, "finished": 1}
    stored = documents(table)
    assert [key for key, item in stored.items() if "z" not in item] == ["s#O#1"]
    assert "L" not in stored["s#O#1"]
    assert int(stored["s#O#1"]["ttl"]["N"]) == (now - 4 * days) // 1000 + 90 * 86400
    before = items(table)
    recount()
    assert items(table) == before


def test_a_draft_that_is_being_written_is_left_to_the_next_night(*, handler, make, mirror, recount, refuse, no_pauses):
    mirror.put(handler.KINDS["O"], make.body("O", 1, status="checkout-draft"), "1709633900000#00")
    with refuse("dynamodb", "TransactWriteItems", "TransactionConflictException"):
        assert recount()["finished"] == 1
    assert len(no_pauses) > 6
    assert recount()["checked"] == 0
