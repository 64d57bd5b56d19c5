"""Dashboard and alarms for components: ours, or anybody's that have a title, a namespace and dimensions."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from troposphere import AWSHelperFn, AWSObject, Sub, cloudwatch

from woo_stack.alarms import Watched, alarm, refuse_unreachable
from woo_stack.component import Component, Value
from woo_stack.dashboard import body
from woo_stack.watch import WATCHED, Watch, rows_of


@dataclass(frozen=True, eq=False)
class Monitoring(Component):
    """A dashboard, and an alarm for each row of `watch` that has a threshold.

    Alarms are in `alarms` by logical id (component's title and row's name) and may be changed there before `add_to`;
    the dashboard draws what they then say.
    """

    #: The components that are watched.
    of: Sequence[Watched]
    #: ARNs that are told of an alarm and of its end, as of an SNS topic; at least one.
    actions: Sequence[Value]
    #: Other thresholds than those of `watch`, by the alarm's logical id, in the row's unit; None for no alarm: the
    #: metric is then only drawn.
    thresholds: Mapping[str, float | AWSHelperFn | None] = field(default_factory=dict)

    def check(self) -> None:
        """Refuse alarms that nobody hears, components that no row is about, and thresholds of no alarm."""
        if not self.actions or isinstance(self.actions, str | AWSHelperFn):
            self.refuse("actions", self.actions, "at least one ARN, as of an SNS topic")
        if isinstance(self.of, Component) or not all(hasattr(component, "namespace") for component in self.of):
            self.refuse("of", self.of, "a list of components")
        for component in self.of:
            if not rows_of(component):
                self.refuse("of", component.namespace, ", ".join(name for name in WATCHED if "/" in name))
        known = [f"{component.title}{row.name}" for row, component in self._rows()]
        if twice := [name for name in known if known.count(name) > 1]:
            self.refuse("of", twice[0], "components whose alarms have logical ids of their own (change a title)")
        if not isinstance(self.thresholds, Mapping):
            self.refuse("thresholds", self.thresholds, "a mapping of alarm to threshold")
        for name, above in self.thresholds.items():
            if name not in known:
                self.refuse("thresholds", name, ", ".join(known) or "none, nothing alarms")
            if isinstance(above, bool) or not isinstance(above, int | float | AWSHelperFn | None):
                self.refuse("thresholds", {name: above}, "a number, or None for no alarm")

    @cached_property
    def alarms(self) -> dict[str, cloudwatch.Alarm]:
        """The alarms by logical id."""
        made = [
            alarm(row, component, self.actions, self.thresholds.get(f"{component.title}{row.name}"))
            for row, component in self._alarming()
        ]
        return {one.title: one for one in made}

    @cached_property
    def dashboard(self) -> cloudwatch.Dashboard:
        """The dashboard, named by CloudFormation."""
        return cloudwatch.Dashboard(self.id("Dashboard"), DashboardBody=body(self.of, self.alarms))

    @property
    def url(self) -> Value:
        """Where a person finds the dashboard."""
        console = "https://console.aws.amazon.com/cloudwatch/home?region=${AWS::Region}#dashboards/dashboard/${%s}"
        return Sub(console % self.dashboard.title)

    def resources(self) -> Iterator[AWSObject]:
        """Alarms and dashboard; raises SettingError for a threshold that can never be passed."""
        for row, component in self._alarming():
            refuse_unreachable(self.alarms[f"{component.title}{row.name}"], row, component)
        yield from (*self.alarms.values(), self.dashboard)

    def _alarming(self) -> list[tuple[Watch, Watched]]:
        return [
            (row, component)
            for row, component in self._rows()
            if self.thresholds.get(f"{component.title}{row.name}", 0) is not None
        ]

    def _rows(self) -> list[tuple[Watch, Watched]]:
        """Every row that has a threshold, whether or not it is to alarm."""
        return [(row, component) for component in self.of for row in rows_of(component) if row.above is not None]
