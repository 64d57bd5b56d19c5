"""The suppressions in a template's Metadata, as each judge writes and reads its own."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any, NamedTuple

Json = dict[str, Any]

#: The Metadata of each tool that suppressions are in.
TOOLS = ("cdk_nag", "cfn-lint", "checkov", "guard")


class Suppression(NamedTuple):
    """A rule that a template answers, on one resource or, where that is empty, on all of them."""

    rule: str
    where: str

    def covers(self, rule: str, where: str) -> bool:
        """Whether it answers this finding; without ``[...]`` it answers a rule whatever it found there.

        Some rules of Guard do not tell where they found something.
        """
        return (self.where in ("", where) or not where) and self.rule in (rule, rule.partition("[")[0])


def without(template: Json) -> Json:
    """The template without any suppression."""
    bare = deepcopy(template)
    for part in (bare, *bare["Resources"].values()):
        for tool in TOOLS:
            part.get("Metadata", {}).pop(tool, None)
    return bare


def cdk_nag(template: Json) -> Iterator[Suppression]:
    """Version 2 reads and version 3 writes them; 2 names a part of the findings beside the rule, 3 in its id."""
    for where, metadata in _parts(template):
        for one in metadata.get("cdk_nag", {}).get("rules_to_suppress", ()):
            for part in one.get("applies_to", [""]):
                yield Suppression(f"{one['id']}[{part}]" if part else one["id"], where)


def cfn_lint(template: Json) -> Iterator[Suppression]:
    """Of the template and of each resource."""
    for where, metadata in _parts(template):
        for rule in metadata.get("cfn-lint", {}).get("config", {}).get("ignore_checks", ()):
            yield Suppression(rule, where)


def checkov(template: Json) -> Iterator[Suppression]:
    """Of resources only: it does not look into the template's own Metadata."""
    for where, metadata in _parts(template):
        for one in metadata.get("checkov", {}).get("skip", ()):
            yield Suppression(one["id"], where)


def control_tower(template: Json) -> Iterator[Suppression]:
    """Its rules read none, so they stand where those of the registry read theirs."""
    return (one for one in _guard(template) if one.rule.startswith("CT."))


def guard_registry(template: Json) -> Iterator[Suppression]:
    """Of resources only."""
    return (one for one in _guard(template) if not one.rule.startswith("CT."))


def reasons(template: Json) -> Iterator[tuple[str, str]]:
    """Every suppression that a tool wants a reason with, and the reason."""
    for _, metadata in _parts(template):
        for one in metadata.get("cdk_nag", {}).get("rules_to_suppress", ()):
            yield one["id"], one.get("reason", "")
        for one in metadata.get("checkov", {}).get("skip", ()):
            yield one["id"], one.get("comment", "")


def _guard(template: Json) -> Iterator[Suppression]:
    for where, metadata in _parts(template):
        for rule in metadata.get("guard", {}).get("SuppressedRules", ()):
            yield Suppression(rule, where)


def _parts(template: Json) -> Iterator[tuple[str, Json]]:
    yield "", template.get("Metadata", {})
    for name, resource in template["Resources"].items():
        yield name, resource.get("Metadata", {})
