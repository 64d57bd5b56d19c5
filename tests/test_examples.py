"""Every example runs and publishes a template without findings, with what it is about in it."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
#: The scripts; the other files are the code of their functions.
SCRIPTS = ("import_by_arn", "invoice_queue", "order_lookup", "shop_with_extra_route")


@cache
def published(name: str) -> Any:
    with TemporaryDirectory() as folder:
        out = Path(folder) / "new" / "out.json"
        environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
        done = subprocess.run(
            [sys.executable, EXAMPLES / f"{name}.py", out],
            cwd=folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
        return json.loads(out.read_text())


def test_every_script_is_run() -> None:
    scripts = {path.stem for path in EXAMPLES.glob("*.py") if "publish(" in path.read_text()}
    assert scripts == set(SCRIPTS)


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_example_publishes(name: str) -> None:
    template = published(name)
    assert template["Description"]
    assert len(json.dumps(template, separators=(",", ":"))) < 110_000


def test_order_lookup_has_what_was_changed() -> None:
    resources = published("order_lookup")["Resources"]
    assert resources["OrdersTable"]["Properties"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert "def find_order(event,_context):" in resources["OrderLookupFunction"]["Properties"]["Code"]["ZipFile"]


def test_the_extra_route_is_deployed_allowed_and_watched() -> None:
    resources = published("shop_with_extra_route")["Resources"]
    assert resources["ApiGiftCardsCodeGet"]["Properties"]["AuthorizationType"] == "AWS_IAM"
    (deployment,) = [one for one in resources.values() if one["Type"] == "AWS::ApiGateway::Deployment"]
    assert {"ApiGiftCardsCodeGet", "ApiProxyAny"} <= set(deployment["DependsOn"])
    source = resources["ApiInvokesBalance"]["Properties"]["SourceArn"]["Fn::Sub"]
    assert source.endswith("${ApiApi}/live/GET/gift-cards/*")
    assert "CardsReadThrottles" in resources
    assert "${BalanceErrors.Arn}" in json.dumps(resources["HealthDashboard"])
    assert resources["ReaderFunction"]["Properties"]["MemorySize"] == 1024


def test_the_queue_calls_its_function_and_is_watched_with_it() -> None:
    resources = published("invoice_queue")["Resources"]
    feed = resources["PaidOrdersMapping"]["Properties"]
    assert (feed["BatchSize"], feed["ScalingConfig"]) == (5, {"MaximumConcurrency": 3})
    assert resources["OrdersQueue"]["Properties"]["VisibilityTimeout"] == 120
    assert resources["OrdersDeadLettersVisible"]["Properties"]["AlarmActions"] == [{"Ref": "Pager"}]
    body = json.dumps(resources["HealthDashboard"])
    assert "Invoices (invoices)" in body
    assert "${InvoiceWriterFunction}" in body


def test_nothing_that_comes_by_arn_is_in_the_template() -> None:
    template = published("import_by_arn")
    kinds = {one["Type"] for one in template["Resources"].values()}
    assert not kinds & {"AWS::Lambda::Function", "AWS::DynamoDB::Table", "AWS::SNS::Topic"}
    alarm = template["Resources"]["ItemsReadThrottles"]["Properties"]
    assert alarm["Dimensions"] == [{"Name": "TableName", "Value": "catalogue-items"}]
    assert alarm["AlarmActions"] == [{"Ref": "OnCallTopicArn"}]
    permissions = [one for one in template["Resources"].values() if one["Type"] == "AWS::Lambda::Permission"]
    assert {one["Properties"]["FunctionName"]["Fn::ImportValue"] for one in permissions} == {
        "catalogue-FunctionArn", "identity-AuthorizerArn",
    }  # fmt: skip
