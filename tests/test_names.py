"""Short names: the same program but for the names of variables that nobody else can see."""

import ast
import symtable
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from woo_stack.names import short_names
from woo_stack.source import Source

SCOPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
STDLIB = Path(sysconfig.get_path("stdlib"))
#: `make soak` takes a third of all.
MODULES = ("contextlib", "csv", "statistics")


def shortened(source: str) -> str:
    return Source(source).stripped(short=True)[0]


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


def scopes(node: ast.AST) -> Iterator[ast.AST]:
    """Functions, lambdas and comprehensions in no other."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, SCOPES):
            yield child
        else:
            yield from scopes(child)


def from_outside(table: symtable.SymbolTable) -> Iterator[set[str]]:
    """The names that each scope takes from the module, as Python's compiler sees it."""
    # The module symtable takes a function named "top" for the whole file.
    if table.get_type() == "function" and table.get_name() != "top":
        # A variable called "super" makes the compiler think of "__class__".
        yield {symbol.get_name() for symbol in table.get_symbols() if symbol.is_global()} - {"__class__"}
    for child in table.get_children():
        yield from from_outside(child)


def texts(one: ast.AST, other: ast.AST) -> Iterator[tuple[str, str]]:
    """What stands at the same places of two nodes for variables, and for what else binds a name."""
    for field in () if isinstance(one, ast.keyword) else ("id", "arg", "name", "asname", "rest"):
        if isinstance(old := getattr(one, field, None), str):
            yield old, getattr(other, field)
    if isinstance(one, ast.Global | ast.Nonlocal):
        yield from zip(one.names, other.names, strict=True)


def blank(tree: ast.Module) -> str:
    for node in ast.walk(tree):
        for field in ("id",) if isinstance(node, ast.Name) else ("arg",) if isinstance(node, ast.arg) else ():
            setattr(node, field, "")
    return ast.dump(tree)


def assert_same_but_for_names(source: str) -> int:
    """How many names became shorter.

    Each scope's own, one for one, and what it takes from outside is the same: so every name still means what it did.
    """
    before, after = (Source(source).stripped(short=choice)[0] for choice in (False, True))
    plain, short = ast.parse(before), ast.parse(after)
    count = 0
    for pair in zip(scopes(plain), scopes(short), strict=True):
        names = {found for one, other in paired(*pair) if isinstance(one, ast.AST) for found in texts(one, other)}
        assert len({old for old, _ in names}) == len({new for _, new in names}) == len(names)
        changed = {(old, new) for old, new in names if old != new}
        assert all(len(new) < len(old) for old, new in changed)
        count += len(changed)
    tables = (symtable.symtable(text, "index.py", "exec") for text in (before, after))
    assert [*from_outside(next(tables))] == [*from_outside(next(tables))]
    assert blank(plain) == blank(short)
    return count


@pytest.mark.parametrize("name", MODULES)
def test_the_standard_library_stays_the_same_but_for_names(name: str) -> None:
    assert assert_same_but_for_names((STDLIB / f"{name}.py").read_text()) > 0


@pytest.mark.soak
def test_a_third_of_the_standard_library_stays_the_same_but_for_names() -> None:
    for path in sorted(STDLIB.rglob("*.py"))[::3]:
        if not {"test", "tests", "site-packages"} & set(path.parts):
            assert_same_but_for_names(path.read_text("utf-8"))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("def f(one):\n two = one\n return two", "def f(a):b=a;return b"),
        ("def f():\n two, (three, *four) = g()\n return four, three", "def f():c,(a,*b)=g();return b,a"),
        ("def f():\n return [one for one in g() if one]", "def f():return[a for a in g()if a]"),
        ("def f(a):\n two = a\n return h(two=two)", "def f(a):b=a;return h(two=b)"),
        ("class C:\n def f(self):\n  two = self.two\n  return two", "class C:\n def f(a):b=a.two;return b"),
        ("two = 1\ndef f():\n two = 2\n return two", "two=1\ndef f():a=2;return a"),
        ("def f():\n len = 2\n return len", "def f():a=2;return a"),
        ("two = {one: 1 for one in g()}", "two={a:1 for a in g()}"),
        ("class C:\n two = [one for one in g()]", "class C:two=[a for a in g()]"),
        ("def f():\n two = 1\n return f'two{two}'", "def f():a=1;return f'two{a}'"),
        ("def f(two): return 1\ndef g(two): return f(two=two)", "def f(two):return 1\ndef g(a):return f(two=a)"),
        ("def f():\n return [two for one in g() if (two := one)]", "def f():return[b for a in g()if(b:=a)]"),
        # Each keeps its name: shared, given by others, or of one letter.
        ("def f():\n two = 1\n return f'{two=}'", "def f():two=1;return f'{two=}'"),
        ("def f():\n BULLET = 1\n return f'\\N{BULLET}', BULLET", "def f():a=1;return f'\\N{BULLET}',a"),
        ("def f():\n global two\n two = 2", "def f():global two;two=2"),
        ("def f():\n two = 2\n return locals()", "def f():two=2;return locals()"),
        ("def f():\n import two\n two = two.x\n return two", "def f():import two;two=two.x;return two"),
        ("def f():\n two = 2\n return lambda two: two", "def f():two=2;return lambda two:two"),
        ("def f():\n try: pass\n except E as two: two = 1", "def f():\n try:pass\n except E as two:two=1"),
        ("def f():\n two = 2\n class C: two = 3\n return two, C", "def f():\n two=2\n class C:two=3\n return two,C"),
        ("def f():\n x = 2\n return x", "def f():x=2;return x"),
        ("def f():\n two = [one for one in one]", "def f():a=[one for one in one]"),
        ("def f():\n [two for two in g()]\n return two", "def f():[two for two in g()];return two"),
        ("def f(a=lambda two: two):\n return two", "def f(a=lambda two:two):return two"),
        ("[two := one for one in g()]", "[two:=a for a in g()]"),
        ("class C:\n def f(self):\n  __two = 2\n  return __two", "class C:\n def f(a):__two=2;return __two"),
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
    ((_, short),) = short_names(ast.parse(source), lambda _: True)
    assert {len(name) for name in short.values()} == {1, 2}
    scope: dict[str, Any] = {}
    exec(shortened(source), scope)  # noqa: S102 (the program of the line above)
    assert scope["f"]() == 59


def test_shortening_twice_changes_nothing_more() -> None:
    once = shortened((STDLIB / "textwrap.py").read_text())
    assert shortened(once) == once
