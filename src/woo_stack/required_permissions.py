"""What the resources of a template need of AWS to be created, changed and deleted, each right as narrow as its name."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from woo_stack.errors import WooStackError
from woo_stack.rights import OWN_POLICIES, STACK, Handled, Right
from woo_stack.type_permissions import HANDLED

Json = dict[str, Any]

#: Pseudo parameters that mean the same in a policy of the same account and region.
_SAME = ("AWS::AccountId", "AWS::Partition", "AWS::Region", "AWS::URLSuffix")
_NAMED = re.compile(r"\$\{([^!}]+)\}")
#: Actions on an ARN, under conditions (as text, to be compared).
Granted = dict[tuple[str, str], set[str]]


class UnknownTypeError(WooStackError):
    """A resource type of which nobody says what its handlers call."""


@dataclass(frozen=True)
class Needs:
    """What one template's resources need. ``told`` is filled as `granted` is: what could not be narrowed, and why."""

    template: Mapping[str, Any]
    told: list[str] = field(default_factory=list)

    @property
    def resources(self) -> Mapping[str, Json]:
        """The template's resources."""
        found: Mapping[str, Json] = self.template.get("Resources", {})
        return found

    @cached_property
    def granted(self) -> Granted:
        """Actions by ARN and conditions; raises UnknownTypeError."""
        found: Granted = {}
        for logical_id, resource in self.resources.items():
            properties = resource.get("Properties", {})
            for right in self._handled(resource["Type"]).rights:
                if _uses(properties, right.when):
                    names = self._names(logical_id, right.named)
                    filled = self._filled(right.conditions, names, _own_tag(properties))
                    conditions = json.dumps(filled, sort_keys=True)
                    for arn in _arns(right.on, names):
                        found.setdefault((arn, conditions), set()).update(actions_of(right))
        return found

    @property
    def unbounded(self) -> list[str]:
        """The template's roles without a permissions boundary."""
        roles = {name: one for name, one in self.resources.items() if one["Type"] == "AWS::IAM::Role"}
        return [name for name, one in roles.items() if "PermissionsBoundary" not in one.get("Properties", {})]

    @cached_property
    def services(self) -> set[str]:
        """Who assumes the template's roles, as ``lambda.amazonaws.com``: a role is passed to nobody else."""
        found = set()
        for logical_id, resource in self.resources.items():
            if resource["Type"] == "AWS::IAM::Role":
                document = resource.get("Properties", {}).get("AssumeRolePolicyDocument", {})
                for statement in _listed(document.get("Statement", [])):
                    principal = statement.get("Principal", {})
                    services = _listed(principal.get("Service", [])) if isinstance(principal, dict) else []
                    texts = [_text(service) for service in services]
                    found |= {text.replace("${AWS::URLSuffix}", "amazonaws.com") for text in texts if text}
                    if None in texts:
                        self._tell(f"{logical_id}: who assumes it is known only when it is deployed, left out")
        return found

    def _tell(self, line: str) -> None:
        if line not in self.told:
            self.told.append(line)

    def _handled(self, kind: str) -> Handled:
        if (row := HANDLED.get(kind)) is not None:
            return row
        actions = handlers_of(kind)
        self._tell(
            f"{kind} has no row of its own: what its handlers ask for ({len(actions)} actions) on every resource"
        )
        services: dict[str, list[str]] = {}
        for action in actions:
            services.setdefault(action.partition(":")[0], []).append(action.partition(":")[2])
        rights = [Right(f"{service}:{' '.join(names)}", why="not known") for service, names in services.items()]
        return Handled("", tuple(rights))

    def _names(self, logical_id: str, other: str = "") -> list[str]:
        """The patterns that cover a resource's name, or that of what its property `other` names; ``*`` for none."""
        resource = self.resources[logical_id]
        handled, properties = self._handled(resource["Type"]), resource.get("Properties", {})
        if not (named := other or handled.named):
            return ["*"]
        generated = [STACK] if other else [name.replace("{id}", logical_id) for name in handled.names]
        given = _listed(properties.get(named, []))
        known = [name for part in given for name in self._resolved(part)]
        if given and (not known or "*" in known):
            line = f"{logical_id}: its {named} is known only when it is deployed, allowed: {', '.join(generated)}"
            self.told.extend([line] * (line not in self.told))
        path = properties.get("Path", "/")
        below = path[1:] if isinstance(path, str) else "*"
        return [name if name.startswith("arn:") else below + name for name in known if name != "*"] or [
            below + name for name in generated
        ]

    def _resolved(self, value: Any) -> list[str]:
        """The patterns of a name that a template gives; none where only a deployment knows it."""
        match value:
            case {"Fn::Sub": [str(text), dict()]} | {"Fn::Sub": str(text)}:
                return [_NAMED.sub(lambda found: self._part(found[1]), text)]
            case {"Fn::If": [_, one, other]}:
                return [*self._resolved(one), *self._resolved(other)]
            case {"Fn::Join": [str(between), [*parts]]}:
                return [between.join((self._resolved(part) or ["*"])[0] for part in parts)]
            case {"Ref": str(name)} | {"Fn::GetAtt": [str(name), *_]}:
                return self._names(name) if name in self.resources else [STACK] if name == "AWS::StackName" else []
        return [value] if isinstance(value, str) else []

    def _part(self, name: str) -> str:
        """What ``${Name}`` in a name stands for."""
        if name in _SAME:
            return f"${{{name}}}"
        title = name.partition(".")[0]
        return STACK if name == "AWS::StackName" else self._names(title)[0] if title in self.resources else "*"

    @cached_property
    def _policies(self) -> list[str]:
        """What may be attached to the template's roles: policies of its own, and those of AWS that it names."""
        roles = [one.get("Properties", {}) for one in self.resources.values() if one["Type"] == "AWS::IAM::Role"]
        named = [_text(part) or "" for role in roles for part in _listed(role.get("ManagedPolicyArns", []))]
        return sorted({OWN_POLICIES, *(arn for arn in named if ":iam::aws:policy/" in arn)})

    def _filled(self, conditions: Mapping[str, Any], names: Sequence[str], tag: str) -> Json:
        """A right's conditions, with the resource's names, its tag or the policies in their places."""
        return {
            operator: {key.replace("{tag}", tag): self._values(value, names) for key, value in keys.items()}
            for operator, keys in conditions.items()
            if tag or not any("{tag}" in key for key in keys)
        }

    def _values(self, value: str, names: Sequence[str]) -> str | list[str]:
        if value == "{policies}":
            return self._policies
        if "{name}" not in value:
            return value
        return sorted(name if name.startswith("arn:") else _short(value.replace("{name}", name)) for name in names)


