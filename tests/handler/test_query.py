"""Parameters: refused in WooCommerce's own words where it refuses, honestly where we do not serve them."""

import re

import pytest


@pytest.fixture(scope="module")
def one_table(new_table):
    return new_table()


@pytest.fixture
def table(one_table, monkeypatch):
    """One table for this module: hardly a test here stores anything."""
    monkeypatch.setenv("TABLE_NAME", one_table)
    return one_table


@pytest.fixture
def faults(get):
    """The refused parameters of a list, with code and text; the answer's shape is checked on the way."""

    def found(path, query):
        status, _, body = get(path, query)
        if status == 200:
            return {}
        details = body["data"]["details"]
        assert (status, body["code"], body["data"]["status"]) == (400, "rest_invalid_param", 400)
        assert body["message"] == f"Invalid parameter(s): {', '.join(details)}"
        assert body["data"]["params"] == {name: detail["message"] for name, detail in details.items()}
        for detail in details.values():
            part = detail["message"].partition(" ")[0]
            assert detail["data"] == ({"param": part} if detail["code"] == "rest_invalid_type" else None)
        return {name: (detail["code"], detail["message"]) for name, detail in details.items()}

    return found


PER_PAGE = ("rest_out_of_bounds", "per_page must be between 1 (inclusive) and 100 (inclusive)")

INCLUDE = ("rest_invalid_type", "include[1] is not of type integer.")
DATE = ("rest_invalid_date", "Invalid date.")
ORDERS = (
    "any, trash, auto-draft, pending, processing, on-hold, completed, cancelled, refunded, failed, and checkout-draft"
)
STATUS = ("rest_not_in_enum", f"status[0] is not one of {ORDERS}.")
PRODUCTS = "any, future, trash, draft, pending, private, and publish"
ROLES = "all, administrator, editor, author, contributor, subscriber, customer, and shop_manager"
STOCK = "instock, outofstock, and onbackorder"


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("per_page=0", PER_PAGE),
        ("per_page=101", PER_PAGE),
        ("per_page=-1", PER_PAGE),
        ("page=0", ("rest_out_of_bounds", "page must be greater than or equal to 1")),
        ("page=x", ("rest_invalid_type", "page is not of type integer.")),
        ("page=", ("rest_invalid_type", "page is not of type integer.")),
        ("page=1.5", ("rest_invalid_type", "page is not of type integer.")),
        ("page=1_0", ("rest_invalid_type", "page is not of type integer.")),
        ("page=\u0663", ("rest_invalid_type", "page is not of type integer.")),
        ("page=nan", ("rest_invalid_type", "page is not of type integer.")),
        ("page=1e999", ("rest_invalid_type", "page is not of type integer.")),
        ("page[]=2", ("rest_invalid_type", "page is not of type integer.")),
        ("offset=two", ("rest_invalid_type", "offset is not of type integer.")),
        ("order=up", ("rest_not_in_enum", "order is not one of asc and desc.")),
        ("order=ASC", ("rest_not_in_enum", "order is not one of asc and desc.")),
        ("order[]=asc", ("rest_invalid_type", "order is not of type string.")),
        ("per_page=1e9", PER_PAGE),
        ("per_page=%00", ("rest_invalid_type", "per_page is not of type integer.")),
        ("per_page=1%0a2", ("rest_invalid_type", "per_page is not of type integer.")),
        ("include=1,x", INCLUDE),
        ("include[]=1&include[]=", INCLUDE),
        ("include[5]=1&include[9]=1.5", INCLUDE),
        ("include=1%202,1e999", ("rest_invalid_type", "include[2] is not of type integer.")),
        ("after=2024", DATE),
        ("after=", DATE),
        ("after=2024-13-01T00:00:00", DATE),
        ("after=2024-01-01T25:00:00", DATE),
        ("after=2024-02-30T00:00:00", DATE),
        ("after=2024-01-01T00:00:00%00", DATE),
        ("after=\u0662024-01-01T00:00:00", DATE),
        ("after[]=2024-01-01T00:00:00", ("rest_invalid_type", "after is not of type string.")),
        ("status=a/b", STATUS),
        ("status[]=", STATUS),
        ("status=%00", STATUS),
        ("status[]=completed&status[]=caf\u00e9", ("rest_not_in_enum", STATUS[1].replace("[0]", "[1]"))),
        ("customer=x", ("rest_invalid_type", "customer is not of type integer.")),
        ("customer=", ("rest_invalid_type", "customer is not of type integer.")),
        ("product=1.5", ("rest_invalid_type", "product is not of type integer.")),
        ("context=embed", ("rest_not_in_enum", "context is not one of view and edit.")),
        ("orderby=", ("rest_not_in_enum", "orderby is not one of date, id, include, title, slug, and modified.")),
    ],
)
def test_woocommerces_own_refusals(faults, query, fault):
    assert faults("/orders", query) == {re.split(r"[=\[]", query)[0]: fault}


