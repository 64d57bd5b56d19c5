"""The read API: GET of WooCommerce's collections, documents and totals, answered from the table."""

import json
import os
import re
import time
from typing import Any

from .documents import KINDS, deleted
from .pages import lengths
from .plan import Plan, plan_of
from .query import check, described
from .request import Parameters, facts_of, page_links, request_of, takes_gzip
from .responses import Answer, Refusal, failure, respond
from .routes import ENDS, MISSING, REPORTS, ROUTES, Route
from .runtime import Json, client, tell
from .selection import find
from .shaping import bodies, fields, picked
from .table import Table


def read(event: Json, _context: Any) -> Json:
    """Lambda's entry point behind API Gateway: always an answer in WooCommerce's shape, and one record in the log.

    The record holds no path, parameter, header or body: those can be personal data.
    """
    started = time.monotonic()
    facts: Json = {"route": "none"}
    request: Json = {}
    trouble = None
    try:
        request = request_of(event)
        facts |= facts_of(request)
        response = respond(request, *answer(request, facts))
    except Exception as error:
        failed = failure(error)
        response = respond(request, *failed)
        trouble = error if failed[0] >= 500 else None
    facts |= {"status": response["statusCode"], "duration_ms": round((time.monotonic() - started) * 1000)}
    tell("read", facts, trouble)
    return response


def answer(event: Json, facts: Json) -> Answer:
    """The answer to a request, and in ``facts`` what the log shall say of it. Raises what the answer cannot be."""
    matches = ((pattern.search(event["path"]), route) for pattern, route in ROUTES.items())
    found = next(((match.groupdict(), route) for match, route in matches if match), None)
    method = event["httpMethod"]
    if not found or method not in ("GET", "HEAD", "OPTIONS"):
        raise Refusal(404, "rest_no_route", "No route was found matching the URL and request method.")
    numbers, route = found
    facts["route"] = f"{method} /wp-json/wc/v3/{route.path}"
    if method == "OPTIONS":
        return 200, description(route), {}
    given = event["given"]
    table = Table(client("dynamodb"), os.environ["TABLE_NAME"])
    if not route.letters:
        return 200, report(route, given, table), {}
    if route.single:
        item = document(route, numbers, given, table)
        # As it is stored: no unpacking, a third of the bytes.
        whole = takes_gzip(event) and not {"_fields", "_envelope"} & given.keys() and not deleted(item)
        return 200, item["z"]["B"] if whole else next(bodies([item], given)), {}
    plan = plan_of(route.letters, check(route.letters, given), given, table, numbers.get("parent", ""))
    return collection(event, plan, given, table, facts)


def description(route: Route) -> str:
    """What WordPress tells of a route, from the rows that check its parameters."""
    args = described("" if route.single else route.letters)
    return json.dumps({"namespace": "wc/v3", "methods": ["GET"], "endpoints": [{"methods": ["GET"], "args": args}]})


def report(route: Route, given: Parameters, table: Table) -> str:
    """A report: how many documents there are of each status or type, by the lists' counters."""
    check("", given, single=True)
    begin, rows = REPORTS[route.path.split("/")[1]]
    names = dict(row.split(":") for row in rows.split("|"))
    lists = {slug: f"{begin}{ENDS.get(slug, slug)}@date" for slug in names}
    totals = lengths(table, lists.values())
    lines = [{"slug": slug, "name": names[slug], "total": totals.get(lists[slug], 0)} for slug in names]
    wanted = fields(given.get("_fields", ""))
    return f"[{','.join(picked(json.dumps(line), wanted) for line in lines)}]"


def document(route: Route, numbers: dict[str, str], given: Parameters, table: Table) -> Json:
    """The item of one document, trashed ones too."""
    letter = route.letters[0]
    check(letter, given, single=True)
    item = table.item(f"s#{KINDS[letter].family}#{int(numbers['id'])}") or {}
    served = "z" in item and item["k"]["S"] in route.letters
    if "parent" in numbers:
        below = re.compile(f"V#-?p={int(numbers['parent'])}@")
        served = served and any(below.match(entry) for entry in item.get("L", {"SS": []})["SS"])
    if not served:
        raise Refusal(404, *MISSING[letter])
    return item


def collection(event: Json, plan: Plan, given: Parameters, table: Table, facts: Json) -> Answer:
    """A page of a list: the stored bodies side by side, and the totals in the headers."""
    total, items = find(table, plan)
    facts |= {"total": total, "rows": len(items)}
    pages = -(-total // plan.limit)
    headers: Json = {"X-WP-Total": total, "X-WP-TotalPages": pages}
    if links := page_links(event, given, plan.page, pages):
        headers["Link"] = links
    return 200, f"[{','.join(bodies(items, given))}]", headers
