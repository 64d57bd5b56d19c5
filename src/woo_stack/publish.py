"""Write what has been checked: deterministic text, never with a finding, never half a file."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from troposphere import Template

from woo_stack.files import PublishError as PublishError  # noqa: PLC0414 - beside `publish` for who imports both
from woo_stack.files import write
from woo_stack.template import to_json
from woo_stack.validate import Finding, problems


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
