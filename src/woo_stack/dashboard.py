"""The dashboard's body: alarms, a graph for each `Watch.graph` with thresholds drawn in, and tables of the logs."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Any

from troposphere import AWSHelperFn, AWSObject, GetAtt, Ref

from woo_stack.alarms import Watched, dimensions, limit
from woo_stack.component import Value
from woo_stack.metric import Watch
from woo_stack.queries import QUERIES
from woo_stack.substitution import Substitution
from woo_stack.watch import WATCHED, rows_of

#: Widgets stand on a grid of 24 columns, four graphs or two tables a row:
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
COLUMNS = 24
#: As many alarms as one widget takes.
STRIP = 100
#: What stands in a graph for the component that is chosen on top.
CHOSEN = "Chosen"
#: What many widgets have in common, as it stands in the body; the region is a variable there already.
REPEATED = (
    '}},{"type":"metric","properties":{"title":"',
    ')","region":"${AWS::Region}","stat":"Sum","metrics":[["',
    ')","region":"${AWS::Region}","stat":"',
    ',"annotations":{"horizontal":[{"label":"',
    '"}},{"type":"log","width":12,"properties":{"title":"',
    '","region":"${AWS::Region}","view":"table","query":"SOURCE \'',
)

Line = tuple[Watch, Watched]


def body(
    components: Sequence[Watched], alarms: Mapping[str, AWSObject], logs: Mapping[str, Value] | None = None
) -> AWSHelperFn:
    """The body for these components; thresholds are read from the built alarms, so the two cannot disagree.

    `logs` are the names of log groups by what they are called in `QUERIES`, for the tables.
    """
    values = Substitution()
    arns = [values.text(GetAtt(alarm, "Arn")) for alarm in alarms.values()]
    strips = [
        {"type": "alarm", "width": COLUMNS, "properties": {"title": "Alarms", "alarms": arns[at : at + STRIP]}}
        for at in range(0, len(arns), STRIP)
    ]
    lines = _lines(components)
    graphs = [
        _graph(graph, [line for line in lines if line[0].graph == graph], alarms, values)
        for graph in dict.fromkeys(row.graph for row, _ in lines)
    ]
    groups = {name: values.text(group) for name, group in (logs or {}).items()}
    tables = [
        query.table(values.text(Ref("AWS::Region")), groups)
        for query in QUERIES
        if not query.saved and {*query.reads} <= groups.keys()
    ]
    parts = {**_choice(components, values), "periodOverride": "inherit", "widgets": [*strips, *graphs, *tables]}
    # A graph's lines but for the first one's metric: all functions have the same.
    lists = [_compact(graph["properties"]["metrics"]).partition(",")[2].partition(",")[2] for graph in graphs]
    return values.filled(_compact(parts), repeated=(*REPEATED, *(lines.rstrip("]") for lines in lists)))


def _compact(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


def _lines(components: Sequence[Watched]) -> list[Line]:
    """Every row of every component, tier by tier as in `WATCHED`, and rows of somebody's own after them.

    Of those that share a row in detail the first stands for all: which one is drawn is chosen on the dashboard.
    """
    known = [row for rows in WATCHED.values() for row in rows]
    ranks = {row: rank - len(known) for rank, row in reversed(list(enumerate(known)))}
    chosen = {row: component for component in reversed(components) for row in _detailed(component)}
    lines = [
        (replace(row, graph=f"{CHOSEN}: {row.graph}") if row in chosen else row, component, ranks.get(row, 0))
        for component in components
        for row in rows_of(component)
        if chosen.get(row, component) is component
    ]
    return [(row, component) for row, component, _ in sorted(lines, key=lambda line: line[2])]


def _detailed(component: Watched) -> list[Watch]:
    """The rows of a component that are drawn if it is chosen; of a whole account there is nothing to choose."""
    return [row for row in rows_of(component) if row.in_detail and component.dimensions]


def _choice(components: Sequence[Watched], values: Substitution) -> dict[str, Any]:
    """The list on top of the dashboard from which the component in detail is chosen."""
    detailed = [component for component in components if _detailed(component)]
    if not detailed:
        return {}
    listed = [{"value": _name(component, values), "label": component.title} for component in detailed]
    about = {"id": CHOSEN.lower(), "label": "In detail", "defaultValue": listed[0]["value"], "visible": True}
    return {"variables": [{"type": "pattern", "pattern": CHOSEN, "inputType": "select", **about, "values": listed}]}


def _name(component: Watched, values: Substitution) -> str:
    """What tells a component from others of its kind: its last dimension's value."""
    return str(values.text([None, *component.dimensions.values()][-1]))


