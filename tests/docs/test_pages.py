"""The pages and the picture of docs/ are of the present library: `make docs` writes them anew."""

import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from woo_stack.handler import applier, intake

from woo_stack import Settings, Shop

DOCS = Path(__file__).parents[2] / "docs"
PICTURE = DOCS / "pictures" / "dashboard.svg"
#: The scripts that need nothing but the library, in the order in which they import each other.
SCRIPTS = ("body", "costs", "security", "write")
TEMPLATE = {"Parameters": {"Most": {"Default": 24_000}}}


@pytest.fixture(scope="module")
def docs() -> Iterator[Any]:
    """The scripts of docs/."""
    sys.path.insert(0, str(DOCS / "scripts"))
    yield SimpleNamespace(**{name: importlib.import_module(name) for name in SCRIPTS})
    sys.path.remove(str(DOCS / "scripts"))
    for name in SCRIPTS:
        del sys.modules[name]


@pytest.fixture(scope="module")
def shop() -> Shop:
    return Shop()


def test_the_pages_are_up_to_date(docs: Any) -> None:
    for name, text in docs.write.pages().items():
        assert (DOCS / name).read_text() == text, f"docs/{name} is out of date: make docs"


def test_a_page_that_is_out_of_date_is_named(docs: Any, tmp_path: Path, monkeypatch: Any, capsys: Any) -> None:
    monkeypatch.setattr(docs.write, "PAGES", tmp_path)
    monkeypatch.setattr(docs.write, "pages", lambda: {"a.md": "new\n", "b.md": "same\n"})
    (tmp_path / "b.md").write_text("same\n")
    assert docs.write.main(["--check"]) == 1
    assert capsys.readouterr().err == "docs/a.md is out of date: make docs\n"
    assert docs.write.main([]) == 0
    assert (tmp_path / "a.md").read_text() == "new\n"
    assert docs.write.main(["--check"]) == 0


def test_the_picture_is_of_the_present_dashboard(docs: Any, shop: Shop) -> None:
    (drawn,) = re.findall(r"sha256:(\w+)", PICTURE.read_text())
    assert drawn == docs.body.digest(docs.body.dashboard(shop)), "docs/pictures/dashboard.svg is out of date: make docs"


def test_the_picture_shows_every_alarm_title_and_threshold(docs: Any, shop: Shop) -> None:
    shown = re.findall(r"<text[^>]*>([^<]*)</text>", PICTURE.read_text())
    widgets = docs.body.dashboard(shop)["widgets"]
    for widget in widgets:
        assert widget["properties"]["title"].replace("Chosen", "shop-ReaderFunction") in shown
        for mark in widget["properties"].get("annotations", {}).get("horizontal", []):
            assert any(text.startswith(mark["label"][:20]) for text in shown), mark
    assert {f"shop-{name}" for name in {**shop.health.alarms, **shop.health.composites}} <= {*shown}


def test_the_picture_is_small_and_has_no_date() -> None:
    assert PICTURE.stat().st_size < 400_000
    assert "<dc:date>" not in PICTURE.read_text()


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        ({"Ref": "Most"}, "24000"),
        ({"Ref": "AWS::Region"}, "us-east-1"),
        ({"Ref": "ReaderFunction"}, "shop-ReaderFunction"),
        ({"Fn::GetAtt": ["Slow", "Arn"]}, "arn:aws:cloudwatch:us-east-1:111122223333:alarm:shop-Slow"),
        ({"Fn::GetAtt": ["EventsQueue", "QueueName"]}, "shop-EventsQueue"),
        ({"Fn::Sub": "${AWS::StackName}-Api ${Slow.Arn} ${Most}"},
         "shop-Api arn:aws:cloudwatch:us-east-1:111122223333:alarm:shop-Slow 24000"),
        ({"Fn::Sub": ["${a}/${Most}", {"a": {"Ref": "Other"}}]}, "shop-Other/24000"),
        ({"Fn::Join": ['"', {"Fn::Split": ["`", {"Fn::Sub": "{`a`:${Most}}"}]}]}, '{"a":24000}'),
    ],
)  # fmt: skip
def test_values_are_resolved_as_cloudformation_does(docs: Any, value: Any, text: str) -> None:
    assert docs.body.resolved(value, TEMPLATE) == text


