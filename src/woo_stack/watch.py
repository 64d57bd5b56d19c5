"""What is watched, as data: a row a metric. Alarms, dashboard and runbook are all derived from these rows.

A row without `above` is drawn but does not alarm. Sources: the metric pages of
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html and
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Watch:
    """One metric: how it is drawn and, with `above`, when it alarms.

    Metrics of your own code are watched too: `Function(metrics=[Watch(...)])`.
    """

    #: Ends the alarm's logical id and labels the line.
    name: str
    metric: str
    statistic: str
    #: Rows with the same graph share one, for all components of a namespace.
    graph: str
    unit: str
    #: Alarm when the statistic is above this, in `unit`; with `of_limit` a share of the most it can reach.
    above: float | None = None
    of_limit: bool = False
    #: The threshold instead, where no setting of the component bounds the metric.
    above_unbounded: float | None = None
    #: The most that the metric can reach where no setting of the component says so.
    limit: float = float("inf")
    period_seconds: int = 300
    #: So many of the last so many periods must be above.
    datapoints: tuple[int, int] = (1, 1)
    #: Where the metric is not AWS's own: its namespace, with the component's `custom_dimensions` if it has some.
    namespace: str = ""
    #: The operation that is watched, for metrics that exist by operation only.
    operation: str = ""
    means: str = ""
    do: str = ""


#: Where our own metrics are, as those counted by metric filters or printed by functions.
CUSTOM_NAMESPACE = "woo-stack"


def _ours(name: str, graph: str, unit: str, statistic: str = "Sum", **more: Any) -> Watch:
    """A row of a metric that the shop's own functions print."""
    return Watch(name, name, statistic, graph, unit, namespace=CUSTOM_NAMESPACE, **more)


