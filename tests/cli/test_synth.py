"""`woo-stack synth`: the answer on stdout is a path or the template, and a build of the user's own goes first."""

import json
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest

from woo_stack import Finding, Settings, cli, shop, to_json

#: A build.py of somebody: it writes what it was asked, by whom and where.
APP = """
import json, pathlib, sys
out = pathlib.Path(sys.argv[sys.argv.index("--output") + 1])
out.mkdir(parents=True, exist_ok=True)
called = [sys.executable, sys.argv[1:], str(pathlib.Path.cwd())]
(out / "woo-stack.json").write_text(json.dumps({"Description": "mine", "Metadata": called}))
(out / "more.json").write_text("{}")
print("wrote two")
print("a remark", file=sys.stderr)
"""

Write = Callable[[str, str], str]


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which the command runs, with engines that find nothing: they take seconds."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(import_module("woo_stack.release"), "problems", lambda _, **__: [])
    monkeypatch.setattr("woo_stack.validate.problems", lambda _: [])
    return tmp_path


def test_without_a_build_the_librarys_defaults(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["synth", "--output", "new"]) == 0
    written = {path.name for path in (here / "new").iterdir()}
    assert {"woo-stack.json", "woo-stack-pipeline.json"} < written
    assert (here / "new" / "woo-stack.json").read_text() == to_json(shop(Settings()))
    shown = capsys.readouterr()
    assert shown.out == "new/woo-stack.json\n"
    assert shown.err.startswith("building with the library's defaults\n")
    assert all(name in shown.err for name in written)


def test_one_file_on_stdout(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["synth", "--stdout"]) == 0
    shown = capsys.readouterr()
    assert shown.out == to_json(shop(Settings()))
    assert shown.err == "building with the library's defaults\n"
    assert list(here.iterdir()) == []


@pytest.mark.parametrize("arguments", [["--stdout"], ["--output", "new"]])
def test_a_template_with_findings_is_not_written(
    arguments: list[str], here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    finding = Finding("error", "W-1", "Resources/Api", "it is broken")
    monkeypatch.setattr("woo_stack.validate.problems", lambda _: [finding])
    monkeypatch.setattr(import_module("woo_stack.release"), "problems", lambda _, **__: [finding])
    assert cli.main(["synth", *arguments]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.splitlines()[-1].startswith(("woo-stack: ", "W-1", "error"))
    assert "it is broken" in shown.err
    assert list(here.iterdir()) == []


def test_a_place_that_cannot_be_written(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (here / "file").write_text("in the way")
    assert cli.main(["synth", "--output", "file"]) == 1
    assert "cannot be written" in capsys.readouterr().err


@pytest.mark.parametrize(("file", "arguments"), [("build.py", []), ("shops/north.py", ["--app", "shops/north.py"])])
def test_the_users_build_runs_here_with_this_interpreter(
    file: str, arguments: list[str], here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (here / "shops").mkdir()
    (here / "build.py").write_text("raise SystemExit('not this one')")
    (here / file).write_text(APP)
    assert cli.main(["synth", *arguments, "--output", "new"]) == 0
    shown = capfd.readouterr()
    assert shown.out == "new/woo-stack.json\n"
    assert sorted(shown.err.splitlines()) == ["a remark", f"building with {file}", "wrote two"]
    made = json.loads((here / "new" / "woo-stack.json").read_text())
    assert made["Metadata"] == [sys.executable, ["--output", "new"], str(here)]


def test_the_users_template_on_stdout_leaves_nothing(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (here / "build.py").write_text(APP)
    assert cli.main(["synth", "--stdout"]) == 0
    shown = capfd.readouterr()
    made = json.loads(shown.out)
    assert made["Description"] == "mine"
    assert not Path(made["Metadata"][1][1]).exists()
    assert [path.name for path in here.iterdir()] == ["build.py"]


@pytest.mark.parametrize("arguments", [["--stdout"], []])
def test_a_build_that_fails_says_itself_why(
    arguments: list[str], here: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    (here / "build.py").write_text("import sys\nprint('half')\nprint('error: no memory', file=sys.stderr)\nsys.exit(7)")
    assert cli.main(["synth", *arguments]) == 1
    shown = capfd.readouterr()
    assert shown.out == ""
    assert "error: no memory\n" in shown.err
    assert shown.err.endswith("woo-stack: build.py failed with exit status 7, its reason is above\n")


def test_a_build_that_writes_something_else(here: Path, capfd: pytest.CaptureFixture[str]) -> None:
    (here / "build.py").write_text(APP.replace('"woo-stack.json"', '"shop.json"'))
    assert cli.main(["synth", "--output", "new"]) == 1
    shown = capfd.readouterr()
    assert shown.out == ""
    assert shown.err.endswith("woo-stack: build.py wrote no woo-stack.json into new, only more.json, shop.json\n")
    (here / "idle.py").write_text("")
    assert cli.main(["synth", "--app", "idle.py", "--output", "none"]) == 1
    assert "idle.py wrote no woo-stack.json into none, only no template" in capfd.readouterr().err


def test_a_build_that_is_not_there(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["synth", "--app", "north.py"]) == 2
    assert "--app north.py is no file, allowed: a Python program" in capsys.readouterr().err
    assert list(here.iterdir()) == []


def test_output_or_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["synth", "--stdout", "--output", "x"]) == 2
    assert "not allowed with argument" in capsys.readouterr().err
