"""A role that a pipeline elsewhere assumes without any key: it shows a token that GitHub or GitLab signed."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

from troposphere import AWSHelperFn, AWSObject, GetAtt, If, Parameter, Ref, iam

from woo_stack.component import Component, Value, given
from woo_stack.execution import PATH


@dataclass(frozen=True)
class Issuer:
    """Who signs the tokens: the host, and the audience that its tokens for AWS name."""

    host: str
    audience: str


@dataclass(frozen=True, eq=False)
class DeployRole(Component):
    """A role for subjects of one issuer's tokens, which are compared letter by letter.

    An account has one OIDC provider a host: where it has none yet the component makes it, and it stays when the stack
    goes, because other roles may trust it by then. Neither needs a thumbprint: AWS checks both hosts' certificates by
    its own list of authorities
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc_verify-thumbprint.html).
    """

    #: https://docs.github.com/en/actions/reference/security/oidc and
    #: https://docs.gitlab.com/ci/cloud_services/aws/; GitLab's job names the audience itself (`id_tokens: aud:`).
    ISSUERS: ClassVar[Mapping[str, Issuer]] = {
        "github": Issuer("token.actions.githubusercontent.com", "sts.amazonaws.com"),
        "gitlab": Issuer("gitlab.com", "https://gitlab.com"),
    }

    #: ``github`` or ``gitlab``. A server of your own has a name of its own, which a template cannot take from a
    #: parameter: the keys of a policy's conditions begin with it.
    issuer: str
    #: Whose tokens are good, as ``repo:OWNER/REPO:environment:prod`` of GitHub, which protects environments (of newer
    #: repositories ``repo:OWNER@ID/REPO@ID:environment:prod``), or
    #: ``project_path:GROUP/PROJECT:ref_type:branch:ref:main`` of GitLab, which protects branches; or a parameter that
    #: is a list of them.
    subjects: Sequence[Value] | AWSHelperFn | Parameter
    #: ARNs of policies: what the pipeline may do.
    policies: Sequence[Value]
    #: The ARN of the account's provider, if it has one.
    provider_arn: Value | None = None
    #: A condition of the template for all of it, and one for the provider, which `provider_arn` stands for otherwise.
    condition: str | None = None
    provider_condition: str | None = None

    def check(self) -> None:
        """Refuse an issuer that is not known, and subjects that would be anybody's."""
        self.one_of("issuer", self.ISSUERS)
        for subject in () if isinstance(self.subjects, AWSHelperFn) else self.subjects or ("",):
            if isinstance(subject, str) and ("*" in subject or ":" not in subject):
                self.refuse("subjects", self.subjects, "a list as ['repo:OWNER/REPO:environment:prod'], without '*'")
        if self.provider_condition and self.provider_arn is None:
            self.refuse("provider_condition", self.provider_condition, "None without a provider_arn to take instead")

    @property
    def arn(self) -> Value:
        """The role's ARN."""
        return GetAtt(self.role, "Arn")

    @cached_property
    def provider(self) -> iam.OIDCProvider | None:
        """The account's trust in the issuer, unless it is there."""
        if self.provider_arn is not None and self.provider_condition is None:
            return None
        issuer = self.ISSUERS[self.issuer]
        return iam.OIDCProvider(
            self.id("Provider"),
            ClientIdList=[issuer.audience],
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
            Url=f"https://{issuer.host}",
            **given(Condition=self.provider_condition or self.condition),
        )

    @cached_property
    def role(self) -> iam.Role:
        """The role; its path keeps it out of reach of the execution role."""
        return iam.Role(
            self.id("Role"),
            AssumeRolePolicyDocument={"Statement": [self._trust], "Version": "2012-10-17"},
            ManagedPolicyArns=list(self.policies),
            Path=PATH,
            **given(Condition=self.condition),
        )

    def resources(self) -> Iterator[AWSObject]:
        """Provider, if it is made, and role."""
        yield from (part for part in (self.provider, self.role) if part)

    @property
    def _trust(self) -> dict[str, Any]:
        issuer, provider = self.ISSUERS[self.issuer], self.provider_arn
        if self.provider:
            made = Ref(self.provider)
            provider = If(self.provider_condition, made, provider) if self.provider_condition else made
        same = {f"{issuer.host}:aud": issuer.audience, f"{issuer.host}:sub": self.subjects}
        return {
            "Action": "sts:AssumeRoleWithWebIdentity",
            "Condition": {"StringEquals": same},
            "Effect": "Allow",
            "Principal": {"Federated": provider},
        }
