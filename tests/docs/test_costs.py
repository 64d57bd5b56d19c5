"""docs/costs.md: what is billed is counted in the template, and what is saved is what the settings save."""

import json
import re
from typing import Any

import pytest
from tests.matrix import together
from woo_stack.handler import applier, intake

from woo_stack import Settings, Shop


@pytest.fixture(scope="module")
def shop() -> Shop:
    return Shop()


def test_what_is_billed_is_counted_in_the_template(docs: Any, shop: Shop) -> None:
    parts = {part.name: (part.count, part.price) for part in docs.costs.watching.parts(shop)}
    filters = [one for one in shop.template.resources.values() if one.resource_type == "AWS::Logs::MetricFilter"]
    assert parts["Alarms of single metrics"] == (len(shop.health.alarms), "alarm")
    assert parts["Composite alarms"] == (len(shop.health.composites), "composite")
    assert parts["Dashboard"] == (1, "dashboard")
    assert parts["Metrics that filters count in the access log"] == (len(filters), "metric")
    # Five of each of the two routes; without metrics by route none.
    assert parts["Metrics by route (2 of 5 each)"] == (10, "metric")
    assert docs.costs.watching.parts(Shop(Settings(metrics_by_route=False)))[-1].count == 0


def test_the_metrics_that_functions_print_are_those_that_the_handler_has(docs: Any, shop: Shop) -> None:
    printed = {
        "Intake": {*intake.COUNTED.values(), "Rejected"},
        "Applier": {*applier.METRICS.values(), "Lag"},
        "Recounter": {"Repaired", "Checked", "Unfinished"},
    }
    (counted,) = [part.count for part in docs.costs.watching.parts(shop) if part.name == "Metrics that functions print"]
    assert counted == sum(map(len, printed.values()))


def test_a_metric_that_is_drawn_twice_counts_once(docs: Any) -> None:
    lines = [
        ["A", "B", "F", "x"],
        ["A", "B", "F", "x", {"stat": "p50"}],
        ["A", "B", "F", "All"],
        ["A", "C"],
        [{"expression": "1"}],
    ]
    variables = [{"pattern": "All", "defaultValue": "x"}]
    widgets = [{"properties": {"metrics": lines}}, {"properties": {}}]
    assert docs.costs.watching.drawn({"variables": variables, "widgets": widgets}) == 2


@pytest.mark.parametrize(("metrics", "dollars"), [(50, 2 * 0.1 + 1 * 0.5), (51, 2 * 0.1 + 1 * 0.5 + 3)])
def test_what_is_free_comes_off(docs: Any, metrics: int, dollars: float) -> None:
    part = docs.costs.watching.Part
    lines = [part("a", 12, "alarm"), part("b", 1, "composite"), part("c", 1, "dashboard"), part("d", 9, "metric")]
    assert docs.costs.watching.after_free(lines, metrics) == pytest.approx(dollars)


def test_records_are_measured_with_what_cloudwatch_adds(docs: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(docs.costs.records, "RECORDS", {"a": {"x": 1}, "b": {"long": "y"}})
    written = docs.costs.records.written({"a": 2, "b": 1})
    assert written == 2 * (len('{"x":1}') + 26) + len(json.dumps({"long": "y"})) - 1 + 26


def test_what_is_saved_is_what_the_settings_save(docs: Any) -> None:
    shop = docs.built.shop()
    saved = dict(re.findall(r"^\| (`[^|]+) \| ([\d.]+) \| ", docs.costs.page(), re.M))
    notices = [name for name, row, _ in shop.health.alarming() if shop.health.severity(name, row) == "notice"]
    assert saved["`metrics_by_route=False`"] == "3.00"
    assert saved["`thresholds`: None for each notice"] == f"{len(notices) * 0.1:.2f}"
    assert float(saved["`thresholds`: None for all"]) == pytest.approx(len(shop.health.alarms) * 0.1 + 2 * 0.5)


def test_a_shop_with_an_http_api_has_costs_too(docs: Any) -> None:
    parts = docs.costs.watching.parts(Shop(Settings(api="http")))
    assert parts[-1].name == "Metrics by route (2 of 5 each)"
    assert docs.costs.watching.parts(Shop(Settings(api="http", metrics_by_route=False)))[-1].count == 0


@pytest.mark.parametrize(
    "number", [pytest.param(one, marks=[pytest.mark.soak] if one > 2 else []) for one in range(len(together()))]
)
def test_whatever_build_py_chooses_has_costs(docs: Any, monkeypatch: Any, number: int) -> None:
    monkeypatch.setattr(docs.costs, "built_shop", lambda: Shop(Settings(**together()[number])))
    assert re.search(r"^\| \*\*all\*\* \|  \|  \| \*\*\d+\.\d\d\*\* \|$", docs.costs.page(), re.M)
