"""One customer-managed KMS key for everything that a stack stores."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from awacs import kms as actions
from awacs.aws import Allow, Condition, Statement, StringLike
from troposphere import AWSObject, GetAtt, Ref, Sub, Tags, kms

from woo_stack.component import Component, Value, given

#: What a `Function` with a key may use it through: where it keeps its environment, and what this library lets it read,
#: write, send to and publish to.
STORES = ("dynamodb", "lambda", "s3", "secretsmanager", "sns", "sqs")


@dataclass(frozen=True, eq=False)
class EncryptionKey(Component):
    """A rotated key that this account's IAM governs and that CloudWatch Logs and alarms may use.

    Its policy follows https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html and
    https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html#compatibility-with-aws-services. A retained
    table or log group stays readable because the key is retained with it.

    The account's statement is the one that KMS writes by itself. Without it no policy of IAM says anything of the key,
    those of the functions neither, and a key that its own policy lets nobody administer is lost
    (https://docs.aws.amazon.com/kms/latest/developerguide/key-policy-default.html).
    """

    #: How often AWS makes new key material: 90 to 2560 days.
    rotation_days: int = 365

    def check(self) -> None:
        """Refuse a rotation period that KMS does not know."""
        self.within("rotation_days", 90, 2560, unit="days")

    @property
    def arn(self) -> Value:
        """The ARN, as every component's `kms_key` takes it."""
        return GetAtt(self.key, "Arn")

    @cached_property
    def key(self) -> kms.Key:
        """The key itself."""
        return kms.Key(
            self.id("Key"),
            Description=Sub(f"{self.title} of ${{AWS::StackName}}"),
            EnableKeyRotation=True,
            RotationPeriodInDays=self.rotation_days,
            KeyPolicy={"Version": "2012-10-17", "Statement": list(self._policy())},
            # By it the role that CloudFormation works with is allowed this key and no other one of the account.
            Tags=Tags(**{"woo-stack": Ref("AWS::StackName")}),
            DeletionPolicy="Retain",
            UpdateReplacePolicy="Retain",
        )

    def resources(self) -> Iterator[AWSObject]:
        """The key."""
        yield self.key

    def _policy(self) -> Iterator[dict[str, Any]]:
        account = Sub("arn:${AWS::Partition}:iam::${AWS::AccountId}:root")
        yield _statement("Account", {"AWS": account}, "kms:*")
        yield _statement(
            "Logs",
            {"Service": Sub("logs.${AWS::Region}.${AWS::URLSuffix}")},
            # AWS lists kms:Describe* too, which has no encryption context and so never meets this condition.
            ["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
            {"StringLike": {"kms:EncryptionContext:aws:logs:arn": Sub(
                "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:*")}},
        )  # fmt: skip
        yield _statement(
            "Alarms",
            {"Service": "cloudwatch.amazonaws.com"},
            ["kms:Decrypt", "kms:GenerateDataKey"],
            {"StringEquals": {"aws:SourceAccount": Ref("AWS::AccountId")}},
        )
        # A grant outlives the policy that allowed it, so only AWS services may create one.
        deny = {"kms:GrantIsForAWSResource": "false", "aws:PrincipalIsAWSService": "false"}
        yield _statement("Grants", {"AWS": "*"}, "kms:CreateGrant", {"BoolIfExists": deny}, effect="Deny")


def allow_key(arn: Value, *services: str) -> Statement:
    """What a reader and writer of encrypted data needs of the key, beside its right to the table or secret.

    With `services`, as ``dynamodb``, only requests that these make for it, and none that it makes to KMS itself. A
    `Function` with the same `kms_key` has it already, through `STORES`.

    Tables and secrets are decrypted, queues and topics ask for a data key too:
    https://docs.aws.amazon.com/kms/latest/developerguide/services-dynamodb.html#dynamodb-authz and
    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
    """
    # The region of a service is its key's, and the domain is not the same in all partitions:
    # https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
    through = Condition(StringLike("kms:ViaService", [f"{service}.*" for service in services])) if services else None
    use = [actions.Decrypt, actions.GenerateDataKey]
    return Statement(Effect=Allow, Action=use, Resource=[arn], **given(Condition=through))


def _statement(
    sid: str, principal: dict[str, Any], action: Any, condition: Any = None, *, effect: str = "Allow"
) -> dict[str, Any]:
    # In a key policy the resource "*" is the key itself.
    statement = {"Action": action, "Effect": effect, "Principal": principal, "Resource": "*", "Sid": sid}
    return {**({"Condition": condition} if condition else {}), **statement}
