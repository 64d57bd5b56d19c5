"""``make bench``: every figure as a table and in `bench/results.json`, and which goals are missed.

``python benchmarks/run.py [NAME ...]`` takes some of them alone, and saves nothing.
"""

import json
import os
import platform
import sys
from collections.abc import Sequence
from dataclasses import asdict
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

from figure import Figure

RESULTS = Path(__file__).parents[1] / "bench" / "results.json"
#: Modules with a TITLE and figures(), the quick ones first.
BENCHMARKS = ("help_time", "compose_time", "build_time", "cold_start", "warm_time", "intake_time", "read_cost")
PACKAGES = ("awacs", "boto3", "cfn-lint", "cloudformation-validate", "troposphere")


def line(figure: Figure) -> str:
    """A row of a table."""
    goal = "" if figure.most is None else f"  at most {figure.most:g}" + ("" if figure.is_met else ", MISSED")
    return f"  {figure.name:<52}{figure.value:>10.2f} {figure.unit:<11}{goal}"


def main(names: Sequence[str]) -> int:
    """Measure and print; returns the exit code."""
    if unknown := set(names).difference(BENCHMARKS):
        print(f"{', '.join(sorted(unknown))} is no benchmark, allowed: {', '.join(BENCHMARKS)}", file=sys.stderr)
        return 2
    results, missed = {}, []
    for name in names or BENCHMARKS:
        module = import_module(name)
        print(module.TITLE, flush=True)
        figures = []
        for figure in module.figures():
            print(line(figure), flush=True)
            figures.append(figure)
        results[name] = [asdict(figure) for figure in figures]
        missed += [figure for figure in figures if not figure.is_met]
    print(f"{len(missed)} goals are missed" + "".join(f"\n{line(figure)}" for figure in missed))
    if not names:
        versions = {package: version(package) for package in PACKAGES}
        machine = {"python": platform.python_version(), "system": platform.platform(), "processors": os.cpu_count()}
        RESULTS.parent.mkdir(exist_ok=True)
        RESULTS.write_text(json.dumps({**machine, "versions": versions, "figures": results}, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
