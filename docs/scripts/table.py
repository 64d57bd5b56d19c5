"""Tables and lists of Markdown."""

import re
from collections.abc import Iterable, Sequence
from textwrap import wrap

#: Characters of a line; a table's row has no other place to break.
WIDTH = 120
_WHOLE = re.compile(r"`[^`]+`|\[[^\]]+\]\([^)]+\)[.,:;]?")
#: Stands for a space that is no place to break.
_HELD = "\0"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; what stands in a cell is on one line there, and its bars are no columns."""
    cells = [[" ".join(cell.split()).replace("|", "\\|") for cell in row] for row in rows]
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *cells])


def plain(text: str) -> str:
    """A text from elsewhere, with nothing outside of code that Markdown takes for HTML or emphasis."""
    parts = re.split(r"(`[^`]*`)", " ".join(text.split()))
    return "".join(one if one.startswith("`") else one.replace("<", "&lt;").replace("*", "\\*") for one in parts)


def item(text: str) -> str:
    """An entry of a list, on as many lines as it takes."""
    return _wrapped(f"- {text}", "  ")


def paragraph(text: str) -> str:
    """A paragraph, likewise."""
    return _wrapped(text, "")


def _wrapped(text: str, indent: str) -> str:
    """Lines that break between words, and in no code and no link that fits on a line."""
    held = _WHOLE.sub(lambda whole: whole[0].replace(" ", _HELD) if len(whole[0]) < WIDTH - 5 else whole[0], text)
    lines = wrap(held, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)
    return "\n".join(lines).replace(_HELD, " ")


def listed(words: Iterable[str], most: int | None = None) -> str:
    """Words as a sentence has them; beyond so many the rest as a number."""
    all_of_them = [*words]
    if most is not None and len(all_of_them) > most:
        all_of_them = [*all_of_them[: most - 1], f"{len(all_of_them) - most + 1} more"]
    *first, last = all_of_them or [""]
    return f"{', '.join(first)} and {last}" if first else last


def code(words: Iterable[str]) -> list[str]:
    """Each as code."""
    return [f"`{word}`" for word in words]
