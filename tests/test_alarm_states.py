"""Every alarm of the shop goes to ALARM for its cause and back to OK, and the right people hear of it.

The template, composed from the source as it is, is deployed into the emulator; see `tests.emulated` for what the
emulator does there itself and what is done for it.

Really forced: exceptions and throttling of functions, webhooks that are forged, too large for the queue, unusable,
late or not taken, server errors and refusals that callers get, messages that wait or are dead-lettered, and recounts
that repair, run out of time or do not run. Their metrics are what the emulator measured of Lambda, what the functions
printed into their logs (EMF), what a request's answer makes of API Gateway's metrics and access log (the template's
metric filters are applied to it), and what is in the queues.

Not forced, but told as data: floods of requests, latency, concurrency, API Gateway's throttling (429), and
DynamoDB's throttling and system errors, which the emulator does not have. `test_every_alarm_is_for_one_metric_alone`
does so for all alarms.
"""

import base64
import json
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from tests.emulated import ANY, WEBHOOKS, Eyes, children, matches, says, verdict

from woo_stack import Settings, to_json
from woo_stack import shop as compose
from woo_stack.cli.localshop import local_shop

#: A dozen seconds, for shops that are made to fail.
pytestmark = pytest.mark.soak

NOTICES, PAGES = "PagerNotices", "PagerTopic"


@contextmanager
def started() -> Iterator[Eyes]:
    text = to_json(compose(Settings()))
    with local_shop(text) as running:
        eyes = Eyes(running, json.loads(text))
        eyes.look()
        yield eyes


@pytest.fixture(scope="module")
def deployed() -> Iterator[Eyes]:
    with started() as eyes:
        yield eyes


@pytest.fixture
def eyes(deployed: Eyes) -> Eyes:
    """At rest: whatever a test before this one did is over."""
    deployed.rest()
    return deployed


def told(state: str, *alarms: str, by: str = NOTICES) -> set[tuple[str, str, str]]:
    return {(by, alarm, state) for alarm in alarms}


def order(number: int, **changes: Any) -> bytes:
    document = {
        "id": number,
        "status": "processing",
        "order_key": f"wc_order_{number}",
        "date_created": "2024-05-01T08:00:00",
        "date_created_gmt": "2024-05-01T06:00:00",
        "date_modified_gmt": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime()),
        "line_items": [],
    }
    return json.dumps(document | changes).encode()


# --- what stands in for CloudWatch

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html: X is beyond, 0 is not,
# - is missing; then the states for missing, ignore (. is as before), breaching and notBreaching.
EXAMPLES = """
3 0-X-X OK OK OK OK
3 ----0 OK OK OK OK
3 ----- INSUFFICIENT_DATA . ALARM OK
3 0XX-X ALARM ALARM ALARM ALARM
3 --X-- ALARM . ALARM OK
2 0-X-X ALARM ALARM ALARM ALARM
2 00X0X ALARM ALARM ALARM ALARM
2 0-X-- OK OK ALARM OK
2 ----0 OK OK ALARM OK
2 ---X- ALARM . ALARM OK
""".strip().splitlines()


@pytest.mark.parametrize("example", EXAMPLES)
def test_missing_data_is_judged_as_in_awss_examples(example: str) -> None:
    least, data, *states = example.split()
    alarm = {
        "ComparisonOperator": "GreaterThanThreshold",
        "DatapointsToAlarm": int(least),
        "EvaluationPeriods": 3,
        "Threshold": 7,
    }
    periods = [{"X": 8.0, "0": 7.0}.get(one) for one in data]
    judged = [
        verdict({**alarm, "TreatMissingData": silence}, periods) or "."
        for silence in ("missing", "ignore", "breaching", "notBreaching")
    ]
    assert judged == states


@pytest.mark.parametrize(
    ("record", "expected"),
    [({"a": "52", "b": "q"}, True), ({"a": "5", "b": "r"}, True), ({"a": "5", "b": "s"}, False), ({"b": "q"}, False)],
)
def test_a_pattern_takes_what_its_words_say(record: dict[str, str], expected: bool) -> None:
    assert matches('{ $.a = "5*" && ($.b = "q" || $.b = "r") }', record) is expected


# --- every alarm, by data


