"""The handler over a real DynamoDB of the emulator: as the package and, by `make soak`, as the bundle that is deployed.

The bundle runs in `make test` too, where the published template is deployed. By `make soak` every request comes once
more as HTTP APIs hand it over; that both shapes are one to the handler is for `test_request`.
"""

import base64
import gzip
import importlib
import itertools
import json
import types
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from woo_stack.bundle import bundle
from woo_stack.cli.emulator import REGION, Emulator

FOLDER = Path(__file__).parents[2] / "handler"
ARN = f"arn:aws:execute-api:{REGION}:210987654321:a1b2c3d4e5/live/GET/wp-json/wc/v3/orders"
DOMAIN = f"a1b2c3d4e5.execute-api.{REGION}.amazonaws.com"
NUMBERS = itertools.count(1)
#: Whose tests send requests, and so are worth a run with those of an HTTP API.
SENDING = {"test_intake", "test_query", "test_reader", "test_shaping"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave out the runs with an HTTP API's requests where none is sent."""

    def is_idle(item: pytest.Item) -> bool:
        shape = getattr(getattr(item, "callspec", None), "params", {}).get("handler")
        return shape == "http" and item.path.stem not in SENDING

    items[:] = [item for item in items if not is_idle(item)]


class Handler:
    """All names of the handler, wherever they are defined."""

    def __init__(self, modules: list[types.ModuleType], *, http: bool = False) -> None:
        self._modules = modules
        #: Whether the entry points behind an API get its events as an HTTP API's.
        self._http = http

    def __getattr__(self, name: str) -> Any:
        for module in self._modules:
            if name in vars(module):
                found = vars(module)[name]
                if self._http and name in ("read", "receive"):
                    whole = {"path", "httpMethod", "requestContext"}
                    return lambda event, context: found(as_http(event) if whole <= event.keys() else event, context)
                return found
        raise AttributeError(name)

    def patch(self, monkeypatch: pytest.MonkeyPatch, name: str, value: object) -> None:
        """Replace a name in every module that binds it."""
        for module in self._modules:
            if name in vars(module):
                monkeypatch.setattr(module, name, value)


@pytest.fixture(scope="session")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running, pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", running.endpoint)
        patch.setenv("AWS_ACCESS_KEY_ID", "test")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        patch.setenv("AWS_DEFAULT_REGION", REGION)
        yield running


@pytest.fixture(
    scope="session", params=["package", *(pytest.param(x, marks=pytest.mark.soak) for x in ("bundle", "http"))]
)
def handler(request: pytest.FixtureRequest) -> Handler:
    request.getfixturevalue("emulator")
    if request.param == "bundle":
        index = types.ModuleType("index")
        exec(bundle(FOLDER), vars(index))  # noqa: S102 (our own code, as Lambda runs it)
        return Handler([index])
    names = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != "__init__")
    modules = [importlib.import_module(f"woo_stack.handler.{name}") for name in names]
    return Handler(modules, http=request.param == "http")


@pytest.fixture(scope="session")
def new_table(handler: Handler) -> Callable[[], str]:
    def new() -> str:
        name = f"shop-{next(NUMBERS)}"
        keys = (("pk", "HASH"), ("sk", "RANGE"))
        handler.client("dynamodb").create_table(
            TableName=name,
            KeySchema=[{"AttributeName": key, "KeyType": kind} for key, kind in keys],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key, _ in keys],
            BillingMode="PAY_PER_REQUEST",
        )
        return name

    return new


@pytest.fixture
def table(new_table: Callable[[], str], monkeypatch: pytest.MonkeyPatch) -> str:
    name = new_table()
    monkeypatch.setenv("TABLE_NAME", name)
    return name


@pytest.fixture
def mirror(handler: Handler, table: str) -> Any:
    return handler.Mirror(handler.Table(handler.client("dynamodb"), table))


