import subprocess
import sys
from importlib import import_module

import pytest

import woo_stack
from woo_stack import cli
from woo_stack.cli.errors import CommandError

HEAVY = ("boto3", "botocore", "cfnlint", "cloudformation_validate", "ministack", "trustme")


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["local", "--help"], ["synth", "--help"], ["redrive", "--help"]]
)
def test_help_and_version_import_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys; from woo_stack.cli import main\n"
        f"try: main({arguments!r})\n"
        "except SystemExit as end: assert end.code == 0\n"
        f"print('imported:', *(name for name in {HEAVY!r} if name in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "imported:"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        cli.main(["--version"])
    assert end.value.code == 0
    assert capsys.readouterr().out == f"woo-stack {woo_stack.__version__}\n"


def test_every_command_says_in_the_help_what_it_is_for(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        cli.main(["--help"])
    shown = capsys.readouterr().out
    for name in cli.COMMANDS:
        assert any(line.split()[:1] == [name] and len(line.split()) > 3 for line in shown.splitlines()), name


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_a_commands_help_keeps_title_and_text_apart(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    with pytest.raises(SystemExit):
        cli.main([name, "--help"])
    _, title, text, *_ = capsys.readouterr().out.split("\n\n")
    about = import_module(f"woo_stack.cli.{name}").__doc__ or ""
    assert [title, *text.split()] == [about.split("\n")[0], *about.split("\n", 1)[1].split()]
    assert max(map(len, text.splitlines())) <= 80


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "COMMAND"),
        (["serve"], "'serve'"),
        (["local", "--port", "http"], "'http' is no port, allowed: 1 to 65535"),
        (["local", "--port", "65536"], "'65536' is no port, allowed: 1 to 65535"),
        (["local", "--parameter", "Greeting"], "'Greeting' is no parameter, allowed: Name=Value"),
        (["local", "--parameter", "=x"], "'=x' is no parameter, allowed: Name=Value"),
        (["local", "--tem", "x"], "--tem"),
        (["redrive"], "--stack"),
        (["redrive", "--stack", "shop", "--only", "orders"], "'orders' (choose from"),
        (["local", "--load", "-", "--load", "-"], "--load - is given twice"),
    ],
)
def test_a_wrong_command_line_is_one_sentence(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(arguments) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith("woo-stack: ")
    assert named in shown.err
    assert shown.err.count("\n") == 1


@pytest.mark.parametrize(
    ("raised", "status", "shown"),
    [
        (CommandError("a reason"), 1, "woo-stack: a reason\n"),
        (CommandError("another", status=2), 2, "woo-stack: another\n"),
        (KeyboardInterrupt(), 130, ""),
    ],
)
def test_exit_status(
    raised: BaseException,
    status: int,
    shown: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(_: object) -> None:
        raise raised

    monkeypatch.setattr("woo_stack.cli.local.run", fail)
    assert cli.main(["local"]) == status
    assert capsys.readouterr().err == shown


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    program = "from woo_stack import cli; from woo_stack.cli import local\n"
    program += "local.run = lambda _: print('x' * 1_000_000) or 0; raise SystemExit(cli.main(['local']))"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1
