"""What a container's start costs: CPU of a fresh process until it has answered its first request.

Each of our functions runs as Lambda runs it: what it gets of the bundle, as one module that is compiled anew, or from
the zip, with the environment of its own. Beside them are the least that anybody writes with boto3, and the same with
Powertools as its tutorial has it. All are started in turns, so that what else the machine does falls on all of them;
goals are ratios within one run.

What is asked is `stub`, over HTTP, so nobody pays for TLS. AWS's own part of a start (its runtime, the sandbox) is not
in it either. ``WOO_STACK_PEERS`` is the Python that has Powertools, else the one of ``make bench-peers``.
"""

import base64
import hashlib
import hmac
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import boto3

from figure import Figure
from measure import cpu_seconds, medians
from peers import PYTHON
from read_cost import filled, order
from stub import Stub
from woo_stack.foundation import handler_code

TITLE = "Cold start: CPU of a fresh process until its first answer"

RUNS = 9
#: At most so much of the others.
GOALS = {"plain boto3": 0.8, "Powertools": 0.35}
PEERS = os.environ.get("WOO_STACK_PEERS", str(PYTHON / "python"))

#: Below this is nobody who has a client of botocore, however it is made.
FLOOR = """
import gc
gc.disable()
import botocore.session
def handle(event, context):
    return "imported"
"""
PLAIN = """
import json, os
import boto3
client = boto3.client("dynamodb")
def handle(event, context):
    key = {"pk": {"S": "s#O#" + event["path"].rpartition("/")[2]}, "sk": {"S": "D"}}
    item = client.get_item(TableName=os.environ["TABLE_NAME"], Key=key)["Item"]
    return {"statusCode": 200, "body": json.dumps({"kind": item["k"]["S"]})}
"""
POWERTOOLS = """
import os
import boto3
from aws_lambda_powertools import Logger, Metrics, Tracer
from aws_lambda_powertools.event_handler import APIGatewayRestResolver
logger, tracer, metrics = Logger(), Tracer(), Metrics()
app = APIGatewayRestResolver()
client = boto3.client("dynamodb")
@app.get("/wp-json/wc/v3/orders/<number>")
@tracer.capture_method
def order(number):
    logger.info("read")
    metrics.add_metric(name="Read", unit="Count", value=1)
    key = {"pk": {"S": "s#O#" + number}, "sk": {"S": "D"}}
    return {"kind": client.get_item(TableName=os.environ["TABLE_NAME"], Key=key)["Item"]["k"]["S"]}
@logger.inject_lambda_context
@tracer.capture_lambda_handler
@metrics.log_metrics(capture_cold_start_metric=True)
def handle(event, context):
    return app.resolve(event, context)
"""
#: Their modules; one of ours has the name of its function.
OTHERS = {"floor": FLOOR, "plain": PLAIN, "powertools": POWERTOOLS}
#: What Lambda's runtime does, in short. Ends at once: what an interpreter tidies up is no part of a start.
RUNTIME = """
import json, os, sys
from importlib import import_module
class Context:
    function_name, memory_limit_in_mb, aws_request_id = "shop", 512, "c6af9ac6-7b61-11e6-9a41-93e8deadbeef"
    invoked_function_arn = "arn:aws:lambda:eu-west-1:210987654321:function:shop"
    def get_remaining_time_in_millis(self): return 900000
handler, event, right = sys.argv[1:]
module, _, entry = handler.rpartition(".")
answer = getattr(import_module(module), entry)(json.loads(event), Context())
os._exit(right not in json.dumps(answer))
"""
#: What Lambda sets.
ENVIRONMENT = {
    "AWS_REGION": "eu-west-1",
    "AWS_DEFAULT_REGION": "eu-west-1",
    "AWS_ACCESS_KEY_ID": "ASIAEXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_SESSION_TOKEN": "token",
    "AWS_LAMBDA_FUNCTION_NAME": "shop",
    "AWS_EXECUTION_ENV": "AWS_Lambda_python3.11",
    "LAMBDA_TASK_ROOT": "/var/task",
    "_X_AMZN_TRACE_ID": "Root=1-5759e988-bd862e3fe1be46a994272793;Parent=53995c3f42cd8ad8;Sampled=0",
    "POWERTOOLS_SERVICE_NAME": "shop",
    "POWERTOOLS_METRICS_NAMESPACE": "shop",
    "PYTHONDONTWRITEBYTECODE": "1",
}
SECRET = {"consumer_key": "ck_1", "consumer_secret": "cs_1", "webhook_secret": "nCcoixfXbeEjYcQn8EXehbxTEzSO9eZF"}

Json = dict[str, Any]
Texts = dict[str, str]


