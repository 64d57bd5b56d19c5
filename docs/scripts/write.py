"""Write the pages of docs/, or with ``--check`` say which are out of date: ``python docs/scripts/write.py [--check]``.

The picture is drawn by ``picture.py``, because only that needs matplotlib.
"""

import sys
from pathlib import Path

import costs
import security

from woo_stack import Shop, runbook

PAGES = Path(__file__).parents[1]


def pages() -> dict[str, str]:
    """Every page by its file's name."""
    shop = Shop()
    told = runbook(shop.health, shop.parameters)
    return {"runbook.md": told, "costs.md": costs.page(), "security.md": security.page()}


def main(arguments: list[str]) -> int:
    """Write or compare; returns the exit code, 1 for a page that is out of date."""
    checking = arguments == ["--check"]
    late = [name for name, text in pages().items() if checking and _old(name) != text]
    for name, text in {} if checking else pages().items():
        (PAGES / name).write_text(text)
    for name in late:
        print(f"docs/{name} is out of date: make docs", file=sys.stderr)
    return int(bool(late))


def _old(name: str) -> str:
    path = PAGES / name
    return path.read_text() if path.exists() else ""


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
