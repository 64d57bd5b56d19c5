"""Events that were acknowledged and are not in the mirror: parked in the table, or dead letters of the queue.

Both kinds are taken from where they wait only after they have been sent to the queue. Whoever is interrupted in between
sends them twice, which the applier recognises; no interruption loses one.
"""

import gzip
import json
import zlib
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial
from itertools import groupby
from typing import Any, NamedTuple, Protocol
from uuid import uuid4

from botocore.exceptions import BotoCoreError, ClientError

from woo_stack.handler.messages import message

#: How long a dead letter is hidden from others once it is received: ten are sent and deleted in much less.
HIDDEN_SECONDS = 120
#: How long a queue that seems empty is listened to: SQS asks a part of its servers only, unless it may wait.
WAIT_SECONDS = 2
#: The most that ReceiveMessage hands over.
BATCH = 10

#: Why a dead letter is not shown: it, or one before it in its group, was received by a run that was cut short, or by
#: somebody who is still at work.
HIDDEN = f"hidden from others for up to {HIDDEN_SECONDS // 60} minutes: try again then"

Json = dict[str, Any]
#: The items of one parked event by the number of the part.
Parts = dict[int, Json]


class Event(NamedTuple):
    """One event that can be moved: what SendMessage takes, and how it is removed from where it waits."""

    message: Json
    remove: Callable[[], None]


class Source(Protocol):
    """A place where events wait. ``names`` are what one and several of them are called, ``left`` is why some stay."""

    names: tuple[str, str]
    left: Counter[str]

    def events(self) -> Iterator[Event]:
        """What can be moved, the oldest first; each is moved before the next is asked for."""

    def reasons(self) -> Counter[str]:
        """Why they wait and how many do, without moving any."""

    def release(self) -> None:
        """Let others see what is left."""


class ParkedEvents:
    """What ``table`` keeps of events received before ``until``, milliseconds: signed, but no use or too large.

    An event that is parked again while it is being moved gets the very keys that are to be deleted. Therefore its items
    are marked before it is sent, and deleted only while they bear the mark: parking writes them anew, without it.
    """

    names = ("parked", "parked")

    def __init__(self, client: Any, table: str, until: int) -> None:
        self.left: Counter[str] = Counter()
        self._client = client
        self._table = table
        self._until = until
        self._mark = {"S": uuid4().hex}

    def events(self) -> Iterator[Event]:
        """Those that are complete and that the queue takes."""
        for parts, sent in self._sendable(self._remove):
            if self._marked(parts):
                yield Event(sent, partial(self._remove, parts, self._mark))

    def reasons(self) -> Counter[str]:
        """Why those were parked."""
        return Counter(parts[0]["why"]["S"] for parts, _ in self._sendable(lambda *_: None))

    def release(self) -> None:
        """Nothing is held."""

    def _sendable(self, finish: Callable[[Parts, Json], None]) -> Iterator[tuple[Parts, Json]]:
        """Items and message of what can be sent; ``finish`` gets the items and the mark of a removal cut short."""
        for parts in self._parked():
            head = parts.get(0, {"parts": {"N": "1"}})
            numbers = range(int(head["parts"]["N"]))
            if not parts.keys() >= set(numbers):
                # Parking writes the head last and a redrive removes it last: with a mark on it the event has been sent.
                if mark := head.get("redriven"):
                    finish(parts, mark)
                else:
                    self.left["incomplete"] += 1
                continue
            try:
                body = gzip.decompress(b"".join(parts[number]["z"]["B"] for number in numbers))
                sent = message(body, head["w"]["S"])
            except OverflowError:
                self.left["too large for the queue"] += 1
            except (OSError, EOFError, LookupError, TypeError, ValueError, zlib.error):
                self.left["unreadable"] += 1
            else:
                yield parts, sent

    def _parked(self) -> Iterator[Parts]:
        """The items of each event."""
        pages = self._client.get_paginator("query").paginate(
            TableName=self._table,
            KeyConditionExpression="pk = :pk AND sk < :until",
            ExpressionAttributeValues={":pk": {"S": "s#PARKED"}, ":until": {"S": f"{self._until:013}"}},
            ConsistentRead=True,
        )
        items = (item for page in pages for item in page["Items"])
        for _, parts in groupby(items, key=lambda item: item["sk"]["S"].rpartition("#")[0]):
            yield {int(part["sk"]["S"].rpartition("#")[2]): part for part in parts}

    def _marked(self, parts: Parts) -> bool:
        """Mark all items; False when another redrive has removed them meanwhile."""
        try:
            for part in parts.values():
                self._client.update_item(
                    **self._key(part),
                    UpdateExpression="SET redriven = :mark",
                    ConditionExpression="attribute_exists(pk)",
                    ExpressionAttributeValues={":mark": self._mark},
                )
        except self._client.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def _remove(self, parts: Parts, mark: Json) -> None:
        for _, part in sorted(parts.items(), reverse=True):
            with suppress(self._client.exceptions.ConditionalCheckFailedException):
                self._client.delete_item(
                    **self._key(part),
                    ConditionExpression="redriven = :mark",
                    ExpressionAttributeValues={":mark": mark},
                )

    def _key(self, item: Json) -> Json:
        return {"TableName": self._table, "Key": {name: item[name] for name in ("pk", "sk")}}


