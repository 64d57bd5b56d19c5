"""What a request writes to the logs: sample records, to measure."""

import json
from collections.abc import Mapping

from body import Json
from woo_stack.logs import ACCESS_LOG
from woo_stack.metric import CUSTOM_NAMESPACE

_ID = "0f9b2c1e-5d47-4a3b-8e6f-1c2d3e4f5a6b"
_TRACE = {"spanId": "4a2f8c1b9d3e5f70", "type": "X-Amzn-Trace-Id", "value": f"Root=1-{_ID};Sampled=1"}
_MEASURES = {"durationMs": 12.345, "billedDurationMs": 13, "memorySizeMB": 512, "maxMemoryUsedMB": 96}
_ANSWER = {"gateway_request_id": _ID, "route": "GET /wp-json/wc/v3/orders", "status": 200, "duration_ms": 12}
_PRINTED = [{"Name": "Stored", "Unit": "Count"}, {"Name": "Lag", "Unit": "Seconds"}]
_RULE = {"Namespace": CUSTOM_NAMESPACE, "Dimensions": [["FunctionName"]], "Metrics": _PRINTED}
#: Records as the shop's logs hold them: the access log's, Lambda's own two of a call (from memory of
#: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html), a function's, and metrics.
RECORDS: dict[str, Json] = {
    "access": {name: _ID if "requestId" in value else "x" * 12 for name, value in json.loads(ACCESS_LOG).items()},
    "start": {
        "time": "2026-01-01T00:00:00.000Z", "type": "platform.start",
        "record": {"requestId": _ID, "version": "$LATEST", "tracing": _TRACE},
    },
    "report": {
        "time": "2026-01-01T00:00:00.000Z", "type": "platform.report",
        "record": {"requestId": _ID, "metrics": _MEASURES, "tracing": _TRACE, "status": "success"},
    },
    "own": {
        "timestamp": "2026-01-01T00:00:00Z", "level": "INFO", "message": "read", "logger": "woo_stack",
        "requestId": _ID, **_ANSWER,
    },
    "metrics": {
        "_aws": {"Timestamp": 1_767_225_600_000, "CloudWatchMetrics": [_RULE]},
        "FunctionName": "shop-ApplierFunction-1A2B3C4D5E6F", "Stored": 1, "Lag": [2.125],
    },
}  # fmt: skip
#: Of each, how many a read and a webhook write: a webhook calls two functions that both print metrics.
READ = {"access": 1, "start": 1, "report": 1, "own": 1}
WEBHOOK = {"access": 1, "start": 2, "report": 2, "own": 2, "metrics": 2}
#: Likewise a call of the authorizer or of the recounter.
CALL = {"start": 1, "report": 1, "own": 1}
#: What CloudWatch adds to each record: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutLogEvents.html
OVERHEAD = 26
#: Bytes of a GB, a little fewer than AWS's 2 ** 30.
GB = 1_000_000_000


def written(records: Mapping[str, int]) -> int:
    """Bytes of log for so many of each of `RECORDS`."""
    sizes = {name: len(json.dumps(record, separators=(",", ":"))) + OVERHEAD for name, record in RECORDS.items()}
    return sum(times * sizes[name] for name, times in records.items())
