"""Each row by AWS's own codes, and by botocore's own exceptions."""

import builtins
import re
from pathlib import Path

import botocore.exceptions
import pytest
from botocore.exceptions import ClientError

from woo_stack.cloudformation.refusals import ROWS, AwsError, asking, reason_of

DENIED = "User: arn:aws:iam::111111111111:user/a is not authorized to perform: cloudformation:CreateChangeSet on: x"


def refused(code: str, message: str = "as AWS says it.", operation: str = "DescribeStacks") -> AwsError:
    with pytest.raises(AwsError) as raised, asking("the stack shop cannot be read"):
        raise ClientError({"Error": {"Code": code, "Message": message}}, operation)
    assert raised.value.code == code
    assert "\n" not in f"{raised.value}"
    return raised.value


@pytest.mark.parametrize(
    ("code", "message", "sentence", "passing"),
    [
        ("ExpiredToken", "", r"the credentials have expired, sign in again \(as with `aws sso login`", False),
        ("ExpiredTokenException", "", "the credentials have expired", False),
        ("RequestExpired", "", "the credentials have expired", False),
        (
            "RequestTimeTooSkewed",
            "15 minutes",
            "AWS does not accept this machine's time, set its clock: 15 minutes$",
            False,
        ),
        ("InvalidClientTokenId", "no such token", "AWS does not know the credentials, .*: no such token$", False),
        ("SignatureDoesNotMatch", "", "AWS does not know the credentials", False),
        ("Throttling", "Rate exceeded", "AWS throttles DescribeStacks, wait a minute and repeat the command$", True),
        ("ThrottlingException", "", "AWS throttles DescribeStacks", True),
        ("RequestLimitExceeded", "", "AWS throttles DescribeStacks", True),
        ("TooManyRequestsException", "", "AWS throttles DescribeStacks", True),
        ("SlowDown", "", "AWS throttles DescribeStacks", True),
        ("AccessDenied", DENIED, "the credentials may not call cloudformation:CreateChangeSet, have it allowed", False),
        (
            "403",
            "Forbidden",
            "the credentials may not call DescribeStacks, have it allowed or use others: Forbidden$",
            False,
        ),
        (
            "InsufficientCapabilitiesException",
            "Requires capabilities : [CAPABILITY_NAMED_IAM]",
            "the template needs to be acknowledged with --capability CAPABILITY_NAMED_IAM: Requires",
            False,
        ),
        ("LimitExceededException", "200 stacks.", "a quota of the account is reached, .* console: 200 stacks$", False),
        (
            "ServiceUnavailable",
            "later",
            "AWS itself fails at DescribeStacks, repeat the command in a minute: later$",
            True,
        ),
        ("ValidationError", "Stack\n is  odd.", "Stack is odd$", False),
    ],
)
def test_what_aws_says(code: str, message: str, sentence: str, passing: bool) -> None:
    error = refused(code, message)
    assert re.match(f"the stack shop cannot be read: {sentence}", f"{error}"), error
    assert error.passing is passing


@pytest.mark.parametrize(
    ("error", "sentence", "passing"),
    [
        (
            botocore.exceptions.NoCredentialsError(),
            "there are no credentials, allowed: --profile, AWS_ACCESS_KEY_ID",
            False,
        ),
        (botocore.exceptions.NoRegionError(), "there is no region, allowed: --region, AWS_REGION or", False),
        (
            botocore.exceptions.ProfileNotFound(profile="north"),
            r"The config profile \(north\) could not be found, allowed: what `aws configure list-profiles`",
            False,
        ),
        (
            botocore.exceptions.EndpointConnectionError(endpoint_url="https://sqs.example/", error="refused"),
            "https://sqs.example/ does not answer, check the network, the region and the endpoint$",
            True,
        ),
        (
            botocore.exceptions.ReadTimeoutError(endpoint_url="https://s3.example/"),
            "https://s3.example/ does not",
            True,
        ),
        (
            botocore.exceptions.ConnectTimeoutError(endpoint_url="https://a.example/"),
            "https://a.example/ does not",
            True,
        ),
        (botocore.exceptions.ConnectionClosedError(endpoint_url="https://b.example/"), "https://b.example/ does", True),
        (
            botocore.exceptions.SSLError(endpoint_url="https://c.example/", error="self-signed"),
            "no trusted connection to https://c.example/ can be made: .*self-signed",
            False,
        ),
        (botocore.exceptions.UnauthorizedSSOTokenError(), "the credentials have expired", False),
        (botocore.exceptions.SSOTokenLoadError(error_msg="none"), "the credentials have expired", False),
        (
            botocore.exceptions.CredentialRetrievalError(provider="custom", error_msg="boom"),
            "the credentials cannot be had: .*boom",
            False,
        ),
        (botocore.exceptions.DataNotFoundError(data_path="x"), "Unable to load data for: x$", False),
    ],
)
def test_what_never_reached_aws(error: Exception, sentence: str, passing: bool) -> None:
    with pytest.raises(AwsError) as raised, asking("no"):
        raise error
    assert re.match(f"no: {sentence}", f"{raised.value}"), raised.value
    assert (raised.value.code, raised.value.passing) == ("", passing)


def test_every_exception_that_a_row_names_is_botocores() -> None:
    known = vars(botocore.exceptions) | vars(botocore.parsers) | vars(builtins)
    named = {name for row in ROWS for name in re.findall(r"\b[A-Z]\w+Error\b|\bProfileNotFound\b", row.codes)}
    aws = {"InternalError", "InternalServerError", "ConnectionError", "AuthorizationError"}
    assert named - aws <= known.keys()
    assert {"NoRegionError", "EndpointConnectionError"} <= named


def test_other_errors_are_not_caught() -> None:
    with pytest.raises(FileNotFoundError), asking("no"):
        Path("/absent").read_text()


def test_a_message_that_is_missing_leaves_no_colon() -> None:
    assert reason_of(ClientError({"Error": {"Code": "RequestTimeTooSkewed"}}, "X")).endswith("the X operation: Unknown")
