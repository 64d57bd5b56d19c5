"""The table: documents as received, the lists they are in, and exact counters, changed in one transaction.

====================  =========================  ====================================================================
pk                    sk                         attributes
====================  =========================  ====================================================================
``s#O#727``           ``D``                      ``z`` gzip of the body, ``h`` its fingerprint, ``m`` and ``c`` its
                                                 dates modified and created (GMT), ``st`` status, ``r`` revision,
                                                 ``L`` its entries: where it stands in which list
``s#L#O#any@date``    ``2017-03-22T16:28:02#…``  a row of a list; the key ends in the id
``s#N#O#any@date``    ``0#``                     ``n``: length of the list
``s#N#O#any@date``    ``1#2017-03``              ``n``: rows whose key begins so; ``2#2017-03-22`` likewise
====================  =========================  ====================================================================

A global index could not give exact totals: it is updated later than its table.
"""

import gzip
import json
import math
import random
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from botocore.exceptions import ClientError

from .documents import ORDERINGS, DocumentError, Kind, entries, fingerprint, id_of, parse
from .runtime import Json

#: DynamoDB's limits: bytes of an item with its attribute names, actions of a transaction, keys of a batch.
ITEM_BYTES = 400 * 1024
TRANSACTION_ACTIONS = BATCH_KEYS = 100

#: Pages that end within so many rows are read from the start: skipping 200 rows costs 2 read units, counters more.
NEAR_ROWS = 200

#: Tries of a write that others keep interrupting, or of a read that keeps being throttled: some 3 s of pauses.
ATTEMPTS = 7

#: Sort before and after every sort key, in the order of UTF-8 bytes.
FIRST, LAST = " ", "\U0010ffff"

#: Beginnings of what DynamoDB calls its refusals for the moment: codes of errors, reasons of a cancelled transaction.
PASSING = ("ConditionalCheck", "None", "ProvisionedThroughput", "RequestLimit", "Throttling", "Transaction")


class StoreBusy(Exception):  # noqa: N818 (a state, not a mistake)
    """The table kept refusing for contention or throttling: the same request may succeed later."""


class PageTooLarge(Exception):  # noqa: N818
    """The documents of a page together exceed the bytes that the caller can take."""


def document_key(pk: str) -> Json:
    """The key of a document's item."""
    return {"pk": {"S": pk}, "sk": {"S": "D"}}


def prefixes_of(name: str) -> tuple[int, ...]:
    """The lengths of the sort key's beginnings that the list ``name`` counts."""
    return ORDERINGS[name.rpartition("@")[2]][1]


def moves(gone: set[str], come: set[str]) -> Iterator[tuple[str, Json]]:
    """What a transaction does besides the document: rows, and one sum per counter (an item takes one action)."""
    deltas: Counter[tuple[str, str]] = Counter()
    for entry in sorted(gone | come):
        name, _, place = entry.partition("|")
        row = {"pk": {"S": f"s#L#{name}"}, "sk": {"S": place}}
        yield ("Put", {"Item": row}) if entry in come else ("Delete", {"Key": row})
        for level, length in enumerate(prefixes_of(name)):
            deltas[f"s#N#{name}", f"{level}#{place[:length]}"] += 1 if entry in come else -1
    for (pk, sk), delta in deltas.items():
        if delta:
            yield (
                "Update",
                {
                    "Key": {"pk": {"S": pk}, "sk": {"S": sk}},
                    "UpdateExpression": "ADD n :d",
                    "ExpressionAttributeValues": {":d": {"N": f"{delta}"}},
                },
            )


def back_off(attempt: int) -> None:
    """Sleep a random part of a time that doubles from attempt 1 on, so that interrupted writers do not meet again."""
    time.sleep(random.uniform(0, 0.05 * (2**attempt - 1)))  # noqa: S311 (jitter, not a secret)