def _graph(title: str, lines: Sequence[Line], alarms: Mapping[str, AWSObject], values: Substitution) -> dict[str, Any]:
    row = lines[0][0]
    owners = list(dict.fromkeys(component.title for _, component in lines))
    metrics = [
        metric
        for number, owner in enumerate(owners)
        for metric in _metrics([line for line in lines if line[1].title == owner], row, number, values)
    ]
    properties: dict[str, Any] = {
        "title": f"{title} ({row.unit})",
        "region": values.text(Ref("AWS::Region")),
        "stat": row.statistic,
        "metrics": _brief(metrics),
    }
    if row.period_seconds != 300:
        properties["period"] = row.period_seconds
    if marks := _marks(lines, alarms, values):
        properties["annotations"] = {"horizontal": marks}
    return {"type": "metric", "properties": properties}


def _marks(lines: Sequence[Line], alarms: Mapping[str, AWSObject], values: Substitution) -> list[dict[str, Any]]:
    """The thresholds of a graph's alarms, and limits; labelled by what tells them apart there."""
    marks: dict[Any, list[str]] = {}
    whose = len({component.title for _, component in lines}) > 1
    which = len({row.name for row, _ in lines}) > 1 or not whose
    for row, component in lines:
        label = " ".join([*([component.title] if whose else []), *([row.name] if which else [])])
        if alarm := alarms.get(f"{component.title}{row.name}"):
            marks.setdefault(values.number(alarm.Threshold), []).append(label)
        if row.limit_drawn and limit(row, component) < float("inf"):
            marks.setdefault(limit(row, component), []).append(f"{label} at most")
    return [{"label": ", ".join(labels), "value": value} for value, labels in marks.items()]


def _metrics(lines: Sequence[Line], first: Watch, number: int, values: Substitution) -> Iterator[list[Any]]:
    """The lines of one component in a graph: metrics with other statistics, then expressions and what they draw on."""
    component, rows = lines[0][1], {row.name: row for row in rows_of(lines[0][1])}
    drawn = {row.name for row, _ in lines}
    used = {name for row, _ in lines for name in re.findall(r"\w+", row.expression) if name in rows}
    for row, _ in lines:
        if not row.expression:
            own = _differs(row, first)
            known = {"id": _id(row.name, number)} if row.name in used else {}
            yield _metric(row, component, values, **known, **own)
            yield from (_metric(row, component, values, **{**own, "stat": other}) for other in row.beside)
    for name in sorted(used - drawn):
        hidden = {"id": _id(name, number), "visible": False, **_differs(rows[name], first)}
        yield _metric(replace(rows[name], in_detail=first.in_detail, above=None), component, values, **hidden)
    for row, _ in lines:
        if row.expression:
            text = re.sub(r"\w+", lambda word: _id(word[0], number) if word[0] in used else word[0], row.expression)
            yield [{"expression": text, "label": row.name if row.in_detail else f"{component.title} {row.name}"}]


def _differs(row: Watch, first: Watch) -> dict[str, Any]:
    """What of a line is not as its graph's first, by which the graph itself is drawn."""
    stat = {"stat": row.statistic} if row.statistic != first.statistic else {}
    return stat | ({"period": row.period_seconds} if row.period_seconds != first.period_seconds else {})


def _id(name: str, number: int) -> str:
    """What an expression calls a line of the graph's component of that number."""
    return f"{name.lower()}{number or ''}"


def _metric(row: Watch, component: Watched, values: Substitution, **options: Any) -> list[Any]:
    """A line of a graph; CloudWatch labels it by metric, dimensions and statistic."""
    named = dimensions(row, component)
    where = [part for name, value in named.items() for part in (name, values.text(value))]
    if row.in_detail:
        where = [CHOSEN if part == _name(component, values) else part for part in where]
    options |= {} if where else {"label": f"{row.name} of the whole account"}
    return [row.namespace or component.namespace, row.metric, *where, *([options] if options else [])]


def _brief(metrics: Sequence[list[Any]]) -> list[list[Any]]:
    """The same lines with ``"."`` for what stands at the same place in the line before, ``"..."`` for all but the end.

    Both are CloudWatch's own shorthand.
    """
    brief: list[list[Any]] = []
    before: list[Any] = []
    for line in metrics:
        parts = [part for part in line if not isinstance(part, dict)]
        options = [part for part in line if isinstance(part, dict)]
        short = ["." if part == known else part for part, known in zip_longest(parts, before[: len(parts)])]
        if len(before) == len(parts) > 1 and set(short[:-1]) == {"."}:
            short = ["...", *(part for part in short[-1:] if part != ".")]
        brief.append([*short, *options])
        before = parts
    return brief
