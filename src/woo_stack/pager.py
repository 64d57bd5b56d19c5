"""The topics that alarms call, and the people behind them."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from troposphere import AWSObject, Ref, sns

from woo_stack.component import Component, Value, given


@dataclass(frozen=True, eq=False)
class Pager(Component):
    """An SNS topic to which only CloudWatch of this account publishes, and only over TLS; and one for the morning."""

    #: Who is written to; SNS asks that address for confirmation first.
    email: Value | None = None
    #: A condition of the template for the subscription, as "the address is not empty".
    condition: str | None = None
    #: A second topic, `notices`, for what nobody is woken for, and who is written to by that one.
    with_notices: bool = False
    notice_email: Value | None = None
    notice_condition: str | None = None
    #: Alarms are silent while this key is disabled; who fears that more than an unencrypted alarm leaves it None. AWS's
    #: own alias cannot be used by alarms: https://repost.aws/knowledge-center/cloudwatch-receive-sns-for-alarm-trigger
    kms_key: Value | None = None

    def check(self) -> None:
        """Refuse an address for notices without a topic for them."""
        if not isinstance(self.with_notices, bool):
            self.refuse("with_notices", self.with_notices, "True or False, because the topic depends on it")
        if self.notice_email is not None and not self.with_notices:
            self.refuse("notice_email", self.notice_email, "None without notices (with_notices=True)")

    @property
    def arn(self) -> Value:
        """The topic's ARN, as an alarm's action takes it."""
        return Ref(self.topic)

    @property
    def notices_arn(self) -> Value:
        """The ARN of the topic for the morning."""
        return Ref(self.notices)

    @cached_property
    def topic(self) -> sns.Topic:
        """The topic."""
        return sns.Topic(self.id("Topic"), **given(KmsMasterKeyId=self.kms_key))

    @cached_property
    def notices(self) -> sns.Topic:
        """The topic for the morning."""
        return sns.Topic(self.id("Notices"), **given(KmsMasterKeyId=self.kms_key))

    @cached_property
    def topics(self) -> list[sns.Topic]:
        """The topics that there are."""
        return [self.topic, self.notices] if self.with_notices else [self.topic]

    @cached_property
    def policy(self) -> sns.TopicPolicy:
        """Who may publish."""
        # In a topic's policy "*" is that topic, and SNS refuses one that names another.
        publish = {"Action": "sns:Publish", "Resource": "*" if self.with_notices else self.arn}
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
        return sns.TopicPolicy(
            self.id("TopicPolicy"), PolicyDocument=document, Topics=[Ref(topic) for topic in self.topics]
        )

    @cached_property
    def subscriptions(self) -> list[sns.SubscriptionResource]:
        """The addresses as subscribers."""
        rows = [
            ("Email", self.topic, self.email, self.condition),
            ("NoticeEmail", self.notices, self.notice_email, self.notice_condition),
        ]
        return [
            sns.SubscriptionResource(
                self.id(role), Endpoint=email, Protocol="email", TopicArn=Ref(topic), **given(Condition=condition)
            )
            for role, topic, email, condition in rows
            if email
        ]

    def resources(self) -> Iterator[AWSObject]:
        """Topics, policy and, with addresses, subscriptions."""
        yield from (*self.topics, self.policy, *self.subscriptions)
