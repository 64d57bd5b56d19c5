"""Parameters: refused in WooCommerce's own words where it refuses, honestly where we do not serve them."""

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
        for name, detail in details.items():
            assert detail["data"] == ({"param": name} if detail["code"] == "rest_invalid_type" else None)
        return {name: (detail["code"], detail["message"]) for name, detail in details.items()}

    return found


PER_PAGE = ("rest_out_of_bounds", "per_page must be between 1 (inclusive) and 100 (inclusive)")


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
        ("order[]=asc", ("rest_not_in_enum", "order is not one of asc and desc.")),
        ("context=embed", ("rest_not_in_enum", "context is not one of view and edit.")),
        ("orderby=", ("rest_not_in_enum", "orderby is not one of date, id, include, title, slug, and modified.")),
    ],
)
def test_woocommerces_own_refusals(faults, query, fault):
    assert faults("/orders", query) == {query.partition("=")[0].removesuffix("[]"): fault}


def test_all_that_is_wrong_is_named_at_once(faults):
    assert set(faults("/orders", "per_page=500&page=0&order=x&search=y&fine=1")) == {
        "per_page",
        "page",
        "order",
        "search",
    }


#: Every parameter of wc/v3's lists that is not served, with a value that is not WooCommerce's default.
COMMON = "search=a include=1 exclude=1 context=edit _fields=id _envelope=1 _envelope= orderby=id orderby=include"
DATES = (
    "after=2024-01-01T00:00:00 before=2024-01-01T00:00:00 modified_after=2024-01-01T00:00:00"
    " modified_before=2024-01-01T00:00:00 dates_are_gmt=true dates_are_gmt=1 orderby=modified orderby=slug"
    " orderby=title"
)
META = "include_meta=a exclude_meta=a"
UNSERVED = {
    "/products": f"{COMMON} {DATES} {META} parent=0 parent_exclude=1 slug=a status=publish type=simple sku=a"
    " featured=true featured=false category=1 tag=1 shipping_class=1 attribute=pa_color attribute_term=1"
    " tax_class=standard on_sale=false min_price=1 max_price=1 stock_status=instock image_size=medium search_sku=a"
    " search_name_or_sku=a search_fields=sku include_status=draft exclude_status=draft include_types=simple"
    " exclude_types=simple downloadable=false virtual=false stock_quantity=1 min_stock_quantity=1"
    " max_stock_quantity=1 global_unique_id=1 pos_products_only=false orderby=menu_order orderby=price"
    " orderby=popularity orderby=rating include[]=1",
    "/orders": f"{COMMON} {DATES} {META} parent=1 parent_exclude=1 status=completed status=any,trash customer=0"
    " product=1 dp=4 order_item_display_meta=true status[]=completed",
    "/customers": f"{COMMON} email=a@example.com role=all",
    "/coupons": f"{COMMON} {DATES} code=10off",
}


@pytest.mark.parametrize(
    ("path", "query"), [(path, pair) for path, pairs in UNSERVED.items() for pair in pairs.split()]
)
def test_a_parameter_that_is_not_served_is_refused_by_name(faults, path, query):
    name = query.partition("=")[0].removesuffix("[]")
    text = f"{name} is not served by this API, or not with this value."
    assert faults(path, query) == {name: ("woo_stack_not_served", text)}


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/products", "status=any&order=desc&orderby=date&image_size=full&dates_are_gmt=false&context=view&_fields="),
        ("/products", "search=&sku=&include=&exclude[]=&category=&parent=&slug=&min_price="),
        ("/orders", "status=any&dp=2&order_item_display_meta=False&dates_are_gmt=0&page=1&per_page=10"),
        ("/orders", "status[]=any&status[]=any"),
        ("/orders", "status=trash&status=any"),
        ("/customers", "role=customer&orderby=name&order=asc&after=2024&status=trash"),
        ("/coupons", "code=&role=all&customer=7&orderby=date"),
        ("/coupons", "dp=4&include_meta=a&image_size=medium&order_item_display_meta=true"),
        ("/products", "dp=4&order_item_display_meta=true"),
        ("/orders", "image_size=medium"),
    ],
)
def test_what_woocommerce_assumes_or_does_not_know_is_let_pass(faults, path, query):
    assert faults(path, query) == {}


@pytest.mark.parametrize("query", ["_fields=id", "_envelope=1", "context=edit", "dp=4", "include_meta=a"])
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
        ("", {}),
    ],
)
def test_php_reads_the_query(handler, new_event, query, given):
    assert handler.parameters(new_event("/", query)) == given
