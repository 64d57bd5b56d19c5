"""`woo-stack bootstrap`: once an account, shown before it is done, and up to date ever after."""

import functools
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import Command
from tests.cloudformation.test_bootstrap import without_providers

from woo_stack import Bootstrap, shop, to_json
from woo_stack.cli.emulator import REGION, Emulator
from woo_stack.cloudformation import deployment, events

STACK = "woo-stack-bootstrap"


@pytest.fixture(scope="module")
def emulator() -> Iterator[Emulator]:
    with Emulator() as made:
        yield made


@functools.cache
def built() -> str:
    """The published template, but for what the emulator does not know."""
    return json.dumps(without_providers(json.loads(to_json(Bootstrap([shop()]).template))))


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in which the templates were built."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "woo-stack-bootstrap.json").write_text(built())
    return tmp_path


@pytest.fixture
def offline(folder: Path, command: Command, monkeypatch: pytest.MonkeyPatch) -> Command:  # noqa: ARG001
    """Command the command where nobody answers."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    return lambda *arguments: command("bootstrap", *arguments)


@pytest.fixture
def run(offline: Command, emulator: Emulator, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Command the command for the emulator."""
    monkeypatch.setattr(deployment, "problems", lambda _: [])  # two seconds, and tested where the template is
    monkeypatch.setattr(events, "FIRST_PAUSE", 0.01)
    return lambda *arguments: offline("--endpoint-url", emulator.endpoint, "--region", REGION, *arguments)


def parameters(emulator: Emulator, stack: str = STACK) -> dict[str, str]:
    client = emulator.session().client("cloudformation", endpoint_url=emulator.endpoint)
    (found,) = client.describe_stacks(StackName=stack)["Stacks"]
    assert found["EnableTerminationProtection"] is True
    return {one["ParameterKey"]: one["ParameterValue"] for one in found["Parameters"]}


def test_it_is_made_shown_and_then_up_to_date(run: Command, emulator: Emulator) -> None:
    status, out, err = run("--yes")
    assert status == 0, err
    outputs = dict(line.split(maxsplit=1) for line in out.splitlines())
    assert outputs["StackPrefix"] == "woo-stack-"
    assert ":role/_woo-stack/" in outputs["ExecutionRoleArn"]
    assert f"stack {STACK}, region {REGION}, account 000000000000\n" in err
    assert " + ArtefactsBucket" in err
    assert f"the stack {STACK} is deployed, in " in err
    assert parameters(emulator)["GitHubSubjects"] == ""

    status, again, err = run("--yes")
    assert (status, again) == (0, out)
    assert err.endswith(f"the stack {STACK} is up to date\n")

    provider = "arn:aws:iam::000000000000:oidc-provider/token.actions.githubusercontent.com"
    status, out, err = run("--yes", "--github", "acme/shop", "--github-oidc-provider", provider)
    assert status == 0, err
    assert "GitHubRoleArn" in out
    assert parameters(emulator)["GitHubSubjects"] == "repo:acme/shop:environment:prod"
    assert run("--yes", "--stack-prefix", "shop-", "--github", "", "--log-bucket", "my-access-logs")[0] == 0
    answers = parameters(emulator)
    assert (answers["StackPrefix"], answers["GitHubSubjects"]) == ("shop-", "")
    assert answers["LogBucket"] == "my-access-logs"


def test_templates_of_your_own_have_a_role_of_their_own(offline: Command, folder: Path) -> None:
    (folder / "jobs.yaml").write_text(
        "Resources:\n  Jobs:\n    Type: AWS::SQS::Queue\n  Door:\n    Type: AWS::EC2::KeyPair\n"
    )
    status, out, err = offline("--template", "jobs.yaml", "--show-policy")
    assert status == 0
    documents = json.loads(out)
    actions = {action for one in documents["ExecutionPolicy1"]["Statement"] for action in one["Action"]}
    assert {"sqs:CreateQueue", "ec2:CreateKeyPair"} < actions
    assert "dynamodb:CreateTable" not in actions
    assert err.startswith("AWS::EC2::KeyPair has no row of its own: ")


def test_loops_are_unrolled_for_their_rights(offline: Command, folder: Path) -> None:
    loop = "Resources:\n  Fn::ForEach::Jobs:\n    - Name\n    - %s\n    - Jobs${Name}: {Type: AWS::SQS::Queue}\n"
    (folder / "jobs.yaml").write_text(loop % "[North, South]")
    status, out, _ = offline("--template", "jobs.yaml", "--show-policy")
    assert status == 0
    assert "sqs:CreateQueue" in out
    (folder / "jobs.yaml").write_text(loop % "!Ref Names")
    status, out, err = offline("--template", "jobs.yaml", "--show-policy")
    assert (status, out) == (1, "")
    assert err.startswith("woo-stack: the template jobs.yaml has loops (for each Name) over what only CloudFormation")


def test_the_rights_are_shown_without_asking_aws(offline: Command, folder: Path) -> None:
    status, out, err = offline("--show-policy", "--stack-prefix", "north-")
    assert (status, err) == (0, "")
    documents = json.loads(out)
    assert set(documents) == {"ExecutionPolicy1", "ExecutionPolicy2", "DeployPolicy"}
    assert "${StackPrefix}" not in out
    tables = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/north-*"
    assert [tables] in [one["Resource"] for one in documents["ExecutionPolicy1"]["Statement"]]
    passed = [one for one in documents["DeployPolicy"]["Statement"] if one.get("Action") == ["iam:PassRole"]]
    assert [one["Resource"] for one in passed] == ["${ExecutionRole.Arn}"]
    (folder / "output" / "woo-stack-bootstrap.json").unlink()
    of_the_library = json.loads(offline("--show-policy")[1])
    assert "pipes:CreatePipe" in json.dumps(of_the_library)


def test_nobody_to_ask_is_a_wrong_command_line(offline: Command) -> None:
    status, out, err = offline()
    assert (status, out) == (2, "")
    assert err == "woo-stack: there is no terminal to ask at, allowed: --yes, which does not ask\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--github", "acme"), "github is 'acme', allowed: OWNER/REPO or OWNER/REPO:SUBJECT, as "),
        (("--gitlab", "acme/shop:environment:prod"), "gitlab is 'acme/shop:environment:prod', allowed: GROUP/PROJECT"),
        (("--template", "lost.json"), "the template lost.json cannot be read: No such file or directory"),
        (("--stack-prefix", "-"), "StackPrefix"),
    ],
)
def test_what_cannot_be_is_one_sentence(run: Command, arguments: tuple[str, ...], message: str) -> None:
    status, out, err = run("--yes", *arguments)
    assert (status, out) == (1, "")
    assert message in err.splitlines()[-1]


def test_a_type_that_nobody_knows_is_one_sentence(offline: Command, folder: Path) -> None:
    (folder / "new.json").write_text('{"Resources": {"It": {"Type": "AWS::Shop::Nothing"}}}')
    status, _, err = offline("--show-policy", "--template", "new.json")
    assert status == 1
    assert err == (
        "woo-stack: nobody says what AWS::Shop::Nothing needs, allowed: types whose schemas name their permissions\n"
    )
