"""The read API as a client of WooCommerce sees it."""

import base64
import gzip
import json
import logging
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore.exceptions import ConnectTimeoutError

PLURALS = {"O": "orders", "P": "products", "C": "customers", "K": "coupons"}
PLURALS |= {"V": "products/22/variations", "G": "products/categories", "T": "products/tags"}


@pytest.mark.parametrize(("letter", "plural"), PLURALS.items())
def test_a_list_is_the_stored_bodies_side_by_side(handler, put, new_event, letter, plural):
    bodies = [put(letter, number, date_created=f"2024-03-0{number}T10:00:00") for number in (3, 1, 2)]
    answer = handler.read(new_event(f"/wp-json/wc/v3/{plural}", "per_page=2"), None)
    first, second = (bodies[1], bodies[2]) if letter in "CGT" else (bodies[0], bodies[2])
    assert answer["statusCode"] == 200
    assert answer["body"].encode() == b"[" + first + b"," + second + b"]"
    assert {name: answer["headers"][name] for name in ("X-WP-Total", "X-WP-TotalPages")} == {
        "X-WP-Total": "3",
        "X-WP-TotalPages": "2",
    }


def test_the_headers_of_woocommerce_are_on_every_answer(get, put):
    put("O", 1)
    for path in ("/orders", "/orders/1", "/orders/2", "/nothing"):
        headers = get(path)[1]
        assert headers["Content-Type"] == "application/json; charset=UTF-8"
        assert headers["Access-Control-Expose-Headers"] == "X-WP-Total, X-WP-TotalPages, Link"
        assert headers["Allow"] == "GET"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Robots-Tag"] == "noindex"
        assert "no-store" in headers["Cache-Control"]


@pytest.mark.parametrize(("letter", "plural"), PLURALS.items())
def test_a_single_document_is_what_was_stored(handler, put, new_event, letter, plural):
    body = put(letter, 727, status="trash" if letter in "POVK" else "")
    for path in (f"/wp-json/wc/v3/{plural}/727", f"/wp-json/WC/v3/{plural.upper()}/0727/"):
        answer = handler.read(new_event(path), None)
        assert (answer["statusCode"], answer["body"].encode()) == (200, body)


@pytest.mark.parametrize(
    ("plural", "code", "message"),
    [
        ("products", "woocommerce_rest_product_invalid_id", "Invalid ID."),
        ("orders", "woocommerce_rest_shop_order_invalid_id", "Invalid ID."),
        ("coupons", "woocommerce_rest_shop_coupon_invalid_id", "Invalid ID."),
        ("customers", "wc_user_invalid_id", "Invalid user ID."),
        ("products/categories", "woocommerce_rest_term_invalid", "Resource does not exist."),
        ("products/tags", "woocommerce_rest_term_invalid", "Resource does not exist."),
        ("products/5/variations", "woocommerce_rest_product_variation_invalid_id", "Invalid ID."),
    ],
)
def test_an_unknown_id_is_the_404_of_its_kind(get, put, plural, code, message):
    put("P", 5)
    put("V", 6, parent_id=4)
    for number in ("72", "0", "9999999999999999999", *(["5", "6"] if "5" in plural else [])):
        status, _, body = get(f"/{plural}/{number}")
        assert (status, body) == (404, {"code": code, "message": message, "data": {"status": 404}})


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/"),
        ("GET", "/wp-json/wc/v3"),
        ("GET", "/wp-json/wc/v2/orders"),
        ("GET", "/wp-json/wc/v3/refunds"),
        ("GET", "/wp-json/wc/v3/orders/abc"),
        ("GET", "/wp-json/wc/v3/orders/{id}"),
        ("GET", "/wp-json/wc/v3/orders/-1"),
        ("GET", "/wp-json/wc/v3/orders/\u0663"),
        ("GET", "/wp-json/wc/v3/orders//"),
        ("GET", "/wp-json/wc/v3/orders/1\n"),
        ("GET", "/wp-json/wc/v3/orders/1/notes"),
        ("GET", "/wp-json/wc/v3/"),
        ("GET", "/wp-json/wc/v3/products/x/variations"),
        ("GET", "/wp-json/wc/v3/products/categories/shirts"),
        ("GET", "/wp-json/wc/v3/reports/sales"),
        ("GET", "/wp-json/wc/v3/reports/tags/totals"),
        ("HEAD", "/wp-json/wc/v3/refunds"),
        ("OPTIONS", "/wp-json/wc/v3/refunds"),
        ("PUT", "/wp-json/wc/v3/orders/1"),
        ("POST", "/wp-json/wc/v3/orders"),
        ("DELETE", "/wp-json/wc/v3/orders/1"),
    ],
)
def test_any_other_route_is_woocommerces_404(handler, new_event, method, path):
    answer = handler.read(new_event(path, method=method), None)
    assert answer["statusCode"] == 404
    assert (
        answer["body"] == ""
        if method == "HEAD"
        else json.loads(answer["body"])
        == {
            "code": "rest_no_route",
            "message": "No route was found matching the URL and request method.",
            "data": {"status": 404},
        }
    )


