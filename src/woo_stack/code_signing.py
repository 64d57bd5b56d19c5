"""Code that somebody signed: Lambda deploys nothing else to the functions that ask for it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from troposphere import AWSObject, Ref, awslambda

from woo_stack.component import Component, Value, given


@dataclass(frozen=True, eq=False)
class CodeSigning(Component):
    """Lambda refuses code without a valid signature of one of these profiles: ``Function(code_signing=….arn)``.

    The zip is signed by AWS Signer before it is deployed, and lies in a bucket
    (https://docs.aws.amazon.com/lambda/latest/dg/configuration-codesigning.html). The type is not in every region.
    """

    #: The ARNs of 1 to 20 versions of signing profiles of AWS Signer.
    profile_version_arns: Sequence[Value]
    description: str = ""

    def check(self) -> None:
        """Refuse what CreateCodeSigningConfig would refuse."""
        arns = self.profile_version_arns
        if not isinstance(arns, list | tuple) or not 1 <= len(arns) <= 20:
            self.refuse("profile_version_arns", arns, "a list of 1 to 20 ARNs")
        for arn in arns:
            if isinstance(arn, str) and not re.fullmatch(
                r"arn:[^:]+:signer:[^:]+:\d{12}:/signing-profiles/\w+/\w+", arn
            ):
                allowed = "ARNs, as 'arn:aws:signer:eu-west-1:111111111111:/signing-profiles/Shop/a1b2c3d4e5'"
                self.refuse("profile_version_arns", arn, allowed)
        if not isinstance(self.description, str) or len(self.description) > 256:
            self.refuse("description", self.description, "at most 256 characters")

    @property
    def arn(self) -> Value:
        """The configuration's ARN, as `Function.code_signing` takes it."""
        return Ref(self.config)

    @cached_property
    def config(self) -> awslambda.CodeSigningConfig:
        """The configuration, which enforces; the other choice of AWS only warns."""
        return awslambda.CodeSigningConfig(
            self.id("Config"),
            AllowedPublishers=awslambda.AllowedPublishers(SigningProfileVersionArns=list(self.profile_version_arns)),
            CodeSigningPolicies=awslambda.CodeSigningPolicies(UntrustedArtifactOnDeployment="Enforce"),
            **given(Description=self.description),
        )

    def resources(self) -> Iterator[AWSObject]:
        """The configuration."""
        yield self.config
