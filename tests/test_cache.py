"""The cache of builds: what is missing, damaged or of another version is not there, and nothing worse happens."""

import sys
from pathlib import Path
from typing import Any

import pytest

from woo_stack import cache as module
from woo_stack.cache import Cache, default_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "kept" / "here"


def test_what_was_kept_is_there_for_the_next_build(folder: Path) -> None:
    Cache(folder).put({"a": [1, "é"]}, "release", "one")
    assert Cache(folder).get("release", "one") == {"a": [1, "é"]}
    assert Cache(folder).get("release", "two") is None
    assert Cache(folder).get("release one") is None


def test_without_a_folder_nothing_is_kept() -> None:
    cache = Cache(None)
    cache.put(7, "x")
    assert cache.get("x") is None


@pytest.mark.parametrize("damage", [b"", b"[7", b"\xff\xfe", b"\x00" * 40, b"[]", b"\n[]", None])
def test_a_damaged_value_is_not_there(folder: Path, damage: bytes | None) -> None:
    cache = Cache(folder)
    cache.put([7, 8, 9], "x")
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes().replace(b"8", b"6") if damage is None else damage)
    assert cache.get("x") is None
    cache.put([7], "x")
    assert cache.get("x") == [7]


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text("")
    cache = Cache(place)
    cache.put(7, "x")
    assert cache.get("x") is None
    assert place.read_text() == ""


@pytest.mark.parametrize("package", ["awacs", "cfn_lint", "cloudformation_validate", "sympy", "troposphere"])
def test_another_version_of_anything_is_another_build(folder: Path, package: str, monkeypatch: Any) -> None:
    (installed,) = [Path(place) for place in sys.path if [*Path(place).glob(f"{package}-*.dist-info")]]
    site = folder.parent / "site-packages"
    for record in installed.glob("*.dist-info"):
        (site / record.name).mkdir(parents=True)
    monkeypatch.setattr(sys, "path", [str(site) if Path(place) == installed else place for place in sys.path])
    Cache(folder).put(7, "x")
    assert Cache(folder).get("x") == 7
    (record,) = site.glob(f"{package}-*.dist-info")
    record.rename(site / f"{package}-0.0.7.dist-info")
    assert Cache(folder).get("x") is None


@pytest.mark.parametrize("name", ["cfn_lint.py", "secure.guard", "reader.py"])
def test_every_byte_of_the_library_counts(folder: Path, name: str, monkeypatch: Any) -> None:
    """Those of the rules and of the handler too."""

    class Edited:
        def __init__(self, source: Any) -> None:
            self.name = source.name
            self._source = source

        def read_bytes(self) -> bytes:
            found: bytes = self._source.read_bytes()
            return found + b"#" if self.name == name else found

    Cache(folder).put(7, "x")
    sources = module._sources
    monkeypatch.setattr(module, "_sources", lambda place: map(Edited, sorted(sources(place), key=str)))
    monkeypatch.setattr(Edited, "__lt__", lambda one, other: one.name < other.name, raising=False)
    assert Cache(folder).get("x") is None
    monkeypatch.setattr(module, "_sources", sources)
    assert Cache(folder).get("x") == 7


def test_the_folder_is_where_programs_keep_such_things(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "woo-stack"
    monkeypatch.setenv("XDG_CACHE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_folder() == tmp_path / "home" / ".cache" / "woo-stack"
    monkeypatch.setenv("HOME", "nowhere")
    assert default_folder() is None
