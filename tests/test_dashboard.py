"""The dashboard's body: alarms on top, every metric once, thresholds drawn in, and JSON once it is deployed."""

import json
import re
from collections import Counter
from typing import Any

import pytest
from troposphere import GetAtt, If, ImportValue, Ref, encode_to_dict

from woo_stack import Function, Key, Metric, Monitoring, Table, Throughput, Watch
from woo_stack.alarms import Voice, alarm, dimensions
from woo_stack.code import Inline
from woo_stack.dashboard import CHOSEN, body
from woo_stack.watch import WATCHED, rows_of

ROWS = WATCHED["AWS/DynamoDB"]
TOPIC = ["arn:aws:sns:eu-west-1:111111111111:alarms"]
CODE = Inline("def find(event, context): pass\n")


def built(*tables: Any) -> Any:
    voice = Voice(["arn:x"])
    alarms = [alarm(row, table, voice, 3.5) for table in tables for row in ROWS if row.above is not None]
    return encode_to_dict(body(tables, {one.title: one for one in alarms}))


def function(title: str = "Lookup", *rows: Watch, **settings: Any) -> Function:
    return Function(title, code=CODE, handler="index.find", metrics=rows, **settings)


def drawn_of(*watched: Any, **settings: Any) -> Any:
    return Monitoring("Health", of=watched, actions=TOPIC, **settings).dashboard.DashboardBody


@pytest.fixture
def tables() -> list[Table]:
    return [Table(title, key=Key("a")) for title in ("Orders", "Carts")]


def marks_of(graph: Any) -> list[Any]:
    return graph.get("annotations", {}).get("horizontal", [])


def test_alarms_stand_on_top(tables: list[Table], dashboard: Any) -> None:
    strip = dashboard(built(*tables))["widgets"][0]
    assert (strip["type"], strip["width"]) == ("alarm", 24)
    assert strip["properties"]["alarms"][0] == "${OrdersReadThrottles.Arn}"
    assert len(strip["properties"]["alarms"]) == 2 * sum(row.above is not None for row in ROWS)


def test_each_graph_has_the_lines_of_all_components(tables: list[Table], graphs: Any, lines: Any) -> None:
    drawn = graphs(built(*tables))
    assert [graph["title"] for graph in drawn] == list(dict.fromkeys(f"{row.graph} ({row.unit})" for row in ROWS))
    found = [line for graph in drawn for line in lines(graph)]
    assert len(found) == len(set(found)) == 2 * len(ROWS)
    assert ("AWS/DynamoDB", "SystemErrors", "TableName", "${CartsTable}", "Operation", "Query") in found


def test_every_threshold_is_drawn_once(tables: list[Table], graphs: Any) -> None:
    drawn = [mark for graph in graphs(built(*tables)) for mark in marks_of(graph)]
    assert {mark["value"] for mark in drawn} == {3.5}
    labels = [label for mark in drawn for label in mark["label"].split(", ")]
    assert sorted(labels) == sorted(
        f"{table.title} {row.name}" for table in tables for row in ROWS if row.above is not None
    )


def test_lines_that_repeat_the_one_before_say_so(tables: list[Table], cloudformation: Any) -> None:
    widgets = json.loads(cloudformation(built(*tables)))["widgets"]
    (errors,) = [one["properties"]["metrics"] for one in widgets if "errors" in one["properties"]["title"]]
    assert errors == [
        ["AWS/DynamoDB", "SystemErrors", "TableName", "${OrdersTable}", "Operation", "GetItem"],
        ["...", "Query"],
        [".", ".", ".", "${CartsTable}", ".", "GetItem"],
        ["...", "Query"],
    ]
    (throttles,) = [one["properties"]["metrics"] for one in widgets if "throttling" in one["properties"]["title"]]
    assert throttles == [
        ["AWS/DynamoDB", "ReadThrottleEvents", "TableName", "${OrdersTable}"],
        [".", "WriteThrottleEvents", ".", "."],
        [".", "ReadThrottleEvents", ".", "${CartsTable}"],
        [".", "WriteThrottleEvents", ".", "."],
    ]


def test_without_alarms_there_is_no_strip(tables: list[Table], dashboard: Any) -> None:
    assert {widget["type"] for widget in dashboard(body(tables, {}))["widgets"]} == {"metric"}


class Ledger:
    title, namespace = "Ledger", "AWS/DynamoDB"

    def __init__(self, name: Any) -> None:
        self.dimensions = {"TableName": name}


