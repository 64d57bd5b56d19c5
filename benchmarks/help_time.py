"""What `--help` of each command costs: milliseconds of CPU, and how many times what Python takes to start.

`make bench` prints the table, and fails when one takes longer than it may.
"""

import os
import subprocess
import sys
from collections.abc import Sequence

from woo_stack.cli import COMMANDS

#: Seconds.
LIMIT = 0.150
RUNS = 10
#: What is compared: arguments of Python, by the name that is shown.
PROGRAMS = {
    "python -c pass": ["-c", "pass"],
    "import woo_stack": ["-c", "import woo_stack"],
    "from woo_stack import *": ["-c", "from woo_stack import *"],
}


def seconds(arguments: Sequence[str]) -> float:
    """What the interpreter takes for this, of the user and of the system, on average: the clock ticks every 10 ms."""
    before = os.times()
    for _ in range(RUNS):
        subprocess.run([sys.executable, *arguments], stdout=subprocess.DEVNULL, check=True)  # noqa: S603 - our own
    after = os.times()
    return (after.children_user + after.children_system - before.children_user - before.children_system) / RUNS


def main() -> int:
    """Print a row a program; returns 1 if a help takes too long."""
    helps = {f"woo-stack {name} --help": ["-m", "woo_stack.cli", name, "--help"] for name in COMMANDS}
    helps = {"woo-stack --help": ["-m", "woo_stack.cli", "--help"]} | helps
    taken = {name: seconds(arguments) for name, arguments in (PROGRAMS | helps).items()}
    bare = taken["python -c pass"]
    for name, cost in taken.items():
        print(f"{name:<32} {cost * 1000:6.0f} ms {cost / bare:6.1f} x")
    slow = [name for name in helps if taken[name] > LIMIT]
    if slow:
        print(f"more than {LIMIT * 1000:.0f} ms: {', '.join(slow)}", file=sys.stderr)
    return 1 if slow else 0


if __name__ == "__main__":
    raise SystemExit(main())