class Make:
    """Documents as a shop sends them: every key that the handler looks at, PHP's escapes, odd types."""

    def document(self, letter: str, number: int, **changes: Any) -> dict[str, Any]:
        common = {"id": number, "date_created": "2024-03-05T10:00:00", "date_created_gmt": "2024-03-05T09:00:00"}
        common["date_modified_gmt"] = "2024-03-06T11:12:13"
        own = {
            "O": {"status": "processing", "order_key": "wc_order_x", "line_items": [{"price": 3.3499999999999996}]},
            "P": {"status": "publish", "type": "simple", "slug": "a-b", "images": [], "related_ids": [5, 4]},
            "V": {"status": "publish", "attributes": [], "image": None, "parent_id": 22},
            "C": {"email": "z@example.com", "role": "customer", "username": "zoe", "first_name": "", "last_name": ""},
            "K": {"code": "10off", "discount_type": "percent", "status": "publish"},
            "G": {"name": "Shirts", "slug": "shirts", "parent": 0, "display": "default", "count": 1},
            "T": {"name": "Blue", "slug": "blue", "description": "", "count": 1},
        }[letter]
        return {
            **common,
            **own,
            "note": "caf\u00e9 a/b",
            "_links": {"self": [{"href": "https://shop.example"}]},
            **changes,
        }

    def body(self, letter: str, number: int, **changes: Any) -> bytes:
        return json.dumps(self.document(letter, number, **changes)).replace("/", r"\/").encode()


@pytest.fixture(scope="session")
def make() -> Make:
    return Make()


@pytest.fixture
def put(handler: Handler, mirror: Any, make: Make) -> Callable[..., bytes]:
    """Store a document made by its letter, id and changes; its body comes back."""

    def stored(letter: str, number: int, **changes: Any) -> bytes:
        body = make.body(letter, number, **changes)
        mirror.put(handler.KINDS[letter], body)
        return body

    return stored


def event(path: str, query: str = "", method: str = "GET", **headers: str) -> dict[str, Any]:
    """A request as API Gateway's REST proxy integration and REQUEST authorizer hand it over."""
    pairs = parse_qsl(query, keep_blank_values=True)
    many: dict[str, list[str]] = {}
    for name, value in pairs:
        many.setdefault(name, []).append(value)
    return {
        "type": "REQUEST",
        "methodArn": ARN,
        "httpMethod": method,
        "path": path,
        "headers": {"Host": "api.example.net", **headers},
        "queryStringParameters": dict(pairs) or None,
        "multiValueQueryStringParameters": many or None,
        "requestContext": {"path": f"/live{path}", "requestId": "request-77"},
    }


def as_http(event: dict[str, Any]) -> dict[str, Any]:
    """A REST API's event as an HTTP API hands the same request over: version 2.0 of the payload.

    https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
    """
    given, context = event.get("multiValueQueryStringParameters") or {}, event["requestContext"]
    pairs = [(name, value) for name, values in given.items() for value in values]
    sent = event.get("multiValueHeaders") or {name: [value] for name, value in (event.get("headers") or {}).items()}
    headers = {name.lower(): ",".join(values) for name, values in sent.items()}
    path = context.get("path", f"/live{event.get('path', '/')}")
    own = {"accountId": "210987654321", "apiId": "a1b2c3d4e5", "domainName": DOMAIN, "stage": "live"}
    http = {"method": event.get("httpMethod", "POST"), "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.7"}
    times = {"timeEpoch": context.get("requestTimeEpoch", 1732190000123), "time": "21/Nov/2024:11:53:20 +0000"}
    made = {
        "version": "2.0",
        "routeKey": "ANY /{proxy+}",
        "rawPath": path,
        "rawQueryString": urlencode(pairs, errors="surrogatepass"),
        "headers": headers,
        "requestContext": own | {"http": http, "requestId": context.get("requestId")} | times,
        "isBase64Encoded": bool(event.get("isBase64Encoded")),
    }
    if given:
        made["queryStringParameters"] = {name: ",".join(values) for name, values in given.items()}
    if event.get("body") is not None:
        made["body"] = event["body"]
    if made["isBase64Encoded"] and headers.get("content-type", "").startswith("application/json"):
        # What says that it is JSON is text there.
        with suppress(ValueError):
            text = base64.b64decode(event["body"], validate=True).decode()
            made |= {"body": text, "isBase64Encoded": False}
    return made


