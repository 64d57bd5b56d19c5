"""What a command is doing, on stderr: stdout is for the answer alone."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


def tell(text: str) -> None:
    """One line for the person who waits."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(text: str) -> Iterator[None]:
    """Announce a step before it begins, so that a slow one is seen while it runs; then say what it took."""
    print(f"{text} ... ", end="", file=sys.stderr, flush=True)
    started = time.monotonic()
    try:
        yield
    except BaseException:
        tell("failed")
        raise
    tell(f"{time.monotonic() - started:.1f} s")
