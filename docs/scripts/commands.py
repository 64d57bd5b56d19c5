"""The page of the command line: what each command does, takes and returns, from the parser itself.

Nothing of it is what argparse prints: that differs between Python's versions and with the width of the terminal.
"""

import argparse
import re
from collections.abc import Iterator
from typing import Any

from table import item, paragraph, plain
from woo_stack.cli import COMMANDS, parser
from woo_stack.cli.target import ENVIRONMENT

HEAD = """\
# Commands

Written by `make docs` from the parser of `woo-stack`; `woo-stack help COMMAND` prints the same. In a clone the program
is `.venv/bin/woo-stack`, and `python -m woo_stack.cli` is the same program.
"""
#: An option in a text, with the name of its value, which may be of several parts: OWNER@ID/REPO@ID.
_OPTION = re.compile(r"(?<![\w-])(--[a-z][a-z-]*(?: [A-Z]{2,}(?:[@/:=][A-Z]+)*\b)?)(?![\w-])")
_CODE = re.compile(r"(`[^`]*`)")


def page() -> str:
    """The page, in Markdown."""
    everything = parser()
    (commands,) = [action for action in everything._actions if isinstance(action, argparse._SubParsersAction)]
    titles = {action.dest: f"{action.help}" for action in commands._choices_actions}
    overview = [item(f"[`{name}`](#{name}): {titles[name]}") for name in COMMANDS]
    blocks = [HEAD.rstrip(), "\n".join(overview), *_notes(getattr(everything, "notes", ""))]
    for name in COMMANDS:
        blocks += _command(name, commands.choices[name])
    variables = [item(f"`{variable}`: {_plain(text)}") for variable, text in ENVIRONMENT.items()]
    blocks += [
        "## Environment variables",
        "What commands that ask AWS read beside their options:",
        "\n".join(variables),
    ]
    return "\n\n".join(blocks) + "\n"


def _command(name: str, command: argparse.ArgumentParser) -> Iterator[str]:
    title, *paragraphs = f"{command.description}".strip().split("\n\n")
    places = [action for action in command._actions if not action.option_strings]
    yield f"## {name}"
    yield f"{title[0].upper()}{title[1:]}."
    yield f"```text\nwoo-stack {' '.join([name, '[OPTIONS]', *map(_value, places)])}\n```"
    yield from (paragraph(_plain(text)) for text in paragraphs)
    for group in command._action_groups:
        taken = [action for action in group._group_actions if action.help != argparse.SUPPRESS]
        taken = [action for action in taken if "--help" not in action.option_strings]
        if taken:
            if group.description:
                yield paragraph(_plain(f"{_heading(group)}. {group.description}"))
            else:
                yield f"{_heading(group)}:"
            yield "\n".join(_option(action, command) for action in taken)
    yield from _notes(getattr(command, "notes", ""))
    if "--endpoint-url" in command._option_string_actions:
        yield "It reads the [environment variables](#environment-variables)."


def _heading(group: Any) -> str:
    title = f"{group.title}"
    return {"positional arguments": "Arguments", "options": "Options"}.get(title, title[0].upper() + title[1:])


def _option(action: argparse.Action, command: argparse.ArgumentParser) -> str:
    value = _value(action)
    names = [f"`{name} {value}`" if value else f"`{name}`" for name in action.option_strings] or [f"`{value}`"]
    shown = {"default": action.default, "prog": command.prog, "choices": ", ".join(map(str, action.choices or ()))}
    told = _plain(f"{action.help}" % shown)
    told += "; required" if action.required and action.option_strings else ""
    told += "; may be repeated" if isinstance(action, argparse._AppendAction) and "repeated" not in told else ""
    return item(f"{', '.join(names)}: {told}")


def _value(action: argparse.Action) -> str:
    if action.nargs == 0:
        return ""
    name = f"{action.metavar or '|'.join(map(str, action.choices or ())) or action.dest.upper()}"
    shapes = {"?": f"[{name}]", "*": f"[{name} ...]", "+": f"{name} ..."}
    return shapes.get(f"{action.nargs}", name)


def _notes(notes: str) -> Iterator[str]:
    """Examples and exit statuses, which are text that stands in columns."""
    for block in notes.strip("\n").split("\n\n"):
        title, _, rows = block.partition("\n")
        if rows:
            lines = [line.removeprefix("  ").rstrip() for line in rows.split("\n")]
            yield f"{_plain(title[0].upper() + title[1:])}\n\n```text\n{_joined(lines)}\n```"
        elif title:
            yield paragraph(_plain(title))


def _joined(lines: list[str]) -> str:
    return "\n".join(lines)


def _plain(text: str) -> str:
    """A text of the help as Markdown, with options as code; what is code already stays as it is."""
    parts = _CODE.split(" ".join(text.split()))
    return plain("".join(one if one.startswith("`") else _OPTION.sub(r"`\1`", one) for one in parts))
