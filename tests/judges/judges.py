"""The judges: each is started once on all templates, and gives what it found by the template's name."""

import json
import platform
import re
import shutil
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.judges import metadata
from tests.judges.metadata import Json, Suppression
from tests.judges.policies import documents

ROOT = Path(__file__).parents[2]
SCANNERS, POLICIES, RULES, NODE = (ROOT / ".venv" / name for name in ("scanners", "policies", "guard-rules", "nag"))
GUARD = NODE / "node_modules" / "@cdklabs" / "cdk-validator-cfnguard"
CFN_GUARD = GUARD / "bin" / ("macos" if sys.platform == "darwin" else "ubuntu") / platform.machine() / "cfn-guard"
REGISTRY = RULES / "awslabs" / "aws_iac_mcp_server" / "data" / "default_guard_rules.guard"
TYPE = r"AWS::\w+::\w+"


class Finding(NamedTuple):
    """A rule, and the logical id of what it was found on; empty for the template itself."""

    rule: str
    where: str


Found = Iterator[tuple[str, Finding]]


@dataclass(frozen=True)
class Judge:
    """How it is run on files, and what the template says to it."""

    run: Callable[[list[Path]], Found]
    #: What must be there.
    needs: tuple[Path, ...]
    suppressions: Callable[[Json], Iterable[Suppression]] = lambda _: ()
    #: Whether it reads its suppressions itself; for the others the tests subtract what is named.
    reads: bool = False

    @property
    def missing(self) -> str:
        """What is not installed."""
        return ", ".join(str(path.relative_to(ROOT)) for path in self.needs if not path.exists())


def judged(judge: Judge, templates: Mapping[str, Json], folder: Path) -> dict[str, list[Finding]]:
    """What it finds in each template."""
    folder.mkdir()
    files = [folder / f"{name}.json" for name in templates]
    for file, template in zip(files, templates.values(), strict=True):
        file.write_text(json.dumps(template))
    found: dict[str, set[Finding]] = defaultdict(set)
    for name, finding in judge.run(files):
        found[name].add(finding)
    return {name: sorted(found[name]) for name in templates}


def _output(*command: str | Path, cwd: Path = ROOT, text: str | None = None, good: tuple[int, ...] = (0,)) -> Any:
    """The JSON that a judge prints."""
    done = subprocess.run(command, cwd=cwd, input=text, capture_output=True, text=True, check=False)
    assert done.returncode in good, f"{command[0]}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return json.loads(done.stdout)


def cdk_nag(files: list[Path]) -> Found:
    """AwsSolutions, HIPAA Security, NIST 800-53 R4 and R5, PCI DSS 3.2.1 and Serverless."""
    # It resolves its modules from where it stands.
    shutil.copy(ROOT / "tests" / "judges" / "nag.cjs", NODE)
    for file, rule, where in _output("node", "nag.cjs", *files, cwd=NODE):
        yield Path(file).stem, Finding(rule, where)


def checkov(files: list[Path]) -> Found:
    """Its checks of CloudFormation."""
    options = ("--framework", "cloudformation", "--compact", "--skip-download", "--output", "json")
    for one in _output(SCANNERS / "bin" / "checkov", *options, "--file", *files, good=(0, 1))["results"][
        "failed_checks"
    ]:
        yield Path(one["file_path"]).stem, Finding(one["check_id"], one["resource"].rpartition(".")[2])


def cfn_lint(files: list[Path]) -> Found:
    """With the notes, and with the rules of AWS Lambda Powertools."""
    options = ("--regions", "us-east-1", "--include-checks", "I", "--append-rules", "cfn_lint_serverless.rules")
    command = (SCANNERS / "bin" / "cfn-lint", *options, "--format", "json", "--template", *files)
    # Its status is a sum of what it found.
    for one in _output(*command, good=tuple(range(32))):
        path = one["Location"]["Path"] or []
        where = str(path[1]) if path[:1] == ["Resources"] else ""
        yield Path(one["Filename"]).stem, Finding(one["Rule"]["Id"], where)


def control_tower(files: list[Path]) -> Found:
    """AWS Control Tower's proactive controls."""
    types = set(re.findall(TYPE, "".join(file.read_text() for file in files)))
    # Most of its files are of types that nothing here has.
    rules = sorted((GUARD / "rules" / "control-tower").rglob("*.guard"))
    return _guard([rule for rule in rules if types & set(re.findall(TYPE, rule.read_text()))], files)


def guard_registry(files: list[Path]) -> Found:
    """AWS's Guard registry: the rules that AWS hands out in a package."""
    return _guard([REGISTRY], files)


def _guard(rules: list[Path], files: list[Path]) -> Found:
    options = ("--structured", "--output-format", "json", "--show-summary", "none")
    # 19: some template does not comply.
    for report in _output(CFN_GUARD, "validate", *options, "--rules", *rules, "--data", *files, good=(0, 19)):
        for failed in report["not_compliant"]:
            text = json.dumps(failed)
            control = re.search(r"\[(CT\.[A-Z0-9.]+)\]", text)
            rule = control[1] if control else failed["Rule"]["name"]
            for where in set(re.findall(r'"path": "/Resources/(\w+)', text)) or {""}:
                yield Path(report["name"]).stem, Finding(rule, where)


def policies(files: list[Path]) -> Found:
    """Every policy, by parliament, cloudsplaining and policy_sentry."""
    every = [
        (file.stem, where, kind, document)
        for file in files
        for where, kind, document in documents(json.loads(file.read_text()))
    ]
    python, script = POLICIES / "bin" / "python", ROOT / "tests" / "judges" / "policy_judges.py"
    for name, rule, where in _output(python, script, text=json.dumps(every)):
        yield name, Finding(rule, where)


JUDGES = {
    "cdk-nag": Judge(cdk_nag, (NODE / "node_modules" / "cdk-nag",), metadata.cdk_nag),
    "cfn-lint": Judge(cfn_lint, (SCANNERS / "bin" / "cfn-lint",), metadata.cfn_lint, reads=True),
    "checkov": Judge(checkov, (SCANNERS / "bin" / "checkov",), metadata.checkov, reads=True),
    "control-tower": Judge(control_tower, (CFN_GUARD,), metadata.control_tower),
    "guard-registry": Judge(guard_registry, (CFN_GUARD, REGISTRY), metadata.guard_registry, reads=True),
    "policies": Judge(policies, (POLICIES / "bin" / "parliament",)),
}
