"""The authorizer: who gets in, what the others are told, and how often Secrets Manager is asked."""

import base64
import hashlib
import itertools
import json
import logging
import os

import pytest
from botocore.exceptions import ClientError

CANNOT_VIEW = {"code": "woocommerce_rest_cannot_view", "message": "Sorry, you cannot list resources."}
WRONG_SECRET = {"code": "woocommerce_rest_authentication_error", "message": "Consumer secret is invalid."}
STAGE = "arn:aws:execute-api:us-east-1:210987654321:a1b2c3d4e5/live/*"
KEY, SECRET = "ck_5f1e", "cs_90ab"
NUMBERS = itertools.count(1)


@pytest.fixture
def rotate(handler):
    """Write the key pair to the secret, as a rotation does."""

    def write(key, secret):
        text = json.dumps({"consumer_key": key, "consumer_secret": secret})
        handler.client("secretsmanager").put_secret_value(SecretId=os.environ["API_KEY_SECRET"], SecretString=text)

    return write


@pytest.fixture(autouse=True)
def key_secret(handler, monkeypatch, rotate):
    """A secret of its own for each test, which the container has not read yet."""
    made = handler.client("secretsmanager").create_secret(Name=f"key-{next(NUMBERS)}", SecretString="{}")
    monkeypatch.setenv("API_KEY_SECRET", made["ARN"])
    rotate(KEY, SECRET)


@pytest.fixture
def pass_time(handler):
    """Let the secret that this container knows have been read some seconds earlier."""

    def passed(seconds):
        handler.KNOWN[os.environ["API_KEY_SECRET"]]["read_at"] -= seconds

    return passed


@pytest.fixture
def ask(handler, new_event, basic):
    """The policy for a pair in the Authorization header, or for a whole header or query."""

    def asked(key=None, secret=None, *, query="", **headers):
        if key is not None:
            headers["Authorization"] = basic(key, secret)
        return handler.authorize(new_event("/wp-json/wc/v3/orders", query, **headers), None)

    return asked


def verdict(policy):
    (statement,) = policy["policyDocument"]["Statement"]
    assert policy["policyDocument"]["Version"] == "2012-10-17"
    assert (statement["Action"], statement["Resource"]) == ("execute-api:Invoke", STAGE)
    allowed = statement["Effect"] == "Allow"
    assert policy["principalId"] == (KEY if allowed else "anonymous")
    return "Allow" if allowed and policy["context"] == {} else policy["context"]


@pytest.mark.parametrize("name", ["Authorization", "authorization", "AUTHORIZATION"])
@pytest.mark.parametrize("scheme", ["Basic", "basic", "BASIC"])
def test_the_right_pair_is_let_in_to_the_whole_stage(ask, basic, name, scheme):
    assert verdict(ask(**{name: basic(KEY, SECRET).replace("Basic", scheme)})) == "Allow"


@pytest.mark.parametrize(
    ("key", "secret", "denial"),
    [
        (KEY, "cs_wrong", WRONG_SECRET),
        (KEY, SECRET + "x", WRONG_SECRET),
        (KEY, SECRET[:-1], WRONG_SECRET),
        (KEY, SECRET.upper(), WRONG_SECRET),
        (KEY, "caf\u00e9", WRONG_SECRET),
        ("ck_other", SECRET, CANNOT_VIEW),
        ("ck_other", "cs_other", CANNOT_VIEW),
        ("", SECRET, CANNOT_VIEW),
        (KEY, "", CANNOT_VIEW),
        ("", "", CANNOT_VIEW),
        ("\u00e9" * 9_000, "\U0001f511", CANNOT_VIEW),
    ],
)
def test_any_other_pair_is_told_what_woocommerce_tells(ask, key, secret, denial):
    assert verdict(ask(key, secret)) == denial


@pytest.mark.parametrize(
    "header",
    [
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic Og",
        "Basic \u00e9",
        "Basic " + base64.b64encode(b"\xff\xfe:\xff").decode(),
        "Basic " + base64.b64encode(KEY.encode()).decode(),
        "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode() + " x",
        "Basic !" + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode(),
        "Basic " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode() + "\n",
        "Bearer " + base64.b64encode(f"{KEY}:{SECRET}".encode()).decode(),
        "x" * 9_000,
        "",
    ],
)
def test_a_malformed_header_is_an_unknown_key(ask, header):
    assert verdict(ask(Authorization=header)) == CANNOT_VIEW


def test_no_credentials_are_an_unknown_key(handler, ask, new_event):
    assert verdict(ask()) == CANNOT_VIEW
    assert verdict(handler.authorize(new_event("/") | {"headers": None}, None)) == CANNOT_VIEW