#: By namespace the rows of every component of that namespace; by another name those that a component names itself.
WATCHED: Mapping[str, tuple[Watch, ...]] = {
    "AWS/ApiGateway": (
        Watch(
            "Requests", "Count", "Sum", "API requests", "requests",
            above=24_000, datapoints=(3, 3),
            means="80 calls a second for 15 minutes.", do="Find the caller in the access log.",
        ),
        Watch(
            "ClientErrors", "4XXError", "Average", "API errors", "share of requests",
            above=0.25, limit=1, datapoints=(3, 3),
            means="A quarter of the calls is refused.", do="Group the access log by status and route.",
        ),
        Watch(
            "ServerErrors", "5XXError", "Average", "API errors", "share of requests",
            above=0.01, limit=1,
            means="Callers get server errors.", do="See the functions' errors, then the execution log.",
        ),
        Watch(
            "Throttles", "Throttled", "Sum", "API throttling", "calls answered 429",
            above=0, namespace=CUSTOM_NAMESPACE,
            means="Calls came faster than rate and burst allow.", do="Find the caller, or raise both.",
        ),
        Watch(
            "Latency", "Latency", "p99", "API latency", "ms",
            above=3000, limit=29_000, datapoints=(3, 3),
            means="Clients give up after 5 s.", do="Compare the functions' duration: cold starts, slow table.",
        ),
    ),
    "AWS/Lambda": (
        Watch(
            "Invocations", "Invocations", "Sum", "Lambda invocations", "invocations",
            above=24_000, datapoints=(3, 3),
            means="80 runs a second for 15 minutes.", do="Find the caller in the access log.",
        ),
        Watch(
            "Errors", "Errors", "Sum", "Lambda errors", "errors",
            above=0,
            means="An exception, a timeout or out of memory.", do="Filter its log on level ERROR.",
        ),
        Watch(
            "Throttles", "Throttles", "Sum", "Lambda throttling", "throttled calls",
            above=0,
            means="No concurrency was left.", do="Raise its reserve or the account's quota.",
        ),
        Watch(
            "Concurrency", "ConcurrentExecutions", "Maximum", "Lambda concurrency", "executions",
            above=0.8, of_limit=True, above_unbounded=80, period_seconds=60, datapoints=(3, 5),
            means="Concurrency is at four fifths.", do="Raise it, or find what became slow.",
        ),
        Watch(
            "Duration", "Duration", "p99", "Lambda duration", "ms",
            above=0.8, of_limit=True, above_unbounded=8_000, limit=900_000, datapoints=(3, 3),
            means="Calls come near the timeout.", do="See slow traces; raise memory or timeout.",
        ),
    ),
    "AWS/DynamoDB": (
        Watch("ReadUnits", "ConsumedReadCapacityUnits", "Sum", "DynamoDB capacity", "units"),
        Watch("WriteUnits", "ConsumedWriteCapacityUnits", "Sum", "DynamoDB capacity", "units"),
        Watch(
            "ReadThrottles", "ReadThrottleEvents", "Sum", "DynamoDB throttling", "events",
            above=0,
            means="A hot key, or a maximum was reached.", do="Compare consumed capacity; raise the maximum.",
        ),
        Watch(
            "WriteThrottles", "WriteThrottleEvents", "Sum", "DynamoDB throttling", "events",
            above=0,
            means="A hot key, or a maximum was reached.", do="Slow imports down; raise the maximum.",
        ),
        *(
            Watch(
                f"{operation}Errors", "SystemErrors", "Sum", "DynamoDB errors", "errors",
                above=0, datapoints=(2, 3), operation=operation,
                means="DynamoDB itself failed.", do="Look at the AWS Health Dashboard.",
            )
            # One for single documents and one for lists: every failure of the table shows in both.
            for operation in ("GetItem", "Query")
        ),
    ),
    "AWS/SQS": (
        Watch(
            "Age", "ApproximateAgeOfOldestMessage", "Maximum", "Queue age", "seconds",
            above=900,
            means="Messages wait for 15 minutes.", do="See the consumer's errors and throttles.",
        ),
        Watch("Visible", "ApproximateNumberOfMessagesVisible", "Maximum", "Queues", "messages", period_seconds=60),
        Watch("Sent", "NumberOfMessagesSent", "Sum", "Queue traffic", "messages"),
    ),
    "DeadLetters": (
        Watch(
            "Visible", "ApproximateNumberOfMessagesVisible", "Maximum", "Queues", "messages",
            above=0, period_seconds=60,
            means="Messages could not be processed.", do="Read their reason, mend it, redrive them.",
        ),
    ),
    "Intake": (
        _ours("Accepted", "Webhooks", "deliveries"),
        _ours(
            "Rejected", "Webhooks", "deliveries",
            above=0,
            means="Wrong signatures: the 7th disables a webhook.", do="Compare its secret.",
        ),
        _ours(
            "Lost", "Webhooks", "deliveries",
            above=0,
            means="Webhooks were answered 503.", do="Read the intake's log.",
        ),
        _ours(
            "Parked", "Webhooks", "deliveries",
            above=0,
            means="Signed webhooks could not be queued.", do="See s#PARKED; redrive them.",
        ),
    ),
    "Applier": (
        *(_ours(name, "Documents", "events") for name in ("Stored", "Stale", "Duplicate", "DeadLettered")),
        _ours(
            "Parked", "Documents", "events",
            above=0,
            means="Signed webhooks are unusable.", do="See s#PARKED; redrive them.",
        ),
        _ours(
            "Lag", "Lag of the mirror", "seconds", "p90",
            above=1800, datapoints=(3, 3),
            means="Changes arrive half an hour late.", do="See the queue's age, then the shop's WP-Cron.",
        ),
    ),
    "Recounter": (
        _ours("Checked", "Recount", "count"),
        _ours(
            "Repaired", "Recount", "count",
            above=0,
            means="Rows or counters differed from documents.", do="Read what in the recounter's log.",
        ),
        _ours(
            "Unfinished", "Recount", "count",
            above=0,
            means="The recount ran out of time.", do="Raise its memory.",
        ),
    ),
}  # fmt: skip

_UNPAGED = ("Invocations", "Concurrency", "Duration")
#: What the shop draws without an alarm, because another one tells the same: the API's of what callers notice and pay
#: for, the queue's age of an applier that is late or throttled, one operation's errors of a table that fails.
DRAWN: Mapping[str, None] = dict.fromkeys(
    f"{title}{row}"
    for title, rows in {
        "Reader": ("Duration",),
        "Authorizer": (*_UNPAGED, "Throttles"),
        "Intake": _UNPAGED,
        "Applier": (*_UNPAGED, "Throttles"),
        "Recounter": (*_UNPAGED, "Throttles"),
        "Documents": ("QueryErrors",),
    }.items()
    for row in rows
)


def rows_of(component: object) -> Sequence[Watch]:
    """The rows that are about a component: its own `rows`, or those of its namespace."""
    return getattr(component, "rows", None) or WATCHED.get(getattr(component, "namespace", ""), ())
