"""What deployments by other tools share: a copy of what they read, the emulator for AWS, and what is there then."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from woo_stack import release
from woo_stack.cli.emulator import REGION, Emulator
from woo_stack.cloudformation.unsupported import without_types
from woo_stack.code import archive

ROOT = Path(__file__).parents[2]
#: What the emulator does not know, or does not take as it is.
UNKNOWN = frozenset({"AWS::CloudWatch::CompositeAlarm", "AWS::Logs::QueryDefinition"})


@pytest.fixture
def emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def project(emulator: Emulator, tmp_path: Path) -> Callable[[str], Path]:
    """A copy of the repository's part that pipelines read, with a template that the emulator takes."""
    code = release().code
    assert code
    name, zipped = archive(code)
    client = emulator.session().client("s3", endpoint_url=emulator.endpoint)
    client.create_bucket(Bucket="artefacts")
    client.put_object(Bucket="artefacts", Key=name, Body=zipped)

    def made(template: str) -> Path:
        shutil.copytree(ROOT / "examples" / "pipelines", tmp_path / "examples" / "pipelines")
        shutil.copytree(ROOT / "output", tmp_path / "output", ignore=shutil.ignore_patterns("*.zip"))
        parsed = without_types(json.loads((ROOT / "output" / template).read_text()), UNKNOWN).template
        (tmp_path / "output" / "woo-stack.json").write_text(json.dumps(parsed, separators=(",", ":")))
        if "CodeBucket" in parsed["Parameters"]:
            (tmp_path / "output" / name).write_bytes(zipped)
            for file in (tmp_path / "output" / "environments").iterdir():
                environment = json.loads(file.read_text())
                environment["Parameters"] |= {"CodeBucket": "artefacts", "CodeKey": name}
                file.write_text(json.dumps(environment))
        return tmp_path

    return made


@pytest.fixture
def run(emulator: Emulator) -> Callable[..., str]:
    """Run a command with the emulator for AWS; what it prints is told when it fails."""

    def run(folder: Path, *command: str, **variables: str) -> str:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        access = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_ENDPOINT_URL": emulator.endpoint}
        regions = {"AWS_DEFAULT_REGION": REGION, "AWS_REGION": REGION}
        done = subprocess.run(
            command, cwd=folder, env=kept | access | regions | variables, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    return run


@pytest.fixture
def deployed(emulator: Emulator) -> Callable[[Path, str], None]:
    """The environment's stack is there as output/ of that folder says."""

    def deployed(folder: Path, environment: str) -> None:
        client = emulator.session().client("cloudformation", endpoint_url=emulator.endpoint)
        (stack,) = client.describe_stacks(StackName=f"woo-stack-{environment}")["Stacks"]
        assert stack["StackStatus"] == "CREATE_COMPLETE"
        wanted: dict[str, Any] = json.loads((folder / "output" / "environments" / f"{environment}.json").read_text())
        parameters = {one["ParameterKey"]: one["ParameterValue"] for one in stack["Parameters"]}
        assert {name: parameters[name] for name in wanted["Parameters"]} == wanted["Parameters"]
        tags = {one["Key"]: one["Value"] for one in stack["Tags"]}
        assert {name: tags[name] for name in wanted["Tags"]} == wanted["Tags"]
        body = client.get_template(StackName=stack["StackName"])["TemplateBody"]
        # Sceptre makes YAML of it by a line in front.
        published = json.loads((folder / "output" / "woo-stack.json").read_text())
        assert (yaml.safe_load(body) if isinstance(body, str) else body) == published

    return deployed
