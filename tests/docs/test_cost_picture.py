"""docs/pictures/costs.svg is of the present bill, and legible on a phone and on any ground."""

import importlib
import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "costs.svg"


@pytest.fixture(scope="module")
def chart(docs: Any) -> Any:
    assert docs
    return importlib.import_module("chart")


@pytest.fixture(scope="module")
def bills(docs: Any) -> Any:
    return docs.costs.million.shares(docs.built.shop())


def test_the_picture_is_of_the_present_bill(chart: Any, bills: Any) -> None:
    assert PICTURE.read_text() == chart.svg(bills), "docs/pictures/costs.svg is out of date: make docs"


def test_it_is_drawn_where_it_stands(chart: Any, bills: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chart, "TARGET", tmp_path / "a.svg")
    chart.main()
    assert (tmp_path / "a.svg").read_text() == chart.svg(bills)


def test_make_docs_draws_it() -> None:
    assert "docs/scripts/chart.py" in (PICTURE.parents[2] / "Makefile").read_text()


def test_a_phone_shows_it_whole(chart: Any, bills: Any) -> None:
    root = ElementTree.fromstring(chart.svg(bills))  # noqa: S314 - our own
    assert int(root.attrib["width"]) <= 390
    assert min(int(one.attrib["font-size"]) for one in root.iter() if one.tag.endswith("text")) >= 11
    ground, *boxes = (one.attrib for one in root.iter() if one.tag.endswith("rect"))
    assert ground["fill"] == "#ffffff"
    assert max(float(box["x"]) + float(box["width"]) for box in boxes) <= 390


def test_it_shows_each_part_with_its_own_colour_and_each_total(chart: Any, bills: Any, docs: Any) -> None:
    drawn = chart.svg(bills)
    shown = re.findall(r"<text[^>]*>([^<]*)</text>", drawn)
    parts = {part for dollars in bills.values() for part in dollars}
    assert parts <= {*shown}
    for (volume, api), dollars in bills.items():
        assert f"{volume:,} {api}" in shown
        assert docs.costs.million.money(sum(dollars.values())) in shown
    assert len({*chart.COLOURS}) == len(chart.COLOURS) >= len(importlib.import_module("bill").PARTS)


def test_figures_stand_out_from_their_bars(chart: Any) -> None:
    for colour in chart.COLOURS:
        ink = chart.INK if colour in chart.DARK else "#ffffff"
        assert contrast(ink, colour) >= 4.5, colour


def contrast(one: str, other: str) -> float:
    """As WCAG computes it: https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio."""

    def luminance(colour: str) -> float:
        shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
        return sum(weight * share for weight, share in zip((0.2126, 0.7152, 0.0722), linear, strict=True))

    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)
