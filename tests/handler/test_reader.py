"""The read API as a client of WooCommerce sees it."""

import json
import logging
from urllib.parse import parse_qsl, urlsplit

import pytest
from botocore.exceptions import ConnectTimeoutError

PLURALS = {"O": "orders", "P": "products", "C": "customers", "K": "coupons"}


@pytest.mark.parametrize(("letter", "plural"), PLURALS.items())
def test_a_list_is_the_stored_bodies_side_by_side(handler, put, new_event, letter, plural):
    bodies = [put(letter, number, date_created=f"2024-03-0{number}T10:00:00") for number in (3, 1, 2)]
    answer = handler.read(new_event(f"/wp-json/wc/v3/{plural}", "per_page=2"), None)
    first, second = (bodies[1], bodies[2]) if letter == "C" else (bodies[0], bodies[2])
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
    body = put(letter, 727, status="trash")
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
    ],
)
def test_an_unknown_id_is_the_404_of_its_kind(get, put, plural, code, message):
    put("V", 72)
    for number in ("72", "0", "9999999999999999999"):
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
        ("POST", "/wp-json/wc/v3/orders"),
        ("DELETE", "/wp-json/wc/v3/orders/1"),
    ],
)
def test_any_other_route_is_woocommerces_404(handler, new_event, method, path):
    answer = handler.read(new_event(path, method=method), None)
    assert answer["statusCode"] == 404
    assert json.loads(answer["body"]) == {
        "code": "rest_no_route",
        "message": "No route was found matching the URL and request method.",
        "data": {"status": 404},
    }


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


def test_a_response_over_lambdas_limit_says_what_to_do(handler, get, put, monkeypatch):
    body = put("O", 1, note='"' * 500)
    assert len(body) < 2_000 < len(json.dumps(body.decode()))
    handler.patch(monkeypatch, "RESPONSE_BYTES", 2_000)
    for path in ("/orders", "/orders/1"):
        status, _, body = get(path)
        assert (status, body["code"], body["data"]) == (400, "woo_stack_too_large", {"status": 400})
        assert "lower per_page" in body["message"]


def test_a_page_over_the_limit_is_not_even_unpacked(handler, get, put, monkeypatch):
    put("O", 1, note="x" * 3_000)
    handler.patch(monkeypatch, "RESPONSE_BYTES", 2_000)
    monkeypatch.setattr(handler.Store, "page", spy := Spy(handler.Store.page))
    assert get("/orders")[0] == 400
    assert spy.raised == [handler.PageTooLarge]


class Spy:
    """A method that notes the types of what it raises."""

    def __init__(self, method):
        self.method, self.raised = method, []

    def __get__(self, instance, owner):
        def call(*arguments):
            try:
                return self.method(instance, *arguments)
            except Exception as error:
                self.raised.append(type(error))
                raise

        return call


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
    get("/orders/4711")
    get("/customers/jane@example.com")
    assert [vars(r)["route"] for r in records()[1:]] == ["GET /wp-json/wc/v3/orders/{id}", "none"]
    written = repr([vars(record) for record in records()])
    assert not [word for word in ("cs_hidden", "jane", "4711", "api.example.net") if word in written]


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
@pytest.mark.parametrize(("path", "operation"), [("/orders", "Query"), ("/orders/1", "GetItem")])
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
    assert record.exc_info[1] is not None


def test_a_table_that_does_not_answer_is_a_500(handler, get, monkeypatch, records):
    def down(**_):
        raise ConnectTimeoutError(endpoint_url="https://dynamodb")

    monkeypatch.setattr(handler.client("dynamodb"), "query", down)
    assert get("/orders")[0] == 500
    assert [record.levelname for record in records()] == ["ERROR"]


@pytest.mark.parametrize("broken", [{}, {"requestContext": None, "path": "/x"}, {"path": None}])
def test_even_a_broken_event_gets_an_answer(handler, broken):
    assert json.loads(handler.read(broken, None)["body"])["data"]["status"] in (404, 500)


def test_the_routes_answered_are_the_declared_ones(handler):
    base = "GET /wp-json/wc/v3"
    assert set(handler.ROUTES) == {
        f"{base}/{plural}{rest}" for plural in ("products", "orders", "customers", "coupons") for rest in ("", "/{id}")
    }


def test_reading_calls_nothing_but_reads(get, put, calls, handler, monkeypatch):
    put("O", 1)
    put("O", 2)
    handler.patch(monkeypatch, "NEAR_ROWS", 0)
    with calls("dynamodb") as counts:
        for path in ("/orders", "/orders/1", "/orders/9", "/nothing"):
            get(path)
        get("/orders", "page=2&per_page=1")
    assert set(counts) - {"rows"} == {"GetItem", "Query", "BatchGetItem"}
