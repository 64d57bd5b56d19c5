"""What `--help` of each command costs: milliseconds of CPU of the whole process, Python's own start included."""

import sys
from collections.abc import Iterator
from functools import partial

from figure import Figure
from measure import cpu_seconds, medians
from woo_stack.cli import COMMANDS

TITLE = "Help: CPU of the process"

#: For what is asked, in milliseconds.
MOST_MS = 150
#: What is compared: arguments of Python, by the name that is shown.
PROGRAMS = {
    "python -c pass": ["-c", "pass"],
    "import woo_stack": ["-c", "import woo_stack"],
    "from woo_stack import *": ["-c", "from woo_stack import *"],
}


def figures() -> Iterator[Figure]:
    """A row a program."""
    helps = {f"woo-stack {name} --help": ["-m", "woo_stack.cli", name, "--help"] for name in COMMANDS}
    helps = {"woo-stack --help": ["-m", "woo_stack.cli", "--help"]} | helps
    programs = {name: partial(cpu_seconds, [sys.executable, *words]) for name, words in (PROGRAMS | helps).items()}
    for name, seconds in medians(programs).items():
        yield Figure(name, seconds * 1000, "ms", MOST_MS if name in helps else None)
