"""What a check says of a template, and by which Metadata a template answers it."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import astuple, dataclass, field
from typing import Any


@dataclass(frozen=True, order=True)
class Finding:
    """One thing that is wrong (``error``, ``warning``) or worth knowing (``note``)."""

    level: str
    rule: str
    where: str
    message: str
    #: By which names ``guard.SuppressedRules`` may answer it.
    answers: tuple[str, ...] = field(default=(), compare=False, repr=False)

    def __str__(self) -> str:
        """One line for a terminal."""
        return f"{self.level} {self.rule} {self.where}: {self.message}"


def to_rows(found: Iterable[Finding]) -> list[Any]:
    """Findings as JSON."""
    return [astuple(finding) for finding in found]


def from_rows(rows: Any) -> list[Finding]:
    """Findings from JSON."""
    return [Finding(level, rule, where, text, tuple(answers)) for level, rule, where, text, answers in rows]


def unanswered(found: Iterable[Finding], template: Mapping[str, Any]) -> Iterator[Finding]:
    """What the template's Metadata does not answer; errors cannot be answered.

    Notes by cfn-lint's ``cfn-lint.config.ignore_checks``, of the template or of a resource, whichever engine they are
    of; rules of Guard and about policies by Guard's own ``guard.SuppressedRules``, of the template or of a resource.
    """
    everywhere = _ignored(template)
    for finding in found:
        resource = template.get("Resources", {}).get(finding.where, {})
        ignored = (*everywhere, *_ignored(resource)) if finding.level == "note" else ()
        suppressed = [rule for owner in (template, resource) for rule in _suppressed(owner)]
        answered = any(name in suppressed for name in finding.answers)
        # As cfn-lint does: "I9" stands for all that begin so, but "W" for none of the rules that are named by words.
        numbered = re.match(r"[A-Z]{1,2}\d", finding.rule)
        noted = finding.rule.startswith(ignored) if numbered else finding.rule in ignored
        if finding.level == "error" or not (noted or answered):
            yield finding


def _ignored(owner: Mapping[str, Any]) -> tuple[str, ...]:
    config = metadata_of(owner, "cfn-lint").get("config")
    checks = config.get("ignore_checks") if isinstance(config, Mapping) else None
    return tuple(str(check) for check in checks if check) if isinstance(checks, list) else ()


def _suppressed(owner: Any) -> list[Any]:
    rules = metadata_of(owner, "guard").get("SuppressedRules")
    return rules if isinstance(rules, list) else []


def metadata_of(owner: Any, tool: str) -> Mapping[str, Any]:
    """What a tool is told in the Metadata of a template or of a resource."""
    metadata = owner.get("Metadata") if isinstance(owner, Mapping) else None
    found = metadata.get(tool) if isinstance(metadata, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def joined(one: Any, other: Any) -> Any:
    """Two values of Metadata as one: maps and lists of both, otherwise the other."""
    if isinstance(one, dict) and isinstance(other, dict):
        return {**one, **{name: joined(one.get(name, item), item) for name, item in other.items()}}
    if isinstance(one, list) and isinstance(other, list):
        return [*one, *(item for item in other if item not in one)]
    return other


def without(one: Any, other: Any) -> Any:
    """What is left of a value of Metadata if all that is the same in the other goes; None for nothing."""
    if isinstance(one, dict) and isinstance(other, dict):
        kept = {name: without(item, other[name]) if name in other else item for name, item in one.items()}
        return {name: item for name, item in kept.items() if item is not None} or None
    if isinstance(one, list) and isinstance(other, list):
        return [item for item in one if item not in other] or None
    return None if one == other else one


def tool_of(rule: str) -> str:
    """Which tool calls a rule so."""
    patterns = {
        "checkov": "CKV",
        "cfn-lint": r"[A-Z]{1,2}\d{4}$",
        "Control Tower": r"CT\.",
        "cdk_nag": "[A-Za-z0-9.]+-",
    }
    return next((tool for tool, pattern in patterns.items() if re.match(pattern, rule)), "guard")


def answer(metadata: dict[str, Any], tool: str, rule: str, reason: str) -> None:
    """Add a rule to Metadata in the tool's own format; where that has no place for a reason, beside it."""
    match tool:
        case "cdk_nag":
            name, _, finding = rule.partition("[")
            applies = {"applies_to": [finding[:-1]]} if finding else {}
            rules = metadata.setdefault(tool, {"rules_to_suppress": []})["rules_to_suppress"]
            rules.append({**applies, "id": name, "reason": reason})
        case "checkov":
            metadata.setdefault(tool, {"skip": []})["skip"].append({"comment": reason, "id": rule})
        case "cfn-lint":
            found = metadata.setdefault(tool, {"config": {"ignore_checks": []}, "reasons": {}})
            found["config"]["ignore_checks"].append(rule)
            found["reasons"][rule] = reason
        case "Control Tower":
            found = metadata.setdefault("guard", {"SuppressedRules": []})
            found["SuppressedRules"].append(rule)
            found.setdefault("reasons", {})[rule] = reason
        case _ if rule not in (suppressed := metadata.setdefault("guard", {"SuppressedRules": []})["SuppressedRules"]):
            suppressed.append(rule)
            # Where another tool is told the same at the same resource, the reason stands there.
            if reason not in json.dumps(metadata):
                metadata["guard"].setdefault("reasons", {})[rule] = reason