def query(key, secret):
    return f"consumer_key={key}&consumer_secret={secret}"


@pytest.mark.parametrize(
    ("query", "answer"),
    [
        (query(KEY, SECRET), "Allow"),
        (query(KEY, "cs_wrong"), WRONG_SECRET),
        (query("ck_other", SECRET), CANNOT_VIEW),
        (query("ck_old", "cs_old") + "&" + query(KEY, SECRET), "Allow"),
        (f"consumer_key={KEY}", CANNOT_VIEW),
        (query(KEY, ""), CANNOT_VIEW),
        (f"consumer_key[]={KEY}&consumer_secret[]={SECRET}", CANNOT_VIEW),
    ],
)
def test_a_pair_in_the_query_counts_too(ask, query, answer):
    assert verdict(ask(query=query)) == answer


@pytest.mark.parametrize(
    "pair", [query(KEY, SECRET), query(KEY, "cs_wrong"), query("ck_other", SECRET), "consumer_key=&consumer_secret=x"]
)
def test_a_header_decides_alone_because_the_answer_is_remembered_under_it(ask, pair):
    assert verdict(ask(KEY, SECRET, query=pair)) == "Allow"
    assert verdict(ask(KEY, "cs_wrong", query=pair)) == WRONG_SECRET
    assert verdict(ask("ck_other", SECRET, query=pair)) == CANNOT_VIEW
    assert verdict(ask("", "", query=pair)) == CANNOT_VIEW


@pytest.mark.parametrize("spaces", ["  ", " " * 50])
def test_spaces_around_the_token_do_not_matter(ask, basic, spaces):
    assert verdict(ask(Authorization=basic(KEY, SECRET).replace(" ", spaces) + spaces)) == "Allow"


#: What an HTTP API's authorizer is given, as AWS shows it: no list of values of a header or a parameter.
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-lambda-authorizer.html
HTTP_EVENT = json.loads("""{
  "version": "1.0",
  "type": "REQUEST",
  "methodArn": "arn:aws:execute-api:us-east-1:123456789012:abcdef123/test/GET/request",
  "identitySource": "user1,123",
  "authorizationToken": "user1,123",
  "resource": "/request",
  "path": "/request",
  "httpMethod": "GET",
  "headers": {
    "X-AMZ-Date": "20170718T062915Z",
    "Accept": "*/*",
    "HeaderAuth1": "headerValue1",
    "CloudFront-Viewer-Country": "US",
    "CloudFront-Forwarded-Proto": "https",
    "CloudFront-Is-Tablet-Viewer": "false",
    "CloudFront-Is-Mobile-Viewer": "false",
    "User-Agent": "..."
  },
  "queryStringParameters": {
    "QueryString1": "queryValue1"
  },
  "pathParameters": {},
  "stageVariables": {
    "StageVar1": "stageValue1"
  },
  "requestContext": {
    "path": "/request",
    "accountId": "123456789012",
    "resourceId": "05c7jb",
    "stage": "test",
    "requestId": "...",
    "identity": {
      "apiKey": "...",
      "sourceIp": "...",
      "clientCert": {
        "clientCertPem": "CERT_CONTENT",
        "subjectDN": "www.example.com",
        "issuerDN": "Example issuer",
        "serialNumber": "a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1:a1",
        "validity": {
          "notBefore": "May 28 12:30:02 2019 GMT",
          "notAfter": "Aug  5 09:36:04 2021 GMT"
        }
      }
    },
    "resourcePath": "/request",
    "httpMethod": "GET",
    "apiId": "abcdef123"
  }
}""")


@pytest.mark.parametrize(
    ("pair", "header", "effect"),
    [
        (None, None, "Deny"),
        (None, (KEY, SECRET), "Allow"),
        ((KEY, SECRET), None, "Allow"),
        ((KEY, SECRET), (KEY, SECRET), "Allow"),
        ((KEY, "cs_wrong"), None, "Deny"),
        ((KEY, "cs_wrong"), (KEY, SECRET), "Allow"),
        ((KEY, SECRET), (KEY, "cs_wrong"), "Deny"),
        # Of a name that comes twice API Gateway may tell all, joined by commas as in version 2.0.
        ((f"{KEY},{KEY}", f"{SECRET},{SECRET}"), None, "Deny"),
    ],
)
@pytest.mark.parametrize("lists", [{}, {"multiValueHeaders": None, "multiValueQueryStringParameters": None}])
def test_an_http_api_tells_one_value_of_each_name(*, handler, basic, pair, header, effect, lists):
    given = dict(zip(("consumer_key", "consumer_secret"), pair or (), strict=False))
    more = {"authorization": basic(*header)} if header else {}
    event = HTTP_EVENT | lists | {
        "headers": HTTP_EVENT["headers"] | more,
        "queryStringParameters": HTTP_EVENT["queryStringParameters"] | given,
    }  # fmt: skip
    (statement,) = handler.authorize(event, None)["policyDocument"]["Statement"]
    stage = "arn:aws:execute-api:us-east-1:123456789012:abcdef123/test/*"
    assert (statement["Effect"], statement["Resource"]) == (effect, stage)


