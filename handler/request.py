"""What a request to API Gateway (REST, payload version 1) says, read as PHP and WordPress would read it."""

import re
from urllib.parse import urlencode

from .runtime import Json

#: A parameter's value: text, or a list where PHP makes an array.
Parameters = dict[str, str | list[str]]


def facts_of(event: Json) -> Json:
    """What every record about a request says: the id by which API Gateway's log has it too."""
    return {"gateway_request_id": (event.get("requestContext") or {}).get("requestId")}


def header(event: Json, name: str) -> str:
    """The value of a header, whose name may come in any case; empty when it is absent."""
    return next((value for given, value in (event.get("headers") or {}).items() if given.lower() == name), "")


def takes_gzip(event: Json) -> bool:
    """Whether the client says that it can read gzip: a coding's weight of 0 is a no, ``*`` stands for all not named.

    Without ``Accept`` API Gateway knows of no media type to unpack our base64 for.
    """
    weights = {}
    for part in header(event, "accept-encoding").lower().split(","):
        coding, _, weight = part.replace(" ", "").partition(";")
        weights[coding] = not re.fullmatch(r"q=0(\.0*)?", weight)
    return bool(header(event, "accept")) and weights.get("gzip", weights.get("*", False))


def parameters(event: Json) -> Parameters:
    """The query string by PHP's rules: of a repeated name the last wins, ``name[]`` and ``name[0]`` make a list.

    Clients that sign their query (OAuth) send everything twice, so a list holds a value once.
    """
    given: Parameters = {}
    for name, values in (event.get("multiValueQueryStringParameters") or {}).items():
        base, bracket, _ = name.partition("[")
        before = given.get(base)
        more = before if isinstance(before, list) else []
        given[base] = [*dict.fromkeys(more + values)] if bracket else values[-1]
    return given


def page_links(event: Json, given: Parameters, page: int, pages: int) -> str:
    """The value of ``Link``: the pages before and after, the one before never past the last.

    The request's parameters are encoded (WooCommerce forgets to) and its credentials left out (WooCommerce echoes
    them). Of an empty list it would link page 0, which it refuses itself: left out too.
    """
    shown: dict[str, str] = {}
    for name, value in given.items():
        if not name.startswith(("consumer_", "oauth_")):
            shown |= {f"{name}[{i}]": v for i, v in enumerate(value)} if isinstance(value, list) else {name: value}
    address = f"https://{header(event, 'host')}{event['requestContext']['path'].rstrip('/')}"
    return ", ".join(
        f'<{address}?{urlencode(shown | {"page": f"{number}"})}>; rel="{rel}"'
        for rel, number in (("prev", min(page - 1, pages)), ("next", page + 1 if page < pages else 0))
        if number
    )
