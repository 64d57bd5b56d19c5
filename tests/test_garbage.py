"""Garbage collection: off inside, and afterwards as it was, but for what lives as long as Python."""

import atexit
import gc
from collections.abc import Callable

import pytest

from woo_stack.garbage import for_good, uncollected


@pytest.mark.parametrize("collecting", [True, False])
def test_it_is_afterwards_as_it_was(collecting: bool) -> None:
    before = gc.isenabled()
    (gc.enable if collecting else gc.disable)()
    try:
        with uncollected():
            assert not gc.isenabled()
        assert gc.isenabled() is collecting
    finally:
        (gc.enable if before else gc.disable)()


def last_work() -> None:
    with uncollected(last=True):
        pass


@pytest.mark.parametrize("stays", [for_good, last_work])
def test_what_lives_as_long_as_python_is_not_looked_through_again(
    monkeypatch: pytest.MonkeyPatch, stays: Callable[[], None]
) -> None:
    at_the_end: list[object] = []
    monkeypatch.setattr(atexit, "register", at_the_end.append)
    alive: list[list[object]] = [[]]
    assert any(one is alive for one in gc.get_objects())
    try:
        stays()
        assert not any(one is alive for one in gc.get_objects())
        assert at_the_end == [gc.freeze]
    finally:
        gc.unfreeze()
