"""Independent judges find nothing in what is published, but what an option satisfies or its Metadata answers."""

from collections.abc import Callable

import pytest
from tests.judges.judges import JUDGES, Finding
from tests.judges.metadata import Json, reasons
from tests.judges.options import ANSWERS, OPTIONS, Option

pytestmark = pytest.mark.soak

Found = Callable[[str], dict[str, list[Finding]]]

#: What is left to a choice, and the shops in which all of it is chosen.
OPTIONAL = frozenset[str]().union(*(one.rules for one in OPTIONS))
CHOSEN_ALL = ("everything", "http-everything")


def standing(judge: str, told: dict[str, list[Finding]], template: Json, name: str) -> list[Finding]:
    """What the template's Metadata does not answer."""
    named = () if JUDGES[judge].reads else list(JUDGES[judge].suppressions(template))
    return [finding for finding in told[name] if not any(one.covers(*finding) for one in named)]


def unanswered(judge: str, told: dict[str, list[Finding]], template: Json, name: str) -> list[str]:
    """What is answered neither there, nor by an option that the template does not have, nor among the `ANSWERS`."""
    return [
        f"{name}: {finding.rule} on {finding.where or 'it'}"
        for finding in standing(judge, told, template, name)
        if (name in CHOSEN_ALL or finding.rule not in OPTIONAL)
        and not any(one.covers(judge, finding) for one in ANSWERS)
    ]


@pytest.mark.parametrize("judge", JUDGES)
def test_nothing_is_found_in_what_is_published(judge: str, found: Found, published: dict[str, Json]) -> None:
    told = found(judge)
    left = [line for name, template in published.items() for line in unanswered(judge, told, template, name)]
    assert not left, "\n".join(left)


@pytest.mark.parametrize("judge", JUDGES)
def test_options_bring_no_findings_of_their_own(judge: str, found: Found, optional: dict[str, Json]) -> None:
    told = found(judge)
    left = [line for name, template in optional.items() for line in unanswered(judge, told, template, name)]
    assert not left, "\n".join(left)


@pytest.mark.parametrize("one", OPTIONS, ids=lambda one: one.name)
def test_an_option_satisfies_its_rules(
    one: Option, found: Found, published: dict[str, Json], optional: dict[str, Json]
) -> None:
    off, on = set[str](), set[Finding]()
    for judge in JUDGES:
        told = found(judge)
        off |= {finding.rule for name, each in published.items() for finding in standing(judge, told, each, name)}
        on |= {*standing(judge, told, optional[one.name], one.name)}
    assert one.rules - off == set()
    assert {finding for finding in on if finding.rule in one.rules} == set()


@pytest.mark.parametrize("judge", JUDGES)
def test_each_suppression_answers_something(judge: str, found: Found, published: dict[str, Json]) -> None:
    told = found(judge)
    # Of the registry's rules a part is here, and AWS's own engine has rules that cfn-lint has not.
    known = {base(finding.rule) for findings in told.values() for finding in findings}
    stale = [
        f"{name}: {one.rule} on {one.where or 'any'}"
        for name, template in published.items()
        for one in JUDGES[judge].suppressions(template)
        if base(one.rule) in known and not any(one.covers(*finding) for finding in told[f"bare-{name}"])
    ]
    assert not stale, "\n".join(stale)


@pytest.mark.parametrize("judge", JUDGES)
def test_a_judge_sees_what_is_suppressed(judge: str, found: Found, published: dict[str, Json]) -> None:
    told = found(judge)
    assert any(told[f"bare-{name}"] for name in published)


@pytest.mark.parametrize("judge", JUDGES)
def test_each_answer_answers_something(judge: str, found: Found) -> None:
    told = [finding for findings in found(judge).values() for finding in findings]
    stale = [one for one in ANSWERS if one.judge == judge and not any(one.covers(judge, finding) for finding in told)]
    assert stale == []


def test_each_suppression_has_a_reason(published: dict[str, Json]) -> None:
    told = [(name, *one) for name, template in published.items() for one in reasons(template)]
    assert [one for one in told if len(one[-1].split()) < 3] == []


def base(rule: str) -> str:
    """A rule without the part that was found."""
    return rule.partition("[")[0]
