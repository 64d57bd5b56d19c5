import io
from typing import Any

import pytest

from woo_stack.cli.shown import lines
from woo_stack.cli.terminal import Terminal, columns
from woo_stack.cloudformation.change import ABSENT, HIDDEN, KNOWN_LATER, Change, Difference, PropertyChange, Replacement

TABLE, QUEUE, FUNCTION = "AWS::DynamoDB::Table", "AWS::SQS::Queue", "AWS::Lambda::Function"
DEPLOYMENT = "AWS::ApiGateway::Deployment"
YES, MAYBE = Replacement.YES, Replacement.MAYBE


class Stream(io.StringIO):
    encoding = "utf-8"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


def shown(found: Difference) -> list[str]:
    return [*lines(found, Terminal(Stream()))]


def of(*changes: Change, **sections: Any) -> list[str]:
    """All but the counts."""
    *told, empty, counts = shown(Difference(changes, **sections))
    assert empty == ""
    assert counts.endswith(" to remove")
    return told


def value(before: Any, after: Any, path: str = "Properties.A", **more: Any) -> list[str]:
    (_, *told) = of(Change("Modify", "One", FUNCTION, properties=(PropertyChange(path, before, after, **more),)))
    return told


def test_nothing() -> None:
    assert shown(Difference()) == ["no changes"]
    found = Difference(template=(PropertyChange("Parameters.Level.Default", "INFO", "DEBUG"),))
    assert shown(found) == [
        "no changes",
        "",
        "Without effect by themselves",
        "   Parameters.Level.Default: INFO → DEBUG",
    ]


def test_all_sections() -> None:
    found = Difference(
        (
            Change(
                "Modify",
                "Table",
                TABLE,
                "t",
                YES,
                "ReplaceAndDelete",
                (PropertyChange("Properties.TableName", "a", "b", "Always"),),
            ),
            Change(
                "Modify", "Reader", FUNCTION, properties=(PropertyChange("Properties.Timeout", 3, 4, "Never", "Wait"),)
            ),
            Change("Add", "New", QUEUE),
        ),
        parameters=(PropertyChange("Wait", "3", "4"), PropertyChange("Password", HIDDEN, HIDDEN)),
        outputs=(PropertyChange("Url", ABSENT, {"Fn::Sub": "https://${Api}"}),),
        tags=(PropertyChange("Team", "north", ABSENT),),
        template=(PropertyChange("Conditions.Is", True, False),),
    )
    assert shown(found) == [
        "!± Table  AWS::DynamoDB::Table  is replaced",
        "     holds items: it is replaced by an empty one; the old one is deleted, with all that is in it",
        "     Properties.TableName: a → b (replaces)",
        " ~ Reader  AWS::Lambda::Function",
        "     Properties.Timeout: 3 → 4 (from Wait)",
        " + New  AWS::SQS::Queue",
        "",
        "Parameters",
        "   Wait: 3 → 4",
        "   Password: **** → **** (another value)",
        "",
        "Outputs",
        "   Url: + https://${Api}",
        "",
        "Tags",
        "   Team: - north",
        "",
        "Without effect by themselves",
        "   Conditions.Is: true → false",
        "",
        "1 to add, 1 to change, 1 to replace, 0 to remove",
    ]


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (Change("Remove", "A", QUEUE, policy="Delete"), "holds messages: it is deleted, with all that is in it"),
        (
            Change("Remove", "A", QUEUE, policy="Retain"),
            "holds messages: it stays in the account, outside the stack (Retain)",
        ),
        (
            Change("Remove", "A", "AWS::EC2::Volume", policy="Snapshot"),
            "holds a disk: it is deleted, but a snapshot stays (Snapshot)",
        ),
        (
            Change("Modify", "A", TABLE, replacement=MAYBE, policy="ReplaceAndRetain"),
            "holds items: it may be replaced by an empty one; the old one stays in the account, outside the stack "
            "(Retain)",
        ),
        (
            Change("Modify", "A", "AWS::RDS::DBInstance", replacement=YES, policy="ReplaceAndSnapshot"),
            "holds a database: it is replaced by an empty one; the old one is deleted, but a snapshot stays (Snapshot)",
        ),
        (
            Change("Modify", "A", "AWS::ApiGateway::RestApi", replacement=YES, policy="ReplaceAndDelete"),
            "its URL becomes another one: all who use it must be told",
        ),
        (
            Change("Remove", "A", "AWS::ApiGateway::RestApi", policy="Delete"),
            "its URL goes away: all who use it must be told",
        ),
    ],
)
def test_what_is_lost(change: Change, sentence: str) -> None:
    heading, *told = of(change)
    assert heading.startswith("!")
    assert " ".join(" ".join(told).split()) == sentence


