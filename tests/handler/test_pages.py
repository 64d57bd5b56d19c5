"""Pages: what a request costs, how deep it reaches, and what happens when the table changes meanwhile."""

import json
from collections import Counter
from typing import Any

import pytest

DAYS = [f"2024-{month:02}-{day:02}" for month in (1, 2, 3) for day in range(1, 21)]


@pytest.fixture(scope="module")
def filled(make, new_table, fill):
    """600 orders, ten a day over 60 days, of two customers and two statuses; a product in every hundredth."""
    bodies = {}
    for number in range(1, 601):
        own = {"customer_id": 7 + number % 2, "status": "on-hold" if number % 3 else "completed"}
        own["line_items"] = [{"product_id": 5}] if number % 100 == 0 else []
        bodies["O", number] = make.body("O", number, date_created=f"{DAYS[(number - 1) // 10]}T10:00:00", **own)
    table = new_table()
    fill(table, bodies)
    return table


@pytest.fixture
def large(filled, table, monkeypatch):  # noqa: ARG001 (the table that it takes the place of)
    monkeypatch.setenv("TABLE_NAME", filled)
    return filled


def ids(answer: tuple[int, Any, Any]) -> list[int]:
    assert answer[0] == 200, answer
    return [row["id"] for row in answer[2]]


@pytest.mark.parametrize(
    ("query", "batches", "queries", "rows"),
    [
        pytest.param("", 2, 1, 10, id="first: the total in a batch, the page"),
        pytest.param("page=10", 2, 1, 100, id="near: what is skipped too"),
        pytest.param("page=31", 1, 3, 3 + 20 + 10, id="deep: months, days, the page"),
        pytest.param("offset=305", 1, 3, 3 + 20 + 15, id="deep within a day: the rest of that day too"),
        pytest.param("page=60", 1, 3, 3 + 20 + 10, id="last: no more than deep"),
        pytest.param("page=61", 0, 1, 3, id="past the end: the counters"),
        pytest.param("orderby=id", 2, 1, 10, id="by id: a list of its own"),
        pytest.param("status=completed,on-hold", 2, 2, 20, id="two statuses: a page of each"),
        pytest.param("customer=7", 2, 1, 10, id="a filter: a list as any other"),
        pytest.param("after=2024-02-10T00:00:00", 1, 4, 3 + 20 + 10, id="a window: its rank, and the page"),
        pytest.param(
            "after=2024-02-10T10:00:00&before=2024-02-15T10:00:00", 1, 5, 3 + 20 + 10 + 10, id="two ends of a window"
        ),
        pytest.param("exclude=600,599,7", 3, 1, 13, id="exclude: the documents left out, and their rows"),
        pytest.param("include=3,600,9", 1, 0, 0, id="include: the documents"),
        pytest.param("customer=7&product=5", 2, 1, 6, id="the shortest list of two, and its documents"),
        pytest.param("customer=7&status=on-hold", 2, 2, 300 + 400, id="two long lists: both, and the page"),
        pytest.param("customer=9&status=on-hold", 1, 1, 0, id="an empty list ends the search"),
    ],
)
@pytest.mark.usefixtures("large")
def test_a_page_costs_what_a_page_holds(*, get, calls, query, batches, queries, rows):
    with calls("dynamodb") as counts:
        status, _, _ = get("/orders", query)
    assert status == 200
    assert counts == Counter(BatchGetItem=batches, Query=queries, rows=rows)


@pytest.mark.soak
@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("orderby", ["date", pytest.param("id", marks=pytest.mark.soak)])
@pytest.mark.usefixtures("large")
def test_deep_pages_in_both_directions(get, order, orderby):
    ordered = range(1, 601) if order == "asc" else range(600, 0, -1)
    for offset in (0, 100, 189, 190, 191, 299, 300, 505, 590, 599, 600):
        query = f"per_page=10&offset={offset}&order={order}&orderby={orderby}"
        assert ids(get("/orders", query)) == [*ordered[offset : offset + 10]], query


@pytest.mark.soak
@pytest.mark.parametrize("order", [pytest.param("asc", marks=pytest.mark.soak), "desc"])
@pytest.mark.usefixtures("large")
def test_deep_pages_of_a_window_without_some(get, order):
    window = "after=2024-01-05T10:00:00&before=2024-02-11T00:00:00"
    left_out = [1, 51, 60, 123, 299, 300, 599, 9999]
    ordered = [number for number in range(51, 301) if number not in left_out]
    found = ordered if order == "asc" else ordered[::-1]
    for offset in (0, 5, 210, 235, 245, 246):
        query = f"{window}&exclude={','.join(map(str, left_out))}&per_page=20&offset={offset}&order={order}"
        answer = get("/orders", query)
        assert (ids(answer), answer[1]["X-WP-Total"]) == (found[offset : offset + 20], f"{len(ordered)}"), query


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("customer=7&status=on-hold", ["status", "customer"]),
        ("customer=7&orderby=id", ["orderby", "customer"]),
        ("after=2024-01-01T00:00:00&orderby=id", ["orderby"]),
    ],
)
@pytest.mark.usefixtures("large")
def test_what_takes_too_many_rows_is_refused_by_name(*, handler, get, monkeypatch, query, names):
    handler.patch(monkeypatch, "SET_ROWS", 250)
    status, _, body = get("/orders", query)
    assert (status, body["code"]) == (400, "rest_invalid_param")
    assert sorted(body["data"]["details"]) == sorted(names)
    for detail in body["data"]["details"].values():
        assert detail["code"] == "woo_stack_not_served"
        assert all(name in detail["message"] for name in names)


