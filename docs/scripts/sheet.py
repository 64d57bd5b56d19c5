"""Paper on which things are drawn in pixels from the top left, by matplotlib."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, FancyBboxPatch
from matplotlib.textpath import TextPath

INK, FAINT, EDGE, GROUND = "#16191f", "#5f6b7a", "#d5dbdb", "#f2f3f3"
#: Words are measured in the font that matplotlib brings along, so that the same is drawn everywhere.
FONT = "DejaVu Sans"


class Place(NamedTuple):
    """Where something is, in pixels or in cells of a grid."""

    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        """The right edge."""
        return self.left + self.width


class Sheet:
    """The paper; the unit of everything is a pixel."""

    def __init__(self, width: float, height: float) -> None:
        self.figure = Figure(figsize=(width / 72, height / 72), dpi=72, facecolor=GROUND)
        self.axes = self.figure.add_axes((0, 0, 1, 1), xlim=(0, width), ylim=(height, 0))
        self.axes.axis("off")

    def box(self, place: Place, *, corner: float = 2, **look: Any) -> None:
        """A box with round corners."""
        look = {"facecolor": "white", "edgecolor": EDGE, "linewidth": 1, **look}
        style = f"round,pad=0,rounding_size={corner}"
        self.axes.add_patch(FancyBboxPatch(place[:2], *place[2:], boxstyle=style, clip_on=False, **look))

    def text(self, left: float, middle: float, words: str, size: float = 11, **look: Any) -> None:
        """Words, by the middle of their height."""
        look = {"color": INK, "va": "center_baseline", "clip_on": False, **look}
        self.axes.text(round(left, 1), round(middle, 1), words.replace("$", r"\$"), size=size, **look)

    def line(self, xs: Sequence[float], ys: Sequence[float], color: str, width: float = 1) -> None:
        """A line through points."""
        points = [[round(value, 1) for value in values] for values in (xs, ys)]
        self.axes.add_line(Line2D(*points, color=color, linewidth=width, solid_joinstyle="round", clip_on=False))

    def dot(self, left: float, top: float, color: str, size: float = 3.5) -> None:
        """A dot."""
        self.axes.add_patch(Circle((round(left, 1), round(top, 1)), size, color=color, linewidth=0, clip_on=False))


def wide(words: str, size: float, weight: str = "normal") -> float:
    """How wide words are."""
    font = FontProperties(family=FONT, weight=weight)
    return float(TextPath((0, 0), words, size, prop=font).get_extents().width) if words.strip() else 0.0


def cut(words: str, size: float, width: float) -> str:
    """As much of the words as fits."""
    while wide(words, size) > width:
        words = words.rstrip("…")[:-1] + "…"
    return words
