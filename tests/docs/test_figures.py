"""Figures that pages written by hand quote of the default shop, whatever `build.py` chooses."""

from typing import Any

from tests.docs.markdown_pages import ROOT

from woo_stack import Shop

README = (ROOT / "README.md").read_text()


def test_what_watching_costs_idle_is_what_is_counted(docs: Any) -> None:
    """In whole dollars, so that an alarm more is seldom another figure; the page of costs has the rest."""
    said = f"some {docs.costs.watching.total(Shop()):.0f} for alarms, dashboard and custom metrics"
    assert said in README, f"README.md does not say {said!r} in its row 'idle', as the page of costs counts it"
