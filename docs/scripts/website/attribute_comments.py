"""A griffe extension: the ``#:`` comment of an attribute is its documentation, as Sphinx reads it.

Griffe itself knows only docstrings below attributes. https://mkdocstrings.github.io/griffe/guide/users/extending/
"""
# mypy: disable-error-code="import-not-found,misc"
# griffe is installed with what builds the site alone.

import ast
from collections.abc import Sequence
from typing import Any

import griffe

MARK = "#:"


def comment(lines: Sequence[str], first: int, last: int) -> str:
    """The ``#:`` comment of the statement in these lines (from 1, both included): those above it, or behind it."""
    above: list[str] = []
    for line in reversed(lines[: first - 1]):
        if not line.strip().startswith(MARK):
            break
        above.insert(0, line.strip().removeprefix(MARK).strip())
    _, mark, behind = lines[last - 1].rpartition("  " + MARK)
    return " ".join(above) or (behind.strip() if mark else "")


class AttributeComments(griffe.Extension):
    """Gives each attribute without a docstring its comment, and keeps a bare ``ClassVar`` from being a field."""

    def on_attribute_instance(self, *, node: ast.stmt, attr: Any, agent: Any, **_: Any) -> None:
        """Set the docstring; called by griffe for each assignment that it visits."""
        if str(attr.annotation) == "ClassVar":
            attr.annotation = None
            attr.labels.discard("instance-attribute")
        found = comment(agent.code.splitlines(), node.lineno, node.end_lineno or node.lineno)
        if found and not attr.docstring:
            attr.docstring = griffe.Docstring(found, lineno=node.lineno, parent=attr)
