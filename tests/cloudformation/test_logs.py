"""Real log groups of the emulator; what fails is planted in botocore, and pages, which the emulator has not, too."""

import json
import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from itertools import count, islice
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.stub import Stubber

from woo_stack.cli.emulator import Emulator
from woo_stack.cloudformation.logs import LogEvent, StackLogs, quoted
from woo_stack.cloudformation.refusals import AwsError
from woo_stack.cloudformation.stack import Stack

CODE = {"ZipFile": "def find(event, context):\n    return event\n"}
FUNCTION = {"Handler": "index.find", "Runtime": "python3.12", "Role": "arn:aws:iam::000000000000:role/x", "Code": CODE}
TEMPLATE: dict[str, Any] = {
    "Resources": {
        "SharedLogs": {"Type": "AWS::Logs::LogGroup"},
        "ApiAccessLogs": {"Type": "AWS::Logs::LogGroup"},
        "Bare": {"Type": "AWS::Logs::LogGroup"},
        "ReaderFunction": {"Type": "AWS::Lambda::Function", "Properties": FUNCTION},
        "Lookup": {"Type": "AWS::Lambda::Function", "Properties": FUNCTION},
        "Shop": {"Type": "AWS::ApiGateway::RestApi", "Properties": {"Name": "shop"}},
    }
}
STREAM = "2026/11/23/{}[$LATEST]0123456789abcdef"


@dataclass
class Logged:
    """A stack, its groups by logical id, and what has been told."""

    stack: Stack
    client: Any
    told: list[str] = field(default_factory=list)
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def __post_init__(self) -> None:
        self.names = {one["LogicalResourceId"]: one["PhysicalResourceId"] for one in self.stack.resources()}

    @property
    def ago(self) -> datetime:
        return self.now - timedelta(minutes=5)

    def logs(self) -> StackLogs:
        return StackLogs(self.stack, self.told.append)

    def put(self, group: str, stream: str, *events: tuple[float, str]) -> None:
        """Log texts at seconds after `now`, making the group and the stream if they are not there."""
        for create in (
            lambda: self.client.create_log_group(logGroupName=group),
            lambda: self.client.create_log_stream(logGroupName=group, logStreamName=stream),
        ):
            with suppress(self.client.exceptions.ResourceAlreadyExistsException):
                create()
        texts = [{"timestamp": int((self.now.timestamp() + at) * 1000), "message": text} for at, text in events]
        self.client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=texts)

    def plant(self, operation: str, refuse: Callable[[int], str]) -> None:
        """Before each call of an operation ask for the code of a refusal by the call's number, "" for none."""
        calls = count(1)

        def answer(**_: Any) -> tuple[Any, dict[str, Any]] | None:
            code = refuse(next(calls))
            return (SimpleNamespace(status_code=400), {"Error": {"Code": code, "Message": "Not now"}}) if code else None

        self.stack.client("logs").meta.events.register(f"before-call.cloudwatch-logs.{operation}", answer)


@pytest.fixture
def shop(account: tuple[Emulator, Stack], monkeypatch: pytest.MonkeyPatch) -> Logged:
    looks = count(1)
    # What is never told would be waited for for ever.
    monkeypatch.setattr(
        "woo_stack.cloudformation.logs.time.sleep", lambda _: next(looks) < 50 or pytest.fail("nothing")
    )
    (emulator, others), name = account, f"shop-{secrets.token_hex(4)}"
    cloudformation = others.client("cloudformation")
    cloudformation.create_stack(StackName=name, TemplateBody=json.dumps(TEMPLATE))
    pause = {"Delay": 0.02, "MaxAttempts": 200}
    cloudformation.get_waiter("stack_create_complete").wait(StackName=name, WaiterConfig=pause)
    return Logged(Stack(name, emulator.session(), emulator.endpoint), others.client("logs"))


def texts(events: Iterator[LogEvent]) -> list[str]:
    return [event.message for event in events]


