"""cfn-lint, whose time goes by resources: what stands in several templates, or in several builds, is judged once."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from typing import Any

from woo_stack.finding import Finding, metadata_of
from woo_stack.garbage import for_good, uncollected

Json = dict[str, Any]
#: A part of a template: its section and its name.
Part = tuple[str, str]
#: The parts that each part mentions.
Mentions = Mapping[Part, list[Part]]

#: Sections whose parts have a verdict each, and those whose parts these mention beside each other.
JUDGED = ("Resources", "Outputs")
MENTIONED = ("Parameters", "Mappings", "Conditions")
#: With other sections a template is judged as a whole: macros and rules may make anything of anything.
KNOWN = {"AWSTemplateFormatVersion", "Description", "Metadata", *JUDGED, *MENTIONED}
#: And with these services, where cfn-lint compares what one resource says with what another does (E3049, E3059, E3673
#: and the like). Of everything else that a resource refers to it looks at type and condition.
COMPARED = ("AWS::EC2::", "AWS::ECS::", "AWS::ElastiCache::", "AWS::CloudFormation::Stack", "AWS::Logs::Subscription")

_LEVELS = {"error": "error", "warning": "warning", "informational": "note"}
_WORD = re.compile(r"\w+")


class CfnLint:
    """cfn-lint for one template after another.

    A resource or output in which nothing was found is not judged again where it stands once more, beside the same
    parameters, mappings and conditions and resources of the same types: with the shop's four templates that saves a
    third of the time. Circles, unused parts and everything else that concerns a whole template AWS's engine judges.
    """

    def __init__(self, clean: Iterable[str] = ()) -> None:
        """Nothing has been judged, but for what `clean` told in an earlier process, with this version of cfn-lint."""
        self._clean = {*clean}
        self._parts: list[str] = []

    def findings(self, template: Json) -> list[Finding]:
        """What cfn-lint says of a template."""
        mentions, digests = _digests(template)
        self._parts = [*digests.values()]
        fresh = {part for part, digest in digests.items() if digest not in self._clean}
        if len(fresh) < len(digests):
            parts = _run(_reduced(template, mentions, fresh))
            if not any(section not in JUDGED or (section, name) in fresh for (section, name), _ in parts):
                self._clean |= {digests[part] for part in fresh}
                return []
        # Also where a part has a finding: what it is, the template as a whole tells best.
        found = [finding for _, finding in _run(template)]
        if not found:
            self._clean |= {*digests.values()}
        return found

    def clean(self) -> list[str]:
        """What tells the parts of the last template in which nothing was found from all others."""
        return sorted(self._clean.intersection(self._parts))


def _run(template: Json) -> Iterator[tuple[Part, Finding]]:
    # cfn-lint's heap lives until the process ends.
    with uncollected():
        for match in _runner().validate_template(template):
            section, where = ([str(part) for part in getattr(match, "path", None) or ()] + ["", ""])[:2]
            where = where or "template"
            yield (section, where), Finding(_LEVELS[match.rule.severity], match.rule.id, where, match.message)


@cache
def _runner() -> Any:
    from cfnlint.config import ConfigMixIn  # noqa: PLC0415 - 0.5 s
    from cfnlint.runner import Runner  # noqa: PLC0415 - 0.5 s

    runner = Runner(ConfigMixIn(regions=["us-east-1"], include_checks=["I"]))
    for_good()
    return runner


def _is_separable(template: Json) -> bool:
    sections = [template.get(section, {}) for section in (*JUDGED, *MENTIONED)]
    parts = [part for section in sections if isinstance(section, dict) for part in section.values()]
    types = [str(resource.get("Type")) for resource in parts if isinstance(resource, dict)]
    return (
        template.keys() <= KNOWN
        and all(isinstance(one, dict) for one in (*sections, *parts))
        and not any(kind.startswith(COMPARED) for kind in types)
    )


def _mentions(template: Json) -> Mentions:
    """What each resource and output mentions, with what the mentioned parameters, mappings and conditions mention.

    Any word that is a name counts, whatever it stands for: too many make a part judged again, no more.
    """
    parts = [(section, name) for section in (*JUDGED, *MENTIONED) for name in template.get(section, {})]
    named = {name: (section, name) for section, name in parts if section != "Outputs"}
    words = {(section, name): _WORD.findall(json.dumps(template[section][name])) for section, name in parts}
    direct = {part: {named[word]: None for word in found if word in named} for part, found in words.items()}
    found = {part: [*direct[part]] for part in parts if part[0] in JUDGED}
    for mentioned in found.values():
        for near in mentioned:
            if near[0] in MENTIONED:
                mentioned += [further for further in direct[near] if further not in mentioned]
    return found


def _digests(template: Json) -> tuple[Mentions, dict[Part, str]]:
    """What each part mentions, and what tells it from every other; nothing of a template that is judged as a whole."""
    mentions = _mentions(template) if _is_separable(template) else {}
    return mentions, {part: _digest(template, part, mentions[part]) for part in mentions}


def _digest(template: Json, part: Part, mentioned: list[Part]) -> str:
    beside = sorted([*near, _as_seen(template, near)] for near in mentioned if near != part)
    # What the template answers for all of its resources.
    answers = metadata_of(template, "cfn-lint").get("config")
    text = json.dumps([part[0], template[part[0]][part[1]], beside, answers], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _as_seen(template: Json, part: Part) -> Json:
    """What is seen of a part that another refers to."""
    section, name = part
    whole: Json = template[section][name]
    return {key: whole[key] for key in ("Condition", "Type") if key in whole} if section == "Resources" else whole


def _reduced(template: Json, mentions: Mentions, fresh: set[Part]) -> Json:
    """The template with the fresh parts, what is seen of the resources beside them, and a stand-in for all others.

    The stand-in mentions what those mention, so that nothing seems to be unused.
    """
    beside = {near for part in fresh for near in mentions[part] if near[0] == "Resources"} - fresh
    sections = {
        section: {name: template[section][name] for one, name in sorted(fresh) if one == section} for section in JUDGED
    }
    sections["Resources"] |= {name: _as_seen(template, (section, name)) for section, name in sorted(beside)}
    uses = {near: None for part, mentioned in mentions.items() if part not in fresh for near in mentioned}
    sections["Resources"]["JudgedBefore"] = {
        "Type": "AWS::CloudFormation::WaitConditionHandle",
        "Metadata": {"Mentions": [_use(template, *near) for near in uses if near[0] in MENTIONED]},
    }
    rest = {section: part for section, part in template.items() if section not in JUDGED}
    return rest | {section: parts for section, parts in sections.items() if parts}


def _use(template: Json, section: str, name: str) -> Json:
    """The shortest that mentions a parameter, a condition or a mapping."""
    if section == "Mappings":
        first = next(iter(template[section][name]), "")
        return {"Fn::FindInMap": [name, first, next(iter(template[section][name].get(first, {})), "")]}
    return {"Ref": name} if section == "Parameters" else {"Fn::If": [name, "", ""]}
