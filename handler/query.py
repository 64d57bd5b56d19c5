"""WooCommerce's parameters: which there are, what they mean here, and how it words what is wrong with one."""

import math
import re
from datetime import datetime
from typing import Any, NamedTuple

from .request import Parameters
from .responses import Refusal
from .runtime import Json
from .table import BATCH_KEYS

#: A numeric string of PHP; WordPress takes one for an integer when its value is whole.
NUMERIC = re.compile(r"\s*[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")

#: What WordPress takes for a date, and its zone.
DATE = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(Z|[+-]\d\d(?::\d\d)?)?", re.ASCII)

#: What WordPress takes for an e-mail address, or a little more.
EMAIL = re.compile(r"(?=.{6})[\w!#$%&'*+/=?^`{|}~.-]+@([a-z0-9-]+\.)+[a-z0-9-]+", re.IGNORECASE | re.ASCII)

#: Bounds of numbers.
BOUNDS = {"page": (1, math.inf), "per_page": (1, 100)}


class Row(NamedTuple):
    """A parameter that is served: ``name:type:default:choices:list``, types as in `TYPES`.

    Choices behind ``|`` are known to WooCommerce and not served. ``list`` begins the names of the lists (see `lists`)
    that hold what the parameter selects.
    """

    name: str
    type: str
    default: str = ""
    choices: str = ""
    list: str = ""


CONTEXT = "context:e:view:view|edit"
LISTS = f"{CONTEXT} page:i:1 per_page:i:10 offset:i exclude:I include:I"
DATED = f"{LISTS} after:d before:d order:e:desc:asc/desc orderby:e:date:date/id/include|title/slug/modified"
GOODS = f"{DATED}/menu_order/price/popularity/rating sku:t:::sku"
NAMED = f"{LISTS} order:e:asc:asc/desc orderby:e:name:"
TERMS = f"{NAMED}id/include/name|slug/term_group/description/count hide_empty:b:false::he slug:T:::slug"
SERVED = {
    letter: [Row(*row.split(":")) for row in rows.split()]
    for letter, rows in {
        "": CONTEXT,
        "P": f"{GOODS} slug:t:::slug status:e:any:any/future/trash/draft/pending/private/publish category:l:::ca"
        " type:o::simple/grouped/external/variable:ty featured:b:::fe tag:l:::tg on_sale:b:::os"
        " stock_status:e::instock/outofstock/onbackorder:ss",
        "V": GOODS,
        "O": f"{DATED} status:s:any:any/trash/auto-draft/pending/processing/on-hold/completed/cancelled/refunded/failed"
        "/checkout-draft customer:i:::cu product:n:::pr",
        "K": f"{DATED} code:t:::code",
        "C": f"{NAMED}id/include/name/registered_date email:m:::email"
        " role:o:customer:all/administrator/editor/author/contributor/subscriber/customer/shop_manager",
        "G": f"{TERMS} parent:i:::pa",
        "T": TERMS,
    }.items()
}

#: All other parameters that WooCommerce knows: empty they pass, or as ``name=accepted`` with what gives WooCommerce's
#: default, alternatives apart by ``/``. First those that shape documents, in lists and single.
META = "include_meta exclude_meta"
SHAPING = {"P": f"{META} image_size=full", "O": f"{META} dp=2 order_item_display_meta=false/0"}
SHAPING["V"] = SHAPING["P"]
CHANGED = "search modified_after modified_before dates_are_gmt=false/0"
PARENTS = f"{CHANGED} parent parent_exclude"
STOCK = (
    f"{PARENTS} brand tax_class min_price max_price search_sku search_name_or_sku search_fields include_status"
    " exclude_status include_types exclude_types downloadable virtual stock_quantity min_stock_quantity"
    " max_stock_quantity global_unique_id pos_products_only"
)
UNSERVED = {
    "P": f"{STOCK} shipping_class attribute attribute_term",
    "V": f"{STOCK} slug status=any on_sale stock_status has_price attributes local_attributes",
    "O": f"{PARENTS} created_via",
    "K": CHANGED,
    "C": "search",
    "G": "search product",
    "T": "search product",
}


class Fault(Exception):  # noqa: N818 (half an answer)
    """What is wrong with a parameter: ``Fault(code, text)``, and for a wrong type the part that has it."""


def mistyped(name: str, wanted: str) -> Fault:
    """WordPress's words for a value of another type."""
    return Fault("rest_invalid_type", f"{name} is not of type {wanted}.", name)


def unserved(name: str, how: str = "is not served by this API, or not with this value.") -> Fault:
    """Our words for what WooCommerce would serve."""
    return Fault("woo_stack_not_served", f"{name} {how}")


def refuse(faults: dict[str, Fault]) -> Refusal:
    """WordPress's answer to all that is wrong with the parameters."""
    details = {
        name: {"code": code, "message": text, "data": {"param": part[0]} if part else None}
        for name, (code, text, *part) in ((name, fault.args) for name, fault in faults.items())
    }
    more = {"params": {name: detail["message"] for name, detail in details.items()}, "details": details}
    return Refusal(400, "rest_invalid_param", f"Invalid parameter(s): {', '.join(faults)}", more)


