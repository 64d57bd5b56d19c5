"""The lists that a document is in, by what it says: names of lists, and where it stands in each.

=====================  ==============================================================================================
list                   documents
=====================  ==============================================================================================
``any@date``           all but what a shop hides: trash and drafts of carts
``st=processing@date`` those of a status, the hidden ones too
``cu=7@date``          the visible ones that a filter finds; ``-cu=7@date`` the hidden ones
=====================  ==============================================================================================
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import quote

from .runtime import Json


class DocumentError(ValueError):
    """A document that cannot be stored. The text says which one, why, and what is allowed; nothing of its content."""


def collated(text: Any) -> str:
    """A text as a case- and accent-insensitive collation compares it, MySQL's or nearly so."""
    folded = unicodedata.normalize("NFKD", f"{text or ''}").casefold()
    kept = "".join(c for c in folded if c >= " " and not unicodedata.combining(c)).strip()
    # A JSON escape can name half a character, which no key can hold.
    return kept.encode(errors="ignore").decode()


def token(text: Any) -> str:
    """A text that may hold anything as the end of a list's name: equal for what MySQL takes for equal."""
    plain = quote(collated(text), safe="")
    return plain if len(plain) <= 200 else hashlib.sha256(plain.encode()).hexdigest()


def created(document: Json) -> str:
    """``date_created`` (site-local, as WooCommerce sorts), or the zero date, which sorts first, when there is none."""
    found = re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", f"{document.get('date_created')}", re.ASCII)
    return found[0] if found else "0000-00-00T00:00:00"


def display_name(document: Json) -> str:
    """What a person or a term is sorted by, at most 99 characters, so that keys keep to DynamoDB's 1,024 bytes.

    For customers an approximation: WooCommerce sorts them by WordPress's ``display_name``, which is not in the
    document. The space at the end puts Ann before Ann-Lee.
    """
    first, last, user = (f"{document.get(name) or ''}" for name in ("first_name", "last_name", "username"))
    return collated(" ".join(f"{first} {last}".split()) or user or document.get("name"))[:99] + " "


#: How the lists ``…@<ordering>`` sort, before the id that breaks ties; and the lengths of the sort key's beginnings
#: that have counters: 0 is the whole list, and each next cuts the buckets of the one before into some hundred.
ORDERINGS: dict[str, tuple[Callable[[Json], str], tuple[int, ...]]] = {
    "date": (lambda document: f"{created(document)}#", (0, 7, 10)),
    "id": (lambda _: "", (0, 8, 10)),
    "name": (lambda document: f"{display_name(document)}#", (0, 1, 3)),
}


#: The statuses that ``status=any`` leaves out in recent releases: their documents stand in lists of their own.
HIDDEN = {"trash", "auto-draft", "checkout-draft"}


def ids(document: Json, field: str, of: str = "id") -> set[int]:
    """The numbers ``of`` the objects in a field, which may be a list or, as PHP has it, an object of them."""
    found = document.get(field)
    inner = found.values() if isinstance(found, dict) else found if isinstance(found, list) else []
    texts = {f"{one.get(of)}" for one in inner if isinstance(one, dict)}
    return {int(text) for text in texts if re.fullmatch("[0-9]{1,12}", text) and int(text)}


def switch(document: Json, field: str) -> int:
    """1 for what PHP takes for true, as ``true``, 1 and "yes"; else 0."""
    return int(f"{document.get(field) or 0}".lower() not in ("0", "false", "no"))


def status_of(document: Json) -> str:
    """The status as it names a list. Coupons of older releases carry none: they are published."""
    return token(document.get("status")) or "publish"


def by_status(document: Json, *filters: str) -> Iterator[str]:
    """The lists of the status, and those of filters: in two halves, for what ``status=any`` shows and what it hides."""
    status = status_of(document)
    hidden = status in HIDDEN
    yield from (f"st={status}@date", f"st={status}@id")
    if not hidden:
        yield from ("any@date", "any@id")
    yield from (f"{'-' if hidden else ''}{name}@date" for name in filters)


def of_order(document: Json, /) -> Iterator[str]:
    """Orders, by status, customer (0 is a guest) and product."""
    customer = f"{document.get('customer_id') or 0}"
    products = ids(document, "line_items", "product_id")
    yield from by_status(
        document, *([f"cu={int(customer)}"] if re.fullmatch("[0-9]{1,12}", customer) else []),
        *(f"pr={product}" for product in products),
    )  # fmt: skip


def of_product(document: Json, /) -> Iterator[str]:
    """Products, by what their list can be filtered by; ``pt`` counts the published ones of a type for the reports."""
    kind = token(document.get("type")) or "simple"
    filters = [f"ty={kind}", f"ss={token(document.get('stock_status'))}", f"slug={token(document.get('slug'))}"]
    filters += [f"fe={switch(document, 'featured')}", f"os={switch(document, 'on_sale')}"]
    for name, field in (("ca", "categories"), ("tg", "tags")):
        filters += [f"{name}={number}" for number in ids(document, field)]
    if code := token(document.get("sku")):
        filters.append(f"sku={code}")
    yield from by_status(document, *filters)
    if status_of(document) == "publish":
        yield f"pt={kind}@date"


def of_variation(document: Json, /) -> Iterator[str]:
    """Variations of a product, which the nested route of older releases names only in ``_links.up``."""
    try:
        parent = int(document.get("parent_id") or document["_links"]["up"][0]["href"].rstrip("/").split("/")[-1])
        if not 0 < parent < 10**12:
            raise ValueError
    except (KeyError, IndexError, TypeError, ValueError, AttributeError):
        raise DocumentError("a variation names its product in parent_id or _links.up") from None
    hidden = status_of(document) in HIDDEN
    yield f"{'-' if hidden else ''}p={parent}@date"
    # A product list filtered by sku shows variations as well.
    if code := token(document.get("sku")):
        yield f"P#{'-' if hidden else ''}sku={code}@date"


def of_coupon(document: Json, /) -> Iterator[str]:
    """Coupons, by code; ``dt`` counts the published ones of a type for the reports."""
    yield from by_status(document, f"code={token(document.get('code'))}")
    if status_of(document) == "publish":
        yield f"dt={token(document.get('discount_type'))}@date"


def of_customer(document: Json, /) -> Iterator[str]:
    """Customers, by role and e-mail; ``py`` counts those who have paid for the reports."""
    role = token(document.get("role"))
    yield from (f"{name}@{ordering}" for name in ("any", f"role={role}") for ordering in ("name", "date"))
    yield f"email={token(document.get('email'))}@date"
    if role == "customer":
        yield f"py={switch(document, 'is_paying_customer')}@date"


def of_term(document: Json, /) -> Iterator[str]:
    """Categories and tags: ``pa`` by parent (tags have none), ``he`` those that some product has."""
    parent = f"{document.get('parent') or 0}"
    yield from ("any@name", f"slug={token(document.get('slug'))}@name")
    if re.fullmatch("[0-9]{1,12}", parent):
        yield f"pa={int(parent)}@name"
    if document.get("count"):
        yield "he=1@name"