def test_a_base_path_of_a_custom_domain_may_come_first(handler, put, new_event):
    body = put("K", 3)
    assert handler.read(new_event("/shop/wp-json/wc/v3/coupons/3"), None)["body"].encode() == body


def test_hidden_statuses_are_left_out_of_lists(get, put):
    for number, status in enumerate(["trash", "auto-draft", "checkout-draft", "pending"], 1):
        put("O", number, status=status)
    status, headers, body = get("/orders", "status=any")
    assert ([row["id"] for row in body], headers["X-WP-Total"]) == ([4], "1")


@pytest.fixture
def seven(put):
    """Seven orders of one second, so that the id decides."""
    for number in range(1, 8):
        put("O", number)


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", [7, 6, 5, 4, 3, 2, 1]),
        ("per_page=3", [7, 6, 5]),
        ("per_page=3&page=2", [4, 3, 2]),
        ("per_page=3&page=3", [1]),
        ("per_page=3&page=4", []),
        ("per_page=3&order=asc", [1, 2, 3]),
        ("per_page=3&order=asc&orderby=date&page=2", [4, 5, 6]),
        ("per_page=3&offset=2", [5, 4, 3]),
        ("per_page=3&offset=2&page=3", [5, 4, 3]),
        ("per_page=3&offset=0&page=3", [7, 6, 5]),
        ("per_page=3&offset=-2", [5, 4, 3]),
        ("offset=7", []),
        ("per_page=2&per_page=3", [7, 6, 5]),
        ("per_page=%203&page=2.0", [4, 3, 2]),
        ("per_page=3e0", [7, 6, 5]),
        ("page=1e300", []),
        ("unknown=1&_embed=1&_pretty=1&_jsonp=x&_method=POST&per_page=1", [7]),
    ],
)
@pytest.mark.usefixtures("seven")
def test_windows_of_a_list(get, query, ids):
    status, headers, body = get("/orders", query)
    assert (status, [row["id"] for row in body]) == (200, ids)
    assert headers["X-WP-Total"] == "7"
    per_page = 10 if "per_page" not in query else 1 if "per_page=1" in query else 3
    assert headers["X-WP-TotalPages"] == str(-(-7 // per_page))


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ("", [2, 3, 1]),
        ("order=desc", [1, 3, 2]),
        ("orderby=registered_date", [1, 2, 3]),
        ("orderby=registered_date&order=desc", [3, 2, 1]),
        ("per_page=1&page=2&offset=0", [3]),
    ],
)
def test_customers_sort_by_name_unless_asked_otherwise(get, put, query, ids):
    for number, name in enumerate(["Zoe", "adam", "\u00c9va"], 1):
        put("C", number, first_name=name, date_created=f"2024-03-0{number}T10:00:00")
    put("C", 4, role="subscriber")
    assert [row["id"] for row in get("/customers", query)[2]] == ids