def parts_of(text: Any) -> tuple[str, dict[str, Any]]:
    """The text of a body's Fn::Sub, and its variables."""
    encoded = encode_to_dict(text)
    assert encoded["Fn::Join"][0] == '"'
    assert encoded["Fn::Join"][1]["Fn::Split"][0] == "`"
    found = encoded["Fn::Join"][1]["Fn::Split"][1]["Fn::Sub"]
    return (found, {}) if isinstance(found, str) else (found[0], found[1])


def test_values_that_a_text_cannot_hold_become_variables_each_once(graphs: Any, lines: Any) -> None:
    made = body([Ledger(ImportValue("base-Ledger"))], {})
    text, variables = parts_of(made)
    assert [name for name, value in variables.items() if "Fn::ImportValue" in value] == ["Value0"]
    assert variables["Value0"] == {"Fn::ImportValue": "base-Ledger"}
    assert "`TableName`,`${Value0}`" in text
    assert {line[3] for graph in graphs(made) for line in lines(graph) if len(line) > 2} == {"${Fn::ImportValue}"}


def test_two_values_are_two_variables(graphs: Any, lines: Any) -> None:
    first, second = Ledger(ImportValue("one")), Ledger(If("Is", "two", Ref("Three")))
    second.title = "Other"
    drawn = graphs(body([first, second], {}))
    assert [line[3] for line in lines(drawn[0])] == 2 * ["${Fn::ImportValue}"] + 2 * ["${Fn::If}"]


def test_what_all_widgets_have_in_common_stands_there_once() -> None:
    text, variables = parts_of(body([Table("Orders", key=Key("a"))], {}))
    assert text.count("`type`:`metric`") == 1
    assert "}},{`type`:`metric`,`properties`:{`title`:`" in variables.values()
    assert text.count("OrdersTable") < 5
    assert len(variables) == len({json.dumps(value) for value in variables.values()})


@pytest.mark.parametrize("letter", ["a", "b"])
def test_a_parameter_named_by_a_letter_is_still_that_parameter(letter: str, graphs: Any) -> None:
    drawn = graphs(drawn_of(Table("Orders", key=Key("a")), thresholds={"OrdersReadThrottles": Ref(letter)}))
    (graph,) = [one for one in drawn if "throttling" in one["title"]]
    assert marks_of(graph)[0]["value"] == f"${{{letter}}}"
    assert graph["region"] == "${AWS::Region}"


@pytest.mark.parametrize("name", ["ticks`and`ticks", 'quotes"and\\', "#1 ledger#", "ünïcode", "[1,2]"])
def test_a_literal_is_drawn_as_it_is(name: str, graphs: Any, lines: Any) -> None:
    drawn = {line[3] for graph in graphs(body([Ledger(name)], {})) for line in lines(graph)}
    assert drawn == {name}


@pytest.mark.parametrize(("value", "drawn"), [(Ref("Level"), "${Level}"), (GetAtt("A", "B"), "${A.B}"), (7, 7)])
def test_a_threshold_is_a_number_even_where_cloudformation_says_which(value: Any, drawn: Any, graphs: Any) -> None:
    table = Table("Orders", key=Key("a"))
    (row,) = [row for row in ROWS if row.name == "ReadThrottles"]
    made = body([table], {"OrdersReadThrottles": alarm(row, table, Voice(["arn:x"]), value)})
    (marks,) = [marks_of(graph) for graph in graphs(made) if marks_of(graph)]
    assert marks == [{"label": "ReadThrottles", "value": drawn}]
    assert '`value`:`' not in parts_of(made)[0]  # fmt: skip


def test_a_graph_has_the_statistic_and_the_period_of_its_rows(graphs: Any) -> None:
    drawn = {graph["title"].removeprefix(f"{CHOSEN}: "): graph for graph in graphs(body([function()], {}))}
    for row in WATCHED["AWS/Lambda"]:
        graph = drawn[f"{row.graph} ({row.unit})"]
        # CloudWatch's own period is five minutes.
        assert (graph["stat"], graph.get("period", 300)) == (row.statistic, row.period_seconds)


def test_other_statistics_are_drawn_beside(graphs: Any) -> None:
    row = Watch("Wait", "Waited", "p99", "Waits", "ms", namespace="own", beside=("p50", "p90"))
    graph = graphs(body([function("Lookup", row)], {}))[-1]
    line = ["own", "Waited", "FunctionName", "${LookupFunction}"]
    assert (graph["stat"], graph["metrics"]) == ("p99", [line, [*line, {"stat": "p50"}], [*line, {"stat": "p90"}]])


