"""Every example runs and publishes a template without findings, with what it is about in it."""

import json
import os
import runpy
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

EXAMPLES = Path(__file__).parents[1] / "examples"
#: The scripts; the other files are the code of their functions.
SCRIPTS = ("import_by_arn", "invoice_queue", "order_lookup", "shop_with_extra_route")


@cache
def run(name: str, folder: Path) -> Any:
    """What a script publishes; here, because the engines that it asks take seconds to load."""
    with pytest.MonkeyPatch.context() as patch:
        for key in [key for key in os.environ if key.startswith("AWS_")]:
            patch.delenv(key)
        patch.chdir(folder)
        out = folder / name / "out.json"
        patch.setattr(sys, "argv", [f"{name}.py", str(out)])
        runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
        return json.loads(out.read_text())


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Any]:
    folder = tmp_path_factory.mktemp("examples")
    return lambda name: run(name, folder)


def test_every_script_is_run() -> None:
    scripts = {path.stem for path in EXAMPLES.glob("*.py") if "publish(" in path.read_text()}
    assert scripts == set(SCRIPTS)


@pytest.mark.soak
def test_a_script_runs_by_itself_and_says_nothing(tmp_path: Path) -> None:
    environment = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, EXAMPLES / "order_lookup.py", "new/out.json"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert json.loads((tmp_path / "new" / "out.json").read_text())["Description"] == "Order look-up"


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_script_that_is_not_told_where_to_write_says_how_it_is_called(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", [f"{name}.py"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    assert ended.value.code == 2
    assert capsys.readouterr().err.startswith(f"usage: {name}.py [-h] OUT.json\n")


@pytest.mark.parametrize("name", SCRIPTS)
def test_an_example_publishes(name: str, published: Any, capfd: Any) -> None:
    template = published(name)
    assert capfd.readouterr() == ("", "")
    assert template["Description"]
    assert len(json.dumps(template, separators=(",", ":"))) < 110_000


def test_order_lookup_has_what_was_changed(published: Any) -> None:
    resources = published("order_lookup")["Resources"]
    assert resources["OrdersTable"]["Properties"]["TableClass"] == "STANDARD_INFREQUENT_ACCESS"
    assert "def find_order(" in resources["OrderLookupFunction"]["Properties"]["Code"]["ZipFile"]


def test_the_extra_route_is_deployed_allowed_and_watched(published: Any, dashboard: Any) -> None:
    resources = published("shop_with_extra_route")["Resources"]
    assert resources["ApiGiftCardsCodeGet"]["Properties"]["AuthorizationType"] == "AWS_IAM"
    (deployment,) = [one for one in resources.values() if one["Type"] == "AWS::ApiGateway::Deployment"]
    assert {"ApiGiftCardsCodeGet", "ApiProxyAny"} <= set(deployment["DependsOn"])
    source = resources["ApiInvokesBalance"]["Properties"]["SourceArn"]["Fn::Sub"]
    assert source.endswith("${ApiApi}/live/GET/gift-cards/*")
    assert "CardsReadThrottles" in resources
    strip = dashboard(resources["HealthDashboard"]["Properties"]["DashboardBody"])["widgets"][0]["properties"]
    assert "${BalanceErrors.Arn}" in strip["alarms"]
    assert resources["ReaderFunction"]["Properties"]["MemorySize"] == 1024


def test_the_queue_calls_its_function_and_is_watched_with_it(published: Any, graphs: Any, lines: Any) -> None:
    resources = published("invoice_queue")["Resources"]
    feed = resources["PaidOrdersMapping"]["Properties"]
    assert (feed["BatchSize"], feed["ScalingConfig"]) == (5, {"MaximumConcurrency": 3})
    assert resources["OrdersQueue"]["Properties"]["VisibilityTimeout"] == 120
    assert resources["OrdersDeadLettersVisible"]["Properties"]["AlarmActions"] == [{"Ref": "Pager"}]
    drawn = graphs(resources["HealthDashboard"]["Properties"]["DashboardBody"])
    (graph,) = [one for one in drawn if one["title"] == "Invoices (invoices)"]
    assert lines(graph) == [("invoices", "Written", "FunctionName", "${InvoiceWriterFunction}")]


def test_nothing_that_comes_by_arn_is_in_the_template(published: Any) -> None:
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
