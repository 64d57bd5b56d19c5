"""What the shop's structure depends on, chosen when the template is built."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from woo_stack.component import Checked


@dataclass(frozen=True)
class Settings(Checked):
    """The reference architecture's choices; what differs between environments is a parameter of the template."""

    #: ``inline`` carries the code in the template; ``bucket`` takes it from the parameters CodeBucket and CodeKey.
    code: str = "inline"
    #: One customer-managed KMS key for everything stored (about a dollar a month); without it AWS's own keys.
    customer_key: bool = True
    #: Accept ``?consumer_key=…&consumer_secret=…`` too. The authorizer is then asked at each call, because API Gateway
    #: remembers an answer only by an identity source that every call must have.
    query_string_credentials: bool = False
    #: Export every output as ``<stack>-<output>`` for other stacks.
    exports: bool = False
    stage: str = "live"
    memory_mb: int = 512
    timeout_seconds: int = 10
    #: Concurrent executions kept for `reader` and never exceeded; None shares the account's.
    reader_concurrency: int | None = None
    #: A bus of EventBridge on which every change of a document is an event, for stacks of your own to subscribe to.
    event_bus: bool = False
    #: How far back the table can be restored, in days.
    recovery_days: int = 35
    tracing: bool = True
    #: CloudWatch bills metrics by route as custom metrics.
    metrics_by_route: bool = True
    #: Other alarm thresholds than those of `watch`, by the alarm's logical id; None for no alarm.
    thresholds: Mapping[str, float | None] = field(default_factory=dict)

    #: Where the runbook is read: every alarm ends in this and ``#`` and its own name there.
    runbook: str = "docs/runbook.md"

    def __post_init__(self) -> None:
        """Refuse what no component would see; the components check the rest."""
        self.one_of("code", ("inline", "bucket"))
        # API Gateway ends a request after 29 s, whatever its function does.
        self.within("timeout_seconds", 1, 29, unit="seconds")
        self.within("reader_concurrency", 1, 100_000, unit="executions")
        for name in ("customer_key", "query_string_credentials", "exports", "event_bus", "tracing", "metrics_by_route"):
            self.one_of(name, (True, False))
        if not isinstance(self.runbook, str) or not self.runbook:
            self.refuse("runbook", self.runbook, "a path or a URL, as 'https://wiki.example.com/shop'")
        if not isinstance(self.thresholds, Mapping):
            self.refuse("thresholds", self.thresholds, "a mapping of alarm to threshold")
