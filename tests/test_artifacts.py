"""The command line of build.py: everything is written, or compared, or nothing is."""

import io
import json
import os
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from troposphere import Parameter, Ref, Template, sns

from woo_stack import (
    Finding,
    Network,
    Release,
    SettingError,
    Settings,
    ShopRelease,
    WooStackError,
    cfn_lint,
    release,
    synth,
    to_json,
)
from woo_stack.artifacts import spent
from woo_stack.code import Inline, archive

ENVIRONMENTS = {
    "dev": {"Parameters": {"Level": "low"}, "Tags": {"Stage": "dev"}},
    "prod": {"Parameters": {"Level": "high", "Name": "shop"}},
}


def template(name: str) -> Template:
    ignored = {"config": {"ignore_checks": ["I4010", "I9001", "I9040"]}}
    made = Template(Description=name, Metadata={"cfn-lint": ignored})
    made.add_parameter(Parameter("Level", Type="String", AllowedValues=["low", "high"]))
    made.add_parameter(Parameter("Name", Type="String", Default=name))
    made.add_resource(sns.Topic("Topic", TopicName=Ref("Name"), DisplayName=Ref("Level")))
    return made


def small(environments: Any = None, **templates: Template) -> Callable[[], Release]:
    made = {f"{name}.json": one for name, one in templates.items()} or {"a.json": template("one")}
    return lambda: Release(made, ENVIRONMENTS if environments is None else environments, Inline("X=1\n"))


def files(output: Path) -> dict[str, bytes]:
    return {str(path.relative_to(output)): path.read_bytes() for path in output.rglob("*") if path.is_file()}


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


def run(compose: Callable[[], Release | ShopRelease], output: Path, *arguments: str) -> int:
    return synth(compose, [*arguments, "--output", str(output)])


def test_everything_is_written_and_reported(output: Path, capsys: Any) -> None:
    assert run(small(a=template("one"), b=template("two")), output) == 0
    (zipped,) = (name for name in files(output) if name.endswith(".zip"))
    environments = {"environments/dev.json", "environments/prod.json"}
    assert set(files(output)) == {"a.json", "b.json", *environments, zipped, "handler.cdx.json"}
    assert files(output)["b.json"].decode() == to_json(template("two"))
    assert json.loads(files(output)["environments/prod.json"]) == ENVIRONMENTS["prod"]
    told = capsys.readouterr().out.splitlines()
    assert len(told) == 6
    assert told[0].startswith(f"{output / 'a.json'} 1 resources, {len(files(output)['a.json']):,} bytes (code 0,")


def test_check_passes_on_what_was_written_and_writes_nothing(output: Path, capsys: Any) -> None:
    run(small(), output)
    before = files(output)
    capsys.readouterr()
    assert run(small(), output, "--check") == 0
    assert capsys.readouterr().out == f"{output} is what the code builds\n"
    assert files(output) == before


def change(output: Path) -> str:
    (output / "a.json").write_text("{}")
    return "a.json differs"


def remove(output: Path) -> str:
    (output / "environments" / "dev.json").unlink()
    return "environments/dev.json is missing"


def leave(output: Path) -> str:
    (output / "environments" / "old.json").write_text("{}")
    return "environments/old.json is left over"


@pytest.mark.parametrize("spoil", [change, remove, leave])
def test_check_fails_on_any_difference_and_writes_nothing(
    spoil: Callable[[Path], str], output: Path, capsys: Any
) -> None:
    run(small(), output)
    message = spoil(output)
    before = files(output)
    capsys.readouterr()
    assert run(small(), output, "--check") == 1
    error = capsys.readouterr().err
    assert f"{output}/{message}\n" in error
    assert error.count("\n") == 2
    assert files(output) == before


def test_check_without_an_output_names_all_that_is_missing(output: Path, capsys: Any) -> None:
    assert run(small(), output, "--check") == 1
    assert capsys.readouterr().err.count("is missing") == 4
    assert not output.exists()


def test_a_zip_is_not_compared(output: Path) -> None:
    run(small(), output)
    for path in output.glob("*.zip"):
        path.unlink()
    (output / "handler-0000000000000000.zip").write_bytes(b"old")
    assert run(small(), output, "--check") == 0


