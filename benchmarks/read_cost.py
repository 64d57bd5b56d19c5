"""What a request costs as the shop grows: units of DynamoDB's capacity, calls, and milliseconds of our own CPU.

`make bench` prints the table. Units are computed from the bytes read by AWS's rules, so they are the same on any
machine; milliseconds are not.
"""

import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

from woo_stack.handler import reader
from woo_stack.handler.documents import KINDS
from woo_stack.handler.mirror import Mirror
from woo_stack.handler.table import Table

from figure import Figure
from metered import Metered

TITLE = "Reading and writing: DynamoDB's units, and our own time with a table in memory"

SIZES = (100, 10_000, 100_000)
START = datetime(2019, 1, 1)

#: What is asked, with {last} for the number of the last page, {id} for an id, {day} for a date in the middle.
REQUESTS = {
    "single": "/orders/{id}",
    "first page": "/orders?per_page=100",
    "deep page": "/orders?per_page=100&page={deep}",
    "last page": "/orders?per_page=100&page={last}",
    "first page by id": "/orders?per_page=100&orderby=id&order=asc",
    "first page of a status": "/orders?per_page=100&status=completed",
    "deep page of two statuses": "/orders?per_page=100&status=completed,processing&page={deep}",
    "of a customer": "/orders?per_page=100&customer=77",
    "of a month": "/orders?per_page=100&after={day}&before={month}",
    "without ten ids": "/orders?per_page=100&exclude={ten}",
    "ten by id": "/orders?include={ten}",
    "totals": "/reports/orders/totals",
}


def order(number: int, total: int, *, moved: bool = False) -> bytes:
    """An order like those of real shops: about 2.5 KB, spread over five years; or when its status has ``moved`` on."""
    date = START + timedelta(minutes=number * (5 * 365 * 24 * 60 // total))
    line = {"id": number, "name": f"Product {number % 50}", "product_id": number % 997 + 1, "quantity": 2}
    line |= {"subtotal": "12.70", "total": "12.70", "taxes": [], "meta_data": [], "sku": f"SKU-{number % 997}"}
    address = {name: f"{name} of customer {number % 5003}" for name in ("first_name", "address_1", "city", "email")}
    document = {
        "id": number,
        "status": ("completed", "processing", "cancelled")[(number + moved) % 3],
        "order_key": f"wc_order_{number * 7919 % 99991}",
        "date_created": date.isoformat(),
        "date_created_gmt": date.isoformat(),
        "date_modified_gmt": (date + timedelta(hours=moved)).isoformat(),
        "customer_id": number % (total // 20) + 1,
        "billing": address,
        "shipping": address,
        "line_items": [line, line | {"id": number + 1, "product_id": number % 89 + 1}],
        "meta_data": [{"id": place, "key": f"_key_{place}", "value": f"{number * place}"} for place in range(20)],
    }
    return json.dumps(document).encode()


def put(table: Metered, body: bytes) -> tuple[float, float]:
    """Store an order; returns the units that this reads and writes."""
    read, written = table.read, table.written
    Mirror(Table(table, "shop")).put(KINDS["O"], body)
    return table.read - read, table.written - written


@contextmanager
def serving(table: Metered) -> Iterator[None]:
    """The reader reads this table meanwhile."""
    with patch.object(reader, "client", lambda _: table), patch.dict(os.environ, TABLE_NAME="shop"):
        yield


def ask(path: str) -> int:
    """One request to the reader, by a client that takes no gzip; returns the bytes of its answer, headers included."""
    route, _, query = path.partition("?")
    pairs = [pair.split("=") for pair in query.split("&") if pair]
    answer = reader.read(
        {
            "httpMethod": "GET",
            "path": f"/wp-json/wc/v3{route}",
            "headers": {"host": "shop.example"},
            "multiValueQueryStringParameters": {name: [value] for name, value in pairs},
            "requestContext": {"path": f"/live/wp-json/wc/v3{route}"},
        },
        None,
    )
    if answer["statusCode"] != 200:
        raise SystemExit(f"{path}: {answer['statusCode']} {answer['body']}")
    headers: dict[str, str] = answer["headers"]
    return len(answer["body"].encode()) + sum(len(name) + len(value) + 4 for name, value in headers.items())


def filled(total: int) -> Metered:
    """A shop of so many orders."""
    table = Metered()
    for number in range(1, total + 1):
        put(table, order(number, total))
    return table


def measure(table: Metered, total: int) -> dict[str, tuple[float, int, float]]:
    """Units, calls and milliseconds of each request against a shop of so many orders."""
    places: dict[str, Any] = {
        "id": total // 2,
        "last": max(1, total // 100),
        "deep": max(1, total // 200),
        "day": "2021-07-01T00:00:00",
        "month": "2021-08-01T00:00:00",
        "ten": ",".join(str(number) for number in range(total - 9, total + 1)),
    }
    found = {}
    with serving(table):
        for name, path in REQUESTS.items():
            before, calls = table.read, table.calls.total()
            started = time.perf_counter()
            ask(path.format(**places))
            took = (time.perf_counter() - started) * 1000
            found[name] = (table.read - before, table.calls.total() - calls, took)
    return found


def figures() -> Iterator[Figure]:
    """Units of each request, and milliseconds of our own, as the shop grows."""
    for size in SIZES:
        started = time.perf_counter()
        table = filled(size)
        took = (time.perf_counter() - started) * 1000
        yield Figure(f"{size:,} orders: writing one", table.written / size, "write units")
        yield Figure(f"{size:,} orders: writing one", took / size, "ms")
        for name, (units, calls, milliseconds) in measure(table, size).items():
            yield Figure(f"{size:,} orders: {name}, {calls} calls", units, "read units")
            yield Figure(f"{size:,} orders: {name}", milliseconds, "ms")