def request(path: str, body: bytes = b"", **headers: str) -> Json:
    """A request as a REST API hands it over."""
    pair = base64.b64encode(b"ck_1:cs_1").decode()
    sent = {"Host": "shop.example", "Accept": "*/*", "Authorization": f"Basic {pair}", **headers}
    path = f"/wp-json/wc/v3/{path}"
    return {
        "type": "REQUEST",
        "methodArn": "arn:aws:execute-api:eu-west-1:210987654321:a1b2c3d4e5/live/GET/x",
        "httpMethod": "GET",
        "path": path,
        "headers": sent,
        "multiValueHeaders": {name: [value] for name, value in sent.items()},
        "queryStringParameters": None,
        "multiValueQueryStringParameters": None,
        "requestContext": {"path": f"/live{path}", "requestId": "r", "requestTimeEpoch": 1732190000123},
        "body": base64.b64encode(body).decode() or None,
        "isBase64Encoded": bool(body),
    }


def message(body: bytes) -> Json:
    """A message as Lambda takes it from the queue."""
    webhook = {"topic": "order.created", "id": "8", "delivery": "d", "source": "", "received": "1732190000123#0"}
    attributes = {"MessageGroupId": "order", "ApproximateReceiveCount": "1", "SentTimestamp": "1732190000123"}
    record = {"messageId": "m", "body": body.decode(), "attributes": attributes}
    return {"Records": [record | {"messageAttributes": {"webhook": {"stringValue": json.dumps(webhook)}}}]}


def functions(url: str) -> dict[str, tuple[str, Texts, Json, str]]:
    """By name: entry point, environment, event, and what is in the answer when all is well."""
    table, delivered = {"TABLE_NAME": "shop"}, order(2, 100)
    signature = base64.b64encode(hmac.digest(SECRET["webhook_secret"].encode(), delivered, hashlib.sha256)).decode()
    webhook = {"X-WC-Webhook-Topic": "order.created", "X-WC-Webhook-Signature": signature}
    intake = table | {"WEBHOOK_SECRET": "arn", "QUEUE_URL": f"{url}/210987654321/events.fifo"}
    applier = table | {"DEAD_LETTER_QUEUE_URL": f"{url}/210987654321/dead.fifo", "MAX_RECEIVES": "5"}
    one, answered = request("orders/1"), '"statusCode": 200'
    return {
        "import botocore.session": ("floor.handle", {}, {}, "imported"),
        "plain boto3": ("plain.handle", table, one, answered),
        "Powertools": ("powertools.handle", table, one, answered),
        "authorizer": ("authorize.authorize", {"API_KEY_SECRET": "arn"}, one, '"Allow"'),
        "authorizer, from the zip": ("index.authorize", {"API_KEY_SECRET": "arn"}, one, '"Allow"'),
        "reader": ("read.read", table, one, answered),
        "intake": ("receive.receive", intake, request("webhooks", delivered, **webhook), answered),
        "applier": ("apply.apply", applier, message(delivered), '"batchItemFailures": []'),
        "recounter": ("recount.recount", table, {}, "null"),
    }


def powertools() -> str:
    """The folder that has Powertools and its tracer; empty where they are not installed."""
    script = "import aws_lambda_powertools, aws_xray_sdk, sysconfig; print(sysconfig.get_path('purelib'))"
    try:
        found = subprocess.run([PEERS, "-c", script], capture_output=True, text=True, check=False)  # noqa: S603 - ours
    except OSError:
        return ""
    return found.stdout.strip()


def start(handler: str, environment: Texts, event: Json, right: str, shared: Texts) -> float:
    """CPU seconds of one container."""
    command = [sys.executable, "-S", "-c", RUNTIME, handler, json.dumps(event), right]
    return cpu_seconds(command, folder=None, **shared | environment)


def figures() -> Iterator[Figure]:
    """What each start costs, and as part of the others'."""
    peers = powertools()
    if not peers:
        print("skipped: powertools is not installed (make bench-peers)", file=sys.stderr)
    with tempfile.TemporaryDirectory() as folder, Stub(filled(100), SECRET) as stub:
        started = {name: row for name, row in functions(stub.url).items() if peers or name != "Powertools"}
        code = replace(handler_code(), mapping=None)
        sources = code.files
        for module, _, _ in [handler.partition(".") for handler, *_ in started.values()]:
            source = OTHERS.get(module) or code.code(f"index.{module}").to_dict()["ZipFile"]
            sources.setdefault(f"{module}.py", source)
        for name, source in sources.items():
            Path(folder, name).write_text(source, encoding="utf-8")
        # One interpreter and one boto3 for all, found without what an editable installation puts before every import.
        libraries = os.pathsep.join(filter(None, (folder, str(Path(boto3.__file__).parents[1]), peers)))
        shared = ENVIRONMENT | {"PYTHONPATH": libraries, "AWS_ENDPOINT_URL": stub.url}
        taken = medians(
            {name: partial(start, *row, shared) for name, row in started.items()},
            RUNS,
        )
    for name, seconds in taken.items():
        yield Figure(name, seconds * 1000, "ms")
    for name, (handler, *_) in started.items():
        for peer in [peer for peer in GOALS if peer in taken and peer != name]:
            goal = None if handler.partition(".")[0] in OTHERS else GOALS[peer]
            yield Figure(f"{name} / {peer}", taken[name] / taken[peer], "x", goal)
