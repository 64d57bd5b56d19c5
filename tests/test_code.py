"""The code of a function: what of the source it gets, the mapping that several share, and the zip."""

import io
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from troposphere import Template

from woo_stack import inline, s3
from woo_stack.bundle import CodeError
from woo_stack.code import Inline, archive

Folder = Callable[..., Path]


def test_a_function_gets_what_it_needs_and_not_what_others_do(folder: Folder) -> None:
    path = folder(
        base="import os\ndef shared(): return os.sep",
        early="import re\nfrom .base import shared\ndef ask(a, b): return shared()",
        late="import re, json\nfrom .base import shared\nfrom .deep import DEEP\ndef tell(a, b): return DEEP",
        deep="DEEP = 7",
        other="from .early import ask\nfrom .deep import DEEP\nX = DEEP",
    )
    code = inline(path, mapping="Parts", first=["tell", "ask"])
    tell = "import json,os,re\ndef shared():return os.sep\nDEEP=7\ndef tell(a,b):return DEEP\n"
    ask, rest = "def ask(a,b):return shared()\n", "X=DEEP\n"
    assert code.layers == {"py1": tell, "py2": ask, "py3": rest}
    parts = [{"Fn::FindInMap": ["Parts", "index", name]} for name in code.layers]
    assert code.code("index.tell").to_dict() == {"ZipFile": parts[0]}
    assert code.code("index.ask").to_dict() == {"ZipFile": {"Fn::Join": ["", parts[:2]]}}
    assert code.code("index.other").to_dict() == {"ZipFile": {"Fn::Join": ["", parts]}}
    assert code.source == tell + ask + rest
    own = inline(path, first=["tell", "ask"])
    texts = [own.code(f"index.{name}").to_dict()["ZipFile"] for name in ("tell", "ask", "other")]
    assert texts == [tell, tell + ask, tell + ask + rest]


def test_a_function_that_is_first_must_be_there(folder: Folder) -> None:
    path = folder(a="def f(a, b): return 1", b="def g(a, b): return 2")
    assert [*inline(path, first=["f"]).layers.values()] == ["def f(a,b):return 1\n", "def g(a,b):return 2\n"]
    assert [*inline(path, first=["f", "g"]).layers.values()][2] == ""
    with pytest.raises(CodeError, match=r"first has 'h', allowed: functions of a, b$"):
        inline(path, first=["f", "h"])
    with pytest.raises(CodeError, match=r"first has 'g', allowed: functions of a$"):
        inline(path, first=["g"], without=["b"])


def test_a_mapping_takes_one_bundle_only() -> None:
    template = Template()
    Inline("X=1", "Shared").add_to(template)
    Inline("X=1", "Shared").add_to(template)
    assert template.mappings == {"Shared": {"index": {"py": "X=1"}}}
    with pytest.raises(CodeError, match="mapping 'Shared' already holds other code, allowed: one bundle a mapping"):
        Inline("X=2", "Shared").add_to(template)


def test_code_in_a_bucket() -> None:
    assert s3("artefacts", "a.zip").code("index.f").to_dict() == {"S3Bucket": "artefacts", "S3Key": "a.zip"}


def test_an_archive_is_named_by_its_bytes_and_says_nothing_of_when_or_where() -> None:
    name, data = archive(Inline("X = 1\n"))
    assert (name, data) == archive(Inline("X = 1\n"))
    assert re.fullmatch(r"handler-[0-9a-f]{16}\.zip", name)
    assert archive(Inline("X = 2\n"))[0] != name
    with zipfile.ZipFile(io.BytesIO(data)) as zipped:
        assert zipped.testzip() is None
        (entry,) = zipped.infolist()
        assert zipped.read("index.py") == b"X = 1\n"
    assert entry.filename == "index.py"
    assert entry.external_attr >> 16 == 0o100644
    assert entry.create_system == 3
    assert entry.date_time == (1980, 1, 1, 0, 0, 0)


#: What Lambda does with a handler; then which of the layers have been loaded.
LAMBDA = """
import json, re, sys
sys.path.insert(0, sys.argv[1])
import index
assert not hasattr(index, "__path__")
answer = getattr(index, sys.argv[2])({}, None)
print(json.dumps([answer, sorted(filter(re.compile(r"py[0-9]$").match, sys.modules))]))
"""


@pytest.mark.parametrize(
    ("function", "answer", "loaded"),
    [
        ("one", [7], ["py1"]),
        ("two", [7, 8], ["py1", "py2"]),
        ("three", [7, 8, 9], ["py1", "py2", "py3"]),
    ],
)
def test_from_a_zip_a_function_loads_its_layers_alone(
    folder: Folder, function: str, answer: list[int], loaded: list[str]
) -> None:
    path = folder(
        first="_LIMIT = 7\ndef one(event, context): return [_LIMIT]",
        second="from .first import _LIMIT, one\ndef two(event, context): return [*one(event, context), _LIMIT + 1]",
        third="from .second import two\ndef three(event, context): return [*two(event, context), 9]",
    )
    _, zipped = archive(inline(path, mapping="Code", first=["one", "two"]))
    file = path / "code.zip"
    file.write_bytes(zipped)
    command = [sys.executable, "-c", LAMBDA, str(file), function]
    done = subprocess.run(command, capture_output=True, check=True)
    assert json.loads(done.stdout) == [answer, loaded]


def test_a_zip_has_a_file_for_each_layer() -> None:
    code = Inline("A=1\nB=2\n", "Code", {"a": 4})
    assert code.files["py1.py"].startswith("A=1\n")
    assert code.files["py2.py"].startswith("from py1 import *\nB=2\n")
    assert [*Inline("A=1\n").files] == ["index.py"]
