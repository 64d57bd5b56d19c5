"""What the text of a template says; JSON without the parser of YAML and without troposphere, which take a while."""

import json
from pathlib import Path
from typing import Any

from woo_stack.cloudformation.expressions import is_function
from woo_stack.errors import WooStackError

#: Sections with a mapping an entry, and whether a function, as `Fn::ForEach`, may stand for several of them.
_SECTIONS = {"Parameters": False, "Resources": True, "Outputs": True}


class TemplateError(WooStackError):
    """A text that is no template, or a file that cannot be read."""


def parsed(text: str, where: Path | None = None) -> dict[str, Any]:
    """The template, with `!Ref` and its like spelt out; TemplateError, which names the file, where there is none."""
    named = f"template {where}" if where else "template"
    try:
        content = _content(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise TemplateError(f"the {named} is neither JSON nor YAML: {error}") from error
    if not isinstance(content, dict) or not isinstance(content.get("Resources"), dict):
        raise TemplateError(f"the {named} has no Resources, allowed: a CloudFormation template in JSON or YAML")
    for section, functions in _SECTIONS.items():
        entries = content.get(section, {})
        if not isinstance(entries, dict) or not all(
            isinstance(entry, dict) or (functions and is_function(name)) for name, entry in entries.items()
        ):
            raise TemplateError(f"the {named}'s section {section} is not a mapping of mappings")
    if not content["Resources"]:
        raise TemplateError(f"the {named} has no Resources, allowed: at least one")
    return content


def _content(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        from woo_stack.cloudformation.yaml_text import loaded  # noqa: PLC0415 - only where it is needed

        try:
            # YAML knows dates, numbers as keys and mappings of its own; a template has what JSON has.
            return json.loads(json.dumps(loaded(text), default=str))
        except (ValueError, TypeError):
            if text.lstrip().startswith("{"):
                # As YAML it would be wrong from its first quote on.
                json.loads(text)
            raise
