"""The order in which modules run: Python's, or refused."""

from collections.abc import Callable
from pathlib import Path

import pytest

from woo_stack import inline
from woo_stack.module import CodeError

Folder = Callable[..., Path]


def test_parts_that_would_turn_the_order_round_are_refused(folder: Folder) -> None:
    modules = {
        "main": "from .aconf import READY\nfrom .common import LEVEL\ndef f(e, c): return READY, LEVEL",
        "aconf": "import os\nos.environ['LVL'] = 'debug'\nREADY = 1",
        "common": "import os\nLEVEL = os.environ.get('LVL', 'info')",
        "other": "from .common import LEVEL\ndef g(e, c): return LEVEL",
    }
    message = r"aconf\.py would run after common\.py, which more functions need, and what they do may tell the order"
    path = folder(**modules)
    for functions in (["f", "g"], ["g"]):
        with pytest.raises(CodeError, match=message):
            inline(path, functions=functions)
    assert inline(path, functions=["f"]).parts
    (path / "common.py").write_text("import os\ndef level(): return os.environ.get('LVL')\nLEVEL = level()")
    with pytest.raises(CodeError, match=message):
        inline(path, functions=["f", "g"])
    (path / "common.py").write_text("import re, os\nLEVEL = re.compile('x')\ndef at(e): return os.environ[e]")
    assert inline(path, functions=["f", "g"]).parts
    (path / "common.py").write_text(modules["common"])
    (path / "aconf.py").write_text("import os\nREADY = {}\nREADY['x'] = 1")
    assert inline(path, functions=["f", "g"]).parts
