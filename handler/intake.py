"""The intake: takes over what the shop delivers, once and whole, and says so. Whatever is not taken over is lost.

WooCommerce never delivers again, waits for the answer, and turns a webhook off after seven failures. So everything
signed is answered 200 as soon as it is safe: in the queue, or parked in the table.
"""

import base64
import hmac
import html
import json
import os
import re
import time
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from .credentials import versions
from .messages import identity, message, plain
from .metrics import emit
from .parking import park
from .request import facts_of, header, request_of
from .responses import HEADERS
from .runtime import Json, client, code_of, tell
from .table import Table

#: What is left of Lambda's limit of 6 MB for a request, when its body comes as base64:
#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
BODY_BYTES = 4_400_000

#: The only thing that WooCommerce sends unsigned, when a webhook is made; it must be answered 200.
PING = re.compile(rb"webhook_id=[0-9]{1,20}")

#: What WordPress's ``wp_specialchars_decode`` decodes, which WooCommerce puts a secret through before it signs.
ENTITY = re.compile("&(amp|lt|gt|quot|#0*(34|38|39|60|62)|#[xX]0*(22|26|27));")

#: Status, code and message by what became of a delivery, unless it was 200.
REFUSED = {
    "garbled": (400, "rest_invalid_body", "The body is not what its encoding says."),
    "forged": (401, "woocommerce_rest_authentication_error", "Invalid signature."),
    "oversized": (413, "woo_stack_too_large", "The body is over 4.4 MB."),
    "failed": (503, "woo_stack_busy", "The event could not be stored."),
}

#: The metric that counts an outcome; all others are Rejected.
COUNTED = {"accepted": "Accepted", "parked": "Parked", "failed": "Lost"}


def receive(event: Json, _context: Any) -> Json:
    """Lambda's entry point behind API Gateway: an answer in WooCommerce's shape, one record in the log, one metric.

    The record holds no body, signature or secret.
    """
    started = time.monotonic()
    facts: Json = {}
    trouble = None
    try:
        request = request_of(event)
        facts |= facts_of(request)
        outcome = taken(request, facts)
    except Exception as error:
        outcome, trouble = "failed", error
    facts |= {"outcome": outcome, "duration_ms": round((time.monotonic() - started) * 1000)}
    tell("receive", facts, trouble)
    if outcome != "ping":
        emit(**{COUNTED.get(outcome, "Rejected"): 1})
    status, *words = REFUSED.get(outcome, (200,))
    body = {"code": words[0], "message": words[1], "data": {"status": status}} if words else {}
    headers = {name: HEADERS[name] for name in ("Cache-Control", "Content-Type", "X-Content-Type-Options")}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body)}


def taken(event: Json, facts: Json) -> str:
    """What became of a delivery. Raises whatever kept a signed one from being stored."""
    try:
        given = event.get("body") or ""
        body = base64.b64decode(given, validate=True) if event.get("isBase64Encoded") else given.encode()
    except ValueError:
        return "garbled"
    facts["bytes"] = len(body)
    signature = header(event, "x-wc-webhook-signature")
    if PING.fullmatch(body) and not signature:
        return "ping"
    if len(body) > BODY_BYTES:
        return "oversized"
    if not signed(body, signature, facts):
        return "forged"
    names = ("topic", "id", "delivery-id", "source")
    about = {name.split("-")[0]: plain(header(event, f"x-wc-webhook-{name}")) for name in names}
    facts |= {name: about[name] for name in ("topic", "delivery")}
    about["request"] = facts["gateway_request_id"]
    about["received"] = f"{event['requestContext']['requestTimeEpoch']:013}#{identity(body, about)[:16]}"
    webhook = json.dumps(about, separators=(",", ":"))
    try:
        client("sqs").send_message(QueueUrl=os.environ["QUEUE_URL"], **message(body, webhook))
    except (OverflowError, BotoCoreError, ClientError) as error:
        facts["why"] = code_of(error)
        why = plain(f"{type(error).__name__}: {error}")
        park(Table(client("dynamodb"), os.environ["TABLE_NAME"]), body, webhook, why)
        return "parked"
    return "accepted"


def signed(body: bytes, signature: str, facts: Json) -> bool:
    """Whether the signature is the body's by a secret, as WooCommerce computes it; an empty secret signs nothing."""
    given = signature.encode(errors="surrogatepass")
    for version in versions(os.environ["WEBHOOK_SECRET"], facts):
        for name in sorted(version):
            # While webhooks are being given a new one, webhook_secret_2 may be there beside it.
            if name.startswith("webhook_secret"):
                secret = ENTITY.sub(lambda entity: html.unescape(entity[0]), version[name]).encode()
                if secret and hmac.compare_digest(given, base64.b64encode(hmac.digest(secret, body, "sha256"))):
                    return True
    return False
