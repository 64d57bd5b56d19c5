"""The stripper: shorter, and the same program."""

import ast
import json
import sysconfig
from pathlib import Path

import pytest

from woo_stack.annotations import BLIND, reads_any
from woo_stack.source import Source

STDLIB = Path(sysconfig.get_path("stdlib"))
#: Modules with decorators, nested f-strings, long signatures and old habits; `make soak` takes a third of all.
MODULES = ("gzip", "locale", "string", "json/encoder", "functools", "tarfile", "textwrap")


def strip(source: str) -> str:
    return Source(source).stripped()[0]


def name_of(decorator: ast.expr) -> str:
    return ast.unparse(decorator).partition("(")[0].rpartition(".")[2]


class Wanted(ast.NodeTransformer):
    """What is left of a program that reads none: no docstrings, and few annotations.

    Those of a class's own names stay, and those of functions with decorators that may read them.
    """

    def __init__(self) -> None:
        self.scopes: list[type] = [ast.Module]

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        self.generic_visit(node)
        if not node.value or self.scopes[-1] is ast.ClassDef:
            return node
        return ast.Assign([node.target], node.value)

    def generic_visit(self, node: ast.AST) -> ast.AST:
        scope = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
        self.scopes += [type(node)] if scope else []
        super().generic_visit(node)
        if scope:
            self.scopes.pop()
        if (
            isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
            and not {*map(name_of, node.decorator_list)} - BLIND
        ):
            node.returns = None
            for argument in ast.walk(node.args):
                if isinstance(argument, ast.arg):
                    argument.annotation = None
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Module) and (
            ast.get_docstring(node, clean=False) is not None
        ):
            lonely = len(node.body) == 1 and not isinstance(node, ast.Module)
            node.body[:1] = [ast.Expr(ast.Constant(...))] if lonely else []
        return node


def assert_same_program(source: str) -> None:
    wanted = ast.parse(source) if reads_any(source) else Wanted().visit(ast.parse(source))
    assert ast.dump(ast.parse(strip(source))) == ast.dump(wanted)


@pytest.mark.parametrize("name", MODULES)
def test_the_standard_library_stays_the_same_program(name: str) -> None:
    source = (STDLIB / f"{name}.py").read_text()
    assert_same_program(source)
    assert len(strip(source)) < len(source)


@pytest.mark.soak
def test_a_third_of_the_standard_library_stays_the_same_program() -> None:
    for path in sorted(STDLIB.rglob("*.py"))[::3]:
        if not {"test", "tests", "site-packages"} & set(path.parts):
            assert_same_program(path.read_text("utf-8"))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x = 1  # one\n\n\n# two\ny = 2", "x=1\ny=2"),
        ("def f(a: int, *b: str, c: 'X' = 3, **d: int) -> list[int]:\n    return a", "def f(a,*b,c=3,**d):return a"),
        ("async def f(a: int) -> None: await a", "async def f(a):await a"),
        ('def f():\n    """Doc."""\n    return 1', "def f():return 1"),
        ('def f():\n    """Doc."""', "def f():..."),
        ('class C:\n    """Doc."""\n\n    x: int = 1', "class C:x:int=1"),
        ("x: int = 1\ny: int\nz.a: int = 2", "x=1\ny:int\nz.a=2"),
        ("def f():\n    x: (int) = 1\n    return x", "def f():x=1;return x"),
        ("class C:\n if x:\n  y: int = 1\n def f(self):\n  z: int = 2", "class C:\n if x:y:int=1\n def f(self):z=2"),
        ("if x:\n    a = 1\n    b = 2\nelse:\n    c()", "if x:a=1;b=2\nelse:c()"),
        ("if x:\n    a = 1\n    if y:\n        b = 2\n    c = 3", "if x:\n a=1\n if y:b=2\n c=3"),
        ("def f():\n    a = 1;\n    b = 2", "def f():a=1;b=2"),
        ("def f():\n @g\n def h(): pass\n match = 1\n return h", "def f():\n @g\n def h():pass\n match=1\n return h"),
        ('"""Doc."""\nx = 1', "x=1"),
        ('x = 1\n"""No docstring."""', "x=1\n\"\"\"No docstring.\"\"\""),
        ("if x:\n\tif y:\n\t\tz = not  x", "if x:\n if y:z=not x"),
        ("x = [\n    1,  # one\n    2,\n]", "x=[1,2]"),
        ("x = f(1,), (1,), (1, 2,), [1,], {1,}", "x=f(1),(1,),(1,2),[1],{1}"),
        ("x = {1: 2,}, y[1,], y[1, 2,]", "x={1:2},y[1,],y[1,2]"),
        ("def f(a, *, b: int = 1,): pass", "def f(a,*,b=1):pass"),
        ("(self.a): int = 1", "(self.a)=1"),
        ("class C:\n self.a: int = 1", "class C:self.a:int=1"),
        ("x = 1 + \\\n    2", "x=1+2"),
        ('x = "a"', "x='a'"),
        ('x = f"{a!r:>{w}} {{}}"', "x=f'{a!r:>{w}} {{}}'"),
        ('x = "it\'s"', 'x="it\'s"'),
        (r'x = "a\n"', r"x='a\n'"),
        ('x = r"\\d\'"', 'x=r"\\d\'"'),
        ('x = "a" "b" if c else 1 if d else .5', "x='a' 'b'if c else 1 if d else.5"),
        ("x = 'a' if b'c' in d else 'e'", "x='a'if b'c'in d else'e'"),
        ("x = not '' or b''", "x=not''or b''"),
        ("x = '' '' 'a' if f else r'b'", "x='' '' 'a'if f else r'b'"),
        ("x = a if b else - 1", "x=a if b else-1"),
        ("from . import x", "from.import x"),
        ("@a\n# why\n@b('x')\nclass C: pass", "@a\n@b('x')\nclass C:pass"),
        ("f = lambda x, *y, z = 1: (x, y)", "f=lambda x,*y,z=1:(x,y)"),
    ],
)  # fmt: skip
def test_what_is_left(source: str, expected: str) -> None:
    assert strip(source) == expected


