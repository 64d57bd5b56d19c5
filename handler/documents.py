"""WooCommerce's documents: what a body is, and which kind, id, dates and lists it has."""

import hashlib
import json
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from .jsontext import DECODER, after, parts
from .lists import (
    ORDERINGS,
    DocumentError,
    of_coupon,
    of_customer,
    of_order,
    of_product,
    of_term,
    of_variation,
)
from .runtime import Json


class Kind(NamedTuple):
    """One WooCommerce resource.

    ``letter`` begins its lists in the table, ``family`` its documents: kinds of a family share their ids. Neither ever
    changes. ``topic`` is the resource part of its webhooks' topic. ``keys`` tell it from the others in every release
    of wc/v3. ``lists`` yields the lists that a document is in.
    """

    letter: str
    family: str
    noun: str
    topic: str
    keys: str
    lists: Callable[[Json], Iterator[str]]


KINDS = {
    kind.letter: kind
    for kind in (
        # Before products: a variation of a recent release may have all keys of a product, and `image` too.
        Kind("V", "P", "variation", "product", "status attributes image", of_variation),
        Kind("P", "P", "product", "product", "status type slug images", of_product),
        Kind("O", "O", "order", "order", "status order_key line_items", of_order),
        Kind("K", "K", "coupon", "coupon", "code discount_type", of_coupon),
        Kind("C", "C", "customer", "customer", "email role username", of_customer),
        # Before tags, which have some of a category's keys. Neither has webhooks; who mirrors them sends their topics.
        Kind("G", "G", "category", "category", "name slug parent display count", of_term),
        Kind("T", "T", "tag", "tag", "name slug description count", of_term),
    )
}


def parse(body: bytes) -> Json:
    """The JSON object in ``body``; DocumentError when it is anything else. UTF-8 only, because the bytes are served."""
    try:
        # Floats as text: two that differ beyond the precision of a double are two. NaN is no JSON.
        document = json.loads(body.decode(), parse_float=str, parse_constant=int)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise DocumentError("a document is a JSON object in UTF-8; this is not")
    return document


def kind_of(document: Json) -> Kind:
    """The kind of a document, told by its keys; DocumentError names the keys that the likeliest kind would need.

    Webhooks send a variation in the shape of a product whose type is ``variation``.
    """
    lacks, likeliest = min(
        ((sorted({*kind.keys.split()} - document.keys()), kind) for kind in KINDS.values()), key=lambda it: len(it[0])
    )
    if lacks:
        raise DocumentError(f"no WooCommerce document: the nearest, {likeliest.noun}, has {', '.join(lacks)} as well")
    return KINDS["V"] if document.get("type") == "variation" else likeliest


def id_of(document: Json, noun: str = "the") -> int:
    """The document's id, a number or its text; DocumentError when it is neither."""
    number: Any = document.get("id")
    if isinstance(number, bool) or not re.fullmatch("0{0,9}[1-9][0-9]{0,11}", f"{number}"):
        raise DocumentError(f"the id of {noun} documents is a number of 1 to 12 digits; this one's is not")
    return int(number)


def entries(kind: Kind, document: Json) -> set[str]:
    """Where a document stands in all its lists: ``<list>|<sort key>``, the id zero-padded at the end of the key."""
    found = set()
    for name in kind.lists(document):
        # A list of another kind is named with that kind's letter.
        whole = name if name[1:2] == "#" else f"{kind.letter}#{name}"
        sort_key = ORDERINGS[name.rpartition("@")[2]][0](document)
        found.add(f"{whole}|{sort_key}{id_of(document, kind.noun):012}")
    return found


def fingerprint(document: Json) -> str:
    """Equal for two versions that differ only in what WooCommerce changes at random or by request."""
    lasting = {name: value for name, value in document.items() if name not in ("_links", "related_ids")}
    return hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()


def alive_since(item: Json) -> str:
    """When the version that a document's item has was received first, or restored; see `mirror`."""
    return max(f"{item.get(name, {'S': ''})['S']}" for name in "bs")


def deleted(item: Json) -> bool:
    """Whether a document's last deletion is later than the version that its item has."""
    return "x" in item and bool(item["x"]["S"] > alive_since(item))


def served(item: Json) -> bytes:
    """The body of a document's item: as received, but for the status of what has been deleted since."""
    # One member of gzip (31), of some KB: a third less time than gzip.decompress takes for a page.
    body = zlib.decompress(item["z"]["B"], 31, 8192)
    return trashed(body) if deleted(item) else body


def trashed(body: bytes) -> bytes:
    """A body whose status is made ``trash``, every other byte as it is."""
    text = body.decode()
    done, at = "", 0
    for name, start in parts(text, after(text, 0)):
        if name == "status":
            done, at = f'{done}{text[at:start]}"trash"', DECODER.raw_decode(text, start)[1]
    return (done + text[at:] if done else text.replace("{", '{"status":"trash",', 1)).encode()
