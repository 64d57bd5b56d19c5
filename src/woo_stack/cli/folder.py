"""A folder for what a command needs while it runs."""

import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder that nobody else can read, and remove it with all that is in it.

    Ctrl-C between the making of a `tempfile.TemporaryDirectory` and its return leaves that folder behind; here it is
    named, and so can be removed, before it is made.
    """
    path = Path(tempfile.gettempdir(), f"woo-stack-{secrets.token_hex(8)}")
    try:
        path.mkdir(mode=0o700)
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
