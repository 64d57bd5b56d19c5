"""The read API: GET of WooCommerce's collections and their documents, answered from the table."""

import os
import re
import time
from typing import Any

from .documents import KINDS, Kind
from .query import check
from .request import Parameters, page_links, parameters
from .responses import RESPONSE_BYTES, Refusal, failure, respond
from .runtime import LOG, Json, client
from .store import Store

#: Method and path of what is served, as API Gateway declares it, and the kind that answers.
ROUTES = {
    f"GET /wp-json/wc/v3/{kind.route}{rest}": kind for kind in KINDS.values() if kind.route for rest in ("", "/{id}")
}

#: The end of a path that may be a route: a custom domain's base path stands before it. Case and a last slash are free.
ROUTE = re.compile(r"(?i)(/wp-json/wc/v3/[a-z]+)(/[0-9]{1,999})?/?\Z")


def read(event: Json, _context: Any) -> Json:
    """Lambda's entry point behind API Gateway: always an answer in WooCommerce's shape, and one record in the log.

    The record holds no path, parameter, header or body: those can be personal data.
    """
    started = time.monotonic()
    facts = {"route": "none", "gateway_request_id": (event.get("requestContext") or {}).get("requestId")}
    trouble = None
    try:
        response = answer(event, facts)
    except Exception as error:
        response = failure(error)
        trouble = error if response["statusCode"] >= 500 else None
    facts |= {"status": response["statusCode"], "duration_ms": round((time.monotonic() - started) * 1000)}
    (LOG.error if trouble else LOG.info)("read", exc_info=trouble, extra=facts)
    return response


def answer(event: Json, facts: Json) -> Json:
    """The answer to a request, and in ``facts`` what the log shall say of it. Raises what the answer cannot be."""
    found = ROUTE.search(event["path"])
    route = f"{event['httpMethod']} {found[1].lower()}{'/{id}' if found[2] else ''}" if found else ""
    if not found or route not in ROUTES:
        raise Refusal(404, "rest_no_route", "No route was found matching the URL and request method.")
    facts["route"] = route
    kind, given = ROUTES[route], parameters(event)
    store = Store(client("dynamodb"), os.environ["TABLE_NAME"])
    if not found[2]:
        return collection(event, kind, given, store, facts)
    check(kind.letter, given, single=True)
    body = store.get(kind, int(found[2][1:]))
    if body is None:
        raise Refusal(404, kind.unknown, kind.message)
    return respond(200, body.decode(), {})


def collection(event: Json, kind: Kind, given: Parameters, store: Store, facts: Json) -> Json:
    """A page of a list: the stored bodies side by side, never parsed, and the totals in the headers.

    ``offset`` wins over ``page``; only customers count the pages of ``Link`` from it, and take 0 for none.
    """
    check(kind.letter, given, single=False)
    text = {"page": "1", "per_page": "10", "offset": "0", "orderby": next(iter(kind.orderby)), "order": kind.order}
    text |= {name: value for name, value in given.items() if isinstance(value, str)}
    page, per_page, offset = (int(float(text[name])) for name in ("page", "per_page", "offset"))
    start = abs(offset) if offset or ("offset" in given and kind.letter != "C") else (page - 1) * per_page
    if kind.letter == "C":
        page = -(-start // per_page) + 1
    name = f"{kind.letter}#{kind.orderby[text['orderby']]}"
    total, bodies = store.page(name, start, per_page, text["order"] == "asc", RESPONSE_BYTES)
    pages = -(-total // per_page)
    facts |= {"total": total, "rows": len(bodies)}
    headers = {"X-WP-Total": f"{total}", "X-WP-TotalPages": f"{pages}"}
    if links := page_links(event, given, page, pages):
        headers["Link"] = links
    return respond(200, f"[{b','.join(bodies).decode()}]", headers)
