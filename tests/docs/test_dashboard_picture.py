"""docs/pictures/dashboard.svg is of the present dashboard: `make docs` draws it anew."""

import re
from pathlib import Path
from typing import Any

import pytest

from woo_stack import Shop

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "dashboard.svg"
TEMPLATE = {"Parameters": {"Most": {"Default": 24_000}}}


@pytest.fixture(scope="module")
def shop(docs: Any) -> Shop:
    return docs.built.shop()


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