def test_all_groups_of_the_stack_become_one(shop: Logged) -> None:
    names = shop.names
    reader, lookup = names["ReaderFunction"], names["Lookup"]
    shop.put(names["SharedLogs"], STREAM.format(reader), (-9, "one"), (-3, "five"))
    shop.put(names["ApiAccessLogs"], "0a1b", (-5, "four"))
    shop.put(f"/aws/lambda/{lookup}", STREAM.format(""), (-6, "three"))
    shop.put(f"API-Gateway-Execution-Logs_{names['Shop']}/live", "c3", (-7, "two"))
    shop.put(names["Bare"], "2026/11/23/own", (-2, "six"))
    shop.put(f"/aws/lambda/{lookup}-other", STREAM.format(""), (-4, "another stack's"))
    shop.put(names["SharedLogs"], STREAM.format(reader), (-600, "too old"))
    found = [*shop.logs().read(shop.ago)]
    assert [(event.message, event.source, event.function) for event in found] == [
        ("one", "Reader", reader),
        ("two", "ShopExecution", ""),
        ("three", "Lookup", lookup),
        ("four", "ApiAccess", ""),
        ("five", "Reader", reader),
        ("six", "Bare", ""),
    ]
    assert (found[0].at, found[0].group) == (shop.now - timedelta(seconds=9), names["SharedLogs"])
    assert found[0].stream == STREAM.format(reader)
    assert shop.told == []
    assert {event.source for event in found} <= shop.logs().sources


