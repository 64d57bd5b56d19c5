"""Real queues and a real table of the emulator; what fails is planted in botocore, before it gets there."""

import base64
import functools
import gzip
import hashlib
import json
import os
import secrets
import time
import types
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import Any

import boto3
import pytest
from woo_stack.handler.parking import park
from woo_stack.handler.table import Table

from woo_stack import cli
from woo_stack.cli import backlog, redrive
from woo_stack.cli.emulator import REGION, Emulator
from woo_stack.cloudformation import events
from woo_stack.cloudformation.changeset import ChangeSet
from woo_stack.cloudformation.stack import Stack

TEMPLATE = {
    "Resources": {
        "Documents": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {
                "BillingMode": "PAY_PER_REQUEST",
                "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
                "KeySchema": [
                    {"AttributeName": "pk", "KeyType": "HASH"},
                    {"AttributeName": "sk", "KeyType": "RANGE"},
                ],
            },
        },
        "Events": {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": True}},
        "DeadLetters": {"Type": "AWS::SQS::Queue", "Properties": {"FifoQueue": True}},
    },
    "Outputs": {
        "TableName": {"Value": {"Ref": "Documents"}},
        "QueueUrl": {"Value": {"Ref": "Events"}},
        "DeadLetterQueueUrl": {"Value": {"Ref": "DeadLetters"}},
    },
}

#: What SQS tells of a queue.
COUNTS = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
REAL_NOW = redrive._now
#: A new one reads all that botocore knows of a service again, which takes longer than a test.
SESSION = functools.cache(boto3.Session)


def webhook(number: int, topic: str = "order.updated") -> str:
    """What came with an event that was received ``number`` milliseconds after a certain time."""
    about = {"topic": topic, "id": "12", "delivery": "0" * 32, "source": "https://shop/"}
    about["received"] = f"{1_732_190_000_000 + number}#{hashlib.sha256(b'%d' % number).hexdigest()[:16]}"
    return json.dumps(about, separators=(",", ":"))


def letter(number: int, body: str, reason: str = "", group: str = "order", **attributes: str) -> dict[str, Any]:
    """A message for the dead-letter queue, with a reason as from the applier, or without one as from SQS."""
    texts = attributes | {"webhook": webhook(number)} | ({"reason": reason} if reason else {})
    return {
        "Id": f"{number}",
        "MessageBody": body,
        "MessageAttributes": {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()},
        "MessageGroupId": group,
        "MessageDeduplicationId": secrets.token_hex(),
    }


@dataclass(frozen=True)
class Shop:
    """A stack with what redrive works on, and what its tests put there and find there."""

    stack: str
    endpoint: str
    clients: dict[str, Any]
    outputs: dict[str, str]

    def park(self, number: int, body: bytes = b'{"id":1}', why: str = "unknown topic", **more: str) -> None:
        park(Table(self.clients["dynamodb"], self.outputs["TableName"]), body, webhook(number, **more), why)

    def bury(self, *letters: dict[str, Any]) -> None:
        """Put messages into the dead-letter queue."""
        for at in range(0, len(letters), 10):
            self.clients["sqs"].send_message_batch(
                QueueUrl=self.outputs["DeadLetterQueueUrl"], Entries=letters[at : at + 10]
            )

    def parked(self) -> list[str]:
        items = self.clients["dynamodb"].scan(TableName=self.outputs["TableName"], ConsistentRead=True)["Items"]
        return sorted(item["sk"]["S"] for item in items)

    def taken(self, output: str = "QueueUrl") -> list[dict[str, Any]]:
        """The messages of a queue, which are deleted."""
        sqs, url = self.clients["sqs"], self.outputs[output]
        found: list[dict[str, Any]] = []
        everything = {"MessageAttributeNames": ["All"], "MessageSystemAttributeNames": ["All"]}
        while batch := sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, **everything).get("Messages"):
            entries = [{"Id": one["MessageId"], "ReceiptHandle": one["ReceiptHandle"]} for one in batch]
            sqs.delete_message_batch(QueueUrl=url, Entries=entries)
            found += batch
        return found

    def redrive(self, *options: str) -> int:
        endpoint = ("--endpoint-url", self.endpoint, "--region", REGION)
        return cli.main(["redrive", "--stack", self.stack, *endpoint, *options])


