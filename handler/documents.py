"""WooCommerce's documents as rows of data: how each kind is recognised, served, listed and sorted."""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable
from typing import Any, NamedTuple

from .runtime import Json


class DocumentError(ValueError):
    """A document that cannot be stored. The text says which one, why, and what is allowed; nothing of its content."""


class Kind(NamedTuple):
    """One WooCommerce resource.

    ``letter`` begins its keys in the table and never changes. ``keys`` tell it from the others in every release of
    wc/v3. ``lists`` says in which lists a document is. ``route`` is its collection below ``/wp-json/wc/v3/``, empty
    when not served; ``unknown`` and ``message`` the code and text of the 404 for an id; ``orderby`` the list that
    serves each value of that parameter, WooCommerce's default first; ``order`` its default direction.
    """

    letter: str
    noun: str
    keys: str
    lists: Callable[[Json], list[str]]
    route: str = ""
    unknown: str = ""
    message: str = "Invalid ID."
    orderby: dict[str, str] = {"date": "any@date"}  # noqa: RUF012 (a NamedTuple's default, never changed)
    order: str = "desc"


def created(document: Json) -> str:
    """``date_created`` (site-local, as WooCommerce sorts), or the zero date, which sorts first, when there is none."""
    found = re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", f"{document.get('date_created')}")
    return found[0] if found else "0000-00-00T00:00:00"


def display_name(document: Json) -> str:
    """A customer's first and last name, or username, as a case- and accent-insensitive collation compares them.

    An approximation: WooCommerce sorts by WordPress's ``display_name``, which is not in the document. At most 99
    characters, so that the sort key keeps to DynamoDB's 1,024 bytes. The space at the end puts Ann before Ann-Lee.
    """
    first, last, user = (f"{document.get(name) or ''}" for name in ("first_name", "last_name", "username"))
    name = unicodedata.normalize("NFKD", " ".join(f"{first} {last}".split()) or user).casefold()
    kept = "".join(c for c in name if c >= " " and not unicodedata.combining(c))
    # A JSON escape can name half a character, which no key can hold.
    return kept.encode(errors="ignore").decode()[:99] + " "


#: How the lists ``…@<ordering>`` sort, before the id that breaks ties; and the lengths of the sort key's beginnings
#: that have counters: 0 is the whole list, and each next cuts the buckets of the one before into some hundred.
ORDERINGS = {"date": (created, (0, 7, 10)), "name": (display_name, (0, 1, 3))}


def slug(document: Json, field: str, default: str) -> str:
    """The text of a field that names a list; DocumentError when it is no slug, as statuses and roles are."""
    value = document.get(field, default)
    if not isinstance(value, str) or not re.fullmatch(r"[\w-]{0,64}", value, re.ASCII):
        raise DocumentError(f"{field} is a slug of at most 64 letters, digits, - and _; this one is not")
    return value


def by_status(document: Json) -> list[str]:
    """The list of the status, and ``any`` unless a shop leaves that status out of it (recent releases, HPOS).

    Coupons of older releases carry no status: they are published.
    """
    status = slug(document, "status", "publish")
    hidden = status in ("trash", "auto-draft", "checkout-draft")
    return [f"st={status}@date"] if hidden else [f"st={status}@date", "any@date"]


def by_role(document: Json) -> list[str]:
    """The two lists of the customer's role."""
    role = slug(document, "role", "")
    return [f"role={role}@date", f"role={role}@name"]


def by_parent(document: Json) -> list[str]:
    """The list of the variation's product, which the nested route of older releases names only in ``_links.up``."""
    try:
        parent = document.get("parent_id") or document["_links"]["up"][0]["href"].split("/")[-1]
        return [f"p={int(parent)}@date"]
    except (KeyError, IndexError, TypeError, ValueError):
        raise DocumentError("a variation names its product in parent_id or _links.up; this one does not") from None


KINDS = {
    kind.letter: kind
    for kind in (
        # Before products: a variation of a recent release may have all keys of a product, and `image` too.
        Kind("V", "variation", "status attributes image", by_parent),
        Kind("P", "product", "status type slug images", by_status, "products", "woocommerce_rest_product_invalid_id"),
        Kind(
            "O", "order", "status order_key line_items", by_status, "orders", "woocommerce_rest_shop_order_invalid_id"
        ),
        Kind("K", "coupon", "code discount_type", by_status, "coupons", "woocommerce_rest_shop_coupon_invalid_id"),
        Kind(
            "C",
            "customer",
            "email role username",
            by_role,
            "customers",
            "wc_user_invalid_id",
            "Invalid user ID.",
            {"name": "role=customer@name", "registered_date": "role=customer@date"},
            "asc",
        ),
    )
}


def parse(body: bytes) -> Json:
    """The JSON object in ``body``; DocumentError when it is anything else. UTF-8 only, because the bytes are served."""
    try:
        # Floats as text: two that differ beyond the precision of a double are two.
        document = json.loads(body.decode(), parse_float=str)
    except ValueError:
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


def id_of(kind: Kind, document: Json) -> int:
    """The document's id, a number or its text; DocumentError when it is neither."""
    number: Any = document.get("id")
    if not re.fullmatch("0*[1-9][0-9]{0,11}", f"{number}"):
        raise DocumentError(f"the id of {kind.noun} documents is a number of 1 to 12 digits; this one's is not")
    return int(number)


def entries(kind: Kind, document: Json) -> set[str]:
    """Where a document stands in all its lists: ``<list>|<sort key>``, the id zero-padded at the end of the key."""
    return {
        f"{kind.letter}#{name}|{ORDERINGS[name.rpartition('@')[2]][0](document)}#{id_of(kind, document):012}"
        for name in kind.lists(document)
    }


def fingerprint(document: Json) -> str:
    """Equal for two versions that differ only in what WooCommerce changes at random or by request."""
    lasting = {name: value for name, value in document.items() if name not in ("_links", "related_ids")}
    return hashlib.sha256(json.dumps(lasting, sort_keys=True).encode()).hexdigest()
