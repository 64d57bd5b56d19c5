"""Least privilege, both ways: what a function calls is what its role grants, no more and no less."""

import json

import pytest

from woo_stack import Settings, shop

#: What a role grants beside its function's own calls: its log, its traces, and the key that AWS uses on its behalf.
IMPLIED = {"kms", "logs", "xray"}


@pytest.fixture(scope="module")
def resources():
    return json.loads(shop(Settings()).to_json())["Resources"]


def granted(resources, function):
    """The statements of a function's own policy, without what is implied."""
    role = resources[resources[f"{function}Function"]["Properties"]["Role"]["Fn::GetAtt"][0]]["Properties"]
    (policy,) = role["ManagedPolicyArns"]
    statements = resources[policy["Ref"]]["Properties"]["PolicyDocument"]["Statement"]
    return [one for one in statements if one["Action"][0].split(":")[0] not in IMPLIED]


def actions(statements):
    return {action for statement in statements for action in statement["Action"]}


def test_the_reader_may_do_what_it_does_and_only_to_its_table(*, resources, handler, get, put, calls, monkeypatch):
    handler.patch(monkeypatch, "NEAR_ROWS", 1)
    for number in (1, 2, 3):
        put("O", number, date_created=f"2024-0{number}-05T10:00:00")
    with calls("dynamodb") as counts, calls("secretsmanager") as others:
        for route in handler.ROUTES:
            path = route.removeprefix("GET /wp-json/wc/v3")
            get(path.replace("{id}", "2"), "" if "{id}" in path else "page=2&per_page=1")
    statements = granted(resources, "Reader")
    assert actions(statements) == {f"dynamodb:{name}" for name in counts if name != "rows"}
    assert not others
    assert [one["Resource"] for one in statements] == [[{"Fn::GetAtt": ["DocumentsTable", "Arn"]}]]


def test_the_authorizer_may_read_its_secret_and_only_that(*, resources, handler, new_event, basic, calls, monkeypatch):
    secret = json.dumps({"consumer_key": "ck_31", "consumer_secret": "cs_72"})
    made = handler.client("secretsmanager").create_secret(Name=f"permissions-{id(handler)}", SecretString=secret)
    monkeypatch.setenv("API_KEY_SECRET", made["ARN"])
    monkeypatch.setitem(handler.KNOWN, "read_at", float("-inf"))
    with calls("secretsmanager") as counts, calls("dynamodb") as others:
        for pair in (("ck_31", "cs_72"), ("ck_31", "cs_9"), ("ck_9", "cs_72")):
            handler.authorize(new_event("/wp-json/wc/v3/orders", Authorization=basic(*pair)), None)
    statements = granted(resources, "Authorizer")
    assert actions(statements) == {f"secretsmanager:{name}" for name in counts if name != "rows"}
    assert not others
    assert [one["Resource"] for one in statements] == [[{"Ref": "ApiKeySecret"}]]


def test_whoever_is_given_a_key_may_use_it(resources):
    for function in ("Reader", "Authorizer"):
        statements = resources[f"{function}Policy"]["Properties"]["PolicyDocument"]["Statement"]
        (key,) = [one for one in statements if one["Action"][0].startswith("kms:")]
        assert key["Action"] == ["kms:Decrypt", "kms:GenerateDataKey"]
        assert key["Resource"] == [{"Fn::GetAtt": ["DataKey", "Arn"]}]
