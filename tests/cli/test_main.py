import os
import re
import signal
import subprocess
import sys
import time
from importlib import import_module

import pytest

import woo_stack
from woo_stack import cli
from woo_stack.cli.errors import CommandError

HEAVY = ("awacs", "boto3", "cfn_flip", "cfnlint", "cloudformation_validate", "ministack", "shtab", "troposphere")


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], *([name, "--help"] for name in cli.COMMANDS)])
def test_help_and_version_import_nothing_heavy(arguments: list[str]) -> None:
    program = (
        "import sys; from woo_stack import cli\n"
        f"try: cli.main({arguments!r})\n"
        "except SystemExit as end: assert end.code == 0\n"
        f"print('imported:', *(name for name in {HEAVY!r} if name in sys.modules))\n"
        "commands = [name for name in sys.modules if name.removeprefix('woo_stack.cli.') in cli.COMMANDS]\n"
        f"assert commands in ([], ['woo_stack.cli.' + {arguments[0]!r}]), commands"
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


def test_a_title_is_the_docstrings_first_line() -> None:
    for name in cli.COMMANDS:
        assert (import_module(f"woo_stack.cli.{name}").__doc__ or "").startswith(f"{cli._title(name)}\n\n")


def help_of(*arguments: str, capsys: pytest.CaptureFixture[str]) -> str:
    with pytest.raises(SystemExit) as end:
        cli.main(arguments)
    assert end.value.code == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_a_commands_help_keeps_title_and_text_apart(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    shown = help_of(name, "--help", capsys=capsys)
    about = (import_module(f"woo_stack.cli.{name}").__doc__ or "").strip()
    parts = shown.split("\n\n")[1:]
    for part, paragraph in zip(parts, about.split("\n\n"), strict=False):
        assert part.split() == paragraph.split()
    notes = import_module(f"woo_stack.cli.{name}").EPILOG
    assert max(map(len, shown.replace(notes.strip(), "").splitlines())) <= 80


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_a_commands_help_ends_with_examples_and_exit_statuses_as_they_stand(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    shown = help_of(name, "--help", capsys=capsys)
    notes = import_module(f"woo_stack.cli.{name}").EPILOG
    assert f"\n\n{notes.strip()}\n" in shown
    examples = re.findall(r"^ +(?:\S.*\| )?woo-stack (\S+)", notes, re.M)
    assert name in examples
    assert "exit status" in notes
    assert ("AWS_REGION" in shown) == ("--region" in shown)


def test_the_help_is_as_wide_as_the_terminal(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for columns in (44, 60, 110):
        monkeypatch.setenv("COLUMNS", str(columns))
        shown = help_of("redrive", "--help", capsys=capsys).partition("\nexamples:")[0]
        assert columns - 20 < max(map(len, shown.splitlines())) <= columns


def test_help_of_a_command_by_a_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert help_of("help", "redrive", capsys=capsys) == help_of("redrive", "--help", capsys=capsys)
    assert help_of("help", capsys=capsys) == help_of("--help", capsys=capsys)
    assert cli.main(["help", "redriv"]) == 2
    assert "did you mean redrive?" in capsys.readouterr().err


def test_no_environment_variable_is_told_where_none_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert "AWS_PROFILE" in help_of("redrive", "--help", capsys=capsys)
    assert "AWS_PROFILE" not in help_of("completion", "--help", capsys=capsys)


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "COMMAND"),
        (["serve"], f"'serve' is no command, allowed: {', '.join(cli.COMMANDS)}"),
        (["redirve", "--stack", "shop"], "'redirve' is no command, did you mean redrive?"),
        (["--verison"], "'--verison' is no option, did you mean --version?"),
        (["redrive", "--stak=shop"], "'--stak' is no option, did you mean --stack? (see woo-stack redrive --help)"),
        (["redrive", "--stack", "shop", "--xyz"], "'--xyz' is no option, allowed: --help, --env, --stack, --region"),
        (["redrive", "-x", "--stack", "shop"], "unrecognized arguments: -x"),
        (["--", "redrive"], "'--' is no command"),
        (["local", "--port", "http"], "'http' is no port, allowed: 1 to 65535"),
        (["local", "--port", "65536"], "'65536' is no port, allowed: 1 to 65535"),
        (["local", "--parameter", "Greeting"], "'Greeting' is no parameter, allowed: Name=Value"),
        (["local", "--parameter", "=x"], "'=x' is no parameter, allowed: Name=Value"),
        (["local", "--tem", "x"], "--tem"),
        (["redrive"], "no stack is named, allowed: --env ENV or --stack NAME"),
        (["redrive", "--env", "pre prod"], "'pre prod' is no environment, allowed: letters, digits and hyphens"),
        (["redrive", "--env", "../x"], "'../x' is no environment"),
        (["redrive", "--env", "e" * 119], "is no environment"),
        (["redrive", "--env", ""], "'' is no environment"),
        (["redrive", "--stack", ""], "'' is no stack's name, allowed: a letter, then letters"),
        (["redrive", "--stack", "1shop"], "'1shop' is no stack's name"),
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
        (KeyboardInterrupt(15), 143, ""),
        (CommandError("red \x1b[31m\nand \x9b2J"), 1, "woo-stack: red \\x1b[31m\nand \\x9b2J\n"),
        (
            ZeroDivisionError("no"),
            1,
            "woo-stack: ZeroDivisionError, which should have been foreseen (WOO_STACK_TRACEBACK=1 shows where): no\n",
        ),
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


def test_what_nobody_has_foreseen_can_be_looked_into(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WOO_STACK_TRACEBACK", "1")
    monkeypatch.setattr("woo_stack.cli.local.run", lambda _: 1 // 0)
    with pytest.raises(ZeroDivisionError):
        cli.main(["local"])


def test_a_diff_that_fails_is_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("woo_stack.cli.diff.run", lambda _: 1 // 0)
    assert cli.main(["diff", "--stack", "shop"]) == 2


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_unwinds_as_ctrl_c_does(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    tidied = []

    def run(_: object) -> int:
        try:
            os.kill(os.getpid(), number)
            time.sleep(5)
        finally:
            tidied.append(number)
        return 0

    monkeypatch.setattr("woo_stack.cli.local.run", run)
    before = signal.signal(number, signal.SIG_DFL)
    try:
        assert cli.main(["local"]) == 128 + number
        assert tidied == [number]
        assert signal.getsignal(number) is signal.SIG_DFL
    finally:
        signal.signal(number, before)


def test_what_nohup_ignores_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("woo_stack.cli.local.run", lambda _: os.kill(os.getpid(), signal.SIGHUP) or 0)
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        assert cli.main(["local"]) == 0
    finally:
        signal.signal(signal.SIGHUP, before)


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has it")
@pytest.mark.parametrize("words", [["completion", "bash"], ["--help"], ["help", "deploy"], ["--version"]])
def test_a_full_disk_is_one_sentence(words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    # Unbuffered, argparse itself keeps quiet about what it cannot write.
    monkeypatch.delenv("PYTHONUNBUFFERED", raising=False)
    with open("/dev/full", "w") as full:
        program = [sys.executable, "-m", "woo_stack.cli", *words]
        done = subprocess.run(program, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "woo-stack: cannot write: No space left on device\n")


def test_a_reader_that_goes_away_is_no_traceback() -> None:
    program = "from woo_stack import cli; from woo_stack.cli import local\n"
    program += "local.run = lambda _: print('x' * 1_000_000) or 0; raise SystemExit(cli.main(['local']))"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 1
