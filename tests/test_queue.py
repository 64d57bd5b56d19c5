"""Queues: nothing is lost, nothing is readable on the way, and statements allow no more than they must."""

from typing import Any

import pytest
from troposphere import encode_to_dict

from woo_stack import DeadLetters, Monitoring, Queue

DAY = 86_400


def queues(template: Any) -> dict[str, Any]:
    return {name: one for name, one in template["Resources"].items() if one["Type"] == "AWS::SQS::Queue"}


def test_what_fails_is_kept_and_queues_outlive_the_stack(render: Any) -> None:
    found = queues(render(Queue("Jobs")))
    assert set(found) == {"JobsQueue", "JobsDeadLettersQueue"}
    for one in found.values():
        assert (one["DeletionPolicy"], one["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")
    main, letters = (found[name]["Properties"] for name in ("JobsQueue", "JobsDeadLettersQueue"))
    assert main["RedrivePolicy"] == {
        "deadLetterTargetArn": {"Fn::GetAtt": ["JobsDeadLettersQueue", "Arn"]}, "maxReceiveCount": 5,
    }  # fmt: skip
    assert letters["RedriveAllowPolicy"] == {"redrivePermission": "allowAll"}
    assert (main["MessageRetentionPeriod"], letters["MessageRetentionPeriod"]) == (4 * DAY, 14 * DAY)
    assert main["MaximumMessageSize"] == letters["MaximumMessageSize"] == 1024 * 1024
    assert "RedrivePolicy" not in letters
    assert not {"FifoQueue", "QueueName", "ContentBasedDeduplication"} & {*main, *letters}


def test_a_message_is_hidden_for_six_times_its_consumers_timeout(render: Any) -> None:
    found = queues(render(Queue("Jobs", consumer_timeout_seconds=17, max_receives=8, retention_days=3)))
    main = found["JobsQueue"]["Properties"]
    assert main["VisibilityTimeout"] == 102
    assert main["RedrivePolicy"]["maxReceiveCount"] == 8
    assert main["MessageRetentionPeriod"] == 3 * DAY


def test_dead_letters_of_a_fifo_queue_are_fifo(render: Any) -> None:
    for one in queues(render(Queue("Jobs", fifo=True))).values():
        assert one["Properties"]["FifoQueue"] is True
        assert one["Properties"]["ContentBasedDeduplication"] is False


@pytest.mark.parametrize(
    ("key", "expected"), [(None, {"SqsManagedSseEnabled": True}), ("arn:x:key", {"KmsMasterKeyId": "arn:x:key"})]
)
def test_both_are_encrypted(key: Any, expected: Any, render: Any) -> None:
    for one in queues(render(Queue("Jobs", kms_key=key))).values():
        made = one["Properties"]
        assert {name: made[name] for name in ("SqsManagedSseEnabled", "KmsMasterKeyId") if name in made} == expected


@pytest.mark.parametrize(
    ("component", "covered"),
    [(Queue("Jobs"), ["JobsQueue", "JobsDeadLettersQueue"]), (DeadLetters("Lost"), ["LostQueue"])],
)
def test_nobody_gets_in_without_tls(component: Any, covered: list[str], properties: Any) -> None:
    policy = properties(component, "AWS::SQS::QueuePolicy")
    assert policy["Queues"] == [{"Ref": name} for name in covered]
    (statement,) = policy["PolicyDocument"]["Statement"]
    assert (statement["Effect"], statement["Action"], statement["Principal"]) == ("Deny", "sqs:*", "*")
    assert statement["Condition"] == {"Bool": {"aws:SecureTransport": "false"}}
    # A policy that names another queue than its own is refused; "*" is its own.
    assert statement["Resource"] == "*"


def test_statements_name_the_queue_or_its_dead_letters() -> None:
    queue = Queue("Jobs")
    assert encode_to_dict(queue.allow(*Queue.CONSUME)) == {
        "Action": ["sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"],
        "Effect": "Allow",
        "Resource": [{"Fn::GetAtt": ["JobsQueue", "Arn"]}],
    }
    assert encode_to_dict(queue.dead_letters.allow(*Queue.SEND, "SendMessage")) == {
        "Action": ["sqs:SendMessage"], "Effect": "Allow",
        "Resource": [{"Fn::GetAtt": ["JobsDeadLettersQueue", "Arn"]}],
    }  # fmt: skip


def test_a_queue_is_named_as_its_users_need_it(as_json: Any) -> None:
    queue = Queue("Jobs")
    assert as_json(queue.url) == {"Ref": "JobsQueue"}
    assert as_json(queue.arn) == {"Fn::GetAtt": ["JobsQueue", "Arn"]}
    assert as_json(queue.dead_letters.url) == {"Ref": "JobsDeadLettersQueue"}


def test_waiting_and_dead_messages_are_watched(as_json: Any) -> None:
    queue = Queue("Jobs")
    alarms = Monitoring("Health", of=[queue, queue.dead_letters], actions=["arn:x"]).alarms
    watched = {"JobsAge", "JobsDeadLettersVisible"}
    assert {*alarms} == watched, f"the alarms of a queue are {sorted(alarms)}; those of this test are kept by hand"
    age, dead = (as_json(alarms[name])["Properties"] for name in ("JobsAge", "JobsDeadLettersVisible"))
    assert age["Dimensions"] == [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["JobsQueue", "QueueName"]}}]
    name = {"Fn::GetAtt": ["JobsDeadLettersQueue", "QueueName"]}
    assert dead["Dimensions"] == [{"Name": "QueueName", "Value": name}]
    # The first one, within a minute.
    assert (dead["Threshold"], dead["Statistic"], dead["Period"], dead["EvaluationPeriods"]) == (0, "Maximum", 60, 1)
