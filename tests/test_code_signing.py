"""Code signing: nothing unsigned is deployed."""

from typing import Any

import pytest
from troposphere import Ref

from woo_stack import SettingError
from woo_stack.code_signing import CodeSigning

PROFILE = "arn:aws:signer:eu-west-1:111111111111:/signing-profiles/Shop/a1b2c3d4e5"
OTHER = "arn:aws:signer:eu-west-1:222222222222:/signing-profiles/Team/f1b2c3d4e5"


def test_what_the_profiles_did_not_sign_is_refused_and_not_only_warned_of(properties: Any) -> None:
    signing = CodeSigning("Signed", [PROFILE, OTHER, Ref("Third")], description="Releases")
    assert properties(signing, "AWS::Lambda::CodeSigningConfig") == {
        "AllowedPublishers": {"SigningProfileVersionArns": [PROFILE, OTHER, {"Ref": "Third"}]},
        "CodeSigningPolicies": {"UntrustedArtifactOnDeployment": "Enforce"},
        "Description": "Releases",
    }


@pytest.mark.parametrize(
    ("field", "value", "allowed"),
    [
        ("profile_version_arns", [], "a list of 1 to 20 ARNs"),
        ("profile_version_arns", PROFILE, "a list of 1 to 20 ARNs"),
        ("profile_version_arns", [PROFILE] * 21, "a list of 1 to 20 ARNs"),
        ("profile_version_arns", [PROFILE, "Shop"], "ARNs, as 'arn:aws:signer:"),
        ("profile_version_arns", [PROFILE.rpartition("/")[0]], "ARNs, as 'arn:aws:signer:"),
        ("description", "d" * 257, "at most 256 characters"),
    ],
)
def test_what_lambda_would_refuse_is_refused(field: str, value: Any, allowed: str) -> None:
    with pytest.raises(SettingError) as refused:
        CodeSigning("Signed", **{"profile_version_arns": [PROFILE], field: value})
    assert f"CodeSigning 'Signed': {field} is " in str(refused.value)
    assert f", allowed: {allowed}" in str(refused.value)
