"""Where pages tell more of a setting: links that name the section they lead to."""

import re
from collections.abc import Iterator
from functools import cache

from built import ROOT
from samples import MORE
from woo_stack.errors import WooStackError

#: Its tables name settings in their first column.
SECURITY = "security.md"


def sections(setting: str) -> Iterator[str]:
    """Links to the sections about a setting, those of the page about security found by its tables.

    Raises WooStackError for a section that is not there.
    """
    named = {anchor: f"{SECURITY}#{anchor}" for anchor, _, lines in _parts(SECURITY) if _has_row(lines, setting)}
    for place in dict.fromkeys([*([MORE[setting]] if setting in MORE else []), *named.values()]):
        page, _, anchor = place.partition("#")
        titles = {known: title for known, title, _ in _parts(page)}
        if not titles or (anchor and anchor not in titles):
            raise WooStackError(
                f"setting {setting} leads to docs/{place}, allowed: a page and a heading that are there"
            )
        yield f"[{titles[anchor] if anchor else next(iter(titles.values()))}]({place})"


def _has_row(lines: list[str], setting: str) -> bool:
    return any(line.startswith("|") and f"`{setting}`" in line.split("|")[1] for line in lines)


@cache
def _parts(page: str) -> list[tuple[str, str, list[str]]]:
    """The headings of a page as anchors and titles, each with the lines below it."""
    path = ROOT / "docs" / page
    found: list[tuple[str, str, list[str]]] = []
    for line in path.read_text().splitlines() if path.exists() else ():
        if heading := re.fullmatch(r"#+ (.*)", line):
            title = heading[1].replace("`", "")
            found.append((re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-"), title, []))
        elif found:
            found[-1][2].append(line)
    return found
