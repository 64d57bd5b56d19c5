"""What is served: the rows of routes, and WooCommerce's words for what is not there."""

import re
from typing import NamedTuple


class Route(NamedTuple):
    """A path below ``/wp-json/wc/v3``: of the list of a kind, of one document or of a report.

    ``letters`` are the kinds that it serves, the first the list's own.
    """

    path: str
    letters: str = ""
    single: bool = False


LISTED = {
    "products": "PV",
    "products/{parent}/variations": "V",
    "products/categories": "G",
    "products/tags": "T",
    "orders": "O",
    "customers": "C",
    "coupons": "K",
}

#: What each report counts: the beginning of its lists' names, and their ends, with the names that WooCommerce has.
REPORTS = {
    "orders": (
        "O#st=",
        "pending:Pending payment|processing:Processing|on-hold:On hold|completed:Completed|cancelled:Cancelled"
        "|refunded:Refunded|failed:Failed",
    ),
    "products": (
        "P#pt=",
        "external:External/Affiliate product|grouped:Grouped product|simple:Simple product|variable:Variable product",
    ),
    "customers": ("C#py=", "paying:Paying customer|non_paying:Non-paying customer"),
    "coupons": (
        "K#dt=",
        "percent:Percentage discount|fixed_cart:Fixed cart discount|fixed_product:Fixed product discount",
    ),
}

#: The ends of lists that are not called as the reports' rows.
ENDS = {"paying": 1, "non_paying": 0}

#: Paths as patterns. A custom domain's base path may stand before; case and a last slash are free.
ROUTES = {
    re.compile("(?i)/wp-json/wc/v3/" + re.sub("{(.*?)}", r"(?P<\1>[0-9]{1,999})", route.path) + r"/?\Z"): route
    for route in (
        *(Route(path, letters[0]) for path, letters in LISTED.items()),
        *(Route(f"{path}/{{id}}", letters, True) for path, letters in LISTED.items()),
        *(Route(f"reports/{name}/totals") for name in REPORTS),
    )
}

#: The code and the text of the 404 of each kind.
NOBODY = "woocommerce_rest_term_invalid", "Resource does not exist."
MISSING = {"C": ("wc_user_invalid_id", "Invalid user ID."), "G": NOBODY, "T": NOBODY} | {
    letter: (f"woocommerce_rest_{name}_invalid_id", "Invalid ID.")
    for letter, name in {"P": "product", "V": "product_variation", "O": "shop_order", "K": "shop_coupon"}.items()
}
