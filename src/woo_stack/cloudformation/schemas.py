"""What AWS says of its resource types, by the schemas that cfn-lint carries: no network, no account.

A property that is create-only replaces the resource, always or in cases. A type without a schema is not known, and
nothing is said of it: that it may be replaced is only said of what is known to.
https://docs.aws.amazon.com/cloudformation-cli/latest/userguide/resource-type-schema.html
"""

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

from woo_stack.cloudformation.change import ABSENT
from woo_stack.cloudformation.compared import Path

#: The region whose schemas are taken; nearly all types are there, and what they replace is the same everywhere.
REGION = "us-east-1"

#: AWS's types of which an update can bring another Ref or ARN without a replacement. A job definition's ends in the
#: number of its revision; a custom resource has what its function answers, a nested stack what its template says.
_RENAMED = ("AWS::Batch::JobDefinition", "AWS::CloudFormation::CustomResource", "AWS::CloudFormation::Stack")


class _CreateOnly(NamedTuple):
    """Property paths, without positions in lists."""

    always: tuple[Path, ...]
    conditionally: tuple[Path, ...]


def recreation(type_: str, path: Path, before: Any = ABSENT, after: Any = ABSENT) -> str:
    """Whether a change of this part replaces the resource: Never, Conditionally, Always; "" where it is not known.

    ``path`` begins below ``Properties``. The values matter where the part holds a create-only one.
    """
    known = _create_only(type_)
    if known is None:
        return ""
    names = tuple(part for part in path if isinstance(part, str) and not part.startswith("["))
    for word, pointers in (("Always", known.always), ("Conditionally", known.conditionally)):
        if any(_concerns(pointer, names, before, after) for pointer in pointers):
            return word
    return "Never"


def never_replaces(type_: str, name: str) -> bool:
    """Whether nothing at or below a property is create-only; False where the type is not known."""
    known = _create_only(type_)
    return known is not None and all(pointer[:1] != (name,) for pointer in (*known.always, *known.conditionally))


def stays(type_: str, attribute: str) -> bool:
    """Whether an attribute, "" for Ref, is the same as long as the resource is not replaced.

    Only Ref and Arn are known to be, and only of AWS's types: `Custom::` and those of others are whatever their
    providers answer.
    """
    return attribute in ("", "Arn") and type_.startswith("AWS::") and type_ not in _RENAMED


def _concerns(pointer: Path, names: Path, before: Any, after: Any) -> bool:
    if names[: len(pointer)] == pointer:
        return True
    below = pointer[len(names) :]
    return pointer[: len(names)] == names and (_holds(before, below) or _holds(after, below))


def _holds(value: Any, below: Path) -> bool:
    if isinstance(value, list):
        return any(_holds(item, below) for item in value)
    if not below:
        return value is not ABSENT
    return isinstance(value, Mapping) and below[0] in value and _holds(value[below[0]], below[1:])


@cache
def _create_only(type_: str) -> _CreateOnly | None:
    # Takes a second the first time, which only those pay who ask.
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError  # noqa: PLC0415

    try:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema(REGION, type_).schema
    except ResourceNotFoundError:
        return None
    found = (schema.get(key) or () for key in ("createOnlyProperties", "conditionalCreateOnlyProperties"))
    return _CreateOnly(*(tuple(map(_names, pointers)) for pointers in found))


def _names(pointer: str) -> Path:
    """`/properties/Policies/*/PolicyArn` without the star, as without `properties`."""
    return tuple(part for part in pointer.split("/")[2:] if part != "*")