def test_a_new_shop_alarms_nobody(deployed: Eyes) -> None:
    assert deployed.later(24 * 3600) == set()
    silent = {name for name, one in deployed.alarms.items() if one["TreatMissingData"] != "notBreaching"}
    assert deployed.states("INSUFFICIENT_DATA") <= silent


def test_every_alarm_names_something_that_is_there(deployed: Eyes) -> None:
    (api,) = deployed.client("apigateway").get_rest_apis()["items"]
    stages = {one["stageName"] for one in deployed.client("apigateway").get_stages(restApiId=api["id"])["item"]}
    queues = {url.rpartition("/")[2] for url in deployed.queues.list_queues()["QueueUrls"]}
    there = {
        "ApiName": {api["name"]},
        "Stage": stages,
        "apiId": {api["id"]},
        "stage": stages,
        "FunctionName": {one["FunctionName"] for one in deployed.functions.list_functions()["Functions"]},
        "QueueName": queues,
        "TableName": {*deployed.client("dynamodb").list_tables()["TableNames"]},
        "Operation": {"GetItem", "Query"},
    }
    assert len(deployed.deployed) == len(deployed.alarms)
    for alarm in deployed.deployed:
        assert alarm["Dimensions"], alarm["AlarmName"]
        for dimension in alarm["Dimensions"]:
            assert dimension["Value"] in there[dimension["Name"]], alarm["AlarmName"]


def test_rules_name_alarms_of_the_template(deployed: Eyes) -> None:
    assert {*deployed.rules} == {"HealthDown", "HealthLosingData"}
    for rule in deployed.rules.values():
        assert {*children(rule)} <= {*deployed.alarms}
        assert len(children(rule)) == len({*children(rule)})


def beyond(eyes: Eyes, alarm: dict[str, Any]) -> dict[str, Any]:
    """Put as many periods beyond an alarm's threshold as it asks for, and then as many at it; what comes of it."""
    metric = {one["Name"]: one["Value"] for one in alarm["Dimensions"]}
    least = alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"])
    seen = []
    for number in range(least + alarm["EvaluationPeriods"]):
        eyes.clock += alarm["Period"]
        above = alarm["Threshold"] * 1.01 + 0.001 if number < least else alarm["Threshold"]
        eyes.put(alarm["Namespace"], alarm["MetricName"], metric, above)
        if number < least:
            seen.append(eyes.look())
    after = eyes.look()
    # That others have heard nothing for long meanwhile is told as well.
    return {"seen": seen, "after": after, "heard": {one for one in eyes.heard() if one[2] != "INSUFFICIENT_DATA"}}


def test_every_alarm_is_for_one_metric_alone(eyes: Eyes) -> None:
    """One series beyond the threshold in as many periods as are asked for, and not in one less: that alarm alone."""
    found, expected = {}, {}
    for alarm in eyes.deployed:
        name = eyes.logical[alarm["AlarmName"]]
        eyes.clock += 3600
        found[name] = beyond(eyes, alarm)
        paged = {verdict for verdict, rule in eyes.rules.items() if says(rule, {name})}
        least = alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"])
        # Where silence says nothing of health, bad news alone are enough.
        early = {name} if alarm["TreatMissingData"] == "missing" else set()
        expected[name] = {
            "seen": [*([early] * (least - 1)), {name, *paged}],
            "after": set(),
            "heard": {one for state in ("ALARM", "OK") for one in told(state, name) | told(state, *paged, by=PAGES)},
        }
    assert found == expected
    assert {*found} == {*eyes.alarms}


# --- functions that fail


@contextmanager
def changed(eyes: Eyes, function: str, *, variables: dict[str, str] | None = None, **settings: Any) -> Iterator[None]:
    """A function with other settings, or other variables in its environment, for a while."""
    name = eyes.ids[f"{function}Function"]
    before = eyes.functions.get_function_configuration(FunctionName=name)
    if variables:
        settings["Environment"] = {"Variables": before["Environment"]["Variables"] | variables}
    eyes.functions.update_function_configuration(FunctionName=name, **settings)
    try:
        yield
    finally:
        eyes.functions.update_function_configuration(FunctionName=name, **{key: before[key] for key in settings})


#: The composite alarm that an exception of a function is a reason for.
FUNCTIONS = {"Reader": None, "Authorizer": None, "Intake": "HealthLosingData", "Applier": None}


