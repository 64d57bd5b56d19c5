"""Python's garbage collection, off while much is made that lives on: collecting then finds nothing, and takes time."""

import atexit
import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected(*, last: bool = False) -> Iterator[None]:
    """Collect nothing in here; of cfn-lint's time that is half, of composing a release a sixth.

    Nor afterwards any of it where this is the `last` that a program does, another twentieth of a build.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if last:
            for_good()
        if collecting:
            gc.enable()


def for_good() -> None:
    """What is there now lives as long as Python, and is not looked through again.

    Nor is all when Python ends, which would take a fourth of a build: what is freed then is freed anyway.
    """
    gc.freeze()
    atexit.register(gc.freeze)
