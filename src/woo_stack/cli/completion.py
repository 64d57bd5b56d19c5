"""print a script that completes commands and options in a shell

Pressing Tab completes commands, options, their choices and files, and the environments of output/. The script is
complete: it starts no Python while you type. Print it anew after an upgrade.
"""

import argparse
from collections.abc import Iterator

SHELLS = ("bash", "zsh", "fish")

EPILOG = """
examples:
  woo-stack completion bash >> ~/.bashrc
  woo-stack completion fish > ~/.config/fish/completions/woo-stack.fish
  woo-stack completion zsh > ~/.zfunc/_woo-stack
      where ~/.zshrc has: fpath+=~/.zfunc; autoload -U compinit; compinit

exit status:
  0  printed
  2  a wrong command line
"""

#: What completes a value, by its metavar: a kind that shtab knows, or a shell's command that lists them. It stands
#: within double quotes in fish's script: no dollar sign.
VALUES = {
    "FILE": "file",
    "ZIP": "file",
    "DIR": "directory",
    "ENV": "ls output/environments 2>/dev/null | sed -n 's/[.]json//p'",
    "PROFILE": r"sed -n 's/^.profile \(.*\)]/\1/p' ~/.aws/config 2>/dev/null",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("shell", metavar="SHELL", choices=SHELLS, help=f"one of {', '.join(SHELLS)}")


def run(options: argparse.Namespace) -> int:
    """Print the script."""
    import shtab

    from woo_stack import cli

    everything = cli.parser()
    kinds = {"file": shtab.FILE, "directory": shtab.DIRECTORY}
    for parser in _parsers(everything):
        # The title alone: fish would show the whole description beside the command's name.
        parser.description = (parser.description or "").partition("\n")[0]
        for action in parser._actions:
            if value := VALUES.get(f"{action.metavar}"):
                action.complete = kinds.get(value) or shtab.cmd(value)  # type: ignore[attr-defined]  # shtab's own
    print(shtab.complete(everything, options.shell))
    return 0


def _parsers(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    """The parser and those of its commands."""
    yield parser
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for command in action.choices.values():
                yield from _parsers(command)
