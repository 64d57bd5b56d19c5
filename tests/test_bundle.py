"""Bundles: many modules as one, refused where one namespace would change what they do."""

import builtins
import importlib
import os
import re
import subprocess
import symtable
import sys
import types
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from woo_stack import WooStackError, inline
from woo_stack.bundle import INLINE_BYTES, bundle
from woo_stack.code import Inline
from woo_stack.foundation import handler_code, handler_source
from woo_stack.module import CodeError

Folder = Callable[..., Path]


def run(source: str) -> types.ModuleType:
    module = types.ModuleType("index")
    exec(source, vars(module))  # noqa: S102 (a bundle, as Lambda runs it)
    return module


def test_modules_follow_each_other_in_dependency_order(folder: Folder) -> None:
    path = folder(
        a='from .b import two\n\nTHREE = two() + 1\n',
        b='from .c import ONE\n\n\ndef two() -> int:\n    """Two."""\n    return ONE + 1\n',
        c="ONE = 1\n",
    )  # fmt: skip
    assert bundle(path) == "ONE=1\ndef two():return ONE+1\nTHREE=two()+1\n"
    assert run(bundle(path)).THREE == 3


def test_relative_and_absolute_imports_are_the_same(folder: Folder) -> None:
    assert bundle(folder(a="from b import X\nY = X + 1", b="from .c import Z\nX = Z", c="Z = 4")) == "Z=4\nX=Z\nY=X+1\n"


def test_outside_imports_are_joined_on_top_each_once(folder: Folder) -> None:
    path = folder(
        a="import os\nimport json as j\nfrom json import dumps, loads\nfrom .b import B\n",
        b="import os\nfrom json import dumps\nimport os.path\nB = os.sep\n",
    )
    assert bundle(path) == "import os,os.path,json as j\nfrom json import dumps,loads\nB=os.sep\n"
    run(bundle(path))


def test_types_go_with_the_annotations_that_named_them(folder: Folder) -> None:
    path = folder(
        a="from typing import Any, NamedTuple\nfrom .b import Row\ndef f(row: Row, other: Any) -> Row:\n return row\n",
        b="from collections.abc import Iterator\nfrom typing import NamedTuple\nRows = Iterator[list]\n"
        "class Row(NamedTuple):\n    name: int\n",
    )
    assert bundle(path) == "from typing import NamedTuple\nclass Row(NamedTuple):name:int\ndef f(b,a):return b\n"
    assert run(bundle(path)).f(run(bundle(path)).Row(7), 8) == (7,)


def test_a_call_in_another_module_counts(folder: Folder) -> None:
    path = folder(
        a="from .b import cut\ndef f(text):\n    return cut(text, length=2)\n",
        b="def cut(text, length):\n    return text[:length]\n",
    )
    assert bundle(path) == "def cut(a,length):return a[:length]\ndef f(a):return cut(a,length=2)\n"


