"""Patches as CONTRIBUTING shows them: unified diffs whose places are told by the lines around them, not by numbers."""

import re
from collections.abc import Iterator
from pathlib import Path


class PatchError(ValueError):
    """A patch that does not fit the files: the file, the lines, and how often they stand there."""


def hunks(text: str) -> Iterator[tuple[str, list[str]]]:
    """The file and the lines of each hunk: ``+++ file`` begins a file, ``@@`` another place of it."""
    head, *files = re.split(r"^\+\+\+ ", text, flags=re.MULTILINE)
    if head or not files:
        raise PatchError("a patch begins with +++ and a file")
    for part in files:
        name, _, rest = part.partition("\n")
        for hunk in re.split(r"^@@\n", rest, flags=re.MULTILINE):
            lines = [line or " " for line in hunk.splitlines()]
            if not lines or not {line[0] for line in lines} <= {*" +-"}:
                raise PatchError(f"{name}: a line begins with +, - or a blank")
            yield name, lines


def patched(folder: Path, text: str) -> list[str]:
    """Apply a patch below a folder, strictly: what stands around a change must stand there once. The files' names.

    What has neither context nor removed lines is a new file.
    """
    for name, lines in hunks(text):
        path = folder / name
        before, after = ("".join(f"{line[1:]}\n" for line in lines if line[0] in kept) for kept in (" -", " +"))
        if not before:
            if path.exists():
                raise PatchError(f"{name} exists: a change of it needs a line of context")
            path.write_text(after)
            continue
        present = "\n" + (path.read_text() if path.exists() else "")
        if (times := present.count(f"\n{before}")) != 1:
            raise PatchError(f"{name} has these lines {times} times, allowed: once\n{before}")
        path.write_text(present.replace(f"\n{before}", f"\n{after}")[1:])
    return list(dict.fromkeys(name for name, _ in hunks(text)))