def now(*_: object) -> int:
    """What redrive asks SQS for, to the millisecond and without waiting."""
    time.sleep(0.002)
    return time.time_ns() // 1_000_000


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as running:
        yield running


@pytest.fixture(scope="module")
def deployed(emulator: Emulator) -> Stack:
    """Stands for the account: its clients serve every test."""
    return Stack("any", emulator.session(), emulator.endpoint)


@pytest.fixture
def shop(emulator: Emulator, deployed: Stack, monkeypatch: pytest.MonkeyPatch) -> Shop:
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setattr(backlog, "WAIT_SECONDS", 0)
    monkeypatch.setattr("woo_stack.cli.redrive._now", now)
    monkeypatch.setattr("boto3.Session", SESSION)
    monkeypatch.setattr(events, "FIRST_PAUSE", 0.01)
    stack = deployed.beside(f"shop-{secrets.token_hex(4)}")
    ChangeSet.create(stack, {"TemplateBody": json.dumps(TEMPLATE)}, parameters={}).execute(stack.name)
    outputs = events.finished(stack, stack.name)
    clients = {name: stack.client(name) for name in ("cloudformation", "dynamodb", "sqs")}
    return Shop(stack.name, emulator.endpoint, clients, outputs)


Hook = Callable[[int], object]
Plant = Callable[[str, Hook], AbstractContextManager[None]]


@pytest.fixture
def plant(monkeypatch: pytest.MonkeyPatch) -> Plant:
    """Before each call of an operation do something with its number, from 1 on; refuse the call if that is true."""
    new_client = Stack.client

    @contextmanager
    def planted(operation: str, hook: Hook) -> Iterator[None]:
        calls = count(1)

        def answer(**_: Any) -> tuple[Any, dict[str, Any]] | None:
            error = {"Code": "Refused", "Message": f"not today,\nnor {operation}."}
            return (types.SimpleNamespace(status_code=400), {"Error": error}) if hook(next(calls)) else None

        def client(stack: Stack, service: str) -> Any:
            made = new_client(stack, service)
            made.meta.events.register_first(f"before-call.{service}.{operation}", answer)
            return made

        with monkeypatch.context() as patch:
            patch.setattr(Stack, "client", client)
            yield

    return planted


def body_of(message: dict[str, Any]) -> bytes:
    """The body of the event in a message."""
    body: bytes = message["Body"].encode()
    return gzip.decompress(base64.b64decode(body)) if "encoding" in message["MessageAttributes"] else body


def received(number: int) -> str:
    found: str = json.loads(webhook(number))["received"]
    return found


def received_of(message: dict[str, Any]) -> str:
    received: str = json.loads(message["MessageAttributes"]["webhook"]["StringValue"])["received"]
    return received


