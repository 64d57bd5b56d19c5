"""The applier: takes events from the queue into the mirror, those about a resource in the order of their arrival."""

import json
import os
import re
import time
from collections import Counter
from contextlib import suppress
from datetime import datetime
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .documents import KINDS, deleted, id_of, kind_of, parse
from .lists import DocumentError
from .messages import TOPICS, attributes, body_of, plain, texts_of
from .metrics import emit
from .mirror import TRASHABLE, Mirror, modified
from .parking import park
from .runtime import Json, client, code_of, tell
from .table import ATTEMPTS, StoreBusy, Table, back_off

#: What is left of a function's time when it takes no further message, and when it gives up one that keeps failing:
#: less than that of the longest write, and enough for some.
LAST_MS, PATIENCE_MS = 5_000, 20_000

#: How much later than it came an event is in the queue when it was moved there again.
REDRIVEN_MS = 60_000

#: Errors of AWS that come again each time: a request that is wrong, as one of a transaction.
LASTING = ("ValidationException", "TransactionCanceledException")

#: The metric that counts an outcome.
METRICS = dict.fromkeys(("inserted", "replaced", "deleted"), "Stored") | {
    "stale": "Stale",
    "duplicate": "Duplicate",
    "parked": "Parked",
    "dead-lettered": "DeadLettered",
}

#: Keys by which documents are told from each other: a deletion has none of them.
TELLING = {key for kind in KINDS.values() for key in kind.keys.split()}


def apply(event: Json, context: Any) -> Json:
    """Lambda's entry point as the consumer of the FIFO queue: the messages that shall come again.

    One that fails makes the rest of its group wait with it, others go on.
    """
    mirror = Mirror(Table(client("dynamodb"), os.environ["TABLE_NAME"]))
    counts: Counter[str] = Counter()
    lags: list[float] = []
    waiting: set[str] = set()
    again = []
    for position, record in enumerate(event["Records"]):
        group = record["attributes"]["MessageGroupId"]
        late = position and context.get_remaining_time_in_millis() < LAST_MS
        outcome = "" if late or group in waiting else settle(mirror, record, context, lags)
        if outcome:
            counts[METRICS[outcome]] += 1
        else:
            waiting.add(group)
            again.append({"itemIdentifier": record["messageId"]})
    emit(**counts, **({"Lag": lags} if lags else {}))
    return {"batchItemFailures": again}


def settle(mirror: Mirror, record: Json, context: Any, lags: list[float]) -> str:
    """What became of a message, logged; empty when it shall come again.

    What passes is waited for here while there is time: the queue brings a message again only after its visibility
    timeout, and until then nothing else of its group.
    """
    facts: Json = {"message_id": record["messageId"]}
    trouble: Exception | None = None
    for attempt in range(ATTEMPTS):
        back_off(attempt)
        try:
            outcome = applied(mirror, record, facts, lags)
        except Exception as error:
            trouble = error
            if not passes(error) or context.get_remaining_time_in_millis() < PATIENCE_MS:
                break
        else:
            tell("apply", facts | {"outcome": outcome})
            return outcome
    received, most = record["attributes"]["ApproximateReceiveCount"], os.environ["MAX_RECEIVES"]
    outcome = "" if passes(trouble) and int(received) < int(most) else dead_letter(record, facts, trouble)
    tell("apply", facts | {"outcome": outcome or "failed", "receives": received}, trouble)
    return outcome


def passes(error: Exception | None) -> bool:
    """Whether it may work when it is tried again. Else it is a mistake of ours, and would only keep others waiting."""
    return isinstance(error, (StoreBusy, BotoCoreError, ClientError)) and code_of(error) not in LASTING


