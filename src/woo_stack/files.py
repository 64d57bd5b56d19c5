"""Files that are written at once or not at all, and an output that nobody reads any more."""

import os
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from woo_stack.errors import WooStackError


class PublishError(WooStackError):
    """A template with findings, or a place that cannot be written."""


def write(path: str | Path, content: str | bytes) -> None:
    """Write a file at once or not at all; raises PublishError where that cannot be done."""
    path, data = Path(path), content.encode() if isinstance(content, str) else content
    temporary = None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = file.name
            file.write(data)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except OSError as error:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
        raise PublishError(
            f"{path} cannot be written: {error.strerror}, allowed: a file in a writable folder"
        ) from None


def abandon_stdout() -> None:
    """Let what nobody takes go nowhere: Python would complain when it flushes stdout at exit."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
