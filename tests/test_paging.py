"""The shop's alarms: who is told of what, at which threshold, and where that is seen."""

import re
from typing import Any

import pytest

from woo_stack import Settings, Shop
from woo_stack.metric import SEVERITIES
from woo_stack.paging import ASKED, DRAWN
from woo_stack.paging import SEVERITIES as GRAVER
from woo_stack.parameters import QUESTIONS

Json = dict[str, Any]


def resources(template: Json, kind: str) -> dict[str, Json]:
    return {name: one["Properties"] for name, one in template["Resources"].items() if one["Type"] == f"AWS::{kind}"}


@pytest.fixture
def rows(any_shop: Any) -> dict[str, Any]:
    """Row and component by the logical id of their alarm."""
    return {name: (row, component) for name, row, component in any_shop[0].health.alarming()}


def test_the_alarms_are_those_of_the_rows(any_shop: Any, rows: Any) -> None:
    shop, template = any_shop
    alarms = resources(template, "CloudWatch::Alarm")
    assert set(alarms) == set(rows)
    silenced = {name for name, value in {**DRAWN, **shop.settings.thresholds}.items() if value is None}
    assert not silenced & set(alarms)
    assert {name for name, value in shop.settings.thresholds.items() if value is not None} <= set(alarms)


def test_single_alarms_are_told_at_start_and_end_to_those_who_read(any_shop: Any) -> None:
    _, template = any_shop
    for alarm in resources(template, "CloudWatch::Alarm").values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "PagerNotices"}]
        assert alarm.get("ActionsEnabled", True) is True
        silence = alarm.get("InsufficientDataActions")
        assert silence == ([{"Ref": "PagerNotices"}] if alarm["TreatMissingData"] == "missing" else None)


def test_only_what_is_grave_wakes_somebody(any_shop: Any, walk: Any) -> None:
    _, template = any_shop
    composites = resources(template, "CloudWatch::CompositeAlarm")
    for alarm in composites.values():
        assert alarm["AlarmActions"] == alarm["OKActions"] == [{"Ref": "PagerTopic"}]
    wakes = {path[1] for path, value in walk(template) if value == {"Ref": "PagerTopic"} and path[0] == "Resources"}
    told = {name for name, one in template["Resources"].items() if one["Type"].startswith(("AWS::SNS::", "AWS::IAM::"))}
    assert wakes - told == set(composites)


def test_every_grave_alarm_is_below_its_composite_and_no_notice_is(any_shop: Any) -> None:
    _, template = any_shop
    graveness: dict[str, set[str]] = {"down": set(), "data": set(), "notice": set()}
    for name, alarm in resources(template, "CloudWatch::Alarm").items():
        graveness[str(alarm["AlarmDescription"]).partition(":")[0]].add(name)
    composites = resources(template, "CloudWatch::CompositeAlarm")
    below = {name: one["AlarmRule"]["Fn::Sub"].split(" OR ") for name, one in composites.items()}
    assert {name: set(rules) for name, rules in below.items()} == {
        name: {f"ALARM(${{{alarm}}})" for alarm in graveness[severity]}
        for name, severity in (("HealthDown", "down"), ("HealthLosingData", "data"))
        if graveness[severity]
    }
    assert all(len(rules) == len(set(rules)) <= 100 for rules in below.values())
    assert graveness["data"]
    assert graveness["notice"]


def test_an_alarm_says_how_grave_it_is_what_has_happened_and_where_to_read_on(any_shop: Any, rows: Any) -> None:
    shop, template = any_shop
    for name, alarm in resources(template, "CloudWatch::Alarm").items():
        row = rows[name][0]
        severity = GRAVER.get(name, row.severity)
        assert severity in SEVERITIES
        assert alarm["AlarmDescription"] == f"{severity}: {row.means} {shop.settings.runbook}#{name.lower()}"
        assert len(alarm["AlarmDescription"]) <= 1024
    for name, alarm in resources(template, "CloudWatch::CompositeAlarm").items():
        severity = {"HealthDown": "down", "HealthLosingData": "data"}[name]
        pattern = rf"{severity}: The shop .+\. {re.escape(shop.settings.runbook)}#{name.lower()}"
        assert re.fullmatch(pattern, alarm["AlarmDescription"])


def test_every_dimension_names_something_of_the_template(any_shop: Any, rows: Any) -> None:
    shop, template = any_shop
    stage = shop.settings.stage
    literal = {"Stage": {stage}, "stage": {stage}, "Operation": {"GetItem", "Query"}}
    kinds = {"FunctionName": "Lambda::Function", "TableName": "DynamoDB::Table", "QueueName": "SQS::Queue",
             "RuleName": "Events::Rule", "apiId": "ApiGateway::RestApi"}  # fmt: skip
    for name, alarm in resources(template, "CloudWatch::Alarm").items():
        assert alarm["Dimensions"], name
        for dimension in alarm["Dimensions"]:
            what, value = dimension["Name"], dimension["Value"]
            if what == "ApiName":
                assert value == resources(template, "ApiGateway::RestApi")["ApiApi"]["Name"]
            elif what in literal:
                assert value in literal[what]
            else:
                target = value["Fn::GetAtt"][0] if what == "QueueName" else value["Ref"]
                assert target in resources(template, kinds[what])
                assert target.startswith(rows[name][1].title)


def threshold_of(alarm: Json, template: Json) -> tuple[float, float, float]:
    """The least, the usual and the most that an alarm's threshold can be."""
    threshold = alarm["Threshold"]
    if isinstance(threshold, dict):
        asked = template["Parameters"][threshold["Ref"]]
        assert asked["Type"] == "Number"
        return asked["MinValue"], asked["Default"], asked.get("MaxValue", float("inf"))
    return threshold, threshold, threshold


