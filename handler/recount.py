"""The nightly recount: documents, rows and counters compared, and what differs set right while others write.

A document claims its rows by its entries (``L``), a row its place in the counters of its list. Claims are summed up by
what they are about: all is well where a sum is 0. The table is read once with the sums of many claims in a bucket, and
once more, if some bucket is not 0, with those of each claim in such buckets, so that memory does not grow with it.
Both readings see a table that changes, and so only suspect; what they suspect is looked at alone, consistently, and
is changed under the condition that nothing has happened to it since.
"""

import os
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

from .documents import KINDS, entries, parse, served
from .lists import ORDERINGS, DocumentError
from .metrics import emit
from .mirror import Mirror
from .runtime import LOG, Json, client, tell
from .table import StoreBusy, Table, back_off, key_of, prefixes_of

#: Some thousand changes while the table is read leave most buckets at 0.
BUCKETS = 1 << 16

#: What is left of the function's time when it stops, and how often it tries to look at what others keep changing.
STOP_MS, LOOKS = 20_000, 3

#: WooCommerce deletes drafts of carts after a day, and says so to nobody.
DRAFT_SECONDS, DRAFTS = 3 * 24 * 3600, "O#st=checkout-draft@date"

#: What claims may be about: entries, and counters of lists that this release knows. Anything else is left alone.
CLAIM = re.compile(
    rf"(s#N#)?[{''.join(KINDS)}]#[^|]*@({'|'.join(ORDERINGS)})\|(?(1)[0-2]#.*|.*[0-9]{{12}})", re.ASCII | re.DOTALL
)


class OutOfTime(Exception):  # noqa: N818 (a state, not a mistake)
    """The function has to end: the rest is for the next night."""


class Recount:
    """One run over a table, and in ``facts`` what it did, for the log."""

    def __init__(self, table: Table, context: Any) -> None:
        self.table = table
        self.context = context
        self.facts = Counter(checked=0, repaired=0, left=0, finished=0)
        self.renewed: set[str] = set()

    def run(self) -> None:
        """All of it, or as much as there is time for."""
        with suppress(OutOfTime):
            self._forget_drafts()
            suspects = self._suspects()
            counters = {key for key in suspects if key.startswith("s#N#")}
            counters |= {claim for entry in self.renewed for claim, amount in claims(row_of(entry)) if amount > 0}
            for key in sorted(suspects - counters):
                if self._settled(self._mend_row, key):
                    counters |= {claim for claim, amount in claims(row_of(key)) if amount > 0}
            for key in sorted(counters):
                self._settled(self._mend_counter, key)
            self.facts["finished"] = 1

    def _pages(self, operation: str, /, **request: Any) -> Iterator[Json]:
        """Every page of a Query or Scan; OutOfTime when there is none left for the next."""
        while True:
            self._check_time()
            answer = self.table.call(operation, TableName=self.table.name, **request)
            yield answer
            if "LastEvaluatedKey" not in answer:
                return
            request["ExclusiveStartKey"] = answer["LastEvaluatedKey"]

    def _check_time(self) -> None:
        if self.context.get_remaining_time_in_millis() < STOP_MS:
            raise OutOfTime

    def _suspects(self) -> set[str]:
        """Claims that did not add up when the table was read."""
        sums = [0] * BUCKETS
        for item in self._items("pk, sk, n, L, z, k, x, b, s"):
            self._renew(item)
            self.facts["checked"] += "L" in item
            for claim, amount in claims(item):
                sums[hash(claim) % BUCKETS] += amount * hash(claim)
        found: Counter[str] = Counter()
        for item in self._items("pk, sk, n, L") if any(sums) else ():
            for claim, amount in claims(item):
                if sums[hash(claim) % BUCKETS]:
                    found[claim] += amount
                    if not found[claim]:
                        del found[claim]
        return {claim for claim in found if CLAIM.fullmatch(claim)}

    def _items(self, attributes: str, /) -> Iterator[Json]:
        for page in self._pages("scan", ProjectionExpression=attributes):
            yield from page["Items"]

    def _renew(self, item: Json, /) -> None:
        """Let a document stand in the lists that its body names: after damage, or in those of a newer release."""
        with suppress(DocumentError, StoreBusy):
            kind = KINDS.get(item.get("k", {"S": ""})["S"])
            if kind and "z" in item:
                named, listed = entries(kind, parse(served(item))), {*item.get("L", {"SS": []})["SS"]}
                if named != listed:
                    number = int(item["pk"]["S"].rpartition("#")[2])
                    self.facts["repaired"] += Mirror(self.table).refresh(kind.family, number) != "duplicate"
                    # What it did not know of, or wrongly, has been counted wrongly now.
                    self.renewed |= named ^ listed

    def _settled(self, mend: Callable[[str], bool], claim: str, /) -> bool:
        """Whether a claim had to be mended; one that changes each time it is looked at is left to the next night."""
        for attempt in range(LOOKS):
            self._check_time()
            back_off(attempt)
            with suppress(StoreBusy):
                if mended := mend(claim):
                    self.facts["repaired"] += 1
                    # No more of it: lists and sort keys have names and addresses in them.
                    LOG.warning("repaired", extra={"claim": re.split("[=|]", claim)[0]})
                return mended
        self.facts["left"] += 1
        return False

    def _mend_row(self, entry: str, /) -> bool:
        """Make an entry and its row agree, if the document stays as it is meanwhile."""
        row = row_of(entry)
        pk = f"s#{KINDS[entry[0]].family}#{int(entry[-12:])}"
        document = self.table.item(pk, consistent=True) or {}
        listed = entry in document.get("L", {"SS": []})["SS"]
        if listed == bool(self.table.item(row["pk"]["S"], row["sk"]["S"], consistent=True)):
            return False
        change = ("Put", {"Item": row}) if listed else ("Delete", {"Key": row})
        checked = ("ConditionCheck", {"Key": key_of(pk, "D"), **unchanged("r", document)})
        actions = [{verb: {**action, "TableName": self.table.name}} for verb, action in (checked, change)]
        self.table.call("transact_write_items", TransactItems=actions)
        return True

    def _mend_counter(self, claim: str, /) -> bool:
        """Make a counter what there are rows, if none of them has come, gone or moved meanwhile."""
        pk, _, sk = claim.partition("|")
        stored = self.table.item(pk, sk, consistent=True) or {}
        values, condition = {":p": {"S": pk.replace("N", "L", 1)}}, "pk = :p"
        if beginning := sk[2:]:
            values[":b"] = {"S": beginning}
            condition += " AND begins_with(sk, :b)"
        request = {"KeyConditionExpression": condition, "ExpressionAttributeValues": values, "Select": "COUNT"}
        rows = sum(page["Count"] for page in self._pages("query", ConsistentRead=True, **request))
        if rows == int(stored.get("n", {"N": 0})["N"]):
            return False
        change = unchanged("v", stored, n={"N": f"{rows}"}, one={"N": "1"})
        change["UpdateExpression"] = "SET n = :n ADD v :one"
        self.table.call("update_item", TableName=self.table.name, Key=key_of(pk, sk), **change)
        return True

    def _forget_drafts(self) -> None:
        past = time.time() - DRAFT_SECONDS
        mirror, before = Mirror(self.table), f"{int(past * 1000):013}"
        for place in self.table.range(f"s#L#{DRAFTS}", high=time.strftime("%Y-%m-%d", time.gmtime(past))):
            self._check_time()
            with suppress(StoreBusy):
                mirror.forget(KINDS["O"], int(place[-12:]), DRAFTS, before)