def test_a_function_of_ones_own_name_has_its_group_too(shop: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    own = {"ResourceType": "AWS::Lambda::Function", "LogicalResourceId": "Own", "PhysicalResourceId": "lookup"}
    monkeypatch.setattr(Stack, "resources", lambda _: [own])
    shop.put("/aws/lambda/lookup", STREAM.format(""), (-1, "mine"))
    shop.put("/aws/lambda/lookup-2", STREAM.format(""), (-1, "not mine"))
    found = shop.logs()
    assert texts(found.read(shop.ago)) == ["mine"]
    assert found.named("own") == found.named("LOOKUP") == {"lookup"}
    assert found.named("lookup-2") == set()


def test_the_pattern_is_cloudwatchs_and_the_rest_ours(shop: Logged) -> None:
    group = shop.names["Bare"]
    shop.put(group, "a", (-4, "id-1 start"), (-3, "id-2 start"), (-2, "id-1 end"), (-1, "id-1 over"))
    read = shop.logs().read
    assert texts(read(shop.ago, pattern=quoted("id-1"))) == ["id-1 start", "id-1 end", "id-1 over"]
    assert texts(read(shop.ago, wanted=lambda event: "start" in event.message)) == ["id-1 start", "id-2 start"]
    assert texts(read(shop.ago, pattern=quoted("id-1"), latest=2)) == ["id-1 end", "id-1 over"]


@pytest.mark.parametrize(("term", "pattern"), [("a-b c", '"a-b c"'), ('say "x\\y"', '"say \\"x\\\\y\\""')])
def test_a_term_is_quoted(term: str, pattern: str) -> None:
    assert quoted(term) == pattern


def test_every_page_is_read_also_after_an_empty_one(shop: Logged) -> None:
    found = shop.logs()
    found.groups = {"g": "Group"}
    told = {"logStreamName": "s", "timestamp": 1_000, "message": "late", "eventId": "7"}
    about: dict[str, Any] = {"ResponseMetadata": {"HTTPHeaders": {}}}
    with Stubber(shop.stack.client("logs")) as stub:
        asked = {"logGroupName": "g", "startTime": 1_000}
        stub.add_response("filter_log_events", {**about, "events": [], "nextToken": "more"}, asked)
        stub.add_response("filter_log_events", {**about, "events": [told]}, {**asked, "nextToken": "more"})
        stub.add_response("filter_log_events", {**about, "events": []}, {**asked, "startTime": 0})
        assert [event.id for event in found.read(datetime.fromtimestamp(1, UTC))] == ["7"]
        assert [*found.read(datetime(1969, 1, 1, tzinfo=UTC))] == []


def test_a_group_that_is_gone_is_told_once(shop: Logged) -> None:
    shop.put(shop.names["Bare"], "a", (-1, "there"))
    found = shop.logs()
    shop.client.delete_log_group(logGroupName=shop.names["SharedLogs"])
    assert texts(found.read(shop.ago)) == texts(found.read(shop.ago)) == ["there"]
    assert shop.told == [f"left out: the log group {shop.names['SharedLogs']} does not exist"]


@pytest.mark.parametrize(
    ("operation", "code", "sentence"),
    [
        ("FilterLogEvents", "AccessDeniedException", "the log group .* cannot be read: .*"),
        ("DescribeLogGroups", "InvalidParameterException", "the log groups .*… cannot be listed: Not now"),
    ],
)
def test_a_refusal_is_one_sentence(shop: Logged, operation: str, code: str, sentence: str) -> None:
    shop.plant(operation, lambda _: code)
    with pytest.raises(AwsError, match=f"^{sentence}$"):
        [*shop.logs().read(shop.ago)]


def test_groups_that_may_not_be_listed_are_left_out(shop: Logged) -> None:
    shop.put(shop.names["Bare"], "a", (-1, "there"))
    shop.plant("DescribeLogGroups", lambda _: "AccessDeniedException")
    assert texts(shop.logs().read(shop.ago)) == ["there"]
    assert [told[:28] for told in shop.told] == ["left out: the log groups API", "left out: the log groups /aw"]


def test_what_comes_late_is_told_and_nothing_twice(shop: Logged) -> None:
    group = shop.names["Bare"]
    shop.put(group, "a", (-30, "first"))
    following = shop.logs().follow(shop.ago)
    assert next(following).message == "first"
    shop.put(group, "b", (-20, "late"), (-10, "second"))
    assert texts(islice(following, 2)) == ["late", "second"]
    shop.put(group, "b", (-25, "later"))
    shop.put(shop.names["SharedLogs"], "c", (-40, "latest"))
    assert sorted(texts(islice(following, 2))) == ["later", "latest"]


def test_what_was_left_out_at_first_stays_out(shop: Logged) -> None:
    group = shop.names["Bare"]
    shop.put(group, "a", (-30, "one"), (-29, "two"), (-28, "three"), (-27, "odd"))
    following = shop.logs().follow(shop.ago, latest=2, wanted=lambda event: event.message != "odd")
    assert texts(islice(following, 2)) == ["two", "three"]
    shop.put(group, "b", (-26, "odd"), (-35, "four"))
    assert next(following).message == "four"


def test_throttling_is_waited_out_and_told_once(shop: Logged) -> None:
    shop.put(shop.names["Bare"], "a", (-30, "one"), (-29, "two"))
    shop.plant("FilterLogEvents", lambda call: "ThrottlingException" if 2 <= call <= 4 else "")
    found = shop.logs()
    following = found.follow(shop.ago, latest=1)
    assert next(following).message == "two"
    assert len(shop.told) == 1
    assert shop.told[0].endswith("; trying again")
    shop.put(shop.names["Bare"], "a", (-28, "three"))
    assert next(following).message == "three"


def test_a_first_look_that_breaks_off_is_looked_again(shop: Logged) -> None:
    """Its second page is refused, when the events of the first have been taken and not told."""
    shop.put(shop.names["Bare"], "a", (-30, "one"), (-29, "two"))
    found, looks = shop.logs(), count(1)
    found.groups = {shop.names["Bare"]: "Bare"}
    shop.stack.client("logs").meta.events.register(
        "after-call.cloudwatch-logs.FilterLogEvents",
        lambda parsed, **_: parsed.update({"nextToken": "more"} if next(looks) == 1 else {}),
    )
    shop.plant("FilterLogEvents", lambda call: "ThrottlingException" if call == 2 else "")
    assert next(found.follow(shop.ago, latest=1)).message == "two"
    assert len(shop.told) == 1


def test_what_will_not_pass_ends_it(shop: Logged) -> None:
    shop.plant("FilterLogEvents", lambda call: "ExpiredTokenException" if call > 3 else "")
    with pytest.raises(AwsError, match="credentials have expired"):
        next(shop.logs().follow(shop.ago))


def test_a_fast_clock_loses_nothing(shop: Logged) -> None:
    """This machine's is an hour before AWS's, by which events are dated."""

    def earlier(parsed: dict[str, Any], **_: Any) -> None:
        date = format_datetime(datetime.now(UTC) - timedelta(hours=1), usegmt=True)
        parsed["ResponseMetadata"]["HTTPHeaders"]["date"] = date

    group = shop.names["Bare"]
    shop.put(group, "a", (-3700, "one"))
    found = shop.logs()
    shop.stack.client("logs").meta.events.register("after-call.cloudwatch-logs.FilterLogEvents", earlier)
    following = found.follow(shop.now - timedelta(hours=2))
    assert next(following).message == "one"
    shop.put(group, "a", (-3600, "two"))
    assert next(following).message == "two"


def test_the_pause_keeps_to_awss_five_calls_a_second(shop: Logged, monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []

    def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 2:
            raise KeyboardInterrupt

    monkeypatch.setattr("woo_stack.cloudformation.logs.time.sleep", sleep)
    found = shop.logs()
    found.groups = {shop.names["Bare"]: "Bare"}
    following = found.follow(shop.ago)
    shop.put(shop.names["Bare"], "a", (-1, "one"))
    assert next(following).message == "one"
    found.groups |= {f"gone-{number}": "Gone" for number in range(9)}
    with pytest.raises(KeyboardInterrupt):
        next(following)
    assert pauses == [5.0, 5.0]