@pytest.mark.parametrize(
    "function", [pytest.param(name, marks=[] if name == "Intake" else pytest.mark.soak) for name in FUNCTIONS]
)
def test_a_function_that_raises(eyes: Eyes, function: str) -> None:
    """A release whose code lacks the entry point; then the one before it again."""
    name, alarm = eyes.ids[f"{function}Function"], f"{function}Errors"
    paged = [FUNCTIONS[function]] if FUNCTIONS[function] else []
    with changed(eyes, function, Handler="index.lost"):
        assert eyes.functions.invoke(FunctionName=name, Payload=b"{}")["FunctionError"] == "Unhandled"
        eyes.collect()
        assert eyes.look() == {alarm, *paged}
        assert eyes.heard() == told("ALARM", alarm) | told("ALARM", *paged, by=PAGES)
    arn = f"arn:aws:execute-api:us-east-1:0:{eyes.ids['ApiApi']}/live/GET/"
    harmless = {"Records": [], "path": "/", "httpMethod": "GET", "methodArn": arn, "body": "webhook_id=8"}
    harmless["requestContext"] = {"requestId": "r-7"}
    answer = eyes.functions.invoke(FunctionName=name, Payload=json.dumps(harmless).encode())
    assert "FunctionError" not in answer, answer["Payload"].read()
    eyes.clock += 300
    eyes.collect()
    assert eyes.look() == set()
    assert eyes.heard() == told("OK", alarm) | told("OK", *paged, by=PAGES)


def test_a_reader_without_concurrency(eyes: Eyes) -> None:
    """A throttled call is a burst; a quarter of an hour of them is no service."""
    name = eyes.ids["ReaderFunction"]
    eyes.functions.put_function_concurrency(FunctionName=name, ReservedConcurrentExecutions=0)
    try:
        for expected in (set(), set(), {"ReaderThrottles", "HealthDown"}):
            eyes.clock += 300
            with pytest.raises(eyes.functions.exceptions.TooManyRequestsException):
                eyes.functions.invoke(FunctionName=name, Payload=b"{}")
            eyes.collect()
            assert eyes.look() == expected
    finally:
        eyes.functions.delete_function_concurrency(FunctionName=name)
    assert eyes.heard() == told("ALARM", "ReaderThrottles") | told("ALARM", "HealthDown", by=PAGES)
    assert eyes.reason("ReaderThrottles") == "Threshold 0, periods [None, None, 1.0, 1.0, 1.0]"
    eyes.clock += 300
    eyes.functions.invoke(FunctionName=name, Payload=b"{}")
    eyes.collect()
    assert eyes.look() == set()


# --- callers that are refused


@pytest.mark.soak
def test_callers_get_server_errors(eyes: Eyes) -> None:
    """The table's name is wrong for three periods; one or two are not enough."""
    with changed(eyes, "Reader", variables={"TABLE_NAME": "gone"}):
        for expected in (set(), set(), {"ApiServerErrors", "HealthDown"}):
            eyes.clock += 300
            assert eyes.get("orders").status_code >= 500
            assert eyes.look() == expected
        assert eyes.heard() == told("ALARM", "ApiServerErrors") | told("ALARM", "HealthDown", by=PAGES)
    eyes.clock += 300
    assert eyes.get("orders").status_code == 200
    assert eyes.look() == set()
    assert eyes.heard() == told("OK", "ApiServerErrors") | told("OK", "HealthDown", by=PAGES)


@pytest.mark.soak
def test_callers_are_refused(eyes: Eyes) -> None:
    """One wrong key among two calls, in three periods; three periods later it is right."""
    for expected in (set(), set(), {"ApiClientErrors"}):
        statuses = [eyes.get("products").status_code, eyes.get("products", key="ck_wrong").status_code]
        assert statuses == [200, 401]
        assert eyes.look() == expected
        eyes.clock += 300
    eyes.get("products")
    assert eyes.look() == set()
    assert eyes.heard() == told("ALARM", "ApiClientErrors") | told("OK", "ApiClientErrors")


