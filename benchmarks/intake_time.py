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
from contextlib import redirect_stdout
from io import StringIO
from typing import Any

from woo_stack.handler import credentials, intake

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


def main() -> None:
    """Print median and slowest of some runs for each size."""
    os.environ |= {"WEBHOOK_SECRET": "arn", "QUEUE_URL": "url", "AWS_LAMBDA_FUNCTION_NAME": "Intake"}
    credentials.client = intake.client = lambda _: Silent()
    logging.disable()
    print(f"{'intake, ms':<28}{'median':>26}{'slowest':>26}")
    for size in KILOBYTES:
        took = []
        for number in range(RUNS):
            event = delivery(size * 1000, number)
            started = time.perf_counter()
            with redirect_stdout(StringIO()):
                answer = intake.receive(event, None)
            took.append((time.perf_counter() - started) * 1000)
            if answer["statusCode"] != 200:
                raise SystemExit(answer["body"])
        print(f"{f'a webhook of {size} KB':<28}{statistics.median(took):>26.1f}{max(took):>26.1f}")


if __name__ == "__main__":
    main()
