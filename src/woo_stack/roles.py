"""Who may assume a role: one AWS service, if need be on behalf of this account alone; and how far a role may go."""

import re

from awacs.aws import Allow, Condition, PolicyDocument, Principal, Statement, StringEquals
from awacs.sts import AssumeRole
from troposphere import Ref, Template, iam

from woo_stack.checked import SettingError
from woo_stack.component import Value, given, resolved


def assumed_by(service: str, *, for_this_account: bool = False) -> PolicyDocument:
    """The trust policy of a role for a service, as ``lambda``.

    Services that act for any account's resources ask for `for_this_account`
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html).
    """
    account = Condition([StringEquals("aws:SourceAccount", Ref("AWS::AccountId"))]) if for_this_account else None
    trust = Statement(
        Effect=Allow,
        Action=[AssumeRole],
        Principal=Principal("Service", [f"{service}.amazonaws.com"]),
        **given(Condition=account),
    )
    return PolicyDocument(Version="2012-10-17", Statement=[trust])


def bounded(template: Template, boundary: Value) -> None:
    """Give every role of a template that has no permissions boundary this one, the ARN of a managed policy.

    Call it when all resources are there. Whatever its own policies say, a role then may do only what the boundary
    allows as well, so a policy that lets nobody make roles without it lets nobody make a role that may do more
    (https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_boundaries.html). Raises SettingError.
    """
    if isinstance(boundary, str) and not re.fullmatch(r"arn:[^:]+:iam::(aws|\d{12}):policy/[\w+=,.@/-]+", boundary):
        allowed = "the ARN of a managed policy, as 'arn:aws:iam::111111111111:policy/Boundary'"
        raise SettingError(f"boundary is {boundary!r}, allowed: {allowed}")
    for resource in template.resources.values():
        if isinstance(resource, iam.Role) and "PermissionsBoundary" not in resource.properties:
            resource.PermissionsBoundary = resolved(boundary)
