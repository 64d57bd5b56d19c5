"""The runbook: what each alarm means and what to do, in Markdown, from the rows and the built alarms themselves."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from troposphere import AWSHelperFn, GetAtt, Parameter, Ref, cloudwatch, encode_to_dict

from woo_stack.alarms import VERDICTS
from woo_stack.metric import SEVERITIES, Watch
from woo_stack.monitoring import Monitoring
from woo_stack.queries import QUERIES, Query

#: What a severity asks of people where no alarm of `VERDICTS` says it.
NOTICE = "Somebody should look in the morning."
_STATISTICS = {"Sum": "sum", "Average": "average", "Maximum": "highest", "Minimum": "lowest", "SampleCount": "number"}
_COMPARISONS = {
    "GreaterThanThreshold": "over",
    "GreaterThanOrEqualToThreshold": "at or over",
    "LessThanThreshold": "under",
    "LessThanOrEqualToThreshold": "at or under",
}
_SPANS = {86_400: "day", 3600: "hour", 60: "minute", 1: "second"}
_LOGS = {"functions": "the functions' log", "access": "the access log"}
_NAMES = """\
## Names of alarms

CloudFormation names alarms after the stack. The commands below look a name up:

```sh
STACK=shop
name() {
  aws cloudformation describe-stack-resource --stack-name "$STACK" --logical-resource-id "$1" \\
    --query StackResourceDetail.PhysicalResourceId --output text
}
```"""
_SET_BACK = """
  ```sh
  aws cloudwatch set-alarm-state --alarm-name "$(name {})" --state-value OK --state-reason mended
  ```"""


def runbook(monitoring: Monitoring, parameters: Mapping[str, Parameter] | None = None) -> str:
    """The runbook of these alarms, as they are now: change them before, as with the dashboard.

    An alarm's part has its logical id as heading, and that in small letters is its anchor on GitHub: the end of the
    alarm's description. `parameters` are the template's, for the defaults of thresholds that the form asks for.
    """
    parts = []
    for name, row, _ in monitoring.alarming():
        grave, alarm = monitoring.severity(name, row), monitoring.alarms[name]
        parts.append(_Part(name, row, alarm, grave, _composite(monitoring, grave), monitoring, parameters or {}))
    blocks = [*_head(monitoring, parts), *_composites(monitoring, parts), *(part.text() for part in parts)]
    return "\n\n".join(blocks) + "\n"


@dataclass(frozen=True)
class _Part:
    """One alarm of a single metric."""

    name: str
    row: Watch
    alarm: cloudwatch.Alarm
    severity: str
    #: The logical id of the alarm that pages for this one.
    above: str | None
    monitoring: Monitoring
    parameters: Mapping[str, Parameter]

    def text(self) -> str:
        """The part as it is read when the alarm rings."""
        means = [f"**{_line(self.row.means)}**", ""] if self.row.means else []
        return "\n".join([f"## {self.name}", "", *means, *self._lines()])

    def when(self) -> str:
        """When it rings, in words."""
        compared = _COMPARISONS.get(self.alarm.ComparisonOperator, self.alarm.ComparisonOperator)
        statistic = self._set("Statistic") or self._set("ExtendedStatistic")
        what = f"{_STATISTICS.get(statistic, statistic)} of `{self._set('MetricName')}`"
        return f"{what} {compared} {self._threshold()} {_periods(self.alarm)}"

    def _lines(self) -> Iterator[str]:
        rows = (("Look at", self.row.look), ("Do", self.row.do))
        yield from (f"- {label}: {_line(text)}" for label, text in rows if text)
        yield f"- Rings when: {self.when()}."
        paged = f"; {_told(self.monitoring.actions)} by way of {_link(self.above)}" if self.above else ""
        yield f"- Severity: {self.severity}. Tells {_told(self.alarm.AlarmActions)}{paged}."
        by = _listed(f"`{dimension.Name}`" for dimension in self._set("Dimensions") or ())
        where = f"by {by}" if by else "of the account"
        yield f"- Metric: `{self._set('MetricName')}` of `{self._set('Namespace')}`, {where}."
        yield from self._silence()

    def _silence(self) -> Iterator[str]:
        treated, namespace = self._set("TreatMissingData") or "missing", self._set("Namespace")
        # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
        if treated == "ignore" or namespace == "AWS/DynamoDB":
            stays = f"{'it stays' if treated == 'ignore' else 'CloudWatch may leave it'} in ALARM until `{namespace}`"
            yield f"- Silence: {stays} reports `{self._set('MetricName')}` again. When the cause is gone, set it back:"
            yield _SET_BACK.format(self.name)
        elif treated == "missing":
            silent = _span(self.alarm.EvaluationPeriods * self.alarm.Period)
            heard = _told(self._set("InsufficientDataActions") or ()) or "nobody"
            yield f"- Silence: after {silent} without data it is INSUFFICIENT_DATA, and tells that to {heard}."
        elif treated == "breaching":
            yield "- Silence: a period without data counts as a bad one."

    def _set(self, name: str) -> Any:
        return self.alarm.properties.get(name)

    def _threshold(self) -> str:
        # Of `count` nothing is known but that it is counted.
        value, unit = self._set("Threshold"), "" if self.row.unit == "count" else self.row.unit
        if isinstance(value, AWSHelperFn):
            asked = self.parameters.get(value.data["Ref"]) if isinstance(value, Ref) else None
            default = asked.properties.get("Default") if asked else None
            usual = "" if default is None else f" ({_number(float(default))} by default)"
            return f"{_shown(value)} {unit}".strip() + usual
        if unit.startswith("share of "):
            return f"{_number(value * 100)} % of {unit.removeprefix('share of ')}"
        seconds = value / {"ms": 1000, "seconds": 1}.get(unit, float("inf"))
        return f"{_number(value)} {unit}".strip() + (f" ({_span(int(seconds))})" if seconds >= 60 else "")


def _head(monitoring: Monitoring, parts: Sequence[_Part]) -> Iterator[str]:
    yield f"# Runbook of {monitoring.title}"
    linked = " Every alarm's description ends in the address of its part here." if monitoring.runbook else ""
    yield f"Written by `woo_stack.runbook` from the alarms: change those, not this page.{linked}"
    yield from (
        _severities(monitoring),
        _NAMES,
        _quiet(monitoring, parts),
        _places(monitoring),
        _overview(parts),
    )


def _severities(monitoring: Monitoring) -> str:
    lines = ["## Who is told", "", "| severity | what has happened | alarm | tells |", "| --- | --- | --- | --- |"]
    for severity in SEVERITIES:
        if above := _composite(monitoring, severity):
            told = _told(monitoring.composites[above].AlarmActions)
            lines.append(f"| {severity} | {_cell(VERDICTS[severity].means)} | {_link(above)} | {told} |")
    notices = _told(monitoring.notices or monitoring.actions)
    lines.append(f"| {SEVERITIES[-1]} | {NOTICE} | every single alarm | {notices} |")
    graver = " Single alarms that are graver explain why the one above them rings." if monitoring.composites else ""
    return "\n".join(lines) + f"\n\nAll of them tell of their start and of their end.{graver}"


def _quiet(monitoring: Monitoring, parts: Sequence[_Part]) -> str:
    known = [part for part in parts if part.above] or parts
    names = [name for part in known[:1] for name in (part.name, part.above) if name]
    quoted = " ".join(f'"$(name {name})"' for name in names or ["ALARM"])
    still = " One that tells nobody still counts in the alarm above it, which is therefore named too."
    commands = [f"aws cloudwatch {verb}-alarm-actions --alarm-names {quoted}" for verb in ("disable", "enable")]
    shell = "\n".join(["```sh", commands[0], f"{commands[1]}  # afterwards", "```"])
    what = f"Disable what would ring, as here.{still if monitoring.composites else ''}"
    return f"## Quiet during a deployment\n\n{what}\n\n{shell}"


def _places(monitoring: Monitoring) -> str:
    asked = [query for query in QUERIES if {*query.reads} <= {*monitoring.logs}]
    named = f"by the name that `name {monitoring.id('Dashboard')}` prints"
    lines = ["## Where to look", "", f"- The dashboard: *CloudWatch*, *Dashboards*, {named}."]
    if tables := [query for query in asked if not query.saved]:
        lines.append(f"- Its tables, which open as queries too: {_listed(map(_query, tables))}.")
    if saved := [query for query in asked if query.saved]:
        place = "*CloudWatch*, *Logs Insights*, *Saved queries*, in a folder named like the stack"
        lines.append(f"- Saved queries: {place}: {_listed(map(_query, saved))}.")
    return "\n".join(lines)


def _query(query: Query) -> str:
    fill = "".join(f", with an id for `{word}`" for word in re.findall(r"<\w+>", query.text))
    return f"*{query.name}* ({_listed(_LOGS[name] for name in query.reads)}{fill})"


def _overview(parts: Sequence[_Part]) -> str:
    above = {part.above: part.severity for part in parts if part.above}
    rows = [(name, severity, "one of those below it does") for name, severity in above.items()]
    rows += [(part.name, part.severity, part.when()) for part in parts]
    told = "Where an alarm's part says nothing of silence, a period without data is as good as one that is not over."
    lines = ["## All alarms", "", told, "", "| alarm | severity | rings when |", "| --- | --- | --- |"]
    lines += [f"| {_link(name)} | {severity} | {_cell(when)} |" for name, severity, when in rows]
    return "\n".join(lines)


def _composites(monitoring: Monitoring, parts: Sequence[_Part]) -> Iterator[str]:
    for severity, verdict in VERDICTS.items():
        if name := _composite(monitoring, severity):
            told = _told(monitoring.composites[name].AlarmActions)
            todo = "- Do: look which of these is in ALARM, on the dashboard, and do what its part says:"
            below = [f"  - {_link(part.name)}: {_line(part.row.means)}" for part in parts if part.severity == severity]
            what = [f"## {name}", "", f"**{verdict.means}**", "", todo, *below]
            yield "\n".join([*what, f"- Severity: {severity}. Tells {told}."])


def _composite(monitoring: Monitoring, severity: str) -> str | None:
    name = monitoring.id(VERDICTS[severity].role) if severity in VERDICTS else ""
    return name if name in monitoring.composites else None


def _periods(alarm: cloudwatch.Alarm) -> str:
    periods = alarm.EvaluationPeriods
    hits = alarm.properties.get("DatapointsToAlarm", periods)
    if periods == 1:
        return f"in {_span(alarm.Period)}"
    return f"in {'each' if hits == periods else hits} of {periods} periods of {_span(alarm.Period)}"


def _span(seconds: int) -> str:
    """Seconds in the largest unit that fits them evenly: ``5 minutes``."""
    size = next(size for size in _SPANS if seconds % size == 0)
    return f"{seconds // size} {_SPANS[size]}{'' if seconds == size else 's'}"


def _number(value: float) -> str:
    return f"{round(value, 6):,.6f}".rstrip("0").rstrip(".")


def _told(actions: Iterable[Any]) -> str:
    return _listed(_shown(action) for action in actions)


def _shown(value: Any) -> str:
    """A value as a person knows it: a literal, a logical id, or what CloudFormation is told to do."""
    if isinstance(value, Ref):
        return f"`{value.data['Ref']}`"
    if isinstance(value, GetAtt):
        return f"`{'.'.join(value.data['Fn::GetAtt'])}`"
    return f"`{json.dumps(encode_to_dict(value)) if isinstance(value, AWSHelperFn) else value}`"


def _listed(words: Iterable[str]) -> str:
    *first, last = [*words] or [""]
    return f"{', '.join(first)} and {last}" if first else last


def _link(name: str | None) -> str:
    return f"[{name}](#{name.lower()})" if name else ""


def _line(text: str) -> str:
    """A text of somebody's own on one line, with nothing in it that Markdown takes for HTML."""
    return " ".join(text.split()).replace("<", "&lt;")


def _cell(text: str) -> str:
    return _line(text).replace("|", "\\|")
