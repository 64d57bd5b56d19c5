"""Garbage collection: off inside, and afterwards as it was."""

import gc

import pytest

from woo_stack.garbage import uncollected


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
