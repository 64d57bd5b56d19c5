"""How an event travels through the queue: its body byte for byte, and beside it what came with it.

The attribute ``webhook`` is compact JSON: ``topic``, ``id``, ``delivery``, ``source``, ``received``, by which events
are ordered, and ``request``, API Gateway's id, by which logs are searched; older releases sent none. A body that SQS
would not take as text is the base64 of its gzip, as ``encoding`` says then.
"""

import base64
import gzip
import hashlib
import json
import re

from .documents import KINDS
from .runtime import Json

#: SQS's limit of a message with its attributes is 1 MiB; these have less than the difference.
MESSAGE_BYTES = 1_048_576 - 4096

#: What SQS does not take in a text. (The same as what it does take, negated, compiles in 6 ms instead of 0.6.)
#: https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessage.html
UNSENDABLE = re.compile(r"[\0-\x08\x0B\x0C\x0E-\x1F\uD800-\uDFFF\uFFFE\uFFFF]")

#: The resources that webhooks are about.
TOPICS = {kind.topic for kind in KINDS.values()}


def plain(text: object) -> str:
    """A text that may hold anything, made fit for attributes and logs: printable ASCII, at most 200 characters."""
    return re.sub("[^ -~]", "", f"{text}")[:200]


def identity(body: bytes, about: Json) -> str:
    """What is the same for two deliveries only when they are one: WooCommerce's delivery id lasts for a second.

    Without one, every request is a delivery.
    """
    return hashlib.sha256(f"{about['id']}\0{about['delivery'] or about.get('request')}\0".encode() + body).hexdigest()


def message(body: bytes, webhook: str) -> Json:
    """What send_message takes for an event besides the queue; OverflowError when no queue takes it."""
    about = json.loads(webhook)
    resource = about["topic"].partition(".")[0]
    text, texts = "", {"webhook": webhook}
    if len(body) <= MESSAGE_BYTES:
        text = body.decode(errors="replace")
    if not text or text.encode() != body or UNSENDABLE.search(text):
        text = base64.b64encode(gzip.compress(body, 6, mtime=0)).decode()
        texts["encoding"] = "gzip"
    if len(text) > MESSAGE_BYTES:
        raise OverflowError("too large for the queue")
    return {
        "MessageBody": text,
        "MessageAttributes": attributes(texts),
        "MessageGroupId": resource if resource in TOPICS else "other",
        "MessageDeduplicationId": identity(body, about),
    }


def attributes(texts: dict[str, str]) -> Json:
    """Texts by name as a message's attributes."""
    return {name: {"DataType": "String", "StringValue": text} for name, text in texts.items()}


def texts_of(record: Json) -> dict[str, str]:
    """The attributes of a message as Lambda hands it over."""
    return {name: given["stringValue"] for name, given in record["messageAttributes"].items()}


def body_of(record: Json) -> bytes:
    """The body of the event in such a message."""
    body: bytes = record["body"].encode()
    return gzip.decompress(base64.b64decode(body)) if "encoding" in record["messageAttributes"] else body