def test_both_kinds_go_back_as_they_were_sent(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    odd = '{"id":1, "name":"caf\u00e9 \\u0001", "price":19.990}'.encode()
    large = secrets.token_bytes(500_000)
    shop.park(3, odd)
    shop.park(1, large, topic="product.created")
    shop.park(2, b"", topic="action.x")
    for number, group in ((5, "order"), (4, "customer"), (6, "order")):
        shop.bury(letter(number, f"letter {number}", "KeyError: x", group))
    shop.bury(letter(7, base64.b64encode(gzip.compress(b"\x00")).decode(), encoding="gzip"))
    assert shop.redrive() == 0
    assert capsys.readouterr() == ("7 events were moved: 3 parked, 4 dead letters\n", "")
    messages = shop.taken()
    assert [received_of(message)[:13] for message in messages[:3]] == [f"{1_732_190_000_000 + n}" for n in (1, 2, 3)]
    found = {json.loads(one["MessageAttributes"]["webhook"]["StringValue"])["received"]: one for one in messages}
    assert len(found) == 7
    expected = {1: large, 2: b"", 3: odd, 4: b"letter 4", 5: b"letter 5", 6: b"letter 6", 7: b"\x00"}
    for number, body in expected.items():
        message = found[received(number)]
        assert body_of(message) == body
        assert set(message["MessageAttributes"]) <= {"webhook", "encoding"}
        group = {1: "product", 2: "other", 4: "customer"}.get(number, "order")
        assert message["Attributes"]["MessageGroupId"] == group
    letters = [one["Body"] for one in messages if one["Body"] in ("letter 5", "letter 6")]
    assert letters == ["letter 5", "letter 6"]
    assert found[received(5)]["MessageAttributes"]["webhook"]["StringValue"] == webhook(5)
    assert shop.parked() == []
    assert shop.taken("DeadLetterQueueUrl") == []


def test_a_dry_run_tells_reasons_and_moves_nothing(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        shop.park(number, why="unknown topic" if number else "error object: rest_forbidden")
    reasons = ["StoreBusy: order 7"] * 9 + [""] * 5
    groups = ["order"] * 13 + ["tag"]
    shop.bury(
        *(letter(n, f"{n}", reason, group) for n, (reason, group) in enumerate(zip(reasons, groups, strict=True)))
    )
    assert shop.redrive("--dry-run") == 0
    assert capsys.readouterr() == (
        "17 events would be moved: 3 parked, 14 dead letters\n"
        "     2 parked: unknown topic\n"
        "     1 parked: error object: rest_forbidden\n"
        "     9 dead letters: StoreBusy: order 7\n"
        "     3 dead letters: not to be seen before others are moved\n"
        "     2 dead letters: no reason given\n",
        "",
    )
    assert shop.taken() == []
    assert len(shop.parked()) == 3
    assert [message["Body"] for message in shop.taken("DeadLetterQueueUrl")] == [f"{number}" for number in range(14)]


@pytest.mark.parametrize(
    ("kind", "told", "left"),
    [("parked", "1 event was moved: 1 parked", 0), ("dead-letters", "1 event was moved: 1 dead letter", 1)],
)
def test_one_kind_alone(kind: str, told: str, left: int, shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.park(1)
    shop.bury(letter(2, "letter"))
    assert shop.redrive("--only", kind) == 0
    assert capsys.readouterr().out == f"{told}\n"
    assert len(shop.parked()) == left
    assert len(shop.taken("DeadLetterQueueUrl")) == 1 - left


def test_nothing_to_move(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert shop.redrive() == 0
    assert shop.redrive("--dry-run") == 0
    assert capsys.readouterr().out == (
        "0 events were moved: 0 parked, 0 dead letters\n0 events would be moved: 0 parked, 0 dead letters\n"
    )


def test_what_a_killed_run_hides_is_told_and_moved_later(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    """Ten received and neither deleted nor released lock the five behind them, but no other group."""
    shop.bury(*(letter(number, f"{number}", "KeyError") for number in range(15)))
    sqs, url = shop.clients["sqs"], shop.outputs["DeadLetterQueueUrl"]
    hidden = sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=120)["Messages"]
    left = "15 left (15 hidden from others for up to 2 minutes: try again then)"
    assert shop.redrive("--dry-run") == 0
    assert capsys.readouterr() == (f"0 events would be moved: 0 parked, 0 dead letters; {left}\n", "")
    assert shop.redrive() == 0
    assert capsys.readouterr() == (f"0 events were moved: 0 parked, 0 dead letters; {left}\n", "")
    shop.bury(*(letter(number, f"{number}", "KeyError", "tag") for number in (15, 16)))
    assert shop.redrive("--dry-run", "--only", "dead-letters") == 0
    shown = capsys.readouterr().out
    assert shown == f"2 events would be moved: 2 dead letters; {left}\n     2 dead letters: KeyError\n"
    assert shop.redrive("--only", "dead-letters") == 0
    assert capsys.readouterr().out == f"2 events were moved: 2 dead letters; {left}\n"
    for one in hidden:
        sqs.change_message_visibility(QueueUrl=url, ReceiptHandle=one["ReceiptHandle"], VisibilityTimeout=0)
    assert shop.redrive() == 0
    assert capsys.readouterr().out == "15 events were moved: 0 parked, 15 dead letters\n"
    assert sorted(int(one["Body"]) for one in shop.taken()) == [*range(17)]


def test_a_dry_run_tells_hidden_from_merely_behind_others(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    shop.bury(letter(0, "hidden", "KeyError", "tag"))
    sqs, url = shop.clients["sqs"], shop.outputs["DeadLetterQueueUrl"]
    sqs.receive_message(QueueUrl=url, VisibilityTimeout=120)
    shop.bury(*(letter(number, f"{number}", "KeyError") for number in range(1, 15)))
    left = "1 left (1 hidden from others for up to 2 minutes: try again then)"
    assert shop.redrive("--dry-run") == 0
    assert capsys.readouterr().out == (
        f"14 events would be moved: 0 parked, 14 dead letters; {left}\n"
        "    10 dead letters: KeyError\n"
        "     4 dead letters: not to be seen before others are moved\n"
    )
    assert shop.redrive() == 0
    assert capsys.readouterr().out == f"14 events were moved: 0 parked, 14 dead letters; {left}\n"


def tell_counts(monkeypatch: pytest.MonkeyPatch, told: tuple[int, ...]) -> Iterator[int]:
    """Let SQS tell these numbers instead of its own; returns those that it has not told yet."""
    new_client, numbers = Stack.client, iter(told)

    def replace(parsed: dict[str, Any], **_: Any) -> None:
        parsed["Attributes"] = {name: f"{next(numbers)}" for name in COUNTS}

    def client(stack: Stack, service: str) -> Any:
        made = new_client(stack, service)
        made.meta.events.register("after-call.sqs.GetQueueAttributes", replace)
        return made

    monkeypatch.setattr(Stack, "client", client)
    return numbers


def test_a_dry_run_that_is_shown_none_takes_them_for_hidden(
    shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """SQS still tells of messages as visible that have just been received."""
    shop.bury(letter(1, "letter", "KeyError"))
    shop.clients["sqs"].receive_message(QueueUrl=shop.outputs["DeadLetterQueueUrl"], VisibilityTimeout=120)
    tell_counts(monkeypatch, (1, 0, 1, 0))
    assert shop.redrive("--dry-run", "--only", "dead-letters") == 0
    left = "1 left (1 hidden from others for up to 2 minutes: try again then)"
    assert capsys.readouterr().out == f"0 events would be moved: 0 dead letters; {left}\n"


@pytest.mark.soak
@pytest.mark.parametrize(
    "told", [(0, 0, 0, 0), (3, 0, 3, 0), (3, 0, 0, 3), (0, 0, 3, 0), (9, 0, 0, 0)], ids=lambda told: f"{told}"
)
@pytest.mark.parametrize("dry", [True, False], ids=["dry run", "run"])
def test_numbers_of_sqs_that_are_not_yet_true_make_nothing_up(
    dry: bool, told: tuple[int, ...], shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it tells of three dead letters: visible and hidden, before and after these were received."""
    shop.bury(*(letter(number, f"{number}", "KeyError") for number in range(3)))
    numbers = tell_counts(monkeypatch, told)
    assert shop.redrive(*["--dry-run"] * dry) == 0
    assert [*numbers] == []
    assert capsys.readouterr().out == (
        "3 events would be moved: 0 parked, 3 dead letters\n     3 dead letters: KeyError\n"
        if dry
        else "3 events were moved: 0 parked, 3 dead letters\n"
    )


OPERATIONS = ["SendMessage", "UpdateItem", "DeleteItem", "DeleteMessage", "ReceiveMessage", "Query"]


@pytest.mark.soak
@pytest.mark.parametrize(("operation", "call"), [(name, call) for name in OPERATIONS for call in (1, 4)])
def test_a_refusal_in_between_loses_nothing(
    operation: str, call: int, shop: Shop, plant: Plant, capsys: pytest.CaptureFixture[str]
) -> None:
    for number in range(3):
        shop.park(number, b'{"id":%d}' % number if number else secrets.token_bytes(600_000))
        shop.bury(letter(10 + number, f"letter {number}"))
    with plant(operation, lambda number: number >= call):
        status = shop.redrive()
    shown = capsys.readouterr()
    if (operation, call) in {("DeleteMessage", 4), ("ReceiveMessage", 4), ("Query", 4)}:
        assert (status, shown.err) == (0, "")
    else:
        assert (status, shown.out) == (1, "")
        assert shown.err.startswith(f"woo-stack: AWS refuses {operation}: not today, nor {operation}; ")
        assert shown.err.count("\n") == 1
    assert shop.redrive() == 0
    assert {received_of(message) for message in shop.taken()} == {received(n) for n in (0, 1, 2, 10, 11, 12)}
    assert shop.parked() == []
    assert shop.taken("DeadLetterQueueUrl") == []


def test_a_refusal_of_the_first_call_names_no_kinds(
    shop: Shop, plant: Plant, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(redrive, "_now", REAL_NOW)
    with plant("GetQueueAttributes", lambda _: True):
        assert shop.redrive() == 1
    why = "AWS refuses GetQueueAttributes: not today, nor GetQueueAttributes"
    assert capsys.readouterr() == ("", f"woo-stack: {why}; 0 events were moved\n")


def test_an_interruption_says_how_far_it_came(shop: Shop, plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    shop.bury(*(letter(number, f"letter {number}") for number in range(3)))

    def interrupt(call: int) -> None:
        if call == 2:
            raise KeyboardInterrupt

    with plant("SendMessage", interrupt):
        assert shop.redrive() == 130
    assert capsys.readouterr() == ("", "1 event was moved: 0 parked, 1 dead letter\n")
    # What was not moved is to be seen at once.
    assert [one["Body"] for one in shop.taken("DeadLetterQueueUrl")] == ["letter 1", "letter 2"]


@pytest.mark.soak
def test_three_hundred(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    groups = ("order", "product", "customer")
    shop.bury(*(letter(number, f"{number}", "ClientError", groups[number % 3]) for number in range(300)))
    assert shop.redrive() == 0
    shown = capsys.readouterr()
    assert shown.out == "300 events were moved: 0 parked, 300 dead letters\n"
    assert shown.err == "100 moved ...\n200 moved ...\n300 moved ...\n"
    messages = shop.taken()
    for at, group in enumerate(groups):
        bodies = [one["Body"] for one in messages if one["Attributes"]["MessageGroupId"] == group]
        assert bodies == [f"{number}" for number in range(at, 300, 3)]
    assert len(messages) == 300


def test_an_event_can_be_redriven_again_at_once(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    for _ in range(2):
        shop.bury(letter(1, "the same"))
        shop.park(2)
        assert shop.redrive() == 0
        assert sorted(map(received_of, shop.taken())) == [received(1), received(2)]
    assert capsys.readouterr().out == "2 events were moved: 1 parked, 1 dead letter\n" * 2


def test_what_fails_again_meanwhile_stays(shop: Shop, plant: Plant, capsys: pytest.CaptureFixture[str]) -> None:
    """An applier that gives up at once, before the next event is sent."""
    shop.bury(*(letter(n, f"letter {n}", "KeyError", "order" if n % 2 else "tag") for n in range(12)))

    def fail_again(call: int) -> None:
        assert call <= 12, "moved once more"
        time.sleep(0.002)
        for message in shop.taken():
            shop.bury(letter(0, message["Body"], "KeyError", message["Attributes"]["MessageGroupId"]))

    with plant("DeleteMessage", fail_again):
        assert shop.redrive() == 0
    shown = capsys.readouterr().out
    assert shown.startswith("12 events were moved: 0 parked, 12 dead letters; ")
    assert shown.endswith(" arrived meanwhile)\n")
    bodies = Counter(one["Body"] for one in shop.taken("DeadLetterQueueUrl"))
    assert bodies == Counter(f"letter {number}" for number in range(12))


@pytest.mark.soak
@pytest.mark.parametrize("body", [b'{"id":1}', secrets.token_bytes(720_000)], ids=["one part", "three parts"])
@pytest.mark.parametrize("when", [1, 2, 3])
def test_an_event_that_is_parked_again_meanwhile_stays(when: int, body: bytes, shop: Shop, plant: Plant) -> None:
    """An applier that has received the event and parked it, for another reason, before its old items are gone."""
    shop.park(1, body, "old")

    def park_again(call: int) -> None:
        if call == when:
            shop.park(1, body, "new")

    with plant("DeleteItem", park_again):
        assert shop.redrive() == 0
    if when == 1 or len(body) > 10:
        assert shop.redrive() == 0
        assert [body_of(message) for message in shop.taken()] == [body, body]
    assert shop.parked() == []


def test_a_removal_that_was_interrupted_is_finished(
    shop: Shop, plant: Plant, capsys: pytest.CaptureFixture[str]
) -> None:
    shop.park(1, secrets.token_bytes(720_000))
    with plant("DeleteItem", lambda call: call == 3):
        assert shop.redrive() == 1
    assert shop.parked() == [f"{received(1)}#000"]
    assert len(shop.taken()) == 1
    capsys.readouterr()
    assert shop.redrive("--dry-run") == 0
    assert capsys.readouterr().out == "0 events would be moved: 0 parked, 0 dead letters\n"
    assert shop.parked() == [f"{received(1)}#000"]
    assert shop.redrive() == 0
    assert capsys.readouterr().out == "0 events were moved: 0 parked, 0 dead letters\n"
    assert shop.parked() == []


def test_what_cannot_be_moved_is_told(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    table, key = shop.outputs["TableName"], {"pk": {"S": "s#PARKED"}}
    shop.park(1, secrets.token_bytes(1_000_000))
    dynamodb = shop.clients["dynamodb"]
    part = {**key, "sk": {"S": f"{received(2)}#001"}, "z": {"B": b"x"}}
    dynamodb.put_item(TableName=table, Item=part)
    head = {"w": {"S": webhook(3)}, "why": {"S": "odd"}, "parts": {"N": "1"}}
    dynamodb.put_item(TableName=table, Item={**part, **head, "sk": {"S": f"{received(3)}#000"}})
    shop.park(4)
    before = shop.parked()
    left = "3 left (1 too large for the queue, 1 incomplete, 1 unreadable)"
    assert shop.redrive("--dry-run") == 0
    assert capsys.readouterr().out == (
        f"1 event would be moved: 1 parked, 0 dead letters; {left}\n     1 parked: unknown topic\n"
    )
    assert shop.parked() == before
    assert shop.redrive() == 0
    assert capsys.readouterr().out == f"1 event was moved: 1 parked, 0 dead letters; {left}\n"
    assert shop.parked() == [sk for sk in before if not sk.startswith(received(4))]


def test_what_is_parked_from_now_on_stays(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    milliseconds = time.time_ns() // 1_000_000 - 1_732_190_000_000
    shop.park(milliseconds)
    shop.park(milliseconds + 60_000)
    assert shop.redrive() == 0
    assert capsys.readouterr().out == "1 event was moved: 1 parked, 0 dead letters\n"
    assert shop.parked() == [f"{received(milliseconds + 60_000)}#000"]


def test_the_time_is_sqss_own(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("time.sleep", pauses.append)
    before = time.time()
    until = REAL_NOW(shop.clients["sqs"], shop.outputs["QueueUrl"])
    assert pauses == [1]
    assert before * 1000 <= until <= (time.time() + 1) * 1000
    assert until % 1000 == 0


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--stack", "absent"], "the stack absent cannot be read: Stack with id absent does not exist"),
        (["--endpoint-url", "shop"], "no client for sqs can be made: Invalid endpoint: shop"),
        (["--profile", "absent"], "The config profile (absent) could not be found"),
    ],
)
def test_a_stack_that_cannot_be_reached(
    options: list[str], sentence: str, shop: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shop.redrive(*options) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"woo-stack: {sentence}")
    assert shown.err.count("\n") == 1


def test_without_a_region(shop: Shop, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["redrive", "--stack", shop.stack]) == 1
    assert capsys.readouterr().err == (
        "woo-stack: no client for sqs can be made: there is no region, allowed: --region, AWS_REGION or the "
        "profile's region\n"
    )


def test_without_credentials(shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("boto3.Session", SESSION.__wrapped__)
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    assert shop.redrive() == 1
    assert capsys.readouterr().err.startswith(
        f"woo-stack: the stack {shop.stack} cannot be read: there are no credentials, allowed: --profile, "
    )


@pytest.mark.parametrize("missing", ["QueueUrl", "TableName", "DeadLetterQueueUrl"])
def test_a_stack_that_is_no_shop(
    missing: str, shop: Shop, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    outputs = {name: url for name, url in shop.outputs.items() if name != missing}
    monkeypatch.setattr(Stack, "outputs", outputs)
    assert shop.redrive() == 1
    assert capsys.readouterr().err == f"woo-stack: the stack has no output {missing}, only {', '.join(outputs)}\n"