@pytest.mark.parametrize(
    ("status", "route", "expected"),
    [
        ("429", ANY, {"ApiThrottles"}),
        ("429", WEBHOOKS, {"ApiThrottles", "ApiUndelivered", "HealthLosingData"}),
        ("413", WEBHOOKS, {"ApiUndelivered", "HealthLosingData"}),
        ("413", ANY, set()),
        ("503", ANY, set()),
        ("401", WEBHOOKS, set()),
    ],
)
def test_what_the_access_log_tells(eyes: Eyes, status: str, route: str, expected: set[str]) -> None:
    """Records of answers that the emulator never gives."""
    eyes.logged(apiId=eyes.ids["ApiApi"], stage="live", status=status, resourcePath=route)
    assert eyes.look() == expected
    assert eyes.later(1200) == set()


def test_the_api_of_another_stack_is_another(eyes: Eyes) -> None:
    eyes.logged(apiId="another", stage="live", status="429", resourcePath=WEBHOOKS)
    assert eyes.look() == set()


# --- webhooks that go astray


@pytest.mark.soak
def test_webhooks_are_not_taken(eyes: Eyes) -> None:
    with changed(eyes, "Intake", variables={"WEBHOOK_SECRET": "gone"}):
        assert eyes.deliver(order(31)).status_code >= 500
        assert eyes.look() == {"ApiUndelivered", "HealthLosingData"}
        assert eyes.heard() == told("ALARM", "ApiUndelivered") | told("ALARM", "HealthLosingData", by=PAGES)
    assert eyes.deliver(order(32)).status_code == 200
    eyes.until("Stored")
    # Nothing is counted for what was taken: the alarm ends when its evaluation range has passed.
    assert eyes.later(900) == set()


def test_webhooks_are_forged(eyes: Eyes) -> None:
    assert eyes.deliver(order(33), signature="Zm9yZ2Vk").status_code == 401
    eyes.until("Rejected")
    # Anybody can send one: nobody is woken.
    assert eyes.look() == {"IntakeRejected"}
    assert eyes.heard() == told("ALARM", "IntakeRejected")
    assert eyes.later(900) == set()


@pytest.mark.soak
def test_webhooks_are_too_large_for_the_queue(eyes: Eyes) -> None:
    """One that no compression brings below a message's limit is parked by the intake."""
    noise = base64.b64encode(os.urandom(900_000)).decode()
    assert eyes.deliver(order(34, note=noise)).status_code == 200
    eyes.until("Parked")
    assert eyes.look() == {"IntakeParked", "HealthLosingData"}
    assert eyes.later(900) == set()


@pytest.mark.soak
def test_webhooks_are_unusable(eyes: Eyes) -> None:
    """Signed error objects are parked by the applier."""
    assert eyes.deliver(b'{"code":"woocommerce_rest_cannot_view","message":"Sorry"}').status_code == 200
    eyes.until("Parked")
    assert eyes.look() == {"ApplierParked"}
    assert eyes.later(900) == set()


@pytest.mark.soak
def test_changes_arrive_late(eyes: Eyes) -> None:
    """In time, then two hours late in two of the hours of a day; then none for a day, which is told as well."""
    late = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(time.time() - 7200))
    for number, expected in enumerate((set(), set(), {"ApplierLag"})):
        changes = {"date_modified_gmt": late} if number else {}
        assert eyes.deliver(order(50 + number, **changes)).status_code == 200
        eyes.until("Lag")
        assert eyes.look() == expected
        eyes.clock += 3600
    assert told("ALARM", "ApplierLag") <= eyes.heard()
    assert eyes.later(48 * 3600) == set()
    assert told("INSUFFICIENT_DATA", "ApplierLag") <= eyes.heard()


@pytest.mark.soak
def test_messages_wait(eyes: Eyes) -> None:
    """The event source is off for a quarter of an hour; then it is on again."""
    mapping = eyes.ids["DeliveriesMapping"]
    eyes.functions.update_event_source_mapping(UUID=mapping, Enabled=False)
    try:
        assert eyes.deliver(order(61)).status_code == 200
        seen = []
        for _ in range(5):
            eyes.collect()
            seen.append(eyes.look())
            eyes.clock += 300
    finally:
        eyes.functions.update_event_source_mapping(UUID=mapping, Enabled=True)
    # 0, 5, 10, 15 and 20 minutes: more than 15 is too long.
    assert seen == [set()] * 4 + [{"EventsAge", "HealthLosingData"}]
    assert eyes.heard() == told("ALARM", "EventsAge") | told("ALARM", "HealthLosingData", by=PAGES)
    eyes.until("Stored")
    eyes.clock += 300
    eyes.collect()
    assert eyes.look() == set()


