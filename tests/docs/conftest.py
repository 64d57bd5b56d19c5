"""The scripts that write docs/, as modules: they stand in a folder of their own and import each other by name."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

SCRIPTS = Path(__file__).parents[2] / "docs" / "scripts"
#: Those that need nothing but the library.
NAMES = (
    "body", "built", "commands", "conditions", "costs", "iam", "measured", "model", "parts", "prices", "samples",
    "sections", "security", "settings", "source", "table", "write",
)  # fmt: skip


@pytest.fixture(scope="module")
def docs() -> Iterator[Any]:
    """Each script as an attribute."""
    before, path = {*sys.modules}, [*sys.path]
    sys.path.insert(0, str(SCRIPTS))
    yield SimpleNamespace(**{name: importlib.import_module(name) for name in NAMES})
    sys.path[:] = path
    for name in {*sys.modules} - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(
            (str(SCRIPTS), str(SCRIPTS.parents[1] / "build.py"))
        ):
            del sys.modules[name]
