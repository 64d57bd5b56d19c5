"""What a list's parameters ask for, in terms of the lists that the table has."""

import re
from typing import Any, NamedTuple

from .lists import HIDDEN, token
from .pages import lengths
from .query import SERVED, Row, refuse, unserved
from .runtime import Json
from .table import BATCH_KEYS, FIRST, LAST, Table

#: The orderings that all lists of a kind have, and those that only the long ones have beside: of all documents, of a
#: status, of a role.
ORDERED = {"C": ("date", "name"), "G": ("name",), "T": ("name",)}
BY_DATE = ("date", "id")


class Group(NamedTuple):
    """Lists (``O#cu=7``) of which a document must be in one. It can be in no two, unless they ``overlap``."""

    lists: list[str]
    overlap: bool = False


class Plan(NamedTuple):
    """A page of the documents that are in all groups and within the window of places.

    ``include`` are the ids to choose from, if given. ``because`` names the parameters that make a plan too large.
    """

    letter: str
    groups: list[Group]
    ordering: str
    ascending: bool
    page: int
    offset: int
    limit: int
    low: str
    high: str
    include: list[int]
    exclude: list[int]
    because: list[str]

    @property
    def dated(self) -> bool:
        """Whether only some dates are asked for."""
        return (self.low, self.high) != (FIRST, LAST)

    @property
    def by_sku(self) -> bool:
        """Whether products are asked for by sku, which variations have as well."""
        return any("sku=" in group.lists[0] for group in self.groups)


def listed(lists: list[str], ordering: str = "") -> list[str]:
    """The names of lists in an ordering (or that which all have) as the table has them; none when one lacks it."""
    names = []
    for name in lists:
        first, *more = ORDERED.get(name[0], BY_DATE)
        if ordering not in ("", first) and not (ordering in more and re.match("..(any$|st=|role=)", name)):
            return []
        names.append(f"{name}@{ordering or first}")
    return names


def plan_of(letter: str, values: Json, given: Any, table: Table, parent: str) -> Plan:
    """The plan for the values of a list's parameters; ``parent`` is the product whose variations are asked for.

    ``offset`` wins over ``page``; only customers and terms count the page from it, and take 0 for none.
    """
    page, offset, limit = values["page"], values["offset"], values["per_page"]
    if letter in ORDERED:
        offset = offset or (page - 1) * limit
        page = -(-offset // limit) + 1
    elif offset is None:
        offset = (page - 1) * limit
    ordering = "date" if values["orderby"] == "registered_date" else values["orderby"]
    low = f"{values['after']}$" if values.get("after") else FIRST
    if ordering == "include" and not values["include"]:
        raise refuse({"orderby": unserved("orderby")})
    rows = [row for row in SERVED[letter] if row.list or row.name in ("status", "role", "orderby")]
    return Plan(
        letter,
        groups_of(letter, values, table, parent),
        ordering,
        values["order"] == "asc",
        page,
        offset,
        limit,
        low,
        max(low, values.get("before") or LAST),
        values["include"] or [],
        # With include WordPress forgets about exclude; orders are not WordPress's any more.
        (values["exclude"] or []) if letter == "O" or not values["include"] else [],
        [row.name for row in rows if row.name in given],
    )


def groups_of(letter: str, values: Json, table: Table, parent: str) -> list[Group]:
    """The groups that filters make, and the status and role."""
    statuses = values.get("status") or "any"
    statuses = [statuses] if isinstance(statuses, str) else statuses
    if "any" in statuses:
        statuses = []
    shown = {"": not statuses or {*statuses} - HIDDEN, "-": {*statuses} & HIDDEN}
    halves = [half for half, some in shown.items() if some]
    groups = [Group([f"{letter}#st={status}" for status in statuses])] if statuses else []
    if letter == "C":
        groups.append(Group(["C#any" if values["role"] == "all" else f"C#role={values['role']}"]))
    if parent:
        groups.append(Group([f"V#p={int(parent)}"]))
    for row in SERVED[letter]:
        value = values.get(row.name)
        # 0 means something to switches and numbers; a switch that is off by default only when it is on.
        if row.list and value is not None and (value or (row.type in "ib" and not row.default)):
            ends = [f"{row.list}={end}" for end in selected(row, value, table)]
            # A list of products by sku has their variations as well.
            of = "P" if row.name == "sku" else letter
            overlap = row.type == "l" and len(ends) > 1
            groups.append(Group([f"{of}#{half}{end}" for half in halves for end in ends], overlap))
            if row.name == "code":
                # WooCommerce looks a code up among what is published.
                groups.append(Group(["K#st=publish"]))
    return groups or [Group([f"{letter}#any"])]


def selected(row: Row, value: Any, table: Table) -> list[Any]:
    """What of a list's values a parameter's value means."""
    if row.name == "category":
        return descendants(table, value)
    if row.type == "l":
        return [*value]
    if row.name == "sku":
        # As WooCommerce has it: a list by commas, or all of it is one.
        value = [*value.split(","), value]
        if len(value) > BATCH_KEYS + 1:
            raise refuse({"sku": unserved("sku")})
    texts = value if isinstance(value, list) else [value]
    return [*dict.fromkeys(token(text) for text in texts if text != "")] if row.type in "mtT" else texts


def descendants(table: Table, numbers: list[int]) -> list[int]:
    """Categories with all that are mirrored below them, level by level; refused when they are too many."""
    found = dict.fromkeys(numbers)
    # Below 0 are all that have no parent: nobody means those.
    level = [number for number in numbers if number]
    while level:
        rows = lengths(table, [f"G#pa={number}@name" for number in level])
        places = [place for name in rows if rows[name] for place in table.range(f"s#L#{name}")]
        level = [number for place in places if (number := int(place[-12:])) not in found]
        found |= dict.fromkeys(level)
        if len(found) > BATCH_KEYS:
            raise refuse({"category": unserved("category")})
    return [*found]