#: Each says in ``result`` what it did: nothing may depend on how the bundle calls its variables.
TRICKY = {
    "closures": """
def outer(given, more=3):
    total = given
    def add(amount):
        nonlocal total
        total += amount + more
        return total
    return [add(one) for one in range(more)], total
result = outer(5)
""",
    "shadows": """
name = "module"
def name_of(name, *names, **named):
    names = [name for name in names if name != "b"]
    return name, names, named, (lambda name=name: name)()
def other(): return name
result = name_of("a", "b", "c", a=1, b=2), other()
""",
    "strings with expressions": """
width, word = 7, "global"
def shown(word, width, items):
    text = f"{word!r:>{width}}|{{word}}|{'word'}|{items['word']}|{word.upper()}" f'{width=}' "width"
    return text + f"{','.join(f'{item}:{width + 1:0{width}d}' for item in items)}" + f'''
{(lambda word: word * 2)(word)}'''
def joined(first, second): return f"first {first} {second:{first}}" 'second' f"{ {first: second}[first] }"
result = shown("ab", 4, {"word": 1, "item": 2}), f"{word}{width}", joined(8, 9)
""",
    "keywords": """
def both(first, second, third=3): return first, second, third
def only(first, *, second): return first, second
def gathered(first, **rest): return first, rest
def passed(first, second): return first, second
def each(function, **given): return function(**given)
result = both(1, second=2), both(*[4, 5]), only(1, second=2), gathered(1, a=2, b=3), each(passed, first=1, second=2)
""",
    "methods": """
class Counter:
    kind = "counter"
    def __init__(self, start, step=1):
        self.value = start; self.step = step
    def next(self, times=1, **rest):
        self.value += self.step * times
        return self.value, sorted(rest)
    @property
    def double(self): return self.value * 2
    @classmethod
    def zero(cls, step): return cls(start=0, step=step)
    @staticmethod
    def plain(self, cls): return self, cls
class Slow(Counter):
    def next(self, times): return super().next(times=times, a=1)
class Bare:
    def both(self, other): return [self.kind, other]
    kind = "bare"
one = Counter(step=2, start=3)
result = one.next(times=2), one.double, Counter.zero(step=5).next(), one.plain(1, 2), Slow(1).next(times=4)
result += tuple(Bare().both(other=6))
""",
    "scopes in comprehensions": """
size = 2
def table(rows, size=size):
    seen = [last := row for row in rows if row]
    return {row: [cell for cell in range(row)] for row in seen}, last, [size for size in rows], size
result = table([3, 0, 1]), [size for size in [size]], size
""",
    "errors, matches, imports": """
def tried(value):
    try:
        import json as module
        value = module.loads(value)
    except ValueError as error:
        value = type(error).__name__
    match value:
        case {"key": found, **rest}: value = found, rest
        case [first, *others]: value = others, first
        case (only,): value = only
    for index, (left, *right) in enumerate([value] if isinstance(value, tuple) else []):
        value = index, left, right
    return value
result = [tried(text) for text in ('{"key": 1, "a": 2}', "[1, 2, 3]", "no", "4")]
""",
    "generators and globals": """
count = 0
def numbers(limit, start=0):
    global count
    while start < limit:
        sent = yield start
        start += sent or 1
        count += 1
def drained(source):
    values = [next(source)]
    while True:
        try: values.append(source.send(2))
        except StopIteration: return values
result = drained(numbers(7)), count
""",
    "functions as values": """
def upper(text, times=1): return text.upper() * times
def lower(text, times=1): return text.lower() * times
WAYS = {"up": upper, "down": lower}
def chosen(way, text): return WAYS[way](text=text, times=2)
result = chosen("up", "aB"), chosen("down", "aB"), list(map(upper, "xy")), (lambda text: text)(text=4)
""",
    "names as text": """
def shown(first, second):
    third = first + second
    return sorted(vars()), eval("first * third")
def called(first): return first
result = shown(2, 3), globals()["called"](first=4)
""",
}


@pytest.mark.parametrize("source", TRICKY.values(), ids=TRICKY)
def test_a_bundle_does_what_its_source_does(source: str, tmp_path: Path) -> None:
    (tmp_path / "tricky.py").write_text(source)
    short = bundle(tmp_path / "tricky.py")
    assert run(short).result == run(source).result
    assert len(short) < len(source.strip())


