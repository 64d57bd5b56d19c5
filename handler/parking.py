"""Where events stay that are signed but of no use yet: in the table, whole, until somebody takes them out.

An event is one or more items of ``s#PARKED``; their sort keys are ``<received>#<number of the part>``. Each part has
``z``, a piece of the body's gzip; part 000 also has ``w`` (the attribute ``webhook``, see `messages`), ``why`` and
``parts``, and is written last, so that whoever finds it finds the others.
"""

import gzip
import json

from .table import Table, key_of

#: What is left for the rest of an item, whose limit are 400 KB, is plenty.
PIECE_BYTES = 350_000


def park(table: Table, body: bytes, webhook: str, why: str) -> None:
    """Keep an event; the same one again makes the same items."""
    packed, received = gzip.compress(body, mtime=0), json.loads(webhook)["received"]
    parts = range(0, len(packed), PIECE_BYTES)
    for number, start in reversed([*enumerate(parts)]):
        item = {**key_of("s#PARKED", f"{received}#{number:03}"), "z": {"B": packed[start : start + PIECE_BYTES]}}
        if not number:
            item |= {"w": {"S": webhook}, "why": {"S": why}, "parts": {"N": f"{len(parts)}"}}
        table.call("put_item", TableName=table.name, Item=item)
