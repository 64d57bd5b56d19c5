"""Event sources: failures one by one, and no more at once than asked for."""

from typing import Any

from troposphere import ImportValue

from woo_stack import EventSource, Queue

TYPE = "AWS::Lambda::EventSourceMapping"


def test_each_message_fails_by_itself(new_function: Any, properties: Any) -> None:
    made = properties(EventSource("Feed", new_function(), Queue("Jobs", fifo=True), maximum_concurrency=9), TYPE)
    assert made == {
        "BatchSize": 10,
        "EventSourceArn": {"Fn::GetAtt": ["JobsQueue", "Arn"]},
        "FunctionName": {"Fn::GetAtt": ["LookupFunction", "Arn"]},
        "FunctionResponseTypes": ["ReportBatchItemFailures"],
        "ScalingConfig": {"MaximumConcurrency": 9},
    }


def test_without_a_bound_there_is_none(new_function: Any, properties: Any) -> None:
    made = properties(EventSource("Feed", new_function(), Queue("Jobs"), batch_size=3), TYPE)
    assert "ScalingConfig" not in made
    assert made["BatchSize"] == 3


def test_large_batches_wait_for_their_window(properties: Any) -> None:
    feed = EventSource("Feed", "lookup", "arn:x:sqs:jobs", batch_size=500, window_seconds=7)
    made = properties(feed, TYPE)
    assert (made["BatchSize"], made["MaximumBatchingWindowInSeconds"]) == (500, 7)


def test_function_and_queue_may_be_of_another_stack(properties: Any) -> None:
    feed = EventSource("Feed", ImportValue("base-Lookup"), ImportValue("base-Jobs"))
    made = properties(feed, TYPE)
    assert made["FunctionName"] == {"Fn::ImportValue": "base-Lookup"}
    assert made["EventSourceArn"] == {"Fn::ImportValue": "base-Jobs"}


def test_a_fifo_queue_is_known_by_its_arn_too() -> None:
    assert EventSource("Feed", "lookup", "arn:x:sqs:jobs.fifo").fifo
    assert not EventSource("Feed", "lookup", "arn:x:sqs:jobs").fifo
