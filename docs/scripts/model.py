"""The part of the page about the data model: which list answers which parameter, by the code itself.

A document that has everything is asked for its lists, so that a list is here when the code has it.
"""

from collections.abc import Iterator
from typing import Any

from woo_stack.handler.documents import KINDS
from woo_stack.handler.query import SERVED
from woo_stack.handler.routes import ENDS, LISTED, REPORTS

from table import listed, table
from woo_stack.errors import WooStackError

#: By kind a document that is in all of its lists.
DOCUMENTS: dict[str, dict[str, Any]] = {
    "P": {
        "status": "publish", "type": "simple", "stock_status": "instock", "slug": "mug", "sku": "MUG-1",
        "featured": True, "on_sale": True, "categories": [{"id": 3}], "tags": [{"id": 8}],
    },
    "V": {"status": "publish", "parent_id": 88, "sku": "MUG-1"},
    "O": {"status": "processing", "customer_id": 9, "line_items": [{"product_id": 88}]},
    "K": {"status": "publish", "code": "summer", "discount_type": "percent"},
    "C": {"role": "customer", "email": "ann@example.com", "is_paying_customer": True},
    "G": {"slug": "mugs", "parent": 3, "count": 2},
    "T": {"slug": "blue", "count": 2},
}  # fmt: skip
#: Parameters that read lists whose name their row does not tell: a code is looked up among what is published.
SAID = {("status", "st"), ("role", "role"), ("code", "st")}


def lists() -> str:
    """A row for each list of each kind, and the lists that reports count."""
    rows = [row for path, letters in LISTED.items() for row in _rows(path, letters[0])]
    return "\n\n".join(
        [
            "Each list as it is called for one document that has everything:",
            table(("request", "list", "is read for"), rows),
            "Reports read nothing but the counter of all of these lists:",
            table(("request", "lists"), _reports()),
        ]
    )


def document(letter: str) -> dict[str, Any]:
    """The document of a kind; raises WooStackError for a kind that has none."""
    if letter not in DOCUMENTS:
        raise WooStackError(f"kind {letter!r} has no row in docs/scripts/model.py, allowed: a document in DOCUMENTS")
    return DOCUMENTS[letter]


def _rows(path: str, letter: str) -> Iterator[tuple[str, str, str]]:
    """The lists of a kind; orderings of the same one on the same row."""
    found: dict[str, list[str]] = {}
    for name in KINDS[letter].lists(document(letter)):
        bare, _, ordering = name.rpartition("@")
        found.setdefault(bare, []).append(ordering)
    for bare, orderings in found.items():
        # A variation is in a list of products too, which has its own row.
        if "#" not in bare:
            names = listed(f"`{letter}#{bare}@{ordering}`" for ordering in orderings)
            yield f"`GET {path}`", names, _reader(letter, bare)


def _reader(letter: str, name: str) -> str:
    begin = name.partition("=")[0]
    told = [f"`{row.name}`" for row in SERVED[letter] if row.list == begin or (row.name, begin) in SAID]
    told += (
        ["what has no filter"] if begin == "any" else ["the path's `parent`"] if (letter, begin) == ("V", "p") else []
    )
    told += [f"`reports/{report}/totals`" for report, (start, _) in REPORTS.items() if start == f"{letter}#{begin}="]
    return listed(told) or "nothing"


def _reports() -> Iterator[tuple[str, str]]:
    for report, (start, ends) in REPORTS.items():
        names = [end.partition(":")[0] for end in ends.split("|")]
        yield f"`GET reports/{report}/totals`", listed(f"`{start}{ENDS.get(name, name)}@date`" for name in names)
