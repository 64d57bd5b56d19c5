"""Names in one namespace: refused where they would mean something else."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from woo_stack.bundle import bundle
from woo_stack.module import CodeError

Folder = Callable[..., Path]

REFUSED = {
    "a collision": (
        {"a": "\nX = 1", "b": "\n\ndef X(): pass"},
        r"'X' is bound in .*a\.py line 2 and in .*b\.py line 3, allowed: a name in one module of the bundle",
    ),
    "an import that collides": ({"a": "import os", "b": "os = 2"}, "'os' is bound in .*a.py line 1 and in .*b.py"),
    "imports that differ": (
        {"a": "from json import loads", "b": "from pickle import loads"},
        "'loads' is bound in .*a.py line 1 and in .*b.py line 1",
    ),
    "a name bound in an if": ({"a": "if 1:\n    X = 1", "b": "X = 2"}, "'X' is bound in .*a.py line 2 and in"),
    "a name that is Python's elsewhere": (
        {"rows": "def filter(r): return r", "a": "def f(e, c):\n    return list(filter(None, []))"},
        r"'filter' is bound in .*rows.py line 1 and Python's own in .*a.py line 2, allowed: another name",
    ),
    "an error's name": (
        {"a": "try:\n    import nope\nexcept ImportError as error:\n    pass", "b": "error = 'none'"},
        "'error' is bound in .*a.py line 3 and in .*b.py line 1",
    ),
    "a pattern's name": (
        {"a": "match [3]:\n    case [found, *others]: pass", "b": "others = 7"},
        "'others' is bound in .*a.py line 2 and in .*b.py line 1",
    ),
    "a name bound in a comprehension": (
        {"a": "xs = [last := n for n in range(3)]", "b": "last = 7"},
        "'last' is bound in .*a.py line 1 and in .*b.py line 1",
    ),
    "a name that functions bind": (
        {"a": "def f():\n    global n\n    n = 5", "b": "def g():\n    if 1:\n        global n\n        n = 1"},
        "'n' is bound in .*a.py line 1 and in .*b.py line 1",
    ),
    "an import that goes": (
        {"a": "import os\nX = os.sep", "b": "import os\nSEP = os.sep\ndel os"},
        "'os' is bound in .*a.py line 1 and in .*b.py line 3",
    ),
    "an import that is changed": (
        {"a": "import json\njson = {1: json}", "b": "import json\nX = json"},
        "'json' is bound in .*a.py line 2 and in .*b.py line 1",
    ),
    "all names": (
        {"a": "from math import *", "b": "e = 7"},
        r"a\.py line 1: all names of a module cannot be bundled with others, allowed: an import of the names",
    ),
}


@pytest.mark.parametrize(("modules", "message"), REFUSED.values(), ids=REFUSED)
def test_a_name_with_two_meanings_is_refused(modules: dict[str, str], message: str, folder: Folder) -> None:
    with pytest.raises(CodeError, match=message):
        bundle(folder(**modules))


def test_a_function_may_call_its_own_variable_what_another_module_binds(folder: Folder) -> None:
    path = folder(rows="def filter(r): return r", a="def f(e, c):\n    filter = [e]\n    return filter")
    found: dict[str, Any] = {}
    exec(bundle(path), found)  # noqa: S102 (a bundle, as Lambda runs it)
    assert found["f"](7, None) == [7]


def test_the_same_import_in_two_modules_is_one(folder: Folder) -> None:
    assert bundle(folder(a="import os\nX = os.sep", b="import os\nY = os.sep")) == "import os\nX=os.sep\nY=os.sep\n"
