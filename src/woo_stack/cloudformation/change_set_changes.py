"""What CloudFormation tells of each resource in a change set, with the values that the templates know.

https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_ResourceChange.html and what it is made of.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from woo_stack.cloudformation.change import ABSENT, HIDDEN, KNOWN_LATER, Change, PropertyChange, Replacement, State
from woo_stack.cloudformation.compared import Path, at, differences, plain, same, shown
from woo_stack.cloudformation.expressions import Secret
from woo_stack.cloudformation.policies import deletion_policy, replacement_policy
from woo_stack.cloudformation.predicted import ATTRIBUTES, cause
from woo_stack.cloudformation.resolved import Resolved
from woo_stack.cloudformation.schemas import stays
from woo_stack.cloudformation.stateful import HELD

_WEIGHT = ("", "Never", "Conditionally", "Always")
#: A template's address that names its content, as `aws cloudformation package` and the CDK write it.
_BY_CONTENT = re.compile(r"/[^/?]*[0-9a-f]{32}[^/?]*$|[?&]versionId=")

Json = Mapping[str, Any]


@dataclass(frozen=True)
class ChangeSetReader:
    """Reads a change set by the two states that it leads from and to, and their templates."""

    before: State
    after: State
    old: Resolved
    new: Resolved

    def changes(self, told: Iterable[Json]) -> list[Change]:
        """Its ResourceChange structures as changes.

        CloudFormation says of whatever has the ARN or the name of what changes that it may be replaced, because it may
        have another one then. It has not as long as the other is not replaced: a replacement for such a reason alone is
        none. What a condition is known to leave out is not added, although an emulator lists it.
        """
        left_out = self.new.left_out
        found = [
            self._change(one) for one in told if one["LogicalResourceId"] not in left_out or one["Action"] != "Add"
        ]
        replaced = _replaced(found)
        return [
            replace(one, replacement=Replacement.NO, policy="")
            if one.replaced and one.logical_id not in replaced
            else one
            for one in found
        ]

    def _change(self, told: Json) -> Change:
        name, action = told["LogicalResourceId"], told["Action"]
        replacement = Replacement(told.get("Replacement", Replacement.NO))
        said = told.get("PolicyAction", "")
        if not said and action == "Remove":
            said = deletion_policy(self.old.resources.get(name, {}))
        elif not said and replacement is not Replacement.NO:
            said = replacement_policy(self.new.resources.get(name, {}))
        return Change(
            action,
            name,
            told.get("ResourceType", ""),
            told.get("PhysicalResourceId", ""),
            replacement,
            said,
            self._properties(name, told) if action in ("Modify", "Dynamic") else (),
        )

    def _properties(self, name: str, told: Json) -> tuple[PropertyChange, ...]:
        details = [(_path(one["Target"]), one) for one in told.get("Details", ()) if not self._no_news(name, one)]
        was, will = self._documents(name, told)
        found, explained = {}, set()
        for path, before, after in differences(was, will):
            about = [detail for other, detail in details if _related(path, other)]
            explained |= {other for other, _ in details if _related(path, other)}
            hidden = self._hidden(name, path)
            was_shown, will_be = (
                HIDDEN if hidden and value is not ABSENT else plain(value) for value in (before, after)
            )
            found[shown(path)] = PropertyChange(
                shown(path), was_shown, will_be, _recreation(about), self._cause(name, path, about)
            )
        for path in dict.fromkeys(path for path, _ in details if path not in explained):
            about = [detail for other, detail in details if other == path]
            found[shown(path)] = self._without_difference(name, path, about, (was, will))
        return tuple(found.values())

    def _no_news(self, name: str, detail: Json) -> bool:
        """Whether it says only that a nested stack's template may be another one at the same address, which it is not.

        CloudFormation says so of every nested stack.
        """
        address = at(self.new.resources.get(name, {}), ("Properties", "TemplateURL"))
        text = address.get("Fn::Sub") if isinstance(address, dict) else address
        return detail.get("ChangeSource") == "Automatic" and isinstance(text, str) and bool(_BY_CONTENT.search(text))

    def _documents(self, name: str, told: Json) -> tuple[Json, Json]:
        """The resource before and after: CloudFormation's own, where it gives them, else the templates'."""
        contexts = [_parsed(told.get(key)) for key in ("BeforeContext", "AfterContext")]
        if contexts[0] is not None and contexts[1] is not None:
            return contexts[0], contexts[1]
        was, will = (
            {part: one.resources[name][part] for part in ATTRIBUTES if part in one.resources.get(name, {})}
            for one in (self.old, self.new)
        )
        return was, will

    def _without_difference(
        self, name: str, path: Path, about: list[Json], documents: tuple[Json, Json]
    ) -> PropertyChange:
        """What CloudFormation finds by other ways than a difference of values: by the chain, by the stack's tags."""
        targets = [detail["Target"] for detail in about]
        before, after = (
            next((target[key] for target in targets if key in target), at(document, path))
            for key, document in zip(("BeforeValue", "AfterValue"), documents, strict=True)
        )
        if path == ("Tags",) and ABSENT in (before, after):
            before, after = dict(self.before.tags), dict(self.after.tags)
        if same(before, after):
            after = KNOWN_LATER
        if self._hidden(name, path):
            before, after = (HIDDEN if value not in (ABSENT, KNOWN_LATER) else value for value in (before, after))
        return PropertyChange(shown(path), plain(before), plain(after), _recreation(about), _entities(about))

    def _cause(self, name: str, path: Path, about: list[Json]) -> str:
        # The entities concern the whole property: what the template says differently has changed itself.
        was, will = ((one.template.get("Resources") or {}).get(name, {}) for one in (self.old, self.new))
        if at(was, path[:2]) != at(will, path[:2]):
            return cause(name, path, self.old, self.new)
        return _entities(about)

    def _hidden(self, name: str, path: Path) -> bool:
        """Whether a NoEcho parameter reaches the value, or a part of it, or what it is a part of."""
        for one in (self.old, self.new):
            resource = one.resources.get(name, {})
            above = (at(resource, path[:length]) for length in range(1, len(path)))
            if any(isinstance(value, Secret) for value in above) or _has_secret(at(resource, path)):
                return True
        return False