@pytest.mark.parametrize(
    ("capacity", "expected"),
    [({"provisioned": Throughput(7, 3)}, (2100, 900)), ({"on_demand_maximum": Throughput(90, 40)}, (27_000, 12_000))],
)
def test_the_most_that_a_table_can_serve_is_drawn(capacity: Any, expected: Any, graphs: Any) -> None:
    (graph,) = [
        one for one in graphs(drawn_of(Table("Orders", key=Key("a"), **capacity))) if "capacity" in one["title"]
    ]
    assert marks_of(graph) == [
        {"label": "ReadUnits at most", "value": expected[0]}, {"label": "WriteUnits at most", "value": expected[1]},
    ]  # fmt: skip


def test_without_a_maximum_none_is_drawn(tables: list[Table], graphs: Any) -> None:
    (graph,) = [one for one in graphs(drawn_of(*tables)) if "capacity" in one["title"]]
    assert marks_of(graph) == []


def test_tiers_come_in_the_order_of_the_rows_and_ones_own_last(graphs: Any) -> None:
    own = Watch("Many", "Clicked", "Sum", "Clicks", "clicks", namespace="own")
    drawn = [graph["title"] for graph in graphs(drawn_of(Table("Orders", key=Key("a")), function("Lookup", own)))]
    ours = [*WATCHED["AWS/Lambda"], *ROWS]
    titles = [f"{f'{CHOSEN}: ' if row.in_detail else ''}{row.graph} ({row.unit})" for row in ours]
    assert drawn == [*dict.fromkeys(titles), "Clicks (clicks)"]


# --- arithmetic


def own(name: str, expression: str = "", graph: str = "Own", **more: Any) -> Watch:
    metric = "" if expression else f"{name}Counted"
    return Watch(name, metric, "Sum", graph, "things", namespace="own", expression=expression, **more)


def ids_of(graph: Any) -> list[str]:
    return [line[-1]["id"] for line in graph["metrics"] if isinstance(line[-1], dict) and "id" in line[-1]]


def expressions_of(graph: Any) -> list[str]:
    return [line[0]["expression"] for line in graph["metrics"] if isinstance(line[0], dict)]


def test_arithmetic_draws_on_lines_of_its_graph_and_hides_those_of_others(graphs: Any) -> None:
    rows = (own("Done"), own("Asked", graph="Else"), own("Share", "100*Done/Asked"))
    graph = graphs(body([function("Lookup", *rows)], {}))[-2]
    where = ["FunctionName", "${LookupFunction}"]
    assert graph["metrics"] == [
        ["own", "DoneCounted", *where, {"id": "done"}],
        ["own", "AskedCounted", *where, {"id": "asked", "visible": False}],
        [{"expression": "100*done/asked", "label": "Lookup Share"}],
    ]


def test_two_pieces_of_arithmetic_share_what_they_draw_on(graphs: Any) -> None:
    rows = (own("Asked", graph="Else"), own("Half", "Asked/2"), own("Third", "Asked/3"))
    (graph,) = [one for one in graphs(body([function("Lookup", *rows)], {})) if one["title"] == "Own (things)"]
    assert ids_of(graph) == ["asked"]
    assert expressions_of(graph) == ["asked/2", "asked/3"]


def test_arithmetic_of_several_components_keeps_theirs_apart(graphs: Any) -> None:
    rows = (own("Done"), own("Share", "Done/2"))
    (graph,) = [
        one
        for one in graphs(body([function("One", *rows), function("Two", *rows)], {}))
        if one["title"] == "Own (things)"
    ]
    assert len(set(ids_of(graph))) == 2
    assert expressions_of(graph) == [f"{name}/2" for name in ids_of(graph)]


def test_a_hidden_line_has_the_statistic_of_its_own_row(graphs: Any) -> None:
    most = Watch("Most", "Waiting", "Maximum", "Else", "things", namespace="own")
    (graph,) = [
        one
        for one in graphs(body([function("Lookup", most, own("Twice", "2*Most"))], {}))
        if one["title"] == "Own (things)"
    ]
    assert graph["metrics"][0][-1] == {"id": "most", "visible": False, "stat": "Maximum"}


# --- the component that is chosen


