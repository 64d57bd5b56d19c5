"""Alarms from the rows of `watch`: every threshold can be passed, every alarm has an action and says what to do."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from troposphere import AWSHelperFn, cloudwatch

from woo_stack.component import SettingError, Value
from woo_stack.watch import Watch


class Watched(Protocol):
    """What monitoring asks of a component.

    Optional are `rows` (what is watched, if that is not what its namespace says), `limits` (metric to the most it can
    reach) and `custom_dimensions` (of metrics that are not AWS's own, if those are not `dimensions`).
    """

    @property
    def title(self) -> str:
        """Starts the alarms' logical ids."""

    @property
    def namespace(self) -> str:
        """The namespace of its metrics, as ``"AWS/Lambda"``."""

    @property
    def dimensions(self) -> Mapping[str, Value]:
        """What tells its metrics from another's."""


def limit(row: Watch, component: Watched) -> float:
    """The most that a component's metric can reach."""
    return float(getattr(component, "limits", {}).get(row.metric, row.limit))


def alarm(
    row: Watch, component: Watched, actions: Sequence[Value], above: float | AWSHelperFn | None = None
) -> cloudwatch.Alarm:
    """The alarm of a row with a threshold, or with `above` in its place."""
    if above is None and row.above_unbounded is not None and row.metric not in getattr(component, "limits", {}):
        above = row.above_unbounded
    if above is None:
        above = (row.above or 0) * (limit(row, component) if row.of_limit else 1)
        above = int(above) if above == int(above) else above
    return cloudwatch.Alarm(
        f"{component.title}{row.name}",
        AlarmActions=list(actions),
        AlarmDescription=f"{row.means} {row.do}",
        ComparisonOperator="GreaterThanThreshold",
        Dimensions=[
            cloudwatch.MetricDimension(Name=name, Value=value) for name, value in dimensions(row, component).items()
        ],
        EvaluationPeriods=row.datapoints[1],
        MetricName=row.metric,
        Namespace=row.namespace or component.namespace,
        OKActions=list(actions),
        Period=row.period_seconds,
        Threshold=above,
        # Silence is health here: these metrics are only reported when something happened.
        TreatMissingData="notBreaching",
        **({"DatapointsToAlarm": row.datapoints[0]} if row.datapoints[0] != row.datapoints[1] else {}),
        **{("ExtendedStatistic" if row.statistic.startswith("p") else "Statistic"): row.statistic},
    )


def refuse_unreachable(built: cloudwatch.Alarm, row: Watch, component: Watched) -> None:
    """Raise SettingError for a threshold that the metric can never pass, or always passes."""
    most = limit(row, component)
    if isinstance(built.Threshold, int | float) and not 0 <= built.Threshold < most:
        raise SettingError(
            f"alarm {built.title!r}: threshold is {built.Threshold:g} {row.unit}, allowed: 0 to less than {most:g}"
        )


def dimensions(row: Watch, component: Watched) -> dict[str, Value]:
    """What tells a row's metric of this component from any other."""
    named = getattr(component, "custom_dimensions", component.dimensions) if row.namespace else component.dimensions
    return {**named, **({"Operation": row.operation} if row.operation else {})}
