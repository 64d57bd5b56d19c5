"""What a module binds, does and sees while it is imported."""

from collections.abc import Callable
from pathlib import Path

import pytest

from woo_stack.module import Module, parsed

Folder = Callable[..., Path]


def module(folder: Folder, source: str) -> Module:
    (one,) = parsed(folder(a=source))
    return one


@pytest.mark.parametrize(
    ("source", "ways"),
    [
        ("import a.b\nimport a", {"a": {"import a": 1}}),
        ("import a.b as c, d", {"c": {"import a.b as c": 1}, "d": {"import d": 1}}),
        ("from e import f as g\ng = 2", {"g": {"from e import f as g": 1, "": 2}}),
        ("(x, [y, *z]), w.v = 1, 2", {"x": {"": 1}, "y": {"": 1}, "z": {"": 1}}),
        ("def f(a=1):\n    b = 2\nclass C:\n    d = 3", {"f": {"": 1}, "C": {"": 3}}),
        ("for i in []:\n    with o as p: pass", {"i": {"": 1}, "p": {"": 2}}),
        ("try: pass\nexcept ValueError as e: pass", {"e": {"": 2}}),
        ("match 1:\n    case {'k': v, **r}: pass\n    case [*s]: pass", {"v": {"": 2}, "r": {"": 2}, "s": {"": 3}}),
        ("t = [u := n for n in (lambda q: q, 2)]", {"t": {"": 1}, "u": {"": 1}}),
        ("def f():\n    if 1:\n        global late\n        late = 1", {"f": {"": 1}, "late": {"": 1}}),
        ("if typing.TYPE_CHECKING:\n    import m\nif __name__ == '__main__':\n    import n", {}),
        ("if TYPE_CHECKING:\n    import m\nelse:\n    m = 1", {"m": {"import m": 2, "": 4}}),
        ("from os import *", {"*": {"from os import *": 1}}),
    ],
)
def test_what_a_module_binds(folder: Folder, source: str, ways: dict[str, dict[str, int]]) -> None:
    assert module(folder, source).ways == ways


@pytest.mark.parametrize(
    ("source", "acts"),
    [
        ("import os\nos.environ['A'] = 'b'", True),
        ("import os\ndel os.environ['A']", True),
        ("import sys\nsys.path.insert(0, '/opt')", True),
        ("from b import REGISTRY\nREGISTRY['a'] = 1", True),
        ("unknown.name = 1", True),
        ("if 1:\n    raise SystemExit", True),
        ("assert 1", True),
        ("class A:\n    print()", True),
        ("for one in (1, 2):\n    print(one)", True),
        ("OWN = {}\nOWN['a'] = OWN['b'] = 1", False),
        ("import os\nVALUE = os.environ.get('A')", False),
        ("def f():\n    print()\nlate = lambda: print()", False),
        ("'Text.'\n...\nclass A:\n    'Text.'\n    x: int = 1", False),
        ("if __name__ == '__main__':\n    print()", False),
    ],
)
def test_what_acts_when_it_is_imported(folder: Folder, source: str, acts: bool) -> None:
    assert module(folder, source).acts is acts


@pytest.mark.parametrize(
    ("source", "looks"),
    [
        ("import os\nVALUE = os.environ.get('A')", True),
        ("import os\ndef level(): return os.sep\nLEVEL = level()", True),
        ("import os\ndef f(a=os.sep): pass", True),
        ("from boto3 import client\nCLIENT = client('s3')", True),
        ("print(1)", True),
        ("import os\ndef level(): return os.sep", False),
        ("import os\nlevel = lambda: os.sep", False),
        ("import re, json as j\nX, Y = re.compile('x'), j.loads('1')", False),
        ("from .b import START\nX = START + 1", False),
        ("from collections.abc import Iterator\nRows = Iterator[int]", False),
    ],
)
def test_what_looks_around_when_it_is_imported(folder: Folder, source: str, looks: bool) -> None:
    assert module(folder, source).looks is looks


def test_a_mention_is_of_the_modules_own_namespace(folder: Folder) -> None:
    one = module(folder, "def f(id):\n    return id\ndef g():\n    return [id(x) for x in type]")
    assert (one.mentions("id"), one.mentions("type"), one.mentions("x")) == (4, 4, None)
