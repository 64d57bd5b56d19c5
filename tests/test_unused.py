"""What may go because nothing refers to it, and what stays all the same."""

import ast

import pytest

from woo_stack.unused import unused

TYPES = "from typing import Any\n"


@pytest.mark.parametrize(
    ("source", "gone"),
    [
        ("from typing import Any", "from typing import Any"),
        ("from collections.abc import Iterator as It", "from collections.abc import Iterator as It"),
        ("A = dict[str, list[int | None]]", "A = dict[str, list[int | None]]"),
        ("A = int | None", "A = int | None"),
        (TYPES + "A = dict[str, Any]\nB = list[A]", TYPES + "A = dict[str, Any]\nB = list[A]"),
        (TYPES + "A = dict[str, Any]\nclass C:\n x: int", TYPES + "A = dict[str, Any]"),
        # Used, also as text.
        (TYPES + "A = dict[str, Any]\nB = list[A]\nclass C:\n x: A", "B = list[A]"),
        (TYPES + "x = 'list[Any]'", ""),
        (TYPES + "x = f'Any {y}'", ""),
        ("A = list[int]\n__all__ = ['A']", ""),
        ("A = list[int]\ndef f():\n global A", ""),
        ("A = list[int]\nA = 1", ""),
        # Others may look, or something may happen.
        ("from anything import Any", ""),
        ("import typing", ""),
        ("from typing import *", ""),
        ("from x import *\nA = list[int]", ""),
        ("handler = other", ""),
        ("handler = chain | step", ""),
        ("handler = ROUTES['x']", ""),
        ("A = list[f()]", ""),
        ("A = list[x.y]", ""),
        ("A = B = list[int]", ""),
        ("A.b = list[int]", ""),
        ("dict = x\nA = dict[str]", ""),
        ("import x as dict\nA = dict[str]", ""),
        ("def dict(): pass\nA = dict[str]", ""),
        ("def f():\n global dict\n dict = x\nA = dict[str]", ""),
        ("class C:\n dict = x\nA = dict[str]", "A = dict[str]"),
        ("def f():\n dict = x\nA = dict[str]", "A = dict[str]"),
        ("A = list[int]\nprint(globals())", ""),
        ("if x:\n A = list[int]", ""),
    ],
)  # fmt: skip
def test_what_nothing_refers_to(source: str, gone: str) -> None:
    assert "\n".join(ast.unparse(node) for node in unused(ast.parse(source))) == gone
