"""The public names: listed once in `__init__.pyi`, the same whatever is imported first, and imported at no cost."""

import ast
import inspect
import json
import os
import subprocess
import sys
import zipfile
from importlib import import_module
from pathlib import Path

import pytest

import woo_stack

PACKAGE = Path(woo_stack.__file__).parent
STUB = [node for node in ast.parse((PACKAGE / "__init__.pyi").read_text()).body if isinstance(node, ast.ImportFrom)]
#: Public names that are modules of the package as well, whose module the import system binds to the same name.
NAMESAKES = sorted(name for name in woo_stack.__all__ if (PACKAGE / f"{name}.py").exists())


def said(program: str, **environment: str) -> str:
    """What a program prints in a new interpreter."""
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, env=os.environ | environment
    )
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.strip()


@pytest.mark.parametrize("node", STUB, ids=lambda node: node.names[0].asname)
def test_each_line_of_the_stub_is_a_name_at_run_time(node: ast.ImportFrom) -> None:
    (alias,) = node.names  # one a line, which is how the package reads them
    assert alias.asname == alias.name, "a type checker takes it for private"
    assert node.module
    assert getattr(woo_stack, alias.name) is getattr(import_module(node.module), alias.name)


def test_there_is_no_other() -> None:
    names = [alias.name for node in STUB for alias in node.names]
    assert len(set(names)) == len(names)
    assert sorted(woo_stack.__all__) == sorted(names)
    assert set(dir(woo_stack)) >= {*names, "__version__"}
    with pytest.raises(AttributeError, match="module 'woo_stack' has no attribute 'Tabel'"):
        _ = woo_stack.Tabel  # type: ignore[attr-defined]
    with pytest.raises(ImportError, match="cannot import name 'Tabel'"):
        exec("from woo_stack import Tabel")  # noqa: S102 - nothing of a user's


def test_the_namesakes_are_known() -> None:
    assert {"publish", "runbook", "shop"} <= set(NAMESAKES)


#: Each program by itself, in a process in which nothing of the package is imported; what it needs is, once.
FORKING = """
import json, os, sys
from woo_stack import *
for name in [name for name in sys.modules if name.partition(".")[0] == "woo_stack"]:
    del sys.modules[name]
for program in json.load(sys.stdin):
    if os.fork() == 0:
        exec(program, {})
        os._exit(0)
    assert os.wait()[1] == 0, program
"""
ORDERS = (
    "from woo_stack import {0}",
    "import woo_stack.{0}; from woo_stack import {0}",
    "from woo_stack import {0}; import woo_stack.{0}; from woo_stack import {0}",
    "from woo_stack.{0} import __doc__; from woo_stack import {0}",
    "import woo_stack.shop, woo_stack.cli.synth, woo_stack.artifacts; from woo_stack import {0}",
    "import woo_stack; {0} = woo_stack.{0}",
    # As it always was: `as` takes the package's attribute.
    "import woo_stack.{0} as {0}",
    "from woo_stack import *",
    "import importlib, woo_stack, woo_stack.{0}; importlib.reload(woo_stack); from woo_stack import {0}",
    "import importlib as i, sys, woo_stack.{0}; i.reload(sys.modules['woo_stack.{0}']); from woo_stack import {0}",
)


@pytest.mark.soak
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Windows")
def test_a_name_is_never_its_module_whatever_is_imported_first() -> None:
    programs = [f"{order.format(name)}\nassert callable({name})" for order in ORDERS for name in NAMESAKES]
    done = subprocess.run(
        [sys.executable, "-c", FORKING], input=json.dumps(programs), capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_the_module_of_a_namesake_is_still_imported() -> None:
    program = (
        "import sys, woo_stack.shop; from woo_stack.shop import Shop; print(Shop is sys.modules[Shop.__module__].Shop)"
    )
    assert said(program) == "True"
    # A module without a namesake is bound as everywhere.
    program = "import woo_stack.table; from woo_stack import names; print(woo_stack.table.Table.READ, names.__name__)"
    assert said(program).endswith(" woo_stack.names")


def test_a_public_name_can_be_replaced(monkeypatch: pytest.MonkeyPatch) -> None:
    original = woo_stack.shop
    monkeypatch.setattr("woo_stack.shop", len)
    assert woo_stack.shop is len  # type: ignore[comparison-overlap]
    monkeypatch.undo()
    assert woo_stack.shop is original


def test_everything_else_of_a_module_is_as_always() -> None:
    assert inspect.ismodule(woo_stack)
    assert inspect.getsourcefile(woo_stack) == str(PACKAGE / "__init__.py")
    assert dict(inspect.getmembers(woo_stack))["Table"] is woo_stack.Table
    assert (inspect.getdoc(woo_stack) or "").startswith("A WooCommerce shop's back end on AWS")
    assert not hasattr(woo_stack, "__wrapped__")
    assert inspect.getmodule(woo_stack.shop) is sys.modules["woo_stack.shop"]


def test_a_component_can_be_pickled_and_read_where_nothing_is_imported() -> None:
    program = "import pickle; from woo_stack import Key, Table; print(pickle.dumps(Key('id', 'placed_at')).hex())"
    read = f"import pickle; print(pickle.loads(bytes.fromhex({said(program)!r})))"
    assert said(read).startswith("Key(partition='id', sort='placed_at'")


def test_the_star_gives_every_name() -> None:
    program = "from woo_stack import *; import woo_stack; print([n for n in woo_stack.__all__ if n not in globals()])"
    assert said(program) == "[]"


def test_a_zip_of_the_package_works(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "library.zip", "w") as archive:
        for path in [*PACKAGE.glob("*.py"), *PACKAGE.glob("*.pyi")]:
            archive.write(path, f"woo_stack/{path.name}")
    program = "import woo_stack; from woo_stack import Key; print(woo_stack.__file__, Key('id').partition)"
    file, name = said(program, PYTHONPATH=str(tmp_path / "library.zip")).split()
    assert (file, name) == (str(tmp_path / "library.zip" / "woo_stack" / "__init__.py"), "id")


def test_the_wheel_carries_the_stub() -> None:
    setup = (PACKAGE.parents[1] / "setup.cfg").read_text()
    assert "woo_stack = py.typed, __init__.pyi" in setup
