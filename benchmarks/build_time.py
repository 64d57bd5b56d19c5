"""What `python build.py` costs, beside what others take for less: CPU of whole processes, in turns.

Ours is four templates, 253 resources, each validated by both engines; theirs the small architecture of `peers/`, which
is there of our components too.
"""

import sys
import tempfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from figure import Figure
from measure import cpu_seconds, medians
from peers import CDK, SMALL, programs

TITLE = "Building: CPU of the process"
ROOT = Path(__file__).parents[1]
#: Another memory size in one of the four shops: one template is new, and the others are not.
ONE_OTHER = ('Settings(api="http")', 'Settings(api="http", memory_mb={})')

FLOOR = "python, import troposphere and awacs"
NOTHING, ONE, ALL = "build.py, nothing cached", "build.py, one template changed", "build.py, nothing changed"
GOALS = {NOTHING: 2.0, ONE: 1.3, ALL: 0.20}


def build(app: Path, place: Path, *arguments: str) -> float:
    """One build into a folder with a cache of its own."""
    command = [sys.executable, str(app), "--output", str(place / "output"), *arguments]
    return cpu_seconds(command, XDG_CACHE_HOME=str(place / "cache"))


def build_with_one_other(place: Path, numbers: Iterator[int]) -> float:
    """A build in which one template is as it never was."""
    app = place / "one.py"
    app.write_text((ROOT / "build.py").read_text().replace(ONE_OTHER[0], ONE_OTHER[1].format(next(numbers))))
    return build(app, place)


def figures() -> Iterator[Figure]:
    """Seconds of each, and ours as a part of what CDK takes."""
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        build(ROOT / "build.py", place)
        ours = {
            FLOOR: partial(cpu_seconds, [sys.executable, "-c", "import troposphere, awacs"]),
            ALL: partial(build, ROOT / "build.py", place),
            ONE: partial(build_with_one_other, place, iter(range(200, 1000))),
            NOTHING: partial(build, ROOT / "build.py", place, "--no-cache"),
        }
        # Of three, because CDK and SAM take their time.
        taken = medians(ours | programs(place), runs=3)
    for name, seconds in taken.items():
        yield Figure(name, seconds, "s", GOALS.get(name))
    for name in (NOTHING, SMALL) if CDK in taken else ():
        yield Figure(f"{name} / cdk synth", taken[name] / taken[CDK], "x", 0.20)
