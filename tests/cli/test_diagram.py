"""`woo-stack diagram`: any template, on stdout or in a file, in the format that the suffix says."""

import io
import json
import re
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from woo_stack import cli

TEMPLATE = """
Resources:
  Jobs:
    Type: AWS::SQS::Queue
  Worker:
    Type: AWS::Lambda::Function
  Mapping:
    Type: AWS::Lambda::EventSourceMapping
    Properties: {EventSourceArn: !GetAtt Jobs.Arn, FunctionName: !Ref Worker}
"""
EDGE = '  n_Jobs -->|"triggers"| n_Worker\n'


WRONG = {
    "bin.json": b"\xff\xfe",
    "bad.json": b'{"a": [',
    "list.json": b"[1]",
    "empty.json": b"{}",
    "none.json": b'{"Resources": {}}',
    "number.json": b'{"Resources": {"A": 1, "B": {"Type": "AWS::SQS::Queue"}}}',
    "number.yaml": b"Resources: {A: 1, B: {Type: AWS::SQS::Queue}}",
    "open.yaml": b"A: 1\nB: [",
}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder in which the command runs, where no Graphviz is."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("sys.executable", f"{tmp_path}/bin/python")
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/usr/bin:/bin")
    monkeypatch.setattr("woo_stack.diagram.graphviz.PROGRAMS", ("a-graphviz", "another"))
    (tmp_path / "t.yaml").write_text(TEMPLATE)
    return tmp_path


def graphviz(folder: Path, text: str) -> None:
    (folder / "bin").mkdir()
    (folder / "bin" / "a-graphviz").write_text(f"#!/bin/sh\n{text}\n")
    (folder / "bin" / "a-graphviz").chmod(0o755)


@pytest.mark.usefixtures("here")
def test_mermaid_of_yaml_on_stdout(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["diagram", "t.yaml"]) == 0
    shown = capsys.readouterr()
    assert (shown.out.splitlines()[0], shown.err) == ("flowchart LR", "")
    assert EDGE in shown.out


@pytest.mark.parametrize("encode", [str, json.dumps])
@pytest.mark.usefixtures("here")
def test_stdin_also_as_the_aws_cli_prints_it(
    encode: type, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(encode(TEMPLATE).encode())))
    assert cli.main(["diagram", "-"]) == 0
    assert EDGE in capsys.readouterr().out


