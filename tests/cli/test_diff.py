import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from woo_stack import cli
from woo_stack.cli.emulator import REGION, Emulator
from woo_stack.cloudformation.refusals import AwsError
from woo_stack.cloudformation.stack import Stack

Write = Callable[[str, str | bytes], str]
TEMPLATE: dict[str, Any] = {
    "Parameters": {"Level": {"Type": "String", "Default": "INFO"}, "Team": {"Type": "String", "Default": "north"}},
    "Resources": {
        "Letters": {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 30}},
        "Pager": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": {"Ref": "Level"}}},
    },
}
WITHOUT_QUEUE = {**TEMPLATE, "Resources": {"Pager": TEMPLATE["Resources"]["Pager"]}}
LOST = [
    "!- Letters  AWS::SQS::Queue  is removed",
    "     holds messages: it is deleted, with all that is in it",
]


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    """With the template deployed as woo-stack-dev."""
    with Emulator() as running:
        client = running.session().client("cloudformation", endpoint_url=running.endpoint)
        client.create_stack(StackName="woo-stack-dev", TemplateBody=json.dumps(TEMPLATE))
        client.get_waiter("stack_create_complete").wait(StackName="woo-stack-dev", WaiterConfig={"Delay": 0.02})
        yield running


@pytest.fixture
def diff(emulator: Emulator, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[..., int]:
    """The command, asked of the emulator in an empty folder."""
    monkeypatch.chdir(tmp_path)
    for name in ("NO_COLOR", "FORCE_COLOR", "COLUMNS", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint)
    monkeypatch.setenv("AWS_REGION", REGION)
    return lambda *options: cli.main(["diff", *options])


def test_nothing(diff: Callable[..., int], write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff("--stack", "woo-stack-dev", "--template", write("t.json", json.dumps(TEMPLATE))) == 0
    assert capsys.readouterr() == ("no changes\n", "")


@pytest.mark.parametrize("options", [[], ["--no-change-set"]], ids=["change set", "templates"])
def test_changes(
    options: list[str], diff: Callable[..., int], write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    """The environment's file and the options over it."""
    template = write("t.json", json.dumps(WITHOUT_QUEUE))
    Path("environments").mkdir()
    write("environments/dev.json", json.dumps({"Parameters": {"Level": "WARN", "Team": "south"}}))
    assert diff("--env", "dev", "--template", template, "--parameter", "Level=DEBUG", *options) == 1
    assert capsys.readouterr() == (
        "\n".join(
            [
                *LOST,
                " ~ Pager  AWS::SNS::Topic",
                "     Properties.DisplayName: INFO → DEBUG (from Level)",
                "",
                "Parameters",
                "   Level: INFO → DEBUG",
                "   Team: north → south",
                "",
                "0 to add, 1 to change, 0 to replace, 1 to remove",
                "",
            ]
        ),
        "",
    )


def test_json(
    diff: Callable[..., int], write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without colours, whatever is asked for."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert diff("--env", "dev", "--template", write("t.json", json.dumps(WITHOUT_QUEUE)), "--json") == 1
    shown = capsys.readouterr()
    assert "\x1b" not in shown.out
    found = json.loads(shown.out)
    assert found["source"] == "change set"
    assert found["counts"] == {"add": 0, "change": 0, "replace": 0, "remove": 1}
    (letters,) = found["changes"]
    assert letters["physical_id"].startswith("http")
    assert (letters["logical_id"], letters["loses"], letters["policy"]) == ("Letters", "messages", "Delete")
    assert {*found} == {"source", "reason", "counts", "changes", "parameters", "outputs", "tags", "template"}


def test_json_of_nothing(diff: Callable[..., int], write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff("--env", "dev", "--template", write("t.json", json.dumps(TEMPLATE)), "--json") == 0
    assert json.loads(capsys.readouterr().out)["changes"] == []


@pytest.mark.parametrize("where", [[], ["--env", "dev"]], ids=["no stack", "an environment"])
def test_against_a_file_aws_is_not_asked(
    where: list[str],
    diff: Callable[..., int],
    write: Write,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    before, after = write("before.json", json.dumps(TEMPLATE)), write("t.json", json.dumps(WITHOUT_QUEUE))
    assert diff(*where, "--template", after, "--against", before, "--parameter", "Level=DEBUG") == 1
    assert capsys.readouterr() == (
        "\n".join([*LOST, "", "0 to add, 0 to change, 0 to replace, 1 to remove", ""]),
        "",
    )
    assert diff(*where, "--template", before, "--against", before) == 0


@pytest.mark.soak
def test_a_large_template(
    diff: Callable[..., int], write: Write, capsys: pytest.CaptureFixture[str], emulator: Emulator
) -> None:
    """By the bucket of the bootstrap stack, else by the templates, which is told on stderr."""
    large = {**WITHOUT_QUEUE, "Metadata": {"padding": "x" * 60_000}}
    template = write("t.json", json.dumps(large))
    assert diff("--env", "dev", "--template", template, "--json") == 1
    shown = capsys.readouterr()
    assert json.loads(shown.out)["source"] == "template"
    assert shown.err.startswith("by the templates alone: the template has 60,")
    assert shown.err.count("\n") == 1
    session = emulator.session()
    session.client("s3", endpoint_url=emulator.endpoint).create_bucket(Bucket="uploads")
    names = {"BucketName": "uploads", "ExecutionRoleArn": "arn:aws:iam::000000000000:role/none", "StackPrefix": "woo"}
    bootstrap = {
        "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
        "Outputs": {name: {"Value": value} for name, value in names.items()},
    }
    client = session.client("cloudformation", endpoint_url=emulator.endpoint)
    client.create_stack(StackName="my-bootstrap", TemplateBody=json.dumps(bootstrap))
    client.get_waiter("stack_create_complete").wait(StackName="my-bootstrap", WaiterConfig={"Delay": 0.02})
    for bucket in (["--bootstrap-stack", "my-bootstrap"], ["--bucket", "uploads"]):
        assert diff("--env", "dev", "--template", template, "--json", *bucket) == 1
        shown = capsys.readouterr()
        assert (json.loads(shown.out)["source"], shown.err) == ("change set", "")


def test_a_stack_that_is_not_there(diff: Callable[..., int], write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert diff("--stack", "absent", "--template", write("t.json", json.dumps(TEMPLATE))) == 1
    assert capsys.readouterr().out.endswith("\n2 to add, 0 to change, 0 to replace, 0 to remove\n")


@pytest.fixture
def nowhere() -> Iterator[str]:
    """An endpoint that nobody answers at."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def test_without_aws(
    diff: Callable[..., int],
    write: Write,
    nowhere: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    template = write("t.json", json.dumps(TEMPLATE))
    assert diff("--env", "dev", "--template", template, "--endpoint-url", nowhere) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err == (
        f"woo-stack: the stack woo-stack-dev cannot be read: {nowhere}/ does not answer, check the network, the region "
        "and the endpoint; --against FILE compares with a template on disk\n"
    )


def test_without_credentials(
    diff: Callable[..., int], write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
    assert diff("--env", "dev", "--template", write("t.json", json.dumps(TEMPLATE))) == 2
    error = capsys.readouterr().err
    assert "there are no credentials" in error
    assert error.endswith("; --against FILE compares with a template on disk\n")


def test_without_the_right_to_look(
    diff: Callable[..., int], write: Write, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: Stack) -> None:
        raise AwsError("the stack cannot be read: not authorized", "AccessDenied")

    monkeypatch.setattr(Stack, "described", refuse)
    assert diff("--env", "dev", "--template", write("t.json", json.dumps(TEMPLATE))) == 2
    assert capsys.readouterr().err == (
        "woo-stack: the stack cannot be read: not authorized; --against FILE compares with a template on disk\n"
    )


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ([], "no stack is named, allowed: --env ENV or --stack NAME"),
        (["--stack", "woo-stack-dev", "--against", "a", "--no-change-set"], "not allowed with argument"),
        (["--stack", "woo-stack-dev", "--parameter", "Size=3"], "'Size'"),
        (["--against", "absent.json"], "the template absent.json cannot be read: "),
        (["--stack", "woo-stack-dev", "--profile", "absent"], "absent"),
    ],
)
def test_errors_are_no_changes(
    options: list[str], sentence: str, diff: Callable[..., int], write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    template = write("t.json", json.dumps(TEMPLATE))
    assert diff("--template", template, *options) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert sentence in shown.err
    assert shown.err.count("\n") == 1


def test_a_refusal_of_cloudformation_is_no_change(
    diff: Callable[..., int], write: Write, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("woo_stack.cloudformation.stack.Stack.emulated", False)
    unknown = {**TEMPLATE, "Resources": {"New": {"Type": "AWS::New::Thing"}}}
    assert diff("--env", "dev", "--template", write("t.json", json.dumps(unknown))) == 2
    shown = capsys.readouterr()
    assert shown.err == "woo-stack: CloudFormation does not know these resource types: AWS::New::Thing\n"


@pytest.mark.soak
def test_on_an_ascii_terminal_of_forty_columns(
    write: Write, woo_stack: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a process, piped; the same words without what ASCII has not, or what would steer the terminal."""
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    nasty = {"Pager": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "x\x1b[2Jü"}}}
    before, after = write("before.json", json.dumps(TEMPLATE)), write("t.json", json.dumps({"Resources": nasty}))
    out, err = woo_stack("diff", "--template", after, "--against", before).communicate()
    assert err == ""
    assert out.splitlines() == [
        "!- Letters  AWS::SQS::Queue  is removed",
        "     holds messages: it is deleted, with",
        "       all that is in it",
        " ~ Pager  AWS::SNS::Topic",
        "     Properties.DisplayName:",
        "       - INFO",
        r"       + x\x1b[2J\xfc",
        "",
        "Parameters",
        "   Level: - INFO",
        "   Team: - north",
        "",
        "0 to add, 1 to change, 0 to replace, 1",
        "  to remove",
    ]


def test_the_change_sets_are_gone(emulator: Emulator) -> None:
    """Of all that was asked here."""
    stack = Stack("woo-stack-dev", emulator.session(), emulator.endpoint)
    assert stack.client("cloudformation").list_change_sets(StackName=stack.name)["Summaries"] == []
