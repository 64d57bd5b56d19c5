"""A log group with an end: retention and encryption are stated, and it stays when its stack goes."""

import json
from collections.abc import Iterable, Mapping

from troposphere import Ref, logs

from woo_stack.component import Number, Value, given
from woo_stack.metric import Watch

_FIELDS = {
    "gateway_request_id": "$context.requestId",
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
}
#: What an HTTP API knows of a request under another name, ``POST /webhooks`` for the route, or not at all. Messages, of
#: integration and authorizer, are left out: they can quote what a function says.
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
_HTTP_FIELDS = {"route": "$context.routeKey", "authorizerMs": "", "tls": ""}


def _line(fields: Mapping[str, str]) -> str:
    return json.dumps({name: variable for name, variable in fields.items() if variable}, separators=(",", ":"))


#: One JSON object a request, without query string, body, address or credentials. A literal: judges read text. The id is
#: named as in the functions' records, so that one filter finds a request in all logs.
ACCESS_LOG = _line(_FIELDS)
HTTP_ACCESS_LOG = _line({**_FIELDS, **_HTTP_FIELDS})


def log_group(
    logical_id: str, retention_days: Number, kms_key: Value | None, name: Value | None = None
) -> logs.LogGroup:
    """The log group of an API, a function or several. Without `retention_days` CloudWatch would keep events for ever.

    The group is named by CloudFormation, except where AWS dictates the name. It outlives its stack, but not a creation
    that fails: there is nothing in it yet.
    """
    return logs.LogGroup(
        logical_id,
        DeletionPolicy="RetainExceptOnCreate",
        RetentionInDays=retention_days,
        UpdateReplacePolicy="Retain",
        **given(KmsKeyId=kms_key, LogGroupName=name),
    )


def count(logical_id: str, group: logs.LogGroup, row: Watch, dimensions: Iterable[str]) -> logs.MetricFilter:
    """Counts the JSON records of a log group that match a row's pattern, by these fields of theirs."""
    return logs.MetricFilter(
        logical_id,
        FilterPattern=row.pattern,
        LogGroupName=Ref(group),
        MetricTransformations=[
            logs.MetricTransformation(
                Dimensions=[logs.Dimension(Key=name, Value=f"$.{name}") for name in dimensions],
                MetricName=row.metric,
                MetricNamespace=row.namespace,
                MetricValue="1",
            )
        ],
    )
