"""Dashboard, alarms and what they say together: what is changed in one shows in the others."""

from dataclasses import replace
from typing import Any

import pytest
from troposphere import ImportValue, Parameter, Ref, awslambda, sns

from woo_stack import Key, Metric, Monitoring, Pager, RestApi, Route, SettingError, Table, Watch

TOPIC = "arn:aws:sns:eu-west-1:111111111111:alarms"


def monitoring(**settings: Any) -> Monitoring:
    return Monitoring("Health", **{"of": [Table("Orders", key=Key("a"))], "actions": [TOPIC], **settings})


def test_every_alarm_calls_every_action_at_its_start_and_end(render: Any) -> None:
    alarms = [
        one["Properties"]
        for one in render(monitoring(actions=[TOPIC, "arn:x:two"]))["Resources"].values()
        if one["Type"] == "AWS::CloudWatch::Alarm"
    ]
    assert alarms
    for alarm in alarms:
        assert alarm["AlarmActions"] == alarm["OKActions"] == [TOPIC, "arn:x:two"]
        assert alarm.get("ActionsEnabled", True) is True


def test_a_threshold_of_ones_own_is_drawn_and_alarms(render: Any, graphs: Any) -> None:
    resources = render(monitoring(thresholds={"OrdersReadThrottles": 12.5}))["Resources"]
    assert resources["OrdersReadThrottles"]["Properties"]["Threshold"] == 12.5
    drawn = graphs(resources["HealthDashboard"]["Properties"]["DashboardBody"])
    lines = [line for graph in drawn for line in graph.get("annotations", {}).get("horizontal", [])]
    assert {line["label"]: line["value"] for line in lines} == {
        "ReadThrottles": 12.5, "WriteThrottles": 0, "GetItemErrors, QueryErrors": 0,
    }  # fmt: skip


def test_a_threshold_changed_on_the_object_is_drawn_too(graphs: Any) -> None:
    health = monitoring()
    health.alarms["OrdersWriteThrottles"].Threshold = 8.0
    lines = [one for graph in graphs(health.dashboard.DashboardBody) for one in graph.get("annotations", {}).values()]
    assert {"label": "WriteThrottles", "value": 8.0} in [line for group in lines for line in group]


def test_a_threshold_that_is_no_number_is_refused() -> None:
    with pytest.raises(SettingError, match=r"thresholds is \{'OrdersReadThrottles': nan\}, allowed: a number, or None"):
        monitoring(thresholds={"OrdersReadThrottles": float("nan")})


@pytest.mark.parametrize("threshold", [-1.0, -0.5])
def test_a_threshold_out_of_reach_is_refused_when_rendered(threshold: float, render: Any) -> None:
    with pytest.raises(SettingError, match=r"'OrdersReadThrottles': threshold is .* events, allowed: 0 to less than"):
        render(monitoring(thresholds={"OrdersReadThrottles": threshold}))


def test_one_set_on_the_object_is_refused_as_well(new_function: Any, render: Any) -> None:
    health = monitoring(of=[new_function("Lookup", timeout_seconds=3)])
    health.alarms["LookupDuration"].Threshold = 3000
    with pytest.raises(SettingError, match="'LookupDuration': threshold is 3000 ms, allowed: 0 to less than 3000"):
        render(health)


def test_the_url_leads_to_the_dashboard(as_json: Any) -> None:
    assert as_json(monitoring().url)["Fn::Sub"].endswith("#dashboards/dashboard/${HealthDashboard}")


def test_concurrency_alarms_where_there_is_a_reserve(new_function: Any) -> None:
    shared, kept = new_function("Shared"), new_function("Kept", reserved_concurrency=50)
    alarms = monitoring(of=[shared, kept]).alarms
    assert "SharedConcurrency" not in alarms
    assert alarms["KeptConcurrency"].Threshold == 40


