"""What the README says of commands and figures is so, and examples of docs/; `test_design_example` runs its own."""

import json
import re
from pathlib import Path

import pytest

from woo_stack import cli
from woo_stack.artifacts import spent
from woo_stack.cli.emulator import Emulator

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text()


def examples(page: str, holding: str) -> str:
    """The one block of Python that holds a text."""
    (example,) = [code for code in re.findall(r"```python\n(.*?)```", page, re.S) if holding in code]
    return example


def test_the_report_that_it_shows_is_of_the_published_template() -> None:
    shown = re.search(r"^output/woo-stack.json (\d+) resources, ([\d,]+) bytes \((.*?)\), 0 findings", README, re.M)
    text = (ROOT / "output" / "woo-stack.json").read_text()
    parts = ", ".join(f"{part} {size:,}" for part, size in spent(json.loads(text)).items())
    assert shown
    assert shown.groups() == (str(len(json.loads(text)["Resources"])), f"{len(text):,}", parts)


def test_what_it_costs_idle_is_what_is_counted() -> None:
    (watching,) = re.findall(r"\*\*all\*\* .*\*\*([\d.]+)\*\*", (DOCS / "costs.md").read_text())
    assert f"about {float(watching) + 1 + 0.8:.0f} dollars a month: {watching} for alarms" in README


def test_what_the_example_makes_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lookup.py").write_text("def find_order(event, context):\n    return {}\n")
    exec(examples(README, "publish("), {})  # noqa: S102 - the README's own text
    made = [one["Type"] for one in json.loads(Path("lookup.json").read_text())["Resources"].values()]
    assert f"writes {len(made)} resources" in README
    assert f"{made.count('AWS::CloudWatch::Alarm')}\nalarms under one" in README


def test_the_example_of_monitoring_prints_its_runbook(capsys: pytest.CaptureFixture[str]) -> None:
    exec(examples((DOCS / "monitoring.md").read_text(), "runbook("), {})  # noqa: S102 - the page's own text
    told = capsys.readouterr().out
    for alarm in ("HealthDown", "JobsAge", "LegacyDuration", "CheckoutUnpaid"):
        assert f"## {alarm}\n" in told
    assert "Switch providers." in told


@pytest.mark.soak
def test_the_example_of_deploying_runs(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    example = examples((DOCS / "deploying.md").read_text(), "deploy(")
    with Emulator() as emulator:
        monkeypatch.setenv("AWS_ENDPOINT_URL", emulator.endpoint)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
        emulator.session().client("s3", endpoint_url=emulator.endpoint).create_bucket(Bucket="my-artefacts")
        exec(example, {})  # noqa: S102 - the page's own text
    told = capsys.readouterr().out.splitlines()
    assert "Add DocumentsTable False" in [line.rstrip() for line in told]
    assert re.fullmatch(r"True https://\w+\.execute-api\.eu-west-1\.amazonaws\.com/live", told[-1])


def test_every_command_has_its_place() -> None:
    for name in cli.COMMANDS:
        assert f"woo-stack {name}" in README or f"`{name}`" in README, name


def test_the_commands_are_targets_of_the_makefile() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\w+)", README, re.M):
        assert re.search(rf"^{target}:", makefile, re.M)
