"""Schedules: one rule calls one function, and nothing else may by it."""

from typing import Any

import pytest

from woo_stack import Schedule


def test_the_rule_and_nobody_else_calls_the_function(new_function: Any, render: Any) -> None:
    resources = render(Schedule("Nightly", new_function(), "cron(5 4 * * ? *)", retries=3, retry_seconds=700))[
        "Resources"
    ]
    assert resources["NightlyRule"]["Properties"] == {
        "ScheduleExpression": "cron(5 4 * * ? *)",
        "Targets": [
            {
                "Arn": {"Fn::GetAtt": ["LookupFunction", "Arn"]},
                "Id": "Nightly",
                "RetryPolicy": {"MaximumEventAgeInSeconds": 700, "MaximumRetryAttempts": 3},
            }
        ],
    }
    assert resources["NightlyPermission"]["Properties"] == {
        "Action": "lambda:InvokeFunction",
        "FunctionName": {"Fn::GetAtt": ["LookupFunction", "Arn"]},
        "Principal": "events.amazonaws.com",
        "SourceAccount": {"Ref": "AWS::AccountId"},
        "SourceArn": {"Fn::GetAtt": ["NightlyRule", "Arn"]},
    }


def test_a_function_of_another_stack_is_called_by_its_arn(render: Any) -> None:
    resources = render(Schedule("Nightly", "arn:x:lambda:lookup", "rate(1 day)"))["Resources"]
    assert resources["NightlyRule"]["Properties"]["Targets"][0]["Arn"] == "arn:x:lambda:lookup"
    assert resources["NightlyPermission"]["Properties"]["FunctionName"] == "arn:x:lambda:lookup"


@pytest.mark.parametrize("expression", ["rate(1 minute)", "rate(12 hours)", "cron(0/15 8-17 ? * MON-FRI *)"])
def test_what_eventbridge_understands_is_taken(expression: str) -> None:
    assert Schedule("Often", "arn:x:lambda:lookup", expression).expression == expression
