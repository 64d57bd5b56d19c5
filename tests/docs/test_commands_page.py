"""docs/commands.md: every command and option of the parser, in bytes that depend on neither terminal nor Python."""

import argparse
import re
from pathlib import Path
from typing import Any

import pytest

from woo_stack.cli import COMMANDS, parser

PAGE = (Path(__file__).parents[2] / "docs" / "commands.md").read_text()


def command(name: str) -> argparse.ArgumentParser:
    (commands,) = [one for one in parser()._actions if isinstance(one, argparse._SubParsersAction)]
    return commands.choices[name]


def section(name: str) -> str:
    return PAGE.partition(f"\n## {name}\n")[2].partition("\n## ")[0]


@pytest.mark.parametrize("name", COMMANDS)
def test_every_option_and_exit_status_is_told(name: str) -> None:
    text = section(name)
    taken = [
        option for option in command(name)._option_string_actions if option.startswith("--") and option != "--help"
    ]
    assert [option for option in taken if f"`{option}`" not in text and f"`{option} " not in text] == []
    assert "Exit status:\n\n```text\n" in text
    assert f"```text\nwoo-stack {name} [OPTIONS]" in text
    assert f"- [`{name}`](#{name}): " in PAGE


def test_the_width_of_the_terminal_changes_nothing(docs: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("COLUMNS", "33")
    assert docs.commands.page() == PAGE


def test_options_are_written_with_values_and_choices(docs: Any) -> None:
    made = argparse.ArgumentParser(prog="x")
    made.add_argument("--file", metavar="FILE", required=True, help="read <it> (see --only)")
    made.add_argument("--only", choices=["a", "b"], default="a", help="one (default: %(default)s), 5 %%")
    made.add_argument("--tag", metavar="T", action="append", help="a tag")
    made.add_argument("--load", metavar="F", nargs="+", action="extend", help="files")
    made.add_argument("--yes", "-y", action="store_true", help="do not ask")
    made.add_argument("place", nargs="?", help="where")
    told = [docs.commands._option(action, made) for action in made._actions[1:]]
    assert told == [
        "- `--file FILE`: read &lt;it> (see `--only`); required",
        "- `--only a|b`: one (default: a), 5 %",
        "- `--tag T`: a tag; may be repeated",
        "- `--load F ...`: files; may be repeated",
        "- `--yes`, `-y`: do not ask",
        "- `[PLACE]`: where",
    ]


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("for --github OWNER@ID/REPO@ID alone", "for `--github OWNER@ID/REPO@ID` alone"),
        ("--parameter NAME=VALUE, or --env ENV.", "`--parameter NAME=VALUE`, or `--env ENV`."),
        ("the ids: `gh api x --jq '.id'`.", "the ids: `gh api x --jq '.id'`."),
        ("(see --only) of --", "(see `--only`) of --"),
    ],
)
def test_an_option_in_a_text_is_code_with_the_whole_of_its_value(docs: Any, text: str, written: str) -> None:
    assert docs.commands._plain(text) == written


def test_no_code_begins_or_ends_within_a_word() -> None:
    # Every other part is code; blocks of it are the business of their own test.
    outside = re.sub(r"```.*?```", "", PAGE, flags=re.S).split("`")[::2]
    assert [one for one in outside if re.match(r"[\w@/]", one) or re.search(r"[\w@/]\Z", one)] == []
