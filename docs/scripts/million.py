"""What a month of so many requests costs, what dominates that, and what changes it: a part of the page of costs."""

from collections.abc import Iterator, Mapping

from bill import GATEWAY, READS, TRANSFER, WATCHING, WRITES, Facts, bill
from choices import APIS, UNPRICED, behind, choices
from prices import REGION
from table import code, listed, paragraph, table
from traffic import AUTHORIZER_MS, KINDS, MIX, PACKED, POLL_SECONDS, POLLERS, RECOUNTED, VOLUMES, Mix
from units import measured
from woo_stack import Shop

MILLION = 1_000_000
#: What else makes a part cheaper than a setting.
ELSE = {
    GATEWAY: "fewer requests, as pages of 100 instead of singles",
    TRANSFER: "clients that take gzip, and `_fields`",
    READS: "smaller pages",
    WRITES: "webhooks of fewer topics",
    WATCHING: "[how to spend less](#how-to-spend-less)",
}
#: A choice changes a part that it makes cheaper by this share at least.
NOTABLE = 0.1
TEXT = """\
## A month of requests

{intro}

![The share of each part of what a month costs, for three volumes and both APIs](pictures/costs.svg)

{tables}

### What dominates

{dominant}

### What changes it

Dollars a month more (+) or less (-) than {base}, each choice alone.

{changes}

{unpriced}

### A million of each kind

{measures}

{kinds}

{estimates}"""


def section(shop: Shop) -> str:
    """The part of the page, in Markdown."""
    own, other = behind(shop), choices(shop)
    bills = {api: {volume: bill(facts, MIX, volume) for volume in (0, *VOLUMES)} for api, facts in own.items()}
    base = APIS[shop.settings.api]
    return TEXT.format(
        intro=paragraph(_intro()),
        tables="\n\n".join(_tables(bills)),
        dominant=table(
            ("requests", "largest part", "share", "what makes it cheaper"), _dominant(bills, own[base], other)
        ),
        base=f"behind {_api(base)}",
        changes=table(("choice", *map(_number, VOLUMES)), _changes(own[base], other)),
        unpriced=paragraph(f"In no bill are {listed(code(UNPRICED))}, which cost as well."),
        measures=paragraph(_measures()),
        kinds=table(("request", "units read", "units written", "bytes out", *own), _kinds(own)),
        estimates=_estimates(own[base]),
    )


def shares(shop: Shop) -> dict[tuple[int, str], dict[str, float]]:
    """The dollars of each part by volume and API, for the chart."""
    own = behind(shop)
    return {(volume, api): bill(facts, MIX, volume) for volume in VOLUMES for api, facts in own.items()}


def largest(dollars: Mapping[str, float]) -> str:
    """The part that costs the most."""
    return max(dollars, key=lambda part: dollars[part])


def money(dollars: float) -> str:
    """Dollars, with cents as long as they matter."""
    return f"{dollars:,.2f}" if abs(dollars) < 100 else f"{dollars:,.0f}"


def _intro() -> str:
    mix = listed(f"{share:.0%} {KINDS[name].name}" for name, share in MIX.shares.items())
    keys = "one consumer key" if MIX.clients == 1 else f"{MIX.clients} consumer keys"
    return (
        f"Dollars a month in {REGION}, nothing that is free taken off. The mix: {mix}. Clients use {keys}, requests "
        f"come evenly, and the table holds the new orders of {MIX.months} months. Logs are as old as they get."
    )


def _tables(bills: Mapping[str, Mapping[int, Mapping[str, float]]]) -> Iterator[str]:
    """A table for each kind of API; after the first what is not in that."""
    known: list[tuple[str, ...]] = []
    for api, found in bills.items():
        rows = [*_rows(found)]
        told = [row for row in rows if row not in known]
        yield f"### Behind {_api(api)}" + ("\n\nAll other parts cost the same." if len(told) < len(rows) else "")
        yield table(("part", "idle", *map(_number, VOLUMES)), told)
        known += rows


def _rows(bills: Mapping[int, Mapping[str, float]]) -> Iterator[tuple[str, ...]]:
    totals = {volume: sum(dollars.values()) for volume, dollars in bills.items()}
    for part in dict.fromkeys(part for dollars in bills.values() for part in dollars):
        yield part, *(money(dollars.get(part, 0)) for dollars in bills.values())
    yield "**total**", *(f"**{money(one)}**" for one in totals.values())
    yield "per million", *(money(one / at * MILLION) if at else "" for at, one in totals.items())


