"""Draw docs/pictures/dashboard.svg: the shop's dashboard as CloudWatch shows it, with made-up curves.

Widgets, their order and sizes, titles, lines and thresholds are those of the built body; the figures are `curves`.
"""

import math
import re
from collections.abc import Iterator, Sequence
from itertools import cycle
from pathlib import Path

import matplotlib as mpl

import curves
from body import STACK, Json, dashboard, digest
from built import shop
from sheet import EDGE, FAINT, FONT, INK, Place, Sheet, cut, wide

TARGET = Path(__file__).parents[1] / "pictures" / "dashboard.svg"
#: A cell of CloudWatch's grid of 24 columns, and the space around widgets and around all of them, in pixels.
CELL, ROW, GAP, MARGIN, HEAD, FOOT = 68, 50, 5, 18, 116, 34
#: What a widget has of itself:
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
COLUMNS, SIZE = 24, 6
BLUE, GREEN, RED, GRID = "#0972d3", "#1d8102", "#d13212", "#eaeded"
COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f", "#bcbd22", "#17becf", "#d62728")
#: The font in which the picture is shown.
SHOWN = "'Amazon Ember', 'Helvetica Neue', Arial, sans-serif"
#: What rings in the picture, because its curve is over its threshold at noon.
RINGING = f"{STACK}-ApiThrottles"
RANGES = ("1h", "3h", "12h", "1d", "3d", "1w")
#: The ends that an axis may have, times a power of ten.
ENDS = (1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10)


def placed(widgets: Sequence[Json]) -> Iterator[tuple[Json, Place]]:
    """Each widget with its place on the grid: from left to right, a new row where one is full."""
    left = top = tall = 0
    for widget in widgets:
        width, height = widget.get("width", SIZE), widget.get("height", SIZE)
        if left + width > COLUMNS:
            left, top, tall = 0, top + tall, 0
        yield widget, Place(left, top, width, height)
        left, tall = left + width, max(tall, height)


def drawn(body: Json) -> Sheet:
    """The whole dashboard."""
    variables = body.get("variables", [])
    grid = list(placed(body["widgets"]))
    end = HEAD + ROW * max(place.top + place.height for _, place in grid)
    sheet = Sheet(COLUMNS * CELL + 2 * MARGIN, end + FOOT)
    head(sheet, variables)
    for widget, (left, top, width, height) in grid:
        place = Place(
            MARGIN + left * CELL + GAP, HEAD + top * ROW + GAP, width * CELL - 2 * GAP, height * ROW - 2 * GAP
        )
        title = widget["properties"]["title"]
        for variable in variables:
            title = title.replace(variable["pattern"], variable["defaultValue"])
        sheet.box(place)
        sheet.text(place.left + 14, place.top + 19, title, 13, weight="bold")
        sheet.text(place.right - 16, place.top + 18, "⋮", 15, color=FAINT, ha="center")
        {"alarm": alarms, "metric": graph, "log": table}[widget["type"]](sheet, widget["properties"], place)
    note = "Drawn by make docs from the dashboard's body in the template; the figures are made up."
    sheet.text(MARGIN + GAP, end + 14, note, 11, color=FAINT)
    return sheet


def head(sheet: Sheet, variables: Sequence[Json]) -> None:
    """What stands above the widgets: where one is, the time that is shown, and what may be chosen."""
    right, name = MARGIN + COLUMNS * CELL - GAP, f"{STACK}-HealthDashboard"
    at: float = MARGIN + GAP
    for crumb, color in (("CloudWatch", BLUE), ("/", FAINT), ("Dashboards", BLUE), ("/", FAINT), (name, FAINT)):
        sheet.text(at, 20, crumb, 11, color=color)
        at += wide(crumb, 11) + 8
    sheet.text(MARGIN + GAP, 50, name, 20, weight="bold")
    sheet.text(right - 52 * len(RANGES) - 14, 50, "UTC", 11, ha="right", color=FAINT)
    for number, span in enumerate(RANGES):
        left = right - 52 * (len(RANGES) - number)
        fill, edge, ink = ("#f2f8fd", BLUE, BLUE) if span == f"{curves.HOURS}h" else ("white", EDGE, INK)
        sheet.box(Place(left, 37, 48, 26), corner=4, facecolor=fill, edgecolor=edge)
        sheet.text(left + 24, 50, span, 11, ha="center", color=ink)
    at = MARGIN + GAP
    for variable in variables:
        label = next(one["label"] for one in variable["values"] if one["value"] == variable["defaultValue"])
        sheet.text(at, 92, variable["label"], 12, weight="bold")
        at += wide(variable["label"], 12, "bold") + 12
        sheet.box(Place(at, 79, 190, 26), corner=4, edgecolor="#7d8998")
        sheet.text(at + 10, 92, label, 12)
        sheet.text(at + 176, 91, "▾", 12, ha="center", color=FAINT)
        at += 220


