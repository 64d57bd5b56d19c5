"""The topic that alarms call, and the person behind it."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from troposphere import AWSObject, Ref, sns

from woo_stack.component import Component, Value, given


@dataclass(frozen=True, eq=False)
class Pager(Component):
    """An SNS topic to which only CloudWatch of this account publishes, and only over TLS."""

    #: Who is written to; SNS asks that address for confirmation first.
    email: Value | None = None
    #: A condition of the template for the subscription, as "the address is not empty".
    condition: str | None = None
    #: AWS's own alias cannot be used by alarms: https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger
    kms_key: Value | None = None

    @property
    def arn(self) -> Value:
        """The topic's ARN, as an alarm's action takes it."""
        return Ref(self.topic)

    @cached_property
    def topic(self) -> sns.Topic:
        """The topic."""
        return sns.Topic(self.id("Topic"), **given(KmsMasterKeyId=self.kms_key))

    @cached_property
    def policy(self) -> sns.TopicPolicy:
        """Who may publish."""
        publish = {"Action": "sns:Publish", "Resource": self.arn}
        alarms = {
            **publish,
            "Condition": {"StringEquals": {"aws:SourceAccount": Ref("AWS::AccountId")}},
            "Effect": "Allow",
            "Principal": {"Service": "cloudwatch.amazonaws.com"},
            "Sid": "Alarms",
        }
        plain = {
            **publish,
            "Condition": {"Bool": {"aws:SecureTransport": "false"}},
            "Effect": "Deny",
            "Principal": {"AWS": "*"},
            "Sid": "Tls",
        }
        document = {"Version": "2012-10-17", "Statement": [alarms, plain]}
        return sns.TopicPolicy(self.id("TopicPolicy"), PolicyDocument=document, Topics=[self.arn])

    @cached_property
    def subscription(self) -> sns.SubscriptionResource:
        """The address as subscriber."""
        return sns.SubscriptionResource(
            self.id("Email"),
            Endpoint=self.email,
            Protocol="email",
            TopicArn=self.arn,
            **given(Condition=self.condition),
        )

    def resources(self) -> Iterator[AWSObject]:
        """Topic, policy and, with an address, subscription."""
        yield from (self.topic, self.policy)
        if self.email:
            yield self.subscription
