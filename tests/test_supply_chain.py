"""What the project is built from is pinned by hash, and what it builds is the same bytes wherever and whenever."""

import configparser
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from woo_stack import __version__

ROOT = Path(__file__).parents[1]
LOCKS = {path.stem: path.read_text() for path in (ROOT / "locks").glob("*.txt")}
PINNED = re.compile(r"([\w.-]+)==([\w.!+]+)(?: ; .+?)?((?: \\\n    --hash=sha256:[0-9a-f]{64})+)\n")
SETUP = configparser.ConfigParser()
SETUP.read(ROOT / "setup.cfg")
NPM = sorted([*(ROOT / "tests").glob("*/package.json"), ROOT / "docs" / "assets" / "package.json"])


def pinned(name: str) -> dict[str, str]:
    """What a lock pins, that on which it adds included."""
    text = LOCKS[name]
    found = {package: version for package, version, _ in PINNED.findall(text)}
    return found | (pinned(base[1]) if (base := re.search(r"^-r (\w+)\.txt$", text, re.MULTILINE)) else {})


def required(extra: str) -> list[Requirement]:
    """The library's own requirements and those of an extra, with setuptools, which installs the library."""
    own = SETUP["options"]["install_requires"] + "\n"
    own += SETUP["options.extras_require"].get(extra, "")
    lines = [line for line in own.splitlines() if line and not line.startswith("#")]
    return [
        Requirement(line)
        for line in lines + tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"]
    ]


@pytest.mark.parametrize("name", sorted(LOCKS))
def test_a_lock_is_nothing_but_versions_with_hashes(name: str) -> None:
    lines = LOCKS[name].splitlines(keepends=True)
    assert lines[0] == "# Written by `make lock`.\n"
    rest = "".join(line for line in lines[1:] if not line.startswith("-r "))
    assert PINNED.sub("", rest) == ""
    names = [package for package, *_ in PINNED.findall(rest)]
    assert len(names) == len(set(names)) > 0


@pytest.mark.parametrize(
    ("lock", "extra"),
    [("library", ""), ("test", "test"), ("dev", "dev"), ("docs", "docs"), ("lowest", "unit"), ("newest", "unit")],
)
def test_a_lock_is_of_the_present_requirements(lock: str, extra: str) -> None:
    versions = pinned(lock)
    for one in required(extra):
        assert one.specifier.contains(versions[one.name.lower()]), f"{one}: make lock"


def test_what_is_installed_together_agrees() -> None:
    found: dict[str, set[str]] = {}
    for lock in ("library", "test", "dev", "docs"):
        for package, version in pinned(lock).items():
            found.setdefault(package, set()).add(version)
    assert {package: versions for package, versions in found.items() if len(versions) > 1} == {}


def test_each_lower_bound_is_the_version_that_is_tested() -> None:
    versions = pinned("lowest")
    for one in required("unit"):
        (bound,) = [each.version for each in one.specifier if each.operator in {">=", "=="}]
        assert re.fullmatch(rf"{re.escape(bound)}(\.0)*", versions[one.name.lower()]), one


def test_what_is_installed_here_is_what_is_locked() -> None:
    make = (ROOT / "Makefile").read_text()
    for lock in re.findall(r"(?:locks/|\.venv/)(\w+)(?:\.txt|/made)", make):
        assert lock in LOCKS, lock
    # Nothing is installed past the locks.
    assert re.findall(r"pip install(?! --quiet --disable-pip-version-check\n)", make) == []
    assert "npm install" not in make


@pytest.mark.parametrize("package", NPM, ids=lambda path: path.parent.name)
def test_npm_has_a_lock_with_hashes_too(package: Path) -> None:
    lock = json.loads(package.with_name("package-lock.json").read_text())
    root, *others = (lock["packages"][name] for name in sorted(lock["packages"]))
    assert root["dependencies"] == json.loads(package.read_text())["dependencies"]
    assert len(others) >= len(root["dependencies"]) > 0
    for one in others:
        # What comes inside another package is under that one's hash.
        assert one.get("inBundle") or one["integrity"].startswith("sha512-")
        assert "resolved" not in one


def built(folder: Path, *, seconds: int, mask: int) -> dict[str, bytes]:
    """The archives of a copy of the sources, with these times and with what such folders look like after a while."""
    for name in ("src", "handler", "packing"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("*.egg-info", "__pycache__"))
    for name in ("setup.cfg", "pyproject.toml", "MANIFEST.in", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder)
    for path in [*folder.rglob("*")]:
        os.utime(path, (seconds, seconds))
        path.chmod((0o777 if path.is_dir() else 0o666) & ~mask)
    for gone in (folder / "build" / "lib" / "woo_stack" / "gone.py", folder / "src" / "woo_stack" / "notes.txt"):
        gone.parent.mkdir(parents=True, exist_ok=True)
        gone.write_text(f"# {seconds}")
    command = [sys.executable, "packing/reproducible.py"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, umask=mask)
    assert done.returncode == 0, done.stderr
    return {path.name: path.read_bytes() for path in (folder / "dist").iterdir()}


@pytest.mark.soak
def test_both_archives_are_the_same_bytes_wherever_and_whenever(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "elsewhere" / "second"
    first.mkdir()
    second.mkdir(parents=True)
    archives = built(first, seconds=1_500_000_000, mask=0o022)
    # Not `==`, whose report would be both of them.
    again = built(second, seconds=1_700_000_000, mask=0o077)
    assert {name: hash(data) for name, data in archives.items()} == {name: hash(data) for name, data in again.items()}
    wheel, source = f"woo_stack-{__version__}-py3-none-any.whl", f"woo_stack-{__version__}.tar.gz"
    assert archives.keys() == {wheel, source}
    with zipfile.ZipFile(first / "dist" / wheel) as opened:
        names = set(opened.namelist())
    kinds = ("*.py", "*.pyi", "py.typed", "*.guard")
    library = {str(path.relative_to(ROOT / "src")) for kind in kinds for path in (ROOT / "src").rglob(kind)}
    handler = {f"woo_stack/handler/{path.name}" for path in (ROOT / "handler").glob("*.py")}
    told = {name for name in names if name.startswith(f"woo_stack-{__version__}.dist-info/")}
    assert names - told == library | handler
    with tarfile.open(first / "dist" / source) as opened_too:
        members = opened_too.getmembers()
    assert {(one.uid, one.gid, one.uname, one.gname, one.mode) for one in members} == {(0, 0, "", "", 0o644)}
    inside = {one.name.split("/", 1)[1] for one in members}
    assert {f"src/{name}" for name in library} | {"packing/reproducible.py", "handler/reader.py"} < inside
    assert not any(name.startswith(("tests", "output", "build")) or name.endswith("notes.txt") for name in inside)
