"""The command line: `woo-stack COMMAND`, one module a command.

Importing a command's module costs nothing: what it works with is imported when it runs, so that `--help` and
`--version` answer at once.
"""

import argparse
import errno
import os
import sys
from collections.abc import Collection, Sequence
from importlib import import_module
from itertools import takewhile
from typing import Any, NoReturn

from woo_stack import __version__
from woo_stack.cli import target
from woo_stack.cli.errors import CommandError
from woo_stack.cli.signals import ended_by_signals
from woo_stack.errors import WooStackError

#: Modules of this package: a docstring for the help, `add_options(parser)`, `run(options)`, the exit status, and
#: EPILOG, examples and exit statuses for the end of the help. In the order in which a person meets them.
COMMANDS = (
    "bootstrap",
    "synth",
    "diagram",
    "diff",
    "deploy",
    "destroy",
    "status",
    "logs",
    "credentials",
    "redrive",
    "local",
    "completion",
)

#: What only writing meets, on stdout as in a file.
_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)

_NOTES = """
examples:
  woo-stack help deploy       what it does and takes; deploy --help is the same
  woo-stack local             the shop on this machine, without an account
  woo-stack bootstrap         once an account and region, for large templates
  woo-stack deploy --env dev

exit status:
  0  done
  1  it could not be done; the reason is on stderr, in one sentence
  2  a wrong command line

Answers go to stdout, progress to stderr.
"""


class _Paragraphs(argparse.HelpFormatter):
    """Keeps a docstring's title and paragraphs apart, which argparse would run together."""

    def __init__(self, prog: str, **settings: Any) -> None:
        super().__init__(prog, **settings)
        # argparse forgets that commands are indented: the longest ("credentials") would stand on a line of its own.
        self._action_max_length = 15

    def _fill_text(self, text: str, width: int, indent: str) -> str:
        return "\n\n".join(super(_Paragraphs, self)._fill_text(part, width, indent) for part in text.split("\n\n"))


class _Parser(argparse.ArgumentParser):
    """A parser whose refusals are one sentence, left to `main`.

    ``names`` are the commands, of the parser of all. ``notes`` end the help as they stand: argparse would fill them.
    """

    def __init__(self, *, names: Sequence[str] = (), notes: str = "", **settings: Any) -> None:
        super().__init__(formatter_class=_Paragraphs, allow_abbrev=False, **settings)
        self.names = names
        self.notes = notes

    def format_help(self) -> str:
        """The help with its notes, and the environment variables that its options stand for."""
        parts = [super().format_help(), self.notes.strip("\n")]
        if "--endpoint-url" in self._option_string_actions:
            width = max(map(len, target.ENVIRONMENT))
            rows = [f"  {name:<{width}}  {text}" for name, text in target.ENVIRONMENT.items()]
            parts.append("\n".join(["environment variables:", *rows]))
        return "\n".join(f"{part.rstrip()}\n" for part in parts if part)

    def error(self, message: str) -> NoReturn:
        """Leave the sentence to `main`, which prints it without the usage."""
        raise CommandError(f"{message} (see {self.prog} --help)", status=2)

    def exit(self, status: int = 0, message: str | None = None) -> NoReturn:
        """Leave a help that nobody could read to `main`: Python would complain at its end."""
        sys.stdout.flush()
        super().exit(status, message)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse a misspelt word before whatever else is wrong: it is most often the reason for that."""
        given = list(sys.argv[1:] if args is None else args)
        words = list(takewhile(lambda word: word != "--", given))
        if self.names:
            words = list(takewhile(lambda word: word.startswith("-"), words))
            if (rest := given[len(words) :]) and rest[0] not in self.names:
                self._refuse(rest[0], "command", self.names)
        options = [option for option in self._option_string_actions if option.startswith("--")]
        for word in words:
            # One with a space in it is a value to argparse.
            if word.startswith("--") and " " not in word and (name := word.partition("=")[0]) not in options:
                self._refuse(name, "option", options)
        return super().parse_known_args(given, namespace)

    def _refuse(self, word: str, kind: str, allowed: Sequence[str]) -> NoReturn:
        from difflib import get_close_matches

        near = get_close_matches(word, allowed, 1)
        meant = f"did you mean {near[0]}?" if near else f"allowed: {', '.join(allowed)}"
        self.error(f"{word!r} is no {kind}, {meant}")


def parser(names: Collection[str] = COMMANDS) -> argparse.ArgumentParser:
    """The whole command line; of other commands than ``names`` nothing but what they are for."""
    about = "A WooCommerce shop's back end on AWS."
    everything = _Parser(prog="woo-stack", description=about, names=COMMANDS, notes=_NOTES)
    everything.add_argument("--version", action="version", version=f"woo-stack {__version__}")
    commands = everything.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in COMMANDS:
        command = commands.add_parser(name, help=_title(name))
        if name in names:
            module = import_module(f"woo_stack.cli.{name}")
            command.description, command.notes = module.__doc__, module.EPILOG
            module.add_options(command)
            # Every option of a command in its usage would be a paragraph that nobody reads.
            places = [_place(action) for action in command._actions if not action.option_strings]
            command.usage = " ".join(["%(prog)s", "[OPTIONS]", *places])
            command.set_defaults(run=module.run)
    return everything


def _place(action: argparse.Action) -> str:
    """An argument as usage shows it."""
    name = f"{action.metavar or action.dest}"
    return f"[{name}]" if action.nargs == "?" else name


def _title(name: str) -> str:
    """The first line of a command's docstring, read and not imported: a dozen modules would take longer than Python."""
    source: str = __spec__.loader.get_data(f"{__path__[0]}/{name}.py").decode()  # type: ignore[union-attr]
    return source.partition("\n")[0].strip('"')


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that the arguments name; returns the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    if given[:1] == ["help"]:
        given = [*given[1:], "--help"]
    failed = 1
    try:
        options = parser([word for word in given if not word.startswith("-")][:1]).parse_args(given)
        getattr(options, "check", lambda _: None)(options)
        failed = getattr(options, "failed", failed)
        with ended_by_signals():
            status: int = options.run(options)
        sys.stdout.flush()
    except WooStackError as error:
        return _complain(f"{error}", getattr(error, "status", failed))
    except KeyboardInterrupt as interrupt:
        return 128 + number if (number := next(iter(interrupt.args), None)) else 130
    except BrokenPipeError:
        # The reader of our output has gone (`| head`); Python would complain when it flushes stdout at exit.
        _abandon_stdout()
        return 1
    except Exception as error:
        if isinstance(error, OSError) and error.errno in _FULL:
            _abandon_stdout()
            return _complain(f"cannot write: {error.strerror}", failed)
        if os.environ.get("WOO_STACK_TRACEBACK"):
            raise
        _abandon_stdout()
        where = "WOO_STACK_TRACEBACK=1 shows where"
        return _complain(f"{type(error).__name__}, which should have been foreseen ({where}): {error}", failed)
    return status


def _complain(text: str, status: int) -> int:
    """Print the sentence without what would steer the terminal; returns the status."""
    from woo_stack.cli.terminal import Terminal

    terminal = Terminal(sys.stderr)
    print("woo-stack:", "\n".join(map(terminal.safe, text.split("\n"))), file=sys.stderr)
    return status


def _abandon_stdout() -> None:
    from woo_stack.files import abandon_stdout

    abandon_stdout()
