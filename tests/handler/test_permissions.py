"""Least privilege, both ways: what a function calls is what its role grants, no more and no less."""

import itertools
import json
import os
import types
import uuid

import pytest

from woo_stack import Settings, shop
from woo_stack.code import Inline

NUMBERS = itertools.count(1)
#: What a role grants beside its function's own calls: its log, its traces, and the key that AWS uses on its behalf.
IMPLIED = {"kms", "logs", "sns", "xray"}
#: What Lambda does by the role of a queue's consumer.
POLLING = {"sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"}
#: The rights that a transaction needs, by its actions.
INSIDE = {"Put": "PutItem", "Delete": "DeleteItem", "Update": "UpdateItem", "ConditionCheck": "ConditionCheckItem"}
TABLE, SECRET = {"Fn::GetAtt": ["DocumentsTable", "Arn"]}, {"Ref": "WebhookSecretSecret"}
EVENTS, LETTERS = ({"Fn::GetAtt": [name, "Arn"]} for name in ("EventsQueue", "EventsDeadLettersQueue"))


def sorted_grants(grants):
    return sorted(grants, key=lambda grant: (grant[0], json.dumps(grant[1])))


@pytest.fixture(scope="module")
def resources():
    return json.loads(shop(Settings()).to_json())["Resources"]


@pytest.fixture
def granted(resources):
    """What a function's policies grant beside what is implied: actions with resource and condition."""

    def found(function):
        role = resources[resources[f"{function}Function"]["Properties"]["Role"]["Fn::GetAtt"][0]]["Properties"]
        policies = [policy["Ref"] for policy in role["ManagedPolicyArns"]]
        assert policies == ["FunctionsPolicy", f"{function}Policy"]
        return sorted_grants(
            (action, resource, statement.get("Condition"))
            for policy in policies
            for statement in resources[policy]["Properties"]["PolicyDocument"]["Statement"]
            for action in statement["Action"]
            for resource in statement["Resource"]
            if action.split(":")[0] not in IMPLIED
        )

    return found


@pytest.fixture
def called(handler):
    """The IAM actions that were called so far, each with the requests that needed it."""
    found, clients = {}, {name: handler.client(name).meta.events for name in ("dynamodb", "secretsmanager", "sqs")}

    def note(params, model, **_):
        requests = [{model.name: params}]
        if model.name == "TransactWriteItems":
            requests = [{INSIDE[verb]: change for verb, change in action.items()} for action in params["TransactItems"]]
        for request in requests:
            for name, given in request.items():
                found.setdefault(f"{model.service_model.service_name}:{name}", []).append(given)

    for name, events in clients.items():
        events.register(f"provide-client-params.{name}", note)
    yield found
    for name, events in clients.items():
        events.unregister(f"provide-client-params.{name}", note)


@pytest.fixture
def secret(handler, monkeypatch):
    """Put a secret where a function looks for it."""

    def made(variable, **values):
        client, name = handler.client("secretsmanager"), f"permissions-{next(NUMBERS)}"
        monkeypatch.setenv(variable, client.create_secret(Name=name, SecretString=json.dumps(values))["ARN"])

    return made


@pytest.fixture
def queue(handler, monkeypatch):
    """A queue for every function that sends to one."""
    attributes = {"FifoQueue": "true"}
    made = handler.client("sqs").create_queue(QueueName=f"permissions-{next(NUMBERS)}.fifo", Attributes=attributes)
    for name in ("QUEUE_URL", "DEAD_LETTER_QUEUE_URL"):
        monkeypatch.setenv(name, made["QueueUrl"])
    monkeypatch.setenv("MAX_RECEIVES", "1")
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", "shop")


def test_the_reader_may_do_what_it_does_and_only_to_its_table(*, granted, get, put, called):
    for number in (1, 2, 3):
        put("O", number, date_created=f"2024-0{number}-05T10:00:00")
    called.clear()
    for path, query in (("/orders/2", ""), ("/orders", "page=2&per_page=1"), ("/reports/orders/totals", "")):
        get(path, query)
    assert granted("Reader") == sorted_grants((action, TABLE, None) for action in called)


def test_the_authorizer_may_read_its_secret_and_only_that(*, granted, handler, new_event, basic, secret, called):
    secret("API_KEY_SECRET", consumer_key="ck_31", consumer_secret="cs_72")
    called.clear()
    for pair in (("ck_31", "cs_72"), ("ck_31", "cs_9"), ("ck_9", "cs_72")):
        handler.authorize(new_event("/wp-json/wc/v3/orders", Authorization=basic(*pair)), None)
    assert granted("Authorizer") == sorted_grants((action, {"Ref": "ApiKeySecret"}, None) for action in called)