def _entities(about: Iterable[Json]) -> str:
    """The parameters and resources that it follows from; empty when it is changed itself, for whatever else besides."""
    details = [*about]
    if any(one.get("ChangeSource") == "DirectModification" and one["Evaluation"] == "Static" for one in details):
        return ""
    return ", ".join(dict.fromkeys(one["CausingEntity"] for one in details if one.get("CausingEntity")))


def _replaced(changes: list[Change]) -> set[str]:
    """The logical ids of what is replaced, or may be, for more than an ARN that stays.

    Of what holds data CloudFormation's word counts, unless it says itself that the other is not replaced.
    """
    by_name = {change.logical_id: change for change in changes}
    said = {name for name, change in by_name.items() if change.replaced}
    found: set[str] = set()
    while True:
        more = {
            name for name in said if not _goes_on(by_name[name], by_name, said if by_name[name].type in HELD else found)
        }
        if more == found:
            return found
        found = more


def _goes_on(change: Change, by_name: Mapping[str, Change], replaced: set[str]) -> bool:
    """Whether it may be replaced only for the ARN or the name of what is modified and not replaced."""
    if change.replacement is Replacement.YES or not change.properties:
        return False
    return all(one.recreation == "Never" or _same_as_before(one, by_name, replaced) for one in change.properties)


def _same_as_before(change: PropertyChange, by_name: Mapping[str, Change], replaced: set[str]) -> bool:
    """Whether the value is but Refs and ARNs that stay."""
    if change.after != KNOWN_LATER:
        return False
    for cause_ in change.cause.split(", "):
        name, _, attribute = cause_.partition(".")
        other = by_name.get(name)
        if other is None or other.action != "Modify" or name in replaced or not stays(other.type, attribute):
            return False
    return True


def _has_secret(value: Any) -> bool:
    match value:
        case Secret():
            return True
        case dict():
            return any(map(_has_secret, value.values()))
        case list():
            return any(map(_has_secret, value))
    return False


def _parsed(context: str | None) -> dict[str, Any] | None:
    """What a context says of what is compared; None where there is none that can be read."""
    try:
        content = json.loads(context or "")
    except ValueError:
        return None
    if not isinstance(content, dict):
        return None
    return {part: content[part] for part in ATTRIBUTES if part in content}


def _path(target: Json) -> Path:
    """A target's place: `/Properties/Environment/Variables/LEVEL`, or attribute and name where it has no such."""
    if pointer := target.get("Path"):
        parts = pointer.removeprefix("/").split("/")
        return tuple(int(part) if part.isdigit() else part.replace("~1", "/").replace("~0", "~") for part in parts)
    return tuple(target[key] for key in ("Attribute", "Name") if target.get(key))


def _related(path: Path, other: Path) -> bool:
    """Whether one is the other or a part of it; positions are not compared, they may differ before and after."""
    return all(one == two for one, two in zip(path, other, strict=False) if not (_position(one) or _position(two)))


def _position(part: str | int) -> bool:
    return isinstance(part, int) or part.startswith("[")


def _recreation(about: Iterable[Json]) -> str:
    return max((one["Target"].get("RequiresRecreation", "") for one in about), key=_WEIGHT.index, default="")