def handlers_of(kind: str) -> list[str]:
    """What the handlers of a type ask for, by cfn-lint's copy of its schema; raises UnknownTypeError without any.

    Without the right to pass roles, which depends on the roles.
    """
    from cfnlint.schema import PROVIDER_SCHEMA_MANAGER, ResourceNotFoundError  # noqa: PLC0415 (takes a second)

    try:
        handlers = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema.get("handlers", {})
    except ResourceNotFoundError:
        handlers = {}
    asked = {action for handler in handlers.values() for action in handler.get("permissions", [])}
    known = sorted(action for action in asked if re.fullmatch(r"[a-z0-9-]+:[A-Za-z*]+", action))
    if not known:
        raise UnknownTypeError(f"nobody says what {kind} needs, allowed: types whose schemas name their permissions")
    return [action for action in known if action != "iam:PassRole"]


def actions_of(right: Right) -> list[str]:
    """``iam:GetRole CreateRole`` as a policy has it."""
    service, _, names = right.actions.partition(":")
    return [f"{service}:{name}" for name in names.split()]


def _arns(on: str, names: Iterable[str]) -> Iterator[str]:
    """The ARNs of a right, one a name if it has names."""
    if on == "*":
        yield on
    elif "{name}" in on:
        for name in names:
            yield name if name.startswith("arn:") else _short(f"arn:${{AWS::Partition}}:{on.replace('{name}', name)}")
    else:
        yield f"arn:${{AWS::Partition}}:{on}"


def _short(pattern: str) -> str:
    return re.sub(r"\*+", "*", pattern)


def _uses(properties: Any, path: str) -> bool:
    """Whether a property is set, as ``Code.S3Bucket``; what a function decides may be."""
    for name in path.split(".") if path else ():
        if not isinstance(properties, dict) or any(key.startswith("Fn::") for key in properties):
            return True
        if name not in properties:
            return False
        properties = properties[name]
    return True


def _own_tag(properties: Mapping[str, Any]) -> str:
    """The key of the tag by which the template itself names a resource's stack; empty without one."""
    for tag in properties.get("Tags", []):
        if isinstance(tag, dict) and tag.get("Value") == {"Ref": "AWS::StackName"} and isinstance(tag.get("Key"), str):
            return str(tag["Key"])
    return ""


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str | None:
    """A text, also one of Fn::Sub; None where only a deployment knows it."""
    found = value.get("Fn::Sub") if isinstance(value, dict) else value
    return found if isinstance(found, str) else None
