"""Alarms: an action, a threshold that can be passed, and a text that says what has happened and where to read on."""

import json
import re
from typing import Any

import pytest
from troposphere import Parameter, Ref

from woo_stack import SettingError, Watch
from woo_stack.alarms import CHILDREN, VERDICTS, Voice, alarm, composite, dimensions, limit, refuse_unreachable

ROW = Watch(
    "Slow", "Duration", "Maximum", "Speed", "ms",
    above=40, limit=90, period_seconds=120, datapoints=(2, 3), means="It is slow.", look="Where?", do="Run.",
)  # fmt: skip
VOICE = Voice(["arn:x:one", "arn:x:two"], "data", "https://wiki.example.com/shop")


class Thing:
    title, namespace, dimensions = "Thing", "AWS/Thing", {"ThingName": "one"}


class Bounded(Thing):
    limits = {"Duration": 70.0}  # noqa: RUF012
    custom_dimensions = {"thing": "two"}  # noqa: RUF012


def properties(row: Watch, thing: Any = Thing, above: Any = None) -> Any:
    return json.loads(json.dumps(alarm(row, thing(), VOICE, above).to_dict()["Properties"]))


def test_an_alarm_says_all_that_its_row_says() -> None:
    assert properties(ROW) == {
        "AlarmActions": ["arn:x:one", "arn:x:two"],
        "AlarmDescription": "data: It is slow. https://wiki.example.com/shop#thingslow",
        "ComparisonOperator": "GreaterThanThreshold",
        "DatapointsToAlarm": 2,
        "Dimensions": [{"Name": "ThingName", "Value": "one"}],
        "EvaluationPeriods": 3,
        "MetricName": "Duration",
        "Namespace": "AWS/Thing",
        "OKActions": ["arn:x:one", "arn:x:two"],
        "Period": 120,
        "Statistic": "Maximum",
        "Threshold": 40,
        "TreatMissingData": "notBreaching",
    }
    assert alarm(ROW, Thing(), VOICE).title == "ThingSlow"


def test_a_percentile_is_an_extended_statistic() -> None:
    made = properties(Watch("P", "Duration", "p99", "Speed", "ms", above=5))
    assert made["ExtendedStatistic"] == "p99"
    assert "Statistic" not in made


def test_another_threshold_replaces_the_rows() -> None:
    assert properties(ROW, above=41.5)["Threshold"] == 41.5
    assert properties(ROW, above=0)["Threshold"] == 0


@pytest.mark.parametrize(
    ("runbook", "expected"),
    [
        (None, "down: It is slow."),
        ("docs/runbook.md", "down: It is slow. docs/runbook.md#thingslow"),
        ("https://wiki/${shop}", "down: It is slow. https://wiki/${shop}#thingslow"),
        (Ref("Wiki"), {"Fn::Sub": ["down: It is slow. ${Runbook}#thingslow", {"Runbook": {"Ref": "Wiki"}}]}),
    ],
)  # fmt: skip
def test_the_text_ends_where_the_runbook_goes_on(runbook: Any, expected: Any) -> None:
    made = json.loads(json.dumps(alarm(ROW, Thing(), Voice(["arn:x"], "down", runbook)).to_dict()))["Properties"]
    assert made["AlarmDescription"] == expected


@pytest.mark.parametrize(
    ("silence", "told"),
    [("notBreaching", False), ("breaching", False), ("ignore", False), ("missing", True)],
)
def test_only_the_silence_of_what_is_due_is_told(silence: str, told: bool) -> None:
    made = properties(Watch("Due", "Runs", "Sum", "Runs", "runs", above=5, silence=silence))
    assert made["TreatMissingData"] == silence
    assert made.get("InsufficientDataActions") == (["arn:x:one", "arn:x:two"] if told else None)


def test_all_of_its_periods_are_not_said_twice() -> None:
    made = properties(Watch("All", "Runs", "Sum", "Runs", "runs", above=5, datapoints=(4, 4)))
    assert made["EvaluationPeriods"] == 4
    assert "DatapointsToAlarm" not in made


def test_a_metric_of_the_account_has_no_dimensions() -> None:
    class Account:
        title, namespace, dimensions = "Account", "AWS/Thing", {}

    assert "Dimensions" not in properties(ROW, Account)


# --- what several say together


def of(*titles: str) -> list[Any]:
    class Named(Thing):
        pass

    made = []
    for title in titles:
        Named.title = title
        made.append(alarm(ROW, Named(), VOICE))
    return made


