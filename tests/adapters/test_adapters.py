"""Sceptre, CFNgin and AWS's own command line deploy what examples/pipelines/ says, to the emulator over real HTTP.

`make .venv/adapters` installs them, apart from the library's own tools.
"""

import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from woo_stack.cli.emulator import REGION

ROOT = Path(__file__).parents[2]
PIPELINES = Path("examples") / "pipelines"
DEPLOYERS, SCHEMAS = (ROOT / ".venv" / name / "bin" for name in ("deployers", "schemas"))
SEARCHED = {"PATH": f"{DEPLOYERS}:{os.environ['PATH']}"}

pytestmark = [
    pytest.mark.soak,
    pytest.mark.skipif(not (DEPLOYERS / "sceptre").exists(), reason="`make .venv/adapters` has not installed them"),
]


def test_sceptre_launches_the_shop(project: Any, run: Any, deployed: Any) -> None:
    # In the request itself: the emulator does not read S3's own addresses, by which Sceptre names what it uploads.
    folder = project("woo-stack-pipeline.json")
    text = (ROOT / PIPELINES / "sceptre" / "config" / "shop.yaml").read_text()
    values = {"environment": "staging", "artifact_bucket": "null", "region": REGION}
    assert values.keys() - {"region"} <= set(re.findall(r"--var (\w+)=", text))
    given = [word for name, value in values.items() for word in ("--var", f"{name}={value}")]
    file = "../../../output/environments/staging.json"
    command = ["sceptre", "--merge-vars", "--var-file", file, *given]
    run(folder / PIPELINES / "sceptre", *command, "launch", "--yes", "shop.yaml", **SEARCHED)
    deployed(folder, "staging")


def test_cfngin_deploys_the_shop(project: Any, run: Any, deployed: Any) -> None:
    folder = project("woo-stack-pipeline.json")
    variables = {"CI": "1", "ARTIFACT_BUCKET": "artefacts", "CFNGIN_STACK_POLL_TIME": "1"}
    run(folder / PIPELINES / "cfngin", "runway", "deploy", "--deploy-environment", "dev", **SEARCHED, **variables)
    deployed(folder, "dev")


def test_the_command_line_of_aws_deploys_the_shop(project: Any, run: Any, deployed: Any) -> None:
    folder = project("woo-stack.json")
    job = yaml.safe_load((folder / PIPELINES / "github-actions-plain.yml").read_text())["jobs"]["prod"]
    (command,) = [step["run"] for step in job["steps"] if "run" in step]
    parameters = json.loads((folder / "output" / "environments" / "prod.json").read_text())["Parameters"]
    # Version 1, which is what can be installed here, reads no file.
    pairs = " ".join(f"{name}={value}" for name, value in parameters.items())
    command, found = re.subn(r'"file://\S+"', pairs, command)
    assert found == 1
    gitlab = yaml.safe_load((folder / PIPELINES / "gitlab-ci-plain.yml").read_text())[".deployment"]["script"][-1]
    named = re.sub(r'"file://\S+"', pairs, gitlab).replace("CI_ENVIRONMENT_NAME", "ENVIRONMENT")
    assert named.split() == command.split()
    variables = {
        "ARTIFACT_BUCKET": "artefacts",
        "ENVIRONMENT": "prod",
        "EXECUTION_ROLE_ARN": "arn:aws:iam::000000000000:role/execution",
    }
    run(folder, "bash", "-ec", command, **SEARCHED, **variables)
    deployed(folder, "prod")
    assert "No changes to deploy" in run(folder, "bash", "-ec", command, **SEARCHED, **variables)


@pytest.mark.parametrize(
    ("schema", "name"),
    [
        ("github-workflows", "github-actions.yml"),
        ("github-workflows", "github-actions-plain.yml"),
        ("gitlab-ci", "gitlab-ci.yml"),
        ("gitlab-ci", "gitlab-ci-plain.yml"),
    ],
)
def test_a_pipeline_file_has_the_published_shape(run: Any, schema: str, name: str) -> None:
    run(ROOT, str(SCHEMAS / "check-jsonschema"), "--builtin-schema", f"vendor.{schema}", str(PIPELINES / name))
