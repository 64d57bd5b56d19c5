"""What `build.py` makes: its settings, environments and variants, and the shop of these settings."""

import sys
from functools import cache
from pathlib import Path

from woo_stack import Shop, ShopRelease
from woo_stack.errors import WooStackError

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import build  # noqa: E402 - it stands at the repository's root


@cache
def release() -> ShopRelease:
    """The release itself; raises WooStackError where it is not what `woo_stack.release` returns."""
    made = build.shop_release()
    if not isinstance(made, ShopRelease):
        raise WooStackError(f"build.shop_release() is {made!r}, allowed: what woo_stack.release returns")
    return made


@cache
def shop() -> Shop:
    """The shop of `build.py`, composed once."""
    return Shop(release().settings)
