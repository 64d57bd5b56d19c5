"""The published template, deployed as it is and asked by WooCommerce's own client over HTTPS."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from woocommerce import API

from woo_stack import Settings, to_json
from woo_stack import shop as compose
from woo_stack.cli.documents import read
from woo_stack.cli.emulator import Emulator
from woo_stack.cli.localshop import LocalShop, local_shop
from woo_stack.cloudformation.changeset import ChangeSet
from woo_stack.cloudformation.events import finished
from woo_stack.cloudformation.stack import Stack
from woo_stack.cloudformation.unsupported import UnrecognizedTypesError, without_types
from woo_stack.code import archive
from woo_stack.foundation import handler_code

ONE_FILE = Path(__file__).parent.parent / "output" / "woo-stack.json"
PRODUCTS, ORDERS = 23, 7


def product(number: int) -> dict[str, Any]:
    """A product as WooCommerce returns it, with what real ones have: odd types, unicode, HTML."""
    return {
        "id": 700 + number,
        "name": f"Tücher № {number}",
        "slug": f"tuecher-{number}",
        "type": "simple",
        "status": "publish",
        "date_created": f"2024-03-{number + 1:02}T10:11:12",
        "date_created_gmt": f"2024-03-{number + 1:02}T09:11:12",
        "price": 21.5 if number % 2 else "18",
        "images": [],
        "description": "<p>Soft &amp; warm</p>",
    }


def order(number: int) -> dict[str, Any]:
    """An order with a line whose price is a long float."""
    return {
        "id": 9000 + number,
        "status": ["processing", "completed"][number % 2],
        "order_key": f"wc_order_{number}",
        "date_created": f"2024-05-0{number + 1}T08:00:00",
        "date_created_gmt": f"2024-05-0{number + 1}T06:00:00",
        "line_items": [{"id": number, "quantity": 3, "price": 6.333333333333333}],
    }


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalShop]:
    """The shop with its documents loaded, for all tests here."""
    folder = tmp_path_factory.mktemp("documents")
    products, orders = folder / "products.json", folder / "orders.jsonl"
    products.write_text(json.dumps([product(number) for number in range(PRODUCTS)]))
    orders.write_text("\n".join(json.dumps(order(number)) for number in range(ORDERS)))
    with local_shop(ONE_FILE.read_text(), parameters={"LogRetentionDays": "14"}) as running:
        assert running.load(read([str(products), str(orders)])) == f"{ORDERS} orders, {PRODUCTS} products"
        yield running


def client(shop: LocalShop, *, key: str | None = None, secret: str | None = None) -> API:
    """WooCommerce's client, which trusts the front's certificate."""
    return API(
        shop.url,
        key or shop.consumer_key,
        secret or shop.consumer_secret,
        version="wc/v3",
        timeout=20,
        verify_ssl=str(shop.ca_file),
    )


def test_lists_have_exact_totals_and_pages(shop: LocalShop) -> None:
    answer = client(shop).get("products", params={"per_page": 10, "page": 3})
    assert answer.status_code == 200
    assert answer.headers["X-WP-Total"] == str(PRODUCTS)
    assert answer.headers["X-WP-TotalPages"] == "3"
    assert answer.json() == [product(number) for number in (2, 1, 0)]


def test_links_lead_through_all_pages(shop: LocalShop) -> None:
    seen: list[int] = []
    answer = client(shop).get("orders", params={"per_page": 2, "order": "asc"})
    while True:
        seen += [found["id"] for found in answer.json()]
        if "next" not in answer.links:
            break
        url = answer.links["next"]["url"]
        assert url.startswith(f"{shop.url}/wp-json/wc/v3/orders?")
        answer = client(shop).get(url.removeprefix(f"{shop.url}/wp-json/wc/v3/"))
    assert seen == [9000 + number for number in range(ORDERS)]


def test_a_document_comes_back_as_it_was_received(shop: LocalShop) -> None:
    answer = client(shop).get("orders/9003")
    assert answer.content == json.dumps(order(3)).encode()
    assert answer.headers["Content-Type"] == "application/json; charset=UTF-8"


@pytest.mark.parametrize("empty", ["customers", "coupons"])
def test_an_empty_list_is_one(shop: LocalShop, empty: str) -> None:
    answer = client(shop).get(empty)
    assert (answer.json(), answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]) == ([], "0", "0")


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("orders/77", 404, "woocommerce_rest_shop_order_invalid_id"),
        ("products/77", 404, "woocommerce_rest_product_invalid_id"),
        ("gadgets", 404, "rest_no_route"),
        ("products?per_page=101", 400, "rest_invalid_param"),
        ("products?search=scarf", 400, "rest_invalid_param"),
    ],
)
def test_errors_are_woocommerces(shop: LocalShop, path: str, status: int, code: str) -> None:
    answer = client(shop).get(path)
    body = answer.json()
    assert (answer.status_code, body["code"], body["data"]["status"]) == (status, code, status)


def test_another_method_is_no_route(shop: LocalShop) -> None:
    answer = client(shop).post("orders", {"status": "pending"})
    assert (answer.status_code, answer.json()["code"]) == (404, "rest_no_route")


@pytest.mark.parametrize(
    ("key", "secret", "code", "message"),
    [
        ("ck_unknown", None, "woocommerce_rest_cannot_view", "Sorry, you cannot list resources."),
        (None, "cs_wrong", "woocommerce_rest_authentication_error", "Consumer secret is invalid."),
    ],
)
def test_wrong_credentials_are_refused(
    shop: LocalShop, key: str | None, secret: str | None, code: str, message: str
) -> None:
    answer = client(shop, key=key, secret=secret).get("orders")
    assert answer.status_code == 401
    assert answer.json() == {"code": code, "message": message, "data": {"status": 401}}


def test_no_credentials_are_refused(shop: LocalShop) -> None:
    answer = requests.get(f"{shop.url}/wp-json/wc/v3/orders", verify=str(shop.ca_file), timeout=20)
    assert answer.status_code == 401
    assert answer.json()["code"] == "woocommerce_rest_cannot_view"


def test_credentials_in_the_query_are_not_taken_without_the_setting(shop: LocalShop) -> None:
    answer = with_query(shop, shop.consumer_key, shop.consumer_secret)
    assert (answer.status_code, answer.json()["code"]) == (401, "woocommerce_rest_cannot_view")


@pytest.mark.soak
def test_credentials_in_the_query_are_a_setting() -> None:
    template = to_json(compose(Settings(query_string_credentials=True, customer_key=False)))
    with local_shop(template) as shop:
        right = with_query(shop, shop.consumer_key, shop.consumer_secret)
        assert (right.status_code, right.headers["X-WP-Total"]) == (200, "0")
        wrong = with_query(shop, shop.consumer_key, "cs_wrong")
        assert (wrong.status_code, wrong.json()["code"]) == (401, "woocommerce_rest_authentication_error")
        assert client(shop).get("coupons").status_code == 200


@pytest.mark.soak
def test_the_pipeline_template_runs_the_zip_from_its_bucket() -> None:
    name, zipped = archive(handler_code())
    text = (ONE_FILE.parent / "woo-stack-pipeline.json").read_text()
    assert json.loads(text)["Parameters"]["CodeKey"]["Default"] == name
    with Emulator() as emulator:
        stack = Stack("pipeline", emulator.session(), emulator.endpoint)
        stack.client("s3").create_bucket(Bucket="artefacts")
        stack.client("s3").put_object(Bucket="artefacts", Key=name, Body=zipped)
        # In the request itself, which takes at most 51,200 bytes; it is refused for nothing but what is not emulated.
        with pytest.raises(UnrecognizedTypesError) as refused:
            ChangeSet.create(stack, {"TemplateBody": text}, parameters={"CodeBucket": "artefacts"})
        assert refused.value.types == {"AWS::CloudWatch::CompositeAlarm", "AWS::Logs::QueryDefinition"}
        emulated = json.dumps(without_types(json.loads(text), refused.value.types).template)
        ChangeSet.create(stack, {"TemplateBody": emulated}, parameters={"CodeBucket": "artefacts"}).execute("first")
        finished(stack, "first")
        functions = stack.client("lambda")
        found = functions.list_functions()["Functions"]
        (reader,) = [one["FunctionName"] for one in found if one["Handler"] == "index.read"]
        event = {"httpMethod": "GET", "path": "/wp-json/wc/v3/coupons", "requestContext": {"path": "/x"}}
        answer = json.loads(functions.invoke(FunctionName=reader, Payload=json.dumps(event).encode())["Payload"].read())
    assert (answer["statusCode"], answer["body"], answer["headers"]["X-WP-Total"]) == (200, "[]", "0")


def with_query(shop: LocalShop, key: str, secret: str) -> requests.Response:
    """A list asked for with the credentials in the URL and without a header."""
    url = f"{shop.url}/wp-json/wc/v3/orders"
    query = {"consumer_key": key, "consumer_secret": secret}
    return requests.get(url, params=query, verify=str(shop.ca_file), timeout=20)


def test_calls_are_logged_without_what_they_carry(shop: LocalShop) -> None:
    client(shop).get("products/704")
    logs = shop.emulator.session().client("logs", endpoint_url=shop.emulator.endpoint)
    groups = [group["logGroupName"] for group in logs.describe_log_groups()["logGroups"]]
    shared = [group for group in groups if "FunctionsLogs" in group]
    assert len(shared) == 1, groups
    events = logs.filter_log_events(logGroupName=shared[0])["events"]
    text = "\n".join(event["message"] for event in events)
    assert "/wp-json/wc/v3/products/{id}" in text
    for secret in (shop.consumer_secret, shop.consumer_key, "Tücher", "wc_order_", "Soft &amp; warm"):
        assert secret not in text
