"""A queue as the source of a function's events: in batches, with bounded concurrency, and each failure by itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from troposphere import AWSObject, awslambda

from woo_stack.component import Component, Value, given
from woo_stack.function import Function
from woo_stack.queue import Queue


@dataclass(frozen=True, eq=False)
class EventSource(Component):
    """Lambda polls a queue and calls a function with what it finds.

    The function answers ``{"batchItemFailures": [...]}`` with the messages that are to come again; without an answer
    all are done, as with an exception all come again
    (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-errorhandling.html). Its role needs
    ``queue.allow(*Queue.CONSUME)``.
    """

    #: A `Function`, or the name or ARN of one that is not in this template.
    function: Function | Value
    #: A `Queue`, or the ARN of one that is not in this template.
    queue: Queue | Value
    #: The most messages in a call: up to 10, for a queue that is not FIFO up to 10,000 with a window.
    batch_size: int = 10
    #: The most calls at once, 2 to 1000; None is as many as the account has left.
    maximum_concurrency: int | None = None
    #: How long to wait for a batch to fill, up to 300; not for FIFO queues.
    window_seconds: int = 0

    def check(self) -> None:
        """Refuse what CreateEventSourceMapping would refuse."""
        self.within("window_seconds", 0, 300, unit="seconds")
        if self.fifo and self.window_seconds:
            self.refuse("window_seconds", self.window_seconds, "0 for a FIFO queue")
        self.within("batch_size", 1, 10_000 if self.window_seconds else 10, unit="messages")
        if self.maximum_concurrency is not None:
            self.within("maximum_concurrency", 2, 1000, unit="calls, or None")

    @property
    def fifo(self) -> bool:
        """Whether the queue is known to be FIFO."""
        return self.queue.fifo if isinstance(self.queue, Queue) else str(self.queue).endswith(".fifo")

    @cached_property
    def mapping(self) -> awslambda.EventSourceMapping:
        """The event source mapping."""
        most = self.maximum_concurrency
        return awslambda.EventSourceMapping(
            self.id("Mapping"),
            BatchSize=self.batch_size,
            EventSourceArn=self.queue.arn if isinstance(self.queue, Queue) else self.queue,
            FunctionName=self.function.arn if isinstance(self.function, Function) else self.function,
            FunctionResponseTypes=["ReportBatchItemFailures"],
            **given(
                MaximumBatchingWindowInSeconds=self.window_seconds or None,
                ScalingConfig=most and awslambda.ScalingConfig(MaximumConcurrency=most),
            ),
        )

    def resources(self) -> Iterator[AWSObject]:
        """The mapping."""
        yield self.mapping
