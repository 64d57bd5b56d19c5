"""What the README says of settings, parameters, commands and figures is so; `test_design_example` runs its example."""

import json
import re
from dataclasses import fields
from pathlib import Path

import pytest

from woo_stack import Settings, cli, shop
from woo_stack.artifacts import spent
from woo_stack.cli.emulator import Emulator

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text()


def test_every_setting_is_in_the_table_with_its_default() -> None:
    rows = dict(re.findall(r"^\| (`[a-z].*?) \| (.*?) \| ", README, re.M))
    told = {
        name: default
        for names, defaults in rows.items()
        # One default may stand for several settings of a row.
        for name, default in zip(re.findall(r"`(\w+)`", names), re.findall(r"`(.+?)`", defaults) * 3, strict=False)
    }
    assert told == {field.name: repr(getattr(Settings(), field.name)).replace("'", '"') for field in fields(Settings)}


def test_every_parameter_is_named() -> None:
    for name in shop(Settings()).parameters:
        assert f"`{name}`" in README


def test_the_report_that_it_shows_is_of_the_published_template() -> None:
    shown = re.search(r"^output/woo-stack.json (\d+) resources, ([\d,]+) bytes \((.*?)\), 0 findings", README, re.M)
    text = (ROOT / "output" / "woo-stack.json").read_text()
    parts = ", ".join(f"{part} {size:,}" for part, size in spent(json.loads(text)).items())
    assert shown
    assert shown.groups() == (str(len(json.loads(text)["Resources"])), f"{len(text):,}", parts)


@pytest.mark.parametrize("link", re.findall(r"\]\((?!http)([^)#]+)\)", README))
def test_no_link_is_dead(link: str) -> None:
    assert (ROOT / link).exists()


def test_the_example_of_monitoring_prints_its_runbook(capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = [code for code in re.findall(r"```python\n(.*?)```", README, re.S) if "runbook(" in code]
    exec(example, {})  # noqa: S102 - the README's own text
    told = capsys.readouterr().out
    for alarm in ("HealthDown", "JobsAge", "LegacyDuration", "CheckoutUnpaid"):
        assert f"## {alarm}\n" in told
    assert "Switch providers." in told


@pytest.mark.soak
def test_the_example_of_deploying_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    (example,) = [code for code in re.findall(r"```python\n(.*?)```", README, re.S) if "deploy(" in code]
    with Emulator() as emulator:
        monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        emulator.session().client("s3", endpoint_url=emulator.endpoint).create_bucket(Bucket="my-artefacts")
        exec(example, {})  # noqa: S102 - the README's own text
    told = capsys.readouterr().out.splitlines()
    assert "Add DocumentsTable False" in [line.rstrip() for line in told]
    assert re.fullmatch(r"True https://\w+\.execute-api\.eu-west-1\.amazonaws\.com/live", told[-1])


def test_every_command_has_its_place() -> None:
    for name in cli.COMMANDS:
        assert f"woo-stack {name}" in README, name


def test_the_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", README, re.M):
        assert re.search(rf"^{target}:", makefile, re.M)
