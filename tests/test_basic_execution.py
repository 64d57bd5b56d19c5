"""What functions share: a log group with an end, and a policy with what each of them needs and no more."""

from typing import Any

import pytest

from woo_stack import BasicExecution, Function

LOGS = {
    "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
    "Effect": "Allow",
    "Resource": [{"Fn::GetAtt": ["AllLogs", "Arn"]}],
}
TRACES = {"Action": ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "Effect": "Allow", "Resource": ["*"]}
THROUGH = ["dynamodb.*", "lambda.*", "s3.*", "secretsmanager.*", "sns.*", "sqs.*"]
KEY = {
    "Action": ["kms:Decrypt", "kms:GenerateDataKey"],
    "Condition": {"StringLike": {"kms:ViaService": THROUGH}},
    "Effect": "Allow",
    "Resource": ["arn:x:key"],
}
LETTERS = {"Action": ["sns:Publish"], "Effect": "Allow", "Resource": ["arn:x:letters"]}


@pytest.mark.parametrize(
    ("settings", "statements"),
    [
        ({}, [LOGS, TRACES]),
        ({"tracing": False}, [LOGS]),
        ({"kms_key": "arn:x:key"}, [LOGS, TRACES, KEY]),
        ({"kms_key": "arn:x:key", "tracing": False}, [LOGS, KEY]),
        ({"dead_letter_topic": "arn:x:letters"}, [LOGS, TRACES, LETTERS]),
        ({"kms_key": "arn:x:key", "dead_letter_topic": "arn:x:letters"}, [LOGS, TRACES, KEY, LETTERS]),
    ],
)
def test_the_policy_has_what_the_settings_need(settings: Any, statements: Any, properties: Any) -> None:
    policy = properties(BasicExecution("All", **settings), "AWS::IAM::ManagedPolicy")
    assert policy == {"PolicyDocument": {"Statement": statements, "Version": "2012-10-17"}}


def test_the_log_group_has_an_end_a_key_and_stays(render: Any) -> None:
    resources = render(BasicExecution("All", retention_days=545, kms_key="arn:x:key"))["Resources"]
    assert set(resources) == {"AllLogs", "AllPolicy"}
    assert resources["AllLogs"]["Properties"] == {"KmsKeyId": "arn:x:key", "RetentionInDays": 545}
    policies = [resources["AllLogs"][name] for name in ("DeletionPolicy", "UpdateReplacePolicy")]
    assert policies == ["RetainExceptOnCreate", "Retain"]


def test_a_function_that_shares_may_do_what_one_alone_may(new_function: Any, render: Any) -> None:
    """In the policies that its role has, whichever those are."""
    shared = BasicExecution("All", kms_key="arn:x:key")
    settings = {"kms_key": "arn:x:key", "dead_letter_queue": "arn:x:dlq"}
    alone = render(new_function("One", **settings))
    sharing = render(shared, new_function("One", basic_execution=shared, **settings))
    rights = [
        [
            (action, resource)
            for policy in template["Resources"]["OneRole"]["Properties"]["ManagedPolicyArns"]
            for one in template["Resources"][policy["Ref"]]["Properties"]["PolicyDocument"]["Statement"]
            for action in one["Action"]
            for resource in one["Resource"]
        ]
        for template in (alone, sharing)
    ]
    group = {"Fn::GetAtt": ["AllLogs", "Arn"]}
    mine = [(action, group if action.startswith("logs:") else resource) for action, resource in rights[0]]
    assert len(mine) == 7
    assert mine == rights[1]


def test_its_year_is_a_functions_year() -> None:
    assert BasicExecution.retention_days == Function.retention_days == 365