def test_every_threshold_can_be_passed_and_need_not_be(any_shop: Any, rows: Any) -> None:
    shop, template = any_shop
    for name, alarm in resources(template, "CloudWatch::Alarm").items():
        row, component = rows[name]
        most = getattr(component, "limits", {}).get(row.metric, row.limit)
        low, usual, high = threshold_of(alarm, template)
        assert low >= 0
        assert low <= usual <= high
        # A parameter without an end is one of a metric without an end.
        assert high < most or high == most == float("inf"), name
        assert alarm["ComparisonOperator"] == "GreaterThanThreshold"
        if name not in shop.settings.thresholds and not row.of_limit:
            assert usual == row.above


def test_the_form_asks_for_thresholds_in_the_unit_and_with_the_default_of_their_rows(default_shop: Any) -> None:
    shop, template = default_shop
    rows = {name: row for name, row, _ in shop.health.alarming()}
    questions = {question.name: question for question in QUESTIONS}
    units = {"MaxRequests": "requests", "MaxLatencyMs": "ms", "MaxLagSeconds": "seconds"}
    assert set(ASKED.values()) == set(units)
    for name, question in ASKED.items():
        assert template["Resources"][name]["Properties"]["Threshold"] == {"Ref": question}
        assert questions[question].default == rows[name].above
        assert (questions[question].group, rows[name].unit) == ("Alarms", units[question])
    thresholds = [one["Threshold"] for one in resources(template, "CloudWatch::Alarm").values()]
    assert len([one for one in thresholds if isinstance(one, dict)]) == len(ASKED)


def test_every_alarm_has_a_line_with_its_threshold_on_the_same_graph(
    any_shop: Any, rows: Any, graphs: Any, lines: Any, cloudformation: Any
) -> None:
    _, template = any_shop
    drawn = graphs(template["Resources"]["HealthDashboard"]["Properties"]["DashboardBody"])
    labels: list[tuple[str, str]] = []
    for name, alarm in resources(template, "CloudWatch::Alarm").items():
        row, component = rows[name]
        ends = [part for one in alarm["Dimensions"] for part in (one["Name"], cloudformation(one["Value"]))]
        line = (alarm["Namespace"], alarm["MetricName"], *ends)
        (graph,) = [
            one for one in drawn if line in lines(one) and one["title"].startswith(row.graph) and "Chosen" not in line
        ]
        assert graph["stat"] == alarm.get("Statistic", alarm.get("ExtendedStatistic"))
        shown = {
            label: mark["value"]
            for mark in graph.get("annotations", {}).get("horizontal", [])
            for label in mark["label"].split(", ")
        }
        (label,) = [one for one in (f"{component.title} {row.name}", component.title, row.name) if one in shown]
        assert shown[label] == cloudformation(alarm["Threshold"]), name
        labels.append((graph["title"], label))
    # No label stands for two alarms, and no line is drawn for none.
    assert len(set(labels)) == len(labels)
    marks = [
        (graph["title"], label)
        for graph in drawn
        for mark in graph.get("annotations", {}).get("horizontal", [])
        for label in mark["label"].split(", ")
    ]
    assert sorted(marks) == sorted(labels)


# --- what stands in the tables


def test_what_is_only_drawn_graver_or_asked_for_are_rows_of_the_shop(default_shop: Any) -> None:
    shop, _ = default_shop
    known = {name for name, _, _ in shop.health._rows()}
    assert set(DRAWN) | set(GRAVER) | set(ASKED) <= known
    assert not set(DRAWN) & (set(GRAVER) | set(ASKED))
    assert set(DRAWN.values()) == {None}
    severities = {name: row.severity for name, row, _ in shop.health._rows()}
    for name, severity in GRAVER.items():
        assert severity in SEVERITIES[:2]
        assert severity != severities[name]


def test_what_wakes_somebody(default_shop: Any) -> None:
    _, template = default_shop
    rules = {
        name: one["AlarmRule"]["Fn::Sub"] for name, one in resources(template, "CloudWatch::CompositeAlarm").items()
    }
    below = {name: set(re.findall(r"\$\{(\w+)\}", rule)) for name, rule in rules.items()}
    assert below == {
        "HealthDown": {"ApiServerErrors", "ReaderThrottles"},
        "HealthLosingData": {
            "ApiUndelivered", "EventsAge", "EventsDeadLettersVisible", "IntakeErrors", "IntakeParked",
        },
    }  # fmt: skip


@pytest.mark.parametrize(("threshold", "asked"), [(2500.0, False), (None, False)])
def test_a_threshold_that_is_a_setting_is_not_asked_for_too(threshold: Any, asked: bool) -> None:
    # A parameter that nothing uses is a warning of both engines, and a question without an effect.
    template = Shop(Settings(thresholds={"ApiLatency": threshold})).template.to_dict()
    assert ("MaxLatencyMs" in template["Parameters"]) is asked
    assert "MaxRequests" in template["Parameters"]
    shown = template["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert ("MaxLatencyMs" in [name for group in shown for name in group["Parameters"]]) is asked


def test_the_dead_letters_of_changes_are_watched_if_there_are_changes() -> None:
    alarms = Shop(Settings(event_bus=True)).health.alarms
    assert "ChangesDeadLettersVisible" in alarms
    assert "ChangesDeadLettersVisible" not in Shop(Settings()).health.alarms
