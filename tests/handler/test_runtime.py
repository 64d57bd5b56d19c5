"""What all functions share: clients made while the container starts, and none that is not needed."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from woo_stack.code import bundle

FOLDER = Path(__file__).parents[2] / "handler"
SCRIPT = """
import json, boto3
made = []
real = boto3.client
boto3.client = lambda service, config: made.append(service) or real(service, config=config)
{start}
print(json.dumps(made))
"""


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
            ["dynamodb", "secretsmanager", "sqs"],
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
