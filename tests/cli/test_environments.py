"""What a stack is deployed with: the environment's file, `--parameter` and `--tag`, each mistake in one sentence."""

import argparse
import json
from pathlib import Path
from typing import Any

import pytest
from troposphere import Template

from woo_stack import cli
from woo_stack.cli import environments, target
from woo_stack.cli.environments import Environment, environment, template_of
from woo_stack.cli.errors import CommandError

TEMPLATE = {
    "Parameters": {
        "Level": {"Type": "String", "AllowedValues": ["low", "high"], "Default": "low"},
        "Days": {"Type": "Number", "MinValue": 3, "MaxValue": 9},
        "Ratio": {"Type": "Number"},
        "Size": {"Type": "Number", "AllowedValues": [5, 25]},
        "Name": {"Type": "String", "AllowedPattern": "[a-z]+"},
        "Java": {"Type": "String", "AllowedPattern": r"\p{Alpha}+"},
        "Zones": {"Type": "CommaDelimitedList", "AllowedValues": ["a", "b"]},
        "Password": {"Type": "String", "NoEcho": True, "AllowedPattern": ".{12,}"},
        "Plain": {},
    },
    "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
}
POLICY = {"Statement": [{"Effect": "Allow", "Action": "Update:*", "Principal": "*", "Resource": "*"}]}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a published template and two environments."""
    monkeypatch.chdir(tmp_path)
    publish(tmp_path / "output")
    return tmp_path


def publish(output: Path) -> None:
    (output / "environments").mkdir(parents=True)
    (output / "woo-stack.json").write_text(json.dumps(TEMPLATE))
    north = {"Parameters": {"Level": "high", "Days": "4"}, "Tags": {"Team": "north"}, "StackPolicy": POLICY}
    (output / "environments" / "north.json").write_text(json.dumps(north))
    (output / "environments" / "south.json").write_text("{}")


def options(*arguments: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    target.add_options(parser)
    environments.add_options(parser)
    return parser.parse_args(arguments)


def refused(*arguments: str) -> tuple[str, int]:
    with pytest.raises(CommandError) as error:
        environment(options(*arguments))
    assert "\n" not in str(error.value)
    return str(error.value), error.value.status


@pytest.mark.usefixtures("here")
def test_the_file_of_the_environment() -> None:
    assert template_of(options("--env", "north")) == Path("output/woo-stack.json")
    told = environment(options("--env", "north"))
    assert told == Environment({"Level": "high", "Days": "4"}, {"Team": "north"}, POLICY)
    assert environment(options("--env", "south")) == Environment({}, {}, None)
    assert environment(options("--stack", "shop")) == Environment({}, {}, None)


@pytest.mark.usefixtures("here")
def test_the_command_line_goes_before_the_file() -> None:
    given = ["--parameter", "Level=low", "--parameter", "Name=a", "--tag", "Team=east", "--tag", "Empty="]
    told = environment(options("--env", "north", *given))
    assert told.parameters == {"Level": "low", "Days": "4", "Name": "a"}
    assert told.tags == {"Team": "east", "Empty": ""}


@pytest.mark.usefixtures("here")
def test_a_value_may_hold_an_equals_sign() -> None:
    assert environment(options("--stack", "shop", "--parameter", "Plain=a=b")).parameters == {"Plain": "a=b"}


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("arguments", [["--env", "nroth"], ["--env", "nroth", "--template", "output/woo-stack.json"]])
def test_a_misspelt_environment_deploys_nothing(arguments: list[str]) -> None:
    allowed = "--env nroth has no file output/environments/nroth.json, allowed: north, south"
    assert refused(*arguments) == (allowed, 2)


def test_a_folder_without_environments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    sentence, status = refused("--env", "north")
    assert "as output/environments has none: --stack woo-stack-north needs no file" in sentence
    assert status == 2
    assert isinstance(template_of(options("--stack", "shop")), Template)


def test_beside_a_template_of_ones_own_a_file_may_be(here: Path) -> None:
    (here / "mine.json").write_text(json.dumps(TEMPLATE))
    own = ["--template", "mine.json", "--env", "north"]
    assert template_of(options(*own)) == Path("mine.json")
    assert environment(options(*own)) == Environment({}, {}, None)
    (here / "environments").mkdir()
    assert "has no file environments/north.json, allowed: no environment" in refused(*own)[0]
    (here / "environments" / "north.json").write_text('{"Parameters": {"Days": "7"}}')
    assert environment(options(*own)).parameters == {"Days": "7"}


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        ("[1]", "is [1], allowed: an object of Parameters, Tags, StackPolicy"),
        ("{", "is not JSON: "),
        ('{"Parameter": {}}', "has 'Parameter', allowed: Parameters, Tags, StackPolicy"),
        ('{"Parameters": [1]}', "sets Parameters to [1], allowed: an object"),
        ('{"Tags": "x"}', 'sets Tags to "x", allowed: an object'),
        ('{"StackPolicy": null}', "sets StackPolicy to null, allowed: an object"),
        ('{"Parameters": {"Levle": "low"}}', "sets 'Levle', allowed: Level, Days, "),
        ('{"Parameters": {"Level": "mid"}}', "sets Level to 'mid', allowed: low, high"),
        ('{"Parameters": {"Days": 4}}', "sets Days to 4, allowed: a text in quotes"),
        ('{"Parameters": {"Zones": 4}}', "sets Zones to 4, allowed: a text in quotes"),
        ('{"Parameters": {"Days": "2"}}', "sets Days to '2', allowed: a number from 3 to 9"),
        ('{"Parameters": {"Days": "9.5"}}', "sets Days to '9.5', allowed: a number from 3 to 9"),
        ('{"Parameters": {"Ratio": "much"}}', "sets Ratio to 'much', allowed: a number from -inf to inf"),
        ('{"Parameters": {"Size": "6"}}', "sets Size to '6', allowed: 5, 25"),
        ('{"Parameters": {"Name": "A1"}}', "sets Name to 'A1', allowed: what matches [a-z]+"),
        ('{"Parameters": {"Password": "s3cret"}}', "sets Password to ****, allowed: what matches .{12,}"),
        ('{"Tags": {"aws:x": "1"}}', "sets the tag 'aws:x', allowed: a key of 1 to 128 characters"),
        ('{"Tags": {"": "1"}}', "sets the tag '', allowed: a key of 1 to 128 characters"),
        ('{"Tags": {"Cost": 7}}', "sets the tag Cost to 7, allowed: a text in quotes of at most 256 characters"),
    ],
)
def test_a_file_with_a_mistake(content: str, sentence: str, here: Path) -> None:
    (here / "output" / "environments" / "east.json").write_text(content)
    told, status = refused("--env", "east")
    assert told.startswith(f"output/environments/east.json {sentence}")
    assert status == 1
    assert "s3cret" not in told


def test_a_file_that_cannot_be_read(here: Path) -> None:
    (here / "output" / "environments" / "east.json").write_bytes(b"\xff{}")
    assert refused("--env", "east")[0].startswith("output/environments/east.json is not JSON: ")


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--parameter", "Level=mid"], "--parameter sets Level to 'mid', allowed: low, high"),
        (["--parameter", "Levle=low"], "--parameter sets 'Levle', allowed: Level, Days, "),
        (["--parameter", "Password=s3cret"], "--parameter sets Password to ****, allowed: what matches"),
        (["--tag", "AWS:x=1"], "--tag sets the tag 'AWS:x', allowed: a key"),
        (["--tag", "Long=" + "x" * 257], "--tag sets the tag Long to 'xxxx"),
    ],
)
def test_a_mistake_on_the_command_line(arguments: list[str], sentence: str) -> None:
    told, status = refused("--stack", "shop", *arguments)
    assert told.startswith(sentence)
    assert status == 2
    assert "s3cret" not in told


@pytest.mark.usefixtures("here")
@pytest.mark.parametrize("given", ["Ratio=-1.5", "Ratio=1e3", "Days=3.5", "Java=ä", "Zones=a,b", "Size=25", "Plain="])
def test_what_only_cloudformation_can_judge_is_left_to_it(given: str) -> None:
    assert environment(options("--stack", "shop", "--parameter", given)).parameters == dict([given.split("=")])


def test_a_template_without_parameters(here: Path) -> None:
    (here / "plain.json").write_text('{"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}')
    sentence, _ = refused("--stack", "shop", "--template", "plain.json", "--parameter", "Level=low")
    assert sentence == "--parameter sets 'Level', allowed: none, the template has no parameters"


def test_the_published_environments_are_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(Path(__file__).parents[2])
    told = {name: environment(options("--env", name)) for name in ("dev", "staging", "prod")}
    assert {name: one.tags["Environment"] for name, one in told.items()} == {name: name for name in told}
    assert told["dev"].parameters["LogLevel"] == "DEBUG"


@pytest.mark.parametrize(
    ("arguments", "name"),
    [(["--env", "north"], "woo-stack-north"), (["--stack", "shop"], "shop"), (["--env", "north", "--stack", "a"], "a")],
)
def test_which_stack(arguments: list[str], name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for variable in ("AWS_PROFILE", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    chosen = target.stack_of(options(*arguments))
    assert (chosen.name, chosen.session.region_name) == (name, "eu-west-3")
    other = target.stack_of(options(*arguments, "--region", "eu-north-1"), "woo-stack-bootstrap")
    assert (other.name, other.session.region_name) == ("woo-stack-bootstrap", "eu-north-1")


def test_a_command_that_can_do_without_a_stack() -> None:
    parser = argparse.ArgumentParser()
    target.add_options(parser, required=False)
    without: Any = parser.parse_args([])
    assert not hasattr(without, "check")
    with pytest.raises(CommandError, match="no stack is named, allowed: --env ENV or --stack NAME"):
        target.stack_of(without)


def test_a_profile_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["redrive", "--stack", "shop", "--profile", "not-there"]) == 1
    assert "not-there" in capsys.readouterr().err
