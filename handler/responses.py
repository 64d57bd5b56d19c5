"""Answers in WooCommerce's shape, as API Gateway's Lambda proxy integration takes them."""

import json

from .runtime import Json
from .store import PageTooLarge, StoreBusy

#: Lambda refuses a response of more than 6 MB, counted as JSON: every quote of our body counts twice in it.
RESPONSE_BYTES = 5_900_000

#: What every answer of WooCommerce's API carries.
HEADERS = {
    "Access-Control-Expose-Headers": "X-WP-Total, X-WP-TotalPages, Link",
    "Allow": "GET",
    "Cache-Control": "no-cache, must-revalidate, max-age=0, no-store, private",
    "Content-Type": "application/json; charset=UTF-8",
    "Expires": "Wed, 11 Jan 1984 05:00:00 GMT",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}


class Refusal(Exception):  # noqa: N818 (an answer, not a fault)
    """An error as WooCommerce words it: ``Refusal(status, code, message)``, and a dict of more members of ``data``."""


#: What a client is told of other errors: never their text, which is for the log.
ANSWERS = {
    PageTooLarge: (400, "woo_stack_too_large", "The response would be over 6 MB. Of a list, lower per_page."),
    StoreBusy: (503, "woo_stack_busy", "Too many requests. Try again in a second."),
    Exception: (500, "internal_server_error", "The request failed; the cause has been logged."),
}


def respond(status: int, text: str, headers: dict[str, str]) -> Json:
    """The proxy integration's answer; PageTooLarge when Lambda would refuse it."""
    if len(json.dumps(text)) > RESPONSE_BYTES:
        raise PageTooLarge
    return {"statusCode": status, "headers": HEADERS | headers, "body": text}


def failure(error: Exception) -> Json:
    """The answer to a request that ended in ``error``."""
    refused = error.args if isinstance(error, Refusal) else ANSWERS.get(type(error), ANSWERS[Exception])
    status, code, message, *more = refused
    body = {"code": code, "message": message, "data": {"status": status, **(more[0] if more else {})}}
    return respond(status, json.dumps(body), {"Retry-After": "1"} if status == 503 else {})