def relations(link):
    """{"next": (address, {parameter: value})} of a Link header."""
    found = {}
    for part in link.split(", "):
        url, _, rel = part.partition("; rel=")
        parts = urlsplit(url.strip("<>"))
        found[rel.strip('"')] = (f"{parts.scheme}://{parts.netloc}{parts.path}", dict(parse_qsl(parts.query)))
    return found


@pytest.mark.parametrize(
    ("query", "pages"),
    [
        ("per_page=3", {"next": "2"}),
        ("per_page=3&page=2", {"prev": "1", "next": "3"}),
        ("per_page=3&page=3", {"prev": "2"}),
        ("per_page=3&page=9", {"prev": "3"}),
        ("per_page=3&offset=6", {"next": "2"}),
        ("per_page=7", {}),
    ],
)
@pytest.mark.usefixtures("seven")
def test_links_to_the_pages_before_and_after(get, query, pages):
    link = get("/orders", query)[1].get("Link")
    found = relations(link) if link else {}
    assert {rel: given["page"] for rel, (_, given) in found.items()} == pages
    assert list(found) == list(pages)
    assert {address for address, _ in found.values()} <= {"https://api.example.net/live/wp-json/wc/v3/orders"}


@pytest.mark.parametrize("page", ["1", "2", "50"])
def test_an_empty_list_has_no_page_to_link_to(get, page):
    status, headers, body = get("/coupons", f"page={page}")
    assert (status, body, headers["X-WP-Total"], headers["X-WP-TotalPages"]) == (200, [], "0", "0")
    assert "Link" not in headers


def test_links_of_customers_follow_the_offset(get, put):
    for number in range(1, 8):
        put("C", number)
    link = get("/customers", "per_page=2&offset=3")[1]["Link"]
    assert {rel: given["page"] for rel, (_, given) in relations(link).items()} == {"prev": "2", "next": "4"}


@pytest.mark.usefixtures("seven")
def test_links_keep_the_parameters_encoded_and_drop_the_credentials(get):
    secrets = "consumer_key=ck_1&consumer_secret=cs_2&oauth_signature=s3"
    link = get("/orders/", f"{secrets}&per_page=3&page=1&x=%22%3E%26+%C3%A9&tag[]=a&tag[]=b&status[0]=any")[1]["Link"]
    assert link == (
        "<https://api.example.net/live/wp-json/wc/v3/orders?per_page=3&page=2&x=%22%3E%26+%C3%A9"
        '&tag%5B0%5D=a&tag%5B1%5D=b&status%5B0%5D=any>; rel="next"'
    )


@pytest.mark.usefixtures("seven")
def test_links_are_met_with_any_case_of_the_host_header(handler, new_event):
    request = new_event("/wp-json/wc/v3/orders", "per_page=3")
    request["headers"] = {"hOST": "shop.example.org"}
    assert handler.read(request, None)["headers"]["Link"].startswith("<https://shop.example.org/live/wp-json")


@pytest.mark.usefixtures("seven")
def test_a_link_leads_nowhere_but_to_the_path(handler, new_event):
    request = new_event("/wp-json/wc/v3/orders", "per_page=3")
    path = '/x>; rel="next", <https://evil.example/%C3%A9/\u00e9/wp-json/wc/v3/orders'
    request["requestContext"] |= {"path": path}
    request["headers"] = {"host": "shop.example"}
    quoted = "/x%3E%3B%20rel%3D%22next%22%2C%20%3Chttps%3A//evil.example/%C3%A9/%C3%A9/wp-json/wc/v3/orders"
    link = f'<https://shop.example{quoted}?per_page=3&page=2>; rel="next"'
    # Before the path of an HTTP API the function puts the stage.
    assert handler.read(request, None)["headers"]["Link"].replace("/live", "") == link


