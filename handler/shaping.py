"""Bodies as a request wants them: whole, or some of their fields, every value in the bytes that the shop sent."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from .documents import served
from .jsontext import DECODER, after, parts
from .request import Parameters
from .responses import PageTooLarge
from .runtime import Json

#: More than any answer may hold unpacked, and little enough for the function's memory.
UNPACKED_BYTES = 40_000_000


def bodies(items: Iterable[Json], given: Parameters) -> Iterator[str]:
    """The bodies of documents, of their fields those that ``_fields`` names; PageTooLarge when they are too many."""
    wanted, left = fields(given.get("_fields", "")), UNPACKED_BYTES
    for item in items:
        body = served(item)
        left -= len(body)
        if left < 0:
            raise PageTooLarge
        text = body.decode()
        # Whole, it is not looked into: 1.6 ms for 100 orders.
        yield picked(text, wanted) if wanted else text


def fields(given: str | list[str]) -> Json:
    """The tree of the fields that ``_fields`` names: a dot leads to a part, an empty tree is all."""
    tree: Json = {}
    for field in given if isinstance(given, list) else re.findall(r"[^\s,]+", given):
        # Deeper than that nothing is looked into: each step takes of the depth that Python has for the values.
        *way, last = field.strip().split(".", 19)
        branch: Any = tree
        for name in way:
            branch = branch.setdefault(name, {}) if branch is not None else None
        if branch is not None:
            branch[last] = None
    return tree


def picked(text: str, wanted: Json | None, at: int = 0) -> str:
    """The fields of the value that begins at ``at``, as text.

    As in PHP a list's fields are numbers, and what has none left is an empty list.
    """
    at = after(text, at)
    if not wanted or text[at] not in "[{":
        return text[at : DECODER.raw_decode(text, at)[1]]
    kept = [(name, picked(text, wanted[name], start)) for name, start in parts(text, at) if name in wanted]
    if [name for name, _ in kept] == [f"{number}" for number in range(len(kept))]:
        return f"[{','.join(value for _, value in kept)}]"
    return f"{{{','.join(f'{json.dumps(name)}:{value}' for name, value in kept)}}}"