#: Folders whose functions answer ``expected``, whatever else they are bundled with.
KEPT: dict[str, tuple[dict[str, str], dict[str, Any]]] = {
    "an order of modules that tells": (
        {
            "main": "from .zconf import READY\nfrom .aclient import LEVEL\ndef f(e, c): return READY, LEVEL",
            "zconf": "import os\nos.environ['LVL'] = 'debug'\nREADY = 1",
            "aclient": "import os\nLEVEL = os.environ['LVL']",
        },
        {"f": (1, "debug")},
    ),
    "an import that something must precede": (
        {"a": "import sys\nsys.modules['vend'] = sys\nimport vend\ndef f(e, c): return vend is sys", "b": "import re"},
        {"f": True},
    ),
    "an import in the place of another": (
        {"a": "def dumps(x): return 'mine'\nfrom json import dumps\ndef f(e, c): return dumps(1)"},
        {"f": "1"},
    ),
    "two imports of a name": (
        {"a": "from shutil import copy\nfrom copy import copy\ndef f(e, c): return copy([7])"},
        {"f": [7]},
    ),
    "a package that does something": (
        {
            "__init__": "import os\nos.environ['MODE'] = 'live'",
            "A": "import os\ndef f(e, c): return os.environ['MODE']",
        },
        {"f": "live"},
    ),
    "annotations that a decorator reads": (
        {
            "a": "from functools import singledispatch\n@singledispatch\ndef show(x): return 'any'\n"
            "@show.register\ndef _(x: int) -> str: return 'int'\ndef f(e, c): return show(1), show('')"
        },
        {"f": ("int", "any")},
    ),
    "annotations and docstrings that are read": (
        {
            "a": "from typing import get_type_hints\nfrom .b import g\n"
            "def f(e, c): return get_type_hints(g), g.__doc__",
            "b": "def g(x: int):\n    'Its text.'",
        },
        {"f": ({"x": int}, "Its text.")},
    ),
    "names with two underscores": (
        {
            "meta": "__version__ = '1.2'\n__deep = 3",
            "a": "from .meta import __version__, __deep\ndef f(e, c): return __version__, __deep",
            "b": "from .meta import __version__\ndef g(e, c): return __version__",
        },
        {"f": ("1.2", 3), "g": "1.2"},
    ),
    "functions called as what a zip has of its own": (
        {"a": "def import_module(e, c): return 4", "b": "def PARTS(e, c): return 5"},
        {"import_module": 4, "PARTS": 5},
    ),
    "a method under an if": (
        {
            "a": "class A:\n    if True:\n        def m(self, amount): return amount\ng = A().m\n"
            "def f(e, c): return g(amount=1), {'m': A.m}['m'](A(), amount=3)"
        },
        {"f": (1, 3)},
    ),
    "a package's modules": (
        {
            "a": "import urllib.parse\ndef f(e, c): return urllib.parse.quote('/x y')",
            "b": "import urllib.request\nimport urllib\ndef g(e, c): return urllib.request.__name__",
        },
        {"f": "/x%20y", "g": "urllib.request"},
    ),
    "imports of the future": (
        {
            "a": "from __future__ import annotations\nfrom PIL import X\ndef f(e, c): return A.__annotations__, X\n"
            "class A:\n    x: Unknown",
            "b": "from __future__ import annotations\nclass B:\n    x: Unknown\ndef g(e, c): return B.__annotations__",
        },
        {"f": ({"x": "Unknown"}, 6), "g": {"x": "Unknown"}},
    ),
    "a name with import in it": (
        {"a": "from reimport import X as x, reimport as y\ndef f(e, c): return x, y"},
        {"f": (7, 8)},
    ),
    "what is for type checkers": (
        {
            "a": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from .b import X\n"
            "def f(e: 'X', c): return TYPE_CHECKING",
            "b": "X = int",
        },
        {"f": False},
    ),
    "what is for who starts it": (
        {
            "a": "import re\ndef f(e, c): return 4\nif __name__ == '__main__':\n    from .b import X\n    f(X, re)",
            "b": "X = 1",
        },
        {"f": 4},
    ),
    "what a package itself binds": (
        {"__init__": "VERSION = 9", "a": "from . import VERSION\ndef f(e, c): return VERSION"},
        {"f": 9},
    ),
}


def loaded(code: Inline, function: str, place: Path | None, patched: pytest.MonkeyPatch) -> Any:
    """A function as Lambda has it: from the template, or from the zip unpacked in a place."""
    if place is None:
        return getattr(run(code.code(f"index.{function}").to_dict()["ZipFile"]), function)
    place.mkdir()
    for name, text in code.files.items():
        (place / name).write_text(text)
        sys.modules.pop(name.removesuffix(".py"), None)
    patched.syspath_prepend(str(place))
    return getattr(importlib.import_module("index"), function)


