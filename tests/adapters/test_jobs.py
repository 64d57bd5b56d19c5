"""The jobs of the GitHub and GitLab files, run as their runners do: by bash, to the emulator over real HTTP."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
PIPELINES = ROOT / "examples" / "pipelines"

pytestmark = pytest.mark.soak


def github(job: str) -> Iterator[tuple[str, ...]]:
    for step in yaml.safe_load((PIPELINES / "github-actions.yml").read_text())["jobs"][job]["steps"]:
        if "run" in step:
            yield ("bash", "-e", "-c", step["run"])


def gitlab(job: str) -> Iterator[tuple[str, ...]]:
    pipeline = yaml.safe_load((PIPELINES / "gitlab-ci.yml").read_text())
    extended = pipeline["default"] | pipeline.get(pipeline[job].get("extends"), {}) | pipeline[job]
    yield ("bash", "-eo", "pipefail", "-c", "\n".join([*extended["before_script"], *extended["script"]]))


JOBS = {"github": github, "gitlab": gitlab}


@pytest.fixture
def runner(project: Any, tmp_path: Path) -> dict[str, str]:
    """The variables that a runner sets; the project is where it has checked out."""
    project("woo-stack-pipeline.json")
    # What `make .venv/library` would install is here.
    (tmp_path / ".venv").symlink_to(ROOT / ".venv")
    (tmp_path / "Makefile").write_text(".venv/library: ;\n")
    return {
        "AWS_TOKEN": "signed",
        "AWS_WEB_IDENTITY_TOKEN_FILE": f"{tmp_path}/token",
        "CI_MERGE_REQUEST_TARGET_BRANCH_NAME": "main",
        "GITHUB_PATH": f"{tmp_path}/path",
        "GITHUB_STEP_SUMMARY": f"{tmp_path}/summary",
        "PATH": f"{ROOT}/.venv/bin:/usr/local/bin:/usr/bin:/bin",
    }


@pytest.mark.parametrize("system", JOBS)
def test_main_goes_to_staging_and_to_prod(
    system: str, runner: dict[str, str], run: Any, tmp_path: Path, deployed: Any
) -> None:
    told = ""
    for job in ("staging", "prod"):
        for command in JOBS[system](job):
            told += run(tmp_path, *command, **runner)
        deployed(tmp_path, job)
    if system == "github":
        assert (tmp_path / "path").read_text() == f"{tmp_path}/.venv/bin\n" * 2
        told = (tmp_path / "summary").read_text()
    else:
        assert (tmp_path / "token").read_text() == "signed"
    # What prod would get, before it was there.
    assert "DocumentsTable" in told


@pytest.mark.parametrize("system", JOBS)
@pytest.mark.parametrize("changed", [False, True])
def test_a_request_says_what_it_would_change(
    system: str, changed: bool, runner: dict[str, str], run: Any, tmp_path: Path
) -> None:
    def git(*words: str) -> None:
        who = ["-c", "user.name=Test", "-c", "user.email=test@example.com"]
        subprocess.run(["git", *who, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init", "--initial-branch", "main", ".")
    git("add", "output/woo-stack.json")
    git("commit", "--message", "Before")
    git("remote", "add", "origin", str(tmp_path))
    git("checkout", "-b", "feature")
    template = tmp_path / "output" / "woo-stack.json"
    content = json.loads(template.read_text())
    if changed:
        content["Resources"]["DocumentsTable"]["Properties"]["TableClass"] = "STANDARD_INFREQUENT_ACCESS"
        del content["Resources"]["EventsQueue"]["Properties"]["KmsMasterKeyId"]
    template.write_text(json.dumps(content, separators=(",", ":")))
    git("add", "output/woo-stack.json")
    git("commit", "--allow-empty", "--message", "After")
    for command in JOBS[system]("difference"):
        # AWS is not asked: there are no credentials, and nothing answers there.
        run(tmp_path, *command, **runner, AWS_ACCESS_KEY_ID="", AWS_ENDPOINT_URL="http://127.0.0.1:9")
    told = (tmp_path / "difference.txt").read_text()
    assert ("DocumentsTable" in told, "STANDARD_INFREQUENT_ACCESS" in told, "EventsQueue" in told) == (changed,) * 3
    if system == "github":
        assert (tmp_path / "summary").read_text() == f"```\n{told}```\n"
