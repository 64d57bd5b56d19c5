"""JSON as text: where its values begin, so that what is not asked about keeps its bytes."""

import json
import re
from collections.abc import Iterator
from json.decoder import scanstring  # type: ignore[attr-defined] # json's own, without a name in its stubs

#: What may stand between the values of JSON.
BETWEEN = re.compile(r"[ \t\r\n,:]*")

DECODER = json.JSONDecoder()


def parts(text: str, at: int) -> Iterator[tuple[str, int]]:
    """The names in an object, or the numbers in a list, and where their values begin."""
    named = text[at] == "{"
    at = after(text, at + 1)
    number = 0
    while text[at] not in "]}":
        name = f"{number}"
        if named:
            name, at = scanstring(text, at + 1)
            at = after(text, at)
        yield name, at
        at = after(text, DECODER.raw_decode(text, at)[1])
        number += 1


def after(text: str, at: int) -> int:
    """Where the next value, name or bracket begins."""
    found = BETWEEN.match(text, at)
    return found.end() if found else at