@pytest.fixture(scope="session")
def http_event() -> Callable[[dict[str, Any]], dict[str, Any]]:
    return as_http


@pytest.fixture(scope="session")
def new_event() -> Callable[..., dict[str, Any]]:
    return event


@pytest.fixture
def get(handler: Handler, request: pytest.FixtureRequest) -> Callable[..., tuple[int, dict[str, str], Any]]:
    """GET below /wp-json/wc/v3: status, headers and parsed body."""
    request.getfixturevalue("table")

    def answered(path: str, query: str = "", **more: str) -> tuple[int, dict[str, str], Any]:
        answer = handler.read(event(f"/wp-json/wc/v3{path}", query, **more), None)
        return answer["statusCode"], answer["headers"], json.loads(answer["body"])

    return answered


@pytest.fixture
def basic() -> Callable[[str, str], str]:
    return lambda key, secret: "Basic " + base64.b64encode(f"{key}:{secret}".encode()).decode()


@pytest.fixture
def calls(handler: Handler) -> Callable[[str], AbstractContextManager[Counter[str]]]:
    """Count the operations that reach a service; ``rows`` are the items that its Query calls have read."""

    @contextmanager
    def counted(service: str) -> Iterator[Counter[str]]:
        counts: Counter[str] = Counter()
        events = handler.client(service).meta.events

        def count(parsed: dict[str, Any], model: Any, **_: Any) -> None:
            counts[model.name] += 1
            counts["rows"] += parsed.get("ScannedCount", 0)

        events.register(f"after-call.{service}", count)
        try:
            yield counts
        finally:
            events.unregister(f"after-call.{service}", count)

    return counted


@pytest.fixture
def refuse(handler: Handler) -> Callable[..., AbstractContextManager[None]]:
    """Let the next ``times`` calls of an operation fail with an error of AWS, without reaching the emulator."""

    @contextmanager
    def refused(service: str, operation: str, code: str, times: int = 99, **reply: Any) -> Iterator[None]:
        events, left = handler.client(service).meta.events, [times]

        def answer(**_: Any) -> tuple[Any, dict[str, Any]] | None:
            left[0] -= 1
            failed = types.SimpleNamespace(status_code=400)
            return (failed, {"Error": {"Code": code, "Message": "planted"}, **reply}) if left[0] >= 0 else None

        events.register_first(f"before-call.{service}.{operation}", answer)
        try:
            yield
        finally:
            events.unregister(f"before-call.{service}.{operation}", answer)

    return refused


@pytest.fixture(scope="session")
def fill(handler: Handler) -> Callable[..., None]:
    """Write many documents into a table at once, as the mirror would leave them; bodies by (letter, id)."""

    def filled(table: str, bodies: dict[tuple[str, int], bytes]) -> None:
        items, counters = [], Counter()
        for (letter, number), body in bodies.items():
            kind = handler.KINDS[letter]
            listed = sorted(handler.entries(kind, json.loads(body)))
            document = {"z": {"B": gzip.compress(body)}, "k": {"S": letter}, "L": {"SS": listed}}
            items.append(handler.key_of(f"s#{kind.family}#{number}", "D") | document)
            for entry in listed:
                name, _, place = entry.partition("|")
                items.append(handler.key_of(f"s#L#{name}", place))
                for level, length in enumerate(handler.prefixes_of(name)):
                    counters[f"s#N#{name}", f"{level}#{place[:length]}"] += 1
        items += [handler.key_of(*key) | {"n": {"N": f"{count}"}} for key, count in counters.items()]
        for start in range(0, len(items), 25):
            requests = [{"PutRequest": {"Item": item}} for item in items[start : start + 25]]
            answer = handler.client("dynamodb").batch_write_item(RequestItems={table: requests})
            assert not answer["UnprocessedItems"]

    return filled