def test_rows_of_a_graph_keep_their_statistic_and_period_and_share_a_unit(graphs: Any) -> None:
    first = Watch("First", "Clicked", "Sum", "Clicks", "clicks", above=9)
    other = Watch("Other", "Waiting", "Maximum", "Clicks", "clicks", above=8, period_seconds=60, beside=("p50",))
    metric = Metric("Own", "My/Own", {"Button": "red"}, rows=[first, other])
    (graph,) = graphs(monitoring(of=[metric]).dashboard.DashboardBody)
    assert (graph["stat"], graph.get("period", 300)) == ("Sum", 300)
    assert [line[4:] for line in graph["metrics"]] == [
        [], [{"stat": "Maximum", "period": 60}], [{"stat": "p50", "period": 60}],
    ]  # fmt: skip
    with pytest.raises(SettingError, match="of is 'ms', allowed: clicks for every row of the graph 'Clicks'"):
        monitoring(of=[Metric("Own", "My/Own", rows=[first, replace(other, unit="ms")])])


def test_what_is_to_have_no_alarm_is_still_drawn(render: Any, graphs: Any) -> None:
    health = monitoring(thresholds={"OrdersReadThrottles": None})
    assert "OrdersReadThrottles" not in render(health)["Resources"]
    assert "OrdersWriteThrottles" in render(health)["Resources"]
    (graph,) = [one for one in graphs(health.dashboard.DashboardBody) if "throttling" in one["title"]]
    assert [line[1] for line in graph["metrics"]] == ["ReadThrottleEvents", "WriteThrottleEvents"]
    assert graph["annotations"]["horizontal"] == [{"label": "WriteThrottles", "value": 0}]


class Counter:
    """Something of our own, with rows of our own."""

    title, namespace, dimensions = "Clicks", "My/Own", {"Button": "red"}
    rows = (Watch("Many", "Clicked", "Sum", "Clicks", "clicks", above=9, means="Many.", do="Rest."),)


def test_a_component_may_bring_its_own_rows(graphs: Any, as_json: Any) -> None:
    health = monitoring(of=[Counter(), Table("Orders", key=Key("a"))])
    alarm = as_json(health.alarms["ClicksMany"])["Properties"]
    assert (alarm["Namespace"], alarm["MetricName"], alarm["Threshold"]) == ("My/Own", "Clicked", 9)
    assert graphs(health.dashboard.DashboardBody)[-1]["metrics"] == [["My/Own", "Clicked", "Button", "red"]]


def test_two_components_whose_alarms_would_have_one_id_are_refused(new_function: Any) -> None:
    api = RestApi("Orders", routes={"GET /a": Route("arn:aws:lambda:x", auth="iam")})
    with pytest.raises(SettingError, match="of is 'OrdersThrottles', allowed: "):
        monitoring(of=[api, new_function("Orders")])


def test_a_threshold_may_be_above_the_default_quota_of_an_account(new_function: Any) -> None:
    health = monitoring(of=[new_function("Busy")], thresholds={"BusyConcurrency": 2400})
    assert {one.title: one for one in health.resources()}["BusyConcurrency"].Threshold == 2400


def test_a_function_whose_timeout_is_a_parameter_alarms_in_good_time(new_function: Any) -> None:
    health = monitoring(of=[new_function("Slow", timeout_seconds=Ref("Timeout"))])
    assert health.alarms["SlowDuration"].Threshold == 8_000


# --- who is told, and how grave it is


def row(name: str, severity: str, **more: Any) -> Watch:
    return Watch(name, f"{name}s", "Sum", "Own", "things", above=3, severity=severity, means=f"{name}.", **more)


OWN = [row("Fire", "down"), row("Flood", "down"), row("Theft", "data"), row("Dust", "notice")]


def house(**settings: Any) -> Monitoring:
    watched = Metric("House", "My/House", {"Street": "Elm"}, rows=OWN)
    return Monitoring("Health", **{"of": [watched], "actions": ["arn:wake"], "notices": ["arn:read"], **settings})


def below(health: Monitoring, as_json: Any) -> dict[str, str]:
    return {name: as_json(one)["Properties"]["AlarmRule"]["Fn::Sub"] for name, one in health.composites.items()}


def test_what_is_grave_is_told_together_and_each_of_it_to_those_who_read(as_json: Any) -> None:
    health = house()
    assert below(health, as_json) == {
        "HealthDown": "ALARM(${HouseFire}) OR ALARM(${HouseFlood})",
        "HealthLosingData": "ALARM(${HouseTheft})",
    }
    for one in health.composites.values():
        made = as_json(one)["Properties"]
        assert made["AlarmActions"] == made["OKActions"] == ["arn:wake"]
    for one in health.alarms.values():
        made = as_json(one)["Properties"]
        assert made["AlarmActions"] == made["OKActions"] == ["arn:read"]


