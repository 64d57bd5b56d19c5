"""Lists by rank: any page and any total of lists of any length, from counters and a few rows."""

from collections import Counter
from collections.abc import Collection, Iterable

from .table import FIRST, LAST, Table, key_of, prefixes_of

#: Pages that end within so many rows are read from the start: skipping 200 rows costs 2 read units, counters more.
NEAR_ROWS = 200


def lengths(table: Table, names: Iterable[str]) -> dict[str, int]:
    """How many rows lists have, by name; those that never had one are not there."""
    counters = table.items([key_of(f"s#N#{name}", "0#") for name in names])
    return {pk[4:]: int(counter["n"]["N"]) for (pk, _), counter in counters.items()}


class Listing:
    """Lists of one ordering that share no document, as one list: without ``left_out``, and from ``low`` to ``high``.

    All three are places, as a row's sort key.
    """

    def __init__(
        self, table: Table, names: list[str], low: str = FIRST, high: str = LAST, left_out: Collection[str] = ()
    ) -> None:
        self.table = table
        self.names = names
        self.low = low
        self.high = high
        self.left_out = {*left_out}
        self.known: dict[str, dict[str, int]] = {}

    def page(self, offset: int, limit: int, ascending: bool, /) -> tuple[int, list[str]]:
        """How many rows there are, and ``limit`` places after the first ``offset``."""
        deep = offset + limit > NEAR_ROWS
        before, total = self.size(deep, ascending)
        if offset >= total:
            return total, []
        bucket, skip = self.seek(before + offset, ascending) if deep else ("", offset)
        # A bucket may begin before the window: its rows there have been counted as skipped.
        low = bucket or FIRST if deep and ascending else self.low
        high = bucket + LAST if deep and not ascending else self.high
        return total, self.rows(low, high, ascending, skip + min(limit, total - offset))[skip:]

    def size(self, deep: bool = False, ascending: bool = True) -> tuple[int, int]:
        """How many rows come before the window, seen from where reading starts, and how many are within."""
        if (self.low, self.high) == (FIRST, LAST) and not deep:
            return 0, sum(lengths(self.table, self.names).values()) - len(self.left_out)
        every = sum(self.counts(1).values())
        start = self.rank(self.low) if self.low != FIRST else 0
        end = self.rank(self.high) if self.high != LAST else every
        return start if ascending else every - end, end - start

    def counts(self, level: int, bucket: str = "") -> dict[str, int]:
        """How many rows there are in each bucket of a level that is part of a coarser one, ascending."""
        key = f"{level}#{bucket}"
        if key not in self.known:
            length = prefixes_of(self.names[0])[level]
            found: Counter[str] = Counter()
            found.subtract(place[:length] for place in self.left_out if place.startswith(bucket))
            for name in self.names:
                for counter, rows in self.table.range(f"s#N#{name}", key, key + LAST).items():
                    found[counter[2:]] += rows
            self.known[key] = dict(sorted(found.items()))
        return self.known[key]

    def rank(self, place: str, /) -> int:
        """How many rows come before a place: whole buckets by their counters, coarse, then fine, then rows."""
        before, bucket = 0, ""
        for level, length in [*enumerate(prefixes_of(self.names[0]))][1:]:
            counts = self.counts(level, bucket)
            bucket = place[:length]
            before += sum(rows for part, rows in counts.items() if part < bucket)
            if not counts.get(bucket):
                return before
        return before + len(self.rows(bucket, place, True))

    def seek(self, skip: int, ascending: bool, /) -> tuple[str, int]:
        """The bucket that holds row ``skip``, and how many rows of it come before: level by level, finer each.

        When a level has lost rows since the one before was read, the coarser bucket stands: more rows are skipped,
        none is missed.
        """
        bucket = ""
        for level in range(1, len(prefixes_of(self.names[0]))):
            before = 0
            counts = self.counts(level, bucket)
            for part in counts if ascending else reversed(counts):
                if skip < before + counts[part]:
                    bucket, skip = part, skip - before
                    break
                before += counts[part]
        return bucket, skip

    def rows(self, low: str, high: str, ascending: bool, limit: int = 0, /) -> list[str]:
        """Places between two, the first ``limit`` if given: of each list so many, then merged."""
        wanted = limit + len(self.left_out) if limit else 0
        found: set[str] = set()
        for name in self.names:
            found |= self.table.range(f"s#L#{name}", low, high, ascending, wanted).keys()
        merged = sorted(found - self.left_out, reverse=not ascending)
        return merged[:limit] if limit else merged