def test_a_nested_stack_is_a_danger() -> None:
    nested = Change(
        "Modify",
        "Inner",
        "AWS::CloudFormation::Stack",
        properties=(PropertyChange("Properties.Parameters.Level", "low", KNOWN_LATER, "Never", "Table"),),
    )
    assert of(nested) == [
        "!~ Inner  AWS::CloudFormation::Stack",
        "     may lose what is in it, which is not looked into",
        "     Properties.Parameters.Level: known when it is done (from Table)",
    ]


def test_what_loses_nothing_is_told_when_it_stays() -> None:
    assert of(Change("Remove", "A", "AWS::IAM::Role", policy="Delete")) == [" - A  AWS::IAM::Role  is removed"]
    assert of(Change("Remove", "A", "AWS::IAM::Role", policy="Retain")) == [
        " - A  AWS::IAM::Role  is removed",
        "     it stays in the account, outside the stack (Retain)",
    ]
    (heading, fate) = of(Change("Modify", "A", "AWS::IAM::Role", replacement=MAYBE, policy="ReplaceAndRetain"))
    assert heading == " ± A  AWS::IAM::Role  may be replaced"
    assert fate == "     the old one stays in the account, outside the stack (Retain)"


def test_actions() -> None:
    assert of(Change("Import", "A", QUEUE)) == [" + A  AWS::SQS::Queue  is imported"]
    assert of(Change("Dynamic", "A", "AWS::IAM::Role")) == [
        " ~ A  AWS::IAM::Role  changes, CloudFormation knows only then how"
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("x", "y", "x → y"),
        (3, 4.5, "3 → 4.5"),
        (True, None, "true → null"),
        ("", "y", '"" → y'),
        (ABSENT, [1, {"Ref": "Q"}], '+ [1, "${Q}"]'),
        ({"Fn::GetAtt": ["Q", "Arn"]}, ABSENT, "- ${Q.Arn}"),
        ({"Fn::Sub": "a${Q}"}, {"a": {"Fn::GetAtt": ["Q", "Arn"]}}, 'a${Q} → {"a": "${Q.Arn}"}'),
        (HIDDEN, HIDDEN, "**** → **** (another value)"),
        (HIDDEN, "open", "**** → open"),
        ("a\nb\x1b[31m", "ü", r"a\nb\x1b[31m → ü"),
        ({"Ref": "Q"}, KNOWN_LATER, "known when it is done"),
    ],
)
def test_values(before: Any, after: Any, told: str) -> None:
    properties = PropertyChange("Properties.A", before, after), PropertyChange("Properties.B", 1, 2)
    (_, first, _) = of(Change("Modify", "One", FUNCTION, properties=properties))
    assert first == f"     Properties.A: {told}"


def test_code_is_told_by_its_size() -> None:
    code = "import os\n" * 4624
    path = "Properties.Code.ZipFile"
    assert value(code, code + "é\n", path) == [f"     {path}: code: 46,243 bytes changed, 46,240 before"]
    assert value(ABSENT, code, path) == [f"     {path}: code: 46,240 bytes added"]
    assert value(code, ABSENT, "Properties.Body") == ["     Properties.Body: text: 46,240 bytes removed"]
    assert value({"Ref": "P"}, "x", path) == [f"     {path}: ${{P}} → x"]


def test_long_values_are_cut_around_where_they_differ() -> None:
    before, after = "a" * 500 + "X" + "b" * 500, "a" * 500 + "Y" + "b" * 500
    (path, *told) = value(before, after, cause="Level")
    assert path == "     Properties.A: (from Level)"
    assert [sum(mark in line for line in told) for mark in ("X", "Y", "- …aaa", "+ …aaa")] == [1, 1, 1, 1]
    assert len("".join(told)) < 500
    (_, old, *_) = value("short", after)
    assert old == "       - short"


