"""The completion scripts in the shells themselves, as far as they are installed: bash nearly everywhere."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from woo_stack import cli
from woo_stack.cli import completion

#: What is on the line, whose last word is completed, and some of what is offered.
LINES = {
    "woo-stack ": set(cli.COMMANDS),
    "woo-stack red": {"redrive"},
    "woo-stack redrive --": {"--env", "--stack", "--region", "--profile", "--endpoint-url", "--dry-run", "--only"},
    "woo-stack redrive --only ": {"parked", "dead-letters"},
    "woo-stack redrive --env ": {"north", "south"},
    "woo-stack redrive --stack shop --env n": {"north"},
    "woo-stack redrive --profile ": {"mine", "two"},
    "woo-stack local --template ": {"mine.json"},
    "woo-stack completion f": {"fish"},
}
#: What is not offered: files where a name is wanted, and what does not begin as the word does.
NEVER = {
    "woo-stack red": {"synth"},
    "woo-stack redrive --only ": {"mine.json"},
    "woo-stack redrive --env ": {"mine.json", "dev", "north.json"},
    "woo-stack redrive --stack shop --env n": {"south"},
    "woo-stack redrive --profile ": {"default"},
}
BASH = """
source "$1"
line=$2
read -ra COMP_WORDS <<< "$line"
[[ $line == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1)) COMP_LINE=$line COMP_POINT=${#line}
function=$(complete -p woo-stack | sed -n 's/.*-F \\([^ ]*\\).*/\\1/p')
"$function" woo-stack "${COMP_WORDS[-1]}" "${COMP_WORDS[-2]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""
FISH = 'source $argv[1]; complete -C"$argv[2]"'
#: zsh completes in its line editor alone: one that runs in a pseudo-terminal, and is sent a tab.
ZSH = """
zmodload zsh/zpty
zpty -b shell zsh -f -i
zpty -w shell 'PS1=; stty cols 120; LISTMAX=0'
zpty -w shell "fpath=(${1:h} \\$fpath); autoload -U compinit; compinit -u -D; echo re''ady"
zpty -r shell out '*ready*'
zpty -w -n shell "$2"$'\\t\\t'
sleep 1
zpty -w shell $'\\C-u'"echo do''ne"
zpty -r shell out '*done*'
print -r -- $out
"""


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a file and two environments, of somebody with two profiles."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "output" / "environments").mkdir(parents=True)
    for name in ("output/environments/north.json", "output/environments/south.json", "mine.json"):
        (tmp_path / name).write_text("{}")
    (tmp_path / ".aws").mkdir()
    (tmp_path / ".aws" / "config").write_text("[default]\nregion = x\n[profile mine]\n[profile two]\n")
    return tmp_path


def script(shell: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    assert cli.main(["completion", shell]) == 0
    shown = capsys.readouterr()
    assert shown.err == ""
    path = folder / "scripts" / "_woo-stack"
    path.parent.mkdir()
    path.write_text(shown.out)
    return str(path)


def offered(*command: str) -> set[str]:
    """What a shell prints, the first word of each line: fish puts a description after it."""
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return {line.split("\t")[0].rstrip("/") for line in done.stdout.splitlines()}


@pytest.mark.skipif(not shutil.which("bash"), reason="no bash")
def test_bash(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = script("bash", here, capsys)
    for line, words in LINES.items():
        shown = offered("bash", "--norc", "-c", BASH, "bash", path, line)
        assert shown >= words, line
        assert not shown & NEVER.get(line, set()), line


@pytest.mark.skipif(not shutil.which("fish"), reason="no fish")
def test_fish(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = script("fish", here, capsys)
    for line, words in LINES.items():
        shown = offered("fish", "--no-config", "-c", FISH, path, line)
        assert shown >= words, line
        assert not shown & NEVER.get(line, set()), line


@pytest.mark.soak
@pytest.mark.skipif(not shutil.which("zsh"), reason="no zsh")
def test_zsh(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = script("zsh", here, capsys)
    for line, words in LINES.items():
        done = subprocess.run(["zsh", "-f", "-c", ZSH, "zsh", path, line], capture_output=True, text=True, check=True)
        shown = set(re.findall(r"[\w.-]+", re.sub(r"\x1b\[[\d;?]*[A-Za-z]", " ", done.stdout)))
        assert shown >= words, line
        assert not shown & NEVER.get(line, set()), line


@pytest.mark.parametrize("shell", completion.SHELLS)
def test_each_option_of_each_command_is_in_the_script(shell: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", shell]) == 0
    shown = capsys.readouterr().out
    for option in ("app", "dry-run", "load", "endpoint-url"):
        assert re.search(rf"(--|-l ){option}\b", shown), option
    # A title and not the whole docstring stands beside a command's name.
    assert "For after a fix" not in shown


def test_another_shell(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["completion", "tcsh"]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "'tcsh' (choose from 'bash', 'zsh', 'fish')" in shown.err