WRONG: list[tuple[Any, str]] = [
    ({"dev": {"Parameters": {"Speed": "1"}}}, "environment 'dev' sets 'Speed', allowed: Level, Name"),
    ({"dev": {"Parameters": {"Level": "mid"}}}, "environment 'dev' sets Level to 'mid', allowed: low, high"),
    ({"dev": {"Parameters": {"Name": 5}}}, "environment 'dev' sets Name to 5, allowed: a text in quotes"),
    ({"qa": {"Params": {}}}, "environment 'qa' has 'Params', allowed: Parameters, Tags, StackPolicy"),
]


@pytest.mark.parametrize(("environments", "message"), WRONG)
def test_an_environment_that_could_not_be_deployed_is_refused(
    environments: Any, message: str, output: Path, capsys: Any
) -> None:
    assert run(small(environments), output) == 1
    assert f"error: {message}\n" in capsys.readouterr().err
    assert not output.exists()


@pytest.mark.parametrize("answer", [{"ThrottleRate": "0"}, {"ThrottleRate": "fast"}, {"AlarmEmail": "nobody"}])
def test_an_environment_keeps_to_bounds_and_patterns(answer: dict[str, str], output: Path, capsys: Any) -> None:
    ((name, value),) = answer.items()
    assert run(lambda: release(Settings(), {"dev": {"Parameters": answer}}), output) == 1
    assert f"error: environment 'dev' sets {name} to {value!r}, allowed: " in capsys.readouterr().err


def test_notes_are_told_and_stop_nothing(output: Path, capsys: Any) -> None:
    noted = template("one")
    noted.set_metadata({})
    assert run(small({}, a=noted), output) == 0
    assert "note I9040 Topic: " in capsys.readouterr().err


def test_a_template_with_findings_stops_everything(output: Path, capsys: Any) -> None:
    idle = template("two")
    idle.add_parameter(Parameter("Idle", Type="String"))
    assert run(small(a=template("one"), b=idle), output) == 1
    error = capsys.readouterr().err
    assert "error: b.json is not written, its template has" in error
    assert "warning W2001 Idle: " in error
    assert not output.exists()


def test_a_setting_that_does_not_fit_is_one_sentence(output: Path, capsys: Any) -> None:
    assert run(lambda: release(Settings(memory_mb=64)), output) == 1
    captured = capsys.readouterr()
    assert captured.err == (
        "error: Function 'Authorizer': memory_mb is 64, allowed: a whole number from 128 to 10240 MB\n"
    )
    assert captured.out == ""
    assert not output.exists()


def test_an_output_that_cannot_be_written_is_one_sentence(tmp_path: Path, capsys: Any) -> None:
    (tmp_path / "file").write_text("old")
    assert run(small({}), tmp_path / "file") == 1
    error = capsys.readouterr().err
    assert f"error: {tmp_path}/file/a.json cannot be written: " in error
    assert (tmp_path / "file").read_text() == "old"


def test_an_unknown_option_is_a_wrong_command_line(output: Path) -> None:
    with pytest.raises(SystemExit) as stopped:
        run(small(), output, "--force")
    assert stopped.value.code == 2


def test_other_errors_are_not_hidden(output: Path) -> None:
    def broken() -> Release:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(broken, output)


def test_a_release_has_both_forms_of_the_shop() -> None:
    made = release(Settings(stage="v7"))
    assert set(made.templates) == {"woo-stack.json", "woo-stack-pipeline.json"}
    inline, bucket = (made.templates[name].to_dict() for name in ("woo-stack.json", "woo-stack-pipeline.json"))
    assert "Mappings" in inline
    assert "Mappings" not in bucket
    assert {"CodeBucket", "CodeKey"} == set(bucket["Parameters"]) - set(inline["Parameters"])
    for form in (inline, bucket):
        assert form["Resources"]["ApiStage"]["Properties"]["StageName"] == "v7"
    with pytest.raises(SettingError):
        release(Settings(recovery_days=36))
    assert issubclass(SettingError, WooStackError)


def test_the_zip_is_the_one_that_the_pipeline_template_asks_for() -> None:
    made = release()
    assert made.code
    default = made.templates["woo-stack-pipeline.json"].to_dict()["Parameters"]["CodeKey"].get("Default")
    assert default == archive(made.code)[0]


