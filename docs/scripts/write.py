"""Write what is generated in README.md and docs/, or with ``--check`` say what is out of date.

``python docs/scripts/write.py [--check]``: everything is computed from the release that build.py makes. Pictures are
drawn by ``architecture.py``, ``picture.py`` and ``recording.py``, because only those need more than the library.
"""

import argparse
import sys
from collections.abc import Callable, Mapping, Sequence

import commands
import costs
import model
import readme
import security
import settings
from built import ROOT, shop
from parts import replaced
from woo_stack import runbook
from woo_stack.errors import WooStackError


def _runbook() -> str:
    return runbook(shop().health, shop().parameters)


#: Whole pages, by path.
PAGES: Mapping[str, Callable[[], str]] = {
    "docs/runbook.md": _runbook,
    "docs/costs.md": costs.page,
    "docs/settings.md": settings.page,
    "docs/commands.md": commands.page,
}
#: Parts of pages that are written by hand, by path and name.
PARTS: Mapping[tuple[str, str], Callable[[], str]] = {
    ("README.md", "report"): readme.report,
    ("docs/security.md", "iam"): security.rights,
    ("docs/security.md", "answers"): security.answers,
    ("docs/data-model.md", "lists"): model.lists,
}


def files() -> dict[str, str]:
    """What each file should hold, by path; raises WooStackError for a part that has no place."""
    made = {path: text() for path, text in PAGES.items()}
    for (path, name), part in PARTS.items():
        made[path] = replaced(path, made.get(path) or _present(path), name, part())
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Write or compare; returns the exit code, 1 for what is out of date or cannot be written."""
    parser = argparse.ArgumentParser(description="Write what is generated in README.md and docs/.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if something is out of date")
    options = parser.parse_args(arguments)
    try:
        late = {path: text for path, text in files().items() if _present(path) != text}
    except WooStackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    for path, text in late.items():
        if options.check:
            print(f"{path} is out of date: make docs", file=sys.stderr)
        else:
            (ROOT / path).write_text(text)
    return int(options.check and bool(late))


def _present(path: str) -> str:
    return (ROOT / path).read_text() if (ROOT / path).exists() else ""


if __name__ == "__main__":
    raise SystemExit(main())