def test_a_response_over_lambdas_limit_says_what_to_do(handler, get, put, monkeypatch):
    body = put("O", 1, note='"' * 500)
    assert len(body) < 2_000 < len(json.dumps(body.decode()))
    handler.patch(monkeypatch, "RESPONSE_BYTES", 2_000)
    for path in ("/orders", "/orders/1"):
        status, _, body = get(path)
        assert (status, body["code"], body["data"]) == (400, "woo_stack_too_large", {"status": 400})
        assert "per_page" in body["message"]


def test_documents_that_would_fill_the_memory_are_not_unpacked(handler, get, put, monkeypatch):
    for number in (1, 2):
        put("O", number, note="x" * 3_000)
    handler.patch(monkeypatch, "UNPACKED_BYTES", 4_000)
    assert get("/orders", "per_page=1")[0] == 200
    status, _, body = get("/orders")
    assert (status, body["code"]) == (400, "woo_stack_too_large")


GZIP = {"Accept": "*/*", "Accept-Encoding": "gzip"}


def test_a_single_document_goes_out_as_it_is_stored_to_who_can_read_that(handler, put, new_event, mirror):
    body = put("O", 727)
    answer = handler.read(new_event("/wp-json/wc/v3/orders/727", **GZIP), None)
    sent = base64.b64decode(answer["body"])
    assert sent == mirror.table.item("s#O#727")["z"]["B"]
    assert gzip.decompress(sent) == body
    assert (answer["isBase64Encoded"], answer["headers"]["Content-Encoding"]) == (True, "gzip")


def test_a_single_document_is_the_same_bytes_packed_and_plain(handler, put, mirror):
    body = put("O", 727)
    spaced = b" \r\n" + body + b"\n\n"
    item = mirror.table.item("s#O#727")
    assert handler.served(item | {"z": {"B": gzip.compress(spaced)}}) == spaced
    texts = [*handler.bodies([item | {"z": {"B": gzip.compress(spaced)}}], {})]
    assert texts == [spaced.decode()]


@pytest.mark.parametrize("query", ["_fields=id", "_envelope=1"])
def test_a_document_that_is_changed_on_its_way_is_text(handler, put, new_event, query):
    put("O", 727)
    answer = handler.read(new_event("/wp-json/wc/v3/orders/727", query, **GZIP), None)
    assert (answer["isBase64Encoded"], json.loads(answer["body"]).get("id", 727)) == (False, 727)
    head = handler.read(new_event("/wp-json/wc/v3/orders/727", method="HEAD", **GZIP), None)
    assert (head["isBase64Encoded"], head["body"], "Content-Encoding" in head["headers"]) == (False, "", False)


@pytest.mark.parametrize(
    ("accepted", "packed"),
    [
        ("gzip", True),
        ("deflate, GZIP ; q=0.5, br", True),
        ("*", True),
        ("br, *;q=0.1", True),
        ("gzip;q=0", False),
        ("gzip; q=0.000, *", False),
        ("gzip;\tq=0", False),
        ("*;q=0", False),
        ("deflate, br", False),
        ("identity", False),
        ("", False),
    ],
)
def test_a_large_answer_is_packed_for_who_can_read_it(*, handler, put, new_event, monkeypatch, accepted, packed):
    body = put("O", 1, note='"' * 20_000)
    handler.patch(monkeypatch, "GZIP_BYTES", 9_000)
    headers = {"accept-ENCODING": accepted} if accepted else {}
    request = new_event("/wp-json/wc/v3/orders", accept="*/*", **headers)
    answer = handler.read(request, None)
    assert answer["isBase64Encoded"] is packed
    assert answer["headers"].get("Content-Encoding") == ("gzip" if packed else None)
    assert answer["headers"]["Vary"] == "Accept-Encoding"
    text = gzip.decompress(base64.b64decode(answer["body"])) if packed else answer["body"].encode()
    assert text == b"[" + body + b"]"


