"""What is asked of the logs again and again, as data: tables on the dashboard, and saved queries for the rest.

Queries are in Logs Insights' language; the fields are those that the functions and the access log write, and those of
Lambda's own records: https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from troposphere import Sub, logs

from woo_stack.component import Value

#: The logs that queries read.
LOGS = ("functions", "access")


@dataclass(frozen=True)
class Query:
    """One question."""

    name: str
    #: Of `LOGS`.
    reads: tuple[str, ...]
    text: str
    #: Saved, to be asked with a word of one's own in it; else a table on the dashboard, which opens as a query too.
    saved: bool = False

    def definition(self, logical_id: str, groups: Mapping[str, Value]) -> logs.QueryDefinition:
        """The saved query, in a folder named like the stack."""
        return logs.QueryDefinition(
            logical_id,
            LogGroupNames=[groups[name] for name in self.reads],
            Name=Sub(f"${{AWS::StackName}}/{self.name}"),
            QueryString=self.text,
        )

    def table(self, region: str, groups: Mapping[str, str]) -> dict[str, Any]:
        """The widget of the dashboard."""
        source = "".join(f"SOURCE '{groups[name]}' | " for name in self.reads)
        properties = {"title": self.name, "region": region, "view": "table", "query": source + self.text}
        return {"type": "log", "width": 12, "properties": properties}


QUERIES = (
    Query(
        "Latest errors",
        ("functions",),
        # Of a timeout or a lack of memory there is but Lambda's own record.
        "filter level = 'ERROR' or record.status in ['error', 'timeout']"
        " | fields @timestamp, message, gateway_request_id, errorType, errorMessage, location, record.status"
        " | sort @timestamp desc | limit 20",
    ),
    Query(
        "Slowest requests",
        ("access",),
        "fields latencyMs * 1 as ms, @timestamp, method, route, status, gateway_request_id | sort ms desc | limit 20",
    ),
    Query(
        "Cold starts and memory",
        ("functions",),
        # The streams of a group that functions share are named by function.
        "filter type = 'platform.report' | parse @logStream '*/*/*/*[' as y, m, d, name"
        " | stats count(*) as runs, count(record.metrics.initDurationMs) as cold,"
        " max(record.metrics.initDurationMs) as init, max(record.metrics.maxMemoryUsedMB) as usedMB,"
        " max(record.metrics.memorySizeMB) as ofMB by name",
    ),
    Query(
        "Denied keys",
        ("functions",),
        "filter effect = 'Deny' | stats count(*) as calls, max(@timestamp) as latest by key, why | sort calls desc",
    ),
    Query(
        "One request",
        ("access", "functions"),
        "filter gateway_request_id = '<id>' | fields @timestamp, @message | sort @timestamp",
        saved=True,
    ),
    Query(
        "Webhooks not stored",
        ("functions",),
        "filter outcome in ['parked', 'forged', 'oversized', 'failed', 'dead-lettered']"
        " | fields @timestamp, outcome, why, topic, delivery, gateway_request_id | sort @timestamp desc",
        saved=True,
    ),
)
