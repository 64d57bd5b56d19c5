"""The way of an event: a queue of the emulator with its dead letters, webhooks as WooCommerce signs them, the table."""

import base64
import hashlib
import hmac
import itertools
import json
import logging
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest

Item = dict[str, Any]
NUMBERS = itertools.count(1)
NAME = "shop-Applier-1A2B"
SECRET = "Kq3vX9pL"
#: How much of a sort key is counted, by the list's ordering.
LENGTHS = {"date": (0, 7, 10), "id": (0, 8, 10), "name": (0, 1, 3)}


@pytest.fixture(autouse=True)
def function_name(monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("AWS_LAMBDA_FUNCTION_NAME", NAME)
    return NAME


@pytest.fixture
def items(handler: Any) -> Callable[[str], list[Item]]:
    """All items of a table."""

    def scanned(table: str) -> list[Item]:
        pages = handler.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    return scanned


@pytest.fixture
def documents(items: Callable[[str], list[Item]]) -> Callable[[str], dict[str, Item]]:
    """The documents of a table by key, once it is sure that rows and counters say exactly what their entries say."""

    def exact(table: str) -> dict[str, Item]:
        found = {kind: [i for i in items(table) if i["pk"]["S"].startswith(f"s#{kind}")] for kind in ("L#", "N#", "")}
        stored = {item["pk"]["S"]: item for item in found[""] if item["sk"]["S"] == "D"}
        entries = Counter(entry for item in stored.values() for entry in item.get("L", {"SS": []})["SS"])
        assert Counter(f"{row['pk']['S'][4:]}|{row['sk']['S']}" for row in found["L#"]) == entries
        wanted: Counter[tuple[str, str]] = Counter()
        for entry in entries:
            name, _, place = entry.partition("|")
            for level, length in enumerate(LENGTHS[name.rpartition("@")[2]]):
                wanted[name, f"{level}#{place[:length]}"] += 1
        counters = {(i["pk"]["S"][4:], i["sk"]["S"]): int(i.get("n", {"N": 0})["N"]) for i in found["N#"]}
        assert {key: n for key, n in counters.items() if n} == wanted
        return stored

    return exact


class Context:
    """Lambda's context: what is left of the function's time, which ``take`` takes from at each look."""

    def __init__(self, left: int, take: int = 0) -> None:
        self.left, self.take = left, take

    def get_remaining_time_in_millis(self) -> int:
        self.left -= self.take
        return self.left


@pytest.fixture
def context() -> Callable[..., Context]:
    return lambda left=60_000, take=0: Context(left, take)


@pytest.fixture
def metrics(capsys: pytest.CaptureFixture[str]) -> Callable[[], dict[str, Any]]:
    """The metrics that have been printed since the last call, from no more than one line."""

    def read() -> dict[str, Any]:
        lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert len(lines) <= 1
        return {name: v for line in lines for name, v in line.items() if name not in ("_aws", "FunctionName")}

    return read


@pytest.fixture
def records(caplog: pytest.LogCaptureFixture) -> Callable[[], list[Any]]:
    """What the handler has logged so far."""
    caplog.set_level(logging.INFO, logger="woo_stack")
    return lambda: [record for record in caplog.records if record.name == "woo_stack"]


@pytest.fixture
def no_pauses(handler: Any, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The pauses that were asked for, none of which is made."""
    pauses: list[int] = []
    handler.patch(monkeypatch, "back_off", pauses.append)
    return pauses


class Queue:
    """A FIFO queue as the stack has it, and its dead letters."""

    def __init__(self, client: Any) -> None:
        self.client = client
        number = next(NUMBERS)
        made = client.create_queue(QueueName=f"dead-{number}.fifo", Attributes={"FifoQueue": "true"})
        self.dead_url = made["QueueUrl"]
        arn = client.get_queue_attributes(QueueUrl=self.dead_url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        redrive = json.dumps({"deadLetterTargetArn": arn, "maxReceiveCount": 3})
        attributes = {"FifoQueue": "true", "RedrivePolicy": redrive, "VisibilityTimeout": "0"}
        self.url = client.create_queue(QueueName=f"events-{number}.fifo", Attributes=attributes)["QueueUrl"]

    def messages(self, *, dead: bool = False) -> list[dict[str, Any]]:
        """Everything in it, taken out."""
        found = []
        url = self.dead_url if dead else self.url
        while batch := self._receive(url, 10, 30):
            found += batch
            for message in batch:
                self.delete(message["ReceiptHandle"], url)
        return found

    def event(self, size: int = 10, visibility: int = 0) -> dict[str, Any]:
        """Up to ``size`` messages as Lambda hands them to its function; they stay in the queue."""
        return {"Records": [self.record(message) for message in self._receive(self.url, size, visibility)]}

    def delete(self, receipt: str, url: str = "") -> None:
        self.client.delete_message(QueueUrl=url or self.url, ReceiptHandle=receipt)

    def settle(self, event: dict[str, Any], answer: dict[str, Any]) -> list[str]:
        """Delete whatever did not fail, as Lambda does; the ids of what failed, in the order of the event."""
        failed = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
        for record in event["Records"]:
            if record["messageId"] not in failed:
                self.delete(record["receiptHandle"])
        assert [r["messageId"] for r in event["Records"] if r["messageId"] in failed] == failed
        return failed

    def _receive(self, url: str, size: int, visibility: int) -> list[dict[str, Any]]:
        found = self.client.receive_message(
            QueueUrl=url,
            MaxNumberOfMessages=size,
            VisibilityTimeout=visibility,
            MessageSystemAttributeNames=["All"],
            MessageAttributeNames=["All"],
        )
        return list(found.get("Messages", []))

    @staticmethod
    def record(message: dict[str, Any]) -> dict[str, Any]:
        attributes = {
            name: {
                "stringValue": given["StringValue"],
                "stringListValues": [],
                "binaryListValues": [],
                "dataType": given["DataType"],
            }
            for name, given in message.get("MessageAttributes", {}).items()
        }
        return {
            "messageId": message["MessageId"],
            "receiptHandle": message["ReceiptHandle"],
            "body": message["Body"],
            "attributes": message["Attributes"],
            "messageAttributes": attributes,
            "eventSource": "aws:sqs",
        }


@pytest.fixture
def queue(handler: Any, monkeypatch: pytest.MonkeyPatch) -> Queue:
    made = Queue(handler.client("sqs"))
    monkeypatch.setenv("QUEUE_URL", made.url)
    monkeypatch.setenv("DEAD_LETTER_QUEUE_URL", made.dead_url)
    monkeypatch.setenv("MAX_RECEIVES", "3")
    return made


@pytest.fixture
def new_secret(handler: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[[Any], None]:
    """Make or rotate the secret of webhooks."""
    client, name = handler.client("secretsmanager"), f"webhook-{next(NUMBERS)}"
    monkeypatch.setenv("WEBHOOK_SECRET", client.create_secret(Name=name, SecretString="{}")["ARN"])

    def write(secret: Any) -> None:
        client.put_secret_value(SecretId=name, SecretString=json.dumps({"webhook_secret": secret}))

    return write


def signature(body: bytes, secret: str = SECRET) -> str:
    return base64.b64encode(hmac.new(secret.encode(), body, hashlib.sha256).digest()).decode()


@pytest.fixture
def sign() -> Callable[..., str]:
    """WooCommerce's signature of a body."""
    return signature


def webhook_event(body: bytes, topic: str, delivery: int, /, **changes: Any) -> dict[str, Any]:
    """A delivery as API Gateway hands it over; ``headers`` of the changes replace or, as None, remove WooCommerce's."""
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "WooCommerce/9.4.2 Hookshot (WordPress/6.7)",
        "X-WC-Webhook-Source": "https://shop.example/",
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Signature": signature(body),
        "X-WC-Webhook-ID": "12",
        "X-WC-Webhook-Delivery-ID": f"{delivery:032x}",
        **changes.pop("headers", {}),
    }
    return {
        "httpMethod": "POST",
        "path": "/webhooks/woocommerce",
        "headers": {name: value for name, value in headers.items() if value is not None},
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
        "requestContext": {"requestId": "request-31", "requestTimeEpoch": 1732190000123 + delivery},
        **changes,
    }


@pytest.fixture
def post(handler: Any, new_secret: Any, queue: Queue, table: str) -> Callable[..., tuple[int, Any]]:
    """Deliver a webhook to the intake: status and parsed body of the answer."""
    assert queue
    assert table
    new_secret(SECRET)

    def posted(body: bytes, /, topic: str = "order.updated", delivery: int = 1, **changes: Any) -> tuple[int, Any]:
        answer = handler.receive(webhook_event(body, topic, delivery, **changes), None)
        assert set(answer) == {"statusCode", "headers", "body"}
        assert answer["headers"] == {
            "Cache-Control": "no-cache, must-revalidate, max-age=0, no-store, private",
            "Content-Type": "application/json; charset=UTF-8",
            "X-Content-Type-Options": "nosniff",
        }
        return answer["statusCode"], json.loads(answer["body"])

    return posted


@pytest.fixture
def parked(items: Callable[[str], list[Item]], table: str) -> Callable[[], list[Item]]:
    """Parked items in the order of their keys."""

    def found() -> list[Item]:
        kept = [item for item in items(table) if item["pk"]["S"] == "s#PARKED"]
        assert all(re.fullmatch(r"\d{13}#[0-9a-f]{16}#\d{3}", item["sk"]["S"]) for item in kept)
        return sorted(kept, key=lambda item: item["sk"]["S"])

    return found