class DeadLetters:
    """Messages of the dead-letter queue ``url`` that were sent there before ``until``, milliseconds.

    A FIFO queue shows no more than ten messages of a group until these are deleted.
    """

    names = ("dead letter", "dead letters")

    def __init__(self, client: Any, url: str, until: int) -> None:
        self.left: Counter[str] = Counter()
        self._client = client
        self._url = url
        self._until = until
        self._held: dict[str, str] = {}

    def events(self) -> Iterator[Event]:
        """Those that were there at the start: what fails again while it is moved comes back with a later time."""
        unseen = sum(self._counts())
        while batch := self._received():
            for letter in sorted(batch, key=_received_of):
                if int(letter["Attributes"]["SentTimestamp"]) < self._until:
                    unseen -= 1
                    yield Event(_again(letter), partial(self._remove, letter["MessageId"]))
                else:
                    self.left["arrived meanwhile"] += 1
        self.left[HIDDEN] = self._still(unseen)

    def reasons(self) -> Counter[str]:
        """Why the applier gave up, as far as it could say."""
        found: Counter[str] = Counter()
        visible, hidden = self._counts()
        full = False
        while batch := self._received():
            full |= len(batch) == BATCH
            attributes = [letter.get("MessageAttributes", {}) for letter in batch]
            found.update(one.get("reason", {}).get("StringValue", "no reason given") for one in attributes)
        unseen = self._still(visible + hidden - found.total())
        # A batch that is not full has shown all of its groups, so the rest is behind hidden ones; but large messages
        # make small batches, so where none is hidden the rest is behind those shown.
        locked = not found or (hidden and not full)
        self.left[HIDDEN] = unseen if locked else min(hidden, unseen)
        found["not to be seen before others are moved"] = unseen - self.left[HIDDEN]
        return +found

    def release(self) -> None:
        """End the hiding of what is left now; it would end by itself a little later."""
        for handle in self._held.values():
            with suppress(BotoCoreError, ClientError):
                self._client.change_message_visibility(QueueUrl=self._url, ReceiptHandle=handle, VisibilityTimeout=0)

    def _received(self) -> list[Json]:
        answer = self._client.receive_message(
            QueueUrl=self._url,
            MaxNumberOfMessages=BATCH,
            VisibilityTimeout=HIDDEN_SECONDS,
            WaitTimeSeconds=WAIT_SECONDS,
            MessageAttributeNames=["All"],
            MessageSystemAttributeNames=["All"],
        )
        batch: list[Json] = answer.get("Messages", [])
        self._held |= {letter["MessageId"]: letter["ReceiptHandle"] for letter in batch}
        return batch

    def _remove(self, message_id: str) -> None:
        self._client.delete_message(QueueUrl=self._url, ReceiptHandle=self._held[message_id])
        del self._held[message_id]

    def _still(self, unseen: int) -> int:
        """How many of those that waited at the start, and were not shown, wait now.

        SQS's numbers are a minute old at times. The smaller of then and now leaves out what was deleted meanwhile, here
        or by another run, and what arrived meanwhile.
        """
        return max(0, min(unseen, sum(self._counts()) - len(self._held)))

    def _counts(self) -> tuple[int, int]:
        """About how many can be received, and how many are hidden because somebody has received them."""
        names = ("ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible")
        found = self._client.get_queue_attributes(QueueUrl=self._url, AttributeNames=names)["Attributes"]
        return int(found[names[0]]), int(found[names[1]])


def _received_of(letter: Json) -> str:
    """When the event was received; empty for a message that no intake has sent."""
    try:
        return f"{json.loads(letter['MessageAttributes']['webhook']['StringValue'])['received']}"
    except (KeyError, TypeError, ValueError):
        return ""


def _again(letter: Json) -> Json:
    """What SendMessage takes for a message as it was before it failed."""
    attributes = {name: value for name, value in letter.get("MessageAttributes", {}).items() if name != "reason"}
    return {
        "MessageBody": letter["Body"],
        "MessageAttributes": attributes,
        "MessageGroupId": letter["Attributes"]["MessageGroupId"],
    }
