"""SQS queues that lose nothing: what cannot be processed goes to a dead-letter queue, and stays there to be read."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import awacs.sqs as actions
from awacs.aws import Action, Allow, Statement
from troposphere import AWSObject, GetAtt, Ref, sqs

from woo_stack.component import Component, Number, Value
from woo_stack.watch import WATCHED

DAY_SECONDS = 86_400


@dataclass(frozen=True, eq=False)
class _SqsQueue(Component):
    """What a queue and a dead-letter queue have in common: how they are named, allowed, encrypted and reached."""

    namespace: ClassVar = "AWS/SQS"
    SEND: ClassVar = ("SendMessage",)

    #: First in, first out within a message group; such queues take at most 300 calls a second for each action.
    fifo: bool = False
    #: Without a key of your own SQS's own encrypts, which costs nothing.
    kms_key: Value | None = None

    def check(self) -> None:
        """Refuse what decides on the queue's kind and is not known."""
        # The properties that follow from it cannot be chosen by CloudFormation.
        if not isinstance(self.fifo, bool):
            self.refuse("fifo", self.fifo, "True or False")

    @cached_property
    def queue(self) -> sqs.Queue:
        """The queue itself."""
        raise NotImplementedError  # what a queue does with what fails is all that differs

    @property
    def url(self) -> Value:
        """The URL, as SQS's own API takes it."""
        return Ref(self.queue)

    @property
    def arn(self) -> Value:
        """The ARN, as policies, event sources and other services' dead-letter settings take it."""
        return GetAtt(self.queue, "Arn")

    @property
    def name(self) -> Value:
        """The name."""
        return GetAtt(self.queue, "QueueName")

    @property
    def dimensions(self) -> dict[str, Value]:
        """What tells this queue's metrics from another's."""
        return {"QueueName": self.name}

    def allow(self, *names: str) -> Statement:
        """A statement that allows these actions on this queue, as in ``allow(*Queue.SEND)``.

        A queue under a key of your own also asks for `allow_key(key)`. Raises SettingError for an action that does
        not exist.
        """
        for name in names:
            if not isinstance(getattr(actions, str(name), None), Action):
                self.refuse("action", name, f"SQS's, as in {', '.join(Queue.SEND + Queue.CONSUME)}")
        if not names:
            self.refuse("action", names, f"at least one of SQS's, as in {', '.join(Queue.SEND + Queue.CONSUME)}")
        return Statement(
            Effect=Allow, Action=[getattr(actions, name) for name in sorted(set(names))], Resource=[self.arn]
        )

    def _queue(self, logical_id: str, retention_days: int, **more: Any) -> sqs.Queue:
        """A queue of this kind that stays, with its messages, when its stack goes, if it was ever complete."""
        if self.fifo:
            # Bodies that are equal may be two events: whoever sends says what is a duplicate.
            more |= {"ContentBasedDeduplication": False, "FifoQueue": True}
        return sqs.Queue(
            logical_id,
            DeletionPolicy="RetainExceptOnCreate",
            MaximumMessageSize=1_048_576,
            MessageRetentionPeriod=retention_days * DAY_SECONDS,
            UpdateReplacePolicy="Retain",
            **({"KmsMasterKeyId": self.kms_key} if self.kms_key else {"SqsManagedSseEnabled": True}),
            **more,
        )


@dataclass(frozen=True, eq=False)
class DeadLetters(_SqsQueue):
    """Where messages go that could not be processed, for SQS's longest time: 14 days.

    A `Queue` brings its own; alone it serves as another service's, as ``Function(dead_letter_queue=letters.arn)``.
    """

    rows: ClassVar = WATCHED["DeadLetters"]

    @cached_property
    def queue(self) -> sqs.Queue:
        """The dead-letter queue."""
        # "byQueue" would name the source, which names this queue: CloudFormation cannot create such a circle.
        return self._queue(self.id("Queue"), 14, RedriveAllowPolicy={"redrivePermission": "allowAll"})

    @cached_property
    def policy(self) -> sqs.QueuePolicy:
        """Refuses whoever does not come over TLS."""
        return _tls_only(self.id("Policy"), self.queue)

    def resources(self) -> Iterator[AWSObject]:
        """Queue and policy."""
        yield from (self.queue, self.policy)


@dataclass(frozen=True, eq=False)
class Queue(_SqsQueue):
    """A queue whose messages are tried `max_receives` times and then kept in `dead_letters`.

    A message is hidden from other consumers for six times as long as its consumer may run, as Lambda asks of its
    event sources (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html). Messages of up to 1 MiB
    are taken, SQS's own limit.
    """

    CONSUME: ClassVar = ("DeleteMessage", "GetQueueAttributes", "ReceiveMessage")

    #: How long whatever consumes the queue may run: the timeout of the function.
    consumer_timeout_seconds: int = 30
    #: How often a message is tried; Lambda advises five or more, so that a throttled consumer loses none.
    max_receives: Number = 5
    #: How long a message may wait, 1 to 14 days. SQS's own default is four: a dead letter of a queue that is not FIFO
    #: keeps its first date, so that ten days are left to look at it.
    retention_days: int = 4

    def check(self) -> None:
        """Refuse what SQS would refuse, and a time that CloudFormation would have to multiply."""
        super().check()
        for name, most, unit in (("consumer_timeout_seconds", 900, "seconds"), ("retention_days", 14, "days")):
            if not isinstance(getattr(self, name), int):
                self.refuse(name, getattr(self, name), f"a whole number from 1 to {most} {unit}")
            self.within(name, 1, most, unit=unit)
        self.within("max_receives", 1, 1000, unit="times")

    @cached_property
    def dead_letters(self) -> DeadLetters:
        """The queue of what could not be processed, for a statement, an output or `Monitoring`."""
        return DeadLetters(self.id("DeadLetters"), fifo=self.fifo, kms_key=self.kms_key)

    @cached_property
    def queue(self) -> sqs.Queue:
        """The queue itself."""
        return self._queue(
            self.id("Queue"),
            self.retention_days,
            RedrivePolicy=sqs.RedrivePolicy(
                deadLetterTargetArn=self.dead_letters.arn, maxReceiveCount=self.max_receives
            ),
            VisibilityTimeout=6 * self.consumer_timeout_seconds,
        )

    @cached_property
    def policy(self) -> sqs.QueuePolicy:
        """Refuses whoever does not come over TLS, at both queues."""
        return _tls_only(self.id("Policy"), self.queue, self.dead_letters.queue)

    def resources(self) -> Iterator[AWSObject]:
        """Both queues and their policy."""
        yield from (self.dead_letters.queue, self.queue, self.policy)


def _tls_only(logical_id: str, *queues: sqs.Queue) -> sqs.QueuePolicy:
    refusal = {
        "Action": "sqs:*",
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
        "Effect": "Deny",
        "Principal": "*",
        # In a queue's policy "*" is that queue; a policy that names another one is refused.
        "Resource": "*",
        "Sid": "Tls",
    }
    document = {"Version": "2012-10-17", "Statement": [refusal]}
    return sqs.QueuePolicy(logical_id, PolicyDocument=document, Queues=[Ref(queue) for queue in queues])