def test_without_notices_everything_is_told_to_the_same() -> None:
    health = house(notices=())
    told = [one.AlarmActions for one in (*health.alarms.values(), *health.composites.values())]
    assert told == [["arn:wake"]] * 6


def test_a_severity_of_ones_own_moves_an_alarm_and_its_text(as_json: Any) -> None:
    health = house(severities={"HouseDust": "data", "HouseFlood": "notice"}, runbook="wiki")
    assert below(health, as_json) == {
        "HealthDown": "ALARM(${HouseFire})",
        "HealthLosingData": "ALARM(${HouseTheft}) OR ALARM(${HouseDust})",
    }
    texts = {name: as_json(one)["Properties"]["AlarmDescription"] for name, one in health.alarms.items()}
    assert texts == {
        "HouseFire": "down: Fire. wiki#housefire",
        "HouseFlood": "notice: Flood. wiki#houseflood",
        "HouseTheft": "data: Theft. wiki#housetheft",
        "HouseDust": "data: Dust. wiki#housedust",
    }


def test_an_alarm_that_is_not_there_is_below_nothing(as_json: Any) -> None:
    health = house(thresholds={"HouseTheft": None, "HouseFire": None})
    assert below(health, as_json) == {"HealthDown": "ALARM(${HouseFlood})"}
    titles = [one.title for one in health.resources()]
    assert titles == ["HouseFlood", "HouseDust", "HealthDown", "HealthDashboard"]


def test_what_is_grave_stands_first_in_the_strip(dashboard: Any) -> None:
    strip = dashboard(house().dashboard.DashboardBody)["widgets"][0]["properties"]["alarms"]
    titles = ("HealthDown", "HealthLosingData", "HouseFire", "HouseFlood", "HouseTheft", "HouseDust")
    assert strip == [f"${{{title}.Arn}}" for title in titles]


def test_only_notices_wake_nobody() -> None:
    health = house(of=[Metric("House", "My/House", {"Street": "Elm"}, rows=OWN[3:])])
    assert (list(health.composites), list(health.alarms)) == ([], ["HouseDust"])


def test_an_alarm_changed_on_the_object_is_still_below(as_json: Any) -> None:
    health = house()
    health.alarms["HouseFire"].AlarmName = "own-name"
    # Ref of an alarm is its name, whatever that is.
    assert "ALARM(${HouseFire})" in below(health, as_json)["HealthDown"]


FIRE = "down: Fire. ${Runbook}#housefire"


@pytest.mark.parametrize(
    ("runbook", "expected"),
    [
        ("docs/runbook.md", "down: Fire. docs/runbook.md#housefire"),
        (Ref("Wiki"), {"Fn::Sub": [FIRE, {"Runbook": {"Ref": "Wiki"}}]}),
        (Parameter("Wiki", Type="String"), {"Fn::Sub": [FIRE, {"Runbook": {"Ref": "Wiki"}}]}),
        (ImportValue("base-Wiki"), {"Fn::Sub": [FIRE, {"Runbook": {"Fn::ImportValue": "base-Wiki"}}]}),
    ],
)
def test_the_runbook_is_a_text_or_what_cloudformation_makes_one(runbook: Any, expected: Any, as_json: Any) -> None:
    assert as_json(house(runbook=runbook).alarms["HouseFire"])["Properties"]["AlarmDescription"] == expected


# --- the work of others


def test_plain_resources_are_watched_as_what_they_are(as_json: Any) -> None:
    plain = awslambda.Function("Legacy", Handler="a.b", Role="arn:aws:iam::1:role/r", Code=awslambda.Code(ZipFile="x"))
    alarms = Monitoring("Health", of=[plain], actions=[TOPIC]).alarms
    errors = as_json(alarms["LegacyErrors"])["Properties"]
    assert (errors["Namespace"], errors["Dimensions"]) == (
        "AWS/Lambda", [{"Name": "FunctionName", "Value": {"Ref": "Legacy"}}],
    )  # fmt: skip


@pytest.mark.parametrize("thing", [sns.Topic("Bell"), Pager("Pager"), "name", None, Watch])
def test_what_nothing_is_known_of_is_refused(thing: Any) -> None:
    with pytest.raises(SettingError, match=r"^Monitoring 'Health': of is .*, allowed: "):
        monitoring(of=[thing])
