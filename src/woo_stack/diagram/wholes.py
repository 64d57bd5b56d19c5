"""To which nodes a resource belongs: parts to their whole, roles and the like to whom they serve."""

import re
from collections.abc import Mapping
from functools import cached_property
from typing import Any

from woo_stack.diagram.references import Reference, references
from woo_stack.diagram.services import service_of
from woo_stack.diagram.wiring import HIDDEN, LINKS, PART_FOR, PART_OF
from woo_stack.policies import IDENTITIES

Resource = Mapping[str, Any]
#: A listener is not what its target group is a part of, nor a policy what its role is.
_ASIDE = frozenset(kind for kind in {*IDENTITIES, *PART_OF} if "::IAM::" in kind or "::Listener" in kind)
#: By which names of properties a role is given to whom it serves; a key's policy may name it as well.
_GIVEN = re.compile(r"(Role|RoleArn|RoleARN|Roles)$")
#: Types that nobody has given a row may still say by their name that they are only wiring.
_WIRING = ("Association", "Attachment", "Membership", "Permission", "Policy")


class Wholes:
    """Every resource of a template, and what it is a part of; ``once`` are those that stand for all of a loop's."""

    def __init__(self, resources: Mapping[str, Resource], once: Mapping[str, str]) -> None:
        self.resources = resources
        self.once = once
        self._found: dict[str, tuple[str, ...]] = {}

    @cached_property
    def named(self) -> dict[str, list[Reference]]:
        """What each resource's properties refer to within the template, but for itself."""
        return {
            name: [
                found
                for found in references(resource.get("Properties"))
                if found.name in self.resources and found.name != name
            ]
            for name, resource in self.resources.items()
        }

    @cached_property
    def naming(self) -> dict[str, list[str]]:
        """Who refers to each resource; whoever more than one names it comes once."""
        found: dict[str, dict[str, None]] = {name: {} for name in self.resources}
        for name, named in self.named.items():
            for reference in named:
                found[reference.name][name] = None
        return {name: list(those) for name, those in found.items()}

    def of(self, name: str) -> tuple[str, ...]:
        """The nodes that a resource is, or is a part of; none where it is not drawn."""
        if name not in self._found:
            # Who is asked for again while it is looked for belongs to nobody: parts of each other.
            self._found[name] = ()
            self._found[name] = self._owners(name)
        return self._found[name]

    def kind(self, name: str) -> str:
        """The resource's type."""
        return f"{self.resources[name].get('Type')}"

    def _owners(self, name: str) -> tuple[str, ...]:
        kind = self.kind(name)
        if kind in HIDDEN:
            return ()
        whole = self._below(name, PART_OF[kind]) if kind in PART_OF else []
        if kind == "AWS::IAM::Role":
            whole = [one for one in self.naming[name] if self._given(name, one)]
        elif kind in PART_FOR:
            whole = [one for one in self.naming[name] if self._serves(kind, one)] or self.naming[name]
        if kind in LINKS or (kind not in {*PART_OF, *PART_FOR} and _is_wiring(kind)):
            ends = self.named[name]
            # Without both its ends it would be lost.
            return () if ends else (name,)
        if not whole:
            return (name,)
        return tuple(dict.fromkeys(owner for one in whole for owner in self.of(one)))

    def _below(self, name: str, field: str) -> list[str]:
        """What the resource refers to below a property."""
        return [found.name for found in self.named[name] if field in found.path[:1]]

    def _given(self, role: str, other: str) -> bool:
        """Whether a resource works with the role, and does not merely speak of it."""
        paths = (found.path for found in self.named[other] if found.name == role)
        return self.kind(other) not in IDENTITIES and any(_GIVEN.search(part) for path in paths for part in path)

    def _serves(self, kind: str, other: str) -> bool:
        """Whether somebody who names a part is the whole of it: of a policy that is its role."""
        if kind == "AWS::IAM::ManagedPolicy":
            return self.kind(other) in IDENTITIES
        return self.kind(other) not in _ASIDE


def _is_wiring(kind: str) -> bool:
    return (kind.endswith(_WIRING) and service_of(kind) is not None) or kind.startswith("AWS::EC2::Route")
