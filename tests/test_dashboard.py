"""The dashboard's body: alarms on top, a graph for each row's graph, thresholds drawn in."""

import json
from typing import Any

import pytest
from troposphere import GetAtt, ImportValue, Ref, encode_to_dict

from woo_stack import Key, Table
from woo_stack.alarms import alarm
from woo_stack.dashboard import body
from woo_stack.watch import WATCHED

ROWS = WATCHED["AWS/DynamoDB"]


def built(*tables: Any) -> Any:
    alarms = [alarm(row, table, ["arn:x"], 3.5) for table in tables for row in ROWS if row.above is not None]
    return encode_to_dict(body(tables, {one.title: one for one in alarms}))["Fn::Sub"]


@pytest.fixture
def tables() -> list[Table]:
    return [Table(title, key=Key("a")) for title in ("Orders", "Carts")]


def test_alarms_stand_on_top(tables: list[Table]) -> None:
    strip = json.loads(built(*tables))["widgets"][0]
    assert strip["type"] == "alarm"
    assert strip["properties"]["alarms"][0] == "${OrdersReadThrottles.Arn}"
    assert len(strip["properties"]["alarms"]) == 2 * sum(row.above is not None for row in ROWS)


def test_each_graph_has_the_lines_of_all_components(tables: list[Table], graphs: Any) -> None:
    drawn = graphs(built(*tables))
    assert [graph["title"] for graph in drawn] == list(dict.fromkeys(f"{row.graph} ({row.unit})" for row in ROWS))
    lines = [tuple(line) for graph in drawn for line in graph["metrics"]]
    assert len(lines) == len(set(lines)) == 2 * len(ROWS)
    assert ("AWS/DynamoDB", "SystemErrors", "TableName", "${CartsTable}", "Operation", "Query") in lines


def test_every_threshold_is_drawn_once(tables: list[Table], graphs: Any) -> None:
    drawn = [line for graph in graphs(built(*tables)) for line in graph.get("annotations", {}).get("horizontal", [])]
    assert {line["value"] for line in drawn} == {3.5}
    labels = [label for line in drawn for label in line["label"].split(", ")]
    assert sorted(labels) == sorted(
        f"{table.title} {row.name}" for table in tables for row in ROWS if row.above is not None
    )


def test_lines_that_repeat_the_one_before_say_so(tables: list[Table]) -> None:
    widgets = json.loads(built(*tables))["widgets"]
    (errors,) = [one["properties"]["metrics"] for one in widgets if "errors" in one["properties"]["title"]]
    assert errors == [
        ["AWS/DynamoDB", "SystemErrors", "TableName", "${OrdersTable}", "Operation", "GetItem"],
        [".", ".", ".", "${CartsTable}", ".", "."],
        [".", ".", ".", "${OrdersTable}", ".", "Query"],
        [".", ".", ".", "${CartsTable}", ".", "."],
    ]
    (throttles,) = [one["properties"]["metrics"] for one in widgets if "throttling" in one["properties"]["title"]]
    assert throttles[1:] == [
        ["...", "${CartsTable}"],
        [".", "WriteThrottleEvents", ".", "${OrdersTable}"],
        ["...", "${CartsTable}"],
    ]


def test_without_alarms_there_is_no_strip(tables: list[Table]) -> None:
    text = encode_to_dict(body(tables, {}))["Fn::Sub"]
    assert {widget["type"] for widget in json.loads(text)["widgets"]} == {"metric"}


def test_values_that_a_text_cannot_hold_become_variables_each_once() -> None:
    class Ledger:
        title, namespace = "Ledger", "AWS/DynamoDB"
        dimensions = {"TableName": ImportValue("base-Ledger")}  # noqa: RUF012

    text, variables = built(Ledger())
    assert variables == {"Value0": {"Fn::ImportValue": "base-Ledger"}}
    assert '"TableName","${Value0}"' in text


@pytest.mark.parametrize(("value", "drawn"), [(Ref("Level"), "${Level}"), (GetAtt("A", "B"), "${A.B}"), (7, "7")])
def test_a_threshold_is_a_number_even_where_cloudformation_says_which(value: Any, drawn: str) -> None:
    table = Table("Orders", key=Key("a"))
    (row,) = [row for row in ROWS if row.name == "ReadThrottles"]
    text = encode_to_dict(body([table], {"OrdersReadThrottles": alarm(row, table, ["arn:x"], value)}))["Fn::Sub"]
    assert f'{{"label":"Orders ReadThrottles","value":{drawn}}}' in text


def test_a_graph_has_the_statistic_and_the_period_of_its_rows(new_function: Any, graphs: Any) -> None:
    drawn = {graph["title"]: graph for graph in graphs(encode_to_dict(body([new_function()], {})))}
    for row in WATCHED["AWS/Lambda"]:
        graph = drawn[f"{row.graph} ({row.unit})"]
        # CloudWatch's own period is five minutes.
        assert (graph["stat"], graph.get("period", 300)) == (row.statistic, row.period_seconds)
