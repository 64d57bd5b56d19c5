"""What a build has found out before, in small files that are named by what they are about."""

import hashlib
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cached_property
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

from woo_stack.files import PublishError, write


def default_folder() -> Path | None:
    """Where programs keep what they can make again; None where there is no such place.

    https://specifications.freedesktop.org/basedir-spec/latest/
    """
    places = (os.environ.get("XDG_CACHE_HOME", ""), os.path.expanduser("~/.cache"))
    return next((Path(place, "woo-stack") for place in places if os.path.isabs(place)), None)


class Cache:
    """JSON values by what they are about; whatever is missing, damaged or of other versions is not there."""

    def __init__(self, folder: Path | None) -> None:
        """Keep values in this folder, or with None nowhere."""
        self._folder = folder

    def get(self, *about: str) -> Any:
        """What was kept, or None."""
        try:
            digest, _, text = self._file(about).read_bytes().partition(b"\n") if self._folder else (b"", b"", b"")
        except OSError:
            return None
        return json.loads(text) if digest == _digest(text) else None

    def put(self, value: Any, *about: str) -> None:
        """Keep a value, unless the folder cannot be written: then the next build is no faster, and nothing else."""
        try:
            if self._folder:
                text = json.dumps(value).encode()
                write(self._file(about), _digest(text) + b"\n" + text)
        except PublishError:
            self._folder = None

    def _file(self, about: tuple[str, ...]) -> Path:
        name = _digest(json.dumps([self._makers, *about]).encode()).decode()
        return Path(self._folder or "") / name

    @cached_property
    def _makers(self) -> list[str]:
        """The versions of everything that a value may depend on, and of this library every byte."""
        digest = hashlib.sha256()
        # In a checkout the handler stands beside the package.
        for package in ("woo_stack", "woo_stack.handler"):
            for file in sorted(_sources(files(package)), key=str):
                digest.update(file.name.encode() + file.read_bytes())
        return [sys.version, *_installed(), digest.hexdigest()]


_CURRENT: ContextVar[Cache | None] = ContextVar("cache", default=None)


def current() -> Cache:
    """Where what is found out now is kept: nowhere, but in a build that says where."""
    return _CURRENT.get() or Cache(None)


@contextmanager
def keeping(folder: Path | None) -> Iterator[Cache]:
    """Keep in this folder what is found out in here, or with None nowhere."""
    token = _CURRENT.set(cache := Cache(folder))
    try:
        yield cache
    finally:
        _CURRENT.reset(token)


def _digest(text: bytes) -> bytes:
    return hashlib.sha256(text).hexdigest().encode()


def _installed() -> list[str]:
    """Names and versions of the packages that may be imported; importlib.metadata alone takes as long as all the rest.

    https://packaging.python.org/en/latest/specifications/recording-installed-packages/
    """
    return sorted(record.name for place in sys.path for record in Path(place).glob("*.dist-info"))


def _sources(folder: Traversable) -> Iterator[Traversable]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _sources(entry)
        elif entry.name.endswith((".py", ".guard")):
            yield entry
