"""Log groups, and what an access log tells of a request."""

import json

import pytest
from troposphere import encode_to_dict
from woo_stack.handler.request import facts_of

from woo_stack.logs import ACCESS_LOG, HTTP_ACCESS_LOG, count, log_group
from woo_stack.metric import Watch

EACH = pytest.mark.parametrize("text", [ACCESS_LOG, HTTP_ACCESS_LOG], ids=["REST", "HTTP"])


@EACH
def test_the_access_log_is_one_line_of_json_with_a_context_variable_a_field(text: str) -> None:
    record = json.loads(text)
    assert "\n" not in text
    assert all(value.startswith("$context.") for value in record.values())
    assert len(set(record.values())) == len(record)


@EACH
@pytest.mark.parametrize(
    "secret",
    ["path", "identity", "authorizer.principalId", "requestOverride", "querystring", "authorizer.error",
     "integrationErrorMessage", "integration.error", "error.message"],
)  # fmt: skip
def test_the_access_log_tells_nothing_personal_and_quotes_nobody(text: str, secret: str) -> None:
    assert f"$context.{secret}" not in json.loads(text).values()
    assert "$context.identity" not in text


#: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-logging-variables.html
KNOWN_TO_HTTP_APIS = (
    "apiId", "dataProcessed", "error.responseType", "httpMethod", "integration.latency", "integrationLatency",
    "requestId", "requestTime", "responseLatency", "responseLength", "routeKey", "stage", "status",
)  # fmt: skip


def test_an_http_api_is_asked_for_what_it_knows() -> None:
    assert {value.removeprefix("$context.") for value in json.loads(HTTP_ACCESS_LOG).values()} <= {*KNOWN_TO_HTTP_APIS}
    assert json.loads(HTTP_ACCESS_LOG).keys() == json.loads(ACCESS_LOG).keys() - {"tls", "authorizerMs"}


@EACH
def test_the_access_log_names_the_request_as_the_functions_do(text: str) -> None:
    assert facts_of({"requestContext": {"requestId": "$context.requestId"}}).items() <= json.loads(text).items()


def test_a_log_group_without_key_and_name_has_neither() -> None:
    assert log_group("Logs", 7, None).to_dict()["Properties"] == {"RetentionInDays": 7}


def test_a_log_group_with_key_and_name_has_both() -> None:
    group = log_group("Logs", 14, "arn:x:key", "fixed/name").to_dict()
    assert group["Properties"] == {"RetentionInDays": 14, "KmsKeyId": "arn:x:key", "LogGroupName": "fixed/name"}
    assert (group["DeletionPolicy"], group["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain")


def test_a_filter_counts_by_fields_of_the_record() -> None:
    late = Watch("Late", "Lateness", "Sum", "Late", "calls", namespace="clock", pattern="{ $.tls = 1 }")
    made = encode_to_dict(count("Late", log_group("Logs", 14, None), late, ["stage", "apiId"]))
    assert made["Properties"] == {
        "FilterPattern": "{ $.tls = 1 }",
        "LogGroupName": {"Ref": "Logs"},
        "MetricTransformations": [
            {
                "Dimensions": [{"Key": "stage", "Value": "$.stage"}, {"Key": "apiId", "Value": "$.apiId"}],
                "MetricName": "Lateness",
                "MetricNamespace": "clock",
                "MetricValue": "1",
            }
        ],
    }
