"""What the shop's structure depends on, chosen when the template is built."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING

from woo_stack.checked import Checked, is_expression, is_network, is_within
from woo_stack.choices import CACHES_GB

if TYPE_CHECKING:
    from woo_stack.component import Value
    from woo_stack.network import Network

#: The functions of the shop, as `Settings.concurrency` names them; with `rotation_days` there is ``Rotator`` too.
FUNCTIONS = ("Authorizer", "Reader", "Intake", "Applier", "Recounter")
#: What API Gateway has for REST APIs alone:
#: https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-vs-rest.html
REST_ONLY = {
    "firewall": "AWS WAF protects no HTTP API",
    "cache_gb": "HTTP APIs have no cache",
    "client_certificate": "HTTP APIs show none",
    "requests_per_day": "HTTP APIs have no usage plans",
    "sources": "HTTP APIs have no resource policy",
    "webhook_sources": "HTTP APIs have no resource policy",
    "vpc_endpoints": "HTTP APIs are never private",
}


@dataclass(frozen=True)
class Settings(Checked):
    """The reference architecture's choices; what differs between environments is a parameter of the template."""

    #: ``inline`` carries the code in the template; ``bucket`` takes it from the parameters CodeBucket and CodeKey.
    code: str = "inline"
    #: ``rest``, or ``http``: less than a third of the price of a request, without all that `REST_ONLY` names, request
    #: validation, tracing of the API, and error bodies of one's own.
    api: str = "rest"
    #: One customer-managed KMS key for everything stored (about a dollar a month); without it AWS's own keys.
    customer_key: bool = True
    #: Accept ``?consumer_key=…&consumer_secret=…`` too. The authorizer is then asked at each call, because API Gateway
    #: remembers an answer only by an identity source that every call must have.
    query_string_credentials: bool = False
    #: Export every output as ``<stack>-<output>`` for other stacks.
    exports: bool = False
    #: The first part of the URL's path.
    stage: str = "live"
    #: Of the functions that answer and store; Lambda gives processor time in proportion. The recounter has its own.
    memory_mb: int = 512
    #: Of the authorizer, the reader and what rotates secrets; the others have times of their own.
    timeout_seconds: int = 10
    #: Concurrent executions kept for functions (`FUNCTIONS`) and never exceeded, as ``{"Reader": 50}``; all others
    #: share the account's. For the intake it is a question of the form otherwise.
    concurrency: Mapping[str, int] = field(default_factory=dict)
    #: A bus of EventBridge on which every change of a document is an event, for stacks of your own to subscribe to.
    event_bus: bool = False
    #: How far back the table can be restored, in days.
    recovery_days: int = 35
    #: Copies of the table every day, kept this many days in a vault of AWS Backup.
    backup_days: int | None = None
    #: X-Ray's traces of the API and of the functions.
    tracing: bool = True
    #: CloudWatch bills metrics by route as custom metrics.
    metrics_by_route: bool = True
    #: Other alarm thresholds than those of `watch`, by the alarm's logical id; None for no alarm.
    thresholds: Mapping[str, float | None] = field(default_factory=dict)
    #: Where the runbook is read: every alarm ends in this and ``#`` and its own name there.
    runbook: str = "docs/runbook.md"
    #: AWS WAF before the API, for some 10 dollars a month.
    firewall: bool = False
    #: Addresses, as ``203.0.113.0/24``, that may call at all; empty for all.
    sources: Sequence[str] = ()
    #: Those of `sources` that may deliver webhooks; empty for all of them.
    webhook_sources: Sequence[str] = ()
    #: Interface endpoints, as ``vpce-…``, by which alone the API is reached, from within their VPCs.
    vpc_endpoints: Sequence[str] = ()
    #: Webhooks a second, of the stage's requests; more are answered with 429, and WooCommerce does not send them again.
    webhook_rate: int | None = None
    #: How much a key may ask for in a day.
    requests_per_day: int | None = None
    #: How old, in hours, a document's own date may be when it is delivered; what is older is parked and alarmed,
    #: because it may have been recorded and sent again.
    replay_hours: int | None = None
    #: The consumer secret changes after so many days, and the one before stays good until the next change. (What signs
    #: webhooks does not: WooCommerce would have to be given it.)
    rotation_days: int | None = None
    #: An API cache of that size, encrypted, as some audits ask for. It remembers nothing: API Gateway tells requests
    #: apart by parameters that are named beforehand, and a WooCommerce query may hold any.
    cache_gb: float | None = None
    #: API Gateway shows it to what it calls, as some audits ask for; functions do not look.
    client_certificate: bool = False
    #: The VPC that the functions run in; see `Network` for what it must have.
    network: "Network | None" = None
    #: ARNs of AWS Signer's profile versions; only what they have signed runs. For code in a bucket.
    signing_profiles: Sequence[str] = ()
    #: The ARN of the policy beyond which no role of the stack may go.
    permissions_boundary: "Value | None" = None

    def __post_init__(self) -> None:
        """Refuse what no component would see; the components check the rest."""
        self.one_of("code", ("inline", "bucket"))
        self.one_of("api", ("rest", "http"))
        for one in fields(self):
            if isinstance(one.default, bool):
                self.one_of(one.name, (True, False))
        # API Gateway ends a request after 29 s, whatever its function does.
        self.within("timeout_seconds", 1, 29, unit="seconds")
        self.within("recovery_days", 1, 35, unit="days")
        for name, most, unit in (("webhook_rate", 10_000, "webhooks a second"), ("replay_hours", 24 * 365, "hours"),
                                 ("requests_per_day", 100_000_000, "requests"), ("backup_days", 36_500, "days"),
                                 ("rotation_days", 1000, "days")):  # fmt: skip
            if is_expression(getattr(self, name)):
                self.refuse(name, getattr(self, name), "a literal, because the template's structure depends on it")
            self.within(name, 1, most, unit=unit)
        if self.cache_gb is not None:
            self.one_of("cache_gb", CACHES_GB)
        if not isinstance(self.runbook, str) or not self.runbook:
            self.refuse("runbook", self.runbook, "a path or a URL, as 'https://wiki.example.com/shop'")
        if not isinstance(self.thresholds, Mapping):
            self.refuse("thresholds", self.thresholds, "a mapping of alarm to threshold")
        self._check_concurrency()
        self._check_lists()
        self._check_kinds()
        self.each_once()

    def _check_concurrency(self) -> None:
        given = self.concurrency.items() if isinstance(self.concurrency, Mapping) else [(None, None)]
        known = (*FUNCTIONS, "Rotator") if self.rotation_days else FUNCTIONS
        for title, executions in given:
            if title not in known or type(executions) is not int or not 1 <= executions <= 100_000:
                functions = ", ".join(known)
                self.refuse("concurrency", self.concurrency, f"1 to 100000 executions for any of {functions}")

    def _check_lists(self) -> None:
        networks = "a list of networks"
        for name, pattern, example, kind in (
            ("sources", None, "203.0.113.0/24", networks),
            ("webhook_sources", None, "203.0.113.7/32", networks),
            ("vpc_endpoints", r"vpce-[0-9a-f]+", "vpce-0a1b2c3d", "a list of interface endpoints"),
            (
                "signing_profiles",
                r"arn:[^:]+:signer:[^:]+:\d+:/signing-profiles/\w+/\w+",
                "arn:aws:signer:…",
                "a list of ARNs",
            ),
        ):
            given = getattr(self, name)
            texts = isinstance(given, list | tuple) and all(isinstance(text, str) for text in given)
            if not texts or not all(re.fullmatch(pattern, text) if pattern else is_network(text) for text in given):
                self.refuse(name, given, f"{kind}, as in ('{example}',)")
        if not all(is_within(self.sources, network) for network in self.webhook_sources):
            self.refuse("webhook_sources", self.webhook_sources, "networks within sources, which hold for every call")

    def _check_kinds(self) -> None:
        for name, why in REST_ONLY.items():
            if self.api == "http" and getattr(self, name):
                self.refuse(name, getattr(self, name), f"none with api='http' ({why}): take api='rest'")
        if self.signing_profiles and self.code == "inline":
            self.refuse("signing_profiles", self.signing_profiles, "none with code='inline', which cannot be signed")
        if self.network is not None:
            from woo_stack.network import Network  # noqa: PLC0415 - troposphere with it, 0.1 s

            if not isinstance(self.network, Network):
                self.refuse("network", self.network, "Network(...) or None")
        boundary = self.permissions_boundary
        arn = isinstance(boundary, str) and re.fullmatch(r"arn:[^:]+:iam::(\d{12}|aws):policy/[\w+=,.@/-]+", boundary)
        if not (arn or boundary is None or is_expression(boundary)):
            self.refuse("permissions_boundary", boundary, "a policy's ARN")