def test_gzip_gets_through_what_is_too_large_otherwise(handler, put, new_event, monkeypatch):
    put("O", 1, note="x" * 150_000)
    handler.patch(monkeypatch, "RESPONSE_BYTES", 140_000)
    path = "/wp-json/wc/v3/orders"
    assert handler.read(new_event(path), None)["statusCode"] == 400
    headers = {"Accept-Encoding": "gzip"}
    assert handler.read(new_event(path, Accept="application/json", **headers), None)["statusCode"] == 200
    # API Gateway would hand out the base64 as it is.
    assert handler.read(new_event(path, **headers), None)["statusCode"] == 400


def test_a_small_answer_is_not_packed(handler, put, new_event):
    put("O", 1)
    answer = handler.read(new_event("/wp-json/wc/v3/orders", Accept="*/*", **{"Accept-Encoding": "gzip"}), None)
    assert (answer["isBase64Encoded"], "Content-Encoding" in answer["headers"]) == (False, False)


@pytest.fixture
def records(caplog):
    """What the handler has logged so far, when called."""
    caplog.set_level(logging.INFO, logger="woo_stack")
    return lambda: caplog.records


def test_one_record_a_request_with_nothing_personal(get, put, records):
    put("O", 4711, billing={"email": "jane@example.com"})
    get("/orders", "search=&consumer_secret=cs_hidden&x=jane")
    (record,) = records()
    assert (record.levelname, record.message, record.name) == ("INFO", "read", "woo_stack")
    facts = {name: vars(record)[name] for name in ("route", "status", "gateway_request_id", "total", "rows")}
    assert facts == {
        "route": "GET /wp-json/wc/v3/orders",
        "status": 200,
        "gateway_request_id": "request-77",
        "total": 1,
        "rows": 1,
    }
    assert 0 <= record.duration_ms < 5_000
    get("/orders/918273645")
    get("/customers/jane@example.com")
    assert [vars(r)["route"] for r in records()[1:]] == ["GET /wp-json/wc/v3/orders/{id}", "none"]
    written = repr([vars(record) for record in records()])
    assert not [word for word in ("cs_hidden", "jane", "918273645", "api.example.net") if word in written]


@pytest.mark.parametrize(
    ("code", "status", "body_code"),
    [
        ("ProvisionedThroughputExceededException", 503, "woo_stack_busy"),
        ("ThrottlingException", 503, "woo_stack_busy"),
        ("RequestLimitExceeded", 503, "woo_stack_busy"),
        ("InternalServerError", 500, "internal_server_error"),
        ("AccessDeniedException", 500, "internal_server_error"),
    ],
)
@pytest.mark.parametrize(("path", "operation"), [("/orders", "BatchGetItem"), ("/orders/1", "GetItem")])
def test_what_dynamodb_refuses_is_answered_and_logged(
    *, get, refuse, records, path, operation, code, status, body_code
):
    with refuse("dynamodb", operation, code):
        answered, headers, body = get(path)
    assert (answered, body["code"], body["data"]) == (status, body_code, {"status": status})
    assert headers.get("Retry-After") == ("1" if status == 503 else None)
    assert headers["Content-Type"] == "application/json; charset=UTF-8"
    assert "planted" not in body["message"]
    (record,) = records()
    assert (record.levelname, record.status) == ("ERROR", status)
    assert f"{record.exc_info[1]}" == ("StoreBusy" if status == 503 else code)


def test_a_table_that_does_not_answer_is_a_500(handler, get, monkeypatch, records):
    def down(**_):
        raise ConnectTimeoutError(endpoint_url="https://dynamodb")

    monkeypatch.setattr(handler.client("dynamodb"), "batch_get_item", down)
    assert get("/orders")[0] == 500
    assert [record.levelname for record in records()] == ["ERROR"]


@pytest.mark.parametrize("broken", [{}, {"requestContext": None, "path": "/x"}, {"path": None}])
def test_even_a_broken_event_gets_an_answer(handler, broken):
    assert json.loads(handler.read(broken, None)["body"])["data"]["status"] in (404, 500)


