"""The shop as a Sceptre template: the published one, or one of your own `Settings` in `sceptre_user_data`."""

from pathlib import Path
from typing import Any

PUBLISHED = Path(__file__).resolve().parents[4] / "output" / "woo-stack.json"


def sceptre_handler(sceptre_user_data: dict[str, Any]) -> str:
    """The template's text."""
    if not sceptre_user_data:
        return PUBLISHED.read_text()
    from woo_stack import Settings, shop, to_json  # noqa: PLC0415 (the published template needs no library)

    return to_json(shop(Settings(**sceptre_user_data)))