def test_details_are_drawn_of_one_which_is_chosen_on_top(dashboard: Any, lines: Any) -> None:
    made = dashboard(body([function("One"), Table("Orders", key=Key("a")), function("Two")], {}))
    (choice,) = made["variables"]
    assert (choice["type"], choice["inputType"], choice["pattern"], choice["visible"]) == (
        "pattern", "select", CHOSEN, True,
    )  # fmt: skip
    assert choice["values"] == [
        {"value": "${OneFunction}", "label": "One"}, {"value": "${TwoFunction}", "label": "Two"},
    ]  # fmt: skip
    assert choice["defaultValue"] == "${OneFunction}"
    detailed = [one["properties"] for one in made["widgets"] if one["properties"]["title"].startswith(CHOSEN)]
    assert len(detailed) == len({row.graph for row in WATCHED["AWS/Lambda"] if row.in_detail})
    assert {line[2:] for graph in detailed for line in lines(graph)} == {("FunctionName", CHOSEN)}
    labels = [line[0]["label"] for graph in detailed for line in graph["metrics"] if isinstance(line[0], dict)]
    # Whichever is chosen: not named like the first.
    assert labels
    assert [label for label in labels if "One" in label] == []


def test_without_details_there_is_nothing_to_choose(tables: list[Table], dashboard: Any) -> None:
    assert "variables" not in dashboard(body(tables, {}))


def test_metrics_of_a_whole_account_have_a_label_instead_of_dimensions(graphs: Any) -> None:
    (graph,) = graphs(body([Metric("All", "My/Own", rows=[own("Many", beside=("p50",))])], {}))
    assert [line[:2] for line in graph["metrics"]] == [["own", "ManyCounted"]] * 2
    # One object of options a line is all that CloudWatch takes.
    assert [[type(part) for part in line[2:]] for line in graph["metrics"]] == [[dict]] * 2
    assert {line[2]["label"] for line in graph["metrics"]} == {"Many of the whole account"}
    assert [line[2].get("stat", graph["stat"]) for line in graph["metrics"]] == ["Sum", "p50"]


def test_all_that_is_known_of_a_namespace_is_drawn_of_a_whole_account_too(graphs: Any, lines: Any) -> None:
    drawn = [line for graph in graphs(body([Metric("All", "AWS/Lambda")], {})) for line in lines(graph)]
    assert {len(line) for line in drawn} == {2}
    assert ("AWS/Lambda", "Invocations") in drawn


# --- what CloudWatch takes


def test_a_strip_has_no_more_alarms_than_cloudwatch_takes(dashboard: Any) -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
    health = Monitoring("Health", of=[function(f"F{number}") for number in range(30)], actions=TOPIC)
    widgets = dashboard(health.dashboard.DashboardBody)["widgets"]
    strips = [one["properties"]["alarms"] for one in widgets if one["type"] == "alarm"]
    assert {arn for strip in strips for arn in strip} == {f"${{{title}.Arn}}" for title in health.alarms}
    assert max(len(strip) for strip in strips) <= 100


# --- the shop's, as it is once deployed


class Deployed(dict[str, str]):
    """Names as CloudFormation might give them."""

    def __init__(self, template: Any) -> None:
        super().__init__({"AWS::Region": "eu-west-3", "AWS::StackName": "shop"})
        self.update({name: str(one["Default"]) for name, one in template["Parameters"].items() if "Default" in one})
        for name in template["Resources"]:
            self[name] = self[f"{name}.QueueName"] = f"shop-{name}-1A2B"
            self[f"{name}.Arn"] = f"arn:aws:x:{name}"


@pytest.fixture
def deployed(any_shop: Any, dashboard: Any) -> tuple[Any, Any, Deployed]:
    """The shop, the dashboard's body, and what names stand in it."""
    shop, template = any_shop
    known = Deployed(template)
    return shop, dashboard(template["Resources"]["HealthDashboard"]["Properties"]["DashboardBody"], known), known


def test_a_line_has_options_once_and_at_its_end(deployed: Any) -> None:
    for graph in graphs_in(deployed[1]):
        for line in graph["metrics"]:
            assert {type(part) for part in line[:-1]} <= {str}, line


def graphs_in(made: Any) -> list[Any]:
    return [one["properties"] for one in made["widgets"] if one["type"] == "metric"]


def where(row: Watch, component: Any, cloudformation: Any, known: Deployed) -> tuple[str, ...]:
    """The line of a row: namespace, metric and dimensions."""
    named = dimensions(row, component).items()
    ends = [part for name, value in named for part in (name, cloudformation(value, known))]
    return (row.namespace or component.namespace, row.metric, *ends)


