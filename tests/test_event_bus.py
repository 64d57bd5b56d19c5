"""The bus: which changes become events, what they say, and what the pipe may do."""

import json
from typing import Any

from woo_stack import EventBus, Monitoring
from woo_stack.event_bus import DOCUMENTS

STREAM = "arn:x:dynamodb:stream"


def made(render: Any, **settings: Any) -> Any:
    return render(EventBus("Changes", stream_arn=STREAM, **DOCUMENTS, **settings))["Resources"]


def test_the_pipe_leads_from_the_stream_to_the_bus(render: Any) -> None:
    pipe = made(render)["ChangesPipe"]["Properties"]
    assert pipe["Source"] == STREAM
    assert pipe["Target"] == {"Fn::GetAtt": ["ChangesBus", "Arn"]}
    assert pipe["RoleArn"] == {"Fn::GetAtt": ["ChangesRole", "Arn"]}


def test_an_event_is_named_by_the_document_and_has_both_states(render: Any) -> None:
    target = made(render)["ChangesPipe"]["Properties"]["TargetParameters"]
    assert target["EventBridgeEventBusParameters"] == {"DetailType": "$.dynamodb.NewImage.e.S", "Source": "woo-stack"}
    assert json.loads(target["InputTemplate"]) == {
        "key": "<$.dynamodb.Keys.pk.S>",
        "status": "<$.dynamodb.NewImage.st.S>",
        "previous_status": "<$.dynamodb.OldImage.st.S>",
    }


def test_only_documents_are_events(render: Any) -> None:
    (only,) = made(render)["ChangesPipe"]["Properties"]["SourceParameters"]["FilterCriteria"]["Filters"]
    assert json.loads(only["Pattern"])["dynamodb"] == {
        "Keys": {"sk": {"S": ["D"]}}, "NewImage": {"e": {"S": [{"prefix": "woocommerce."}]}},
    }  # fmt: skip


def test_without_a_pattern_everything_is(render: Any) -> None:
    bus = EventBus("News", stream_arn=STREAM, detail_type="changed", detail={"name": "$.dynamodb.Keys.name.S"})
    assert "FilterCriteria" not in render(bus)["Resources"]["NewsPipe"]["Properties"]["SourceParameters"]


def test_what_keeps_failing_is_told_apart_and_kept(render: Any) -> None:
    resources = made(render, retries=6)
    stream = resources["ChangesPipe"]["Properties"]["SourceParameters"]["DynamoDBStreamParameters"]
    assert stream == {
        "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["ChangesDeadLettersQueue", "Arn"]}},
        "MaximumRetryAttempts": 6,
        "OnPartialBatchItemFailure": "AUTOMATIC_BISECT",
        "StartingPosition": "LATEST",
    }
    assert "FifoQueue" not in resources["ChangesDeadLettersQueue"]["Properties"]


def test_the_pipe_may_read_this_stream_and_write_to_these_two(render: Any) -> None:
    resources = made(render, kms_key="arn:x:key")
    statements = resources["ChangesPolicy"]["Properties"]["PolicyDocument"]["Statement"]
    assert {tuple(one["Action"]): one["Resource"] for one in statements} == {
        ("dynamodb:DescribeStream", "dynamodb:GetRecords", "dynamodb:GetShardIterator", "dynamodb:ListStreams"): [
            STREAM
        ],
        ("events:PutEvents",): [{"Fn::GetAtt": ["ChangesBus", "Arn"]}],
        ("sqs:SendMessage",): [{"Fn::GetAtt": ["ChangesDeadLettersQueue", "Arn"]}],
        ("kms:Decrypt", "kms:GenerateDataKey"): ["arn:x:key"],
    }
    through = {"StringLike": {"kms:ViaService": ["dynamodb.*", "sqs.*"]}}
    assert [one.get("Condition") for one in statements] == [None, None, None, through]
    assert len(made(render)["ChangesPolicy"]["Properties"]["PolicyDocument"]["Statement"]) == 3
    role = resources["ChangesRole"]["Properties"]
    assert role["ManagedPolicyArns"] == [{"Ref": "ChangesPolicy"}]
    (trust,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": ["pipes.amazonaws.com"]}
    assert trust["Condition"] == {"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}


def test_its_dead_letters_are_watched(as_json: Any) -> None:
    bus = EventBus("Changes", stream_arn=STREAM, **DOCUMENTS)
    assert set(Monitoring("Health", of=[bus.dead_letters], actions=["arn:x"]).alarms) == {"ChangesDeadLettersVisible"}
    assert as_json(bus.arn) == {"Fn::GetAtt": ["ChangesBus", "Arn"]}
