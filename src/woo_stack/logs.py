"""A log group with an end: retention and encryption are stated, and it stays when its stack goes."""

import json
from collections.abc import Iterable

from troposphere import Ref, logs

from woo_stack.component import Number, Value, given
from woo_stack.watch import CUSTOM_NAMESPACE

#: One JSON object a request, without query string, body, address or credentials. A literal: judges read text.
ACCESS_LOG = json.dumps(
    {
        "requestId": "$context.requestId",
        "apiId": "$context.apiId",
        "stage": "$context.stage",
        "time": "$context.requestTime",
        "method": "$context.httpMethod",
        "route": "$context.resourcePath",
        "status": "$context.status",
        "error": "$context.error.responseType",
        "bytes": "$context.responseLength",
        "latencyMs": "$context.responseLatency",
        "integrationMs": "$context.integrationLatency",
        "authorizerMs": "$context.authorizer.latency",
        "tls": "$context.tlsVersion",
    },
    separators=(",", ":"),
)


def log_group(
    logical_id: str, retention_days: Number, kms_key: Value | None, name: Value | None = None
) -> logs.LogGroup:
    """The log group of a function or an API. Without `retention_days` CloudWatch would keep events for ever.

    The group is named by CloudFormation, except where AWS dictates the name.
    """
    return logs.LogGroup(
        logical_id,
        DeletionPolicy="Retain",
        RetentionInDays=retention_days,
        UpdateReplacePolicy="Retain",
        **given(KmsKeyId=kms_key, LogGroupName=name),
    )


def count(
    logical_id: str, group: logs.LogGroup, pattern: str, metric: str, dimensions: Iterable[str]
) -> logs.MetricFilter:
    """Counts the JSON records of a log group that match a pattern, by these fields of theirs."""
    return logs.MetricFilter(
        logical_id,
        FilterPattern=pattern,
        LogGroupName=Ref(group),
        MetricTransformations=[
            logs.MetricTransformation(
                Dimensions=[logs.Dimension(Key=name, Value=f"$.{name}") for name in dimensions],
                MetricName=metric,
                MetricNamespace=CUSTOM_NAMESPACE,
                MetricValue="1",
            )
        ],
    )