def test_an_http_api_without_a_query_lets_in_by_the_header(handler, basic):
    event = HTTP_EVENT | {"headers": {"authorization": basic(KEY, SECRET)}}
    del event["queryStringParameters"]
    assert handler.authorize(event, None)["principalId"] == KEY


@pytest.mark.parametrize("header", ["Basic Og==", "Bearer token", "Basic eDp5"])
def test_an_allow_is_never_remembered_under_a_header_that_is_wrong_itself(ask, header):
    assert verdict(ask(query=query(KEY, SECRET), Authorization=header)) == CANNOT_VIEW


def test_a_secret_without_a_pair_lets_nobody_in(ask, rotate):
    rotate("", "")
    assert verdict(ask("", "")) == CANNOT_VIEW
    assert verdict(ask()) == CANNOT_VIEW


def test_the_secret_is_read_once_in_five_minutes(ask, calls, pass_time):
    with calls("secretsmanager") as counts:
        for _ in range(3):
            assert verdict(ask(KEY, SECRET)) == "Allow"
        assert counts["GetSecretValue"] == 1
        pass_time(290)
        ask(KEY, SECRET)
        assert counts["GetSecretValue"] == 1
        pass_time(11)
        ask(KEY, SECRET)
    assert counts["GetSecretValue"] == 2


def test_a_rotated_pair_works_at_once_and_the_old_one_ends(ask, rotate, pass_time):
    assert verdict(ask(KEY, SECRET)) == "Allow"
    pass_time(11)
    rotate(KEY, "cs_rotated")
    assert verdict(ask(KEY, "cs_rotated")) == "Allow"
    assert verdict(ask(KEY, SECRET)) == WRONG_SECRET


@pytest.fixture
def two_pairs(handler):
    """Put a second pair beside the first."""

    def write(**second):
        text = json.dumps({"consumer_key": KEY, "consumer_secret": SECRET, **second})
        handler.client("secretsmanager").put_secret_value(SecretId=os.environ["API_KEY_SECRET"], SecretString=text)

    return write


@pytest.mark.parametrize("key", [KEY, "ck_second"])
def test_two_pairs_are_good_while_clients_are_given_a_new_one(ask, two_pairs, key):
    two_pairs(consumer_key_2=key, consumer_secret_2="cs_second")
    assert verdict(ask(KEY, SECRET)) == "Allow"
    second = ask(key, "cs_second")
    assert (second["principalId"], second["context"]) == (key, {})
    assert second["policyDocument"]["Statement"][0]["Effect"] == "Allow"
    assert verdict(ask(key, "cs_third")) == WRONG_SECRET
    assert verdict(ask("ck_third", "cs_second")) == CANNOT_VIEW


def test_pairs_are_not_mixed(ask, two_pairs):
    two_pairs(consumer_key_2="ck_second", consumer_secret_2="cs_second")
    assert verdict(ask(KEY, "cs_second")) == WRONG_SECRET
    assert verdict(ask("ck_second", SECRET)) == WRONG_SECRET


@pytest.mark.parametrize(
    "half",
    [
        {"consumer_key_2": "ck_second"},
        {"consumer_secret_2": "cs_second"},
        {"consumer_key_2": "", "consumer_secret_2": ""},
    ],
)
def test_half_a_second_pair_lets_nobody_in(ask, two_pairs, half):
    two_pairs(**half)
    for key in ("", "ck_second"):
        for secret in ("", "cs_second"):
            assert verdict(ask(key, secret)) in (CANNOT_VIEW, WRONG_SECRET)
    assert verdict(ask(KEY, SECRET)) == "Allow"


@pytest.mark.parametrize("usage", ["", "u-4711"])
def test_the_plan_that_counts_a_caller_is_named_where_there_is_one(ask, monkeypatch, usage):
    assert "usageIdentifierKey" not in ask(KEY, SECRET)
    monkeypatch.setenv("USAGE_KEY", usage)
    for secret in (SECRET, "cs_wrong"):
        assert ask(KEY, secret).get("usageIdentifierKey") == (usage or None)


def test_wrong_pairs_do_not_hammer_secrets_manager(ask, calls, pass_time):
    ask(KEY, SECRET)
    with calls("secretsmanager") as counts:
        for _ in range(5):
            ask(KEY, "cs_wrong")
        assert counts["GetSecretValue"] == 0
        pass_time(11)
        for _ in range(5):
            ask("ck_other", "cs_wrong")
    assert counts["GetSecretValue"] == 1


