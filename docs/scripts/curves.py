"""Made-up figures of a busy shop from midnight to noon, for the picture of the dashboard."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

HOURS = 12
#: Of five minutes each.
PERIODS = HOURS * 12
#: When the recounter runs, in periods after midnight: 03:17 is in the one of 03:15.
NIGHTLY = 39


@dataclass(frozen=True)
class Curve:
    """How a metric goes."""

    level: float
    #: From 0, the same at night, to 1, for what comes and goes with the shop's visitors.
    follows: float = 0.0
    noise: float = 0.0
    #: Has whole numbers only.
    whole: bool = False
    #: Has values in these periods only.
    only: tuple[int, ...] = ()
    #: Values at single periods beside all others.
    peaks: tuple[tuple[int, float], ...] = ()

    def values(self, seed: str) -> list[float | None]:
        """A value a period, None for a period in which nothing was reported; the same for the same seed."""
        chance = random.Random(seed)  # noqa: S311 - a picture is no secret
        drawn = [self.level * self._day(at) * (1 + self.noise * chance.gauss()) for at in range(PERIODS)]
        drawn = [max(0.0, round(value) if self.whole else value) for value in drawn]
        values = [None if self.only and at not in self.only else value for at, value in enumerate(drawn)]
        for at, value in self.peaks:
            values[at] = value
        return values

    def _day(self, at: int) -> float:
        dawn = min(1.0, max(0.0, (at / 12 - 4.5) / 6))
        busy = 0.22 + 0.78 * dawn * dawn * (3 - 2 * dawn)
        return 1 - self.follows * (1 - busy)


#: Reported never.
NONE = Curve(0, only=(-1,))
ZERO = Curve(0)
ONCE = (NIGHTLY,)
#: By the first pattern that is in ``metric dimensions statistic``, or in an expression's label.
CURVES = (
    (r"Lost|Parked|Rejected|DeadLettered|Undelivered|Throttle\w*Events|SystemErrors|UserErrors|Dropped|^Failed", NONE),
    (r"^Throttled", Curve(0, only=(-1,), peaks=((141, 1400), (142, 2600), (143, 1900)))),
    (r"^Checked", Curve(5214, only=ONCE)),
    (r"^Repaired|^Unfinished", Curve(0, only=ONCE)),
    (r"^AsyncEventAge", Curve(140, only=ONCE)),
    (r"^Invocations .*Recounter|^ConcurrentExecutions .*Recounter", Curve(1, only=ONCE)),
    (r"^Duration .*Recounter", Curve(940, only=ONCE)),
    (r"^(Errors|Throttles) .*Recounter", Curve(0, only=ONCE)),
    (r"^Errors .*Applier", Curve(0, peaks=((86, 2),))),
    (r"^Errors|^Throttles|ErrorRate|DeadLetters", ZERO),
    (r"^Accepted|^Stored|^NumberOfMessages|^Invocations .*(Intake|Applier)", Curve(230, 1, 0.12, whole=True)),
    (r"^Stale", Curve(3, 1, 0.5, whole=True)),
    (r"^Duplicate", Curve(9, 1, 0.35, whole=True)),
    (r"^Lag .*p50", Curve(34, 0.2, 0.1)),
    (r"^Lag", Curve(260, 0.5, 0.18, peaks=((86, 940), (87, 720), (88, 410)))),
    (r"^Count|^Invocations .*Reader", Curve(11_800, 1, 0.05, whole=True)),
    (r"^Invocations", Curve(420, 0.8, 0.08, whole=True)),
    (r"^4XX", Curve(0.021, 0, 0.25, peaks=((141, 0.1), (142, 0.18), (143, 0.14)))),
    (r"^5XX", Curve(0.0008, 0, 0.9)),
    (r"^Latency .*p50", Curve(52, 0.2, 0.06)),
    (r"^Latency .*p90", Curve(260, 0.3, 0.08)),
    (r"^Latency", Curve(840, 0.4, 0.1)),
    (r"^IntegrationLatency", Curve(770, 0.4, 0.1)),
    (r"Overhead", Curve(70, 0.4, 0.1)),
    (r"^ConcurrentExecutions .*Reader", Curve(17, 0.9, 0.12, whole=True)),
    (r"^Claimed", Curve(23, 0.8, 0.1, whole=True)),
    (r"^ConcurrentExecutions", Curve(2, 0.7, 0.2, whole=True)),
    (r"^Duration .*(Reader|Chosen).*p50", Curve(34, 0.1, 0.06)),
    (r"^Duration .*(Reader|Chosen).*p90", Curve(190, 0.2, 0.08)),
    (r"^Duration .*(Reader|Chosen)", Curve(720, 0.4, 0.1)),
    (r"^Duration .*Applier", Curve(510, 0.2, 0.14, peaks=((86, 1480),))),
    (r"^Duration .*Intake", Curve(88, 0.1, 0.12)),
    (r"^Duration", Curve(31, 0.1, 0.12)),
    (r"^ApproximateAge", Curve(6, 0.5, 0.5, peaks=((86, 240), (87, 150)))),
    (r"^ApproximateNumberOfMessagesNotVisible", Curve(5, 0.8, 0.4, whole=True)),
    (r"^ApproximateNumber", Curve(8, 0.9, 0.6, whole=True, peaks=((86, 94), (87, 52)))),
    (r"Drain", Curve(0.17, 0.2, 0.4, peaks=((86, 2.1), (87, 1.2)))),
    (r"ReadCapacity", Curve(61_000, 1, 0.07)),
    (r"WriteCapacity", Curve(8_400, 1, 0.14)),
    (r"SuccessfulRequestLatency .*GetItem", Curve(2.6, 0, 0.05)),
    (r"SuccessfulRequestLatency .*Query", Curve(4.9, 0.1, 0.06)),
    (r"SuccessfulRequestLatency", Curve(17, 0.1, 0.08)),
    (r"^Conditional", Curve(2, 0.8, 0.7, whole=True)),
    (r"^TransactionConflict", NONE),
)
#: What a metric that nobody has thought of yet looks like.
UNKNOWN = Curve(10, 0.5, 0.2)

#: What stands in the columns of the tables.
CELLS = {
    "message": ("apply", "apply", "read", "apply"),
    "gateway_request_id": ("3f1c9a52-…", "b8e07d14-…", "5a96e2f0-…", "e21d44c7-…", "90b3f8aa-…", "c4750e6b-…"),
    "errorType": ("ReadTimeoutError", "ClientError", "StoreBusy"),
    "errorMessage": ("ReadTimeoutError", "TransactionCanceledException", "StoreBusy"),
    "location": ("index.py:send:1204", "index.py:write:988", "index.py:find:731"),
    "ms": ("2,114", "1,871", "1,466", "1,203", "1,090", "1,042", "987"),
    "method": ("GET",),
    "route": ("/{proxy+}",),
    "status": ("200", "200", "503", "200"),
    "name": tuple(f"shop-{title}Function" for title in ("Reader", "Authorizer", "Intake", "Applier", "Recounter")),
    "runs": ("912,480", "41,310", "18,204", "18,177", "1"),
    "cold": ("214", "31", "26", "22", "1"),
    "init": ("612.4", "498.1", "522.7", "540.3", "533.8"),
    "usedMB": ("118", "94", "97", "121", "164"),
    "ofMB": ("512", "512", "512", "512", "1769"),
    "calls": ("37", "4", "1"),
    "latest": ("11:58:40", "09:12:03", "02:44:51"),
    "key": ("2f9a41cc", "77b0e3d1", "c03d5e1a"),
    "why": (
        "woocommerce_rest_cannot_view",
        "woocommerce_rest_authentication_error",
        "woocommerce_rest_cannot_view",
    ),
}
#: Rows of a table, by a column that only it has.
ROWS = {"errorType": 4, "runs": 5, "calls": 3}


def values(name: str) -> list[float | None]:
    """The curve of a metric, by its own name, dimensions and statistic."""
    found = next((curve for pattern, curve in CURVES if re.search(pattern, name)), UNKNOWN)
    return found.values(name)


def cells(columns: Sequence[str]) -> list[list[str]]:
    """The rows of a table with these columns."""
    count = next((rows for column, rows in ROWS.items() if column in columns), 7)
    return [[_cell(column, row, count) for column in columns] for row in range(count)]


def _cell(column: str, row: int, count: int) -> str:
    if column == "@timestamp":
        minutes = 719 - row * 397 // count - row * row
        return f"{minutes // 60:02}:{minutes % 60:02}:{row * 37 % 60:02}.{(row * 271 + 104) % 1000:03}"
    known = CELLS.get(column, ("…",))
    return known[row % len(known)]
