"""The runbook: a part for every alarm, under the anchor that the alarm names, with what its row and itself say."""

import re
from dataclasses import replace
from typing import Any

import pytest
from troposphere import GetAtt, ImportValue, Parameter, Ref, Sub

from woo_stack import Key, Metric, Monitoring, Shop, Table, Watch, runbook
from woo_stack.metric import SEVERITIES
from woo_stack.queries import QUERIES

PAGER, MORNING = "arn:aws:sns:eu-west-1:111111111111:pager", "arn:aws:sns:eu-west-1:111111111111:morning"
ROW = Watch(
    "Many", "Clicked", "Sum", "Clicks", "clicks", above=9, means="Too many.", look="The button.", do="Rest."
)  # fmt: skip


def monitoring(row: Watch | None = None, **settings: Any) -> Monitoring:
    of = [Metric("Clicks", "My/Own", {"Button": "red", "Room": "hall"}, rows=[row or ROW])]
    return Monitoring("Health", **{"of": of, "actions": [PAGER], "notices": [MORNING], **settings})


def row(**settings: Any) -> Watch:
    return replace(ROW, **settings)


def anchor(heading: str) -> str:
    """As GitHub makes it: small letters, dashes for spaces, without punctuation."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def headings(text: str) -> list[str]:
    return re.findall(r"^#+ (.+)$", text, re.M)


def part(text: str, heading: str) -> str:
    return text.split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]


@pytest.fixture(scope="module")
def shop() -> Shop:
    return Shop()


@pytest.fixture(scope="module")
def text(shop: Shop) -> str:
    return runbook(shop.health, shop.parameters)


def test_every_alarm_names_the_anchor_of_its_part(shop: Shop, text: str) -> None:
    anchors = [anchor(heading) for heading in headings(text)]
    assert len(anchors) == len(set(anchors))
    for title, alarm in {**shop.health.alarms, **shop.health.composites}.items():
        address, _, named = str(alarm.AlarmDescription).rpartition("#")
        assert address.endswith(" docs/runbook.md")
        assert named in anchors
        assert title in headings(text)


def test_every_link_leads_to_a_heading(text: str) -> None:
    linked = set(re.findall(r"\]\(#([^)]+)\)", text))
    assert linked
    assert linked <= {anchor(heading) for heading in headings(text)}


def test_every_part_says_what_the_row_says(shop: Shop, text: str) -> None:
    for name, one, _ in shop.health.alarming():
        told = part(text, name)
        for said in (f"**{one.means}**", f"- Look at: {one.look}", f"- Do: {one.do}", f"`{one.metric}`"):
            assert said in told, name


def test_the_overview_has_a_line_for_each_alarm(shop: Shop, text: str) -> None:
    lines = re.findall(r"^\| \[(\w+)\]\(#\w+\) \| (\w+) \| (.+) \|$", part(text, "All alarms"), re.M)
    graded = {name: shop.health.severity(name, one) for name, one, _ in shop.health.alarming()}
    assert {name: severity for name, severity, _ in lines} == {
        "HealthDown": "down",
        "HealthLosingData": "data",
        **graded,
    }
    for name, _, when in lines[2:]:
        assert f"- Rings when: {when}.\n" in part(text, name)


def test_a_composite_alarm_lists_what_it_is_made_of(shop: Shop, text: str) -> None:
    for name, composite in shop.health.composites.items():
        below = re.findall(r"ALARM\(\$\{(\w+)\}\)", composite.to_dict()["Properties"]["AlarmRule"]["Fn::Sub"])
        assert re.findall(r"^  - \[(\w+)\]", part(text, name), re.M) == below
        for child in below:
            assert f"`PagerTopic` by way of [{name}]" in part(text, child)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({}, "sum of `Clicked` over 9 clicks in 5 minutes"),
        (
            {"statistic": "p99", "datapoints": (3, 3)},
            "p99 of `Clicked` over 9 clicks in each of 3 periods of 5 minutes",
        ),
        ({"datapoints": (2, 5), "period_seconds": 60}, "over 9 clicks in 2 of 5 periods of 1 minute"),
        ({"period_seconds": 21_600, "statistic": "Maximum"}, "highest of `Clicked` over 9 clicks in 6 hours"),
        ({"period_seconds": 86_400, "statistic": "Average"}, "average of `Clicked` over 9 clicks in 1 day"),
        ({"unit": "share of clicks", "above": 0.075}, "over 7.5 % of clicks in"),
        ({"unit": "count", "above": 1234.5}, "over 1,234.5 in 5 minutes"),
        ({"unit": "seconds", "above": 1800}, "over 1,800 seconds (30 minutes) in"),
        ({"unit": "ms", "above": 3_600_000}, "over 3,600,000 ms (1 hour) in"),
        ({"unit": "ms", "above": 800}, "over 800 ms in"),
    ],
)
def test_a_threshold_is_told_with_unit_and_time(settings: Any, words: str) -> None:
    assert words in part(runbook(monitoring(row(**settings))), "ClicksMany")


def test_a_threshold_that_the_form_asks_for_is_told_by_name_and_default() -> None:
    asked = monitoring(thresholds={"ClicksMany": Ref("MostClicks")})
    parameters = {"MostClicks": Parameter("MostClicks", Type="Number", Default=24_000)}
    assert "over `MostClicks` clicks (24,000 by default) in 5 minutes" in runbook(asked, parameters)
    assert "over `MostClicks` clicks in 5 minutes" in runbook(asked)
    assert 'over `{"Fn::ImportValue": "most"}` clicks' in runbook(
        monitoring(thresholds={"ClicksMany": ImportValue("most")})
    )


def test_what_was_changed_on_the_alarm_is_told() -> None:
    health = monitoring()
    alarm = health.alarms["ClicksMany"]
    alarm.Threshold, alarm.ComparisonOperator, alarm.EvaluationPeriods = 4.0, "LessThanThreshold", 2
    alarm.AlarmActions = [GetAtt("Other", "Arn")]
    told = part(runbook(health), "ClicksMany")
    assert "sum of `Clicked` under 4 clicks in each of 2 periods of 5 minutes" in told
    assert "Tells `Other.Arn`." in told


@pytest.mark.parametrize(
    ("silence", "told"),
    [
        ("notBreaching", None),
        ("breaching", "a period without data counts as a bad one"),
        ("missing", f"after 10 minutes without data it is INSUFFICIENT_DATA, and tells that to `{MORNING}`."),
        ("ignore", "it stays in ALARM until `My/Own` reports `Clicked` again"),
    ],
)
def test_what_silence_means_is_told(silence: str, told: str | None) -> None:
    text = part(runbook(monitoring(row(silence=silence, datapoints=(1, 2)))), "ClicksMany")
    assert told in text if told else "Silence" not in text
    assert ('set-alarm-state --alarm-name "$(name ClicksMany)" --state-value OK' in text) == (silence == "ignore")


def test_dynamodb_is_silent_whatever_is_asked_for() -> None:
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html
    health = monitoring(of=[Metric("Old", "AWS/DynamoDB", {"TableName": "old"}, rows=[row(silence="breaching")])])
    assert "CloudWatch may leave it in ALARM until `AWS/DynamoDB` reports" in part(runbook(health), "OldMany")


def test_a_row_of_ones_own_may_say_little() -> None:
    told = part(runbook(monitoring(Watch("Many", "Clicked", "Sum", "Clicks", "clicks", above=9))), "ClicksMany")
    assert "Look at" not in told
    assert "Do:" not in told
    assert "**" not in told
    assert "- Metric: `Clicked` of `My/Own`, by `Button` and `Room`." in told


def test_texts_of_ones_own_cannot_break_the_page() -> None:
    told = runbook(monitoring(row(unit="a|b", means="Too <b>many\nclicks.")))
    assert "over 9 a\\|b in" in told
    assert "**Too &lt;b>many clicks.**" in told


def test_a_metric_of_the_whole_account_has_no_dimensions() -> None:
    told = runbook(monitoring(of=[Metric("All", "My/Own", rows=[ROW])]))
    assert "- Metric: `Clicked` of `My/Own`, of the account." in told


def test_who_is_told_of_what() -> None:
    graver = runbook(monitoring(severities={"ClicksMany": "data"}))
    assert (
        f"| data | The shop is losing data, or it stands still. | [HealthLosingData](#healthlosingdata) | `{PAGER}` |"
        in graver
    )
    assert f"every single alarm | `{MORNING}` |" in graver
    assert f"Severity: data. Tells `{MORNING}`; `{PAGER}` by way of [HealthLosingData](#healthlosingdata)." in graver
    assert "HealthDown" not in graver
    plain = runbook(monitoring(notices=[], actions=[PAGER, Ref("Second"), Sub("${AWS::Region}-x")]))
    assert "Severity: notice. Tells `" + PAGER + '`, `Second` and `{"Fn::Sub": "${AWS::Region}-x"}`.' in plain
    assert [name for name in SEVERITIES if f"\n| {name} |" in plain] == ["notice"]


def test_who_is_to_be_quiet_is_named_with_the_alarm_above() -> None:
    told = runbook(monitoring(severities={"ClicksMany": "down"}))
    assert 'disable-alarm-actions --alarm-names "$(name ClicksMany)" "$(name HealthDown)"\n' in told
    assert 'enable-alarm-actions --alarm-names "$(name ClicksMany)" "$(name HealthDown)"  # afterwards' in told
    assert 'disable-alarm-actions --alarm-names "$(name ClicksMany)"\n' in runbook(monitoring())


def test_queries_are_told_where_there_are_logs() -> None:
    for logs in ({}, {"access": "a"}, {"access": "a", "functions": "f"}):
        told = runbook(monitoring(logs=logs))
        assert [query.name for query in QUERIES if f"*{query.name}*" in told] == [
            query.name for query in QUERIES if {*query.reads} <= {*logs}
        ]
    assert "with an id for `<id>`" in told


def test_the_address_is_told_where_alarms_have_one() -> None:
    assert "description ends in" not in runbook(monitoring())
    assert "description ends in" in runbook(monitoring(runbook="https://wiki.example.com/shop"))


def test_without_alarms_there_is_a_head_alone() -> None:
    quiet = Monitoring("Quiet", of=[Table("T", key=Key("a"))], actions=[PAGER], thresholds=dict.fromkeys(
        ["TReadThrottles", "TWriteThrottles", "TGetItemErrors", "TQueryErrors"]
    ))  # fmt: skip
    assert headings(runbook(quiet))[0] == "Runbook of Quiet"
    assert headings(runbook(quiet))[-1] == "All alarms"


def test_it_is_the_same_each_time(text: str) -> None:
    again = Shop()
    assert runbook(again.health, again.parameters) == text
