"""What is watched, as data: a row a metric. Alarms, dashboard, runbook and tests are all derived from these rows.

A row without `above` is drawn but does not alarm. Sources, by the first part of a row's namespace: the metric pages of
https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html (REST),
https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-metrics.html,
https://docs.aws.amazon.com/lambda/latest/dg/monitoring-metrics-types.html,
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Lambda-Insights-metrics.html,
https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-available-cloudwatch-metrics.html,
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/metrics-dimensions.html,
https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-monitoring.html and
https://docs.aws.amazon.com/waf/latest/developerguide/waf-metrics.html.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

from woo_stack.metric import CUSTOM_NAMESPACE, Watch

_webhooks = partial(Watch, graph="Webhooks", unit="deliveries", statistic="Sum", namespace=CUSTOM_NAMESPACE)
_documents = partial(Watch, graph="Documents", unit="events", statistic="Sum", namespace=CUSTOM_NAMESPACE)
_recount = partial(Watch, graph="Recount", unit="count", statistic="Sum", namespace=CUSTOM_NAMESPACE)
_requests = partial(Watch, graph="API requests", unit="requests", statistic="Sum")
_refusals = partial(Watch, graph="API errors", unit="share of requests", statistic="Average", limit=1)
_latency = partial(Watch, graph="API latency", unit="ms", statistic="p99", limit=29_000)
_calls = partial(Watch, statistic="Sum", unit="calls")
_lost_calls = partial(Watch, statistic="Sum", unit="calls", graph="Calls that never ran")
_messages = partial(Watch, graph="Queues", unit="messages", statistic="Maximum", period_seconds=60)
_units = partial(Watch, graph="DynamoDB capacity", unit="units", statistic="Sum", limit_drawn=True)
_throttling = partial(Watch, graph="DynamoDB throttling", unit="events", statistic="Sum")

_API = (
    _requests(
        "Requests", "Count", above=24_000, datapoints=(3, 3),
        means="Far more calls than expected.", look="Who calls, and what: access log by route.",
        do="Stop the caller, or raise the threshold: this is what the bill is made of.",
    ),
    _refusals(
        "ClientErrors", "4XXError", above=0.25, datapoints=(3, 3),
        means="A quarter of the calls is refused.", look="Access log by status and route; denied keys.",
        do="Give the client the right key or URL; scanners without a key may be left to the throttle.",
    ),
    _refusals(
        "ServerErrors", "5XXError", above=0.05, datapoints=(3, 3), severity="down",
        means="Callers get server errors.", look="Latest errors of the functions, then the execution log.",
        do="Roll back the last change; with DynamoDB's or Lambda's own errors wait and tell the callers.",
    ),
    _latency(
        "Latency", "Latency", above=3000, datapoints=(3, 3), beside=("p50", "p90"),
        means="Slow: clients give up after 5 s.", look="Slowest requests, then cold starts and the table's latency.",
        do="Raise the functions' memory, or ask for smaller pages.",
    ),
    _latency("Integration", "IntegrationLatency"),
    _latency("Overhead", "", expression="Latency-Integration"),
    _requests(
        "Throttles", "Throttled", above=0, pattern='{ $.status = "429" }',
        means="Calls came faster than rate and burst allow.", look="Access log by route and status 429.",
        do="Slow the caller down, or raise the API's rate and burst.",
    ),
)  # fmt: skip
#: The same of an HTTP API, which has no execution log.
_HTTP_API = tuple(
    replace(row, metric=row.metric.replace("XXError", "xx"), look=row.look.replace("execution", "access"))
    for row in _API
)

#: By namespace the rows of every component of that namespace; by another name those that a component names itself.
WATCHED: Mapping[str, tuple[Watch, ...]] = {
    "Intake": (
        *(_webhooks(name, name) for name in ("Accepted", "Lost")),
        _webhooks(
            "Rejected", "Rejected", above=0,
            means="Webhooks are refused: wrong signature or too large.", look="Saved query: Webhooks not stored.",
            do="Give the webhook the secret that is behind WebhookSecretUrl; the 7th refusal in a row disables it.",
        ),
        _webhooks(
            "Parked", "Parked", above=0, severity="data",
            means="Signed webhooks could not be queued.", look="Saved query: Webhooks not stored.",
            do="When the queue works again: woo-stack redrive.",
        ),
    ),
    "Webhooks": (
        _webhooks(
            "Undelivered", "UndeliveredWebhooks", above=0, severity="data",
            pattern='{ $.route = "*webhooks/*" && ($.status = "5*" || $.status = "413" || $.status = "429") }',
            means="Webhooks were not taken.", look="Access log by route; it need not have every 413 and 429.",
            do="WooCommerce does not send again: save the documents of that time anew in the shop.",
        ),
    ),
    "Applier": (
        *(_documents(name, name) for name in ("Stored", "Stale", "Duplicate", "DeadLettered")),
        _documents(
            "Parked", "Parked", above=0,
            means="Signed webhooks are unusable.", look="Saved query: Webhooks not stored.",
            do="Mend what made them (a plugin, a filter), then woo-stack redrive.",
        ),
        Watch(
            "Lag", "Lag", "p90", "Lag of the mirror", "seconds",
            above=1800, period_seconds=3600, datapoints=(2, 24), silence="missing", beside=("p50",),
            namespace=CUSTOM_NAMESPACE, means="Changes arrive late, or none came for a day.",
            look="The queue's age; the applier's errors; WP-Cron and the webhooks' status in the shop.",
            do="Let a real cron run wp-cron.php; enable webhooks that WooCommerce has disabled.",
        ),
    ),
    "Recounter": (
        _recount("Checked", "Checked"),
        _recount(
            "Repaired", "Repaired", above=0,
            means="Rows or counters differed from documents.", look="The recounter's log: repaired, field claim.",
            do="Nothing, once. Each night: report it, a write path is wrong.",
        ),
        _recount(  # Half a day is what a night may come later than the one before.
            "Unfinished", "Unfinished", above=0, period_seconds=21_600, datapoints=(1, 6), silence="missing",
            means="The recount ran out of time, or did not run.", look="The recounter's errors and its log.",
            do="Out of time: raise its memory. Not run: is the rule of Nightly enabled?",
        ),
    ),
    "AWS/ApiGateway": _API,
    "HttpApi": _HTTP_API,
    "AWS/Lambda": (
        _calls(
            "Invocations", "Invocations", graph="Lambda invocations", above=24_000, datapoints=(3, 3),
            means="Far more runs than expected.", look="Who calls: access log by route, the queue's traffic.",
            do="Stop the caller, or raise the threshold.",
        ),
        _calls(
            "Errors", "Errors", graph="Lambda errors", above=0,
            means="Exceptions, timeouts or out of memory.", look="Latest errors; cold starts and memory.",
            do="Mend what the error says; out of memory or time: raise it.",
        ),
        _calls(
            "Throttles", "Throttles", graph="Lambda throttling", above=0, datapoints=(3, 3),
            means="No concurrency was left.", look="Concurrency of all functions of the account.",
            do="Raise its reserve, or the account's quota (new accounts have 10).",
        ),
        Watch(
            "Concurrency", "ConcurrentExecutions", "Maximum", "Lambda concurrency", "executions",
            above=0.8, of_limit=True, period_seconds=60, datapoints=(3, 5), means="Concurrency is near its limit.",
            look="Invocations and duration: more calls, or slower ones?", do="Raise the reserve, or make it faster.",
        ),
        Watch(
            "Duration", "Duration", "p99", "Lambda duration", "ms",
            above=0.8, of_limit=True, above_unbounded=8_000, limit=900_000, datapoints=(3, 3),
            means="Calls come near the timeout.", look="Slow traces in X-Ray.", do="Raise memory or timeout.",
        ),
        Watch("DurationInDetail", "Duration", "p99", "Duration", "ms", beside=("p50", "p90"), in_detail=True),
        Watch("ErrorRate", "", "Sum", "Error rate", "%", expression="100*Errors/Invocations", in_detail=True),
        _lost_calls("Recursive", "RecursiveInvocationsDropped"),
    ),
    "LambdaInsights": (
        Watch(
            "Memory", "memory_utilization", "Maximum", "Lambda memory", "%", above=90, limit=100, datapoints=(3, 3),
            means="Memory is nearly used up.", look="Cold starts and memory.", do="Raise its memory.",
        ),
        Watch("Init", "init_duration", "Maximum", "Lambda init duration", "ms"),
    ),
    "Asynchronous": (
        Watch("Wait", "AsyncEventAge", "p99", "Lambda duration", "ms", namespace="AWS/Lambda"),
        _lost_calls(
            "Dropped", "AsyncEventsDropped", above=0, severity="data", namespace="AWS/Lambda",
            means="Events were given up.", look="The function's errors and throttles.",
            do="Mend it, then send the events of its dead-letter queue again.",
        ),
    ),
    "Stream": (
        Watch(
            "Behind", "IteratorAge", "Maximum", "Age of stream records", "ms", above=3_600_000, limit=86_400_000,
            severity="data", means="A stream is an hour behind; it keeps a day.",
            look="The consumer's errors and duration.", do="Mend the consumer, or let it take larger batches.",
        ),
    ),
    "AWS/Events": (
        _lost_calls(
            "Failed", "FailedInvocations", above=0, means="A rule could not call its target.",
            look="The function's permission; does it exist?", do="Deploy the stack again.",
        ),
    ),
    "AWS/SQS": (
        Watch(
            "Age", "ApproximateAgeOfOldestMessage", "Maximum", "Queue age", "seconds", above=900, severity="data",
            means="Messages wait for 15 minutes.", look="The consumer's errors, throttles and duration.",
            do="Mend the consumer; is its event source enabled?",
        ),
        _messages("Visible", "ApproximateNumberOfMessagesVisible"),
        _messages("InFlight", "ApproximateNumberOfMessagesNotVisible"),
        *(
            Watch(name, f"NumberOfMessages{name}", "Sum", "Queue traffic", "messages")
            for name in ("Sent", "Received", "Deleted")
        ),
        Watch("Drain", "", "Sum", "Time to drain", "minutes", expression="5*Visible/Deleted"),
    ),
    "DeadLetters": (
        _messages(
            "Visible", "ApproximateNumberOfMessagesVisible", above=0, severity="data",
            means="Messages could not be processed.", look="The consumer's errors; why each failed, if it says so.",
            do="Mend that, then move them back (the shop's by woo-stack redrive). They are kept for 14 days.",
        ),
        Watch("Age", "ApproximateAgeOfOldestMessage", "Maximum", "Queue age", "seconds"),
    ),
    "AWS/DynamoDB": (
        _units("ReadUnits", "ConsumedReadCapacityUnits"),
        _units("WriteUnits", "ConsumedWriteCapacityUnits"),
        _throttling(
            "ReadThrottles", "ReadThrottleEvents", above=0, means="Reads: a hot key, or a maximum was reached.",
            look="Consumed capacity beside the maximum.", do="Raise the maximum; a hot key: spread the readers.",
        ),
        _throttling(
            "WriteThrottles", "WriteThrottleEvents", above=0, means="Writes: a hot key, or a maximum was reached.",
            look="Consumed capacity; is an import running?", do="Slow the import down, or raise the maximum.",
        ),
        *(
            Watch(
                f"{operation}Errors", "SystemErrors", "Sum", "DynamoDB errors", "errors", by=("Operation", operation),
                above=0, datapoints=(2, 3), means="DynamoDB itself fails.",
                look="The AWS Health Dashboard of the region.", do="Wait; nothing else helps.",
            )
            # One for single documents and one for lists: every failure of the table shows in both.
            for operation in ("GetItem", "Query")
        ),
        *(
            Watch(f"{by}Latency", "SuccessfulRequestLatency", "Average", "DynamoDB latency", "ms", by=("Operation", by))
            for by in ("GetItem", "Query", "TransactWriteItems")
        ),
        Watch("Conditions", "ConditionalCheckFailedRequests", "Sum", "DynamoDB conflicts", "requests"),
        Watch("Conflicts", "TransactionConflict", "Sum", "DynamoDB conflicts", "requests"),
    ),
    "Replica": (Watch("Replication", "ReplicationLatency", "Maximum", "DynamoDB replication", "ms"),),
    "AWS/WAFV2": (
        Watch("Allowed", "AllowedRequests", "Sum", "Firewall", "requests"),
        Watch(
            "Blocked", "BlockedRequests", "Sum", "Firewall", "requests", above=1000, datapoints=(3, 3),
            means="Many requests are blocked.", look="The firewall's log by rule and country.",
            do="An attack: nothing. Customers are blocked: set that rule to count.",
        ),
    ),
    "Account": (
        Watch("Claimed", "ClaimedAccountConcurrency", "Maximum", "Lambda concurrency", "executions",
              namespace="AWS/Lambda", period_seconds=60),
        Watch("UserErrors", "UserErrors", "Sum", "DynamoDB errors", "errors", namespace="AWS/DynamoDB"),
    ),
}  # fmt: skip


def rows_of(component: object) -> Sequence[Watch]:
    """The rows that are about a component: its own `rows`, or those of its namespace that need no filter on a log."""
    kind = getattr(component, "namespace", "")
    known = WATCHED.get(kind, ()) if "/" in kind or kind == "LambdaInsights" else ()
    if kind == "AWS/ApiGateway" and "ApiId" in getattr(component, "dimensions", ()):
        known = WATCHED["HttpApi"]
    return getattr(component, "rows", None) or tuple(row for row in known if not row.pattern)
