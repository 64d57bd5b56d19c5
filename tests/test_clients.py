"""WooCommerce's own clients against a thousand products and a thousand orders, compared with a naive model of them."""

import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from woocommerce import API

from woo_stack.cli.documents import read
from woo_stack.cli.localshop import LocalShop, local_shop

pytestmark = pytest.mark.soak

Json = dict[str, Any]

ROOT = Path(__file__).parent.parent
NPM = ROOT / ".venv" / "npm"
MANY = 1000
DRAW = random.Random(20240501)  # noqa: S311 (documents, not secrets)


def product(number: int) -> Json:
    categories = DRAW.sample(range(15, 25), DRAW.randint(0, 3))
    return {
        "id": number,
        "name": f"Product {number}",
        "slug": f"product-{number}",
        "type": DRAW.choice(["simple", "simple", "variable", "external"]),
        "status": DRAW.choice(["publish", "publish", "publish", "draft", "trash"]),
        "date_created": f"2024-{DRAW.randint(1, 12):02}-{DRAW.randint(1, 28):02}T{DRAW.randint(0, 23):02}:30:00",
        "date_modified_gmt": "2024-12-30T00:00:00",
        "featured": DRAW.random() < 0.1,
        "on_sale": DRAW.random() < 0.3,
        "sku": f"SKU-{number}",
        "stock_status": DRAW.choice(["instock", "outofstock", "onbackorder"]),
        "categories": [{"id": one, "name": f"C{one}", "slug": f"c{one}"} for one in categories],
        "tags": [{"id": one} for one in DRAW.sample(range(40, 44), DRAW.randint(0, 2))],
        "images": [],
    }


def order(number: int) -> Json:
    lines = DRAW.sample(range(1, 60), DRAW.randint(1, 5))
    return {
        "id": number,
        "status": DRAW.choice(["completed", "completed", "processing", "on-hold", "cancelled", "trash"]),
        "order_key": f"wc_order_{number}",
        "date_created": f"2024-{DRAW.randint(1, 12):02}-{DRAW.randint(1, 28):02}T{DRAW.randint(0, 23):02}:15:00",
        "date_modified_gmt": "2024-12-30T00:00:00",
        "customer_id": DRAW.randint(0, 40),
        "line_items": [{"id": one, "product_id": one, "quantity": 1, "price": 3.3333333333333335} for one in lines],
    }


#: Parameter to what a document of that value says.
FILTERS: dict[str, dict[str, Callable[[Json, str], bool]]] = {
    "products": {
        "type": lambda one, value: one["type"] == value,
        "featured": lambda one, value: one["featured"] == (value == "true"),
        "on_sale": lambda one, value: one["on_sale"] == (value == "true"),
        "stock_status": lambda one, value: one["stock_status"] == value,
        "category": lambda one, value: any(f"{c['id']}" in value.split(",") for c in one["categories"]),
        "tag": lambda one, value: any(f"{t['id']}" in value.split(",") for t in one["tags"]),
        "sku": lambda one, value: one["sku"] in value.split(","),
        "slug": lambda one, value: one["slug"] == value,
    },
    "orders": {
        "customer": lambda one, value: f"{one['customer_id']}" == value,
        "product": lambda one, value: any(f"{line['product_id']}" == value for line in one["line_items"]),
    },
}
SHARED: dict[str, Callable[[Json, str], bool]] = {
    "after": lambda one, value: one["date_created"] > value,
    "before": lambda one, value: one["date_created"] < value,
    "include": lambda one, value: f"{one['id']}" in value.split(","),
    "exclude": lambda one, value: f"{one['id']}" not in value.split(","),
}
VALUES: dict[str, Callable[[], str]] = {
    "type": lambda: DRAW.choice(["simple", "variable", "grouped"]),
    "featured": lambda: DRAW.choice(["true", "false"]),
    "on_sale": lambda: DRAW.choice(["true", "false"]),
    "stock_status": lambda: DRAW.choice(["instock", "outofstock", "onbackorder"]),
    "category": lambda: ",".join(f"{one}" for one in DRAW.sample(range(15, 26), DRAW.randint(1, 2))),
    "tag": lambda: ",".join(f"{one}" for one in DRAW.sample(range(40, 45), DRAW.randint(1, 2))),
    "sku": lambda: f"SKU-{DRAW.randint(1, MANY)},SKU-{DRAW.randint(1, MANY)}",
    "slug": lambda: f"product-{DRAW.randint(1, MANY)}",
    "customer": lambda: f"{DRAW.randint(0, 42)}",
    "product": lambda: f"{DRAW.randint(1, 60)}",
    "after": lambda: f"2024-{DRAW.randint(1, 12):02}-{DRAW.randint(1, 28):02}T12:30:00",
    "before": lambda: f"2024-{DRAW.randint(1, 12):02}-{DRAW.randint(1, 28):02}T12:30:00",
    "include": lambda: ",".join(f"{one}" for one in DRAW.sample(range(1, MANY + 50), 30)),
    "exclude": lambda: ",".join(f"{one}" for one in DRAW.sample(range(1, MANY + 50), 30)),
}
STATUSES = {
    "products": ["any", "publish", "draft", "trash"],
    "orders": ["any", "completed", "processing,on-hold", "trash", "completed,trash"],
}


