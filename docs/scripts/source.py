"""What stands in the source of a dataclass: each field's annotation and ``#:`` comment as text."""

import ast
import inspect
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Written:
    """A field as it is written."""

    name: str
    annotation: str
    #: The comment above it, in Markdown; empty where there is none.
    meaning: str


def written(kind: type) -> Iterator[Written]:
    """The fields of a class in their order."""
    source = Path(inspect.getfile(kind)).read_text()
    lines = source.splitlines()
    (found,) = (
        node for node in ast.parse(source).body if isinstance(node, ast.ClassDef) and node.name == kind.__name__
    )
    for node in found.body:
        if isinstance(node, ast.AnnAssign):
            yield Written(
                ast.unparse(node.target), ast.unparse(node.annotation).strip("'"), _comment(lines, node.lineno)
            )


def _comment(lines: list[str], below: int) -> str:
    """The comment that ends in the line above, numbered from 1."""
    first = below - 1
    while lines[first - 1].strip().startswith("#:"):
        first -= 1
    text = " ".join(line.strip().removeprefix("#:").strip() for line in lines[first : below - 1])
    return re.sub(r"``(.+?)``", r"`\1`", text)
