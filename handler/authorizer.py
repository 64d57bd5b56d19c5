"""The authorizer of the read API: WooCommerce's consumer key and secret, checked against Secrets Manager."""

import base64
import hashlib
import hmac
import os
from typing import Any

from .credentials import versions
from .request import facts_of, header, request_of
from .runtime import Json, tell

#: The two 401s of WooCommerce, which the API's gateway response ACCESS_DENIED renders from the context.
UNKNOWN_KEY = {"code": "woocommerce_rest_cannot_view", "message": "Sorry, you cannot list resources."}
WRONG_SECRET = {"code": "woocommerce_rest_authentication_error", "message": "Consumer secret is invalid."}


def authorize(event: Json, _context: Any) -> Json:
    """Lambda's entry point as a REQUEST authorizer, of HTTP APIs too (payload version 1): a policy for the whole stage.

    API Gateway remembers the policy under the Authorization header and applies it to every route.
    With ``USAGE_KEY``, the value of a usage plan's key, API Gateway counts who is let in by that plan. Raises what
    Secrets Manager raises; API Gateway answers 500 then.
    """
    request = request_of(event)
    facts = facts_of(request)
    pair = presented(request)
    try:
        denial = denial_of(pair, facts)
    except Exception as error:
        tell("authorize", facts, error)
        raise
    effect = "Deny" if denial else "Allow"
    tell("authorize", facts | {"effect": effect})
    stage = "/".join(event["methodArn"].split("/")[:2])
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": f"{stage}/*"}
    policy = {
        "principalId": "anonymous" if denial else pair[0],
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": denial or {},
    }
    usage = os.environ.get("USAGE_KEY")
    return policy | ({"usageIdentifierKey": usage} if usage else {})


def presented(event: Json) -> tuple[str, str]:
    """The pair of key and secret that a request carries: two empty texts, which are never right, if it carries none.

    A header decides alone, because the answer is remembered under it: with the query's pair beside it, a right one
    would open the API to all who send the same header, and a wrong one close it. (WooCommerce asks the query first.)
    """
    given = event["given"]
    key, secret = given.get("consumer_key"), given.get("consumer_secret")
    if credentials := header(event, "authorization"):
        scheme, _, token = credentials.partition(" ")
        token = token.strip(" ") if scheme.lower() == "basic" else ""
        try:
            key, _, secret = base64.b64decode(token, validate=True).decode().partition(":")
        except ValueError:
            key = ""
    return (key, secret) if isinstance(key, str) and isinstance(secret, str) else ("", "")


def denial_of(pair: tuple[str, str], facts: Json) -> dict[str, str] | None:
    """Why a pair is not accepted; None when it is right. Takes the same time for any wrong pair of a length.

    While clients are being given a new pair, the one before may be there beside it, as ``consumer_key_2`` and
    ``consumer_secret_2``. The log is told why, and the beginning of the key's hash: what one caller asks is alike, and
    nobody is named.
    """
    key, secret = (part.encode(errors="surrogatepass") for part in pair)
    for expected in versions(os.environ["API_KEY_SECRET"], facts):
        known = right = False
        for end in ("", "_2"):
            found = hmac.compare_digest(key, expected.get(f"consumer_key{end}", "").encode())
            right |= found & hmac.compare_digest(secret, expected.get(f"consumer_secret{end}", "").encode())
            known |= found
        if right and key and secret:
            return None
    denial = WRONG_SECRET if known and key and secret else UNKNOWN_KEY
    facts |= {"why": denial["code"], "key": hashlib.sha256(key).hexdigest()[:8]}
    return denial