@pytest.mark.usefixtures("large")
def test_a_window_makes_a_long_list_short_enough(handler, get, monkeypatch):
    handler.patch(monkeypatch, "SET_ROWS", 250)
    handler.patch(monkeypatch, "BATCH_KEYS", 20)
    query = "after=2024-03-10T00:00:00&orderby=id&order=asc&per_page=100"
    assert ids(get("/orders", query)) == [*range(491, 591)]
    odd = [number for number in range(491, 601) if number % 2 == 0]
    assert ids(get("/orders", f"{query}&customer=7")) == odd


@pytest.mark.soak
@pytest.mark.parametrize("query", ["page=21", "page=2", "page=2&orderby=id", "customer=7&status=on-hold"])
@pytest.mark.usefixtures("large")
def test_a_query_of_many_megabytes_is_followed_to_its_end(handler, get, monkeypatch, query):
    whole = ids(get("/orders", query))
    client = handler.client("dynamodb")
    ask = client.query

    def small_pages(**request):
        return ask(**request | {"Limit": min(request.get("Limit", 60), 60)})

    monkeypatch.setattr(client, "query", small_pages)
    assert ids(get("/orders", query)) == whole


@pytest.mark.parametrize("query", ["", "customer=0&orderby=date&status=processing", "orderby=id", "include=1,2"])
def test_a_document_that_left_between_the_reads_is_left_out(handler, get, put, table, query):
    put("O", 1, customer_id=0)
    put("O", 2, customer_id=0)
    client, key = handler.client("dynamodb"), handler.key_of("s#O#1", "D")
    moved = {"SS": ["O#any@date|2025-03-05T10:00:00#000000000001"]}
    client.update_item(TableName=table, Key=key, UpdateExpression="SET L = :l", ExpressionAttributeValues={":l": moved})
    if query == "":
        assert ids(get("/orders", query)) == [2]
    client.update_item(TableName=table, Key=key, UpdateExpression="REMOVE z, L")
    assert ids(get("/orders", query)) == [2]
    client.delete_item(TableName=table, Key=key)
    assert ids(get("/orders", query)) == [2]


def test_a_document_that_moved_between_the_reads_is_not_shown_at_its_old_place(handler, get, put, monkeypatch):
    put("O", 1)
    put("O", 2)
    client = handler.client("dynamodb")
    ask = client.query

    def then_moved(**request):
        answer = ask(**request)
        put("O", 1, date_created="2025-01-01T00:00:00", date_modified_gmt="2025-01-01T00:00:00")
        return answer

    monkeypatch.setattr(client, "query", then_moved)
    assert ids(get("/orders")) == [2]


def test_counters_that_lag_behind_cost_rows_but_no_document(handler, get, put, table, monkeypatch):
    handler.patch(monkeypatch, "NEAR_ROWS", 0)
    for number in (1, 2, 3):
        put("O", number)
    key = handler.key_of("s#N#O#any@date", "2#2024-03-05")
    handler.client("dynamodb").delete_item(TableName=table, Key=key)
    answer = get("/orders", "per_page=1&page=3")
    assert (ids(answer), answer[1]["X-WP-Total"]) == ([1], "3")


def test_unprocessed_keys_are_read_again(handler, get, put, monkeypatch):
    for number in (1, 2, 3):
        put("O", number)
    client = handler.client("dynamodb")
    ask, asked = client.batch_get_item, []

    def one_at_a_time(RequestItems):  # noqa: N803
        ((table, wanted),) = RequestItems.items()
        keys = wanted["Keys"]
        asked.append(len(keys))
        answer = ask(RequestItems={table: {"Keys": keys[:1]}})
        return answer | {"UnprocessedKeys": {table: {"Keys": keys[1:]}} if keys[1:] else {}}

    monkeypatch.setattr(client, "batch_get_item", one_at_a_time)
    assert ids(get("/orders")) == [3, 2, 1]
    assert asked == [1, 3, 2, 1]


def test_keys_that_stay_unprocessed_are_a_busy_table(handler, get, put, monkeypatch):
    put("O", 1)
    handler.patch(monkeypatch, "back_off", lambda _attempt: None)
    client = handler.client("dynamodb")
    monkeypatch.setattr(
        client,
        "batch_get_item",
        lambda RequestItems: {"Responses": {}, "UnprocessedKeys": RequestItems},  # noqa: N803
    )
    status, headers, body = get("/orders")
    assert (status, headers["Retry-After"], body["code"]) == (503, "1", "woo_stack_busy")


