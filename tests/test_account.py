"""The account's log role: a singleton that outlives its stack."""

from collections.abc import Callable
from typing import Any

import pytest

from woo_stack import ApiAccount


@pytest.mark.parametrize("condition", [None, "Manages"])
def test_both_resources_outlive_the_stack_and_share_the_condition(condition: str | None, render: Any) -> None:
    resources = render(ApiAccount("ApiLogs", condition=condition))["Resources"]
    assert set(resources) == {"ApiLogsRole", "ApiLogsAccount"}
    for resource in resources.values():
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("Retain", "Retain")
        assert resource.get("Condition") == condition


def test_api_gateway_assumes_the_role(render: Callable[..., Any]) -> None:
    resources = render(ApiAccount("ApiLogs"))["Resources"]
    (trust,) = resources["ApiLogsRole"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
    assert trust["Principal"] == {"Service": ["apigateway.amazonaws.com"]}
    arn = {"Fn::GetAtt": ["ApiLogsRole", "Arn"]}
    assert resources["ApiLogsAccount"]["Properties"] == {"CloudWatchRoleArn": arn}


def test_a_mention_makes_its_holder_wait_unless_the_condition_is_false(as_json: Callable[..., Any]) -> None:
    waits = {"Fn::Sub": "Logs through ${ApiLogsAccount}"}
    assert as_json(ApiAccount("ApiLogs").mention) == waits
    choice = as_json(ApiAccount("ApiLogs", condition="Manages").mention)["Fn::If"]
    assert choice[:2] == ["Manages", waits]
    assert isinstance(choice[2], str)


def test_the_setting_waits_for_an_api_of_the_template(render: Callable[..., Any]) -> None:
    resources = render(ApiAccount("ApiLogs", api_id="ShopApi"))["Resources"]
    assert resources["ApiLogsAccount"]["DependsOn"] == ["ShopApi"]
    assert "DependsOn" not in resources["ApiLogsRole"]
