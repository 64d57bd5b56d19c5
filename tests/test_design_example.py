"""The example of the design and the README, to the letter."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

LOOKUP = '''
"""Look an order up."""

import json
import os

import boto3

TABLE = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])


def find_order(event: dict, _context: object) -> dict:
    """Answer with the order or with 404."""
    found = TABLE.get_item(Key={"order_id": event["pathParameters"]["id"]})
    return {"statusCode": 200 if "Item" in found else 404, "body": json.dumps(found.get("Item"), default=str)}
'''
README = (Path(__file__).parents[1] / "README.md").read_text()
(EXAMPLE,) = [block for block in re.findall(r"```python\n(.*?)```", README, re.S) if "publish(" in block]


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Any:
    path = tmp_path_factory.mktemp("example")
    (path / "lookup.py").write_text(LOOKUP)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(path)
        exec(compile(EXAMPLE, "README.md", "exec"), {})  # noqa: S102 (the example, word by word)
    assert sorted(file.name for file in path.iterdir()) == ["lookup.json", "lookup.py"]
    return json.loads((path / "lookup.json").read_text())


def test_a_property_that_we_do_not_offer_can_be_set(published: Any) -> None:
    table = published["Resources"]["OrdersTable"]["Properties"]
    assert table["TableClass"] == "STANDARD_INFREQUENT_ACCESS"


def test_a_moved_threshold_moves_its_line_too(published: Any, graphs: Any) -> None:
    assert published["Resources"]["OrderLookupThrottles"]["Properties"]["Threshold"] == 5.0
    drawn = graphs(published["Resources"]["HealthDashboard"]["Properties"]["DashboardBody"])
    (graph,) = [graph for graph in drawn if graph["title"].startswith("Lambda throttling")]
    assert graph["annotations"]["horizontal"] == [{"label": "Throttles", "value": 5.0}]


def test_the_index_is_readable(published: Any) -> None:
    statement = published["Resources"]["OrderLookupPolicy"]["Properties"]["PolicyDocument"]["Statement"][0]
    assert {"Fn::Sub": "${OrdersTable.Arn}/index/by_customer"} in statement["Resource"]


def test_alarms_go_to_the_plain_topic(published: Any) -> None:
    resources = published["Resources"]
    assert resources["Pager"] == {"Type": "AWS::SNS::Topic"}
    assert resources["OrdersReadThrottles"]["Properties"]["AlarmActions"] == [{"Ref": "Pager"}]