def test_every_metric_of_every_row_is_drawn_once(deployed: Any, cloudformation: Any) -> None:
    shop, made, known = deployed
    expected: Counter[Any] = Counter()
    for component in shop.health.watched:
        for row in rows_of(component):
            if not row.expression and not row.in_detail:
                line = where(row, component, cloudformation, known)
                expected.update((f"{row.graph} ({row.unit})", *line, stat) for stat in (row.statistic, *row.beside))
    drawn: Counter[Any] = Counter()
    for graph in graphs_in(made):
        for line in graph["metrics"]:
            options = line[-1] if isinstance(line[-1], dict) else {}
            if "expression" not in options and options.get("visible", True) and CHOSEN not in line:
                parts = [part for part in line if isinstance(part, str)]
                drawn[(graph["title"], *parts, options.get("stat", graph["stat"]))] += 1
    assert set(expected.values()) == {1}
    assert drawn == expected


def test_details_are_drawn_once_for_all_of_a_kind(deployed: Any) -> None:
    shop, made, _ = deployed
    rows = {row for component in shop.health.watched for row in rows_of(component) if row.in_detail}
    assert rows
    drawn = [graph["title"] for graph in graphs_in(made) if graph["title"].startswith(CHOSEN)]
    assert sorted(drawn) == sorted({f"{CHOSEN}: {row.graph} ({row.unit})" for row in rows})


def test_every_expression_draws_on_its_own_graph(deployed: Any) -> None:
    shop, made, _ = deployed
    found = 0
    for graph in graphs_in(made):
        names = ids_of(graph)
        assert len(names) == len(set(names)), graph["title"]
        assert [name for name in names if not re.fullmatch(r"[a-z]\w*", name)] == []
        used = {name for text in expressions_of(graph) for name in re.findall(r"[a-z]\w*", text)}
        assert used == set(names), graph["title"]
        assert not {name for text in expressions_of(graph) for name in re.findall(r"\b[A-Z]\w*", text)}
        found += len(expressions_of(graph))
    rows = [row for component in shop.health.watched for row in rows_of(component) if row.expression]
    assert found == len([row for row in rows if not row.in_detail]) + len({row for row in rows if row.in_detail})


def test_the_choice_is_of_the_functions_and_changes_nothing_but_details(deployed: Any, walk: Any) -> None:
    _, made, known = deployed
    (choice,) = made.pop("variables")
    titles = ["Reader", "Authorizer", "Intake", "Applier", "Recounter"]
    assert [one["label"] for one in choice["values"]] == titles
    assert [one["value"] for one in choice["values"]] == [known[f"{title}Function"] for title in titles]
    assert choice["defaultValue"] in [one["value"] for one in choice["values"]]
    assert choice["pattern"] == CHOSEN
    for widget in made["widgets"]:
        said = [path for path, text in walk(widget) if isinstance(text, str) and CHOSEN in text]
        assert bool(said) == widget["properties"]["title"].startswith(f"{CHOSEN}: ")
    # A pattern is replaced wherever it stands, also within a name.
    assert [name for name in known.values() if CHOSEN in name] == []


def test_the_dashboard_is_what_cloudwatch_takes(deployed: Any, walk: Any) -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch_limits.html
    shop, made, _ = deployed
    assert set(made) == {"variables", "periodOverride", "widgets"}
    assert 20 <= len(made["widgets"]) <= 500
    assert [widget["type"] for widget in made["widgets"]].count("alarm") == 1
    for widget in made["widgets"]:
        kind, properties = widget["type"], widget["properties"]
        assert 1 <= widget.get("width", 6) <= 24
        assert properties["title"]
        assert kind == "alarm" or properties["region"] == "eu-west-3"
        if kind == "metric":
            assert 1 <= len(properties["metrics"]) <= 500
            assert {type(mark["value"]) for mark in marks_of(properties)} <= {int, float}
            assert all(mark["label"] for mark in marks_of(properties))
    assert sum(len(graph["metrics"]) for graph in graphs_in(made)) <= 2500
    arns = made["widgets"][0]["properties"]["alarms"]
    assert arns == [f"arn:aws:x:{name}" for name in (*shop.health.composites, *shop.health.alarms)]
    assert len(arns) <= 100
    assert "$" not in json.dumps([text for path, text in walk(made) if isinstance(text, str) and "query" not in path])


def test_the_tables_ask_the_shops_logs(deployed: Any) -> None:
    shop, made, known = deployed
    tables = {one["properties"]["title"]: one for one in made["widgets"] if one["type"] == "log"}
    assert list(tables) == ["Latest errors", "Slowest requests", "Cold starts and memory", "Denied keys"]
    functions, access = (known[shop.health.logs[name].data["Ref"]] for name in ("functions", "access"))
    for title, table in tables.items():
        group = access if title == "Slowest requests" else functions
        assert table["properties"]["query"].startswith(f"SOURCE '{group}' | ")
        assert table["properties"]["view"] == "table"
