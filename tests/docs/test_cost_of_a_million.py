"""docs/costs.md, a month of requests: units are measured, prices are rows, and what the page says is what they make."""

import gzip
import importlib
import re
from collections.abc import Mapping
from dataclasses import fields, replace
from types import SimpleNamespace
from typing import Any

import pytest
from tests.docs.markdown_pages import ROOT

from woo_stack import Settings, Shop
from woo_stack.settings import FUNCTIONS

README = (ROOT / "README.md").read_text()
SERVING = (ROOT / "docs" / "serving.md").read_text()
MILLION, HUNDRED = 1_000_000, 100_000_000


@pytest.fixture(scope="module")
def made(docs: Any) -> SimpleNamespace:
    """The scripts that make the bill, by name."""
    assert docs
    return SimpleNamespace(**{name: importlib.import_module(name) for name in ("bill", "choices", "million", "units")})


@pytest.fixture(scope="module")
def rest(made: Any) -> Any:
    return made.bill.facts_of(Shop())


@pytest.fixture(scope="module")
def page(docs: Any) -> str:
    return docs.costs.million.section(Shop())


def test_units_are_those_that_other_pages_quote(made: Any) -> None:
    used = made.units.measured().used
    assert f"{used['single'].read:g} read units for a document, {used['page'].read:g} for a page of 100" in README
    assert f"some {used['new'].written:g} write units for a new order" in README
    assert f"{used['change'].written:g} for a change of status" in README
    assert f"| a single order | {used['single'].read:g} |" in SERVING
    assert f"some {used['new'].written:g} write units the first time" in SERVING
    assert f"{used['change'].written:g} when its status changes" in SERVING
    assert used["plain"].read == used["page"].read
    # What is there is read first, consistently.
    assert used["new"].read == used["change"].read == 1


def test_gzip_leaves_of_the_benchmarks_page_no_more_than_is_assumed(made: Any) -> None:
    read_cost, shop = made.units.read_cost, made.units.SHOP
    text = b",".join(read_cost.order(number, shop) for number in range(shop - 99, shop + 1))
    assert len(gzip.compress(text, 3)) < made.units.PACKED * len(text)


def test_a_measurement_leaves_the_reader_as_it_was(made: Any) -> None:
    reader = made.units.read_cost.reader
    made.units.measured.cache_clear()
    before = reader.client
    first, second = made.units.measured(), made.units.measured()
    assert reader.client is before
    assert first is second


@pytest.mark.parametrize(
    ("price", "count", "dollars"),
    [
        ("rest", 100e6, 350),
        ("rest", 1_000e6, 333 * 3.5 + 667 * 2.8),
        ("rest", 30_000e6, 333 * 3.5 + 667 * 2.8 + 19_000 * 2.38 + 10_000 * 1.51),
        ("http", 400e6, 300 + 90),
        ("out", 160_000, 900 + 3400 + 7000 + 500),
        ("crypto", 5000, 0.015),
        ("alarm", 3, 0.3),
        ("read", 0, 0),
    ],
)
def test_what_is_cheaper_beyond_a_number_is_cheaper_there_alone(
    docs: Any, price: str, count: float, dollars: float
) -> None:
    assert docs.prices.PRICES[price].cost(count) == pytest.approx(dollars)


def test_each_price_says_when_and_where_it_was_seen(docs: Any) -> None:
    for name, price in docs.prices.PRICES.items():
        assert re.search(r"20\d\d|undated", price.seen), name
        assert "https://" in price.seen, name
        assert price.dollars > 0
        starts = [start for start, _ in price.beyond]
        assert starts == sorted(starts)
        assert all(f"{dollars:g}" in price.unit for _, dollars in price.beyond), name


def test_the_mix_is_a_whole_and_calls_functions_that_there_are(made: Any, docs: Any) -> None:
    assert sum(docs.costs.MIX.shares.values()) == pytest.approx(1)
    assert {function for kind in made.units.KINDS.values() for function in kind.ms} < {*FUNCTIONS}
    assert sum(docs.costs.MIX.of(1000)) == pytest.approx(1000)
    assert docs.costs.MIX.of(1000)[1] == pytest.approx(50)


def test_the_bill_is_what_a_person_would_add_up(made: Any, docs: Any, rest: Any) -> None:
    found, used = made.bill.bill(rest, docs.costs.MIX, HUNDRED), made.units.measured().used
    assert found["API Gateway"] == pytest.approx(350)
    assert found["DynamoDB writes"] == pytest.approx((58 * 1 + 34 * 4) * 0.625)
    nightly = 30 * 500_000 * made.units.measured().scanned / 8192 / MILLION
    assert found["DynamoDB reads"] == pytest.approx((76 * 0.5 + 19 * 51.5 + 5 * 1 + nightly) * 0.125)
    sent = (76 * used["single"].sent + 19 * used["page"].sent) / 1000
    assert found["Data transfer"] == pytest.approx(sent * 0.09)
    orders = 12 * MILLION * made.units.measured().stored / 1e9
    assert found["DynamoDB storage"] == pytest.approx(orders * (0.25 + 0.20))
    assert found["SQS"] == pytest.approx((3 * 5 + 0.648) * 0.5)
    assert found["Alarms and metrics"] == docs.costs.watching.total(Shop())


