from importlib import import_module
from pathlib import Path

import pytest

from woo_stack import Finding, Settings, cli, shop, to_json


def test_the_templates_and_the_code(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["synth", "--output", str(tmp_path / "new")]) == 0
    written = {path.name for path in (tmp_path / "new").iterdir()}
    assert {"woo-stack.json", "woo-stack-pipeline.json"} < written
    assert (tmp_path / "new" / "woo-stack.json").read_text() == to_json(shop(Settings()))
    shown = capsys.readouterr().out
    assert all(name in shown for name in written)


def test_one_file_on_stdout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert cli.main(["synth", "--stdout"]) == 0
    assert capsys.readouterr().out == to_json(shop(Settings()))
    assert list(tmp_path.iterdir()) == []


def test_a_template_with_findings_is_not_printed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    finding = Finding("error", "W-1", "Resources/Api", "it is broken")
    monkeypatch.setattr("woo_stack.validate.problems", lambda _: [finding])
    assert cli.main(["synth", "--stdout"]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("woo-stack: ")
    assert "it is broken" in shown.err


def test_a_place_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(import_module("woo_stack.artifacts"), "problems", lambda _: [])  # they take seconds
    (tmp_path / "file").write_text("in the way")
    assert cli.main(["synth", "--output", str(tmp_path / "file")]) == 1
    assert "cannot be written" in capsys.readouterr().err


def test_output_or_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["synth", "--stdout", "--output", "x"]) == 2
    assert "not allowed with argument" in capsys.readouterr().err
