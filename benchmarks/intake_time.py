"""How long the intake needs of its own for a webhook: all but the call of SQS itself, in milliseconds."""

import base64
import hashlib
import hmac
import json
import logging
import os
import random
import statistics
import time
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from typing import Any
from unittest.mock import patch

from woo_stack.handler import credentials, intake

from figure import Figure

TITLE = "Intake: its own time for a webhook, all but the call of SQS itself"

SECRET = "nCcoixfXbeEjYcQn8EXehbxTEzSO9eZF"  # noqa: S105 (nobody's)
KILOBYTES = (3, 150, 750, 3000)
RUNS = 60


class Silent:
    """Secrets Manager and SQS that answer at once."""

    def get_secret_value(self, **_: Any) -> dict[str, str]:
        """The secret."""
        return {"SecretString": json.dumps({"webhook_secret": SECRET})}

    def send_message(self, **_: Any) -> None:
        """Nothing."""


def delivery(size: int, number: int) -> dict[str, Any]:
    """A webhook of so many bytes as API Gateway hands it over."""
    draw = random.Random(number)  # noqa: S311 (a repeatable draw)
    lines = [{"id": place, "sku": f"{draw.random()}", "price": 3.35} for place in range(size // 52)]
    body = json.dumps({"id": number, "line_items": lines}).encode()
    signature = base64.b64encode(hmac.digest(SECRET.encode(), body, hashlib.sha256)).decode()
    headers = {"X-WC-Webhook-Topic": "order.updated", "X-WC-Webhook-Signature": signature}
    return {
        "headers": headers,
        "body": base64.b64encode(body).decode(),
        "isBase64Encoded": True,
        "requestContext": {"requestId": "r", "requestTimeEpoch": 1732190000123 + number},
    }


def figures() -> Iterator[Figure]:
    """The median of some webhooks of each size."""
    environment = {"WEBHOOK_SECRET": "arn", "QUEUE_URL": "url", "AWS_LAMBDA_FUNCTION_NAME": "Intake"}
    logging.disable()
    with (
        patch.dict(os.environ, environment),
        patch.object(credentials, "client", lambda _: Silent()),
        patch.object(intake, "client", lambda _: Silent()),
    ):
        for size in KILOBYTES:
            took = [milliseconds(delivery(size * 1000, number)) for number in range(RUNS)]
            yield Figure(f"a webhook of {size} KB", statistics.median(took), "ms")
    logging.disable(logging.NOTSET)


def milliseconds(event: dict[str, Any]) -> float:
    """One webhook."""
    started = time.perf_counter()
    with redirect_stdout(StringIO()):
        answer = intake.receive(event, None)
    took = (time.perf_counter() - started) * 1000
    if answer["statusCode"] != 200:
        raise SystemExit(answer["body"])
    return took
