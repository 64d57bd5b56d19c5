"""A template's YAML: short forms (`!Ref`) spelt out, and where it is wrong, by line and column."""

from typing import Any

import yaml  # type: ignore[import-untyped]  # ships no types either
from cfn_tools import CfnYamlLoader  # type: ignore[import-untyped]  # ships no types; comes with troposphere


class _Loader(CfnYamlLoader):  # type: ignore[misc]  # its base has no types
    """The loader that troposphere's users know, which would build a list that contains itself."""


# At once and to its end: then an alias within its own list is an error with a place, as it is within a mapping.
_Loader.add_constructor("tag:yaml.org,2002:seq", lambda loader, node: loader.construct_sequence(node, deep=True))


def loaded(text: str) -> Any:
    """What the text says; ValueError with the reason on one line."""
    try:
        return yaml.load(text, Loader=_Loader)  # noqa: S506 - a SafeLoader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f": line {mark.line + 1} column {mark.column + 1}" if mark else ""
        raise ValueError(", ".join(filter(None, (error.context, error.problem))) + place) from error
    except yaml.reader.ReaderError as error:
        before = text[: error.position]
        place = f"line {before.count(chr(10)) + 1} column {error.position - before.rfind(chr(10))}"
        raise ValueError(f"{error.reason} (#x{ord(text[error.position]):04x}): {place}") from error
    except Exception as error:  # a list as a key, the 99th of a month: the loader lets whatever it meets through
        raise ValueError(" ".join(f"{error}".split())) from error
