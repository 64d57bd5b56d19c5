"""How API Gateway names a function that it calls."""

from typing import Any

from woo_stack.invocation import invocation

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:catalog"


def test_an_existing_function_is_invoked_by_its_arn(as_json: Any) -> None:
    text, values = as_json(invocation(ARN))["Fn::Sub"]
    assert values == {"Arn": ARN}
    assert "/functions/${Arn}/invocations" in text