def test_idle_costs_what_stands_there(made: Any, docs: Any, rest: Any) -> None:
    found = made.bill.bill(rest, docs.costs.MIX, 0)
    assert found["API Gateway"] == found["DynamoDB writes"] == found["Data transfer"] == 0
    # Key and secrets, and what is asked of the key for the queue that is always polled.
    assert found["Key and secrets"] == pytest.approx(1.80, abs=0.04)
    assert f"about {sum(found.values()):.0f} dollars a month" in README


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"api": "http"}, "API Gateway"),
        ({"tracing": False}, "X-Ray"),
        ({"customer_key": False}, "Key and secrets"),
        ({"memory_mb": 256}, "Lambda"),
        ({"metrics_by_route": False}, "Alarms and metrics"),
    ],
)
def test_a_setting_makes_its_part_cheaper_and_no_other(
    made: Any, docs: Any, rest: Any, settings: Mapping[str, Any], part: str
) -> None:
    other = made.bill.facts_of(Shop(Settings(**settings)))
    before, after = (made.bill.bill(facts, docs.costs.MIX, MILLION) for facts in (rest, other))
    changed = {name for name in before if after.get(name, 0) != pytest.approx(before[name])}
    assert changed == {part}
    assert after.get(part, 0) < before[part]


def test_fewer_days_of_logs_cost_less(made: Any, docs: Any, rest: Any) -> None:
    month = made.bill.bill(made.bill.facts_of(Shop(), 30), docs.costs.MIX, MILLION)
    assert month["Logs"] < made.bill.bill(rest, docs.costs.MIX, MILLION)["Logs"]


def test_an_http_api_counts_half_a_megabyte_as_a_request(made: Any, docs: Any, rest: Any, monkeypatch: Any) -> None:
    units = made.units.measured()
    large = replace(units, used={**units.used, "plain": replace(units.used["plain"], sent=1_200_000)})
    monkeypatch.setattr(made.bill, "measured", lambda: large)
    mix = replace(docs.costs.MIX, shares={"plain": 1.0})
    assert made.bill.bill(replace(rest, api="http"), mix, MILLION)["API Gateway"] == pytest.approx(3)
    assert made.bill.bill(rest, mix, MILLION)["API Gateway"] == pytest.approx(3.5)


def test_what_is_remembered_is_fetched_at_most_once_in_its_time(made: Any) -> None:
    assert made.bill.renewals(1000, 0) == 1000
    assert made.bill.renewals(1e12, 300) == pytest.approx(30 * 24 * 12, rel=1e-4)
    assert made.bill.renewals(10, 300) == pytest.approx(10, rel=0.01)


def test_x_ray_records_the_first_of_a_second_and_some_of_the_rest(made: Any) -> None:
    assert made.bill.sampled(0) == 0
    assert made.bill.sampled(10_000) == pytest.approx(10_000, rel=0.01)
    assert made.bill.sampled(2_592_000_000) == pytest.approx(2_592_000 + 0.05 * (2_592_000_000 - 2_592_000))


def test_choices_are_settings_and_fit_the_shop(made: Any) -> None:
    assert {*made.choices.UNPRICED} <= {one.name for one in fields(Settings)}
    assert {'`api="http"`', "`firewall=True`"} <= made.choices.choices(Shop()).keys()
    other = made.choices.choices(Shop(Settings(api="http", tracing=False)))
    assert not {'`api="http"`', "`firewall=True`", "`tracing=False`"} & other.keys()
    # What REST APIs alone have goes with them.
    behind = made.choices.behind(Shop(Settings(firewall=True)))
    assert [(api, facts.rules > 0) for api, facts in behind.items()] == [("REST", True), ("HTTP", False)]


def test_the_page_names_the_largest_part_of_its_own_tables(page: str) -> None:
    known: dict[str, list[str]] = {}
    for api, text in zip(("REST", "HTTP"), page.split("\n### ")[1:3], strict=True):
        head, _, *rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| ")]
        # What the second table does not tell is as in the first.
        known |= {row[0]: row for row in rows}
        parts = [row for name, row in known.items() if not name.startswith(("**", "per"))]
        for column, volume in enumerate(head[2:], 2):
            dollars = {row[0]: float(row[column].replace(",", "")) for row in parts}
            assert f"| {volume}, {api} | {max(dollars, key=lambda part: dollars[part])} |" in page
            # Dollars are rounded.
            total = float(known["**total**"][column].strip("*").replace(",", ""))
            assert sum(dollars.values()) == pytest.approx(total, abs=len(parts) / 2 + 1)


def test_settings_stand_beside_what_they_change(page: str) -> None:
    assert re.search(r'\| 100,000,000, REST \| API Gateway \| \d+% \| `api="http"`', page)
    assert not re.search(r'\| 100,000,000, HTTP \|.*`api="http"`', page)
    assert re.search(r"\| 10,000, HTTP \| Alarms and metrics \| .*`metrics_by_route=False`", page)
    assert re.search(r'^\| `api="http"` \| -[\d.]+ \| -2\.50 \| -250 \|$', page, re.M)
    assert re.search(r"^\| `firewall=True` \| \+", page, re.M)


def test_tables_are_as_narrow_as_a_phone_wants_them(page: str) -> None:
    assert max(line.count("|") - 1 for line in page.splitlines() if line.startswith("|")) <= 6


def test_a_shop_larger_than_a_night_is_told(made: Any, page: str, monkeypatch: Any) -> None:
    assert "more than the 500,000" in page
    monkeypatch.setattr(made.million, "RECOUNTED", 10**12)
    assert "the recounter" not in made.million.section(Shop())


def test_another_mix_makes_another_page(made: Any, docs: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(made.million, "MIX", replace(docs.costs.MIX, shares={"change": 1.0}, clients=3))
    other = " ".join(made.million.section(Shop()).split())
    assert "100% a webhook with a change of status. Clients use 3 consumer keys" in other
    assert "| 100,000,000, REST | DynamoDB writes |" in other
    assert "webhooks of fewer topics" in other
    # Each kind is told, whatever the mix.
    assert "| a single order | 0.5 | 0 |" in other
