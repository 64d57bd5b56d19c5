"""`woo-stack destroy` against the emulator."""

import json
import sys
from typing import Any

import pytest
from tests.cli.test_deploy import answers, stack  # noqa: F401 (fixtures)
from tests.cloudformation.conftest import TEMPLATE

from woo_stack import cli
from woo_stack.cloudformation.deploy import deploy
from woo_stack.cloudformation.stack import Stack

Shown = pytest.CaptureFixture[str]


@pytest.fixture
def standing(stack: Stack) -> Stack:  # noqa: F811
    """A stack that is there."""
    deploy(stack, TEMPLATE)
    return stack


def destroy(stack: Stack, *options: str) -> int:  # noqa: F811
    return cli.main(["destroy", "--stack", stack.name, *options])


def test_what_goes_what_stays_and_what_is_left(standing: Stack, answers: list[Any], capsys: Shown) -> None:  # noqa: F811
    answers += [standing.name]
    table = standing.output("TableName")
    assert destroy(standing) == 0
    shown = capsys.readouterr()
    assert shown.out == f"Table  AWS::DynamoDB::Table  {table}  (items)\n"
    assert "goes (1):\n  Topic  AWS::SNS::Topic  arn:" in shown.err
    assert f"stays (1):\n  Table  AWS::DynamoDB::Table  {table}  (items)\n" in shown.err
    assert f"type the stack's name ({standing.name}): " in shown.err
    assert "; what is left of it (1) is yours to keep or delete\n" in shown.err
    assert standing.described() is None


def test_only_the_whole_name_is_a_yes(standing: Stack, answers: list[Any], capsys: Shown) -> None:  # noqa: F811
    answers += ["y", "", KeyboardInterrupt()]
    for given in ("y", ""):
        assert destroy(standing) == 1
        sentence = f"woo-stack: {given!r} is not the stack's name {standing.name}, nothing was done\n"
        assert capsys.readouterr().err.endswith(sentence)
    assert destroy(standing) == 130
    assert destroy(standing, "--confirm", "other") == 2
    assert f"--confirm is 'other', allowed: the stack's name, {standing.name}" in capsys.readouterr().err
    assert standing.described() is not None


def test_in_a_script(standing: Stack, capsys: Shown, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    assert destroy(standing) == 2
    assert "allowed: --confirm NAME with the stack's name" in capsys.readouterr().err
    assert destroy(standing, "--confirm", standing.name, "--json") == 0
    result = json.loads(capsys.readouterr().out)
    assert (result["existed"], [one["logical_id"] for one in result["left"]]) == (True, ["Table"])
    # As `aws cloudformation delete-stack` users expect: what should be gone is gone.
    assert destroy(standing, "--confirm", standing.name) == 0
    shown = capsys.readouterr()
    assert (shown.out, shown.err.splitlines()[-1]) == (
        "",
        f"there is no stack {standing.name} in us-east-1, nothing to do",
    )


def test_a_protected_stack(standing: Stack, capsys: Shown) -> None:
    deploy(standing, TEMPLATE, termination_protection=True)
    assert destroy(standing, "--confirm", standing.name) == 1
    assert "is protected from deletion, nothing was done: add --unprotect" in capsys.readouterr().err
    assert destroy(standing, "--confirm", standing.name, "--unprotect") == 0
    assert standing.described() is None