def expected(kind: str, documents: list[Json], params: dict[str, str]) -> list[int]:
    """The ids that a shop would list, in order."""
    statuses = params.get("status", "any").split(",")
    found = [one for one in documents if one["status"] in statuses or ("any" in statuses and one["status"] != "trash")]
    checks = FILTERS[kind] | SHARED
    for name, value in params.items():
        # As in WordPress, include wins over exclude; orders are not WordPress's any more.
        if name in checks and not (name == "exclude" and "include" in params and kind == "products"):
            found = [one for one in found if checks[name](one, value)]
    by_id = params.get("orderby") == "id"
    found.sort(key=lambda one: (0 if by_id else one["date_created"], one["id"]), reverse=params["order"] == "desc")
    return [one["id"] for one in found]


@pytest.fixture(scope="module")
def documents() -> dict[str, list[Json]]:
    return {
        "products": [product(number) for number in range(1, MANY + 1)],
        "orders": [order(number) for number in range(1, MANY + 1)],
    }


@pytest.fixture(scope="module")
def shop(documents: dict[str, list[Json]], tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalShop]:
    file = tmp_path_factory.mktemp("documents") / "all.json"
    file.write_text(json.dumps(documents["products"] + documents["orders"]))
    with local_shop((ROOT / "output" / "woo-stack.json").read_text()) as running:
        running.load(read([str(file)]))
        yield running


@pytest.fixture(scope="module")
def client(shop: LocalShop) -> API:
    return API(
        shop.url, shop.consumer_key, shop.consumer_secret, version="wc/v3", timeout=60, verify_ssl=str(shop.ca_file)
    )


def paged(client: API, path: str, params: dict[str, str]) -> list[int]:
    """The ids of all pages; every page must have the same totals, and there are as many as it says."""
    ids: list[int] = []
    page, pages, totals = 0, 1, set()
    while page < pages:
        page += 1
        answer = client.get(path, params={**params, "page": f"{page}"})
        assert answer.status_code == 200, answer.text
        ids += [one["id"] for one in answer.json()]
        totals.add((answer.headers["X-WP-Total"], answer.headers["X-WP-TotalPages"]))
        pages = int(answer.headers["X-WP-TotalPages"])
    assert totals == {(f"{len(ids)}", f"{pages}")}
    return ids


@pytest.mark.parametrize("kind", ["products", "orders"])
def test_the_python_client_pages_through_everything(client: API, documents: dict[str, list[Json]], kind: str) -> None:
    for order, orderby, size in (("desc", "date", "100"), ("asc", "id", "73")):
        params = {"order": order, "orderby": orderby, "per_page": size}
        assert paged(client, kind, params) == expected(kind, documents[kind], params)


@pytest.mark.parametrize("kind", ["products", "orders"])
def test_every_filter_finds_what_a_naive_model_finds(client: API, documents: dict[str, list[Json]], kind: str) -> None:
    names = [*FILTERS[kind], *SHARED]
    single = [[name] for name in names for _ in range(3)]
    for chosen in single + [DRAW.sample(names, DRAW.randint(2, 3)) for _ in range(40)]:
        params = {name: VALUES[name]() for name in chosen}
        params |= {"order": DRAW.choice(["asc", "desc"]), "orderby": DRAW.choice(["date", "id"]), "per_page": "60"}
        if DRAW.random() < 0.6:
            params["status"] = DRAW.choice(STATUSES[kind])
        assert paged(client, kind, params) == expected(kind, documents[kind], params), params


@pytest.mark.skipif(not (NPM / "node_modules").exists() or not shutil.which("node"), reason="there is no npm here")
def test_the_npm_client_pages_through_everything(shop: LocalShop, documents: dict[str, list[Json]]) -> None:
    lists = [
        ["products", {"per_page": 100, "order": "desc"}],
        ["orders", {"per_page": 100, "order": "asc", "orderby": "id"}],
        ["orders", {"per_page": 50, "order": "desc", "status": ["completed", "on-hold"]}],
        ["products", {"per_page": 10, "order": "desc", "include": [3, 5, 8, 13]}],
    ]
    asked = {"url": shop.url, "key": shop.consumer_key, "secret": shop.consumer_secret, "lists": lists}
    done = subprocess.run(
        ["node", str(ROOT / "tests" / "npm" / "page.cjs"), json.dumps(asked)],
        env=os.environ | {"NODE_PATH": str(NPM / "node_modules"), "NODE_EXTRA_CA_CERTS": str(shop.ca_file)},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    for (kind, params), found in zip(lists, json.loads(done.stdout), strict=True):
        flat = {
            name: ",".join(map(str, value)) if isinstance(value, list) else f"{value}" for name, value in params.items()
        }
        ids = expected(kind, documents[kind], flat)
        assert found == {"ids": ids, "totals": [f"{len(ids)}"], "pages": -(-len(ids) // params["per_page"])}
