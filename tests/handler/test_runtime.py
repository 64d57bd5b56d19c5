"""What all functions share: clients made while the container starts, and none that is not needed."""

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from botocore.exceptions import BotoCoreError
from botocore.session import Session

from woo_stack.bundle import bundle

FOLDER = Path(__file__).parents[2] / "handler"
SCRIPT = """
import gc, json, sys
from botocore.session import Session
made = []
real = Session.create_client
Session.create_client = lambda session, service, **more: made.append(service) or real(session, service, **more)
{start}
assert gc.isenabled() and bool(gc.get_freeze_count()) and "boto3" not in sys.modules
print(json.dumps(made))
"""
#: A request to each service.
CALLS = {
    "dynamodb": ("get_item", {"TableName": "shop", "Key": {"pk": {"S": "s#O#1"}, "sk": {"S": "D"}}}),
    "secretsmanager": ("get_secret_value", {"SecretId": "arn"}),
    "sqs": ("send_message", {"QueueUrl": "https://sqs.eu-west-1.amazonaws.com/210987654321/q", "MessageBody": "a"}),
}


@pytest.fixture(scope="module")
def bundled(tmp_path_factory):
    path = tmp_path_factory.mktemp("code") / "index.py"
    path.write_text(bundle(FOLDER))
    return path


@pytest.mark.soak
@pytest.mark.parametrize(
    ("form", "environment", "services"),
    [
        ("bundle", {"TABLE_NAME": "t"}, ["dynamodb"]),
        pytest.param("bundle", {"API_KEY_SECRET": "arn"}, ["secretsmanager"], marks=pytest.mark.soak),
        (
            "bundle",
            {"TABLE_NAME": "t", "WEBHOOK_SECRET": "arn", "QUEUE_URL": "q"},
            ["secretsmanager", "sqs"],
        ),
        pytest.param(
            "bundle",
            {"TABLE_NAME": "t", "DEAD_LETTER_QUEUE_URL": "d", "MAX_RECEIVES": "5"},
            ["dynamodb"],
            marks=pytest.mark.soak,
        ),
        pytest.param("bundle", {}, [], marks=pytest.mark.soak),
        ("package", {}, []),
        ("package", {"TABLE_NAME": "t"}, ["dynamodb"]),
    ],
)
def test_a_container_starts_with_the_client_that_its_function_needs(form, environment, services, bundled):
    modules = ("reader", "authorizer", "intake", "applier", "recount")
    start = f"import {', '.join(f'woo_stack.handler.{module}' for module in modules)}"
    if form == "bundle":
        start = f"exec(open({str(bundled)!r}).read(), {{}})"
    ours = ("AWS_", "TABLE_", "API_KEY", "WEBHOOK_", "QUEUE_", "DEAD_", "MAX_")
    bare = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(start=start)],
        env={**bare, "AWS_DEFAULT_REGION": "us-east-1", **environment},
        check=True,
        capture_output=True,
        text=True,
    )
    assert sorted(json.loads(process.stdout)) == services


@pytest.mark.parametrize("service", ["dynamodb", "secretsmanager", "sqs"])
def test_clients_give_up_before_the_caller_does_and_are_made_once(handler, service):
    made = handler.client(service)
    config = made.meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert config.retries == {"mode": "standard", "total_max_attempts": 2}
    assert handler.client(service) is made


class Sent(Exception):  # noqa: N818 (no mistake)
    """What would have been sent: the address, and the region and service that it was signed for."""


@pytest.fixture(scope="module")
def plain():
    """Any other session of botocore."""
    return Session()


@pytest.mark.parametrize(
    "environment",
    [
        {},
        {"AWS_USE_FIPS_ENDPOINT": "true"},
        {"AWS_USE_DUALSTACK_ENDPOINT": "true"},
        {"AWS_USE_FIPS_ENDPOINT": "true", "AWS_USE_DUALSTACK_ENDPOINT": "true"},
        {"AWS_ENDPOINT_URL": "http://127.0.0.1:4566"},
        {"AWS_ENDPOINT_URL_SQS": "https://vpce-1.sqs.eu-west-1.vpce.amazonaws.com"},
    ],
    ids=lambda environment: " ".join(environment) or "none",
)
@pytest.mark.parametrize(
    "region", ["eu-west-1", "us-east-1", "cn-north-1", "us-gov-west-1", "us-iso-east-1", "xx-new-1"]
)
@pytest.mark.parametrize("service", CALLS)
def test_clients_call_where_any_other_would(*, service, region, environment, handler, plain, monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL")
    for name, value in {"AWS_DEFAULT_REGION": region, **environment}.items():
        monkeypatch.setenv(name, value)

    def stop(request, **_):
        raise Sent(request.url, re.search("/([^/]+/[^/]+)/aws4_request", f"{request.headers['Authorization']}")[1])

    def sent_by(make):
        try:
            made = make(service)
            made.meta.events.register("before-send", stop)
            operation, request = CALLS[service]
            getattr(made, operation)(**request)
        except (Sent, BotoCoreError) as sent:
            return sent.args
        return None

    # Not the one that is remembered, which was made for the emulator.
    ours, theirs = sent_by(handler.client.__wrapped__), sent_by(plain.create_client)
    assert ours
    assert ours == theirs


def test_the_environment_that_is_read_is_the_one_that_is_set():
    read, looked_for = set(), set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
                assert isinstance(node.slice, ast.Constant)
                read.add((path.stem, node.slice.value))
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "os.environ.get":
                looked_for.add((path.stem, ast.unparse(node.args[0]).strip("'")))
    # What a function goes without where it is not set; the rotation looks for each of its secrets by name.
    assert looked_for == {("applier", "REPLAY_HOURS"), ("authorizer", "USAGE_KEY"), ("rotation", "name")}
    assert read == {
        ("reader", "TABLE_NAME"),
        ("authorizer", "API_KEY_SECRET"),
        ("intake", "WEBHOOK_SECRET"),
        ("intake", "QUEUE_URL"),
        ("intake", "TABLE_NAME"),
        ("applier", "TABLE_NAME"),
        ("applier", "DEAD_LETTER_QUEUE_URL"),
        ("applier", "MAX_RECEIVES"),
        ("recount", "TABLE_NAME"),
        # Lambda's own.
        ("metrics", "AWS_LAMBDA_FUNCTION_NAME"),
    }
