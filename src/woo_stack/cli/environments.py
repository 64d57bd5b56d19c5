"""What a stack is deployed with: the template, and the parameters, tags and stack policy of its environment.

An environment's file has the template configuration format, which CodePipeline reads as well:
https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/continuous-delivery-codepipeline-cfn-artifacts.html
"""

import argparse
import json
import math
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from woo_stack.cli.errors import CommandError

if TYPE_CHECKING:
    from troposphere import Template

#: What `woo-stack synth` and `build.py` write.
PUBLISHED = Path("output/woo-stack.json")
#: Beside the template, with a file an environment.
FOLDER = "environments"
SECTIONS = ("Parameters", "Tags", "StackPolicy")


@dataclass(frozen=True)
class Environment:
    """What a stack is deployed with beside its template."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)
    stack_policy: Mapping[str, Any] | None = None


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say what is deployed, and with what."""
    group = parser.add_argument_group(
        "what is deployed",
        f"--env ENV takes parameters, tags and stack policy from {FOLDER}/ENV.json beside the template; "
        "--parameter and --tag go before those.",
    )
    add_template_option(group)
    add_parameter_option(group)
    group.add_argument(
        "--tag", metavar="Key=Value", type=_tag, action="append", default=[], help="a tag of the stack; may be repeated"
    )


def add_template_option(group: "argparse._ActionsContainer") -> None:
    """Declare --template."""
    group.add_argument(
        "--template", metavar="FILE", type=Path, help=f"the template (default: {PUBLISHED}, or the library's own)"
    )


def add_parameter_option(group: "argparse._ActionsContainer") -> None:
    """Declare --parameter."""
    group.add_argument(
        "--parameter",
        metavar="Name=Value",
        type=_parameter,
        action="append",
        default=[],
        help="a parameter of the template; may be repeated",
    )


def template_of(options: argparse.Namespace) -> "Path | Template":
    """The template that the options name, as `template_at` finds it."""
    return template_at(options.template)


def template_at(file: Path | None) -> "Path | Template":
    """The file, else the published template here, else the shop with its default settings."""
    if file is not None or PUBLISHED.exists():
        return file or PUBLISHED
    from woo_stack.shop import shop

    return shop()


def environment(options: argparse.Namespace) -> Environment:
    """What --env's file says, with --parameter and --tag over it.

    CommandError for what a deployment would refuse, TemplateError where the template itself cannot be used.
    """
    from woo_stack.cloudformation.body import Body

    declared = Body.of(template_of(options)).parameters
    file = _file(options)
    read = _read(file) if file else {}
    given = ((f"{file}", read, 1), ("--parameter", {"Parameters": dict(options.parameter)}, 2))
    for source, content, status in (*given, ("--tag", {"Tags": dict(options.tag)}, 2)):
        for section, check in (("Parameters", partial(_parameter_refusal, declared)), ("Tags", _tag_refusal)):
            for name, value in content.get(section, {}).items():
                if refused := check(name, value):
                    raise CommandError(f"{source} sets {refused}", status)
    return Environment(
        read.get("Parameters", {}) | dict(options.parameter),
        read.get("Tags", {}) | dict(options.tag),
        read.get("StackPolicy"),
    )


def _file(options: argparse.Namespace) -> Path | None:
    """The file of --env; None without --env, and for somebody's own template that has no such folder beside it."""
    if not options.env:
        return None
    folder = (options.template or PUBLISHED).parent / FOLDER
    file: Path = folder / f"{options.env}.json"
    if file.is_file():
        return file
    if options.template and not folder.is_dir():
        return None
    there = ", ".join(sorted(path.stem for path in folder.glob("*.json")))
    # Without it the stack would get every default: a misspelt name must not deploy.
    allowed = there or f"no environment, as {folder} has none: --stack woo-stack-{options.env} needs no file"
    raise CommandError(f"--env {options.env} has no file {file}, allowed: {allowed}", status=2)


def _read(file: Path) -> dict[str, Any]:
    """The sections of an environment's file, of the right shapes."""
    try:
        content = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise CommandError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise CommandError(f"{file} is not JSON: {error}") from error
    if not isinstance(content, dict):
        raise CommandError(f"{file} is {json.dumps(content):.40}, allowed: an object of {', '.join(SECTIONS)}")
    for section, value in content.items():
        if section not in SECTIONS:
            raise CommandError(f"{file} has {section!r}, allowed: {', '.join(SECTIONS)}")
        if not isinstance(value, dict):
            raise CommandError(f"{file} sets {section} to {json.dumps(value):.40}, allowed: an object")
    return content


def _parameter_refusal(declared: Mapping[str, Mapping[str, Any]], name: str, value: object) -> str | None:
    """A parameter that the template does not declare, or a value that it does not allow; None for a good one.

    A secret one (NoEcho) is not told.
    """
    if name not in declared:
        return f"{name!r}, allowed: {', '.join(declared) or 'none, the template has no parameters'}"
    parameter = {"Type": "String"} | dict(declared[name])
    allowed = _allowed(value, parameter)
    hidden = f"{parameter.get('NoEcho')}".lower() == "true"
    return allowed and f"{name} to {'****' if hidden else repr(value)}, allowed: {allowed}"


def _allowed(value: object, parameter: Mapping[str, Any]) -> str | None:
    """What the parameter allows, if not this value; None also where only CloudFormation can tell."""
    from woo_stack.parameters import refusal

    number = parameter["Type"] == "Number" and "AllowedValues" not in parameter
    # CloudFormation's patterns are Java's, and a declaration that is none is the template's error.
    with suppress(re.error, TypeError, ValueError):
        if not isinstance(value, str) or (parameter["Type"] in ("String", "Number") and not number):
            return refusal(value, parameter)
        return _number_refusal(value, parameter) if number else None
    return None


def _number_refusal(value: str, parameter: Mapping[str, Any]) -> str | None:
    """What the number may be, if not this: ours are whole and from 0, somebody's may be neither."""
    low, high = (float(parameter.get(name, at)) for name, at in (("MinValue", -math.inf), ("MaxValue", math.inf)))
    with suppress(ValueError):
        if low <= float(value) <= high:
            return None
    return f"a number from {low:g} to {high:g}"


def _tag_refusal(key: str, value: object) -> str | None:
    """A tag that no stack may have; None for a good one."""
    # https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Tag.html
    if not 1 <= len(key) <= 128 or key.lower().startswith("aws:"):
        return f"the tag {key!r}, allowed: a key of 1 to 128 characters that does not begin with aws:"
    if not isinstance(value, str) or len(value) > 256:
        return f"the tag {key} to {value!r:.40}, allowed: a text in quotes of at most 256 characters"
    return None


def _pair(text: str, kind: str, form: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals):
        raise argparse.ArgumentTypeError(f"{text!r} is no {kind}, allowed: {form}")
    return name, value


def _parameter(text: str) -> tuple[str, str]:
    return _pair(text, "parameter", "Name=Value")


def _tag(text: str) -> tuple[str, str]:
    return _pair(text, "tag", "Key=Value")
