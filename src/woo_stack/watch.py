"""What is watched, as data: a row a metric. Alarms, dashboard and runbook are all derived from these rows.

A row without `above` is drawn but does not alarm. Sources: the metric pages of
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html,
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html and
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html.
"""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Watch:
    """One metric of a namespace: how it is drawn and, with `above`, when it alarms."""

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
    #: Where the metric is ours, as counted in a log: its namespace, with the component's `custom_dimensions`.
    namespace: str = ""
    #: The operation that is watched, for metrics that exist by operation only.
    operation: str = ""
    means: str = ""
    do: str = ""


#: Where our own metrics are, as those counted by metric filters.
CUSTOM_NAMESPACE = "woo-stack"

WATCHED: Mapping[str, tuple[Watch, ...]] = {
    "AWS/ApiGateway": (
        Watch(
            "Requests", "Count", "Sum", "API requests", "requests",
            above=24_000, datapoints=(3, 3),
            means="For a quarter of an hour 80 calls a second have come, four fifths of the default throttle.",
            do="Find the caller in the access log; lower the throttle, or raise this threshold.",
        ),
        Watch(
            "ClientErrors", "4XXError", "Average", "API errors", "share of requests",
            above=0.25, limit=1, datapoints=(3, 3),
            means="More than a quarter of the calls are refused: wrong keys or wrong parameters.",
            do="Group the access log by status: 401 is a wrong key, 400 a wrong parameter.",
        ),
        Watch(
            "ServerErrors", "5XXError", "Average", "API errors", "share of requests",
            above=0.01, limit=1,
            means="Callers get server errors.",
            do="Look at the functions' error alarms, then at the execution log of the request ids.",
        ),
        Watch(
            "Throttles", "Throttled", "Sum", "API throttling", "calls answered 429",
            above=0, namespace=CUSTOM_NAMESPACE,
            means="Calls were answered 429, because they came faster than the stage's rate and burst allow.",
            do="Find the client in the access log, or raise the throttle.",
        ),
        Watch(
            "Latency", "Latency", "p99", "API latency", "ms",
            above=3000, limit=29_000, datapoints=(3, 3),
            means="One call in a hundred takes longer than three seconds; WooCommerce clients give up after five.",
            do="Compare with the functions' duration: cold starts, more memory, or a slow table.",
        ),
    ),
    "AWS/Lambda": (
        Watch(
            "Invocations", "Invocations", "Sum", "Lambda invocations", "invocations",
            above=24_000, datapoints=(3, 3),
            means="For a quarter of an hour the function has run 80 times a second.",
            do="Find the caller in the access log, or raise this threshold.",
        ),
        Watch(
            "Errors", "Errors", "Sum", "Lambda errors", "errors",
            above=0,
            means="The function failed: an exception, a timeout or out of memory.",
            do="Read the function's log group, filter on level ERROR.",
        ),
        Watch(
            "Throttles", "Throttles", "Sum", "Lambda throttling", "throttled calls",
            above=0,
            means="Calls were refused because no concurrency was left.",
            do="Raise the reserved concurrency or the account's quota of concurrent executions.",
        ),
        Watch(
            "Concurrency", "ConcurrentExecutions", "Maximum", "Lambda concurrency", "executions",
            above=0.8, of_limit=True, above_unbounded=80, period_seconds=60, datapoints=(3, 5),
            means="The function runs at four fifths of its reserved concurrency or, without any, 80 times at once.",
            do="Raise the limit before callers are throttled, or look for what became slow.",
        ),
        Watch(
            "Duration", "Duration", "p99", "Lambda duration", "ms",
            above=0.8, of_limit=True, above_unbounded=8_000, limit=900_000, datapoints=(3, 3),
            means="One call in a hundred needs four fifths of the timeout or, if a parameter sets that, eight seconds.",
            do="Look at the traces of slow calls; raise memory (CPU grows with it) or the timeout.",
        ),
    ),
    "AWS/DynamoDB": (
        Watch("ReadUnits", "ConsumedReadCapacityUnits", "Sum", "DynamoDB capacity", "units"),
        Watch("WriteUnits", "ConsumedWriteCapacityUnits", "Sum", "DynamoDB capacity", "units"),
        Watch(
            "ReadThrottles", "ReadThrottleEvents", "Sum", "DynamoDB throttling", "events",
            above=0,
            means="Reads were throttled: a hot key, a ceiling that was set, or provisioned capacity used up.",
            do="Compare with consumed capacity; raise the maximum, or find the key by CloudWatch Contributor Insights.",
        ),
        Watch(
            "WriteThrottles", "WriteThrottleEvents", "Sum", "DynamoDB throttling", "events",
            above=0,
            means="Writes were throttled: a hot key, a ceiling that was set, or provisioned capacity used up.",
            do="Slow the import down, or raise the maximum.",
        ),
        *(
            Watch(
                f"{operation}Errors", "SystemErrors", "Sum", "DynamoDB errors", "errors",
                above=0, datapoints=(2, 3), operation=operation,
                means="DynamoDB itself failed, beyond what the SDK's retries hid.",
                do="Look at the AWS Health Dashboard; nothing here is to be changed.",
            )
            # One for single documents and one for lists: every failure of the table shows in both.
            for operation in ("GetItem", "Query")
        ),
    ),
}  # fmt: skip