@pytest.fixture
def judged(monkeypatch: Any, tmp_path: Path) -> list[str]:
    """The descriptions of the templates that were judged, none of which is clean enough to say nothing."""
    asked: list[str] = []
    note = Finding("note", "I7", "Topic", "worth knowing", ("SEVEN",))

    def problems(content: Any, **_: Any) -> list[Finding]:
        asked.append(content["Description"])
        return [note]

    monkeypatch.setattr(import_module("woo_stack.release"), "problems", problems)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return asked


def test_a_template_that_was_judged_is_not_judged_again(output: Path, judged: list[str], capsys: Any) -> None:
    assert run(small(a=template("one"), b=template("two")), output) == 0
    assert judged == ["one", "two"]
    first = capsys.readouterr()
    assert run(small(a=template("one"), b=template("three")), output) == 0
    assert judged == ["one", "two", "three"]
    second = capsys.readouterr()
    assert first.err == second.err == "note I7 Topic: worth knowing\n" * 2
    one, three = second.out.splitlines()[:2]
    assert one.endswith(", 1 findings, unchanged")
    assert three.endswith(" s")
    assert run(small(a=template("one"), b=template("three")), output, "--no-cache") == 0
    assert judged[3:] == ["one", "three"]


def test_a_template_that_needs_a_bucket_is_told(output: Path, judged: list[str], capsys: Any) -> None:
    large = template("two")
    large.add_resource(sns.Topic("Large", DisplayName="x" * 51_200))
    assert run(small(a=template("one"), b=large), output) == 0
    one, two = capsys.readouterr().out.splitlines()[:2]
    assert ", more than the 51,200 that go without a bucket, 1 findings, " in two
    assert "bucket" not in one
    assert judged == ["one", "two"]


def test_of_a_template_that_changes_only_what_changes_is_judged(output: Path, monkeypatch: Any) -> None:
    """As far as it, or another, was judged in an earlier build."""
    asked: list[Any] = []
    validate = cfn_lint._runner().validate_template
    monkeypatch.setattr(cfn_lint._runner(), "validate_template", lambda one: asked.append(one) or validate(one))
    first, second = template("one"), template("one")
    second.add_resource(sns.Topic("Second", DisplayName="Second"))
    assert run(small(a=first, b=second), output) == 0
    asked.clear()
    first.add_resource(sns.Topic("First", DisplayName="First"))
    assert run(small(a=first, b=second), output) == 0
    (judged,) = asked
    # A type is a mention too.
    assert judged["Resources"].pop("Topic") == {"Type": "AWS::SNS::Topic"}
    assert [*judged["Resources"]] == ["First", "JudgedBefore"]
    asked.clear()
    first.add_resource(sns.Topic("Third", DisplayName="Third"))
    assert run(small(a=first), output) == 0
    assert [[*one["Resources"]] for one in asked] == [["Third", "Topic", "JudgedBefore"]]
    asked.clear()
    first.add_resource(sns.Topic("Fourth", DisplayName="Fourth"))
    assert run(small(a=first), output, "--no-cache") == 0
    assert [len(one["Resources"]) for one in asked] == [4]


@pytest.fixture
def composed(monkeypatch: Any) -> list[Settings]:
    """The settings of the shops that were composed."""
    asked: list[Settings] = []

    def release_of(settings: Settings, environments: Any, _: Any) -> Release:
        asked.append(settings)
        return small(environments, a=template(settings.stage))()

    monkeypatch.setattr(import_module("woo_stack.release"), "composed", release_of)
    return asked


def of_stage(stage: str) -> Callable[[], ShopRelease]:
    return lambda: release(Settings(stage=stage), ENVIRONMENTS)


def test_what_an_earlier_build_has_left_is_not_even_composed(
    output: Path, composed: list[Settings], judged: list[str], capsys: Any
) -> None:
    assert run(of_stage("v7"), output) == 0
    written, first = files(output), capsys.readouterr()
    assert run(of_stage("v7"), output) == run(of_stage("v7"), output, "--check") == 0
    second = capsys.readouterr()
    assert (len(composed), judged) == (1, ["v7"])
    assert files(output) == written
    assert second.err == first.err * 2
    *lines, checked = second.out.splitlines()
    assert [line.partition(" bytes")[0] for line in lines] == [
        line.partition(" bytes")[0] for line in first.out.splitlines()
    ]
    assert checked == f"{output} is what the code builds"


