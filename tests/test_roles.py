"""Roles: who assumes them, and the boundary that none of a template's goes beyond."""

from typing import Any

import pytest
from troposphere import ImportValue, Parameter, Ref, Template, iam

from woo_stack import ApiAccount, EventBus, SettingError
from woo_stack.roles import assumed_by, bounded

OWN = "arn:aws:iam::111111111111:policy/Own"


@pytest.mark.parametrize(
    ("boundary", "expected"),
    [
        ("arn:aws:iam::222222222222:policy/teams/Shop", "arn:aws:iam::222222222222:policy/teams/Shop"),
        ("arn:aws-cn:iam::aws:policy/PowerUserAccess", "arn:aws-cn:iam::aws:policy/PowerUserAccess"),
        (ImportValue("base-Boundary"), {"Fn::ImportValue": "base-Boundary"}),
        (Parameter("Boundary", Type="String"), {"Ref": "Boundary"}),
    ],
)
def test_every_role_gets_it_whoever_made_the_role(
    boundary: Any, expected: Any, new_function: Any, as_json: Any
) -> None:
    template = Template()
    new_function().add_to(template)
    EventBus("Changes", stream_arn="arn:x", detail_type="changed", detail={}).add_to(template)
    ApiAccount("ApiLogs", condition="Manages", api_id="Api").add_to(template)
    template.add_resource(iam.Role("Plain", AssumeRolePolicyDocument=assumed_by("states")))
    template.add_resource(iam.Role("Kept", AssumeRolePolicyDocument=assumed_by("ecs"), PermissionsBoundary=OWN))
    bounded(template, boundary)
    rendered = as_json(template)["Resources"]
    boundaries = {
        title: one["Properties"].get("PermissionsBoundary")
        for title, one in rendered.items()
        if one["Type"] == "AWS::IAM::Role"
    }
    assert boundaries.pop("Kept") == OWN
    assert boundaries == dict.fromkeys(("LookupRole", "ChangesRole", "ApiLogsRole", "Plain"), expected)
    others = [one for one in rendered.values() if one["Type"] != "AWS::IAM::Role"]
    assert "PermissionsBoundary" not in str(others)


@pytest.mark.parametrize(
    "boundary", ["Boundary", "arn:aws:iam::111111111111:role/Boundary", "arn:aws:iam::aws:policy/", ""]
)
def test_what_is_no_policy_is_refused(boundary: str) -> None:
    with pytest.raises(SettingError, match=rf"^boundary is '{boundary}', allowed: the ARN of a managed policy, as "):
        bounded(Template(), boundary)


@pytest.mark.parametrize(
    ("settings", "condition"),
    [({}, None), ({"for_this_account": True}, {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}})],
)
def test_one_service_assumes_a_role_for_this_account_if_asked(settings: Any, condition: Any, as_json: Any) -> None:
    (trust,) = as_json(assumed_by("pipes", **settings))["Statement"]
    assert trust["Principal"] == {"Service": ["pipes.amazonaws.com"]}
    assert trust["Action"] == ["sts:AssumeRole"]
    assert trust.get("Condition") == condition


def test_a_template_without_roles_stays_as_it_is(as_json: Any) -> None:
    template = Template()
    bounded(template, Ref("Boundary"))
    assert as_json(template) == {"Resources": {}}
