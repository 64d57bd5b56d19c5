"""Command lines of a shell, each held against what it calls: our own parsers, the Makefile, AWS's models."""

import json
import re
import shlex
from collections.abc import Callable, Collection, Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import botocore.session
from botocore import xform_name
from packaging.requirements import Requirement
from tests.test_pipelines import DEPLOY, checked_by_build, checked_by_make, checked_by_shape

from woo_stack import cli

ROOT = Path(__file__).parents[2]
#: What is not ours to check, and why it is called.
TOOLS = {
    "base64": "undoes what the AWS CLI does to bytes",
    "cd": "the shell's own",
    "curl": "asks the local shop",
    "echo": "the shell's own",
    "export": "the shell's own",
    "gh": "GitHub's command line",
    "git": "fetches and compares",
    "gunzip": "unpacks a document",
    "jq": "picks a field of JSON",
    "runway": "CFNgin, driven in tests/adapters",
    "sceptre": "driven in tests/adapters",
}
#: What AWS's command line has beside the operations of its models.
CUSTOM = {("cloudformation", "package"), ("logs", "tail"), ("s3", "cp"), ("s3", "ls"), ("s3", "sync")}
#: https://docs.aws.amazon.com/cli/latest/userguide/cli-configure-options.html
GLOBAL = {"endpoint-url", "no-cli-pager", "no-paginate", "output", "profile", "query", "region"}
_ENDS = {";", "&&", "||", "|", "&", "(", ")", "()", "{", "}"}


def commands(text: str) -> Iterator[list[str]]:
    """The commands of a shell's text, without assignments, redirections and what shells have of their own."""
    for line in text.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars="();<>|&")
        lexer.whitespace_split = True
        words: list[str] = []
        skipped = False
        for token in [*lexer, ";"]:
            if token in _ENDS:
                # `name() {` declares a function: its name is no command.
                if words and token != "()":
                    yield words
                words = []
            elif token[0] in "<>":
                skipped = True
            elif skipped:
                skipped = False
            elif words or not re.match(r"\w+=", token):
                words.append(token)


def functions(text: str) -> set[str]:
    """The names of the shell functions that a text declares."""
    return set(re.findall(r"^\s*(\w+)\(\) *\{", text, re.MULTILINE))


def checked(words: list[str], declared: Collection[str] = ()) -> None:
    """Hold one command against what it calls; raises AssertionError, SystemExit or ValueError for a wrong one."""
    name = words[0].removeprefix(".venv/bin/")
    assert name in CHECKS or name in TOOLS or name in declared, f"{words[0]} is not known"
    if name in CHECKS:
        CHECKS[name](words)


def _python(words: list[str]) -> None:
    if words[1:3] == ["-m", "venv"]:
        return
    if words[1] == "-m":
        assert find_spec(words[2]), words[2]
    elif words[1] == "build.py":
        checked_by_build(words)
    else:
        assert (ROOT / words[1]).is_file(), words[1]


def _pip(words: list[str]) -> None:
    assert words[1] == "install"
    for word in words[2:]:
        if not word.startswith(("-", ".")):
            wanted = Requirement(word)
            extras = re.findall(r"^(\w+) =$", (ROOT / "setup.cfg").read_text(), re.MULTILINE)
            assert wanted.name != "woo-stack" or wanted.extras <= set(extras), word


def _aws(words: list[str]) -> None:
    service, operation, *rest = words[1:]
    options: dict[str, list[str]] = {}
    for word in rest:
        if word.startswith("--"):
            options[word.removeprefix("--").partition("=")[0]] = []
        elif options:
            options[list(options)[-1]].append(word)
    if (service, operation) in CUSTOM:
        return
    if (service, operation) == ("cloudformation", "deploy"):
        assert set(options) <= DEPLOY | GLOBAL
        return
    session = botocore.session.get_session()
    if operation == "wait":
        assert rest[0] in [xform_name(one, "-") for one in session.get_waiter_model(service).waiter_names]
        return
    model = session.get_service_model({"s3api": "s3"}.get(service, service))
    (found,) = [one for one in model.operation_names if xform_name(one, "-") == operation]
    _options(model.operation_model(found), options)


def _options(operation: Any, options: dict[str, list[str]]) -> None:
    shape = operation.input_shape
    members = {xform_name(name, "-"): member for name, member in shape.members.items()}
    for option, values in options.items():
        member = members.get(option.removeprefix("no-"))
        assert member or option in GLOBAL, option
        # What is left over is where a stream is written to.
        taken = values if member and member.type_name == "list" else values[:1]
        assert taken == values or operation.has_streaming_output, values
        for value in taken if member else []:
            if value[:1] in "[{":
                json.loads(value)
            elif "$" not in value and not value.startswith(("file://", "fileb://")):
                checked_by_shape(member, value)
    required = {xform_name(name, "-") for name in shape.required_members}
    assert required <= {option.removeprefix("no-") for option in options}, required


CHECKS: dict[str, Callable[[list[str]], Any]] = {
    "aws": _aws,
    "make": checked_by_make,
    "pip": _pip,
    "pytest": lambda words: [(ROOT / word).stat() for word in words[1:] if word.startswith("tests")],
    "python": _python,
    "python3": _python,
    "woo-stack": lambda words: cli.parser().parse_args(words[1:]),
}