@pytest.mark.parametrize("name", ["a.json", "environments/dev.json", "handler.cdx.json"])
def test_a_file_that_is_not_as_it_was_left_is_built_again(
    output: Path, composed: list[Settings], judged: list[str], name: str
) -> None:
    assert run(of_stage("v7"), output) == 0
    written = files(output)
    (output / name).write_text("{}")
    assert run(of_stage("v7"), output, "--check") == 1
    assert run(of_stage("v7"), output) == 0
    (output / name).unlink()
    assert run(of_stage("v7"), output) == 0
    assert files(output) == written
    assert (len(composed), judged) == (4, ["v7"])


def test_a_file_that_is_left_over_is_told_also_of_what_was_built_before(
    output: Path, composed: list[Settings], judged: list[str], capsys: Any
) -> None:
    assert run(of_stage("v7"), output) == 0
    (output / "old.json").write_text("{}")
    assert run(of_stage("v7"), output, "--check") == 1
    assert f"{output / 'old.json'} is left over" in capsys.readouterr().err
    assert (len(composed), judged) == (1, ["v7"])


def test_other_inputs_are_another_build(output: Path, composed: list[Settings], judged: list[str]) -> None:
    assert run(of_stage("v7"), output) == 0
    assert run(of_stage("v8"), output) == 0
    assert run(of_stage("v7"), output) == 0
    assert run(of_stage("v7"), output, "--no-cache") == 0
    assert [one.stage for one in composed] == ["v7", "v8", "v7", "v7"]
    assert judged == ["v7", "v8", "v7"]


def test_what_somebody_may_have_changed_is_built(output: Path, composed: list[Settings], judged: list[str]) -> None:
    def changed() -> ShopRelease:
        made = of_stage("v7")()
        made.templates["a.json"].add_resource(sns.Topic("Other"))
        return made

    assert run(of_stage("v7"), output) == run(changed, output) == 0
    assert "Other" in json.loads(files(output)["a.json"])["Resources"]
    assert (len(composed), judged) == (2, ["v7", "v7"])


def test_what_is_no_literal_is_no_input() -> None:
    boundary = Ref("Boundary")
    assert release(Settings(permissions_boundary=boundary)).inputs is None
    assert release(Settings(stage="v7")).inputs != release(Settings(stage="v8")).inputs
    place = Network("Inside", vpc_id="vpc-0a1b2c3d", subnet_ids=["subnet-0a1b2c3d"])
    assert "subnet-0a1b2c3d" in (release(Settings(network=place)).inputs or "")


def test_a_damaged_cache_makes_a_build_slower_and_nothing_else(
    output: Path, composed: list[Settings], judged: list[str], tmp_path: Path
) -> None:
    assert run(of_stage("v7"), output) == 0
    written = files(output)
    for file in (tmp_path / "cache" / "woo-stack").iterdir():
        file.write_text("[]")
    assert run(of_stage("v7"), output) == 0
    assert files(output) == written
    assert (len(composed), judged) == (2, ["v7", "v7"])


def test_what_is_spent_adds_up() -> None:
    one = release().templates["woo-stack.json"].to_dict()
    parts = spent(one)
    assert sum(parts.values()) == len(to_json(one))
    assert parts["code"] > parts["alarms"] > parts["dashboard"] > 0


def test_a_reader_who_has_gone_is_no_failure(output: Path, monkeypatch: Any, capsys: Any) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "w") as gone:
        monkeypatch.setattr(sys, "stdout", gone)
        assert run(small(), output) == 0
    assert "a.json" in files(output)
    assert capsys.readouterr().err == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="Linux has it")
def test_a_report_that_cannot_be_written_is_one_sentence(output: Path, monkeypatch: Any, capsys: Any) -> None:
    with open("/dev/full", "wb", buffering=0) as full:
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(full, write_through=True))
        assert run(small(), output) == 1
    assert "a.json" in files(output)
    assert capsys.readouterr().err == "error: the report cannot be written: No space left on device\n"
