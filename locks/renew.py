"""Renew the locks: ``make lock`` writes what every make target installs, each file with its hashes.

A lock holds for every platform and Python from 3.11 on, and pip alone installs it. What goes into one environment
agrees, because all of it is resolved first. For `lowest.txt` each requirement of setup.cfg is at its lower bound; for
`newest.txt` without the emulator, whose pin of botocore holds boto3 back.
"""

import re
import subprocess
import sys
import tempfile
import tomllib
from itertools import chain
from pathlib import Path

ROOT = Path(__file__).parents[1]
HEADER = "# Written by `make lock`.\n"
#: What is installed into .venv, and on which other lock each adds: what both would say stands in that one alone.
EXTRAS = {"library": None, "test": "library", "dev": "test", "docs": "library"}
#: What has an environment of its own: from what it is resolved, and how.
APART = {
    "lowest": ["setup.cfg", "--extra=unit", "--resolution=lowest-direct"],
    "newest": ["setup.cfg", "--extra=unit"],
    "tools": ["locks/tools.in"],
    "site": ["locks/site.in"],
    "peers": ["benchmarks/peers/requirements.in"],
    "deployers": ["tests/adapters/deployers.txt"],
    "schemas": ["tests/adapters/schemas.txt"],
    "scanners": ["tests/judges/scanners.txt"],
    "policies": ["tests/judges/policies.txt"],
    "rules": ["tests/judges/rules.txt", "--no-deps"],
}
#: Packages of npm, which keeps its lock beside what it locks.
NPM = ("tests/npm", "tests/judges", "docs/assets", "benchmarks/peers/cdk")


def resolved(sources: list[str], *, build: str = "") -> str:
    """One environment: every package that it needs, at one version each, with the hashes of all its files."""
    command = [str(Path(sys.executable).with_name("uv")), "pip", "compile", "--quiet", "--universal", "--upgrade"]
    command += ["--python-version=3.11", "--fork-strategy=fewest", "--generate-hashes", "--no-annotate", "--no-header"]
    command += ["--system-certs", "--no-emit-index-url", *sources, *(["-"] if build else [])]
    done = subprocess.run(command, input=build, stdout=subprocess.PIPE, cwd=ROOT, text=True, check=True)  # noqa: S603
    return done.stdout


def entries(lock: str) -> list[str]:
    """The text of each package: its line and those of its hashes."""
    return re.findall(r"^\S.*\n(?:[ ].*\n)*", lock, re.MULTILINE)


def write(name: str, text: str) -> None:
    """Write one lock."""
    (ROOT / "locks" / f"{name}.txt").write_text(HEADER + text)


def main() -> int:
    """Write every lock; returns the exit code."""
    build = "\n".join(tomllib.loads((ROOT / "pyproject.toml").read_text())["build-system"]["requires"])
    extras = {name: [f"--extra={name}"] if base else [] for name, base in EXTRAS.items()}
    with tempfile.NamedTemporaryFile("w", suffix=".txt") as together:
        together.write(resolved(["setup.cfg", *chain(*extras.values())], build=build))
        together.flush()
        texts = {
            name: resolved(["setup.cfg", *extra, f"--constraints={together.name}"], build=build)
            for name, extra in extras.items()
        }
    for name, base in EXTRAS.items():
        first, known = (f"-r {base}.txt\n", entries(texts[base])) if base else ("", [])
        write(name, first + "".join(entry for entry in entries(texts[name]) if entry not in known))
    for name, sources in APART.items():
        write(name, resolved(sources, build=build if "setup.cfg" in sources else ""))
    for folder in NPM:
        # Without the addresses of the files: every registry has the same ones, which the hashes hold to.
        command = ["npm", "install", "--package-lock-only", "--omit-lockfile-registry-resolved", "--silent"]
        (ROOT / folder / "package-lock.json").unlink(missing_ok=True)
        subprocess.run([*command, "--no-audit", "--no-fund"], cwd=ROOT / folder, check=True)  # noqa: S603
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