def test_the_rotator_may_rotate_its_secret_and_only_that(*, handler, secret, called, monkeypatch):
    # The code itself is not what is asked about, and takes its time.
    entries = ("authorize", "read", "receive", "apply", "recount", "rotate")
    code = "\n".join(f"def {entry}(event, context): ..." for entry in entries)
    monkeypatch.setattr("woo_stack.foundation.handler_code", lambda **_: Inline(code, "Handler"))
    resources = json.loads(shop(Settings(rotation_days=30)).to_json())["Resources"]
    statements = resources["RotatorPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    granted = {action for one in statements for action in one["Action"]}
    assert {json.dumps(one["Resource"]) for one in statements} == {json.dumps([{"Ref": "ApiKeySecret"}])}
    secret("API_KEY_SECRET", consumer_key="ck_31", consumer_secret="cs_72")
    arn, version = os.environ["API_KEY_SECRET"], str(uuid.uuid4())
    real = handler.client("secretsmanager").describe_secret

    def describe(**given):
        answer = real(**given)
        # As AWS has it: pending, before there is anything in it.
        answer["VersionIdsToStages"].setdefault(version, ["AWSPENDING"])
        return answer

    monkeypatch.setattr(handler.client("secretsmanager"), "describe_secret", describe)
    called.clear()
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        handler.rotate({"Step": step, "SecretId": arn, "ClientRequestToken": version}, None)
    assert set(called) == granted


@pytest.mark.usefixtures("table", "queue")
def test_the_intake_may_queue_and_park_and_write_no_document(*, granted, handler, secret, called, refuse, monkeypatch):
    secret("WEBHOOK_SECRET", webhook_secret="Kq3vX9pL")
    called.clear()
    event = {"body": "{}", "requestContext": {"requestTimeEpoch": 1732190000123}}
    assert handler.receive(event, None)["statusCode"] == 401
    handler.patch(monkeypatch, "signed", lambda *_: True)
    assert handler.receive(event, None)["statusCode"] == 200
    with refuse("sqs", "SendMessage", "AccessDenied"):
        assert handler.receive(event, None)["statusCode"] == 200
    (put,) = called["dynamodb:PutItem"]
    parked = {
        "ForAllValues:StringEquals": {"dynamodb:LeadingKeys": [put["Item"]["pk"]["S"]]},
        "Null": {"dynamodb:LeadingKeys": "false"},
    }
    given = {"secretsmanager": (SECRET, None), "sqs": (EVENTS, None), "dynamodb": (TABLE, parked)}
    assert granted("Intake") == sorted_grants((action, *given[action.split(":")[0]]) for action in called)


@pytest.mark.usefixtures("table", "queue")
def test_the_applier_may_write_documents_and_dead_letters(*, granted, handler, make, called):
    lasting = types.SimpleNamespace(get_remaining_time_in_millis=lambda: 60_000)
    bodies = [make.body("O", 1), make.body("O", 1, status="completed", date_modified_gmt=None), b"not JSON"]
    webhook = '{"topic":"order.updated","id":"1","delivery":"2","received":"1732190000123#00112233445566ff"}'
    texts = [(body.decode(), {"webhook": {"stringValue": webhook}}) for body in bodies]
    records = [
        {
            "messageId": f"{number}",
            "body": text,
            "messageAttributes": attributes,
            "attributes": {"MessageGroupId": "order", "ApproximateReceiveCount": "1"},
        }
        for number, (text, attributes) in enumerate([*texts, ("by hand", {})])
    ]
    assert handler.apply({"Records": records}, lasting) == {"batchItemFailures": []}
    expected = [(action, TABLE if action.startswith("dynamodb") else LETTERS, None) for action in called]
    assert granted("Applier") == sorted_grants(expected + [(action, EVENTS, None) for action in POLLING])


@pytest.mark.usefixtures("queue")
def test_the_recounter_may_read_and_repair_the_table(*, granted, handler, table, put, called):
    lasting = types.SimpleNamespace(get_remaining_time_in_millis=lambda: 900_000)
    client = handler.client("dynamodb")
    put("O", 1)
    client.delete_item(TableName=table, Key=handler.key_of("s#N#O#any@id", "0#"))
    client.delete_item(TableName=table, Key=handler.key_of("s#L#O#any@id", f"{1:012}"))
    client.put_item(TableName=table, Item=handler.key_of("s#L#O#any@id", f"{2:012}"))
    called.clear()
    handler.recount({}, lasting)
    assert granted("Recounter") == sorted_grants((action, TABLE, None) for action in called)


@pytest.mark.parametrize("function", ["Reader", "Authorizer", "Intake", "Applier", "Recounter"])
def test_what_all_functions_need_is_granted_once(resources, function):
    """In the policy that they share, and in none of their own."""
    shared, own = (
        [one for one in resources[f"{title}Policy"]["Properties"]["PolicyDocument"]["Statement"]
         if one["Action"][0].split(":")[0] in IMPLIED]
        for title in ("Functions", function)
    )  # fmt: skip
    assert own == []
    assert {tuple(one["Action"]): one["Resource"] for one in shared} == {
        ("logs:CreateLogStream", "logs:PutLogEvents"): [{"Fn::GetAtt": ["FunctionsLogs", "Arn"]}],
        ("xray:PutTelemetryRecords", "xray:PutTraceSegments"): ["*"],
        ("kms:Decrypt", "kms:GenerateDataKey"): [{"Fn::GetAtt": ["DataKey", "Arn"]}],
        ("sns:Publish",): [{"Ref": "PagerNotices"}],
    }