class Store:
    """Documents of one shop in ``table``; ``client`` is boto3's DynamoDB client.

    Its methods raise StoreBusy when DynamoDB refuses for the moment, and let botocore's other errors through. Reads
    are eventually consistent, as fits a mirror, at half the price.
    """

    def __init__(self, client: Any, table: str) -> None:
        self.client = client
        self.table = table

    def get(self, kind: Kind, number: int) -> bytes | None:
        """The body of one document as received, trashed ones too; None when there is none."""
        item = self._call("get_item", TableName=self.table, Key=document_key(f"s#{kind.letter}#{number}")).get("Item")
        return gzip.decompress(item["z"]["B"]) if item else None

    def page(
        self, name: str, offset: int, limit: int, ascending: bool, max_bytes: float = math.inf
    ) -> tuple[int, list[bytes]]:
        """The length of the list ``name`` and the bodies of ``limit`` documents after the first ``offset``.

        A document that leaves the list meanwhile is left out. PageTooLarge beyond ``max_bytes`` of bodies.
        """
        deep = offset + limit > NEAR_ROWS
        counts = self._range(f"s#N#{name}", "0", f"1{LAST}" if deep else f"0{LAST}", ascending)
        total = counts.pop("0#", 0)
        if offset >= total:
            return total, []
        start, skip = self._seek(name, offset, ascending, counts) if deep else ("", offset)
        low, high = (start or FIRST, LAST) if ascending else (FIRST, start + LAST)
        places = [*self._range(f"s#L#{name}", low, high, ascending, skip + limit)][skip:]
        return total, [*self._bodies(name, places, max_bytes)]

    def put(self, kind: Kind, body: bytes) -> str:
        """Store a body as received: "inserted", "replaced", or "unchanged" when it and its lists are what is stored.

        DocumentError when it cannot be stored; StoreBusy when other writers kept interfering.
        """
        document = parse(body)
        number = id_of(kind, document)
        item = {
            **document_key(f"s#{kind.letter}#{number}"),
            "h": {"S": fingerprint(document)},
            "L": {"SS": sorted(entries(kind, document))},
        }
        for name, source in (("m", "date_modified_gmt"), ("c", "date_created_gmt"), ("st", "status")):
            item[name] = {"S": f"{document.get(source) or ''}"}
        rest = len(json.dumps(item))
        item["z"] = {"B": gzip.compress(body, mtime=0)}
        if (size := len(item["z"]["B"]) + rest) > ITEM_BYTES:
            raise DocumentError(
                f"{kind.noun} {number} takes {size} bytes of the table; at most {ITEM_BYTES} are allowed"
            )
        for attempt in range(ATTEMPTS):
            back_off(attempt)
            with suppress(StoreBusy):
                return self._replace(item)
        raise StoreBusy(f"{kind.noun} {number}: {ATTEMPTS} writes were interrupted")

    def _replace(self, item: Json) -> str:
        """Write ``item`` with all rows and counters in one transaction; StoreBusy when another writer came between."""
        key = {"pk": item["pk"], "sk": item["sk"]}
        stored = self._call("get_item", TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        old, new = {*stored["L"]["SS"]} if stored else set(), {*item["L"]["SS"]}
        if stored and stored["h"] == item["h"] and old == new:
            return "unchanged"
        revision = stored["r"]["N"] if stored else "0"
        put = {"Item": item | {"r": {"N": f"{int(revision) + 1}"}}, "ConditionExpression": "attribute_not_exists(pk)"}
        if stored:
            put |= {"ConditionExpression": "r = :r", "ExpressionAttributeValues": {":r": {"N": revision}}}
        changes = [("Put", put), *moves(old - new, new - old)]
        if len(changes) > TRANSACTION_ACTIONS:
            raise DocumentError(f"{item['pk']['S']} changes {len(changes)} items; {TRANSACTION_ACTIONS} are allowed")
        actions = [{verb: {**change, "TableName": self.table}} for verb, change in changes]
        self._call("transact_write_items", TransactItems=actions)
        return "replaced" if stored else "inserted"

    def _seek(self, name: str, offset: int, ascending: bool, counts: dict[str, int]) -> tuple[str, int]:
        """The bucket that holds row ``offset``, and how many rows of it come before: level by level, finer each.

        ``counts`` are those of the first level. When a level has lost rows since the one before was read, the
        coarser bucket stands: more rows are skipped, none is missed.
        """
        bucket, skip = "", offset
        for level in range(1, len(prefixes_of(name))):
            if level > 1:
                counts = self._range(f"s#N#{name}", f"{level}#{bucket}", f"{level}#{bucket}{LAST}", ascending)
            before = 0
            for counter, rows in counts.items():
                if skip < before + rows:
                    bucket, skip = counter[2:], skip - before
                    break
                before += rows
        return bucket, skip

    def _range(self, partition: str, low: str, high: str, ascending: bool, limit: int = 0) -> dict[str, int]:
        """The sort keys of a partition from ``low`` to ``high``, the first ``limit`` if given, with ``n`` or 0."""
        request: Json = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :p AND sk BETWEEN :low AND :high",
            "ExpressionAttributeValues": {":p": {"S": partition}, ":low": {"S": low}, ":high": {"S": high}},
            "ScanIndexForward": ascending,
        }
        found: dict[str, int] = {}
        while True:
            if limit:
                request["Limit"] = limit - len(found)
            answer = self._call("query", **request)
            found |= {item["sk"]["S"]: int(item.get("n", {"N": 0})["N"]) for item in answer["Items"]}
            if "LastEvaluatedKey" not in answer or len(found) == limit:
                return found
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _bodies(self, name: str, places: list[str], max_bytes: float) -> Iterator[bytes]:
        """The bodies of the documents that stand at ``places`` of a list, in this order, without those that left."""
        pks = {place: f"s#{name.partition('#')[0]}#{int(place.rpartition('#')[2])}" for place in places}
        items = self._items([document_key(pk) for pk in pks.values()])
        for place, pk in pks.items():
            if pk in items and f"{name}|{place}" in items[pk]["L"]["SS"]:
                body = gzip.decompress(items[pk]["z"]["B"])
                max_bytes -= len(body)
                if max_bytes < 0:
                    raise PageTooLarge
                yield body

    def _items(self, keys: list[Json]) -> dict[str, Json]:
        """Document items by pk. DynamoDB leaves out keys of a batch when throttled, and beyond 16 MB."""
        items: dict[str, Json] = {}
        attempt = 0
        while keys:
            batch = {self.table: {"Keys": keys[:BATCH_KEYS]}}
            answer = self._call("batch_get_item", RequestItems=batch)
            items |= {item["pk"]["S"]: item for item in answer["Responses"].get(self.table, [])}
            left = answer.get("UnprocessedKeys", {}).get(self.table, {}).get("Keys", [])
            keys = left + keys[BATCH_KEYS:]
            if left:
                attempt += 1
                if attempt == ATTEMPTS:
                    raise StoreBusy(f"{len(keys)} documents could not be read")
                back_off(attempt)
        return items

    def _call(self, operation: str, **request: Any) -> Json:
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
