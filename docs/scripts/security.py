"""The table in the page about security: what judges are told, and the fact that each answer rests on."""

from collections.abc import Iterator
from pathlib import Path

from woo_stack.suppressions import ROWS

PAGE = Path(__file__).parents[1] / "security.md"
BEGIN, END = "<!-- answers: `make docs` -->\n", "<!-- end of answers -->\n"


def page() -> str:
    """The whole page with today's table in it; the rest is written by hand."""
    before, _, rest = PAGE.read_text().partition(BEGIN)
    return f"{before}{BEGIN}{''.join(_table())}{END}{rest.partition(END)[2]}"


def _table() -> Iterator[str]:
    yield "| rules | hold no ground where | because |\n| --- | --- | --- |\n"
    for row in ROWS:
        rules = ", ".join(f"`{rule}`" for rule in row.rules.split())
        yield f"| {rules} | {row.fact} | {row.reason or 'the reason that the route was opened with'} |\n"
