"""What would change in a stack, as typed values: what a difference is made of, whoever found it."""

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, Final, Literal

from woo_stack.cloudformation.stateful import HELD

#: What CloudFormation says of a value that it knows only when the change is made.
KNOWN_LATER: Final = "{{changeSet:KNOWN_AFTER_APPLY}}"
#: What stands for a value that a NoEcho parameter reaches.
HIDDEN: Final = "****"
#: Types that have resources of their own, which no change set of the outer stack tells of.
OUTER_TYPES = (
    "AWS::CloudFormation::Stack",
    "AWS::CloudFormation::StackSet",
    "AWS::ServiceCatalog::CloudFormationProvisionedProduct",
)


class Absent(Enum):
    """The type of `ABSENT`: no value, where None would be one."""

    ABSENT = "absent"


ABSENT: Final = Absent.ABSENT


class Replacement(StrEnum):
    """Whether a resource is replaced by a new one; the values are CloudFormation's."""

    NO = "False"
    MAYBE = "Conditional"
    YES = "True"


@dataclass(frozen=True)
class State:
    """What is deployed, or to be: a parsed template, its parameters' values and the stack's tags.

    A parameter that is missing has its default.
    """

    template: Mapping[str, Any]
    parameters: Mapping[str, str] = field(default_factory=dict)
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class PropertyChange:
    """One value that changes: `Properties.Environment.Variables.LOG_LEVEL`, `DeletionPolicy`, `Tags`."""

    path: str
    #: Values as the template has them, parameters put in; ABSENT where there was or is none, HIDDEN and KNOWN_LATER.
    before: Any
    after: Any
    #: Whether that alone replaces the resource: Never, Conditionally, Always; empty where it is not known.
    recreation: str = ""
    #: The parameter or the resource that it follows from; empty when it was changed itself.
    cause: str = ""

    def to_dict(self) -> dict[str, Any]:
        """For JSON: without `before` or `after` where there was or is none."""
        values = {"before": self.before, "after": self.after}
        return {
            "path": self.path,
            **{name: value for name, value in values.items() if value is not ABSENT},
            "recreation": self.recreation,
            "cause": self.cause,
        }


@dataclass(frozen=True)
class Change:
    """What happens to one resource."""

    #: Add, Modify, Remove, Import, or Dynamic: CloudFormation knows only when it comes to it.
    action: str
    logical_id: str
    type: str
    physical_id: str = ""
    replacement: Replacement = Replacement.NO
    #: What becomes of the old one: Delete, Retain, Snapshot, ReplaceAndDelete, …; empty when nothing.
    policy: str = ""
    properties: tuple[PropertyChange, ...] = ()

    @property
    def replaced(self) -> bool:
        """Whether a new one takes its place, or may."""
        return self.replacement is not Replacement.NO

    @property
    def loses(self) -> str:
        """What is lost, or left behind in the old one: "items"; empty when it goes on, or holds nothing.

        A nested stack that changes may replace what it has unseen.
        """
        if self.unseen:
            return "what is in it, which is not looked into"
        gone = self.replaced or self.action in ("Remove", "Dynamic")
        return HELD[self.type].holds if gone and self.type in HELD else ""

    @property
    def unseen(self) -> bool:
        """Whether resources inside of it may be replaced: a nested stack of which more changes than tags."""
        inner = (one.path for one in self.properties if one.path.split(".")[0] == "Properties")
        modified = self.action == "Modify" and not self.replaced
        return modified and self.type in OUTER_TYPES and any(not path.startswith("Properties.Tags") for path in inner)

    @property
    def kept(self) -> bool:
        """Whether the old one stays in the account, out of the stack."""
        return self.policy.endswith("Retain")

    @property
    def kind(self) -> str:
        """The word that it is counted under: add, change, replace or remove."""
        kinds = {"Add": "add", "Import": "add", "Remove": "remove"}
        return "replace" if self.replaced else kinds.get(self.action, "change")

    def to_dict(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "action": self.action,
            "logical_id": self.logical_id,
            "type": self.type,
            "physical_id": self.physical_id,
            "replacement": self.replacement.value,
            "policy": self.policy,
            "loses": self.loses,
            "properties": [one.to_dict() for one in self.properties],
        }


@dataclass(frozen=True)
class Difference:
    """All that would change; false when nothing does."""

    changes: tuple[Change, ...] = ()
    #: By name.
    parameters: tuple[PropertyChange, ...] = ()
    outputs: tuple[PropertyChange, ...] = ()
    tags: tuple[PropertyChange, ...] = ()
    #: What the template says differently without changing anything by itself: conditions, defaults of parameters that
    #: keep their values.
    template: tuple[PropertyChange, ...] = ()
    #: Who says so: CloudFormation's change set, or the templates alone.
    source: Literal["change set", "template"] = "template"
    #: Why it is not from a change set, or why that is still there, in a sentence; empty when all went as asked.
    reason: str = ""

    def __bool__(self) -> bool:
        """Whether anything changes."""
        return any((self.changes, self.parameters, self.outputs, self.tags))

    @property
    def counts(self) -> dict[str, int]:
        """How many resources are to `add`, `change`, `replace` and `remove`; those that may be replaced count so."""
        counted = Counter(change.kind for change in self.changes)
        return {kind: counted[kind] for kind in ("add", "change", "replace", "remove")}

    def unsafe(self, allowed: Collection[str] = ()) -> list[Change]:
        """What loses data, or the address that others know, and is not named in ``allowed`` by its logical id.

        Retained or not: a table that stays behind is as empty for the shop as one that is deleted. A nested stack that
        changes is among them, because nobody looks into it: it may lose data.
        """
        return [change for change in self.changes if change.loses and change.logical_id not in allowed]

    def to_dict(self) -> dict[str, Any]:
        """For JSON; the shape is stable: keys may be added."""
        sections: dict[str, tuple[PropertyChange, ...]] = {
            "parameters": self.parameters,
            "outputs": self.outputs,
            "tags": self.tags,
            "template": self.template,
        }
        return {
            "source": self.source,
            "reason": self.reason,
            "counts": self.counts,
            "changes": [change.to_dict() for change in self.changes],
            **{name: [one.to_dict() for one in found] for name, found in sections.items()},
        }
