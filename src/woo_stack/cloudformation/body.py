"""A template as CloudFormation takes it: its text, and what the text says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import cfn_flip  # type: ignore[import-untyped]  # ships no types; comes with troposphere
from troposphere import Template

from woo_stack.errors import WooStackError
from woo_stack.template import to_json

#: Types that CloudFormation creates only when the caller acknowledges IAM, by how they begin: a nested stack may have
#: such resources, and SAM's transform makes roles.
_IAM = ("AWS::IAM::", "AWS::Serverless::", "AWS::CloudFormation::Stack")


class TemplateError(WooStackError):
    """A text that is no template, or a file that cannot be read."""


@dataclass(frozen=True)
class Body:
    """The text of a template, JSON or YAML, as it is sent; ``where`` names the file it is from, if any."""

    text: str
    where: Path | None = None

    @classmethod
    def of(cls, template: "Body | Template | Mapping[str, Any] | Path | str") -> "Body":
        """The template: troposphere's, a mapping, the text itself, or a path; TemplateError where there is none."""
        if isinstance(template, Body):
            return template
        if isinstance(template, Template | Mapping):
            return cls(to_json(template))
        if isinstance(template, str) and ("\n" in template or template.lstrip().startswith("{")):
            return cls(template)
        return cls(_read(Path(template)), Path(template))

    @cached_property
    def parsed(self) -> dict[str, Any]:
        """What the text says, with `!Ref` and its like spelt out; TemplateError where that is no template."""
        named = f"template {self.where}" if self.where else "template"
        try:
            content, _ = cfn_flip.load(self.text)
            # YAML knows dates, numbers as keys and mappings of its own; a template has what JSON has.
            plain = json.loads(json.dumps(content, default=str))
        except Exception as error:  # cfn_flip lets whatever its YAML parser raises through
            reason = " ".join(f"{error}".split())
            raise TemplateError(f"the {named} is neither JSON nor YAML: {reason}") from error
        if not isinstance(plain, dict) or not isinstance(plain.get("Resources"), dict):
            raise TemplateError(f"the {named} has no Resources, allowed: a CloudFormation template in JSON or YAML")
        for section in ("Parameters", "Resources", "Outputs"):
            entries = plain.get(section, {})
            if not (isinstance(entries, dict) and all(isinstance(entry, dict) for entry in entries.values())):
                raise TemplateError(f"the {named}'s section {section} is not a mapping of mappings")
        return plain

    @property
    def parameters(self) -> dict[str, Any]:
        """The declared parameters, declaration by name."""
        return dict(self.parsed.get("Parameters", {}))

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What has to be acknowledged, as far as types tell: a role with a name of its own needs more."""
        types = (str(resource.get("Type")) for resource in self.parsed["Resources"].values())
        return ("CAPABILITY_IAM",) if any(kind.startswith(_IAM) for kind in types) else ()

    def values(self, given: Mapping[str, str], deployed: Mapping[str, str] | None = None) -> dict[str, str]:
        """Every declared parameter's value: the given one, else the deployed one, else the declared default."""
        defaults = {name: _text(entry["Default"]) for name, entry in self.parameters.items() if "Default" in entry}
        kept = {name: value for name, value in (deployed or {}).items() if name in self.parameters}
        return defaults | kept | dict(given)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise TemplateError(f"the template {path} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TemplateError(f"the template {path} cannot be read: it is not UTF-8 text") from error


def _text(default: Any) -> str:
    """A default as CloudFormation takes it: `true` and `5` may stand there without quotes."""
    return default if isinstance(default, str) else json.dumps(default)
