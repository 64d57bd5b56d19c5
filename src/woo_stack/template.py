"""A template as text: the same bytes for the same template, and a line a resource."""

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from troposphere import Template

#: CloudFormation takes a longer template from S3 only (quota "Template body size in a request", bytes), where the
#: console puts it by itself.
TEMPLATE_BODY_BYTES = 51_200
#: The order in which a person reads a template.
SECTIONS = ("AWSTemplateFormatVersion", "Description", "Metadata", "Parameters", "Mappings", "Conditions", "Rules",
            "Transform", "Resources", "Outputs")  # fmt: skip


def to_json(template: "Template | Mapping[str, Any]") -> str:
    """The template's text: a line an entry, so that a diff names the resource; keys sorted, no spaces.

    The same template gives the same bytes, whatever the order in which properties were set.
    """
    content = template if isinstance(template, Mapping) else template.to_dict()
    lines = []
    for section in sorted(content, key=lambda name: (SECTIONS.index(name) if name in SECTIONS else 99, name)):
        value = content[section]
        if isinstance(value, Mapping) and value:
            entries = ",\n".join(f"{json.dumps(key)}:{_compact(entry)}" for key, entry in value.items())
            lines.append(f"{json.dumps(section)}:{{\n{entries}\n}}")
        else:
            lines.append(f"{json.dumps(section)}:{_compact(value)}")
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"), sort_keys=True)
