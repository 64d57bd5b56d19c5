"""Findings, and by which Metadata a template answers them."""

from typing import Any

import pytest

from woo_stack.finding import Finding, joined, unanswered, without

Json = dict[str, Any]
NOTE = Finding("note", "I9040", "Topic", "no tags")
RULE = Finding("warning", "WOO_KEY_ROTATES", "Topic", "no rotation", ("WOO_KEY_ROTATES", "CT.KMS.PR.1"))
WARNING = Finding("warning", "W2001", "Topic", "no use")
ERROR = Finding("error", "E3002", "Topic", "no property", ("E3002",))


def ignored(*checks: Any) -> Json:
    return {"cfn-lint": {"config": {"ignore_checks": list(checks)}}}


def suppressed(*rules: str) -> Json:
    return {"guard": {"SuppressedRules": list(rules)}}


def left(metadata: Json | None, *, of: str, **resources: Json) -> list[str]:
    owner = {"Metadata": metadata} if metadata is not None else {}
    content: Json = {"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}, **resources}}
    content = {**content, **owner} if of == "template" else {"Resources": {"Topic": {"Type": "x", **owner}}}
    return [finding.rule for finding in unanswered([NOTE, RULE, WARNING, ERROR], content)]


@pytest.mark.parametrize("of", ["template", "resource"])
@pytest.mark.parametrize(
    ("metadata", "gone"),
    [
        (None, set()),
        (ignored("I9040"), {"I9040"}),
        (ignored("I9"), {"I9040"}),
        (ignored("W2001", "E3002", "WOO_KEY_ROTATES", ""), set()),
        (suppressed("WOO_KEY_ROTATES"), {"WOO_KEY_ROTATES"}),
        (suppressed("CT.KMS.PR.1"), {"WOO_KEY_ROTATES"}),
        (suppressed("WOO_KEY", "I9040", "W2001", "E3002"), set()),
        ({"guard": {"SuppressedRules": None}}, set()),
        ({"guard": {"SuppressedRules": "WOO_KEY_ROTATES"}}, set()),
        ({"cfn-lint": None, "guard": []}, set()),
        ({"cfn-lint": {"config": {"ignore_checks": "I9040"}}}, set()),
    ],
)
def test_what_metadata_answers(of: str, metadata: Json | None, gone: set[str]) -> None:
    assert set(left(metadata, of=of)) == {"I9040", "WOO_KEY_ROTATES", "W2001", "E3002"} - gone


def test_a_resource_answers_for_itself_alone() -> None:
    content = {"Resources": {"Other": {"Metadata": ignored("I9040")}, "Topic": {}}}
    assert list(unanswered([NOTE], content)) == [NOTE]


def test_a_resource_suppresses_a_rule_for_itself_alone() -> None:
    content = {"Resources": {"Other": {"Metadata": suppressed("WOO_KEY_ROTATES")}, "Topic": {}}}
    assert list(unanswered([RULE], content)) == [RULE]


def test_names_of_answers_do_not_tell_findings_apart() -> None:
    assert Finding("note", "X", "Y", "z", ("a",)) == Finding("note", "X", "Y", "z")


@pytest.mark.parametrize("rule", ["WOO13", "WOO_TABLE_IS_RECOVERABLE"])
def test_a_prefix_is_of_no_rule_that_is_named_by_words(rule: str) -> None:
    note = Finding("note", rule, "Topic", "x")
    for check, left_over in (("W", [note]), ("WOO", [note]), (rule[:-1], [note]), (rule, [])):
        assert list(unanswered([note], {"Metadata": ignored(check), "Resources": {"Topic": {}}})) == left_over


def test_metadata_is_joined_and_taken_apart() -> None:
    yours, ours = {"a": {"list": ["x"]}, "b": 1}, {"a": {"list": ["y"], "why": {"y": "z"}}}
    both = joined(yours, ours)
    assert both == {"a": {"list": ["x", "y"], "why": {"y": "z"}}, "b": 1}
    assert without(both, ours) == yours
    assert without(ours, ours) is None
