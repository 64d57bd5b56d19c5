"""A table's changes as events that other stacks subscribe to, without a line of code in between."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import awacs.dynamodb
import awacs.events
from awacs.aws import Allow, PolicyDocument, Statement
from troposphere import AWSObject, GetAtt, Ref, Sub, events, iam, pipes

from woo_stack.component import Component, Value, given
from woo_stack.encryption import allow_key
from woo_stack.queue import DeadLetters
from woo_stack.roles import assumed_by

#: The settings for the shop's table: a document's change is named by its writer, as ``woocommerce.order.updated``; its
#: key ends in its id, as ``s#O#727``. Rows and counters are no events.
DOCUMENTS: Mapping[str, Any] = {
    "detail_type": "$.dynamodb.NewImage.e.S",
    "detail": {
        "key": "$.dynamodb.Keys.pk.S",
        "status": "$.dynamodb.NewImage.st.S",
        "previous_status": "$.dynamodb.OldImage.st.S",
    },
    "pattern": {"dynamodb": {"Keys": {"sk": {"S": ["D"]}}, "NewImage": {"e": {"S": [{"prefix": "woocommerce."}]}}}},
}


@dataclass(frozen=True, eq=False)
class EventBus(Component):
    """A bus of one's own, and the pipe that fills it from a table's stream.

    A record that keeps failing is tried `retries` times, at the end alone, and then kept in `dead_letters`: where in
    the stream it stands, for a day.
    """

    #: The stream's ARN, as `Table.stream_arn` gives it.
    stream_arn: Value
    #: A path to what becomes the event's ``detail-type``, as ``$.dynamodb.NewImage.kind.S``, or a fixed text.
    detail_type: str
    #: The event's ``detail``: names and paths to texts. What a record lacks is the empty text:
    #: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-input-transformation.html
    detail: Mapping[str, str]
    #: Which records become events: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-pipes-event-filtering.html
    pattern: Mapping[str, Any] = field(default_factory=dict)
    source: str = "woo-stack"
    #: 0 to 10,000.
    retries: int = 10
    #: The key of the table, which the dead letters are put under too.
    kms_key: Value | None = None

    def check(self) -> None:
        """Refuse what CreatePipe would refuse or leave as text."""
        self.within("retries", 0, 10_000, unit="retries")
        for name, most in (("source", 256), ("detail_type", 128)):
            text = getattr(self, name)
            if not isinstance(text, str) or not 1 <= len(text) <= most or text.startswith("aws."):
                self.refuse(name, text, f"1 to {most} characters that do not start with 'aws.'")
        paths = self.detail.values() if isinstance(self.detail, Mapping) else [None]
        if not all(isinstance(path, str) and path.startswith("$.") for path in paths):
            self.refuse("detail", self.detail, "names and paths, as in {'status': '$.dynamodb.NewImage.status.S'}")

    @property
    def arn(self) -> Value:
        """The bus's ARN, for rules of other stacks."""
        return GetAtt(self.bus, "Arn")

    @cached_property
    def bus(self) -> events.EventBus:
        """The bus, for which AWS demands a name."""
        return events.EventBus(self.id("Bus"), Name=Sub(f"${{AWS::StackName}}-{self.title}"))

    @cached_property
    def dead_letters(self) -> DeadLetters:
        """Where records are named that could not be sent."""
        return DeadLetters(self.id("DeadLetters"), kms_key=self.kms_key)

    @cached_property
    def policy(self) -> iam.ManagedPolicy:
        """This stream, this bus, these dead letters, and the key."""
        stream = awacs.dynamodb
        read = [stream.DescribeStream, stream.GetRecords, stream.GetShardIterator, stream.ListStreams]
        statements = [
            Statement(Effect=Allow, Action=read, Resource=[self.stream_arn]),
            Statement(Effect=Allow, Action=[awacs.events.PutEvents], Resource=[self.arn]),
            self.dead_letters.allow(*DeadLetters.SEND),
            *([allow_key(self.kms_key, "dynamodb", "sqs")] if self.kms_key else []),
        ]
        document = PolicyDocument(Version="2012-10-17", Statement=statements)
        return iam.ManagedPolicy(self.id("Policy"), PolicyDocument=document)

    @cached_property
    def role(self) -> iam.Role:
        """The role that only pipes of this account assume."""
        return iam.Role(
            self.id("Role"),
            AssumeRolePolicyDocument=assumed_by("pipes", for_this_account=True),
            ManagedPolicyArns=[Ref(self.policy)],
        )

    @cached_property
    def pipe(self) -> pipes.Pipe:
        """The pipe from the stream to the bus."""
        filters = [pipes.Filter(Pattern=_text(self.pattern))] if self.pattern else []
        return pipes.Pipe(
            self.id("Pipe"),
            RoleArn=GetAtt(self.role, "Arn"),
            Source=self.stream_arn,
            SourceParameters=pipes.PipeSourceParameters(
                DynamoDBStreamParameters=pipes.PipeSourceDynamoDBStreamParameters(
                    DeadLetterConfig=pipes.DeadLetterConfig(Arn=self.dead_letters.arn),
                    MaximumRetryAttempts=self.retries,
                    # Only the records that fail are tried again, down to the one that keeps failing.
                    OnPartialBatchItemFailure="AUTOMATIC_BISECT",
                    StartingPosition="LATEST",
                ),
                **given(FilterCriteria=filters and pipes.FilterCriteria(Filters=filters)),
            ),
            Target=self.arn,
            TargetParameters=pipes.PipeTargetParameters(
                EventBridgeEventBusParameters=pipes.PipeTargetEventBridgeEventBusParameters(
                    DetailType=self.detail_type, Source=self.source
                ),
                InputTemplate=_text({name: f"<{path}>" for name, path in self.detail.items()}),
            ),
        )

    def resources(self) -> Iterator[AWSObject]:
        """Bus, dead letters, role, policy and pipe."""
        yield self.bus
        yield from self.dead_letters.resources()
        yield from (self.policy, self.role, self.pipe)


def _text(value: Mapping[str, Any]) -> str:
    return json.dumps(value, separators=(",", ":"))
