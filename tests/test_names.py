"""Short names: the same program but for the names of variables that nobody else can see."""

import ast
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from woo_stack.names import short_names
from woo_stack.source import stripped

STDLIB = Path(sysconfig.get_path("stdlib"))
MODULES = (
    "argparse",
    "ast",
    "calendar",
    "contextlib",
    "csv",
    "difflib",
    "functools",
    "inspect",
    "shutil",
    "statistics",
)


def shortened(source: str) -> str:
    return stripped(source, ast.parse(source), short=True)


def paired(one: Any, other: Any) -> Iterator[tuple[Any, Any]]:
    """Every two values at the same place of two trees."""
    yield one, other
    if isinstance(one, ast.AST):
        assert type(one) is type(other)
        for field in one._fields:
            yield from paired(getattr(one, field, None), getattr(other, field, None))
    elif isinstance(one, list):
        assert len(one) == len(other)
        for pair in zip(one, other, strict=True):
            yield from paired(*pair)


def functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield child
        else:
            yield from functions(child)


def assert_same_but_for_names(source: str) -> int:
    """How many names became shorter; each function's own, one for one, into names that nothing there had before."""
    plain, short = (ast.parse(stripped(source, ast.parse(source), short=choice)) for choice in (False, True))
    known = {node.id for node in ast.walk(plain) if isinstance(node, ast.Name)}
    count = 0
    for before, after in zip(functions(plain), functions(short), strict=True):
        names = {(a.id, b.id) for a, b in paired(before, after) if isinstance(a, ast.Name)}
        changed = {(old, new) for old, new in names if old != new}
        assert len({old for old, _ in names}) == len({new for _, new in names}) == len(names)
        assert not {new for _, new in changed} & known
        assert all(len(new) < len(old) for old, new in changed)
        count += len(changed)
    for old, new in paired(plain, short):
        # Whatever is no name of a variable is what it was.
        assert isinstance(old, ast.AST | list) or old == new or (isinstance(old, str) and len(new) <= 2)
    return count


@pytest.mark.parametrize("name", MODULES)
def test_the_standard_library_stays_the_same_but_for_names(name: str) -> None:
    assert assert_same_but_for_names((STDLIB / f"{name}.py").read_text()) > 0


@pytest.mark.soak
def test_all_of_the_standard_library_stays_the_same_but_for_names() -> None:
    for path in sorted(STDLIB.rglob("*.py")):
        if not {"test", "tests", "site-packages"} & set(path.parts):
            assert_same_but_for_names(path.read_text("utf-8"))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(one):\n two = one\n return two", "def f(one):a=one;return a"),
        ("def f():\n two, (three, *four) = g()\n return four, three", "def f():c,(a,*b)=g();return b,a"),
        ("def f():\n return [one for one in g() if one]", "def f():return[a for a in g()if a]"),
        ("def f(a):\n two = a\n return h(two=two)", "def f(a):b=a;return h(two=b)"),
        ("class C:\n def f(self):\n  two = self.two\n  return two", "class C:\n def f(self):a=self.two;return a"),
        # Each keeps its name: read as text, shared, given by others, or of one letter.
        ("def f():\n two = 1\n return f'{two}'", "def f():two=1;return f'{two}'"),
        ("two = 1\ndef f():\n two = 2\n return two", "two=1\ndef f():two=2;return two"),
        ("def f():\n global two\n two = 2", "def f():global two;two=2"),
        ("def f():\n two = 2\n return locals()", "def f():two=2;return locals()"),
        ("def f():\n import two\n two = two.x\n return two", "def f():import two;two=two.x;return two"),
        ("def f():\n len = 2\n return len", "def f():len=2;return len"),
        ("def f():\n two = 2\n return lambda two: two", "def f():two=2;return lambda two:two"),
        ("def f():\n try: pass\n except E as two: two = 1", "def f():\n try:pass\n except E as two:two=1"),
        ("def f():\n two = 2\n class C: two = 3\n return two, C", "def f():\n two=2\n class C:two=3\n return two,C"),
        ("def f():\n x = 2\n return x", "def f():x=2;return x"),
    ],
)  # fmt: skip
def test_what_becomes_of_a_name(source: str, expected: str) -> None:
    assert shortened(source) == expected


def test_a_closure_shares_its_names_with_the_function_around_it() -> None:
    source = "def f(given):\n total = given\n def add(more):\n  both = total + more\n  return both\n return add(5)\n"
    scope: dict[str, Any] = {}
    exec(shortened(source), scope)  # noqa: S102 (the program of the line above)
    assert scope["f"](37) == 42


def test_more_names_than_letters_become_two_letters() -> None:
    names = [f"value_{number:02}" for number in range(60)]
    source = (
        "def f():\n" + "".join(f" {name} = {number}\n" for number, name in enumerate(names)) + f" return {names[59]}"
    )
    assert {len(name) for name in short_names(ast.parse(source)).values()} == {1, 2}
    scope: dict[str, Any] = {}
    exec(shortened(source), scope)  # noqa: S102 (the program of the line above)
    assert scope["f"]() == 59


def test_shortening_twice_changes_nothing_more() -> None:
    once = shortened((STDLIB / "textwrap.py").read_text())
    assert shortened(once) == once