def test_the_routes_that_are_answered(handler):
    lists = {"products", "products/{parent}/variations", "products/categories", "products/tags"}
    lists |= {"orders", "customers", "coupons"}
    reports = {f"reports/{name}/totals" for name in ("orders", "products", "customers", "coupons")}
    assert {route.path for route in handler.ROUTES.values()} == lists | {f"{path}/{{id}}" for path in lists} | reports


def test_reading_calls_nothing_but_reads(get, put, calls, handler, monkeypatch):
    put("O", 1)
    put("O", 2)
    handler.patch(monkeypatch, "NEAR_ROWS", 0)
    with calls("dynamodb") as counts:
        for path in ("/orders", "/orders/1", "/orders/9", "/nothing", "/reports/orders/totals"):
            get(path)
        get("/orders", "page=2&per_page=1")
        get("/orders", "status=processing&customer=0&after=2024-01-01T00:00:00&exclude=1")
    assert set(counts) - {"rows"} == {"GetItem", "Query", "BatchGetItem"}


def test_a_kind_answers_only_where_it_belongs(get, put):
    put("V", 72, parent_id=22)
    put("P", 22)
    paths = ("/products/72", "/products/22/variations/72", "/products/23/variations/72", "/products/22/variations/22")
    assert [get(path)[0] for path in paths] == [200, 200, 404, 404]
    assert [row["id"] for row in get("/products")[2]] == [22]
    assert get("/products/22/variations")[2][0]["id"] == 72
    assert get("/products/999/variations")[::2] == (200, [])


def test_what_was_trashed_is_served_by_its_id_and_what_was_deleted_is_not(handler, get, put, mirror, new_event):
    put("O", 5)
    put("C", 6)
    later = f"{10**13 - 1}#"
    assert [mirror.delete("order", 5, later), mirror.delete("customer", 6, later)] == ["deleted", "deleted"]
    status, _, body = get("/orders/5")
    assert (status, body["status"]) == (200, "trash")
    trashed = handler.read(new_event("/wp-json/wc/v3/orders/5", **GZIP), None)
    assert (trashed["isBase64Encoded"], json.loads(trashed["body"])["status"]) == (False, "trash")
    assert [row["id"] for row in get("/orders", "status=trash")[2]] == [5]
    assert get("/orders")[2] == []
    assert get("/customers/6")[0] == 404
    assert get("/customers", "include=6")[::2] == (200, [])


def test_a_trashed_variation_is_only_served_by_its_id(get, put):
    put("V", 72, parent_id=22, status="trash")
    assert get("/products/22/variations")[2] == []
    assert get("/products/22/variations/72")[2]["status"] == "trash"


def test_head_is_get_without_a_body(handler, put, new_event):
    put("O", 1)
    put("O", 2)
    for path, query in (("orders", "per_page=1"), ("orders/1", ""), ("orders/9", ""), ("orders", "page=0")):
        get, head = (
            handler.read(new_event(f"/wp-json/wc/v3/{path}", query, method=method), None) for method in ("GET", "HEAD")
        )
        assert head == get | {"body": ""}
        assert get["body"]


@pytest.mark.parametrize("path", ["products", "products/7/variations", "orders", "customers", "products/tags"])
def test_options_describes_what_is_served(handler, get, new_event, path):
    answer = handler.read(new_event(f"/wp-json/wc/v3/{path}", method="OPTIONS"), None)
    body = json.loads(answer["body"])
    (endpoint,) = body.pop("endpoints")
    assert (answer["statusCode"], answer["headers"]["Allow"]) == (200, "GET")
    assert body == {"namespace": "wc/v3", "methods": ["GET"]}
    assert endpoint["methods"] == ["GET"]
    per_page = {"type": "integer", "required": False, "default": 10}
    assert endpoint["args"]["per_page"] == per_page
    assert endpoint["args"]["order"]["enum"] == ["asc", "desc"]
    # What is described is served: every default, and every value of an enumeration.
    for name, arg in endpoint["args"].items():
        for value in [*arg.get("enum", []), *([arg["default"]] if "default" in arg else [])]:
            query = f"{name}={','.join(value) if isinstance(value, list) else value}&include=1"
            assert get(f"/{path}", query)[0] == 200, query
    only = json.loads(handler.read(new_event(f"/wp-json/wc/v3/{path}/1", method="OPTIONS"), None)["body"])
    assert list(only["endpoints"][0]["args"]) == ["context"]


