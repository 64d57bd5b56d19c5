"""The lists in docs/data-model.md are those that the code writes and reads."""

import re
from pathlib import Path
from typing import Any

import pytest
from woo_stack.handler import plan
from woo_stack.handler.documents import KINDS
from woo_stack.handler.query import SERVED
from woo_stack.handler.routes import LISTED, REPORTS

from woo_stack import WooStackError

DOCS = Path(__file__).parents[2] / "docs"
PAGE = (DOCS / "data-model.md").read_text()
#: By the first cell of docs/serving.md's table the kinds that the row is about.
SERVING = {
    "products": "P",
    "variations": "V",
    "orders": "O",
    "customers": "C",
    "coupons": "K",
    "categories, tags": "GT",
}


@pytest.mark.parametrize("letter", KINDS)
def test_a_document_that_has_everything_is_in_every_list_that_is_read(docs: Any, letter: str) -> None:
    names = {name.partition("@")[0].partition("=")[0] for name in KINDS[letter].lists(docs.model.document(letter))}
    assert {row.list for row in SERVED[letter] if row.list and (letter, row.name) != ("V", "sku")} <= names
    starts = {start.partition("#")[2].removesuffix("=") for start, _ in REPORTS.values() if start.startswith(letter)}
    assert starts <= names


def test_every_route_and_filter_is_told() -> None:
    for path, letters in LISTED.items():
        assert f"| `GET {path}` | `{letters[0]}#" in PAGE
        for row in SERVED[letters[0]]:
            if row.list and letters[0] != "V":
                assert re.search(rf"\| `GET {re.escape(path)}` \| `{letters[0]}#{row.list}=.*`{row.name}`", PAGE), row
    for report in REPORTS:
        assert f"| `GET reports/{report}/totals` | `" in PAGE


@pytest.mark.parametrize("letter", KINDS)
def test_every_list_that_a_parameter_reads_names_it(letter: str, monkeypatch: Any) -> None:
    monkeypatch.setattr(plan, "descendants", lambda _, ids: ids)
    # A value of each parameter that selects something, as `query.check` hands it on.
    values = {row.name: {"b": 1, "i": 9, "l": [3], "n": 9, "s": ["draft"], "T": ["a"]}.get(row.type, "a")
              for row in SERVED[letter] if row.list or row.name in ("status", "role")}  # fmt: skip
    for name, value in values.items():
        groups = plan.groups_of(letter, {"role": "all", name: value}, None, "")
        read = {begin.partition("=")[0] for group in groups for begin in group.lists} - {f"{letter}#any"}
        assert read
        for begin in read:
            told = re.search(rf"^\| `GET .*` \| `{begin}=.*`{name}`", PAGE, re.M)
            assert told, f"docs/data-model.md does not say that {name} reads {begin}: _reader of docs/scripts/model.py"


def test_a_kind_without_a_document_is_named(docs: Any, monkeypatch: Any) -> None:
    monkeypatch.delitem(docs.model.DOCUMENTS, "O")
    with pytest.raises(WooStackError, match=r"^kind 'O' has no row in docs/scripts/model\.py, allowed: "):
        docs.model.lists()


def test_what_nothing_reads_is_told_so() -> None:
    assert "| `GET products/tags` | `T#pa=0@name` | nothing |" in PAGE
    assert "| `GET orders` | `O#any@date` and `O#any@id` | what has no filter |" in PAGE
    assert "| `GET products/{parent}/variations` | `V#p=88@date` | the path's `parent` |" in PAGE


@pytest.mark.parametrize("name", SERVING)
def test_the_parameters_that_are_served_are_those_of_the_code(name: str) -> None:
    """The table is written by hand, for what it says beside the names."""
    head, *rows = re.findall(r"^\| (.*) \| (.*) \|$", (DOCS / "serving.md").read_text().partition("\n## What")[0], re.M)
    everywhere, told = ({*re.findall(r"`(\w+)`", cell)} for cell in (head[1], dict(rows)[name]))
    assert told == {row.name for letter in SERVING[name] for row in SERVED[letter]} - everywhere
    orders = {
        tuple(row.choices.partition("|")[0].split("/")) for row in SERVED[SERVING[name][0]] if row.name == "orderby"
    }
    said = re.search(r"`orderby` ([\w, ]+)", dict(rows)[name])
    assert said
    assert {tuple(sorted(one)) for one in orders} == {tuple(sorted(said[1].split(", ")))}
