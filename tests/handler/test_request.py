"""A request is one to the handler, whichever kind of API hands it over; what is none opens nothing."""

import base64
import copy
import json

import pytest

#: What the handler reads of a request.
READ = ("httpMethod", "path", "headers", "given", "body", "isBase64Encoded")
OWN = {"apiId": "a1b2c3d4e5", "requestId": "request-5", "timeEpoch": 1732190000123}


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST", "DELETE"])
@pytest.mark.parametrize(
    ("path", "query", "headers"),
    [
        ("/wp-json/wc/v3/orders", "", {}),
        ("/wp-json/wc/v3/orders/", "status=completed&status=pending&page=2", {"Accept": "*/*", "HOST": "a.example"}),
        ("/wp-json/wc/v3/orders", "include[]=1&include[]=2&include%5B0%5D=3&search=", {"accept-encoding": "gzip, br"}),
        ("/wp-json/wc/v3/orders", "a=b%26c%3Dd+e&a&=x&;=;&%C3%A9=%F0%9F%94%91&bad=%FF%zz", {"X-WC-Webhook-ID": "12"}),
        ("/live/wp-json/wc/v3/orders/7", "_envelope", {}),
        ("/", "consumer_key=ck&consumer_secret=cs&consumer_key=ck_2", {"Authorization": "Basic Og=="}),
    ],
)
def test_both_kinds_of_api_make_one_request(*, handler, new_event, http_event, method, path, query, headers):
    event = new_event(path, query, method, **headers)
    event["requestContext"]["requestTimeEpoch"] = 1732190000123
    rest, http = handler.request_of(event), handler.request_of(http_event(event))
    assert {name: http.get(name) for name in READ} == {name: rest.get(name) for name in READ} | {
        "isBase64Encoded": False
    }
    for name in ("requestId", "path", "requestTimeEpoch"):
        assert http["requestContext"][name] == rest["requestContext"][name]
    assert handler.facts_of(http) == {"gateway_request_id": "request-77"}


@pytest.mark.parametrize(
    ("stage", "domain", "raw", "path", "shown"),
    [
        ("live", "a1b2c3d4e5.execute-api.x", "/live/wp-json/wc/v3/x", "/wp-json/wc/v3/x", "/live/wp-json/wc/v3/x"),
        ("$default", "a1b2c3d4e5.execute-api.x", "/wp-json/x", "/wp-json/x", "/wp-json/x"),
        # Of a domain of one's own the URL has no stage, though the event does.
        ("live", "api.example.com", "/live/wp-json/x", "/wp-json/x", "/wp-json/x"),
        # The emulator leaves it out.
        ("wp", "a1b2c3d4e5.execute-api.localhost", "/wp-json/x", "/wp-json/x", "/wp/wp-json/x"),
        ("live", "a1b2c3d4e5.execute-api.x", "/live", "/live", "/live/live"),
        ("live", "a1b2c3d4e5.execute-api.x", "", "/", "/live/"),
    ],
)  # fmt: skip
def test_an_http_apis_stage_is_no_part_of_the_path_but_of_the_links(*, handler, stage, domain, raw, path, shown):
    context = OWN | {"stage": stage, "domainName": domain, "http": {"method": "GET"}}
    request = handler.request_of({"rawPath": raw, "rawQueryString": "", "headers": {}, "requestContext": context})
    assert (request["path"], request["requestContext"]["path"]) == (path, shown)


def test_links_lead_to_where_the_client_is(handler, put, http_event, new_event):
    for number in (1, 2):
        put("T", number)
    rest = new_event("/wp-json/wc/v3/products/tags", "per_page=1")
    answers = [handler.read(event, None)["headers"]["Link"] for event in (rest, http_event(rest))]
    assert len({*answers}) == 1
    assert answers[0].startswith("<https://api.example.net/live/wp-json/wc/v3/products/tags?per_page=1&page=2>")


def test_headers_of_a_name_are_one_value(handler, new_event):
    many = {"X-One": ["a"], "Authorization": ["Basic Og==", "Basic eDp5"], "accept-ENCODING": ["gzip", "br"]}
    request = handler.request_of(new_event("/") | {"multiValueHeaders": many})
    assert request["headers"] == {"x-one": "a", "authorization": "Basic Og==,Basic eDp5", "accept-encoding": "gzip,br"}


