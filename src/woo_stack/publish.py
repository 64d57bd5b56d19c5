"""Write what has been checked: deterministic text, never with a finding, never half a file."""

import os
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from troposphere import Template

from woo_stack.component import WooStackError
from woo_stack.template import to_json
from woo_stack.validate import Finding, problems


class PublishError(WooStackError):
    """A template with findings, or a place that cannot be written."""


def publish(
    template: Template | Mapping[str, Any], path: str | Path, rules: Sequence[str | Path] = ()
) -> list[Finding]:
    """Write a template unless it has an error or a warning; returns the notes that are left.

    `rules` are more files of CloudFormation Guard, as `problems` takes them.
    Raises PublishError with every finding, or with the reason why the place cannot be written; then nothing there
    has changed.
    """
    found = problems(template, rules)
    refuse(found, Path(path))
    write(path, to_json(template))
    return found


def refuse(found: list[Finding], path: Path) -> None:
    """Raise PublishError if any of these is more than a note."""
    if bad := [finding for finding in found if finding.level != "note"]:
        raise PublishError(
            f"{path} is not written, its template has findings ({len(bad)}):\n" + "\n".join(map(str, bad))
        )


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
