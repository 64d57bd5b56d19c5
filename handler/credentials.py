"""The secret that a function checks callers by: remembered, and looked up again before anybody is refused."""

import json
import math
import time
from collections.abc import Iterator

from .runtime import Json, client, tell

#: How long a container trusts a secret that it has read; a caller who does not fit makes it look again after less.
TRUST_SECONDS, DOUBT_SECONDS = 300, 10

#: Secrets by ARN, each with ``read_at``: when this container has read it (seconds of the monotonic clock).
KNOWN: dict[str, Json] = {}


def versions(arn: str, facts: Json) -> Iterator[Json]:
    """The secret as it is remembered and then, for who did not fit that, as it is now: a new one works in ten seconds.

    Looked up at most once in ``DOUBT_SECONDS``, so that a caller with an old secret does not hammer Secrets Manager.
    Its errors, and a secret that is no JSON object, are let through as long as no secret is remembered, and else are
    told with the request's ``facts``.
    """
    for max_age in (TRUST_SECONDS, DOUBT_SECONDS):
        if time.monotonic() - KNOWN.get(arn, {"read_at": -math.inf})["read_at"] > max_age:
            try:
                answer = client("secretsmanager").get_secret_value(SecretId=arn)
                KNOWN[arn] = {**json.loads(answer["SecretString"]), "read_at": time.monotonic()}
            except Exception as error:
                # Refused, or no JSON object: what was right five minutes ago is better than turning everybody away.
                if arn not in KNOWN:
                    raise
                tell("versions", facts, error)
        yield KNOWN[arn]
