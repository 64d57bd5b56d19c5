"""A template as CloudFormation takes it: its text, and what the text says."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from troposphere import Template

from woo_stack.cloudformation.parsed import TemplateError as TemplateError  # noqa: PLC0414 - beside Body for who asks
from woo_stack.cloudformation.parsed import parsed
from woo_stack.loops import LOOP, Loops
from woo_stack.template import to_json

#: Types that CloudFormation creates only when the caller acknowledges IAM, by how they begin: a nested stack may have
#: such resources, and SAM's transform makes roles.
_IAM = ("AWS::IAM::", "AWS::Serverless::", "AWS::CloudFormation::Stack")


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
        return parsed(self.text, self.where)

    @property
    def unrolled(self) -> dict[str, Any]:
        """The same with what its loops make in their places; TemplateError where only CloudFormation knows that."""
        content, once = self._unrolled
        if once:
            named = f"the template {self.where}" if self.where else "the template"
            variables = ", ".join(sorted({*once.values()}))
            raise TemplateError(
                f"{named} has loops (for each {variables}) over what only CloudFormation knows, allowed: over lists"
            )
        return content

    @property
    def knowable(self) -> bool:
        """Whether what its loops make is known before CloudFormation has made it."""
        return not self._unrolled[1]

    @cached_property
    def _unrolled(self) -> tuple[dict[str, Any], dict[str, str]]:
        """The template, and what stands in it once for all that a loop makes."""
        if LOOP not in self.text:
            return self.parsed, {}
        loops = Loops(self.parsed)
        return loops.unrolled(self.parsed), loops.once

    @property
    def parameters(self) -> dict[str, Any]:
        """The declared parameters, declaration by name."""
        return dict(self.parsed.get("Parameters", {}))

    @property
    def capabilities(self) -> tuple[str, ...]:
        """What has to be acknowledged, as far as types tell: a role with a name of its own needs more."""
        resources = self._unrolled[0]["Resources"].values()
        types = (str(one.get("Type")) for one in resources if isinstance(one, Mapping))
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
