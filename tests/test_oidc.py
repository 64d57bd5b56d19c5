"""Roles that pipelines elsewhere assume by a signed token."""

from typing import Any

import pytest
from troposphere import Parameter, Template

from woo_stack import SettingError
from woo_stack.oidc import DeployRole

SUBJECT = "repo:acme/shop:environment:prod"
POLICY = "arn:aws:iam::111111111111:policy/deploy"
PROVIDER = "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"


def made(**settings: Any) -> dict[str, Any]:
    template = Template()
    shared = {"issuer": "github", "subjects": [SUBJECT], "policies": [POLICY]}
    DeployRole("Deploy", **{**shared, **settings}).add_to(template)
    resources: dict[str, Any] = template.to_dict()["Resources"]
    return resources


@pytest.mark.parametrize(
    ("issuer", "host", "audience"),
    [
        ("github", "token.actions.githubusercontent.com", "sts.amazonaws.com"),
        ("gitlab", "gitlab.com", "https://gitlab.com"),
    ],
)
def test_only_these_tokens_for_this_audience_are_good(issuer: str, host: str, audience: str) -> None:
    found = made(issuer=issuer)
    provider = found["DeployProvider"]
    # Without thumbprints: AWS checks the certificate itself.
    assert provider["Properties"] == {"ClientIdList": [audience], "Url": f"https://{host}"}
    assert (provider["DeletionPolicy"], provider["UpdateReplacePolicy"]) == ("Retain", "Retain")
    (trust,) = found["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust == {
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {f"{host}:aud": audience, f"{host}:sub": [SUBJECT]}},
        "Effect": "Allow",
        "Principal": {"Federated": {"Ref": "DeployProvider"}},
    }
    assert found["DeployRole"]["Properties"]["ManagedPolicyArns"] == [POLICY]


def federated(found: dict[str, Any]) -> Any:
    return found["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"][0]["Principal"]["Federated"]


def test_a_provider_that_is_there_is_taken() -> None:
    found = made(provider_arn=PROVIDER)
    assert set(found) == {"DeployRole"}
    assert federated(found) == PROVIDER


def test_which_of_the_two_may_be_a_condition() -> None:
    given = Parameter("Provider", Type="String")
    found = made(provider_arn=given, condition="Deploys", provider_condition="Makes")
    assert federated(found) == {"Fn::If": ["Makes", {"Ref": "DeployProvider"}, {"Ref": "Provider"}]}
    assert (found["DeployRole"]["Condition"], found["DeployProvider"]["Condition"]) == ("Deploys", "Makes")
    assert made(condition="Deploys")["DeployProvider"]["Condition"] == "Deploys"


def test_the_subjects_may_be_a_parameter() -> None:
    found = made(subjects=Parameter("Who", Type="CommaDelimitedList"))
    (trust,) = found["DeployRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Condition"]["StringEquals"]["token.actions.githubusercontent.com:sub"] == {"Ref": "Who"}


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"issuer": "bitbucket"}, "issuer is 'bitbucket', allowed: github, gitlab"),
        ({"subjects": ["repo:acme/*"]}, r"subjects is \['repo:acme/\*'\], allowed: a list as .*, without '\*'"),
        ({"subjects": ["acme"]}, "allowed: a list as"),
        ({"subjects": []}, r"subjects is \[\], allowed"),
        ({"provider_condition": "Makes"}, "allowed: None without a provider_arn"),
    ],
)
def test_what_would_be_anybodys_is_refused(settings: Any, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        made(**settings)