def integer(row: Row, value: str | list[str], /) -> int:
    """A whole number within its bounds. The sign is lost, as in most of WooCommerce's own reading."""
    number = float(value) if isinstance(value, str) and NUMERIC.fullmatch(value) else 0.5
    if number % 1:
        raise mistyped(row.name, "integer")
    low, high = BOUNDS.get(row.name, (-math.inf, math.inf))
    if not low <= number <= high:
        between = high < math.inf
        wanted = f"between {low} (inclusive) and {high} (inclusive)" if between else f"greater than or equal to {low}"
        raise Fault("rest_out_of_bounds", f"{row.name} must be {wanted}")
    return abs(int(number))


def switch_on(row: Row, value: str, /) -> int:
    """1 for true and 0 for false, as WordPress writes them."""
    if value.lower() not in ("true", "false", "1", "0"):
        raise mistyped(row.name, "boolean")
    return int(value.lower() in ("true", "1"))


def choice(row: Row, value: str, /) -> str:
    """One of the choices; of an open row any other that may be a plugin's."""
    served, _, more = row.choices.partition("|")
    if value in served.split("/") or (row.type in "os" and re.fullmatch("[a-z0-9_-]{1,64}", value)):
        return value
    if more and value in more.split("/"):
        raise unserved(row.name)
    *others, last = row.choices.replace("|", "/").split("/")
    comma = "," * (len(others) > 1)
    raise Fault("rest_not_in_enum", f"{row.name} is not one of {', '.join(others)}{comma} and {last}.")


def moment(row: Row, value: str, /) -> str:
    """A date as documents have it."""
    found = DATE.fullmatch(value)
    try:
        datetime.fromisoformat(value[:19] if found else "")
    except ValueError:
        raise Fault("rest_invalid_date", "Invalid date.") from None
    if found and found[1]:
        raise unserved(row.name, "is served in the shop's own time only: without a zone.")
    return f"{value[:10]}T{value[11:19]}"


def email(_row: Row, value: str, /) -> str:
    """An e-mail address."""
    if not EMAIL.fullmatch(value):
        raise Fault("rest_invalid_email", "Invalid email address.")
    return value


def several(row: Row, value: str | list[str], /) -> list[Any]:
    """A list, which may come as one text: of numbers, of choices or of texts."""
    texts = value if isinstance(value, list) else re.findall(r"[^\s,]+", value)
    if len(texts) > BATCH_KEYS:
        raise unserved(row.name, f"is served with at most {BATCH_KEYS} values.")
    read: Any = {"I": integer, "s": choice}.get(row.type, lambda _, text: text)
    return [*dict.fromkeys(read(row._replace(name=f"{row.name}[{at}]"), text) for at, text in enumerate(texts))]


def numbers(row: Row, value: str, /) -> list[int]:
    """Ids in a text, read as PHP reads any text as a number."""
    found = (re.match(r"[+-]?0*([0-9]+)", text) for text in several(row, value))
    # No id has 13 digits: what has more finds as little.
    return [*dict.fromkeys(int(number[1][:13]) if number else 0 for number in found)]


def text(_row: Row, value: str, /) -> str:
    """A text. PHP's "0" is empty."""
    return value if value != "0" else ""


#: By their letters in rows the types of parameters, in JSON Schema's words, and what reads them. Of an ``n`` 0 is
#: nothing; to the choices of ``o`` and ``s`` plugins may have added theirs.
TYPES: dict[str, tuple[str, Any]] = {
    **dict.fromkeys("in", ("integer", integer)),
    **dict.fromkeys("eo", ("string", choice)),
    **dict.fromkeys("IsT", ("array", several)),
    "b": ("boolean", switch_on),
    "d": ("string", moment),
    "m": ("string", email),
    "l": ("string", numbers),
    "t": ("string", text),
}


def value_of(row: Row, value: str | list[str]) -> Any:
    """What a parameter says: a number, 0 or 1, a text or a list; Fault when WordPress or we cannot take it."""
    wanted, read = TYPES[row.type]
    if wanted in ("string", "boolean") and not isinstance(value, str):
        raise mistyped(row.name, wanted)
    return read(row, value)


def check(letter: str, given: Parameters, *, single: bool = False) -> Json:
    """The values of a list's parameters by name; of a ``single`` document those that shape it.

    Refuses what WooCommerce would refuse or is not served, all at once; parameters that it does not know are ignored.
    """
    values: Json = {}
    faults = {}
    for row in SERVED["" if single else letter]:
        value = given.get(row.name, row.default or None)
        try:
            values[row.name] = None if value is None else value_of(row, value)
        except Fault as fault:
            faults[row.name] = fault
    for entry in f"{SHAPING.get(letter, '')} {'' if single else UNSERVED[letter]}".split():
        name, _, accepted = entry.partition("=")
        value = given.get(name, "")
        said = ",".join(value) if isinstance(value, list) else value
        if said and said.lower() not in accepted.split("/"):
            faults[name] = unserved(name)
    if faults:
        raise refuse(faults)
    return values


def described(letter: str) -> Json:
    """The rows of a list as WordPress describes a route's arguments; of a single document's without a letter."""
    args: Json = {}
    for row in SERVED[letter]:
        args[row.name] = {"type": TYPES[row.type][0], "required": False}
        if row.choices:
            args[row.name]["enum"] = row.choices.partition("|")[0].split("/")
        if row.default:
            default = value_of(row, row.default)
            args[row.name]["default"] = bool(default) if row.type == "b" else default
    return args
