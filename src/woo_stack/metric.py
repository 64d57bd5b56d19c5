"""One metric as it is watched: how it is drawn, when it alarms, and what a person then does."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from troposphere import AWSHelperFn, AWSObject, GetAtt, Ref

from woo_stack.checked import Checked
from woo_stack.component import Component, Value

#: Where our own metrics are: those that functions print, and those that metric filters count in an access log.
CUSTOM_NAMESPACE = "woo-stack"

#: How grave an alarm is: callers get no answers, data is lost or stands still, or somebody should look in the morning.
SEVERITIES = ("down", "data", "notice")

#: By type of a plain resource the namespace of its metrics, their dimension, and the attribute that is its value.
PLAIN = {
    "AWS::DynamoDB::Table": ("AWS/DynamoDB", "TableName", ""),
    "AWS::Events::Rule": ("AWS/Events", "RuleName", ""),
    "AWS::Lambda::Function": ("AWS/Lambda", "FunctionName", ""),
    "AWS::SQS::Queue": ("AWS/SQS", "QueueName", "QueueName"),
}
#: Properties that bound a metric, and how many of its unit one of theirs is.
BOUNDS = {"Timeout": ("Duration", 1000), "ReservedConcurrentExecutions": ("ConcurrentExecutions", 1)}


def _text(value: object) -> bool:
    return isinstance(value, str)


def is_number(value: object) -> bool:
    """Whether this is a number that a template can hold."""
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e308


def _statistic(value: object) -> bool:
    pattern = r"Average|Maximum|Minimum|SampleCount|Sum|IQM|(p|tm|wm|tc|ts)(\d{1,2}(\.\d{1,10})?|100)"
    return isinstance(value, str) and bool(re.fullmatch(pattern, value))


def _pair(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, tuple) and [type(part) for part in value] == [kind, kind]


#: What a row's fields may be: field, whether a value fits, and what does.
_FITS: tuple[tuple[str, Callable[[Any], bool], str], ...] = (
    ("name", lambda name: _text(name) and bool(re.fullmatch("[A-Za-z0-9]+", name)), "letters and digits"),
    *((name, _text, "a text") for name in ("metric", "expression", "namespace", "pattern", "means", "look", "do")),
    *((name, lambda text: _text(text) and text != "", "a text that is not empty") for name in ("graph", "unit")),
    ("statistic", _statistic, "a statistic of CloudWatch, as Sum, Maximum or p99"),
    ("above", lambda value: value is None or is_number(value), "a number, or None"),
    ("above_unbounded", lambda value: value is None or is_number(value), "a number, or None"),
    ("limit", lambda value: value == float("inf") or is_number(value), "a number"),
    ("period_seconds", lambda value: type(value) is int and (value in (10, 20, 30) or (value > 0 and value % 60 == 0)),
     "10, 20, 30 or a multiple of 60 seconds"),
    ("datapoints", _pair(int), "m of n periods, as (2, 3)"),
    ("beside", lambda given: isinstance(given, tuple) and all(map(_statistic, given)), "a list of statistics"),
    ("by", lambda given: given is None or _pair(str)(given), "a dimension and its value, or None"),
)  # fmt: skip


@dataclass(frozen=True)
class Watch(Checked):
    """A row: one metric's line on the dashboard and, with `above`, its alarm and its part of the runbook.

    Metrics of your own code are watched too: `Function(metrics=[Watch(...)])`.
    """

    #: Ends the alarm's logical id and labels the line.
    name: str
    metric: str
    statistic: str
    #: Rows with the same graph share one, for all components of a kind.
    graph: str
    unit: str
    #: Alarm when the statistic is above this, in `unit`; with `of_limit` a share of the most it can reach.
    above: float | None = None
    of_limit: bool = False
    #: The threshold instead, where no setting of the component bounds the metric; without it there is no alarm then.
    above_unbounded: float | None = None
    #: The most that the metric can reach where no setting of the component says so.
    limit: float = float("inf")
    #: Draw the most that it can reach, if a setting of the component says so.
    limit_drawn: bool = False
    period_seconds: int = 300
    #: So many of the last so many periods must be above.
    datapoints: tuple[int, int] = (1, 1)
    #: One of `SEVERITIES`.
    severity: str = "notice"
    #: What a period without data means, in CloudWatch's words. ``notBreaching`` for what is reported only when
    #: something happens; ``missing`` for what is reported again and again: its silence is told too, as
    #: INSUFFICIENT_DATA.
    #: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
    silence: str = "notBreaching"
    #: Other statistics that are drawn beside, as ``("p50", "p90")``.
    beside: tuple[str, ...] = ()
    #: Drawn instead of a metric: arithmetic of other rows' names, as ``100*Errors/Invocations``.
    expression: str = ""
    #: Drawn only for the component that is chosen on top of the dashboard.
    in_detail: bool = False
    #: Where the metric is not AWS's own: its namespace, with the component's `custom_dimensions` if it has some.
    namespace: str = ""
    #: Counted by a metric filter with this pattern in an API's access log, in our own namespace unless told.
    pattern: str = ""
    #: One dimension more, of metrics that exist by operation, index or region only: ``("Operation", "Query")``.
    by: tuple[str, str] | None = None
    #: What has happened, what to look at, what to do: a sentence each. The first is in the alarm itself.
    means: str = ""
    look: str = ""
    do: str = ""

    def __post_init__(self) -> None:
        """Refuse what PutMetricAlarm would refuse, and a severity that nobody is told of."""
        for name in ("beside", "datapoints", "by"):
            if isinstance(given := getattr(self, name), list):
                object.__setattr__(self, name, tuple(given))
        for name, fits, allowed in _FITS:
            if not fits(getattr(self, name)):
                self.refuse(name, getattr(self, name), allowed)
        if self.pattern and not self.namespace:
            object.__setattr__(self, "namespace", CUSTOM_NAMESPACE)
        self.one_of("severity", SEVERITIES)
        self.one_of("silence", ("notBreaching", "breaching", "missing", "ignore"))
        if (self.expression or self.in_detail) and self.above is not None:
            self.refuse("above", self.above, "None for an expression or a row in detail, which are only drawn")
        hits, periods = self.datapoints
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        most = 604_800 if self.period_seconds >= 3600 else 86_400
        if not 1 <= hits <= periods or periods * self.period_seconds > most:
            self.refuse("datapoints", self.datapoints, f"m of n periods, m up to n, n up to {most} seconds in all")
        self.each_once("beside")


@dataclass(frozen=True, eq=False)
class Metric(Component):
    """Metrics of something that is not in the template, or that we know nothing of, for `Monitoring` to watch.

    With `rows` these; without, what we know of its namespace: ``Metric("Legacy", "AWS/Lambda", {"FunctionName":
    "legacy"})`` gets all that a `Function` has.
    """

    namespace: str
    #: None for metrics of a whole account.
    dimensions: Mapping[str, Value] = field(default_factory=dict)
    rows: Sequence[Watch] = ()
    #: The most that a metric can reach, by its name, in the row's unit: ms, executions, a share.
    limits: Mapping[str, float] = field(default_factory=dict)

    def check(self) -> None:
        """Refuse what is no list of rows, and what is no mapping."""
        if not are_rows(self.rows):
            self.refuse("rows", self.rows, "a list of Watch(...) without a pattern")
        if not isinstance(self.namespace, str) or not self.namespace:
            self.refuse("namespace", self.namespace, "a namespace of CloudWatch, as 'AWS/Lambda' or 'My/Shop'")
        for name, fits, allowed in (
            (
                "dimensions",
                lambda value: isinstance(value, str | AWSHelperFn),
                "a mapping, as {'FunctionName': 'legacy'}",
            ),
            ("limits", is_number, "a mapping of metric to number, as {'Duration': 3000}"),
        ):
            given = getattr(self, name)
            if not isinstance(given, Mapping) or not all(fits(value) for value in given.values()):
                self.refuse(name, given, allowed)


def are_rows(rows: object) -> bool:
    """Whether these are rows for something that has no log to count in."""
    return isinstance(rows, Sequence) and all(isinstance(row, Watch) and not row.pattern for row in rows)


def watchable(thing: object) -> object:
    """A plain troposphere resource as the `Metric` of what CloudWatch knows of it; anything else as it is."""
    if not isinstance(thing, AWSObject) or thing.resource_type not in PLAIN:
        return thing
    namespace, dimension, attribute = PLAIN[thing.resource_type]
    # Lambda's own timeout is 3 s.
    given = {"Timeout": 3, **thing.properties} if namespace == "AWS/Lambda" else {}
    bounds = [(*BOUNDS[name], most) for name, most in given.items() if name in BOUNDS and isinstance(most, int)]
    limits = {metric: float(unit * most) for metric, unit, most in bounds if most}
    value = GetAtt(thing, attribute) if attribute else Ref(thing)
    return Metric(thing.title, namespace, {dimension: value}, limits=limits)