def _dominant(
    bills: Mapping[str, Mapping[int, Mapping[str, float]]], own: Facts, other: Mapping[str, Facts]
) -> Iterator[tuple[str, ...]]:
    for volume in VOLUMES:
        before = bill(own, MIX, volume)
        after = {text: bill(facts, MIX, volume) for text, facts in other.items()}
        for api, dollars in ((api, found[volume]) for api, found in bills.items()):
            part = largest(dollars)
            # Another API changes its own price alone, and not that of who has it.
            fits = [text for text, facts in other.items() if facts.api == own.api or api == APIS[own.api]]
            ways = [text for text in fits if after[text].get(part, 0) < (1 - NOTABLE) * before[part]]
            ways = [*ways, *([ELSE[part]] if part in ELSE else [])]
            share = dollars[part] / sum(dollars.values())
            yield f"{_number(volume)}, {api}", part, f"{share:.0%}", listed(ways or ["no setting"])


def _changes(own: Facts, other: Mapping[str, Facts]) -> Iterator[tuple[str, ...]]:
    before = [sum(bill(own, MIX, volume).values()) for volume in VOLUMES]
    for text, facts in other.items():
        after = (sum(bill(facts, MIX, volume).values()) for volume in VOLUMES)
        yield text, *(_signed(new - old) for new, old in zip(after, before, strict=True))


def _kinds(own: Mapping[str, Facts]) -> Iterator[tuple[str, ...]]:
    for name, kind in KINDS.items():
        alone, used = Mix({name: 1.0}, MIX.clients, months=0), measured().used[name]
        costs = [sum(bill(one, alone, MILLION).values()) - sum(bill(one, alone, 0).values()) for one in own.values()]
        yield kind.name, f"{used.read:g}", f"{used.written:g}", f"{used.sent:,}", *map(money, costs)


def _measures() -> str:
    return (
        "Units are measured: the handler runs on [a DynamoDB in memory](../benchmarks/metered.py) that charges by "
        f"AWS's rules, with orders of {measured().body:,} bytes. Dollars are what a million requests of a kind cost "
        "beside what is idle. Keeping new orders is not in them."
    )


def _estimates(own: Facts) -> str:
    times = listed(
        f"{function} {low}{f' to {high}' if high > low else ''} ms" for function, (low, high) in _times().items()
    )
    memory = listed(sorted({f"{gigabytes * 1024:g} MB" for name, gigabytes in own.memory.items() if name in _times()}))
    orders = MIX.shares.get("new", 0) * MIX.months
    late = next((volume for volume in VOLUMES if volume * orders > RECOUNTED), None)
    night = (
        f"At {_number(late)} requests the table holds {late * orders:,.0f} orders. That is more than the {RECOUNTED:,} "
        "or so that the recounter checks in a night, which alarms. The bill has a night that is cut short."
        if late
        else ""
    )
    guesses = (
        f"All else is estimated: what Lambda bills ({times}, with {memory}), that gzip leaves {PACKED:.0%} of a page, "
        f"that {POLLERS} pollers ask an empty queue every {POLL_SECONDS} s, how often keys and secrets are fetched, "
        "what is [logged](#logs), and X-Ray's default sampling. Cold starts are left out."
    )
    change = (
        "The mix, the times and all other assumptions are rows of [`traffic.py`](scripts/traffic.py). Change them, and "
        "`make docs` writes this page anew."
    )
    return "\n\n".join(paragraph(text) for text in (guesses, night, change) if text)


def _times() -> dict[str, tuple[int, int]]:
    found = {"Authorizer": [AUTHORIZER_MS]}
    for kind in KINDS.values():
        for function, ms in kind.ms.items():
            found.setdefault(function, []).append(ms)
    return {function: (min(times), max(times)) for function, times in found.items()}


def _api(name: str) -> str:
    return f"{'an' if name[0] in 'AEIOUH' else 'a'} {name} API"


def _number(value: int) -> str:
    return f"{value:,}"


def _signed(dollars: float) -> str:
    return f"{'+' if dollars > 0 else '-'}{money(abs(dollars))}" if abs(dollars) >= 0.005 else "0"