def dead_letter(record: Json, facts: Json, error: Exception | None) -> str:
    """Put a message where an operator finds it, with the reason, which AWS's errors word without any of the body."""
    reason = f"{type(error).__name__}: {error}" if passes(error) else code_of(error)
    try:
        client("sqs").send_message(
            QueueUrl=os.environ["DEAD_LETTER_QUEUE_URL"],
            MessageBody=record["body"],
            MessageAttributes=attributes(texts_of(record) | {"reason": plain(reason)}),
            MessageGroupId=record["attributes"]["MessageGroupId"],
            # Not the one that it had: redriven, it may be back here sooner than SQS forgets that.
            MessageDeduplicationId=record["messageId"],
        )
    except (BotoCoreError, ClientError) as other:
        tell("dead_letter", facts, other)
        return ""
    return "dead-lettered"


def applied(mirror: Mirror, record: Json, facts: Json, lags: list[float]) -> str:
    """What became of a message's event; parked when it is one that no other try could use."""
    webhook, body = texts_of(record)["webhook"], body_of(record)
    about = json.loads(webhook)
    facts |= {"topic": about["topic"], "delivery": about["delivery"], "gateway_request_id": about.get("request")}
    try:
        document = parse(body)
        hours = int(os.environ.get("REPLAY_HOURS") or 0)
        # What is in the queue long after it came has been moved back by an operator, who has looked at it.
        if hours and int(record["attributes"]["SentTimestamp"]) - int(about["received"][:13]) > REDRIVEN_MS:
            hours = 0
        outcome = merged(mirror, document, body, about, hours)
    except (DocumentError, RecursionError) as error:
        why = facts["why"] = plain(error)
        park(mirror.table, body, webhook, why)
        return "parked"
    if outcome in ("inserted", "replaced"):
        with suppress(ValueError):
            modified = datetime.fromisoformat(f"{document.get('date_modified_gmt')}+00:00")
            lags.append(max(0, time.time() - modified.timestamp()))
    return outcome


def merged(mirror: Mirror, document: Json, body: bytes, about: Json, hours: int) -> str:
    """What the mirror made of an event; DocumentError for one that says nothing about a document.

    WooCommerce signs the body alone. So what a body is must agree with its topic: a document under another topic's
    name is none of its events. With ``hours`` nor is one that was older when it came, by its own date, which is signed;
    and no deletion that may be an old one (see `is_repeated`).
    """
    topic, received = about["topic"], about["received"]
    resource, _, action = topic.partition(".")
    if {"code", "message"} <= document.keys() and "id" not in document:
        # WordPress's codes are words; anything else may be a piece of a document after all.
        raise DocumentError("error object: " + re.sub(".*[^a-z_].*", "?", f"{document['code']}"))
    if resource not in TOPICS or action not in ("created", "updated", "published", "restored", "deleted"):
        raise DocumentError("unknown topic")
    event = f"woocommerce.{topic}"
    if action == "deleted":
        if TELLING & document.keys():
            raise DocumentError("a deletion has nothing of a document but its id; this one has")
        number = id_of(document, resource)
        if hours and is_repeated(mirror, resource, number, received):
            raise DocumentError("replayed? Its id was deleted before")
        return mirror.delete(resource, number, received, event)
    kind = kind_of(document)
    # Nobody restores what has no trash, but who repeats a customer that was deleted could say so.
    if kind.topic != resource or (action == "restored" and kind.family not in TRASHABLE):
        raise DocumentError(f"{kind.noun} documents have no topic {topic}")
    if hours and modified(document, received) < modified({}, f"{int(received[:13]) - hours * 3_600_000:013}"):
        raise DocumentError(f"replayed? It was over {hours} hours old")
    return mirror.put(kind, body, received, event)


def is_repeated(mirror: Mirror, resource: str, number: int, received: str) -> bool:
    """Whether a deletion may be an old one, sent again: its document is there, and one of its id was deleted before.

    The bodies of deletions are the same each time, and for each kind.
    """
    items = {
        kind.topic: mirror.table.item(f"s#{kind.family}#{number}", consistent=True) or {} for kind in KINDS.values()
    }
    before = any("x" in item and item["x"]["S"] != received for item in items.values())
    return before and "z" in items[resource] and not deleted(items[resource])
