"""The one writer of documents: each with its rows and counters in one transaction, whatever order events come in.

A document's item (``s#O#727``, ``D``) has ``z`` gzip of the body as received, ``h`` its fingerprint, ``k`` its kind's
letter, ``st`` its status, ``m`` when the shop modified it (GMT), ``t``, ``b`` and ``s`` when a version of that date was
received last, first, and by being restored, ``x`` when its last deletion was received, ``L`` its entries (where it
stands in which list), ``e`` what happened to it, ``r`` its revision, and ``ttl`` when there is no body left.

A version is newer when ``(m, t)`` is greater: by the shop's clock, then by ours, because WooCommerce's has seconds
only and a change of metadata may not move it. A document is deleted while ``x`` is later than ``b`` and ``s``: what
was there before its deletion does not bring it back when it is delivered again. Each of these is the least or the
greatest of what has come, so any order of the same events, with any repetition, ends in the same item.
"""

import gzip
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress

from .documents import KINDS, Kind, alive_since, deleted, entries, fingerprint, id_of, parse, served
from .lists import DocumentError
from .runtime import Json
from .table import ATTEMPTS, StoreBusy, Table, back_off, key_of, prefixes_of

#: DynamoDB's limit of bytes of an item with its attribute names.
ITEM_BYTES = 400 * 1024

#: Entries changed in a transaction: a row and three counters each, and the document, are less than its 100 actions.
STEP_ENTRIES = 24

#: What WooCommerce has a trash for; of the rest a deleted document is gone.
TRASHABLE = "POK"

#: What an event makes of a stored item: its state and body, or what became of an event that changes nothing.
Merge = Callable[[Json], tuple[Json, bytes | None] | str]

#: How long a deletion is remembered when nothing else of the document is kept.
TOMBSTONE_SECONDS = 90 * 24 * 3600


def moves(gone: set[str], come: set[str]) -> Iterator[tuple[str, Json]]:
    """What a transaction does besides the document: rows, and one sum per counter (an item takes one action)."""
    deltas: Counter[tuple[str, str]] = Counter()
    for entry in sorted(gone | come):
        name, _, place = entry.partition("|")
        row = key_of(f"s#L#{name}", place)
        yield ("Put", {"Item": row}) if entry in come else ("Delete", {"Key": row})
        for level, length in enumerate(prefixes_of(name)):
            deltas[f"s#N#{name}", f"{level}#{place[:length]}"] += 1 if entry in come else -1
    for (pk, sk), delta in deltas.items():
        # A sum of 0 too: the recount must be able to tell that a row has moved.
        values = {":d": {"N": f"{delta}"}, ":one": {"N": "1"}}
        add = {"UpdateExpression": "ADD n :d, v :one", "ExpressionAttributeValues": values}
        yield "Update", {"Key": key_of(pk, sk), **add}


def now_received() -> str:
    """When something is received now, for versions that no webhook brought: milliseconds, as webhooks have them."""
    return f"{time.time_ns() // 1_000_000:013}#"


