"""An example of each setting's other value, which is built and measured for the page of settings.

A switch needs none: the other way round is its example. So has each other field of `Settings` a row here.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, fields
from typing import Any

from woo_stack import Network, Settings
from woo_stack.errors import WooStackError

EXAMPLES: Mapping[str, Any] = {
    "code": "bucket",
    "api": "http",
    "stage": "v2",
    "memory_mb": 1024,
    "timeout_seconds": 20,
    "concurrency": {"Reader": 50, "Intake": 10},
    "recovery_days": 7,
    "backup_days": 90,
    "thresholds": {"ReaderErrors": 5, "IntakeParked": None},
    "runbook": "https://wiki.example.com/shop",
    "sources": ("203.0.113.0/24",),
    "webhook_sources": ("203.0.113.7/32",),
    "vpc_endpoints": ("vpce-0a1b2c3d",),
    "webhook_rate": 50,
    "requests_per_day": 100_000,
    "replay_hours": 72,
    "rotation_days": 90,
    "cache_gb": 0.5,
    "network": Network("Inside", vpc_id="vpc-0a1b2c3d", subnet_ids=("subnet-0a1b2c3d", "subnet-4e5f6a7b")),
    "signing_profiles": ("arn:aws:signer:eu-west-1:111122223333:/signing-profiles/woo/0a1b2c3d4e",),
    "permissions_boundary": "arn:aws:iam::111122223333:policy/boundary",
}
#: Where more is told of a setting than its comment does, below docs/.
MORE: Mapping[str, str] = {
    "code": "decisions/0004-code-inline-in-the-template.md",
    "api": "decisions/0001-rest-or-http-api.md",
    "customer_key": "decisions/0007-one-customer-managed-key.md",
    "event_bus": "serving.md#out",
    "concurrency": "architecture.md#how-it-scales-and-where-it-ends",
    "thresholds": "runbook.md#all-alarms",
    "runbook": "runbook.md",
    "metrics_by_route": "costs.md#how-to-spend-less",
    "replay_hours": "security.md#what-a-replay-can-do",
    "rotation_days": "security.md#keys-and-secrets",
}


def default_of(one: Field[Any]) -> Any:
    """The value that a field has when nobody gives it."""
    return one.default_factory() if one.default_factory is not MISSING else one.default


def example_of(one: Field[Any]) -> Any:
    """Another value than the default; raises WooStackError for a field that has no row."""
    if left := {*EXAMPLES, *MORE} - {known.name for known in fields(Settings)}:
        raise WooStackError(f"docs/scripts/samples.py names {min(left)}, allowed: the fields of Settings")
    default = default_of(one)
    if isinstance(default, bool):
        return not default
    if one.name not in EXAMPLES:
        raise WooStackError(f"setting {one.name} has no example in docs/scripts/samples.py, allowed: a row of EXAMPLES")
    return EXAMPLES[one.name]