@pytest.mark.parametrize("severity", VERDICTS)
def test_a_composite_is_in_alarm_with_any_of_those_below_it(severity: str) -> None:
    made = composite(
        "AllOfThem", VERDICTS[severity], of("One", "Two", "Three"), Voice(["arn:x:wake"], severity, "wiki")
    )
    assert json.loads(json.dumps(made.to_dict())) == {
        "Type": "AWS::CloudWatch::CompositeAlarm",
        "Properties": {
            "AlarmActions": ["arn:x:wake"],
            "AlarmDescription": f"{severity}: {VERDICTS[severity].means} wiki#allofthem",
            "AlarmRule": {"Fn::Sub": "ALARM(${OneSlow}) OR ALARM(${TwoSlow}) OR ALARM(${ThreeSlow})"},
            "OKActions": ["arn:x:wake"],
        },
    }


def test_verdicts_are_on_all_that_is_grave() -> None:
    assert {severity: verdict.role for severity, verdict in VERDICTS.items()} == {"down": "Down", "data": "LosingData"}
    assert len({verdict.means for verdict in VERDICTS.values()}) == len(VERDICTS)
    for verdict in VERDICTS.values():
        assert re.fullmatch(r"[A-Z].+\.", verdict.means)


def test_more_below_it_than_cloudwatch_takes_are_refused() -> None:
    assert (
        CHILDREN == 100
    )  # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
    titles = [f"T{number}" for number in range(101)]
    composite("Many", VERDICTS["down"], of(*titles[:100]), VOICE)
    with pytest.raises(SettingError, match="alarm 'Many': 101 alarms below it, allowed: at most 100"):
        composite("Many", VERDICTS["down"], of(*titles), VOICE)


# --- thresholds


def test_a_threshold_may_be_a_question_of_the_form() -> None:
    asked = alarm(ROW, Bounded(), VOICE, Ref(Parameter("MaxMs", Type="Number")))
    refuse_unreachable(asked, ROW, Bounded())
    assert properties(ROW, above=asked.Threshold)["Threshold"] == {"Ref": "MaxMs"}


@pytest.mark.parametrize(("thing", "expected"), [(Thing, 61), (Bounded, 35)])
def test_without_a_setting_that_bounds_it_a_metric_has_another_threshold(thing: Any, expected: int) -> None:
    half = Watch("Half", "Duration", "Maximum", "Speed", "ms", above=0.5, of_limit=True, limit=90, above_unbounded=61)
    assert properties(half, thing)["Threshold"] == expected
    assert properties(half, thing, above=7.5)["Threshold"] == 7.5


@pytest.mark.parametrize(("thing", "expected"), [(Thing, 45.0), (Bounded, 35.0)])
def test_a_share_of_the_limit_follows_the_component(thing: Any, expected: float) -> None:
    half = Watch("Half", "Duration", "Maximum", "Speed", "ms", above=0.5, of_limit=True, limit=90)
    assert properties(half, thing)["Threshold"] == expected


def test_the_components_limit_wins_over_the_rows() -> None:
    assert (limit(ROW, Thing()), limit(ROW, Bounded())) == (90, 70)


def test_dimensions_of_operations_and_of_our_own_metrics() -> None:
    by_operation = Watch("Op", "Errors", "Sum", "Errors", "errors", by=("Operation", "Get"))
    ours = Watch("Our", "Counted", "Sum", "Counts", "calls", namespace="custom")
    assert dimensions(by_operation, Bounded()) == {"ThingName": "one", "Operation": "Get"}
    assert dimensions(ours, Bounded()) == {"thing": "two"}
    assert properties(Watch("Our", "Counted", "Sum", "C", "c", above=1, namespace="custom"))["Namespace"] == "custom"


@pytest.mark.parametrize("above", [-1, 70, 71.5, float("inf"), float("nan")])
def test_a_threshold_that_can_never_be_passed_is_refused(above: float) -> None:
    made = alarm(ROW, Bounded(), VOICE, above)
    with pytest.raises(SettingError, match=rf"'ThingSlow': threshold is {above:g} ms, allowed: 0 to less than 70"):
        refuse_unreachable(made, ROW, Bounded())


@pytest.mark.parametrize("above", [0, 69.9])
def test_a_threshold_within_reach_is_taken(above: float) -> None:
    refuse_unreachable(alarm(ROW, Bounded(), VOICE, above), ROW, Bounded())
