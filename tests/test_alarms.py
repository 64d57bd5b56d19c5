"""Alarms: an action, a threshold that can be passed, and a text that says what to do."""

from typing import Any

import pytest

from woo_stack import SettingError
from woo_stack.alarms import alarm, dimensions, limit, refuse_unreachable
from woo_stack.watch import Watch

ROW = Watch(
    "Slow", "Duration", "Maximum", "Speed", "ms",
    above=40, limit=90, period_seconds=120, datapoints=(2, 3), means="It is slow.", do="Run.",
)  # fmt: skip


class Thing:
    title, namespace, dimensions = "Thing", "AWS/Thing", {"ThingName": "one"}


class Bounded(Thing):
    limits = {"Duration": 70.0}  # noqa: RUF012
    custom_dimensions = {"thing": "two"}  # noqa: RUF012


def properties(row: Watch, thing: Any = Thing, above: Any = None) -> Any:
    return alarm(row, thing(), ["arn:x:one", "arn:x:two"], above).to_dict()["Properties"]


def test_an_alarm_says_all_that_its_row_says() -> None:
    assert properties(ROW) == {
        "AlarmActions": ["arn:x:one", "arn:x:two"],
        "AlarmDescription": "It is slow. Run.",
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
    assert alarm(ROW, Thing(), ["arn:x:one"]).title == "ThingSlow"


def test_a_percentile_is_an_extended_statistic() -> None:
    made = properties(Watch("P", "Duration", "p99", "Speed", "ms", above=5))
    assert made["ExtendedStatistic"] == "p99"
    assert "Statistic" not in made


def test_another_threshold_replaces_the_rows() -> None:
    assert properties(ROW, above=41.5)["Threshold"] == 41.5
    assert properties(ROW, above=0)["Threshold"] == 0


@pytest.mark.parametrize(("thing", "expected"), [(Thing, 45.0), (Bounded, 35.0)])
def test_a_share_of_the_limit_follows_the_component(thing: Any, expected: float) -> None:
    half = Watch("Half", "Duration", "Maximum", "Speed", "ms", above=0.5, of_limit=True, limit=90)
    assert properties(half, thing)["Threshold"] == expected


def test_the_components_limit_wins_over_the_rows() -> None:
    assert (limit(ROW, Thing()), limit(ROW, Bounded())) == (90, 70)


def test_dimensions_of_operations_and_of_our_own_metrics() -> None:
    by_operation = Watch("Op", "Errors", "Sum", "Errors", "errors", operation="Get")
    ours = Watch("Our", "Counted", "Sum", "Counts", "calls", namespace="custom")
    assert dimensions(by_operation, Bounded()) == {"ThingName": "one", "Operation": "Get"}
    assert dimensions(ours, Bounded()) == {"thing": "two"}
    assert properties(Watch("Our", "Counted", "Sum", "C", "c", above=1, namespace="custom"))["Namespace"] == "custom"


@pytest.mark.parametrize("above", [-1, 70, 71.5, float("inf"), float("nan")])
def test_a_threshold_that_can_never_be_passed_is_refused(above: float) -> None:
    made = alarm(ROW, Bounded(), ["arn:x:one"], above)
    with pytest.raises(SettingError, match=rf"'ThingSlow': threshold is {above:g} ms, allowed: 0 to less than 70"):
        refuse_unreachable(made, ROW, Bounded())


@pytest.mark.parametrize("above", [0, 69.9])
def test_a_threshold_within_reach_is_taken(above: float) -> None:
    refuse_unreachable(alarm(ROW, Bounded(), ["arn:x:one"], above), ROW, Bounded())