def recount(_event: Json, context: Any) -> None:
    """Lambda's entry point, by a schedule: one record in the log, one line of metrics.

    Raises RuntimeError, which says nothing: Lambda logs the text of what a function raises.
    """
    run = Recount(Table(client("dynamodb"), os.environ["TABLE_NAME"]), context)
    facts, trouble = run.facts, None
    try:
        run.run()
    except Exception as error:
        trouble = error
    tell("recount", facts, trouble)
    emit(Repaired=facts["repaired"], Checked=facts["checked"], Unfinished=1 - facts["finished"])
    if trouble:
        raise RuntimeError


def row_of(entry: str) -> Json:
    """The row of an entry."""
    name, _, place = entry.partition("|")
    return key_of(f"s#L#{name}", place)


def claims(item: Json) -> Iterator[tuple[str, int]]:
    """What an item claims: what it is about (an entry, or a counter's key), and an amount."""
    pk, sk = item["pk"]["S"], item["sk"]["S"]
    for entry in item.get("L", {"SS": []})["SS"]:
        yield entry, 1
    kind, name = pk[:4], pk[4:]
    if kind == "s#L#":
        yield f"{name}|{sk}", -1
        if name.rpartition("@")[2] in ORDERINGS:
            for level, length in enumerate(prefixes_of(name)):
                yield f"s#N#{name}|{level}#{sk[:length]}", 1
    elif kind == "s#N#":
        yield f"{pk}|{sk}", -int(item.get("n", {"N": 0})["N"])


def unchanged(name: str, stored: Json, **values: Json) -> Json:
    """The condition that an attribute is what was read, or is not there either; ``values`` are of other expressions."""
    condition = f"{name} = :was" if name in stored else f"attribute_not_exists({name})"
    values |= {"was": stored[name]} if name in stored else {}
    given = {"ExpressionAttributeValues": {f":{key}": value for key, value in values.items()}} if values else {}
    return {"ConditionExpression": condition, **given}
