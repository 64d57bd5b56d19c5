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
from woo_stack.code import Inline, archive
from woo_stack.module import CodeError

Folder = Callable[..., Path]


def test_a_function_gets_what_it_needs_and_not_what_others_do(folder: Folder) -> None:
    path = folder(
        base="import os\ndef shared(): return os.sep",
        early="import re\nfrom .base import shared\ndef ask(a, b): return shared()",
        late="import re, json\nfrom .base import shared\nfrom .deep import DEEP\ndef tell(a, b): return DEEP",
        deep="DEEP = 7",
        other="from .early import ask\nfrom .deep import DEEP\nX = DEEP",
    )
    code = inline(path, mapping="Parts", functions=["tell", "ask"])
    both = "import os\ndef shared():return os.sep\n"
    tell = "import re,json\nDEEP=7\ndef tell(a,b):return DEEP\n"
    ask, rest = "import re\ndef ask(a,b):return shared()\n", "X=DEEP\n"
    assert code.texts == {"py1": both, "py2": tell, "py3": ask, "py4": rest}
    assert [*code.parts] == ["tell ask", "tell", "ask", ""]
    parts = {name: {"Fn::FindInMap": ["Parts", "index", name]} for name in code.texts}
    for function, needed in {"tell": "py1 py2", "ask": "py1 py3", "other": "py1 py2 py3 py4"}.items():
        found = code.code(f"index.{function}").to_dict()
        assert found == {"ZipFile": {"Fn::Join": ["", [parts[name] for name in needed.split()]]}}
    assert code.source == both + tell + ask + rest
    own = inline(path, functions=["tell", "ask"])
    texts = [own.code(f"index.{name}").to_dict()["ZipFile"] for name in ("tell", "ask", "other")]
    assert texts == [both + tell, both + ask, code.source]


def test_a_part_has_an_import_that_no_other_part_brings_with_it(folder: Folder) -> None:
    path = folder(
        all="import re\ndef shared(): return re",
        some="import re, os\nfrom .all import shared\ndef one(a, b): return shared(), re, os",
        other="import os\nfrom .all import shared\ndef two(a, b): return shared(), os",
    )
    code = inline(path, functions=["one", "two"])
    assert [text.splitlines()[0] for text in code.texts.values()] == ["import re", "import os", "import os"]
    assert "re" not in code.texts["py2"].splitlines()[0]


def test_what_is_the_same_for_all_functions_is_one_part(folder: Folder) -> None:
    path = folder(a="def f(a, b): return 1", b="from .a import f\ndef g(a, b): return f(a, b)")
    assert inline(path, functions=["g"]).parts == {}
    assert inline(path, mapping="Code", functions=["g"]).code("index.g").to_dict() == {
        "ZipFile": {"Fn::FindInMap": ["Code", "index", "py"]}
    }


def test_a_function_of_its_own_part_must_be_there(folder: Folder) -> None:
    path = folder(a="def f(a, b): return 1", b="def g(a, b): return 2")
    assert inline(path, functions=["f"]).texts == {"py1": "def f(a,b):return 1\n", "py2": "def g(a,b):return 2\n"}
    with pytest.raises(CodeError, match=r"functions has 'h', allowed: functions of a, b$"):
        inline(path, functions=["f", "h"])
    with pytest.raises(CodeError, match=r"functions has 'g', allowed: functions of a$"):
        inline(path, functions=["g"], without=["b"])


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
        ("one", [7], ["py1", "py3"]),
        ("two", [7, 8], ["py1", "py2", "py4"]),
        ("three", [7, 8, 9], ["py1", "py2", "py5"]),
        # It is in a part that others need too, and not named.
        ("shared", 8, ["py1", "py2"]),
    ],
)
def test_from_a_zip_a_function_loads_its_parts_alone(
    folder: Folder, function: str, answer: list[int], loaded: list[str]
) -> None:
    path = folder(
        all="_LIMIT = 7",
        some="from .all import _LIMIT\ndef shared(event, context): return _LIMIT + 1",
        first="from .all import _LIMIT\ndef one(event, context): return [_LIMIT]",
        second="from .all import _LIMIT\nfrom .some import shared\n"
        "def two(event, context): return [_LIMIT, shared(event, context)]",
        third="from .all import _LIMIT\nfrom .some import shared\n"
        "def three(event, context): return [_LIMIT, shared(event, context), 9]",
    )
    _, zipped = archive(inline(path, mapping="Code", functions=["one", "two", "three"]))
    file = path / "code.zip"
    file.write_bytes(zipped)
    command = [sys.executable, "-c", LAMBDA, str(file), function]
    done = subprocess.run(command, capture_output=True, check=True)
    assert json.loads(done.stdout) == [answer, loaded]


def test_a_zip_has_a_file_for_each_part() -> None:
    code = Inline("A=1\nB=2\nC=3\n", "Code", {"a b": 4, "a": 4, "b": 4})
    assert [*code.files] == ["index.py", "py1.py", "py2.py", "py3.py"]
    assert code.files["py1.py"].startswith("A=1\n")
    assert code.files["py2.py"].startswith("from py1 import *\nB=2\n")
    assert code.files["py3.py"].startswith("from py1 import *\nC=3\n")
    assert [*Inline("A=1\n").files] == ["index.py"]
