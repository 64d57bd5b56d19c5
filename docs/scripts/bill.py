"""What a month costs: a line for everything that AWS counts, times its price. Nothing that is free is taken off."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, exp
from typing import Any

from woo_stack.handler.credentials import TRUST_SECONDS

import records
import watching
from body import Json
from prices import PRICES
from traffic import (
    AUTHORIZER_MS,
    DATA_KEY_SECONDS,
    KINDS,
    MONTH_SECONDS,
    NIGHTS,
    POLL_SECONDS,
    POLLERS,
    RECOUNTED,
    SAMPLED,
    Mix,
)
from units import measured
from woo_stack import Shop

#: The parts of a bill, in the order in which they are told.
PARTS = (
    GATEWAY, LAMBDA, READS, WRITES, STORAGE, QUEUE, TRANSFER, LOGS, TRACES, SECRETS, WATCHING, FIREWALL,
) = (
    "API Gateway", "Lambda", "DynamoDB reads", "DynamoDB writes", "DynamoDB storage", "SQS", "Data transfer", "Logs",
    "X-Ray", "Key and secrets", "Alarms and metrics", "WAF",
)  # fmt: skip
#: AWS counts requests to an HTTP API, and those to a queue, by so many bytes.
HTTP_BYTES, QUEUE_BYTES = 512 * 1024, 64 * 1024
#: Read request units for a byte of a scan, eventually consistent:
#: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
SCAN_UNITS = 0.5 / 4096


@dataclass(frozen=True)
class Facts:
    """What the bill depends on of a template and of the form's answers."""

    api: str
    #: GB by function.
    memory: Mapping[str, float]
    #: Seconds for which API Gateway remembers what the authorizer said.
    remembered: int
    traced: bool
    recovered: bool
    keys: int
    secrets: int
    #: Rules of a web ACL, none without one.
    rules: int
    #: Seconds that the recounter may take.
    night: int
    #: Of alarms, dashboard and metrics.
    watching: float
    log_days: int


@dataclass(frozen=True)
class Line:
    """So many things of which each has a price."""

    part: str
    #: Of `PRICES`.
    price: str
    count: float


def facts_of(shop: Shop, log_days: int | None = None) -> Facts:
    """The facts of a shop; of the form's questions the default is the answer, unless another is given."""
    resources: Mapping[str, Any] = shop.template.to_dict()["Resources"]

    def of(*kinds: str) -> list[Json]:
        return [one.get("Properties", {}) for one in resources.values() if one["Type"].split("::", 1)[1] in kinds]

    functions = {
        title: resources[f"{title}Function"]["Properties"] for title in (*_called(), "Authorizer", "Recounter")
    }
    (authorizer,) = of("ApiGateway::Authorizer", "ApiGatewayV2::Authorizer")
    (table,) = of("DynamoDB::Table")
    return Facts(
        api="rest" if of("ApiGateway::RestApi") else "http",
        memory={title: function["MemorySize"] / 1024 for title, function in functions.items()},
        remembered=authorizer["AuthorizerResultTtlInSeconds"],
        traced=functions["Reader"].get("TracingConfig", {}).get("Mode") == "Active",
        recovered=table["PointInTimeRecoverySpecification"]["PointInTimeRecoveryEnabled"],
        keys=len(of("KMS::Key")),
        secrets=len(of("SecretsManager::Secret")),
        rules=sum(len(acl["Rules"]) for acl in of("WAFv2::WebACL")),
        night=functions["Recounter"]["Timeout"],
        watching=watching.total(shop),
        log_days=log_days or int(shop.parameters["LogRetentionDays"].Default),
    )


def bill(facts: Facts, mix: Mix, requests: float) -> dict[str, float]:
    """Dollars by part for so many requests a month, of those parts that the template has."""
    counts: dict[tuple[str, str], float] = {}
    for line in lines(facts, mix, requests):
        counts[line.part, line.price] = counts.get((line.part, line.price), 0) + line.count
    found = {WATCHING: facts.watching}
    for (part, price), count in counts.items():
        found[part] = found.get(part, 0) + PRICES[price].cost(count)
    return {part: found[part] for part in PARTS if part in found}


