"""What every function of the stack has: a logger, and clients that give up before the caller does."""

import logging
import os
from functools import cache
from typing import Any, Literal

import boto3
from botocore.config import Config

#: A JSON object: an event, an answer, a document, a DynamoDB item.
Json = dict[str, Any]

#: Lambda's JSON log format writes the fields of ``extra`` beside the message, and sets the level.
LOG = logging.getLogger("woo_stack")


@cache
def client(service: Literal["dynamodb", "secretsmanager"]) -> Any:
    """The container's only boto3 client of ``service``.

    WooCommerce's own API clients give up after 5 s (``woocommerce`` on PyPI), so two tries of at most 2 s must do.
    """
    return boto3.client(
        service,
        config=Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2}),
    )


# A client takes 0.2 s of CPU. Lambda gives it for nothing, at full speed, only while a container starts. What a
# function's environment names tells which client it will need; nothing is made where there is no such environment.
if "TABLE_NAME" in os.environ:
    client("dynamodb")
if "API_KEY_SECRET" in os.environ:
    client("secretsmanager")
