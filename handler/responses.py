"""Answers in WooCommerce's shape, as API Gateway's Lambda proxy integration takes them."""

import base64
import gzip
import json
from typing import Any

from .request import takes_gzip
from .runtime import Json
from .table import StoreBusy

#: Lambda refuses a response of more than 6 MB, counted as JSON: every quote of our body counts twice in it.
RESPONSE_BYTES = 5_900_000

#: From here on a shorter transfer is worth the time that gzip takes.
GZIP_BYTES = 100_000

#: What every answer of WooCommerce's API carries.
HEADERS = {
    "Access-Control-Expose-Headers": "X-WP-Total, X-WP-TotalPages, Link",
    "Allow": "GET",
    "Cache-Control": "no-cache, must-revalidate, max-age=0, no-store, private",
    "Content-Type": "application/json; charset=UTF-8",
    "Expires": "Wed, 11 Jan 1984 05:00:00 GMT",
    "Vary": "Accept-Encoding",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}

#: Status, body (or its gzip, for who reads that) and the headers beside those above.
Answer = tuple[int, str | bytes, dict[str, Any]]


class PageTooLarge(Exception):  # noqa: N818
    """The documents of a page together exceed the bytes that can be answered."""


class Refusal(Exception):  # noqa: N818 (an answer, not a fault)
    """An error as WooCommerce words it: ``Refusal(status, code, message)``, and a dict of more members of ``data``."""


#: What a client is told of other errors: never their text, which is for the log.
ANSWERS = {
    PageTooLarge: (
        400,
        "woo_stack_too_large",
        "Over 6 MB: lower per_page, name _fields or accept gzip.",
    ),
    RecursionError: (400, "woo_stack_not_served", "Nested too deeply."),
    StoreBusy: (503, "woo_stack_busy", "Too many requests. Try again in a second."),
    Exception: (500, "internal_server_error", "The request failed."),
}


def failure(error: Exception) -> Answer:
    """The answer to a request that ended in ``error``."""
    refused = error.args if isinstance(error, Refusal) else ANSWERS.get(type(error), ANSWERS[Exception])
    status, code, message, *more = refused
    body = {"code": code, "message": message, "data": {"status": status, **(more[0] if more else {})}}
    return status, json.dumps(body), {"Retry-After": 1} if status == 503 else {}


def respond(event: Json, status: int, body: str | bytes, headers: dict[str, Any]) -> Json:
    """The proxy integration's response: in an envelope, without its body or packed, as the request wants it if known.

    PageTooLarge when Lambda would refuse it.
    """
    if isinstance(body, str) and "_envelope" in event.get("given", ()):
        shown = json.dumps({"Allow": "GET", **headers})
        status, body, headers = 200, f'{{"body":{body},"status":{status},"headers":{shown}}}', {}
    if event.get("httpMethod") == "HEAD":
        body = ""
    if len(body) > GZIP_BYTES and isinstance(body, str) and takes_gzip(event):
        # Level 3: 1.3 ms for 100 orders, where 4 takes 2.1 for 5% fewer bytes.
        body = gzip.compress(body.encode(), 3)
    packed = isinstance(body, bytes)
    if isinstance(body, bytes):
        headers = {**headers, "Content-Encoding": "gzip"}
        body = base64.b64encode(body).decode()
    # A character takes at most 12 bytes: mostly there is no need to look, 0.4 ms for 100 orders.
    if len(body) * 12 > RESPONSE_BYTES and len(body if packed else json.dumps(body)) > RESPONSE_BYTES:
        raise PageTooLarge
    sent = {name: f"{value}" for name, value in headers.items()}
    return {"statusCode": status, "headers": HEADERS | sent, "body": body, "isBase64Encoded": packed}
