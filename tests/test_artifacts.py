"""The command line of build.py: everything is written, or compared, or nothing is."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from troposphere import Parameter, Ref, Template, sns

from woo_stack import Release, SettingError, Settings, WooStackError, release, synth, to_json
from woo_stack.artifacts import spent
from woo_stack.code import archive

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
    return lambda: Release(made, ENVIRONMENTS if environments is None else environments, "X=1\n")


def files(output: Path) -> dict[str, bytes]:
    return {str(path.relative_to(output)): path.read_bytes() for path in output.rglob("*") if path.is_file()}


@pytest.fixture
def output(tmp_path: Path) -> Path:
    return tmp_path / "output"


def run(compose: Callable[[], Release], output: Path, *arguments: str) -> int:
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
    default = made.templates["woo-stack-pipeline.json"].to_dict()["Parameters"]["CodeKey"].get("Default")
    assert default == archive(made.code or "")[0]


def test_what_is_spent_adds_up() -> None:
    one = release().templates["woo-stack.json"].to_dict()
    parts = spent(one)
    assert sum(parts.values()) == len(to_json(one))
    assert parts["code"] > parts["alarms"] > parts["dashboard"] > 0