def alarms(sheet: Sheet, properties: Json, place: Place) -> None:
    """The strip of alarms, each with its state, in five columns."""
    names = [arn.rpartition(":")[2] for arn in properties["alarms"]]
    ringing = names.count(RINGING)
    at = place.left + 90
    for label, color in (
        (f"In alarm ({ringing})", RED),
        ("Insufficient data (0)", FAINT),
        (f"OK ({len(names) - ringing})", GREEN),
    ):
        sheet.dot(at, place.top + 19, color, 4)
        sheet.text(at + 10, place.top + 19, label, color=FAINT)
        at += 34 + wide(label, 11)
    down = math.ceil(len(names) / 5)
    width, height = (place.width - 20) / 5, (place.height - 46) / down
    for number, name in enumerate(names):
        left, top = place.left + 14 + number // down * width, place.top + 38 + number % down * height
        state, mark, color, fill = (
            ("In alarm", "!", RED, "#fdf3f1") if name == RINGING else ("OK", "✓", GREEN, "#f4f9f2")
        )
        middle = top + height / 2 - 4
        sheet.box(Place(left, top, width - 8, height - 8), corner=3, facecolor=fill, edgecolor=color)
        sheet.box(Place(left, top, 5, height - 8), corner=0, facecolor=color, edgecolor=color)
        sheet.dot(left + 22, middle, color, 7)
        sheet.text(left + 22, middle, mark, 9, color="white", ha="center", weight="bold")
        sheet.text(left + 37, middle, cut(name, 11.5, width - 110), 11.5)
        sheet.text(left + width - 18, middle, state, 10.5, color=color, ha="right")


def graph(sheet: Sheet, properties: Json, place: Place) -> None:
    """Lines, thresholds, axes and legend."""
    shown = [
        (label, curves.values(name), color)
        for (label, name), color in zip(lines(properties), cycle(COLOURS), strict=False)
    ]
    legend = rows([(label, color) for label, _, color in shown], place.width - 28)
    bottom = place.top + place.height - 32 - 15 * len(legend)
    marks = properties.get("annotations", {}).get("horizontal", [])
    known = [value for _, values, _ in shown for value in values if value is not None]
    most = end_of([*known, *(mark["value"] for mark in marks)])
    inner = Place(place.left + 52, place.top + 46, place.width - 70, bottom - place.top - 46)
    axes(sheet, inner, most)
    for _, values, color in shown:
        curve(sheet, values, color, inner, most)
    for mark in marks:
        threshold(sheet, mark, bottom - inner.height * mark["value"] / most, inner)
    if not known:
        middle = (inner.left + inner.right) / 2
        sheet.text(middle, bottom - inner.height / 2, "No data available.", 12, ha="center", color=FAINT)
    for number, row in enumerate(legend):
        at, top = place.left + 14, bottom + 32 + 15 * number
        for label, color in row:
            sheet.dot(at + 4, top, color, 4)
            sheet.text(at + 13, top, label, 10)
            at += wide(label, 10) + 26


def lines(properties: Json) -> list[tuple[str, str]]:
    """Each visible line as CloudWatch calls it, by its label or what tells it from others, and as `curves` does."""
    found: list[tuple[str, dict[str, str], str]] = []
    for line in properties["metrics"]:
        options: Json = line[-1] if isinstance(line[-1], dict) else {}
        parts = [part for part in line if isinstance(part, str)]
        label, statistic = options.get("label", ""), str(options.get("stat", properties["stat"]))
        if options.get("visible", True):
            named = {"metric": parts[1], **dict(zip(parts[2::2], parts[3::2], strict=True))} if parts else {}
            found.append((label, named | {"stat": statistic}, " ".join([*(parts[1:] or [label]), statistic])))
    told = [named for label, named, _ in found if not label]
    kinds: list[str] = []
    for kind in dict.fromkeys(kind for named in told for kind in named):
        with_it, without = (
            {tuple(named.get(one) for one in some) for named in told} for some in ([*kinds, kind], kinds)
        )
        if len(with_it) > len(without):
            kinds.append(kind)
    kinds = kinds if kinds and kinds != ["stat"] else ["metric", *kinds]
    return [(label or " ".join(named[kind] for kind in kinds if kind in named), name) for label, named, name in found]


