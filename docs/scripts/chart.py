"""Draw docs/pictures/costs.svg: the share of each part of what a month costs, a bar for each volume and API.

It is narrow, because a phone shows it whole, and has its own ground, because pages are dark or light. Only the standard
library draws it, so that a test compares the file itself.
"""

from collections.abc import Iterator, Mapping
from html import escape

from built import ROOT, shop
from million import money, shares

TARGET = ROOT / "docs" / "pictures" / "costs.svg"
#: Pixels: of the picture, around what is drawn, of a bar with its words above it, and of a line of the legend.
WIDTH, MARGIN, BAR, STEP, LINE = 390, 14, 24, 52, 22
HEAD, FOOT, COLUMNS = 58, 34, 2
INK, FAINT, EDGE = "#16191f", "#5f6b7a", "#d5dbdb"
FONT = "'Amazon Ember', 'Helvetica Neue', Arial, sans-serif"
#: In the order of the parts; a part's own words are light or dark by its colour.
COLOURS = (
    "#0b5cad", "#c2460a", "#7b3fa0", "#b93a7a", "#d9a6d0", "#8c6d4f", "#237a33", "#7fc8f8", "#f2b705", "#5f6b7a",
    "#c3cad1", "#a61e1e",
)  # fmt: skip
DARK = ("#d9a6d0", "#7fc8f8", "#f2b705", "#c3cad1")
#: Shares that have room for their figure.
ROOM = 0.12


def svg(bills: Mapping[tuple[int, str], Mapping[str, float]]) -> str:
    """The picture of the bills by volume and API."""
    parts = [*dict.fromkeys(part for dollars in bills.values() for part in dollars)]
    colours = dict(zip(parts, COLOURS, strict=False))
    rows = -(-len(parts) // COLUMNS)
    legend = HEAD + STEP * len(bills) + 8
    height = legend + LINE * rows + FOOT
    drawn = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}" '
        f'role="img" font-family="{FONT}">',
        "<title>What a month costs, by part</title>",
        f'<rect x="0.5" y="0.5" width="{WIDTH - 1}" height="{height - 1}" rx="8" fill="#ffffff" stroke="{EDGE}"/>',
        _text(MARGIN, 26, "What a month costs, by part", 15, weight="bold"),
        _text(MARGIN, 45, "requests a month, API, dollars a month", 12, FAINT),
    ]
    for number, ((volume, api), dollars) in enumerate(bills.items()):
        top = HEAD + STEP * number
        drawn += [
            _text(MARGIN, top + 16, f"{volume:,} {api}", 13),
            _text(WIDTH - MARGIN, top + 16, money(sum(dollars.values())), 13, anchor="end", weight="bold"),
            *_bar(dollars, colours, top + 22),
        ]
    for number, part in enumerate(parts):
        left = MARGIN + (WIDTH - 2 * MARGIN) // COLUMNS * (number // rows)
        top = legend + LINE * (number % rows)
        drawn += [_box(left, top + 3, 12, 12, colours[part]), _text(left + 19, top + 14, part, 13)]
    drawn += [_text(MARGIN, height - 12, "Drawn by make docs from docs/scripts/bill.py.", 11, FAINT), "</svg>"]
    return "\n".join(drawn) + "\n"


def _bar(dollars: Mapping[str, float], colours: Mapping[str, str], top: float) -> Iterator[str]:
    """The parts side by side, each as wide as its share."""
    left, whole = float(MARGIN), sum(dollars.values())
    for part, one in dollars.items():
        width = (WIDTH - 2 * MARGIN) * one / whole
        yield _box(left, top, width, BAR, colours[part])
        if one / whole >= ROOM:
            ink = INK if colours[part] in DARK else "#ffffff"
            yield _text(left + width / 2, top + 16.5, f"{one / whole:.0%}", 12, ink, anchor="middle")
        left += width


def _box(left: float, top: float, width: float, height: float, colour: str) -> str:
    return f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" fill="{colour}"/>'


def _text(
    left: float, base: float, words: str, size: int, colour: str = INK, *, anchor: str = "start", weight: str = "normal"
) -> str:
    look = f'font-size="{size}" fill="{colour}"'
    look += f' text-anchor="{anchor}"' if anchor != "start" else ""
    look += f' font-weight="{weight}"' if weight != "normal" else ""
    return f'<text x="{left:.1f}" y="{base:.1f}" {look}>{escape(words)}</text>'


def main() -> None:
    """Draw the file."""
    TARGET.write_text(svg(shares(shop())))


if __name__ == "__main__":
    main()