def lines(facts: Facts, mix: Mix, requests: float) -> Iterator[Line]:
    """All that is counted, but for what is watched."""
    reads, webhooks = mix.of(requests)
    asked = renewals(reads, facts.remembered / mix.clients)
    for name, share in mix.shares.items():
        yield from _asked(facts, name, share * requests)
    yield from _called_so_often(facts, "Authorizer", asked, AUTHORIZER_MS / 1000)
    yield from _kept(facts, mix.shares.get("new", 0) * requests * mix.months)
    messages = webhooks * ceil(measured().body / QUEUE_BYTES)
    yield Line(QUEUE, "queue", 2 * messages + webhooks + POLLERS * MONTH_SECONDS / POLL_SECONDS)
    logged = reads * records.written(records.READ) + webhooks * records.written(records.WEBHOOK)
    logged += (asked + NIGHTS) * records.written(records.CALL)
    yield Line(LOGS, "ingested", logged / records.GB)
    yield Line(LOGS, "stored", logged / records.GB * facts.log_days / 30)
    if facts.traced:
        yield Line(TRACES, "trace", sampled(requests) + NIGHTS)
    yield from _secrets(facts, asked, reads, webhooks)
    if facts.rules:
        yield from (Line(FIREWALL, "acl", 1), Line(FIREWALL, "rule", facts.rules))
        yield Line(FIREWALL, "inspected", requests)


def _asked(facts: Facts, name: str, count: float) -> Iterator[Line]:
    """Requests of one kind, from API Gateway to the table and back."""
    kind, used = KINDS[name], measured().used[name]
    size = used.sent if kind.path else measured().body
    yield Line(GATEWAY, facts.api, count * (ceil(size / HTTP_BYTES) if facts.api == "http" else 1))
    yield Line(TRANSFER, "out", count * used.sent / records.GB)
    yield Line(READS, "read", count * used.read)
    yield Line(WRITES, "write", count * used.written)
    for function, ms in kind.ms.items():
        yield from _called_so_often(facts, function, count, ms / 1000)


def _kept(facts: Facts, orders: float) -> Iterator[Line]:
    """The table, and the recounter, which reads it each night as far as it gets."""
    checked = min(orders, RECOUNTED)
    yield from _called_so_often(facts, "Recounter", NIGHTS, facts.night * checked / RECOUNTED)
    yield Line(READS, "read", NIGHTS * checked * measured().scanned * SCAN_UNITS)
    for price in ("items", *(["recovery"] if facts.recovered else [])):
        yield Line(STORAGE, price, orders * measured().stored / records.GB)


def _secrets(facts: Facts, asked: float, reads: float, webhooks: float) -> Iterator[Line]:
    """Secrets, which two functions remember, and the key for all that is stored."""
    lookups = renewals(asked, TRUST_SECONDS) + renewals(webhooks, TRUST_SECONDS)
    yield Line(SECRETS, "secret", facts.secrets)
    yield Line(SECRETS, "lookup", lookups)
    if facts.keys:
        # DynamoDB for the reader, the applier and each night, SQS for who sends and for who polls, and each secret.
        remembered = renewals(reads, DATA_KEY_SECONDS) + 2 * renewals(webhooks, DATA_KEY_SECONDS)
        yield Line(SECRETS, "key", facts.keys)
        yield Line(SECRETS, "crypto", remembered + NIGHTS + MONTH_SECONDS / DATA_KEY_SECONDS + lookups)


def renewals(calls: float, seconds: float) -> float:
    """How often what is remembered for so many seconds is fetched, when calls come evenly over the month, by chance."""
    return calls / (1 + calls * seconds / MONTH_SECONDS)


def sampled(requests: float) -> float:
    """How many traces X-Ray records of requests that come so: the first of a second, and `SAMPLED` of the rest."""
    first = MONTH_SECONDS * (1 - exp(-requests / MONTH_SECONDS))
    return first + SAMPLED * (requests - first)


def _called() -> dict[str, None]:
    return dict.fromkeys(function for kind in KINDS.values() for function in kind.ms)


def _called_so_often(facts: Facts, function: str, calls: float, seconds: float) -> Iterator[Line]:
    yield Line(LAMBDA, "call", calls)
    yield Line(LAMBDA, "compute", calls * seconds * facts.memory[function])
