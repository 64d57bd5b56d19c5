"""What the README says of commands and figures is so, and examples of docs/; `test_design_example` runs its own."""

import json
import re
from pathlib import Path

import pytest

from woo_stack import artifacts, cli, shop, to_json
from woo_stack.cli.emulator import Emulator

ROOT = Path(__file__).parent.parent
DOCS = ROOT / "docs"
README = (ROOT / "README.md").read_text()


def examples(page: str, holding: str) -> str:
    """The one block of Python that holds a text."""
    (example,) = [code for code in re.findall(r"```python\n(.*?)```", page, re.S) if holding in code]
    return example


def test_the_report_that_it_shows_is_what_a_build_prints_of_the_default_shop() -> None:
    line = " ".join(["output/woo-stack.json", *artifacts._size("woo-stack.json", to_json(shop()).encode())])
    shown = next((one for one in README.splitlines() if one.startswith("output/woo-stack.json ")), "nothing")
    told = shown.partition(" 0 findings")[0]
    assert told == line, f"README.md shows {told!r}, but a build prints {line!r}: make docs"


def test_what_the_example_makes_is_counted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("lookup.py").write_text("def find_order(event, context):\n    return {}\n")
    exec(examples(README, "publish("), {})  # noqa: S102 - the README's own text
    made = [one["Type"] for one in json.loads(Path("lookup.json").read_text())["Resources"].values()]
    said = f"writes {len(made)} resources"
    assert said in README, f"README.md does not say {said!r} of its example"
    said = f"{made.count('AWS::CloudWatch::Alarm')} alarms under one that pages"
    assert said in README.replace("\n", " "), f"README.md does not say {said!r} of its example"


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