@pytest.mark.parametrize(
    ("path", "query", "fault"),
    [
        ("/products", "status=wrong", ("rest_not_in_enum", f"status is not one of {PRODUCTS}.")),
        ("/orders", "status=Processing", STATUS),
        ("/customers", "role=Customer", ("rest_not_in_enum", f"role is not one of {ROLES}.")),
        ("/products", "stock_status=", ("rest_not_in_enum", f"stock_status is not one of {STOCK}.")),
        (
            "/products",
            "type=a%20b",
            ("rest_not_in_enum", "type is not one of simple, grouped, external, and variable."),
        ),
        ("/products", "featured=yes", ("rest_invalid_type", "featured is not of type boolean.")),
        ("/products", "on_sale=", ("rest_invalid_type", "on_sale is not of type boolean.")),
        ("/products", "on_sale[]=true", ("rest_invalid_type", "on_sale is not of type boolean.")),
        ("/products", "category[]=1", ("rest_invalid_type", "category is not of type string.")),
        ("/products", "sku[]=a", ("rest_invalid_type", "sku is not of type string.")),
        ("/customers", "email=a", ("rest_invalid_email", "Invalid email address.")),
        ("/customers", "email=a@b", ("rest_invalid_email", "Invalid email address.")),
        ("/customers", "email=%0aa@example.com", ("rest_invalid_email", "Invalid email address.")),
        ("/products/categories", "hide_empty=no", ("rest_invalid_type", "hide_empty is not of type boolean.")),
        ("/products/categories", "parent=x", ("rest_invalid_type", "parent is not of type integer.")),
    ],
)
def test_woocommerces_refusals_of_other_lists(faults, path, query, fault):
    assert faults(path, query) == {re.split(r"[=\[]", query)[0]: fault}


def test_all_that_is_wrong_is_named_at_once(faults):
    assert set(faults("/orders", "per_page=500&page=0&order=x&search=y&fine=1")) == {
        "per_page",
        "page",
        "order",
        "search",
    }


#: Every parameter of wc/v3's lists that is not served, with a value that is not WooCommerce's default.
COMMON = "search=a context=edit"
DATES = (
    "modified_after=2024-01-01T00:00:00 modified_before=2024-01-01T00:00:00 dates_are_gmt=true dates_are_gmt=1"
    " orderby=modified orderby=slug orderby=title orderby=include"
)
ZONES = "after=2024-01-01T00:00:00Z before=2024-01-01T00:00:00.5+01:00"
META = "include_meta=a exclude_meta=a"
GOODS = (
    f"{COMMON} {DATES} {ZONES} {META} parent=1 parent_exclude=1 tax_class=standard min_price=1 max_price=1"
    " image_size=medium brand=3 search_sku=a search_name_or_sku=a search_fields=sku include_status=draft"
    " exclude_status=draft include_types=simple exclude_types=simple downloadable=false virtual=false stock_quantity=1"
    " min_stock_quantity=1 max_stock_quantity=1 global_unique_id=1 pos_products_only=false orderby=menu_order"
    " orderby=price orderby=popularity orderby=rating"
)
UNSERVED = {
    "/products": f"{GOODS} parent=0 shipping_class=1 attribute=pa_color attribute_term=1",
    "/products/5/variations": f"{GOODS} status=publish on_sale=false stock_status=instock slug=a has_price=true",
    "/orders": f"{COMMON} {DATES} {ZONES} {META} parent=1 parent_exclude=1 dp=4 order_item_display_meta=true",
    "/customers": f"{COMMON} orderby=include",
    "/coupons": f"{COMMON} {DATES} {ZONES}",
    "/products/categories": f"{COMMON} product=1 orderby=slug orderby=term_group orderby=description orderby=count",
    "/products/tags": f"{COMMON} product=1 orderby=count",
}


