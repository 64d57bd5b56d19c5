"""WooCommerce documents in files: one JSON document, a JSON list of them, or JSON lines."""

import json
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from woo_stack.cli.errors import CommandError
from woo_stack.handler.documents import Kind, entries, id_of, kind_of
from woo_stack.handler.lists import DocumentError

_SPACE = re.compile(r"[ \t\r\n]*")


class Document(NamedTuple):
    """One document; ``body`` is its text exactly as the file has it, since that is what the API returns."""

    kind: Kind
    number: int
    body: bytes


def read(names: Sequence[str]) -> list[Document]:
    """The documents of all these files in order; ``-`` is stdin.

    Raises CommandError at the first place where a file cannot be read, is not JSON in UTF-8, or has a document
    that the shop cannot store.
    """
    if names.count("-") > 1:
        raise CommandError("--load - is given twice; stdin can be read once", status=2)
    return [document for name in names for document in _documents(_File(name, _text(name)))]


def _text(name: str) -> str:
    try:
        content = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        raise CommandError(f"--load {name} cannot be read: {error.strerror}") from error
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CommandError(f"{name}, byte {error.start + 1}: it is not UTF-8 text") from error


def _documents(file: "_File") -> Iterator[Document]:
    number = 0
    for start, end, value in file.values():
        number += 1
        if not isinstance(value, dict):
            found = "a list" if isinstance(value, list) else file.text[start : min(end, start + 20)]
            file.fail(start, f"document {number} is {found}, allowed: a JSON object")
        try:
            kind = kind_of(value)
            entries(kind, value)  # where the document will be listed: what it lacks for that shows here
        except DocumentError as error:
            file.fail(start, f"document {number} cannot be stored: {error}")
        yield Document(kind, id_of(value, kind.noun), file.text[start:end].encode())
    if number == 0:
        raise CommandError(f"{file.name} has no document in it")


@dataclass(frozen=True)
class _File:
    name: str
    text: str

    def values(self) -> Iterator[tuple[int, int, Any]]:
        """Start, end and value of each document."""
        at = self._skip(0)
        return self._elements(at + 1) if self.text.startswith("[", at) else self._sequence(at)

    def fail(self, at: int, what: str) -> NoReturn:
        """Raise CommandError for what is wrong at this offset."""
        line = self.text.count("\n", 0, at) + 1
        column = at - self.text.rfind("\n", 0, at)
        raise CommandError(f"{self.name}, line {line} column {column}: {what}")

    def _sequence(self, at: int) -> Iterator[tuple[int, int, Any]]:
        """One document, or one after the other."""
        while at < len(self.text):
            value, end = self._decode(at)
            yield at, end, value
            at = self._skip(end)

    def _elements(self, at: int) -> Iterator[tuple[int, int, Any]]:
        """The elements of the one list that is the file; `at` is behind its bracket."""
        at = self._skip(at)
        while not self.text.startswith("]", at):
            value, end = self._decode(at)
            yield at, end, value
            at = self._skip(end)
            if self.text.startswith(",", at):
                at = self._skip(at + 1)
                if self.text.startswith("]", at):
                    self.fail(at, "it is not JSON: a value is missing after the comma")
            elif not self.text.startswith("]", at):
                self.fail(at, "it is not JSON: the list needs a comma or a ] here")
        if (rest := self._skip(at + 1)) < len(self.text):
            self.fail(rest, "there is something after the end of the list")

    def _decode(self, at: int) -> tuple[Any, int]:
        try:
            return _DECODER.raw_decode(self.text, at)
        except json.JSONDecodeError as error:
            self.fail(error.pos, f"it is not JSON: {error.msg[0].lower()}{error.msg[1:]}")
        except (ValueError, RecursionError) as error:
            self.fail(at, f"the document that begins here cannot be read: {error}")

    def _skip(self, at: int) -> int:
        space = _SPACE.match(self.text, at)
        return space.end() if space else at


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


_DECODER = json.JSONDecoder(parse_constant=_not_json)