@pytest.mark.parametrize(("key", "secret"), [(KEY, "cs_wrong"), ("ck_other", SECRET), ("ck_other", "cs_wrong")])
def test_key_and_secret_are_both_compared_in_constant_time(handler, ask, monkeypatch, key, secret):
    compared = []
    real = handler.hmac.compare_digest

    def compare(given, expected):
        compared.append((given, expected))
        return real(given, expected)

    monkeypatch.setattr(handler.hmac, "compare_digest", compare)
    ask(key, secret)
    pairs = [(key.encode(), KEY.encode()), (secret.encode(), SECRET.encode())]
    assert compared == [*pairs, (key.encode(), b""), (secret.encode(), b"")] * 2


@pytest.fixture
def records(caplog):
    """What the handler has logged so far, when called."""
    caplog.set_level(logging.INFO, logger="woo_stack")
    return lambda: caplog.records


@pytest.mark.parametrize("code", ["ResourceNotFoundException", "InternalServiceError"])
def test_a_secret_that_cannot_be_read_is_raised_and_logged(ask, refuse, records, code):
    with refuse("secretsmanager", "GetSecretValue", code), pytest.raises(ClientError, match="planted"):
        ask(KEY, SECRET)
    (record,) = records()
    assert (record.levelname, record.gateway_request_id) == ("ERROR", "request-77")
    assert f"{record.exc_info[1]}" == code


@pytest.mark.parametrize("text", ["no JSON", "[]", "7"])
def test_a_secret_that_is_no_object_leaves_what_is_remembered(handler, ask, pass_time, records, text):
    assert verdict(ask(KEY, SECRET)) == "Allow"
    handler.client("secretsmanager").put_secret_value(SecretId=os.environ["API_KEY_SECRET"], SecretString=text)
    pass_time(400)
    assert verdict(ask(KEY, SECRET)) == "Allow"
    assert verdict(ask(KEY, "cs_wrong")) == WRONG_SECRET
    assert {record.exc_info[0].__name__ for record in records() if record.exc_info} <= {"JSONDecodeError", "TypeError"}


def test_one_record_a_request_without_key_or_secret(ask, records):
    ask(KEY, SECRET)
    ask(KEY, "cs_wrong")
    assert [(r.levelname, r.message, r.effect, r.gateway_request_id) for r in records()] == [
        ("INFO", "authorize", "Allow", "request-77"),
        ("INFO", "authorize", "Deny", "request-77"),
    ]
    written = repr([vars(record) for record in records()])
    assert not [word for word in (KEY, SECRET, "cs_wrong", "Basic") if word in written]


def hashed(text):
    return hashlib.sha256(text.encode()).hexdigest()[:8]


@pytest.mark.parametrize(
    ("given", "why", "key"),
    [
        ({"key": "ck_other", "secret": SECRET}, CANNOT_VIEW, "ck_other"),
        ({"key": KEY, "secret": "cs_wrong"}, WRONG_SECRET, KEY),
        ({"key": "ck_zo\u00eb", "secret": ""}, CANNOT_VIEW, "ck_zo\u00eb"),
        ({"query": query("ck_late", SECRET)}, CANNOT_VIEW, "ck_late"),
        ({"key": "ck_late", "secret": SECRET, "query": query(KEY, SECRET)}, CANNOT_VIEW, "ck_late"),
        ({}, CANNOT_VIEW, ""),
    ],
)
def test_the_record_of_a_denial_says_why_and_whose_it_is_without_the_key(ask, records, given, why, key):
    ask(**given)
    (record,) = records()
    assert (record.effect, record.why, record.key) == ("Deny", why["code"], hashed(key))


def test_the_record_of_an_allow_says_no_more(ask, records):
    ask(KEY, SECRET)
    (record,) = records()
    assert not {"why", "key"} & vars(record).keys()


def test_a_lone_surrogate_is_no_traceback(handler, ask, new_event):
    pair = {"consumer_key": ["\ud800"], "consumer_secret": ["\udfff"]}
    event = new_event("/") | {"multiValueQueryStringParameters": pair}
    assert verdict(handler.authorize(event, None)) == CANNOT_VIEW
    assert verdict(ask(Authorization="Basic \ud800")) == CANNOT_VIEW


def test_authorizing_calls_nothing_but_the_secret(ask, calls):
    with calls("secretsmanager") as counts, calls("dynamodb") as others:
        ask(KEY, SECRET)
        ask(KEY, "cs_wrong")
    assert set(counts) - {"rows"} == {"GetSecretValue"}
    assert not others
