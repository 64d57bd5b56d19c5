"""What of the shop wakes somebody, what is told in the morning, and what is only drawn."""

from collections.abc import Mapping

_UNPAGED = ("Invocations", "Concurrency", "Duration")
#: Drawn without an alarm, because another one tells the same: the API's of what callers notice and pay for, the age of
#: the queue of an applier that throttles, a recount that does not end of a recounter that fails, one operation's errors
#: of a table that fails, the access log's count of deliveries that the intake lost and more.
DRAWN: Mapping[str, None] = dict.fromkeys(
    f"{title}{row}"
    for title, rows in {
        "Reader": ("Invocations", "Duration"),
        "Authorizer": (*_UNPAGED, "Throttles"),
        "Intake": (*_UNPAGED, "Throttles"),
        "Applier": (*_UNPAGED, "Throttles"),
        "Recounter": (*_UNPAGED, "Throttles", "Errors"),
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
