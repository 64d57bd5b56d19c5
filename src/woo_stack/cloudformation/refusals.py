"""What AWS refuses, each in one sentence with what to do about it.

The rows are AWS's error codes (https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/CommonErrors.html and
the services' own) and botocore's exceptions, which stand for what never reached AWS.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from botocore.exceptions import BotoCoreError, ClientError
from botocore.parsers import ResponseParserError

from woo_stack.errors import WooStackError

_DENIED = r"AccessDenied\w*|UnauthorizedOperation|NotAuthorized\w*|AuthorizationError\w*|Forbidden|403"


class AwsError(WooStackError):
    """AWS's refusal, or its silence, in one sentence; ``code`` is AWS's word for it, empty where it gave none.

    ``passing`` is true where the same call may be answered a minute later: throttling, no connection, AWS's own faults.
    """

    def __init__(self, message: str, code: str = "", *, passing: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.passing = passing

    @property
    def denied(self) -> bool:
        """Whether the credentials may not do what was asked for."""
        return re.fullmatch(_DENIED, self.code) is not None


@dataclass(frozen=True)
class Refusal:
    """A row: the codes or exceptions it is about (a regular expression), and the sentence that says what to do.

    The sentence may name ``{message}`` (AWS's own text), ``{action}`` (`cloudformation:CreateChangeSet`) and
    ``{endpoint}``.
    """

    codes: str
    sentence: str
    passing: bool = False


#: What a call to AWS may raise: botocore's own, AWS's answer, and an answer that is none (a proxy's page, half a text).
RAISED = (BotoCoreError, ClientError, ResponseParserError, UnicodeDecodeError)

ROWS = (
    Refusal(
        r"ExpiredToken.*|RequestExpired|TokenRefreshRequired|SSOError|SSOTokenLoadError|UnauthorizedSSOTokenError"
        r"|TokenRetrievalError|Login\w*Error",
        "the credentials have expired, sign in again (as with `aws sso login` or `aws login`) and repeat the command",
    ),
    Refusal(
        r"RequestTimeTooSkewed",
        "AWS does not accept this machine's time, set its clock: {message}",
    ),
    Refusal(
        r"InvalidClientTokenId|UnrecognizedClientException|InvalidAccessKeyId|AuthFailure|MissingAuthenticationToken"
        r"|SignatureDoesNotMatch|InvalidSignatureException|IncompleteSignature(Exception)?",
        "AWS does not know the credentials, check the profile's or the environment's access key and secret: {message}",
    ),
    Refusal(
        r"NoCredentialsError|PartialCredentialsError",
        "there are no credentials, allowed: --profile, AWS_ACCESS_KEY_ID with AWS_SECRET_ACCESS_KEY, or "
        "`aws configure sso`",
    ),
    Refusal(
        r"CredentialRetrievalError|RefreshWithMFAUnsupportedError|InvalidConfigError",
        "the credentials cannot be had: {message}",
    ),
    Refusal(r"NoRegionError", "there is no region, allowed: --region, AWS_REGION or the profile's region"),
    Refusal(r"ProfileNotFound", "{message}, allowed: what `aws configure list-profiles` shows"),
    Refusal(
        r"Throttl\w*|RequestLimitExceeded|TooManyRequests\w*|SlowDown|RequestThrottled\w*|BandwidthLimitExceeded"
        r"|ProvisionedThroughputExceeded\w*|PriorRequestNotComplete|LimitExceededThrottle",
        "AWS throttles {action}, wait a minute and repeat the command",
        passing=True,
    ),
    Refusal(
        _DENIED,
        "the credentials may not call {action}, have it allowed or use others: {message}",
    ),
    Refusal(
        r"InsufficientCapabilities\w*",
        "the template needs to be acknowledged with --capability {capabilities}: {message}",
    ),
    Refusal(
        r"EndpointConnectionError|ConnectTimeoutError|ReadTimeoutError|ConnectionClosedError|ProxyConnectionError"
        r"|ResponseStreamingError|ConnectionError|HTTPClientError|IncompleteReadError|RequestTimeout\w*",
        "{endpoint} does not answer, check the network, the region and the endpoint",
        passing=True,
    ),
    Refusal(
        r"ResponseParserError|UnicodeDecodeError",
        "what answers is no answer of AWS's, check proxies and the endpoint: {message}",
        passing=True,
    ),
    Refusal(r"SSLError", "no trusted connection to {endpoint} can be made: {message}"),
    Refusal(
        r"LimitExceeded\w*|ServiceQuotaExceeded\w*|TooManyBuckets",
        "a quota of the account is reached, have it raised in the Service Quotas console: {message}",
    ),
    Refusal(
        r"InternalFailure|InternalError|InternalServerError|ServiceUnavailable\w*|Unavailable|500|502|503|504",
        "AWS itself fails at {action}, repeat the command in a minute: {message}",
        passing=True,
    ),
)


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Tell botocore's exceptions as an AwsError; `what` says what is not possible: "the stack shop cannot be read"."""
    try:
        yield
    except RAISED as error:
        raise refusal(error, what) from error


def refusal(error: Exception, what: str) -> AwsError:
    """The AwsError that tells botocore's exception."""
    row = _row(error)
    return AwsError(f"{what}: {reason_of(error)}", code_of(error), passing=row is not None and row.passing)


def code_of(error: Exception) -> str:
    """AWS's word for the error, empty where it gave none."""
    return str(_answer(error).get("Code", ""))


def reason_of(error: Exception) -> str:
    """Why AWS, or botocore before it asked, refuses, on one line: a row's sentence, else AWS's own words."""
    message = _message(error)
    if not (row := _row(error)):
        return message
    sentence = row.sentence.format(
        message=message, action=_action(error, message), endpoint=_endpoint(error), capabilities=_capabilities(message)
    )
    return sentence.removesuffix(": ").removesuffix(".")


def _row(error: Exception) -> Refusal | None:
    # The class of an exception stands for what its subclasses have in common: ConnectTimeoutError is a ConnectionError.
    names = [code_of(error)] if code_of(error) else [kind.__name__ for kind in type(error).__mro__]
    return next((row for name in names for row in ROWS if re.fullmatch(row.codes, name)), None)


def _message(error: Exception) -> str:
    """Without botocore's preamble, on one line."""
    message = _answer(error).get("Message") or f"{error}"
    return " ".join(message.split()).removesuffix(".")


def _answer(error: Exception) -> dict[str, Any]:
    """The Error of AWS's answer; of a connection's error there is none."""
    response: dict[str, dict[str, Any]] = getattr(error, "response", None) or {}
    return response.get("Error", {})


def _action(error: Exception, message: str) -> str:
    """What was asked for, as IAM names it where AWS says so."""
    if found := re.search(r"perform:? ([\w-]+:\w+)", message):
        return found[1]
    return str(getattr(error, "operation_name", "")) or "what was asked for"


def _endpoint(error: Exception) -> str:
    """Where nobody answers, without what was asked for there."""
    told = getattr(error, "kwargs", {})
    found = urlsplit(str(told.get("endpoint_url") or told.get("proxy_url") or ""))
    return f"{found.scheme}://{found.netloc}/" if found.netloc else "AWS"


def _capabilities(message: str) -> str:
    """`Requires capabilities : [CAPABILITY_NAMED_IAM]`."""
    return " --capability ".join(re.findall(r"CAPABILITY_\w+", message)) or "CAPABILITY_NAMED_IAM"
