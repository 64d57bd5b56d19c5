"""CPU of whole processes, in turns: what else a machine does falls on all that are compared."""

import os
import statistics
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage

RUNS = 5


def cpu_seconds(command: Sequence[str], *, folder: Path | None = None, **environment: str) -> float:
    """What a program takes, with all that it starts and waits for, of the user and of the system.

    Ends the benchmark where the program fails.
    """
    before = getrusage(RUSAGE_CHILDREN)
    done = subprocess.run(  # noqa: S603 - ours
        command, cwd=folder, env=os.environ | environment, stdin=subprocess.DEVNULL, capture_output=True, check=False
    )
    after = getrusage(RUSAGE_CHILDREN)
    if done.returncode:
        sys.stderr.write(done.stdout.decode(errors="replace") + done.stderr.decode(errors="replace"))
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}")
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def medians(programs: Mapping[str, Callable[[], float]], runs: int = RUNS) -> dict[str, float]:
    """The median of each, run after run."""
    taken: dict[str, list[float]] = {name: [] for name in programs}
    for _ in range(runs):
        for name, program in programs.items():
            taken[name].append(program())
    return {name: statistics.median(times) for name, times in taken.items()}