@pytest.mark.parametrize("width", ["40", "57", "80", "200"])
@pytest.mark.parametrize("encoding", ["utf-8", "ascii"])
@pytest.mark.parametrize("colour", ["", "1"])
def test_every_width(width: str, encoding: str, colour: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", width)
    monkeypatch.setenv("FORCE_COLOR", colour)
    name = "AnApiWhoseNameIsLongerThanAnyTerminalIsWide" * 3
    properties = (
        PropertyChange(f"Properties.{name}[0].B", "日本" * 40, {"Ref": name}, "Always", f"{name}.Arn"),
        PropertyChange("Properties.C", "x", KNOWN_LATER, "", name),
        PropertyChange("Properties.D", "x" * 37, "y" * 41),
    )
    changes = (
        Change("Modify", name, TABLE, "", MAYBE, "ReplaceAndRetain", properties),
        Change("Add", f"{name}0123456789", DEPLOYMENT),
        Change("Remove", f"{name}9876543210", DEPLOYMENT, policy="Retain"),
        Change("Modify", f"F{name}", FUNCTION, properties=properties[1:2]),
    )
    stream = Stream()
    stream.encoding = encoding  # type: ignore[misc]  # StringIO's has no setter
    terminal = Terminal(stream)
    told = [*lines(Difference(changes, parameters=properties), terminal)]
    for line in told:
        bare = line.replace("\x1b[0m", "")
        for code in ("31;1", "31", "32", "33", "2", "1"):
            bare = bare.replace(f"\x1b[{code}m", "")
        assert "\x1b" not in bare
        assert columns(bare) <= int(width)
        bare.encode(encoding)
    assert any("\x1b" in line for line in told) == bool(colour)


def test_danger_stands_out_in_colour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    heading, loss, properties, *_ = of(
        Change("Modify", "T", TABLE, "", YES, "ReplaceAndDelete", (PropertyChange("A", "b", "c", "Always"),))
    )
    assert heading.startswith("\x1b[31;1m!± T")
    assert loss.startswith("\x1b[31;1m     holds items")
    assert properties == "     A: \x1b[31mb\x1b[0m → \x1b[32mc\x1b[0m\x1b[31m (replaces)\x1b[0m"
    (added,) = of(Change("Add", "Q", QUEUE))
    assert added == "\x1b[32m + Q  AWS::SQS::Queue\x1b[0m"


def test_a_new_deployment_is_one_line() -> None:
    told = of(
        Change("Remove", "ApiDeployment7475e0fb95", DEPLOYMENT, policy="Retain"),
        Change("Remove", "OtherDeployment1111111111", DEPLOYMENT, policy="Delete"),
        Change("Add", "ApiDeployment00aabbccdd", DEPLOYMENT),
        Change("Add", "Queue00aabbccdd", QUEUE),
    )
    assert told == [
        " ~ ApiDeployment  AWS::ApiGateway::Deployment  a new one (00aabbccdd) takes over from the old one",
        "   (7475e0fb95), which stays (Retain)",
        " - OtherDeployment1111111111  AWS::ApiGateway::Deployment  is removed",
        " + Queue00aabbccdd  AWS::SQS::Queue",
    ]


def test_what_only_follows_is_told_together() -> None:
    def follows(name: str, cause: str, **more: Any) -> Change:
        return Change(
            "Modify", name, FUNCTION, properties=(PropertyChange("A", "x", KNOWN_LATER, cause=cause),), **more
        )

    told = of(
        follows("One", "Table.Arn"),
        follows("Replaced", "Table", replacement=MAYBE),
        follows("Two", "Table"),
        follows("Three", "Queue.Arn, Table"),
    )
    assert told == [
        " ± Replaced  AWS::Lambda::Function  may be replaced",
        "     A: known when it is done (from Table)",
        " ~ from Table, known when it is done: One, Two",
        " ~ from Queue, Table, known when it is done: Three",
    ]