@pytest.mark.parametrize("path", UNSERVED)
def test_a_parameter_that_is_not_served_is_refused_by_name(faults, path):
    for pair in UNSERVED[path].split():
        name, _, value = pair.partition("=")
        text = f"{name} is not served by this API, or not with this value."
        if value.startswith("2024") and name in ("after", "before"):
            text = f"{name} is served in the shop's own time only: without a zone."
        assert faults(path, pair.replace("+", "%2B")) == {name: ("woo_stack_not_served", text)}


@pytest.mark.parametrize("name", ["include", "exclude", "category", "tag"])
def test_no_more_ids_are_taken_than_a_batch_holds(faults, name):
    hundred = ",".join(f"{number}" for number in range(1, 101))
    assert faults("/products", f"{name}={hundred}") == {}
    text = f"{name} is served with at most 100 values."
    assert faults("/products", f"{name}={hundred},101") == {name: ("woo_stack_not_served", text)}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/products", "status=any&order=desc&orderby=date&image_size=full&dates_are_gmt=false&context=view&_fields="),
        ("/products", "search=&sku=&include=&exclude=&category=&tag=&parent=&slug=&min_price=&sku=0"),
        ("/orders", "status=any&dp=2&order_item_display_meta=False&dates_are_gmt=0&page=1&per_page=10"),
        ("/orders", "status[]=any&status[]=any"),
        ("/orders", "status=trash&status=any"),
        ("/customers", "role=customer&orderby=name&order=asc&after=2024&status=trash"),
        ("/coupons", "code=&role=all&customer=7&orderby=date&code=0"),
        ("/orders", "status=&after=1970-01-01T00:00:00&before=2024-02-29%2023:59:59.25&page=1e300"),
        ("/orders", "include=99999999999999999999,1e300,-7,0&orderby=include&product=0"),
        ("/products", "featured=True&on_sale=FALSE&tag=abc,-7,1.5,5x&category=0&type=subscription"),
        ("/products", "slug=%00%01&sku=%00,%7F,%F0%9F%98%80"),
        ("/customers", "email=o'neil%2Bx@sub.example.co&orderby=id&role=wholesale"),
        ("/products/categories", "hide_empty=false&parent=0&slug[]=a&slug[]=b"),
        ("/products/tags", "parent=x&slug=a,b"),
        ("/coupons", "dp=4&include_meta=a&image_size=medium&order_item_display_meta=true"),
        ("/products", "dp=4&order_item_display_meta=true"),
        ("/orders", "image_size=medium"),
    ],
)
def test_what_woocommerce_assumes_or_does_not_know_is_let_pass(faults, path, query):
    assert faults(path, query) == {}


@pytest.mark.parametrize("query", ["context=edit", "dp=4", "include_meta=a"])
def test_what_shapes_a_document_is_refused_for_a_single_one_too(faults, put, query):
    put("O", 5)
    assert list(faults("/orders/5", query)) == [query.partition("=")[0]]


def test_list_parameters_mean_nothing_to_a_single_document(faults, put):
    put("O", 5)
    assert faults("/orders/5", "status=trash&per_page=0&page=x&orderby=q&_fields=&dp=2&context=view") == {}


@pytest.mark.parametrize(
    ("query", "given"),
    [
        ("a=1&a=2", {"a": "2"}),
        ("a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a[0]=1&a[1]=2", {"a": ["1", "2"]}),
        ("a[]=1&a[]=1&a[]=2", {"a": ["1", "2"]}),
        ("a=1&a[]=2", {"a": ["2"]}),
        ("a[]=2&a=1", {"a": "1"}),
        ("a=", {"a": ""}),
        ("a[5]=1&a[x]=2", {"a": ["1", "2"]}),
        ("[a]=1", {"": ["1"]}),
        ("", {}),
    ],
)
def test_php_reads_the_query(handler, new_event, query, given):
    assert handler.parameters(new_event("/", query)) == given
