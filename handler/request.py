"""What a request to API Gateway says, in one shape for both kinds of API, read as PHP and WordPress would read it."""

import re
from urllib.parse import parse_qs, quote, urlencode

from .runtime import Json

#: A parameter's value: text, or a list where PHP makes an array.
Parameters = dict[str, str | list[str]]


def facts_of(event: Json) -> Json:
    """What every record about a request says: the id by which API Gateway's log has it too."""
    return {"gateway_request_id": (event.get("requestContext") or {}).get("requestId")}


def request_of(event: Json) -> Json:
    """A REST API's event (payload version 1) as it is, an HTTP API's (version 2) made one; anything else raises.

    Its ``headers`` have small letters, and all that came under a name joined by commas, as HTTP APIs do it: whoever
    sends two keys sends none. ``given`` are the parameters. In version 2 a named stage begins the path, even behind a
    domain of one's own, whose URLs have none:
    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    context = event["requestContext"]
    if "rawPath" in event:
        stage = context["stage"]
        path = "/" + event["rawPath"][1:].removeprefix(f"{stage}/")
        shown = stage != "$default" and context["domainName"].startswith(context["apiId"])
        event = event | {
            "httpMethod": context["http"]["method"],
            "path": path,
            "multiValueQueryStringParameters": parse_qs(event["rawQueryString"], keep_blank_values=True),
            "requestContext": context
            | {"path": f"/{stage}{path}" if shown else path, "requestTimeEpoch": context["timeEpoch"]},
        }
    headers = {name.lower(): ",".join(values) for name, values in values_of(event, "Headers", "headers").items()}
    return event | {"headers": headers, "given": parameters(event)}


def values_of(event: Json, several: str, single: str) -> dict[str, list[str]]:
    """All values by name: from the map of ``several`` or, as an HTTP API's authorizer is told, by ``single`` ones.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
    """
    return event.get(f"multiValue{several}") or {name: [value] for name, value in (event.get(single) or {}).items()}


def header(event: Json, name: str) -> str:
    """The value of a request's header, whose name is in small letters; empty when it is absent."""
    value: str = event["headers"].get(name, "")
    return value


def takes_gzip(event: Json) -> bool:
    """Whether the client says that it can read gzip: a coding's weight of 0 is a no, ``*`` stands for all not named.

    Without ``Accept`` API Gateway knows of no media type to unpack our base64 for.
    """
    weights = {}
    for part in header(event, "accept-encoding").lower().split(","):
        coding, _, weight = "".join(part.split()).partition(";")
        weights[coding] = not re.fullmatch(r"q=0(\.0*)?", weight)
    return bool(header(event, "accept")) and weights.get("gzip", weights.get("*", False))


def parameters(event: Json) -> Parameters:
    """The query string by PHP's rules: of a repeated name the last wins, ``name[]`` and ``name[0]`` make a list.

    Clients that sign their query (OAuth) send everything twice, so a list holds a value once.
    """
    given: Parameters = {}
    for name, values in values_of(event, "QueryStringParameters", "queryStringParameters").items():
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
    path = quote(event["requestContext"]["path"].rstrip("/"), safe="/%")
    address = f"https://{header(event, 'host')}{path}"
    return ", ".join(
        f'<{address}?{urlencode(shown | {"page": f"{number}"})}>; rel="{rel}"'
        for rel, number in (("prev", min(page - 1, pages)), ("next", page + 1 if page < pages else 0))
        if number
    )