def test_a_function_that_is_not_known_is_named(docs: Any) -> None:
    with pytest.raises(ValueError, match="Fn::Select"):
        docs.body.resolved({"Fn::Select": [0, ["a"]]}, TEMPLATE)


def test_lines_are_read_as_cloudwatch_reads_them(docs: Any, shop: Shop) -> None:
    lines = [
        line for widget in docs.body.dashboard(shop)["widgets"] for line in widget["properties"].get("metrics", [])
    ]
    assert lines
    assert not [line for line in lines if {".", "..."} & {part for part in line if isinstance(part, str)}]
    assert ["AWS/Lambda", "Errors", "FunctionName", "shop-RecounterFunction"] in lines


def test_what_is_billed_is_counted_in_the_template(docs: Any, shop: Shop) -> None:
    parts = {part.name: (part.count, part.price) for part in docs.costs.parts(shop)}
    filters = [one for one in shop.template.resources.values() if one.resource_type == "AWS::Logs::MetricFilter"]
    assert parts["Alarms of single metrics"] == (len(shop.health.alarms), "alarm")
    assert parts["Composite alarms"] == (len(shop.health.composites), "composite")
    assert parts["Dashboard"] == (1, "dashboard")
    assert parts["Metrics that filters count in the access log"] == (len(filters), "metric")
    # Five of each of the two routes; without metrics by route none.
    assert parts["Metrics by route (2 of 5 each)"] == (10, "metric")
    assert docs.costs.parts(Shop(Settings(metrics_by_route=False)))[-1].count == 0


def test_the_metrics_that_functions_print_are_those_that_the_handler_has(docs: Any, shop: Shop) -> None:
    printed = {
        "Intake": {*intake.COUNTED.values(), "Rejected"},
        "Applier": {*applier.METRICS.values(), "Lag"},
        "Recounter": {"Repaired", "Checked", "Unfinished"},
    }
    (counted,) = [part.count for part in docs.costs.parts(shop) if part.name == "Metrics that functions print"]
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
    assert docs.costs.drawn({"variables": variables, "widgets": widgets}) == 2


@pytest.mark.parametrize(("metrics", "dollars"), [(50, 2 * 0.1 + 1 * 0.5), (51, 2 * 0.1 + 1 * 0.5 + 3)])
def test_what_is_free_comes_off(docs: Any, metrics: int, dollars: float) -> None:
    part = docs.costs.Part
    lines = [part("a", 12, "alarm"), part("b", 1, "composite"), part("c", 1, "dashboard"), part("d", 9, "metric")]
    assert docs.costs.after_free(lines, metrics) == pytest.approx(dollars)


def test_records_are_measured_with_what_cloudwatch_adds(docs: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(docs.costs, "RECORDS", {"a": {"x": 1}, "b": {"long": "y"}})
    assert docs.costs.written({"a": 2, "b": 1}) == 2 * (len('{"x":1}') + 26) + len(json.dumps({"long": "y"})) - 1 + 26


def test_what_is_saved_is_what_the_settings_save(docs: Any, shop: Shop) -> None:
    saved = dict(re.findall(r"^\| (`[^|]+) \| ([\d.]+) \| ", docs.costs.page(), re.M))
    notices = [name for name, row, _ in shop.health.alarming() if shop.health.severity(name, row) == "notice"]
    assert saved["`metrics_by_route=False`"] == "3.00"
    assert saved["`thresholds`: None for each notice"] == f"{len(notices) * 0.1:.2f}"
    assert float(saved["`thresholds`: None for all"]) == pytest.approx(len(shop.health.alarms) * 0.1 + 2 * 0.5)
