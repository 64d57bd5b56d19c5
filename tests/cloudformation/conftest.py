"""What the tests of deployments share: an emulator, stacks with names of their own, and no pauses."""

import atexit
import os
import secrets
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from botocore.retries.standard import ExponentialBackoff
from tests.cloudformation.faults import Front, front

from woo_stack.cli.emulator import Emulator
from woo_stack.cloudformation import deployment, events
from woo_stack.cloudformation.stack import Stack

TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "DeletionPolicy": "Retain",
    "UpdateReplacePolicy": "Retain",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "pk", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}],
    },
}
TEMPLATE: dict[str, Any] = {
    "Parameters": {"Colour": {"Type": "String", "Default": "green"}, "Size": {"Type": "Number", "Default": 7}},
    "Resources": {
        "Table": TABLE,
        "Topic": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Colour"}}},
    },
    "Outputs": {"TableName": {"Value": {"Ref": "Table"}}, "Paint": {"Value": {"Ref": "Colour"}}},
}
HANDLE = {"Type": "AWS::CloudFormation::WaitConditionHandle"}
#: Stays in progress until it is signalled.
WAIT = {
    "Type": "AWS::CloudFormation::WaitCondition",
    "Properties": {"Handle": {"Ref": "Handle"}, "Timeout": "20", "Count": 1},
}
#: Passes every check and cannot be created.
BROKEN = {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Fn::ImportValue": "absent"}}}


def with_resources(**resources: Any) -> dict[str, Any]:
    """The template with these as well, or without those that are None."""
    merged = TEMPLATE["Resources"] | resources
    return TEMPLATE | {"Resources": {name: entry for name, entry in merged.items() if entry is not None}}


@cache
def shared_emulator() -> Emulator:
    """One for all tests of a process that deploy stacks with names of their own."""
    emulator = Emulator().start()
    atexit.register(emulator.stop)
    return emulator


@pytest.fixture(scope="session")
def account() -> tuple[Emulator, Stack]:
    """The emulator, and a stack whose clients all others use."""
    emulator = shared_emulator()
    return emulator, Stack("any", emulator.session(), emulator.endpoint)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """No variables of the caller's, no pauses, and no engines, which take a second to load."""
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(events, "FIRST_PAUSE", 0.005)
    monkeypatch.setattr(events, "LONGEST_PAUSE", 0.05)
    monkeypatch.setattr(ExponentialBackoff, "delay_amount", lambda *_: 0)
    monkeypatch.setattr(deployment, "problems", lambda _: [])


@pytest.fixture
def stack(account: tuple[Emulator, Stack], quick: None) -> Stack:  # noqa: ARG001 (for its effect)
    """A stack that is not there yet."""
    return account[1].beside(f"shop-{secrets.token_hex(4)}")


@pytest.fixture
def faulty(account: tuple[Emulator, Stack], stack: Stack) -> Iterator[tuple[Stack, Front]]:
    """The same stack behind a front that fails calls."""
    with front(account[0].port) as seen:
        yield Stack(stack.name, stack.session, seen.url), seen


@pytest.fixture
def bucket(stack: Stack) -> str:
    """An empty bucket."""
    name = f"artefacts-{secrets.token_hex(4)}"
    stack.client("s3").create_bucket(Bucket=name)
    return name


@pytest.fixture
def told() -> list[str]:
    """What `tell` was given; pass `told.append`."""
    return []
