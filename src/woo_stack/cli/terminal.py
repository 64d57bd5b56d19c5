"""What a terminal can show: colours, its width, which characters."""

import os
import re
import unicodedata
from collections.abc import Iterator
from typing import TextIO

#: Narrower terminals are written to as if they had this many columns.
LEAST_COLUMNS = 40
#: Of what is no terminal and does not say.
COLUMNS = 100

_CODES = {"bold": 1, "dim": 2, "red": 31, "green": 32, "yellow": 33, "cyan": 36}
# Control characters, and those that turn the direction of what follows: a name in AWS can hold them.
_UNSAFE = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")
_PLAIN = {"→": "->", "…": "...", "±": "*", "·": "-"}


class Terminal:
    """A stream that text for people goes to.

    Colours are for terminals only; NO_COLOR and TERM=dumb switch them off, FORCE_COLOR on (https://no-color.org).
    """

    def __init__(self, stream: TextIO) -> None:
        self.stream = stream
        self.interactive = stream.isatty()
        self.colour = self._has_colour()
        self.width = max(self._columns(), LEAST_COLUMNS)
        self._encoding = getattr(stream, "encoding", None) or "ascii"
        self.unicode = _can_write("".join(_PLAIN), self._encoding)

    def style(self, text: str, *names: str) -> str:
        """The text in that style, `red` or `bold`, where there are colours."""
        if not (self.colour and names and text):
            return text
        codes = ";".join(f"{_CODES[name]}" for name in names)
        return f"\x1b[{codes}m{text}\x1b[0m"

    def safe(self, text: str) -> str:
        """The text on one line, without what would steer the terminal or what the stream cannot write."""
        text = _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)
        if not self.unicode:
            for character, plain in _PLAIN.items():
                text = text.replace(character, plain)
        return text.encode(self._encoding, "backslashreplace").decode(self._encoding)

    def wrapped(self, text: str, indent: int = 0, hanging: int = 2) -> Iterator[str]:
        """Safe text in lines that fit, the second and later ones ``hanging`` columns further in."""
        line, margin = "", " " * indent
        for word in _words(self.safe(text), self.width - indent - hanging):
            if line and columns(f"{margin}{line} {word}") > self.width:
                yield f"{margin}{line}".rstrip()
                line, margin = word, " " * (indent + hanging)
            else:
                line = f"{line} {word}" if line else word
        yield f"{margin}{line}".rstrip()

    def _has_colour(self) -> bool:
        if os.environ.get("NO_COLOR"):
            return False
        if os.environ.get("FORCE_COLOR", "0") not in ("", "0"):
            return True
        return self.interactive and os.environ.get("TERM") != "dumb"

    def _columns(self) -> int:
        asked = os.environ.get("COLUMNS", "")
        if asked.isdecimal() and int(asked):
            return int(asked)
        try:
            return os.get_terminal_size(self.stream.fileno()).columns or COLUMNS
        except (OSError, ValueError):
            return COLUMNS


def columns(text: str) -> int:
    """How many columns the text takes: a Chinese character has two, an accent of its own none."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.combining(character) > 0 for character in text)


def _words(text: str, most: int) -> Iterator[str]:
    """The words, those that no line can hold in pieces."""
    for word in text.split(" "):
        piece = ""
        for character in word:
            if columns(piece + character) > most:
                yield piece
                piece = ""
            piece += character
        yield piece


def _can_write(text: str, encoding: str) -> bool:
    try:
        text.encode(encoding)
    except (UnicodeEncodeError, LookupError):
        return False
    return True
