"""docs/pictures/architecture.svg is of the present template: docs/scripts/architecture.py draws it anew."""

import html
import importlib
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from woo_stack import Settings, Shop
from woo_stack.diagram.words import edge_lines, node_lines
from woo_stack.errors import WooStackError

PICTURE = Path(__file__).parents[2] / "docs" / "pictures" / "architecture.svg"


@pytest.fixture
def architecture(docs: Any) -> Any:
    """The script, with nothing drawn yet."""
    assert docs
    module = importlib.import_module("architecture")
    module.drawn.cache_clear()
    return module


def test_the_picture_is_of_the_present_template(architecture: Any) -> None:
    found = re.findall(r"<!-- sha256:(\w+) -->", PICTURE.read_text())
    assert found == [architecture.digest()], "docs/pictures/architecture.svg is out of date: make docs"


def test_the_picture_shows_every_node_and_label(architecture: Any) -> None:
    shown = {html.unescape(text) for text in re.findall(r"<text[^>]*>([^<]*)</text>", PICTURE.read_text())}
    graph = architecture.drawn()
    told = [line for node in graph.nodes for line in node_lines(node)]
    told += [line for edge in graph.edges for line in edge_lines(edge)]
    assert {*told} <= shown
    assert PICTURE.stat().st_size < 60_000


def test_a_changed_setting_changes_the_digest(architecture: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = architecture.digest()
    monkeypatch.setattr(architecture, "shop", lambda: Shop(replace(Settings(), api="http")))
    architecture.drawn.cache_clear()
    assert architecture.digest() != digest
    architecture.drawn.cache_clear()


def test_the_file_is_drawn_with_its_digest(architecture: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(architecture, "TARGET", tmp_path / "a.svg")
    monkeypatch.setattr("woo_stack.diagram.graphviz.svg", lambda _: "<svg>  \n</svg>\n\n")
    assert architecture.main() == 0
    assert (tmp_path / "a.svg").read_text() == f"<svg>\n</svg>\n<!-- sha256:{architecture.digest()} -->\n"


def test_without_graphviz_one_sentence_and_no_file(
    architecture: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refused(_: str) -> str:
        raise WooStackError("it is not installed")

    monkeypatch.setattr(architecture, "TARGET", tmp_path / "a.svg")
    monkeypatch.setattr("woo_stack.diagram.graphviz.svg", refused)
    assert architecture.main() == 1
    assert capsys.readouterr().err == "error: it is not installed\n"
    assert [*tmp_path.iterdir()] == []
