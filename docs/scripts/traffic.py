"""What is asked of the shop in a month, and for how long functions work on it: assumptions, as rows to change."""

from collections.abc import Mapping
from dataclasses import dataclass

#: Requests a month that are told, beside none.
VOLUMES = (10_000, 1_000_000, 100_000_000)
MONTH_SECONDS, NIGHTS = 30 * 24 * 3600, 30


@dataclass(frozen=True)
class Kind:
    """A kind of request."""

    name: str
    #: Milliseconds that Lambda bills of each function that it calls. Estimates: nothing of this ran on AWS. They are
    #: what `make bench` takes of our own, times four for the third of a processor that 512 MB get, and 5 to 15 ms for
    #: each call of another service.
    ms: Mapping[str, int]
    #: What is read, below ``/wp-json/wc/v3``; empty for a webhook.
    path: str = ""
    #: Whether the client takes an answer packed.
    packed: bool = False


KINDS: Mapping[str, Kind] = {
    "single": Kind("a single order", {"Reader": 15}, "/orders/{id}"),
    "page": Kind("a page of 100 orders", {"Reader": 120}, "/orders?per_page=100", packed=True),
    "plain": Kind("the same for a client without gzip", {"Reader": 90}, "/orders?per_page=100"),
    "new": Kind("a webhook with a new order", {"Intake": 20, "Applier": 60}),
    "change": Kind("a webhook with a change of status", {"Intake": 20, "Applier": 50}),
}


@dataclass(frozen=True)
class Mix:
    """What a month's requests are."""

    #: Of all requests, by name in `KINDS`.
    shares: Mapping[str, float]
    #: Consumer keys in use.
    clients: int = 1
    #: The table holds the new orders of so many months.
    months: int = 12

    def of(self, requests: float) -> tuple[float, float]:
        """How many reads and how many webhooks there are in so many requests."""
        reads = requests * sum(share for name, share in self.shares.items() if KINDS[name].path)
        return reads, requests * sum(self.shares.values()) - reads


#: The shop that is told: nineteen reads to a webhook, four singles to a page of 100, four changes to a new order.
MIX = Mix({"single": 0.76, "page": 0.19, "new": 0.01, "change": 0.04})
#: Of the two functions that no kind of request calls by itself; the authorizer's, likewise, an estimate.
AUTHORIZER_MS = 10
#: Orders that the recounter gets through before its time is over, an estimate:
#: docs/architecture.md#how-it-scales-and-where-it-ends.
RECOUNTED = 500_000
#: What gzip leaves of a page of real orders, an estimate; of the benchmark's, which are much alike, it is less.
PACKED = 0.2
#: How often Lambda asks an empty queue. AWS says so of standard queues, five at a time and long polling, for 20 s at
#: most (https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html), and of FIFO queues nothing.
POLLERS, POLL_SECONDS = 5, 20
#: X-Ray's default sampling: the first request of each second, and of the others this share.
#: https://docs.aws.amazon.com/xray/latest/devguide/xray-console-sampling.html
SAMPLED = 0.05
#: For how long services remember a data key of KMS, each for each role: SQS's default, and DynamoDB's.
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
DATA_KEY_SECONDS = 300
