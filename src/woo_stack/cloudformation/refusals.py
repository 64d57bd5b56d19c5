"""What AWS refuses, each in one sentence with what to do about it."""

from collections.abc import Iterator
from contextlib import contextmanager

from botocore.exceptions import BotoCoreError, ClientError

from woo_stack.component import WooStackError


class AwsError(WooStackError):
    """AWS's refusal, or its silence, in one sentence; ``code`` is AWS's word for it, empty where it gave none."""

    def __init__(self, message: str, code: str = "") -> None:
        super().__init__(message)
        self.code = code


@contextmanager
def asking(what: str) -> Iterator[None]:
    """Tell botocore's exceptions as an AwsError; `what` says what is not possible: "the stack shop cannot be read"."""
    try:
        yield
    except (BotoCoreError, ClientError) as error:
        answer = getattr(error, "response", {}).get("Error", {})
        raise AwsError(f"{what}: {reason_of(error)}", answer.get("Code", "")) from error


def reason_of(error: Exception) -> str:
    """Why AWS, or botocore before it asked, refuses: without botocore's preamble, on one line."""
    answer: dict[str, dict[str, str]] = getattr(error, "response", {})
    message = answer.get("Error", {}).get("Message") or f"{error}"
    return " ".join(message.split()).removesuffix(".")