def test_messages_are_dead_lettered(eyes: Eyes) -> None:
    """One that no webhook made; the applier itself moves it. Then an operator takes it out."""
    letters = eyes.ids["EventsDeadLettersQueue"]
    eyes.queues.send_message(
        QueueUrl=eyes.ids["EventsQueue"], MessageBody="{}", MessageGroupId="order", MessageDeduplicationId="71"
    )
    eyes.until("DeadLettered")
    eyes.collect()
    assert eyes.look() == {"EventsDeadLettersVisible", "HealthLosingData"}
    assert eyes.heard() == told("ALARM", "EventsDeadLettersVisible") | told("ALARM", "HealthLosingData", by=PAGES)
    (letter,) = eyes.queues.receive_message(QueueUrl=letters, MessageAttributeNames=["All"])["Messages"]
    assert letter["MessageAttributes"]["reason"]["StringValue"] == "KeyError"
    eyes.queues.delete_message(QueueUrl=letters, ReceiptHandle=letter["ReceiptHandle"])
    eyes.clock += 60
    eyes.collect()
    assert eyes.look() == set()


# --- the nightly recount


@pytest.mark.soak
def test_a_recount(eyes: Eyes) -> None:
    """It repairs a row that is gone, has nothing to repair, runs out of time, ends again, and does not run."""
    name = eyes.ids["RecounterFunction"]
    assert eyes.deliver(order(81)).status_code == 200
    eyes.until("Stored")
    database = eyes.client("dynamodb")
    table = eyes.shop.outputs["TableName"]
    rows = [one for one in database.scan(TableName=table)["Items"] if re.match("s#L#.*date", one["pk"]["S"])]
    row = next(one for one in rows if one["sk"]["S"].endswith("000000000081"))
    database.delete_item(TableName=table, Key={"pk": row["pk"], "sk": row["sk"]})

    def night(expected: set[str]) -> None:
        eyes.functions.invoke(FunctionName=name, Payload=b"{}")
        eyes.until("Unfinished")
        assert eyes.look() == expected
        eyes.clock += 24 * 3600

    night({"RecounterRepaired"})
    night(set())
    eyes.heard()
    with changed(eyes, "Recounter", Timeout=15):
        night({"RecounterUnfinished"})
    # Told once, and over when the nights that are looked at have all ended well.
    night({"RecounterUnfinished"})
    night(set())
    # No change of a document came in these nights either.
    silent = told("INSUFFICIENT_DATA", "ApplierLag")
    assert eyes.heard() - silent == told("ALARM", "RecounterUnfinished") | told("OK", "RecounterUnfinished")
    eyes.later(24 * 3600)
    assert eyes.states("INSUFFICIENT_DATA") >= {"RecounterUnfinished"}
    assert eyes.heard() - silent == told("INSUFFICIENT_DATA", "RecounterUnfinished")


# --- the emulator's own judgement


def tell(eyes: Eyes, factor: float, plus: float, left_seconds: float | None = None) -> None:
    """Put a value for every alarm: now, or so that so much is left until the alarm's periods have passed."""
    for alarm in eyes.deployed:
        whole = alarm["Period"] * alarm["EvaluationPeriods"]
        datum = {
            "MetricName": alarm["MetricName"],
            "Dimensions": alarm["Dimensions"],
            "Value": alarm["Threshold"] * factor + plus,
            "Timestamp": time.time() - (0 if left_seconds is None else whole - left_seconds),
        }
        eyes.cloudwatch.put_metric_data(Namespace=alarm["Namespace"], MetricData=[datum])


@pytest.mark.soak
def test_the_emulator_judges_alike() -> None:
    """It sees no dimensions, so all alarms at once, with nothing of `Eyes` but the ear; its time is the real one."""
    with started() as eyes:
        eyes.heard()
        tell(eyes, 1.01, 0.001, left_seconds=4)
        assert eyes.states("ALARM") == {*eyes.alarms, *eyes.rules}
        assert eyes.heard() >= told("ALARM", *eyes.alarms) | told("ALARM", *eyes.rules, by=PAGES)
        time.sleep(4.5)
        tell(eyes, 1, 0)
        assert eyes.states("ALARM") == set()
        assert eyes.heard() >= told("OK", *eyes.alarms) | told("OK", *eyes.rules, by=PAGES)
