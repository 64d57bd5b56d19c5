"""What all functions share: clients made while the container starts, and none that is not needed."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "handler"
SCRIPT = """
import json, boto3
made = []
real = boto3.client
boto3.client = lambda service, config: made.append(service) or real(service, config=config)
{start}
print(json.dumps(made))
"""


@pytest.mark.parametrize(
    ("environment", "services"),
    [({"TABLE_NAME": "t"}, ["dynamodb"]), ({"API_KEY_SECRET": "arn"}, ["secretsmanager"]), ({}, [])],
)
@pytest.mark.parametrize("form", ["package", "bundle"])
def test_a_container_starts_with_the_client_that_its_function_needs(form, environment, services):
    start = "import woo_stack.handler.reader, woo_stack.handler.authorizer"
    if form == "bundle":
        start = f"from woo_stack.code import bundle\nexec(bundle({str(FOLDER)!r}), {{}})"
    bare = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TABLE_", "API_KEY"))}
    process = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(start=start)],
        env={**bare, "AWS_DEFAULT_REGION": "us-east-1", **environment},
        check=True,
        capture_output=True,
        text=True,
    )
    assert json.loads(process.stdout) == services


@pytest.mark.parametrize("service", ["dynamodb", "secretsmanager"])
def test_clients_give_up_before_the_caller_does_and_are_made_once(handler, service):
    made = handler.client(service)
    config = made.meta.config
    assert (config.connect_timeout, config.read_timeout) == (1, 2)
    assert config.retries == {"mode": "standard", "total_max_attempts": 2}
    assert handler.client(service) is made


def test_the_environment_that_is_read_is_the_one_that_is_set():
    read = set()
    for path in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Subscript) and ast.unparse(node.value) == "os.environ":
                assert isinstance(node.slice, ast.Constant)
                read.add((path.stem, node.slice.value))
    assert read == {("reader", "TABLE_NAME"), ("authorizer", "API_KEY_SECRET")}