@pytest.fixture
def secret(handler, monkeypatch):
    made = handler.client("secretsmanager").create_secret(
        Name="key-of-requests", SecretString='{"consumer_key": "ck", "consumer_secret": "cs", "webhook_secret": "whs"}'
    )
    for name in ("API_KEY_SECRET", "WEBHOOK_SECRET"):
        monkeypatch.setenv(name, made["ARN"])
    yield
    handler.client("secretsmanager").delete_secret(SecretId=made["ARN"], ForceDeleteWithoutRecovery=True)


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize("order", [1, -1])
def test_who_sends_two_keys_sends_none(handler, new_event, basic, order):
    right = basic("ck", "cs")
    for other in ("Basic Og==", "Bearer undefined", "", right):
        many = {"Authorization": [right, other][::order]}
        policy = handler.authorize(new_event("/") | {"multiValueHeaders": many}, None)
        assert policy["policyDocument"]["Statement"][0]["Effect"] == "Deny"
    policy = handler.authorize(new_event("/") | {"multiValueHeaders": {"Authorization": [right]}}, None)
    assert policy["policyDocument"]["Statement"][0]["Effect"] == "Allow"


def changed(event, path, value):
    """The event with a value at a path of it, or with nothing there."""
    event = copy.deepcopy(event)
    *way, last = path
    part = event
    for name in way:
        part = part[name]
    if value is KeyError:
        del part[last]
    else:
        part[last] = value
    return event


ODD = [KeyError, None, 7, 7.5, True, "text", [], ["text"], [None], {}, {"a": None}, {"a": 7}, {"a": [None]}, {"a": [7]}]
REST = [("headers",), ("multiValueHeaders",), ("multiValueQueryStringParameters",), ("path",), ("httpMethod",)]
REST += [("requestContext",), ("requestContext", "path"), ("requestContext", "requestId"), ("body",)]
HTTP = [("headers",), ("rawPath",), ("rawQueryString",), ("body",), ("requestContext",), ("requestContext", "stage")]
HTTP += [("requestContext", name) for name in ("http", "timeEpoch", "requestId", "domainName", "apiId")]


@pytest.mark.usefixtures("secret", "table")
@pytest.mark.parametrize(("shape", "path"), [("rest", path) for path in REST] + [("http", path) for path in HTTP])
def test_an_event_of_no_apis_is_answered_without_a_word_of_why(
    *, handler, new_event, http_event, shape, path, monkeypatch
):
    """Nobody but who may invoke a function can send one; they are told no more than any other."""
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "shop")
    event = new_event("/wp-json/wc/v3/orders", "page=1") | {
        "multiValueHeaders": {"Host": ["api.example.net"]},
        "body": "x",
    }
    event["requestContext"] |= {"requestTimeEpoch": 1}
    event = event if shape == "rest" else http_event(event)
    for value in ODD:
        hostile = changed(event, path, value)
        for entry, well in ((handler.read, 200), (handler.receive, 401)):
            answer = entry(hostile, None)
            assert answer["statusCode"] in (well, 400, 404, 413, 500, 503)
            body = json.loads(answer["body"] or "{}")
            if answer["statusCode"] >= 500:
                assert body["message"] in ("The request failed.", "The event could not be stored.")
            assert "Traceback" not in answer["body"]


@pytest.mark.usefixtures("secret")
@pytest.mark.parametrize(
    "path", [("headers",), ("requestContext",), ("multiValueQueryStringParameters",), ("methodArn",)]
)
def test_an_event_of_no_apis_opens_nothing(handler, new_event, basic, path):
    event = new_event("/wp-json/wc/v3/orders", "", Authorization=basic("ck", "cs"))
    for value in ODD:
        if value is not KeyError and path == ("multiValueQueryStringParameters",) and value in (None, [], {}):
            continue
        try:
            policy = handler.authorize(changed(event, path, value), None)
        except (AttributeError, KeyError, TypeError, IndexError):
            continue
        (statement,) = policy["policyDocument"]["Statement"]
        # Where only the query is odd, and nothing in it is a key, the header is as good as ever.
        assert statement["Effect"] == "Deny" or path in (
            ("multiValueQueryStringParameters",),
            ("requestContext",),
            ("methodArn",),
        )


def test_a_body_is_the_same_bytes_as_text_and_as_base64(handler, http_event):
    body = '{"id":1,"note":"Stra\u00dfe \u2603"}'.encode()
    event = {"body": base64.b64encode(body).decode(), "isBase64Encoded": True, "requestContext": {"requestId": "r"}}
    found = []
    for kind, is_text in (("application/json", True), ("text/plain", False), ("", False)):
        made = http_event(event | {"headers": {"Content-Type": kind}})
        assert made["isBase64Encoded"] is not is_text
        given = handler.request_of(made)["body"]
        found.append(given.encode() if is_text else base64.b64decode(given))
    assert found == [body] * 3
