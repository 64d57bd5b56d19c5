"""A stack's events as they happen: a line each, and on a terminal one line below them that says what is being done."""

import sys
import threading
import time
from collections.abc import Collection
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from woo_stack.cli.terminal import Terminal

if TYPE_CHECKING:
    from woo_stack.cloudformation.events import Event

#: Seconds between two looks at the clock, for the line that moves.
TICK = 1.0
#: How far the columns go: the longest common status, and the longest logical id that keeps them aligned.
STATUS, LOGICAL_ID = 18, 32
_STYLES = (("FAILED", "red"), ("ROLLBACK", "yellow"), ("SKIPPED", "yellow"), ("COMPLETE", "green"))


class Live:
    """Tells events on a stream; use it as a context manager, and call it with each event.

    ``expected`` are the resources that change, by logical id, once they are known: how far it is is counted in them.
    On a terminal a resource that is being worked on stands in the last line only; elsewhere it has a line of its own,
    and no line is cut.
    """

    def __init__(self, stream: TextIO | None = None) -> None:
        self.stream = stream or sys.stderr
        self.terminal = Terminal(self.stream)
        self.expected: Collection[str] = ()
        self._moving = self.terminal.interactive
        self._started = time.monotonic()
        self._working: dict[str, None] = {}
        self._done: set[str] = set()
        self._shown = ""
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def __enter__(self) -> Self:
        """Let the clock run, where it is seen."""
        if self._moving:
            threading.Thread(target=self._tick, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Take the last line away."""
        self._ended.set()
        with self._lock:
            self._working.clear()
            self._print()

    def tell(self, text: str) -> None:
        """A line that is no event."""
        with self._lock:
            self._print(text)

    def expect(self, logical_ids: Collection[str]) -> None:
        """From here on the clock runs, and these are counted."""
        self.expected = logical_ids
        self._started = time.monotonic()

    def __call__(self, event: "Event") -> None:
        """Tell an event."""
        with self._lock:
            going = event.status.endswith("_IN_PROGRESS")
            if not event.of_stack:
                self._working.pop(event.logical_id, None)
                if going:
                    self._working[event.logical_id] = None
                elif not event.failed:
                    self._done.add(event.logical_id)
            self._print("" if going and self._moving and not event.of_stack else self._line(event))

    def _line(self, event: "Event") -> str:
        status = f"{event.status:<{STATUS}}"
        words = (f"{event.logical_id:<{self._width()}}", event.type.removeprefix("AWS::"), event.reason)
        rest = "  ".join(word for word in words if word)
        line = self._cut(self.terminal.safe(f"{self._clock()}  {status}  {rest}".rstrip()))
        style = next((style for word, style in _STYLES if word in event.status), None)
        return line.replace(status, self.terminal.style(status, style), 1) if style else line

    def _width(self) -> int:
        return min(max(map(len, self.expected), default=0), LOGICAL_ID)

    def _clock(self) -> str:
        """`1:05   3/12`: the time, and how many of those that change are done; without knowing them, how many are."""
        minutes, seconds = divmod(int(time.monotonic() - self._started), 60)
        done = len(self._done & set(self.expected)) if self.expected else len(self._done)
        count = f"{done}/{len(self.expected)}" if self.expected else f"{done or ''}"
        return f"{minutes:>3}:{seconds:02} {count:>7}"

    def _cut(self, line: str) -> str:
        if not self._moving or len(line) < self.terminal.width:
            return line
        return f"{line[: self.terminal.width - 4]}..."

    def _print(self, line: str = "") -> None:
        """A line above the one that moves, which is written anew."""
        clear = "\r" + " " * len(self._shown) + "\r" if self._shown else ""
        doing = ", ".join(self._working)
        self._shown = self._cut(f"{self._clock()}  {doing}") if self._moving and doing else ""
        self.stream.write(clear + (f"{line}\n" if line else "") + self._shown)
        self.stream.flush()

    def _tick(self) -> None:
        while not self._ended.wait(TICK):
            with self._lock:
                self._print()
