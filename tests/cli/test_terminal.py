import io
import os
import pty
import struct
import termios
from collections.abc import Iterator
from fcntl import ioctl

import pytest

from woo_stack.cli.terminal import Terminal, columns


class Screen(io.StringIO):
    """A stream that says it is a terminal."""

    encoding = "utf-8"

    def isatty(self) -> bool:
        return True


class Ascii(Screen):
    encoding = "ascii"


@pytest.fixture(autouse=True)
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)


@pytest.mark.parametrize(
    ("stream", "variables", "colour"),
    [
        (Screen, {}, True),
        (Screen, {"TERM": "xterm-256color"}, True),
        (Screen, {"TERM": "dumb"}, False),
        (Screen, {"NO_COLOR": "1"}, False),
        (Screen, {"NO_COLOR": "0"}, False),
        (Screen, {"NO_COLOR": ""}, True),
        (Screen, {"NO_COLOR": "1", "FORCE_COLOR": "1"}, False),
        (io.StringIO, {}, False),
        (io.StringIO, {"FORCE_COLOR": "1"}, True),
        (io.StringIO, {"FORCE_COLOR": "1", "TERM": "dumb"}, True),
        (io.StringIO, {"FORCE_COLOR": "0"}, False),
        (io.StringIO, {"FORCE_COLOR": ""}, False),
    ],
)
def test_colours(
    stream: type[io.StringIO], variables: dict[str, str], colour: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    terminal = Terminal(stream())
    assert terminal.colour is colour
    assert terminal.style("text", "red", "bold") == ("\x1b[31;1mtext\x1b[0m" if colour else "text")
    assert terminal.style("text") == "text"
    assert terminal.style("", "red") == ""


@pytest.mark.parametrize(("asked", "width"), [("72", 72), ("7", 40), ("0", 100), ("wide", 100), ("", 100)])
def test_the_width_is_asked_for(asked: str, width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", asked)
    assert Terminal(io.StringIO()).width == width


@pytest.fixture
def tty() -> Iterator[int]:
    """The number of a real one's file."""
    outer, inner = pty.openpty()
    yield inner
    os.close(outer)
    os.close(inner)


@pytest.mark.parametrize(("size", "width"), [(63, 63), (20, 40), (0, 100)])
def test_the_width_is_the_terminals(size: int, width: int, tty: int) -> None:
    ioctl(tty, termios.TIOCSWINSZ, struct.pack("HHHH", 24, size, 0, 0))
    with open(tty, "w", closefd=False) as stream:
        terminal = Terminal(stream)
    assert terminal.width == width
    assert terminal.interactive


def test_what_would_steer_a_terminal_is_told_instead() -> None:
    terminal = Terminal(Screen())
    assert terminal.safe("a\x1b[2Jb\r\n\tc\x07\x9bd") == r"a\x1b[2Jb\r\n\tc\x07\x9bd"
    assert terminal.safe("a\u202eb\u200bc\u2066d") == r"a\u202eb\u200bc\u2066d"
    assert terminal.safe("Tücher → 日本 …") == "Tücher → 日本 …"


def test_what_the_stream_cannot_write_is_told_otherwise() -> None:
    terminal = Terminal(Ascii())
    assert not terminal.unicode
    assert terminal.safe("ü → … ± · 日") == r"\xfc -> ... * - \u65e5"


def test_lines_that_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    terminal = Terminal(Screen())
    assert [*terminal.wrapped("short", 3)] == ["   short"]
    text = "one  two " + "x" * 100 + " three\nfour " + "日" * 30 + " end"
    lines = [*terminal.wrapped(text, 4, 3)]
    assert max(map(columns, lines)) <= 40
    assert [line[:8] for line in lines] == ["    one ", *["       x"] * 4, *["       日"] * 2]
    assert "".join("".join(lines).split()) == text.replace(" ", "").replace("\n", r"\n")
    assert [*terminal.wrapped("a " * 40, 0, 0)] == ["a " * 19 + "a", "a " * 19 + "a"]


def test_columns() -> None:
    assert columns("abc") == 3
    assert columns("日本") == 4
    assert columns("e\u0301") == 1
