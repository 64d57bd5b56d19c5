import pytest
from boto3 import Session
from tests.cloudformation.conftest import TEMPLATE

from woo_stack import __version__
from woo_stack.cloudformation.deploy import deploy
from woo_stack.cloudformation.stack import Stack


def test_a_stack_by_its_arn_is_the_same(stack: Stack) -> None:
    assert (stack.described(), stack.deployed()) == (None, None)
    identity = deploy(stack, TEMPLATE, parameters={"Colour": "red"}).stack_id
    same = stack.beside(identity)
    assert (same.title, same.name) == (stack.name, identity)
    assert same.deployed() == stack.deployed()
    assert stack.deployed().parameters == {"Colour": "red", "Size": "7"}  # type: ignore[union-attr]
    assert {one["LogicalResourceId"] for one in same.resources()} == {"Table", "Topic"}
    assert same.console_url.endswith(f"#/stacks/events?stackId={identity.replace(':', '%3A').replace('/', '%2F')}")


@pytest.mark.parametrize(
    ("region", "host"),
    [
        ("eu-west-1", "https://eu-west-1.console.aws.amazon.com/"),
        ("cn-north-1", "https://cn-north-1.console.amazonaws.cn/"),
        ("us-gov-west-1", "https://us-gov-west-1.console.amazonaws-us-gov.com/"),
    ],
)
def test_the_console_of_each_partition(region: str, host: str, stack: Stack) -> None:
    there = Stack(stack.name, Session("test", "test", region_name=region), stack.endpoint_url)
    assert there.console_url == f"{host}cloudformation/home?region={region}#/stacks"


def test_clients_are_patient_and_say_who_they_are(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    config = Stack("x", stack.session, stack.endpoint_url).client("sts").meta.config
    assert config.retries == {"mode": "standard", "total_max_attempts": 8}
    assert (config.connect_timeout, config.read_timeout) == (5, 30)
    assert config.user_agent_extra == f"woo-stack/{__version__}"
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "3")
    again = Stack("x", stack.session, stack.endpoint_url)
    assert again.client("sts").meta.config.retries["total_max_attempts"] == 3
    # One client a service: making one takes longer than asking it.
    assert again.client("sts") is again.beside("y").client("sts")