@pytest.mark.parametrize(
    "text",
    [
        '"""a\n    b   \n\n\t# no comment\n"""',
        "f'''{x}\n  # no comment {y!r}\n'''",
        "r'\\d+  # no comment'",
        'b"""\x01\n  u"""',
        "'ünïcode  ☃'",
        '"a\'\\\n  b"',
    ],
)
def test_strings_survive_byte_for_byte(text: str) -> None:
    source = f"def f(x, y):\n    z = {text}\n    return z\n"
    assert text in strip(source)
    assert_same_program(source)


@pytest.mark.parametrize("ending", ["\r\n", "\n"])
def test_line_ends_do_not_matter(ending: str) -> None:
    assert strip(ending.join(["x = 1", "if x:", "    y = 2", ""])) == "x=1\nif x:y=2"


def test_classes_keep_their_annotations() -> None:
    scope: dict[str, object] = {}
    source = 'from dataclasses import dataclass\n@dataclass\nclass C:\n    """Doc."""\n    x: int\n    y: str = "b"\n'
    exec(strip(source), scope)  # noqa: S102 (the program of the line above)
    assert scope["C"](4).__dict__ == {"x": 4, "y": "b"}


def test_statements_can_be_left_out() -> None:
    source = Source("import os\nx = os.sep\nfrom a import (\n    b,\n    c,\n)\n")
    source.drop([source.tree.body[0], source.tree.body[2]])
    assert source.stripped() == ["x=os.sep"]
    assert [type(node) for node in source.tree.body] == [ast.Assign]


def test_stripping_twice_changes_nothing_more() -> None:
    once = strip((STDLIB / "textwrap.py").read_text())
    assert strip(once) == once


def test_json_of_the_result_is_shorter_than_with_double_quotes() -> None:
    source = 'x = ["a", "b"]'
    assert len(json.dumps(strip(source))) == len(strip(source)) + 2


#: What is rare in handlers, each once broken by us.
RARER = {
    "a letter outside ASCII before an annotation": 'def f(a="é", b: int = 5):\n    return b\n',
    "a parenthesised return annotation": "def f() -> (\n    int\n):\n    return 1\n",
    "a parenthesised annotation": "def f(a: (int) = 5):\n    return a\n",
    "a docstring of two strings": 'def f():\n    "a" "b"\n',
    "a docstring in parentheses": 'def f():\n    (\n        "a"\n    )\n',
    "a statement on the docstring's line": 'def f():\n    "a"; return 1\n',
    "a form feed in a string": 'x = "a\fb"\ny = "c"\n',
    "a line separator in a string": 'x = "a\u2028b"\ny = "c"\n',
    "patterns of one": "match x:\n case (a,): pass\n case [b,]: pass\n case C(d,): pass\n case (e): pass\n",
    "a tuple of one in a format": "x = f'{(y,)}' f'{z[1,]:{w}}'\n",
    "a comma and a bracket apart": "x = [1,  # one\n\n]\ny = (2,  # two\n)\n",
    "things in parentheses": "with (a as b, c as d,): pass\ndel (e,)\nfor (f,) in (g,): pass\n",
    "a tuple with a star": "x = y[*z], y[*z,], (*z,), [*z,]\n",
    "an attribute of a number": "x = 1 .real\n",
}


@pytest.mark.parametrize("source", RARER.values(), ids=RARER)
def test_rarer_programs_stay_the_same(source: str) -> None:
    assert_same_program(source)