def test_the_envelope_holds_body_status_and_headers(handler, put, new_event, records):
    body = put("O", 1)
    put("O", 2)
    answer = handler.read(new_event("/wp-json/wc/v3/orders", "_envelope&per_page=1&order=asc"), None)
    assert (answer["statusCode"], "X-WP-Total" in answer["headers"]) == (200, False)
    start = b'{"body":[' + body + b'],"status":200,"headers":'
    assert answer["body"].encode().startswith(start)
    headers = json.loads(answer["body"])["headers"]
    assert headers.pop("Link").endswith('page=2>; rel="next"')
    assert headers == {"Allow": "GET", "X-WP-Total": 2, "X-WP-TotalPages": 2}
    failed = handler.read(new_event("/wp-json/wc/v3/orders/9", "_envelope=1"), None)
    assert failed["statusCode"] == 200
    assert json.loads(failed["body"])["status"] == json.loads(failed["body"])["body"]["data"]["status"] == 404
    lost = new_event("/wp-json/wc/v3/orders", "_envelope=1")
    del lost["path"]
    assert json.loads(handler.read(lost, None)["body"])["status"] == 500
    assert [record.levelname for record in records()] == ["INFO", "INFO", "ERROR"]


TOTALS = {
    "orders": [
        ("pending", "Pending payment", 0),
        ("processing", "Processing", 2),
        ("on-hold", "On hold", 1),
        ("completed", "Completed", 0),
        ("cancelled", "Cancelled", 0),
        ("refunded", "Refunded", 0),
        ("failed", "Failed", 0),
    ],
    "products": [
        ("external", "External/Affiliate product", 0),
        ("grouped", "Grouped product", 0),
        ("simple", "Simple product", 1),
        ("variable", "Variable product", 1),
    ],
    "customers": [("paying", "Paying customer", 1), ("non_paying", "Non-paying customer", 2)],
    "coupons": [
        ("percent", "Percentage discount", 1),
        ("fixed_cart", "Fixed cart discount", 1),
        ("fixed_product", "Fixed product discount", 0),
    ],
}


@pytest.fixture
def counted(put):
    """Documents for the reports to count, and some that they leave out."""
    for number, status in enumerate(["processing", "processing", "on-hold", "trash"], 1):
        put("O", number, status=status)
    for number, (kind, status) in enumerate([("simple", "publish"), ("variable", "publish"), ("grouped", "draft")], 1):
        put("P", number, type=kind, status=status)
    for number, changes in enumerate([{"is_paying_customer": True}, {}, {}, {"role": "administrator"}], 1):
        put("C", number, **changes)
    for number, (kind, status) in enumerate([("percent", "publish"), ("fixed_cart", "publish"), ("percent", "trash")]):
        put("K", number + 1, discount_type=kind, status=status)


@pytest.mark.usefixtures("counted")
def test_reports_count_by_status_and_type(get, calls):
    for name, rows in TOTALS.items():
        with calls("dynamodb") as counts:
            status, headers, body = get(f"/reports/{name}/totals")
        assert (status, "X-WP-Total" in headers) == (200, False)
        assert body == [{"slug": slug, "name": text, "total": total} for slug, text, total in rows]
        assert counts == {"BatchGetItem": 1, "rows": 0}
    assert get("/reports/coupons/totals", "_fields=total")[2] == [{"total": 1}, {"total": 1}, {"total": 0}]