def test_without_a_template_what_synth_builds(
    here: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("woo_stack.validate.problems", lambda _: [])
    assert cli.main(["diagram"]) == 0
    assert 'n_ReaderFunction -->|"reads"| n_DocumentsTable' in capsys.readouterr().out
    assert [path.name for path in here.iterdir()] == ["t.yaml"]


@pytest.mark.parametrize(
    ("name", "start"), [("a.mmd", "flowchart LR\n"), ("new/a.DOT", "digraph {\n"), ("a.gv", "digraph")]
)
def test_the_suffix_says_the_format(name: str, start: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["diagram", "t.yaml", "--output", name]) == 0
    assert capsys.readouterr().out == f"{name}\n"
    assert (here / name).read_text().startswith(start)


def test_svg_and_png_are_what_graphviz_draws(here: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    graphviz(here, 'cat > "$0.in"; echo "<svg>$1</svg>"')
    assert cli.main(["diagram", "t.yaml", "--output", "a.svg"]) == 0
    assert (here / "a.svg").read_text().endswith("-Tsvg</svg>\n")
    assert (here / "bin" / "a-graphviz.in").read_text().startswith("digraph {\n")
    capfdbinary.readouterr()
    assert cli.main(["diagram", "t.yaml", "--format", "png"]) == 0
    assert capfdbinary.readouterr().out == b"<svg>-Tpng</svg>\n"


@pytest.mark.usefixtures("here")
def test_every_resource(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["diagram", "t.yaml", "--every-resource"]) == 0
    assert 'n_Mapping -->|"FunctionName"| n_Worker' in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["no.json"], 1, "the template no.json cannot be read: No such file or directory"),
        (["bin.json"], 1, "the template bin.json cannot be read: it is not UTF-8 text"),
        (["bad.json"], 1, "the template bad.json is neither JSON nor YAML: "),
        (["list.json"], 1, "the template list.json has no Resources, allowed: "),
        (["empty.json"], 1, "the template empty.json has no Resources, allowed: "),
        (["none.json"], 1, "the template none.json has no Resources, allowed: at least one"),
        (["number.json"], 1, "the template number.json's section Resources is not a mapping of mappings"),
        (["number.yaml"], 1, "the template number.yaml's section Resources is not a mapping of mappings"),
        (
            ["open.yaml"],
            1,
            "the template open.yaml is neither JSON nor YAML: while parsing a flow node, expected the "
            "node content, but found '<stream end>': line 2 column 5",
        ),
        (["t.yaml", "--output", "a.jpg"], 2, "--output a.jpg says no format, allowed: .mmd, "),
        (["t.yaml", "--output", "a.svg"], 1, "a-graphviz and another are not installed, needed for svg and png: "),
        (["t.yaml", "--format", "pdf"], 2, "argument --format: invalid choice: 'pdf'"),
        (["t.yaml", "--output", "t.yaml/a.dot"], 1, "t.yaml/a.dot cannot be written: "),
    ],
)
def test_what_cannot_be_drawn_is_one_sentence(
    arguments: list[str], status: int, sentence: str, here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, content in WRONG.items():
        (here / name).write_bytes(content)
    before = {path.name for path in here.iterdir()}
    assert cli.main(["diagram", *arguments]) == status
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"woo-stack: {sentence}")
    assert shown.err.count("\n") == 1
    assert {path.name for path in here.iterdir()} == before


def test_a_template_in_json_needs_no_engine_and_no_sdk(tmp_path: Path) -> None:
    (tmp_path / "t.json").write_text('{"Resources": {"Jobs": {"Type": "AWS::SQS::Queue"}}}')
    script = (
        f"import sys; from woo_stack import cli; cli.main(['diagram', {str(tmp_path / 't.json')!r}]);"
        "print(sorted({'boto3', 'cfn_flip', 'cfnlint', 'cloudformation_validate'} & {*sys.modules}))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


@pytest.mark.parametrize("form", ["loop.yaml", "loop.json"])
def test_what_a_loop_makes(form: str, here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    resources = {"Fn::ForEach::Jobs": ["Name", ["A", "B"], {"Jobs${Name}": {"Type": "AWS::SQS::Queue"}}]}
    text = json.dumps({"Transform": "AWS::LanguageExtensions", "Resources": resources})
    (here / form).write_text(text if form.endswith("json") else f"# YAML\n{text}")
    assert cli.main(["diagram", form, "--every-resource"]) == 0
    assert re.findall(r"n_\w+", capsys.readouterr().out) == ["n_JobsA", "n_JobsB"]


def test_the_usage_shows_what_may_be_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    for name, usage in {"diagram": "diagram [OPTIONS] [TEMPLATE]", "completion": "completion [OPTIONS] SHELL"}.items():
        with pytest.raises(SystemExit):
            cli.main([name, "--help"])
        assert capsys.readouterr().out.startswith(f"usage: woo-stack {usage}\n")


def test_the_examples_of_the_help_are_accepted() -> None:
    parser = cli.parser(["diagram"])
    lines = import_module("woo_stack.cli.diagram").EPILOG.split("exit status")[0].splitlines()
    given = [
        line.partition("woo-stack diagram")[2].partition(">")[0].split()
        for line in lines
        if "woo-stack diagram" in line
    ]
    assert len(given) == 4
    # Mermaid in a page of Markdown needs a fence around it.
    assert ">>" not in "".join(lines)
    for words in given:
        parser.parse_args(["diagram", *words])
