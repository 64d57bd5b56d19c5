"""The command line: `woo-stack COMMAND`, one module a command.

Importing a command's module costs nothing: what it works with is imported when it runs, so that `--help` and
`--version` answer at once.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from typing import NoReturn

from woo_stack import __version__
from woo_stack.cli.errors import CommandError
from woo_stack.component import WooStackError

#: Modules of this package: a docstring for the help, `add_options(parser)`, and `run(options)`, the exit status.
COMMANDS = ("synth", "local", "redrive")


class _Parser(argparse.ArgumentParser):
    """Leaves a wrong command line to `main`, which prints the one sentence without the usage."""

    def error(self, message: str) -> NoReturn:
        raise CommandError(f"{message} (see {self.prog} --help)", status=2)


class _Paragraphs(argparse.HelpFormatter):
    """Keeps a docstring's title and paragraphs apart, which argparse would run together."""

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n\n".join(super(_Paragraphs, self)._fill_text(part, width, indent) for part in text.split("\n\n"))


def parser() -> argparse.ArgumentParser:
    """The whole command line."""
    about = "A WooCommerce shop's back end on AWS."
    everything = _Parser(prog="woo-stack", description=about, allow_abbrev=False)
    everything.add_argument("--version", action="version", version=f"woo-stack {__version__}")
    commands = everything.add_subparsers(metavar="COMMAND", required=True)
    for name in COMMANDS:
        module = import_module(f"woo_stack.cli.{name}")
        about = module.__doc__ or ""
        summary = about.partition("\n")[0]
        command = commands.add_parser(
            name, help=summary, description=about, formatter_class=_Paragraphs, allow_abbrev=False
        )
        module.add_options(command)
        command.set_defaults(run=module.run)
    return everything


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; returns the exit status."""
    try:
        options = parser().parse_args(arguments)
        status: int = options.run(options)
        sys.stdout.flush()
    except WooStackError as error:
        print(f"woo-stack: {error}", file=sys.stderr)
        return getattr(error, "status", 1)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); Python would complain when it flushes stdout at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return status
