"""WooCommerce's parameters: which there are, which values are served, and how it words what is wrong with one."""

import math
import re

from .request import Parameters
from .responses import Refusal

#: A numeric string of PHP; WordPress takes one for an integer when its value is whole.
NUMERIC = re.compile(r"\s*[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?\s*")

#: Numbers and their bounds.
BOUNDS = {"page": (1, math.inf), "per_page": (1, 100), "offset": (-math.inf, math.inf)}

#: All other parameters that WooCommerce knows, as ``name``, ``name=served`` or ``name=served:known``, alternatives
#: apart by ``/``. Served is what gives WooCommerce's default, the empty value where WooCommerce ignores that; without
#: ``=`` nothing is. Where ``known`` lists the values, WordPress has its own words for any other.
FALSE = "=false/False/0"
LISTS = "search= include= exclude= order=asc/desc:asc/desc"
DATES = f"{LISTS} after before modified_after modified_before dates_are_gmt{FALSE}"
POSTS = "date:date/id/include/title/slug/modified"
LISTING = {
    "P": f"{DATES} orderby={POSTS}/menu_order/price/popularity/rating parent= parent_exclude= slug= status=any type"
    " sku= featured category= tag= shipping_class= attribute= attribute_term= tax_class on_sale min_price= max_price="
    " stock_status search_sku= search_name_or_sku= search_fields= include_status= exclude_status= include_types="
    " exclude_types= downloadable virtual stock_quantity min_stock_quantity max_stock_quantity global_unique_id="
    " pos_products_only",
    "O": f"{DATES} orderby={POSTS} parent= parent_exclude= status=any customer product",
    "C": f"{LISTS} orderby=name/registered_date:id/include/name/registered_date email role=customer",
    "K": f"{DATES} orderby={POSTS} code=",
}

#: Those that shape the documents, in lists and single; "" is for all kinds. ``dp`` is the shop's, 2 unless changed.
META = "include_meta= exclude_meta="
SHAPING = {
    "": "context=view:view/edit _envelope _fields=",
    "P": f"{META} image_size=full",
    "O": f"{META} dp=2 order_item_display_meta{FALSE}",
}


def number_fault(name: str, value: str | list[str]) -> tuple[str, str] | None:
    """WordPress's code and text when ``value`` is not a whole number within the bounds of ``name``."""
    low, high = BOUNDS[name]
    number = float(value) if isinstance(value, str) and NUMERIC.fullmatch(value) else 0.5
    if number % 1:
        return "rest_invalid_type", f"{name} is not of type integer."
    if low <= number <= high:
        return None
    between = high < math.inf
    wanted = f"between {low} (inclusive) and {high} (inclusive)" if between else f"greater than or equal to {low}"
    return "rest_out_of_bounds", f"{name} must be {wanted}"


def choice_fault(row: str, value: str | list[str]) -> tuple[str, str] | None:
    """Code and text when a row above does not serve ``value``: WordPress's own where it would refuse it as well."""
    name, equals, rule = row.partition("=")
    served, _, known = rule.partition(":")
    text = value if isinstance(value, str) else ",".join(value)
    *others, last = known.split("/")
    if known and value not in (*others, last):
        return "rest_not_in_enum", f"{name} is not one of {', '.join(others)}{',' * (len(others) > 1)} and {last}."
    if not equals or text not in served.split("/"):
        return "woo_stack_not_served", f"{name} is not served by this API, or not with this value."
    return None


def check(letter: str, given: Parameters, *, single: bool) -> None:
    """Refuse what WooCommerce would refuse or is not served, all at once; parameters that it does not know are ignored.

    ``letter`` is the kind's; a ``single`` document has no list parameters.
    """
    faults = {name: number_fault(name, given[name]) for name in BOUNDS if name in given and not single}
    for row in f"{SHAPING['']} {SHAPING.get(letter, '')} {'' if single else LISTING[letter]}".split():
        name = row.partition("=")[0]
        if name in given:
            faults[name] = choice_fault(row, given[name])
    found = {name: fault for name, fault in faults.items() if fault}
    if found:
        details = {
            name: {"code": code, "message": text, "data": {"param": name} if code == "rest_invalid_type" else None}
            for name, (code, text) in found.items()
        }
        more = {"params": {name: text for name, (_, text) in found.items()}, "details": details}
        raise Refusal(400, "rest_invalid_param", f"Invalid parameter(s): {', '.join(found)}", more)
