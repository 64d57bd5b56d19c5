"""What of the shop wakes somebody, what is told in the morning, and what is only drawn."""

from collections.abc import Mapping

_UNPAGED = ("Invocations", "Duration")
#: Drawn without an alarm, because another one tells the same: the API's of what callers notice and pay for, the age of
#: the queue of an applier that throttles, one operation's errors of a table that fails, the access log's count of
#: deliveries that the intake lost and more. (Concurrency alarms where there is a reserve: what else an account has left
#: no template knows, a young one has 10, and throttles tell.)
DRAWN: Mapping[str, None] = dict.fromkeys(
    f"{title}{row}"
    for title, rows in {
        "Reader": _UNPAGED,
        "Authorizer": (*_UNPAGED, "Throttles"),
        "Intake": (*_UNPAGED, "Throttles"),
        "Applier": (*_UNPAGED, "Throttles"),
        "Recounter": (*_UNPAGED, "Throttles"),
        "Nightly": ("Failed", "Dropped"),
        "Documents": ("QueryErrors",),
    }.items()
    for row in rows
)
#: Graver than the rows of `watch` say, for what these functions are to the shop.
SEVERITIES: Mapping[str, str] = {
    "ReaderThrottles": "down",
    "IntakeErrors": "data",
}
#: Thresholds that the form asks for: alarm and question, in the same unit.
ASKED: Mapping[str, str] = {"ApiRequests": "MaxRequests", "ApiLatency": "MaxLatencyMs", "ApplierLag": "MaxLagSeconds"}
