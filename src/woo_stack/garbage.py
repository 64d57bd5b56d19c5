"""Python's garbage collection, off while much is made that lives on: collecting then finds nothing, and takes time."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Collect nothing in here; of cfn-lint's time that is half, of composing a release a sixth."""
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
