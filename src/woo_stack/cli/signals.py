"""The signals that end a command."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

#: What ends a process, and what a terminal sends when it is closed; Windows has only the first.
SIGNALS = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]


@contextmanager
def ended_by_signals() -> Iterator[None]:
    """Clean up as after Ctrl-C, with the signal's number in the KeyboardInterrupt; nohup's wish to go on is kept."""
    numbers = [number for number in SIGNALS if signal.getsignal(number) != signal.SIG_IGN]
    before = {number: signal.signal(number, _interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _interrupt(number: int, _: FrameType | None) -> None:
    raise KeyboardInterrupt(number)
