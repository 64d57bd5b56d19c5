"""What `build.py` makes: its settings, environments and variants, and the shop of these settings."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from unittest.mock import patch

from woo_stack import Release, Settings, Shop
from woo_stack.artifacts import Environment
from woo_stack.errors import WooStackError

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT))

import build  # noqa: E402 - it stands at the repository's root


@dataclass(frozen=True)
class Given:
    """What `build.shop_release` hands to `woo_stack.release`."""

    settings: Settings = field(default_factory=Settings)
    environments: Mapping[str, Environment] = field(default_factory=dict)
    variants: Mapping[str, Settings] = field(default_factory=dict)


@cache
def given() -> Given:
    """The arguments of the release, which itself does not tell them; raises WooStackError where there is none."""
    heard: list[Given] = []

    def release(
        settings: Settings | None = None,
        environments: Mapping[str, Environment] | None = None,
        variants: Mapping[str, Settings] | None = None,
    ) -> Release:
        heard.append(Given(settings or Settings(), environments or {}, variants or {}))
        return Release({}, {})

    if hasattr(build, "release"):
        with patch.object(build, "release", release):
            build.shop_release()
    if len(heard) != 1:
        raise WooStackError(
            f"build.shop_release calls release, imported by its name, {len(heard)} times, allowed: once"
        )
    return heard[0]


@cache
def shop() -> Shop:
    """The shop of `build.py`, composed once."""
    return Shop(given().settings)


@cache
def release() -> Release:
    """The release itself."""
    return build.shop_release()