@pytest.mark.parametrize("name", KEPT)
@pytest.mark.parametrize("zipped", [False, True], ids=["inline", "zip"])
def test_a_function_does_what_its_source_does(
    name: str, zipped: bool, folder: Folder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules, expected = KEPT[name]
    path = folder(**modules)
    for module in ({"vend": None}, {"PIL": SimpleNamespace(X=6)}, {"reimport": SimpleNamespace(X=7, reimport=8)}):
        for key, value in module.items():
            monkeypatch.setitem(sys.modules, key, value)
    for at, chosen in enumerate([[], [*expected], [*expected][:1], [*expected][1:]]):
        code = inline(path, functions=chosen)
        for function, answer in expected.items():
            # As if none of the others had run.
            for variable in ("LVL", "MODE"):
                monkeypatch.setenv(variable, "info")
            monkeypatch.delenv("MODE")
            place = tmp_path / f"{at}{function}" if zipped else None
            assert loaded(code, function, place, monkeypatch)({}, None) == answer, chosen


def test_one_file_is_a_bundle_too(tmp_path: Path) -> None:
    file = tmp_path / "one.py"
    file.write_text('"""Doc."""\n\nimport os\n\nSEP = os.sep  # it\n')
    assert bundle(file) == "import os\nSEP=os.sep\n"
    assert inline(file).source == bundle(file)


def test_modules_are_left_out_by_name(folder: Folder) -> None:
    path = folder(a="X = 1", b="from .a import X\nY = X", c="import os\nZ = os.sep", d="from .c import Z\nW = Z")
    assert bundle(path, without=["d", "c"]) == "X=1\nY=X\n"
    assert bundle(path, without=[]) == bundle(path)
    with pytest.raises(CodeError, match=r"code: without is e, f, allowed: a, b, c, d$"):
        bundle(path, without=["f", "a", "e"])
    with pytest.raises(CodeError, match=r"'from .c import Z' cannot be bundled"):
        bundle(path, without=["c"])


def unbound(source: str) -> set[str]:
    """The names that a module uses and neither binds nor has from Python."""
    tables, found = [symtable.symtable(source, "index.py", "exec")], set()
    bound = {one.get_name() for one in tables[0].get_symbols() if one.is_assigned() or one.is_imported()}
    for table in tables:
        tables += table.get_children()
        bound |= {one.get_name() for one in table.get_symbols() if one.is_declared_global() and one.is_assigned()}
        found |= {one.get_name() for one in table.get_symbols() if one.is_global() and one.is_referenced()}
    return found - bound - {*dir(builtins), "__name__"}


@pytest.mark.parametrize(
    ("handler", "others"),
    [
        ("index.authorize", {"receive", "read", "apply", "recount", "Table", "Mirror"}),
        ("index.receive", {"authorize", "read", "apply", "recount", "Plan", "Mirror"}),
        ("index.read", {"authorize", "receive", "apply", "recount", "park", "Mirror"}),
        ("index.apply", {"authorize", "receive", "read", "recount", "Plan", "Recount"}),
        ("index.recount", {"authorize", "receive", "read", "apply", "Plan", "park", "rotate"}),
    ],
)
def test_each_function_of_the_shop_has_all_that_it_uses(handler: str, others: set[str]) -> None:
    source = replace(handler_code(), mapping=None).code(handler).to_dict()["ZipFile"]
    assert unbound(source) == set()
    assert f"\ndef {handler[6:]}(" in source
    assert not others & {*vars(run(source))}
    assert unbound(source.replace(f"def {handler[6:]}(", "def gone(a=tell_nobody):pass\ndef f(")) == {"tell_nobody"}


def test_the_handler_rotates_nothing() -> None:
    assert not {"rotate", "RotationError", "secrets", "string"} & {*vars(run(handler_source()))}


@pytest.mark.soak
def test_the_handler_rotates_where_it_is_asked_to() -> None:
    assert hasattr(run(handler_code(rotation=True).source), "rotate")


def test_an_init_module_counts_only_when_it_has_code(folder: Folder) -> None:
    assert bundle(folder(__init__='"""The package."""', a="X = 1")) == "X=1\n"


def test_an_init_module_with_code_is_bundled(folder: Folder) -> None:
    assert bundle(folder(__init__="Y = 2", a="X = 1")) == "Y=2\nX=1\n"


def test_a_coding_cookie_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    file = tmp_path / "old.py"
    file.write_bytes("# -*- coding: latin-1 -*-\r\nX = 'ä'\r\n".encode("latin-1"))
    assert bundle(file) == "X='ä'\n"


REFUSED = {
    "a cycle": ({"a": "from .b import X\nY = 1", "b": "from .a import Y\nX = 1"}, "local imports form a cycle: "),
    "a syntax error": ({"a": "x = 1\nx ="}, r"a\.py line 2: the code does not compile: invalid syntax"),
    "an early return": ({"a": "x = 1\nreturn x"}, r"a\.py line 2: the code does not compile: 'return' outside"),
    "a missing name": (
        {"a": "from .b import Z", "b": "X = 1"},
        r"a\.py line 1: 'from .b import Z' cannot be bundled, allowed: a name that b\.py binds, without an alias",
    ),
    "an alias": ({"a": "from .b import X as Y", "b": "X = 1"}, "'from .b import X as Y' .* without an alias"),
    "a star": ({"a": "from .b import *", "b": "X = 1"}, "cannot be bundled, allowed: a name that b.py binds"),
    "a missing module": ({"a": "from .z import X"}, "'from .z import X' cannot be bundled, allowed: an import of one"),
    "the package itself": ({"a": "from . import b", "b": "X = 1"}, "'from . import b' cannot be bundled, allowed: an"),
    "another package": ({"a": "from ..b import X", "b": "X = 1"}, "'from ..b import X' cannot be bundled, allowed"),
    "a whole module": ({"a": "import b", "b": "X = 1"}, "'import b' cannot be bundled, allowed: from b import <name>"),
    "a nested import": (
        {"a": "def f():\n    from .b import X", "b": "X = 1"},
        r"a\.py line 2: 'from .b import X' cannot be bundled, allowed: local imports at the top",
    ),
    "a name that is bound anew": (
        {"a": "from .b import READY", "b": "READY = 0\ndef go():\n    global READY\n    READY = 1"},
        r"'from .b import READY' cannot be bundled, allowed: a name that no function of b\.py binds anew \(global\)",
    ),
    "a local import after something is done": (
        {"a": "import logging\nlogging.captureWarnings(True)\nfrom .b import X", "b": "X = 1"},
        "line 3: 'from .b import X' cannot be bundled, allowed: local imports before all that the module does",
    ),
    "a module by the folder's name": ({"a": "import code.b", "b": "X = 1"}, "'import code.b' .* from b import <name>"),
    "a name by the folder's name": (
        {"a": "from code.b import X", "b": "X = 1"},
        "'from code.b import X' cannot be bundled, allowed: from .b import <name>",
    ),
    "a name that the package has not": (
        {"__init__": "Y = 1", "a": "from . import X"},
        r"'from . import X' cannot be bundled, allowed: a name that __init__\.py binds, without an alias",
    ),
    "a null byte": ({"a": "x = '\0'"}, r"a\.py.* source code (string )?cannot contain null"),
    "a thousand branches": (
        {"a": "x = 1\nif x: pass\n" + "elif x: pass\n" * 3000},
        "code: the code nests too deeply, allowed: fewer branches or terms at once",
    ),
}


@pytest.mark.parametrize(("modules", "message"), REFUSED.values(), ids=REFUSED)
def test_what_cannot_be_bundled_is_refused(modules: dict[str, str], message: str, folder: Folder) -> None:
    with pytest.raises(CodeError, match=message):
        bundle(folder(**modules))


@pytest.mark.parametrize(("name", "why"), [("empty", "a Python file or a folder that has some"), ("no.py", "No such")])
def test_a_path_without_code_is_refused(name: str, why: str, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(CodeError, match=f"{name}.*{why}"):
        inline(tmp_path / name)


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    (tmp_path / "bad.py").write_bytes(b"x = '\xff'\n")
    with pytest.raises(WooStackError, match=r"bad\.py"):
        inline(tmp_path / "bad.py")


def test_a_bundle_over_the_limit_is_refused(tmp_path: Path) -> None:
    (tmp_path / "big.py").write_text(f"X = '{'x' * INLINE_BYTES}'\n")
    with pytest.raises(CodeError, match=rf"big\.py: the bundle has \d+ bytes, allowed: {INLINE_BYTES}"):
        inline(tmp_path / "big.py")


@pytest.mark.parametrize("seed", ["1", pytest.param("2", marks=pytest.mark.soak)])
def test_the_handler_is_the_same_bytes_in_any_process(seed: str) -> None:
    script = (
        "import sys; from woo_stack.foundation import handler_code, handler_source as code; sys.stdout.write(code())"
    )
    environment = {**os.environ, "PYTHONHASHSEED": seed, "LC_ALL": "C"}
    done = subprocess.run([sys.executable, "-c", script], env=environment, capture_output=True, check=True)
    assert done.stdout.decode() == handler_source()


def test_the_handler_has_its_entry_points_and_no_local_import() -> None:
    source = handler_source()
    entries = {"authorize", "read", "receive", "apply", "recount"}
    assert entries <= {*re.findall(r"^def (\w+)\(", source, re.M)}
    assert not re.search(r"^\s*(from \.|import handler)", source, re.M)
    compile(source, "index.py", "exec")


def test_a_changed_file_is_bundled_anew(tmp_path: Path) -> None:
    file = tmp_path / "changing.py"
    file.write_text("X = 1\n")
    before: Any = inline(file).source
    file.write_text("X = 2\n")
    assert inline(file).source != before
