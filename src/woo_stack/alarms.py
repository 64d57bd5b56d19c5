"""Alarms from the rows of `watch`: every threshold can be passed, every alarm has an action and says what happened."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from troposphere import AWSHelperFn, Sub, cloudwatch

from woo_stack.checked import SettingError
from woo_stack.component import Value
from woo_stack.metric import Watch


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


@dataclass(frozen=True)
class Verdict:
    """What the alarms of a severity say together, and the role in the logical id of the alarm that says it."""

    role: str
    means: str


#: By severity. Somebody is woken by these; the alarms below them explain why.
VERDICTS = {
    "down": Verdict("Down", "The shop is down: callers get no answers."),
    "data": Verdict("LosingData", "The shop is losing data, or it stands still."),
}
#: All others, as percentiles and trimmed means, are extended ones.
STATISTICS = ("Average", "Maximum", "Minimum", "SampleCount", "Sum")
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
CHILDREN = 100


@dataclass(frozen=True)
class Voice:
    """How an alarm speaks: whom it tells, how grave it is, and where its part of the runbook is."""

    actions: Sequence[Value]
    severity: str = "notice"
    runbook: Value | None = None

    def properties(self, title: str, means: str) -> dict[str, Any]:
        """Actions and description, the same for all kinds of alarms."""
        text = f"{self.severity}: {means}"
        description: Value = text
        if isinstance(self.runbook, str):
            description = f"{text} {self.runbook}#{title.lower()}"
        elif self.runbook:
            description = Sub(f"{text} ${{Runbook}}#{title.lower()}", Runbook=self.runbook)
        return {"AlarmActions": [*self.actions], "AlarmDescription": description, "OKActions": [*self.actions]}


def limit(row: Watch, component: Watched) -> float:
    """The most that a component's metric can reach."""
    return float(getattr(component, "limits", {}).get(row.metric, row.limit))


def threshold(row: Watch, component: Watched) -> float | None:
    """Where a row's alarm starts; None where it has none, as a share of what nothing bounds."""
    above, most = row.above, limit(row, component)
    if above is not None and row.of_limit:
        if row.above_unbounded is not None and row.metric not in getattr(component, "limits", {}):
            return row.above_unbounded
        above = above * most if most < float("inf") else None
    return int(above) if above is not None and above == int(above) else above


def alarm(row: Watch, component: Watched, voice: Voice, above: float | AWSHelperFn | None = None) -> cloudwatch.Alarm:
    """The alarm of a row with a threshold, or with `above` in its place."""
    title = f"{component.title}{row.name}"
    spoken = voice.properties(title, row.means)
    if row.silence == "missing":
        spoken["InsufficientDataActions"] = spoken["AlarmActions"]
    named = [cloudwatch.MetricDimension(Name=name, Value=value) for name, value in dimensions(row, component).items()]
    return cloudwatch.Alarm(
        title,
        ComparisonOperator="GreaterThanThreshold",
        EvaluationPeriods=row.datapoints[1],
        MetricName=row.metric,
        Namespace=row.namespace or component.namespace,
        Period=row.period_seconds,
        Threshold=threshold(row, component) if above is None else above,
        TreatMissingData=row.silence,
        **spoken,
        **({"Dimensions": named} if named else {}),
        **({"DatapointsToAlarm": row.datapoints[0]} if row.datapoints[0] != row.datapoints[1] else {}),
        **{("Statistic" if row.statistic in STATISTICS else "ExtendedStatistic"): row.statistic},
    )


def composite(
    title: str, verdict: Verdict, below: Sequence[cloudwatch.Alarm], voice: Voice
) -> cloudwatch.CompositeAlarm:
    """The alarm that is in ALARM while one of those below it is."""
    if len(below) > CHILDREN:
        raise SettingError(f"alarm {title!r}: {len(below)} alarms below it, allowed: at most {CHILDREN}")
    rule = " OR ".join(f"ALARM(${{{one.title}}})" for one in below)
    return cloudwatch.CompositeAlarm(title, AlarmRule=Sub(rule), **voice.properties(title, verdict.means))


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
    return {**named, **(dict([row.by]) if row.by else {})}
