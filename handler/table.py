"""The table, and how DynamoDB is asked: what is passing is told apart from what is wrong, and tried again.

====================  =========================  ====================================================================
pk                    sk                         attributes
====================  =========================  ====================================================================
``s#O#727``           ``D``                      a document: see `mirror`
``s#L#O#any@date``    ``2017-03-22T16:28:02#…``  a row of a list; the key ends in the id
``s#N#O#any@date``    ``0#``                     ``n``: length of the list; ``v``: how often it was written
``s#N#O#any@date``    ``1#2017-03``              ``n``: rows whose key begins so; ``2#2017-03-22`` likewise
``s#PARKED``          ``1732190000123#…#000``    a part of an event that could not be used: see `parking`
====================  =========================  ====================================================================

A global index could not give exact totals: it is updated later than its table.
"""

import random
import time
from typing import Any

from botocore.exceptions import ClientError

from .lists import ORDERINGS
from .runtime import Json

#: DynamoDB's limit of keys in a batch.
BATCH_KEYS = 100

#: Tries of a write that others keep interrupting, or of a read that keeps being throttled: some 3 s of pauses.
ATTEMPTS = 7

#: Sort before and after every sort key, in the order of UTF-8 bytes.
FIRST, LAST = " ", "\U0010ffff"

#: Beginnings of what DynamoDB calls its refusals for the moment: codes of errors, reasons of a cancelled transaction.
PASSING = ("ConditionalCheck", "None", "ProvisionedThroughput", "RequestLimit", "Throttling", "Transaction")


class StoreBusy(Exception):  # noqa: N818 (a state, not a mistake)
    """The table kept refusing for contention or throttling: the same request may succeed later."""


def key_of(pk: str, sk: str) -> Json:
    """The key of an item."""
    return {"pk": {"S": pk}, "sk": {"S": sk}}


def prefixes_of(name: str) -> tuple[int, ...]:
    """The lengths of the sort key's beginnings that the list ``name`` counts."""
    return ORDERINGS[name.rpartition("@")[2]][1]


def back_off(attempt: int) -> None:
    """Sleep a random part of a time that doubles from attempt 1 on, so that interrupted writers do not meet again."""
    time.sleep(random.uniform(0, 0.05 * (2**attempt - 1)))  # noqa: S311 (jitter, not a secret)


class Table:
    """One shop's table; ``client`` is boto3's DynamoDB client.

    Its methods raise StoreBusy when DynamoDB refuses for the moment, and let botocore's other errors through. Reads
    are eventually consistent, as fits a mirror, at half the price.
    """

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name

    def item(self, pk: str, sk: str = "D", *, consistent: bool = False) -> Json | None:
        """One item, a document's unless ``sk`` says otherwise; None when there is none."""
        found: Json | None = self.call(
            "get_item", TableName=self.name, Key=key_of(pk, sk), ConsistentRead=consistent
        ).get("Item")
        return found

    def items(self, keys: list[Json]) -> dict[tuple[str, str], Json]:
        """Items by pk and sk. DynamoDB leaves out keys of a batch when throttled, and beyond 16 MB."""
        items: dict[tuple[str, str], Json] = {}
        attempt = 0
        while keys:
            batch = {self.name: {"Keys": keys[:BATCH_KEYS]}}
            answer = self.call("batch_get_item", RequestItems=batch)
            items |= {(item["pk"]["S"], item["sk"]["S"]): item for item in answer["Responses"].get(self.name, [])}
            left = answer.get("UnprocessedKeys", {}).get(self.name, {}).get("Keys", [])
            keys = left + keys[BATCH_KEYS:]
            if left:
                attempt += 1
                if attempt == ATTEMPTS:
                    raise StoreBusy(f"{len(keys)} documents could not be read")
                back_off(attempt)
        return items

    def range(
        self, partition: str, low: str = FIRST, high: str = LAST, ascending: bool = True, limit: int = 0, **more: Any
    ) -> dict[str, int]:
        """The sort keys of a partition from ``low`` to ``high``, the first ``limit`` if given, with ``n`` or 0."""
        request: Json = {
            "TableName": self.name,
            "KeyConditionExpression": "pk = :p AND sk BETWEEN :low AND :high",
            "ExpressionAttributeValues": {":p": {"S": partition}, ":low": {"S": low}, ":high": {"S": high}},
            "ScanIndexForward": ascending,
            **more,
        }
        found: dict[str, int] = {}
        while True:
            if limit:
                request["Limit"] = limit - len(found)
            answer = self.call("query", **request)
            found |= {item["sk"]["S"]: int(item.get("n", {"N": 0})["N"]) for item in answer["Items"]}
            if "LastEvaluatedKey" not in answer or len(found) == limit:
                return found
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def call(self, operation: str, /, **request: Any) -> Json:
        """DynamoDB's answer. Botocore has tried again where that helps, but never tries a cancelled transaction."""
        try:
            answer: Json = getattr(self.client, operation)(**request)
        except ClientError as error:
            reply: Any = error.response
            reasons = reply.get("CancellationReasons") or [reply["Error"]]
            if all(reason["Code"].startswith(PASSING) for reason in reasons):
                raise StoreBusy(operation) from error
            raise
        return answer
