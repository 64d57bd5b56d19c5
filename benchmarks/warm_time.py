"""What a request costs once a container is warm: our own CPU, which is the reader's without its calls of DynamoDB.

The table is in memory; what its calls take is taken off.
"""

import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

from woo_stack.handler import reader

from figure import Figure
from metered import Metered
from read_cost import filled, serving

TITLE = "Warm: our own time for a request"

ORDERS, RUNS = 1000, 200

#: What is asked: path, query, headers, and the goal in milliseconds.
REQUESTS: dict[str, tuple[str, dict[str, str], dict[str, str], float | None]] = {
    "one order": ("/orders/500", {}, {}, 1),
    "one order, gzip": ("/orders/500", {}, {"Accept": "*/*", "Accept-Encoding": "gzip"}, 1),
    "some fields of one": ("/orders/500", {"_fields": "id,status,total"}, {}, 1),
    "one order that is not there": ("/orders/5000", {}, {}, 1),
    "a page of 10": ("/orders", {}, {}, None),
    "a page of 100": ("/orders", {"per_page": "100"}, {}, 5),
    "a page of 100, gzip": ("/orders", {"per_page": "100"}, {"Accept": "*/*", "Accept-Encoding": "gzip"}, 5),
    "page 5 of 100": ("/orders", {"per_page": "100", "page": "5"}, {}, 5),
    "some fields of 100": ("/orders", {"per_page": "100", "_fields": "id,status,total"}, {}, None),
}


class Timed:
    """A table that adds up the time of its calls in ``seconds``."""

    def __init__(self, table: Metered) -> None:
        self.table = table
        self.seconds = 0.0

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        """The table's own, by a clock."""
        call = getattr(self.table, operation)

        def timed(**request: Any) -> Any:
            started = time.thread_time()
            try:
                return call(**request)
            finally:
                self.seconds += time.thread_time() - started

        return timed


def own_milliseconds(table: Timed, event: dict[str, Any]) -> float:
    """One request, without its calls."""
    table.seconds = 0.0
    started = time.thread_time()
    reader.read(event, None)
    return (time.thread_time() - started - table.seconds) * 1000


def figures() -> Iterator[Figure]:
    """The median of some runs of each request."""
    table = Timed(filled(ORDERS))
    with serving(table):  # type: ignore[arg-type]
        for name, (route, query, headers, most) in REQUESTS.items():
            path = f"/wp-json/wc/v3{route}"
            event = {
                "httpMethod": "GET",
                "path": path,
                "headers": {"Host": "shop.example", **headers},
                "multiValueQueryStringParameters": {key: [value] for key, value in query.items()},
                "requestContext": {"path": f"/live{path}", "requestId": "r"},
            }
            taken = [own_milliseconds(table, event) for _ in range(RUNS)]
            yield Figure(name, statistics.median(taken), "ms", most)
