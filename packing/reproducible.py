"""setuptools' build backend, but with the same bytes whoever builds, in whichever folder, and when.

Files carry no time, owner or mode of the machine that packed them, and a wheel is stored without compression, because
zlib's output differs from build to build of Python; a source archive is the same wherever zlib is. Both are built
apart from `build/` and `*.egg-info`, which remember files that are gone. pyproject.toml names the one version of
setuptools, which is written into the wheel.

``python packing/reproducible.py`` writes both into dist/. See https://reproducible-builds.org/docs/archives/.
"""

import gzip
import io
import os
import shutil
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403 - a backend is all the hooks of its interface; two are ours

#: The earliest time that a zip can tell.
_DATE = (1980, 1, 1, 0, 0, 0)
_SECONDS = 315_532_800


def build_wheel(wheel_directory: str, config_settings: Any = None, metadata_directory: str | None = None) -> str:
    """The wheel, as PEP 517 asks for it; returns its file name."""
    with _apart():
        name: str = build_meta.build_wheel(wheel_directory, config_settings, metadata_directory)
    path = Path(wheel_directory, name)
    with zipfile.ZipFile(path) as built:
        content = [(entry.filename, built.read(entry)) for entry in built.infolist()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as wheel:
        for file, data in content:
            entry = zipfile.ZipInfo(file, _DATE)
            entry.create_system, entry.external_attr = 3, 0o100644 << 16
            wheel.writestr(entry, data)
    return name


def build_sdist(sdist_directory: str, config_settings: Any = None) -> str:
    """The source archive, as PEP 517 asks for it; returns its file name."""
    with _apart():
        name: str = build_meta.build_sdist(sdist_directory, config_settings)
    path = Path(sdist_directory, name)
    content: dict[str, bytes] = {}
    with tarfile.open(path) as built:
        for member in built:
            if file := built.extractfile(member):
                content[member.name] = file.read()
    archived = io.BytesIO()
    with tarfile.open(fileobj=archived, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for file_name, data in sorted(content.items()):
            entry = tarfile.TarInfo(file_name)
            entry.size, entry.mtime, entry.mode = len(data), _SECONDS, 0o644
            archive.addfile(entry, io.BytesIO(data))
    # Not gzip.compress, whose header tells one Python from another.
    with path.open("wb") as target, gzip.GzipFile("", "wb", 9, target, mtime=0) as zipped:
        zipped.write(archived.getvalue())
    return name


@contextmanager
def _apart() -> Iterator[None]:
    """Let setuptools keep what it builds in a folder of its own, which is new each time."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "apart.cfg").write_text(f"[build]\nbuild_base={folder}/build\n[egg_info]\negg_base={folder}\n")
        before = os.environ.get("DIST_EXTRA_CONFIG")
        os.environ["DIST_EXTRA_CONFIG"] = f"{folder}/apart.cfg"
        try:
            yield
        finally:
            del os.environ["DIST_EXTRA_CONFIG"]
            if before is not None:
                os.environ["DIST_EXTRA_CONFIG"] = before


if __name__ == "__main__":
    shutil.rmtree("dist", ignore_errors=True)
    for build in (build_sdist, build_wheel):
        print(f"dist/{build('dist')}")
