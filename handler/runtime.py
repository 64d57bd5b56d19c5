"""What every function of the stack has: a logger, and clients that give up before the caller does."""

import logging
import os
from functools import cache
from typing import Any, Literal

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

#: A JSON object: an event, an answer, a document, a DynamoDB item.
Json = dict[str, Any]

#: What functions call. A client takes 0.2 s of CPU; Lambda gives it for nothing, at full speed, only while a container
#: starts. So those are made then whose environment a function has. (The applier needs ``sqs`` for dead letters alone.)
Service = Literal["dynamodb", "secretsmanager", "sqs"]
SERVICES: dict[str, Service] = {
    "TABLE_NAME": "dynamodb",
    "API_KEY_SECRET": "secretsmanager",
    "WEBHOOK_SECRET": "secretsmanager",
    "QUEUE_URL": "sqs",
}

#: Lambda's JSON log format writes the fields of ``extra`` beside the message, and sets the level.
LOG = logging.getLogger("woo_stack")


def code_of(error: Exception | None) -> str:
    """What an error tells of itself without a word of its text: AWS's code for it, or its type."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__


def tell(what: str, facts: Json, error: Exception | None = None) -> None:
    """Write one record to the log. Of an error it holds type, code and place, but not the text.

    That may be a piece of a document or of a request, as a KeyError's is, or a refusal that quotes what it refuses.
    """
    (LOG.error if error else LOG.info)(
        what, extra=facts, exc_info=error and (type(error), Exception(code_of(error)), error.__traceback__)
    )


@cache
def client(service: Service) -> Any:
    """The container's only boto3 client of ``service``.

    WooCommerce's own API clients give up after 5 s (``woocommerce`` on PyPI), and so does its ping of a new webhook:
    two tries of at most 2 s must do. Who may take longer tries again.
    """
    return boto3.client(
        service,
        config=Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2}),
    )


for variable in SERVICES.keys() & os.environ.keys():
    client(SERVICES[variable])