def test_reads_are_eventually_consistent(handler, get, put):
    put("O", 1)
    put("P", 1, categories=[{"id": 3}])
    sent: list[str] = []
    events = handler.client("dynamodb").meta.events
    events.register("provide-client-params.dynamodb", note := lambda params, **_: sent.append(json.dumps(params)))
    for path in ("/orders/1", "/orders", "/orders?exclude=1&customer=0", "/products?category=3&type=simple"):
        get(*path.split("?"))
    events.unregister("provide-client-params.dynamodb", note)
    assert len(sent) > 8
    assert not [request for request in sent if '"ConsistentRead": true' in request]


@pytest.fixture
def shelves(put):
    """A tree of categories, 1 over 2 over 3, and a product in each of 1, 3 and 4."""
    for number, parent in ((1, 0), (2, 1), (3, 2), (4, 0)):
        put("G", number, parent=parent)
    for number, category in ((11, 1), (13, 3), (14, 4)):
        put("P", number, categories=[{"id": category}])


@pytest.mark.usefixtures("shelves")
def test_a_category_has_the_products_of_those_below_it(get, calls):
    with calls("dynamodb") as counts:
        assert ids(get("/products", "category=1")) == [13, 11]
    # Counters of 1, of 2 and of 3; of the lists; the documents. Children of 1 and of 2; three lists of products.
    assert (counts["BatchGetItem"], counts["Query"]) == (3 + 1 + 1, 2 + 3)
    assert ids(get("/products", "category=4")) == [14]
    assert ids(get("/products", "category=2,4&orderby=id&order=asc")) == [13, 14]


def test_a_category_without_mirrored_ones_is_itself(get, put):
    put("P", 11, categories=[{"id": 1}])
    assert ids(get("/products", "category=1")) == [11]


@pytest.mark.usefixtures("shelves")
def test_categories_that_go_round_in_circles_come_to_an_end(get, put):
    put("G", 1, parent=3, date_modified_gmt="2025-01-01T00:00:00")
    assert ids(get("/products", "category=3")) == [13, 11]


def test_a_category_with_too_many_below_it_is_refused(handler, get, put, monkeypatch):
    for number in (2, 3, 4):
        put("G", number, parent=1)
    handler.patch(monkeypatch, "BATCH_KEYS", 3)
    status, _, body = get("/products", "category=1")
    assert (status, list(body["data"]["details"])) == (400, ["category"])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("sku=x", [3, 2, 1]),
        ("sku=X&status=publish", [2, 1]),
        ("sku=x&status=publish,", None),
        ("sku=x&stock_status=outofstock", [2]),
        ("sku=x&on_sale=true", [3, 2]),
        ("sku=x&featured=false", [3, 2, 1]),
        ("sku=x&type=simple", [1]),
        ("sku=x&status=trash", [4]),
        ("include=1,2", [1]),
        ("include=1,2&sku=x", [2, 1]),
        ("sku=x&exclude=2", [3, 1]),
    ],
)
def test_a_variation_is_found_by_its_sku_and_what_else_it_is(get, put, query, found):
    put("P", 1, sku="x", stock_status="instock")
    put("V", 2, sku="X", stock_status="outofstock", on_sale=True)
    put("V", 3, sku="x", stock_status="instock", on_sale=True, status="private")
    put("V", 4, sku="x", status="trash")
    put("V", 5, sku="y")
    status, _, body = get("/products", query)
    assert (status, found) == (400, None) or [row["id"] for row in body] == found


@pytest.mark.parametrize("number", ["9" * 4301, "0" * 5000 + "3", "-" + "7" * 2100, "1" + "0" * 12])
def test_a_category_of_very_many_digits_is_one_that_nothing_is_in(get, put, number):
    put("P", 1, categories=[{"id": 3}], tags=[{"id": 3}])
    for name in ("category", "tag"):
        status, headers, body = get("/products", f"{name}={number}")
        found = int(number.endswith("3"))
        assert (status, headers["X-WP-Total"], len(body)) == (200, f"{found}", found)


def test_skus_are_served_up_to_a_hundred(get, put, calls):
    put("P", 1, sku="x7")
    skus = [f"x{number}" for number in range(101)]
    with calls("dynamodb") as counts:
        status, headers, _ = get("/products", f"sku={','.join(skus[:100])}&after=2020-01-01T00:00:00")
    assert (status, headers["X-WP-Total"]) == (200, "1")
    assert counts.total() < 450
    status, _, body = get("/products", f"sku={','.join(skus)}")
    assert (status, [*body["data"]["details"]]) == (400, ["sku"])


def test_a_sku_of_very_many_with_another_filter_is_refused(handler, get, put, monkeypatch):
    for number in (1, 2, 3):
        put("P", number, sku="x")
    handler.patch(monkeypatch, "BATCH_KEYS", 2)
    assert get("/products", "sku=x")[1]["X-WP-Total"] == "3"
    status, _, body = get("/products", "sku=x&type=simple")
    assert (status, sorted(body["data"]["details"])) == (400, ["sku", "type"])
