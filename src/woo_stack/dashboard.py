"""The dashboard's body: alarms on top, then a graph for each `Watch.graph` with the alarms' thresholds drawn in."""

import json
import re
from collections.abc import Mapping, Sequence
from itertools import zip_longest
from typing import Any

from troposphere import AWSHelperFn, GetAtt, Ref, Sub, cloudwatch

from woo_stack.alarms import Watched, dimensions
from woo_stack.watch import WATCHED, Watch, rows_of

#: Widgets stand on a grid of 24 columns, four graphs a row unless said otherwise:
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
COLUMNS = 24


def body(components: Sequence[Watched], alarms: Mapping[str, cloudwatch.Alarm]) -> Sub:
    """The body for these components; thresholds are read from the built alarms, so the two cannot disagree."""
    values = _Values()
    arns = [values.text(GetAtt(alarm, "Arn")) for alarm in alarms.values()]
    strip = {"type": "alarm", "width": COLUMNS, "properties": {"title": "Alarms", "alarms": arns}}
    lines = _lines(components)
    graphs = [
        _graph(graph, [pair for pair in lines if pair[0].graph == graph], alarms, values)
        for graph in dict.fromkeys(row.graph for row, _ in lines)
    ]
    return values.sub(json.dumps({"widgets": [*([strip] if alarms else []), *graphs]}, separators=(",", ":")))


def _lines(components: Sequence[Watched]) -> list[tuple[Watch, Watched]]:
    """Every row of every component, tier by tier as in `WATCHED`, and rows of somebody's own after them."""
    ranks = {row: rank for rank, row in enumerate(row for rows in WATCHED.values() for row in rows)}
    lines = [(row, component) for component in components for row in rows_of(component)]
    return sorted(lines, key=lambda line: ranks.get(line[0], len(ranks)))


def _graph(
    title: str, lines: list[tuple[Watch, Watched]], alarms: Mapping[str, cloudwatch.Alarm], values: "_Values"
) -> dict[str, Any]:
    marks: dict[Any, list[str]] = {}
    for row, component in lines:
        if alarm := alarms.get(f"{component.title}{row.name}"):
            marks.setdefault(values.number(alarm.Threshold), []).append(f"{component.title} {row.name}")
    thresholds = [{"label": ", ".join(labels), "value": value} for value, labels in marks.items()]
    row = lines[0][0]
    properties: dict[str, Any] = {
        "title": f"{title} ({row.unit})",
        "region": values.text(Ref("AWS::Region")),
        "stat": row.statistic,
        "metrics": _brief([_line(row, component, values) for row, component in lines]),
    }
    if row.period_seconds != 300:
        properties["period"] = row.period_seconds
    if thresholds:
        properties["annotations"] = {"horizontal": thresholds}
    return {"type": "metric", "properties": properties}


def _line(row: Watch, component: Watched, values: "_Values") -> list[Any]:
    """A line of a graph; CloudWatch labels it by metric and dimensions."""
    where = [part for name, value in dimensions(row, component).items() for part in (name, values.text(value))]
    return [row.namespace or component.namespace, row.metric, *where]


def _brief(metrics: list[list[Any]]) -> list[list[Any]]:
    """The same lines with ``"."`` for what stands at the same place in the line before, ``"..."`` for all but the end.

    Both are CloudWatch's own shorthand.
    """
    brief = [line[:] for line in metrics]
    for before, line, short in zip(metrics, metrics[1:], brief[1:], strict=False):
        short[:] = ["." if part == known else part for part, known in zip_longest(line, before[: len(line)])]
        if len(before) == len(line) and set(short[:-1]) == {"."}:
            short[:] = ["...", short[-1]]
    return brief


class _Values:
    """Puts what CloudFormation resolves into a text for ``Fn::Sub``."""

    def __init__(self) -> None:
        self._variables: dict[str, AWSHelperFn] = {}

    def text(self, value: Any) -> Any:
        """A literal as it is, anything else as ``${...}``."""
        if not isinstance(value, AWSHelperFn):
            return value
        if isinstance(value, Ref):
            return f"${{{value.data['Ref']}}}"
        if isinstance(value, GetAtt):
            return f"${{{'.'.join(value.data['Fn::GetAtt'])}}}"
        if isinstance(value, Sub) and isinstance(value.data["Fn::Sub"], str):
            return value.data["Fn::Sub"]
        for name, known in self._variables.items():
            if known.to_dict() == value.to_dict():
                return f"${{{name}}}"
        name = f"Value{len(self._variables)}"
        self._variables[name] = value
        return f"${{{name}}}"

    def number(self, value: Any) -> Any:
        """As `text`, but to stand in JSON without quotes."""
        return value if not isinstance(value, AWSHelperFn) else f"#{self.text(value)}#"

    def sub(self, text: str) -> Sub:
        """The finished ``Fn::Sub``."""
        text = re.sub(r'"#(\$\{[^"]*\})#"', r"\1", text)
        return Sub(text, self._variables) if self._variables else Sub(text)
