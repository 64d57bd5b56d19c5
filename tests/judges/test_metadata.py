"""The suppressions in a template's Metadata are read as the judges read them."""

from collections.abc import Callable, Iterable

import pytest
from tests.judges import metadata
from tests.judges.metadata import Json, Suppression

TEMPLATE: Json = {
    "Metadata": {
        "cdk_nag": {"rules_to_suppress": [{"id": "A-COG4", "reason": "any authorizer"}]},
        "cfn-lint": {"config": {"ignore_checks": ["WS1004"]}},
        "guard": {"SuppressedRules": ["CT.LAMBDA.PR.2"]},
        "kept": {},
    },
    "Resources": {
        "Policy": {
            "Metadata": {
                "cdk_nag": {
                    "rules_to_suppress": [
                        {"id": "A-IAM5", "reason": "X-Ray has none", "applies_to": ["Resource::*", "Action::x:*"]},
                        {"id": "A-IAM4[Policy::p]", "reason": "AWS says so"},
                    ]
                },
                "cfn-lint": {"config": {"ignore_checks": ["ES1001"]}},
                "checkov": {"skip": [{"id": "CKV_1", "comment": "not here"}]},
                "guard": {"SuppressedRules": ["STAR"]},
            }
        },
        "Plain": {},
    },
}


@pytest.mark.parametrize(
    ("read", "named"),
    [
        (
            metadata.cdk_nag,
            [("A-COG4", ""), ("A-IAM5[Resource::*]", "Policy"), ("A-IAM5[Action::x:*]", "Policy"),
             ("A-IAM4[Policy::p]", "Policy")],
        ),
        (metadata.cfn_lint, [("WS1004", ""), ("ES1001", "Policy")]),
        (metadata.checkov, [("CKV_1", "Policy")]),
        (metadata.control_tower, [("CT.LAMBDA.PR.2", "")]),
        (metadata.guard_registry, [("STAR", "Policy")]),
        (metadata.reasons, [("A-COG4", "any authorizer"), ("A-IAM5", "X-Ray has none"),
                            ("A-IAM4[Policy::p]", "AWS says so"), ("CKV_1", "not here")]),
    ],
)  # fmt: skip
def test_each_tool_has_its_own_format(
    read: Callable[[Json], Iterable[tuple[str, str]]], named: list[tuple[str, str]]
) -> None:
    assert [tuple(one) for one in read(TEMPLATE)] == named


def test_without_them_all_else_stays() -> None:
    bare = metadata.without(TEMPLATE)
    assert bare["Metadata"] == {"kept": {}}
    assert bare["Resources"] == {"Policy": {"Metadata": {}}, "Plain": {}}
    assert "cdk_nag" in TEMPLATE["Metadata"]


@pytest.mark.parametrize(
    ("rule", "where", "finding", "covered"),
    [
        ("IAM5", "Policy", ("IAM5[Resource::*]", "Policy"), True),
        ("IAM5[Resource::*]", "Policy", ("IAM5[Resource::*]", "Policy"), True),
        ("IAM5[Resource::*]", "Policy", ("IAM5[Action::s3:*]", "Policy"), False),
        ("IAM5", "Policy", ("IAM5", "Other"), False),
        ("IAM5", "", ("IAM5", "Other"), True),
        ("IAM5", "Policy", ("IAM5", ""), True),
        ("IAM", "Policy", ("IAM5", "Policy"), False),
    ],
)
def test_a_suppression_covers_what_it_names(rule: str, where: str, finding: tuple[str, str], covered: bool) -> None:
    assert Suppression(rule, where).covers(*finding) is covered
