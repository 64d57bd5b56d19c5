"""Dashboard, alarms and saved queries for components: ours, plain resources, or metrics that we know nothing of."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from troposphere import AWSHelperFn, AWSObject, Sub, cloudwatch
from troposphere.logs import QueryDefinition

from woo_stack.alarms import VERDICTS, Voice, Watched, alarm, composite, refuse_unreachable, threshold
from woo_stack.component import Component, Value, camel
from woo_stack.dashboard import body
from woo_stack.metric import SEVERITIES, Watch, is_number, watchable
from woo_stack.queries import LOGS, QUERIES
from woo_stack.watch import WATCHED, rows_of


@dataclass(frozen=True, eq=False)
class Monitoring(Component):
    """A dashboard, an alarm for each row of `watch` that has a threshold, and one alarm for each grave severity.

    Alarms are in `alarms` by logical id (component's title and row's name) and may be changed there before `add_to`;
    the dashboard draws what they then say. Those in `composites` are what somebody is woken for.
    """

    #: What is watched: components, plain troposphere functions, tables, queues and rules, or `Metric`.
    of: Sequence[Watched | AWSObject]
    #: ARNs that are told that something is down or loses data, and of its end, as of an SNS topic; at least one.
    actions: Sequence[Value]
    #: ARNs that are told of every single alarm; without any `actions` are.
    notices: Sequence[Value] = ()
    #: Other thresholds than those of `watch`, by the alarm's logical id, in the row's unit; None for no alarm: the
    #: metric is then only drawn.
    thresholds: Mapping[str, float | AWSHelperFn | None] = field(default_factory=dict)
    #: Other severities than those of `watch`, by the alarm's logical id: ``down``, ``data`` or ``notice``.
    severities: Mapping[str, str] = field(default_factory=dict)
    #: Where the runbook is, a path or a URL; an alarm's part is ``#`` and its logical id in small letters.
    runbook: Value | None = None
    #: Names of log groups, ``functions`` and ``access``, for saved queries and for tables on the dashboard.
    logs: Mapping[str, Value] = field(default_factory=dict)

    def check(self) -> None:
        """Refuse alarms that nobody hears, components that no row is about, and settings of no alarm."""
        for name, allowed in (
            ("actions", "at least one ARN, as of an SNS topic"),
            ("notices", "a list of ARNs, as of an SNS topic"),
        ):
            given = getattr(self, name)
            if not isinstance(given, list | tuple) or not all(
                isinstance(arn, str | AWSHelperFn) and arn for arn in given
            ):
                self.refuse(name, given, allowed)
        if not self.actions:
            self.refuse("actions", self.actions, "at least one ARN, as of an SNS topic")
        self._check_watched()
        self._check_alarms("thresholds", "threshold", "a number, or None for no alarm", _is_threshold)
        self._check_alarms("severities", "severity", ", ".join(SEVERITIES), lambda value: value in SEVERITIES)
        if not isinstance(self.runbook, str | AWSHelperFn | None):
            self.refuse("runbook", self.runbook, "a path or a URL")
        if not isinstance(self.logs, Mapping) or not {*self.logs} <= {*LOGS}:
            self.refuse("logs", self.logs, f"a mapping of {', '.join(LOGS)} to the name of a log group")

    @cached_property
    def watched(self) -> Sequence[Any]:
        """The components, plain resources as `Metric`."""
        return [watchable(thing) for thing in self.of]

    @cached_property
    def alarms(self) -> dict[str, cloudwatch.Alarm]:
        """The alarms of single metrics by logical id."""
        return {
            name: alarm(row, component, self._voice(self.severity(name, row)), self.thresholds.get(name))
            for name, row, component in self.alarming()
        }

    @cached_property
    def composites(self) -> dict[str, cloudwatch.CompositeAlarm]:
        """For each grave severity that an alarm has: the alarm of them all, by logical id."""
        made = {}
        for severity, verdict in VERDICTS.items():
            below = [self.alarms[name] for name, row, _ in self.alarming() if self.severity(name, row) == severity]
            if below:
                title = self.id(verdict.role)
                made[title] = composite(title, verdict, below, Voice(self.actions, severity, self.runbook))
        return made

    @cached_property
    def dashboard(self) -> cloudwatch.Dashboard:
        """The dashboard, named by CloudFormation."""
        text = body(self.watched, {**self.composites, **self.alarms}, self.logs)
        return cloudwatch.Dashboard(self.id("Dashboard"), DashboardBody=text)

    @cached_property
    def queries(self) -> list[QueryDefinition]:
        """The saved queries of the logs that are given."""
        asked = [query for query in QUERIES if query.saved and {*query.reads} <= {*self.logs}]
        return [query.definition(self.id(camel(query.name)), self.logs) for query in asked]

    @property
    def url(self) -> Value:
        """Where a person finds the dashboard."""
        console = "https://console.aws.amazon.com/cloudwatch/home?region=${AWS::Region}#dashboards/dashboard/${%s}"
        return Sub(console % self.id("Dashboard"))

    def severity(self, name: str, row: Watch) -> str:
        """How grave the alarm of that logical id is."""
        return self.severities.get(name, row.severity)

    def resources(self) -> Iterator[AWSObject]:
        """Alarms, dashboard and queries; raises SettingError for a threshold that can never be passed."""
        for name, row, component in self.alarming():
            refuse_unreachable(self.alarms[name], row, component)
        yield from (*self.alarms.values(), *self.composites.values(), self.dashboard, *self.queries)

    def _voice(self, severity: str) -> Voice:
        return Voice(self.notices or self.actions, severity, self.runbook)

    def _check_watched(self) -> None:
        if not isinstance(self.of, list | tuple):
            self.refuse("of", self.of, "a list of components")
        for component in self.watched:
            if not hasattr(component, "namespace"):
                self.refuse("of", self.of, "a list of components")
            if not rows_of(component):
                self.refuse("of", component.namespace, ", ".join(name for name in WATCHED if "/" in name))
        known = [name for name, _, _ in self._rows()]
        units: dict[str, str] = {}
        for row in (row for component in self.watched for row in rows_of(component)):
            if units.setdefault(row.graph, row.unit) != row.unit:
                self.refuse("of", row.unit, f"{units[row.graph]} for every row of the graph {row.graph!r}")
        if twice := [name for name in known if known.count(name) > 1]:
            self.refuse("of", twice[0], "components whose alarms have logical ids of their own (change a title)")

    def _check_alarms(self, field: str, what: str, allowed: str, fits: Callable[[object], bool]) -> None:
        given = getattr(self, field)
        if not isinstance(given, Mapping):
            self.refuse(field, given, f"a mapping of alarm to {what}")
        known = [name for name, _, _ in self._rows()]
        for name, value in given.items():
            if name not in known:
                self.refuse(field, name, ", ".join(known) or "none, nothing alarms")
            if not fits(value):
                self.refuse(field, {name: value}, allowed)

    def alarming(self) -> list[tuple[str, Watch, Watched]]:
        """Every alarm of a single metric: its logical id, its row and whose it is."""
        return [
            (name, row, component)
            for name, row, component in self._rows()
            if self.thresholds.get(name, threshold(row, component)) is not None
        ]

    def _rows(self) -> list[tuple[str, Watch, Watched]]:
        """Every row that has a threshold, whether or not it is to alarm, and its alarm's logical id."""
        return [
            (f"{component.title}{row.name}", row, component)
            for component in self.watched
            for row in rows_of(component)
            if row.above is not None
        ]


def _is_threshold(value: object) -> bool:
    return isinstance(value, AWSHelperFn | None) or is_number(value)