class Mirror:
    """Writes documents into ``table``. Its methods say what became of an event.

    They raise DocumentError for what cannot be stored, StoreBusy when other writers kept interfering. ``received``
    orders events by time; ``event`` is what a bus behind the table's stream shall call them.
    """

    def __init__(self, table: Table) -> None:
        self.table = table

    def put(self, kind: Kind, body: bytes, received: str = "", event: str = "") -> str:
        """Take over a version: "inserted", "replaced", "duplicate" (the content stands already) or "stale".

        Of a date that has been there before a deletion, only an ``event`` that ends in ``.restored`` undoes that.
        """
        document = parse(body)
        number = id_of(document, kind.noun)
        received = received or now_received()
        event = event or f"woocommerce.{kind.topic}.updated"
        version = {
            "h": {"S": fingerprint(document)},
            "k": {"S": kind.letter},
            "m": {"S": modified(document, received)},
            "t": {"S": received},
        }

        def merge(stored: Json) -> tuple[Json, bytes | None] | str:
            if "m" in stored and version["m"]["S"] < stored["m"]["S"]:
                return "stale"
            same = stored if stored.get("m") == version["m"] else {}
            name, which = ("s", max) if event.endswith(".restored") else ("b", min)
            times = {each: same[each] for each in "bs" if each in same}
            times |= {name: {"S": which(received, same.get(name, version["t"])["S"])}}
            known = {"x": stored["x"]} if "x" in stored else {}
            if same and received < same["t"]["S"]:
                return known | {each: same[each] for each in version} | times, unpacked(stored)
            return known | version | times, body

        return self._change(kind.family, number, merge, event)

    def delete(self, topic: str, number: int, received: str = "", event: str = "") -> str:
        """Take over a deletion: "deleted", "duplicate" or, when a later version is there already, "stale".

        What has a trash moves there and is served with that status; of the rest nothing but the times is kept.
        """
        received = received or now_received()
        family = next(kind.family for kind in KINDS.values() if kind.topic == topic)

        def merge(stored: Json) -> tuple[Json, bytes | None] | str:
            # The same one again may have to finish what was interrupted.
            if "x" in stored and received < stored["x"]["S"]:
                return "duplicate"
            return stored | {"x": {"S": received}}, unpacked(stored)

        return self._change(family, number, merge, event or f"woocommerce.{topic}.deleted")

    def forget(self, kind: Kind, number: int, listed: str, before: str, /) -> None:
        """Drop a document without a trace but its times, if it is in a list still and not received since ``before``.

        Its deletion counts as received just after the version that is there, so that any newer one brings it back.
        """

        def merge(stored: Json) -> tuple[Json, bytes | None] | str:
            stands = any(entry.startswith(f"{listed}|") for entry in stored.get("L", {"SS": []})["SS"])
            if not stands or stored["t"]["S"] >= before:
                return "stale"
            return stored | {"x": {"S": f"{alive_since(stored)}~"}}, None

        self._change(kind.family, number, merge, "")

    def refresh(self, family: str, number: int, /) -> str:
        """Let a document stand in the lists that its body names today: "duplicate" when it does."""

        def merge(stored: Json) -> tuple[Json, bytes | None] | str:
            return (stored, unpacked(stored)) if "z" in stored else "duplicate"

        return self._change(family, number, merge, "")

    def _change(self, family: str, number: int, merge: Merge, event: str, /) -> str:
        """Merge an event into what is stored, again when another writer came between."""
        key = key_of(f"s#{family}#{number}", "D")
        for attempt in range(ATTEMPTS):
            back_off(attempt)
            with suppress(StoreBusy):
                stored = self.table.item(key["pk"]["S"], consistent=True) or {}
                merged = merge(stored)
                if isinstance(merged, str):
                    return merged
                item = key | self._item(*merged)
                listed, target = ({*one.get("L", {"SS": []})["SS"]} for one in (stored, item))
                outcome = outcome_of(stored, item)
                if listed != target or any(stored.get(name) != value for name, value in item.items()):
                    self._write(stored, item, listed, target, event if outcome not in ("duplicate", "stale") else "")
                return outcome
        raise StoreBusy(f"{family} {number}: {ATTEMPTS} writes were interrupted")

    def _item(self, state: Json, body: bytes | None, /) -> Json:
        """The document's item for a merged state: trashed or gone while its deletion is the later event."""
        item: Json = {name: state[name] for name in ("h", "k", "m", "t", "b", "s", "x") if name in state}
        if not body or (deleted(item) and KINDS[item["k"]["S"]].family not in TRASHABLE):
            return item | {"ttl": {"N": f"{int(item['x']['S'][:13]) // 1000 + TOMBSTONE_SECONDS}"}}
        item["z"] = {"B": gzip.compress(body, mtime=0)}
        kind, document = KINDS[item["k"]["S"]], parse(served(item))
        # A JSON escape can name half a character, which DynamoDB does not take.
        status = f"{document.get('status') or ''}".encode(errors="ignore").decode()
        item |= {"st": {"S": status}, "L": {"SS": sorted(entries(kind, document))}}
        rest = len(json.dumps({name: value for name, value in item.items() if name != "z"}))
        if (size := len(item["z"]["B"]) + rest) > ITEM_BYTES:
            raise DocumentError(f"the {kind.noun} takes {size} bytes of the table; at most {ITEM_BYTES} are allowed")
        return item

    def _write(self, stored: Json, item: Json, listed: set[str], target: set[str], event: str, /) -> None:
        """Write ``item`` with its rows and counters: in steps when they are many, each a transaction of its own.

        ``L`` is at any time what the rows and counters say. A writer that dies in between is repeated by whoever sent
        the event, and goes on from there. StoreBusy when another writer came between.
        """
        revision = int(stored["r"]["N"]) if stored else 0
        changes = sorted(listed ^ target)
        for at in range(0, len(changes) or 1, STEP_ENTRIES):
            step = {*changes[at : at + STEP_ENTRIES]}
            gone, listed = listed & step, listed ^ step
            last = at + STEP_ENTRIES >= len(changes)
            now = {name: value for name, value in item.items() if name != "L"} | {
                **({"L": {"SS": sorted(listed)}} if listed else {}),
                **({"e": {"S": event}} if last and event else {}),
                # Who is told of the last step's change is told of the status before the first.
                **({"st": stored["st"]} if not last and "st" in stored else {}),
                "r": {"N": f"{revision + 1}"},
            }
            put = {"Item": now, "ConditionExpression": "attribute_not_exists(pk)"}
            if revision:
                before = {"ExpressionAttributeValues": {":r": {"N": f"{revision}"}}}
                put |= {"ConditionExpression": "r = :r", **before}
            changed = [("Put", put), *moves(gone, step - gone)]
            actions = [{verb: {**change, "TableName": self.table.name}} for verb, change in changed]
            self.table.call("transact_write_items", TransactItems=actions)
            revision += 1


def unpacked(item: Json) -> bytes | None:
    """The body as received, if there is one."""
    return gzip.decompress(item["z"]["B"]) if "z" in item else None


def outcome_of(stored: Json, item: Json) -> str:
    """What became of an event that was not stale: told by the item before and after."""
    if "z" not in item or deleted(item):
        return "duplicate" if stored.get("x") == item["x"] else "deleted"
    if "z" not in stored:
        return "inserted"
    if stored.get("x") != item.get("x"):
        return "stale"
    return "duplicate" if all(stored.get(name) == item[name] for name in "hL") else "replaced"


def modified(document: Json, received: str) -> str:
    """When the shop changed a document (GMT). Without a date it is as new as its body, built when it was sent."""
    date = f"{document.get('date_modified_gmt')}"
    if re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", date, re.ASCII):
        return date
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(int(received[:13]) / 1000))