def axes(sheet: Sheet, inner: Place, most: float) -> None:
    """The grid with its numbers and hours."""
    bottom = inner.top + inner.height
    for share in (0, 0.5, 1):
        level = bottom - inner.height * share
        sheet.line((inner.left, inner.right), (level, level), GRID if share else "#aab7b8")
        sheet.text(inner.left - 7, level, brief(most * share), 10, ha="right", color=FAINT)
    for hour in range(0, curves.HOURS + 1, 3):
        align = {0: "left", curves.HOURS: "right"}.get(hour, "center")
        at = inner.left + inner.width * hour / curves.HOURS
        sheet.text(at, bottom + 12, f"{hour:02}:00", 10, ha=align, color=FAINT)


def curve(sheet: Sheet, values: Sequence[float | None], color: str, inner: Place, most: float) -> None:
    """One line, broken where nothing was reported; a dot where a value stands alone."""
    padded = [None, *values, None]
    for start in (at for at in range(1, len(padded)) if padded[at] is not None and padded[at - 1] is None):
        part = [value for value in padded[start : padded.index(None, start)] if value is not None]
        xs = [inner.left + inner.width * (start - 1 + at) / (curves.PERIODS - 1) for at in range(len(part))]
        ys = [inner.top + inner.height * (1 - value / most) for value in part]
        if len(part) == 1:
            sheet.dot(xs[0], ys[0], color)
        else:
            sheet.line(xs, ys, color, 1.5)


def threshold(sheet: Sheet, mark: Json, level: float, inner: Place) -> None:
    """The line of a threshold, with its label and value."""
    sheet.line((inner.left, inner.right), (level, level), RED, 1.2)
    words = cut(f"{mark['label']}: {mark['value']:,}", 10, inner.width - 6)
    behind = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 0.5}
    sheet.text(inner.right, level - 8, words, 10, ha="right", color=RED, bbox=behind)


def rows(names: Sequence[tuple[str, str]], width: float) -> list[list[tuple[str, str]]]:
    """The legend's names with their colours, as many a row as fit."""
    made: list[list[tuple[str, str]]] = [[]]
    used = 0.0
    for name in names:
        needed = wide(name[0], 10) + 26
        if made[-1] and used + needed > width:
            made.append([])
            used = 0
        made[-1].append(name)
        used += needed
    return made


def table(sheet: Sheet, properties: Json, place: Place) -> None:
    """A query's result."""
    heads = columns(properties["query"])
    cells = curves.cells(heads)
    rooms = [max(wide(cell, 10.5) for cell in column) + 14 for column in zip(heads, *cells, strict=True)]
    spare = (place.width - 68 - sum(rooms)) / len(heads)
    sheet.box(
        Place(place.left + 14, place.top + 38, place.width - 28, 28), corner=0, facecolor="#fafafa", edgecolor=GRID
    )
    for number, row in enumerate([["#", *heads], *([str(at), *row] for at, row in enumerate(cells, 1))]):
        look = {} if number else {"weight": "bold", "color": FAINT}
        at, top = place.left + 24, place.top + 52 + 28 * number
        for cell, room in zip(row, (30, *(room + spare for room in rooms)), strict=True):
            sheet.text(at, top, cut(cell, 10.5, room), 10.5, **look)
            at += room
        sheet.line((place.left + 14, place.right - 14), (top + 14, top + 14), GRID)


def columns(query: str) -> list[str]:
    """The columns of a query's result: the groups of `stats` and what it counts, or the fields."""
    commands = dict(part.strip().partition(" ")[::2] for part in query.split(" | "))
    if "stats" in commands:
        counted, _, groups = commands["stats"].partition(" by ")
        return [*groups.split(", "), *re.findall(r" as (\w+)", counted)]
    return [field.rpartition(" as ")[2] for field in commands["fields"].split(", ")]


def end_of(values: Sequence[float]) -> float:
    """Where an axis ends that has room for these values."""
    most = max([*values, 0]) * 1.02 or 1
    power = 10.0 ** math.floor(math.log10(most))
    return next(end * power for end in ENDS if end * power >= most)


def brief(value: float) -> str:
    """A number on an axis."""
    for size, letter in ((1e6, "M"), (1e3, "k")):
        if value >= size * 2:
            return f"{value / size:g}{letter}"
    return f"{value:g}"


def main() -> None:
    """Draw the file."""
    # Text stays text; ids and a date would differ each time.
    mpl.rcParams.update({"font.family": FONT, "svg.fonttype": "none", "svg.hashsalt": "woo-stack"})
    body = dashboard(shop())
    told = {"Title": "Dashboard of woo-stack", "Description": f"sha256:{digest(body)}"}
    drawn(body).figure.savefig(TARGET, format="svg", metadata={**told, "Creator": None, "Date": None})
    text = re.sub(rf"'?{FONT}'?", SHOWN, TARGET.read_text())
    TARGET.write_text("\n".join(line.rstrip() for line in text.splitlines()) + "\n")


if __name__ == "__main__":
    main()
