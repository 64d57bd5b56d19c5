"""The documents of a plan: by rank in one list, or by intersecting several."""

from collections.abc import Iterable, Iterator
from contextlib import suppress

from .documents import KINDS, entries, parse, served
from .lists import DocumentError
from .pages import Listing, lengths
from .plan import Group, Plan, listed
from .query import refuse, unserved
from .runtime import Json
from .table import BATCH_KEYS, Table, key_of

#: The longest list that is read as a whole: one query of 1 MB.
SET_ROWS = 10_000


def find(table: Table, plan: Plan) -> tuple[int, list[Json]]:
    """How many documents match, and the items of those on the page, in order."""
    ranked = listed(plan.groups[0].lists, plan.ordering) if plan.ordering == "date" or not plan.dated else []
    matches: dict[int, tuple[str, Json]] = {}
    if ranked and not plan.include and len(plan.groups) == 1 and not plan.groups[0].overlap:
        excluded = documents(table, plan, plan.exclude).values()
        left_out = {place for item in excluded for name, place in standings(plan, item) if name in ranked}
        listing = Listing(table, ranked, plan.low, plan.high, left_out)
        total, ordered = listing.page(plan.offset, plan.limit, plan.ascending)
        page = {int(place[-12:]): place for place in ordered}
    else:
        found = dict.fromkeys(plan.include, "") or intersected(table, plan)
        found = {number: place for number, place in found.items() if number not in plan.exclude}
        if len(found) <= BATCH_KEYS:
            matches = matching(table, plan, found)
            found = {number: place for number, (place, _) in matches.items()}
        numbers = [*found]
        if plan.ordering != "include":
            numbers.sort(key=found.__getitem__, reverse=not plan.ascending)
        total = len(found)
        page = {number: found[number] for number in numbers[plan.offset : plan.offset + plan.limit]}
    matches = matches or matching(table, plan, page)
    # Between the reads a document may have moved.
    return total, [matches[number][1] for number in page if number in matches and matches[number][0] == page[number]]


def intersected(table: Table, plan: Plan) -> dict[int, str]:
    """The documents that are in all groups, with their places: or candidates, when they are so few that a batch tells.

    The shortest group is read first: of a list by sku that, because variations stand in no other, and only their
    documents can tell what else they are.
    """
    rows = lengths(table, {name for group in plan.groups for name in listed(group.lists)})
    sizes = [(sum(rows.get(name, 0) for name in listed(group.lists)), group) for group in plan.groups]
    found: dict[int, str] | None = None
    for size, group in sorted(sizes, key=lambda one: ("sku=" not in one[1].lists[0], one[0])):
        if found is not None and len(found) <= BATCH_KEYS:
            break
        within = size <= SET_ROWS or (
            plan.dated and Listing(table, listed(group.lists), plan.low, plan.high).size()[1] <= SET_ROWS
        )
        if not within or (found is not None and plan.by_sku):
            cause = f"is not served here: too many documents match {', '.join(plan.because)}. Narrow the request."
            raise refuse({name: unserved(name, cause) for name in plan.because})
        read = members(table, plan, group)
        found = read if found is None else {number: read[number] or found[number] for number in found if number in read}
    return found or {}


def members(table: Table, plan: Plan, group: Group) -> dict[int, str]:
    """All documents of a group within the window, with their places: empty when its lists have another ordering."""
    names = listed(group.lists, "" if plan.dated else plan.ordering)
    places = (
        place for name in names or listed(group.lists) for place in table.range(f"s#L#{name}", plan.low, plan.high)
    )
    start = -12 if plan.ordering == "id" else 0
    return {int(place[-12:]): place[start:] if names or start else "" for place in places}


def documents(table: Table, plan: Plan, numbers: Iterable[int]) -> dict[int, Json]:
    """Documents' items by id; what was deleted is not there."""
    items = table.items([key_of(f"s#{KINDS[plan.letter].family}#{number}", "D") for number in numbers])
    return {int(pk.rpartition("#")[2]): item for (pk, _), item in items.items() if "z" in item}


def matching(table: Table, plan: Plan, numbers: Iterable[int]) -> dict[int, tuple[str, Json]]:
    """Those of some documents that match, as they say themselves: their places in the plan's ordering, and items."""
    items = documents(table, plan, numbers)
    found = {}
    for number in numbers:
        lists, places = set(), {"id": f"{number:012}", "include": ""}
        for name, place in standings(plan, items[number]) if number in items else ():
            base, _, ordering = name.rpartition("@")
            lists.add(base)
            places[ordering] = place
        if all(lists & {*group.lists} for group in plan.groups) and (
            not plan.dated or plan.low < places["date"] < plan.high
        ):
            found[number] = places[plan.ordering], items[number]
    return found


def standings(plan: Plan, item: Json) -> Iterator[tuple[str, str]]:
    """The lists that a document is in, and its places: asked for by sku, a variation is in all those of a product."""
    known = {*item["L"]["SS"]} if "L" in item else set()
    if plan.by_sku and item["k"]["S"] == "V":
        with suppress(DocumentError):
            known |= entries(KINDS["P"], parse(served(item)) | {"type": "variation"})
    for entry in known:
        name, _, place = entry.partition("|")
        yield name, place
