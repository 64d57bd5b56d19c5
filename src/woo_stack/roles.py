"""Who may assume a role: one AWS service, if need be on behalf of this account alone."""

from awacs.aws import Allow, Condition, PolicyDocument, Principal, Statement, StringEquals
from awacs.sts import AssumeRole
from troposphere import Ref

from woo_stack.component import given


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
