"""What a shop may have beside its tiers, each by a setting."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from woo_stack.backup import Backup
from woo_stack.component import Component
from woo_stack.event_bus import DOCUMENTS, EventBus
from woo_stack.firewall import Firewall
from woo_stack.function import Function
from woo_stack.rotation import SecretRotation
from woo_stack.usage_plan import UsagePlan


@dataclass(frozen=True, eq=False)
class Options:
    """The components that a shop's settings ask for beyond the default; None for those that they do not."""

    #: The `Shop` that has them, and makes its tiers of the same settings.
    shop: Any

    @cached_property
    def firewall(self) -> Firewall | None:
        """AWS WAF before the API. Deliveries are signed, so it does not look for attacks in what they say."""
        about = {"retention_days": self.shop.parameters["LogRetentionDays"], "kms_key": self.shop.kms_key}
        known = {"api": self.shop.api, "counted": Firewall.BODY_RULES, **about}
        return Firewall("Firewall", **known) if self.shop.settings.firewall else None

    @cached_property
    def quota(self) -> UsagePlan | None:
        """How much may be asked for in a day."""
        most = self.shop.settings.requests_per_day
        return UsagePlan("Quota", api=self.shop.api, requests=most) if most else None

    @cached_property
    def backup(self) -> Backup | None:
        """Copies of the table beside its own recovery."""
        about = {"of": [self.shop.table], "keep_days": self.shop.settings.backup_days, "kms_key": self.shop.kms_key}
        return Backup("Backup", **about) if self.shop.settings.backup_days else None

    @cached_property
    def changes(self) -> EventBus | None:
        """The table's changes for other stacks."""
        bus = {"stream_arn": self.shop.table.stream_arn, "kms_key": self.shop.kms_key, **DOCUMENTS}
        return EventBus("Changes", **bus) if self.shop.settings.event_bus else None

    @cached_property
    def rotator(self) -> Function | None:
        """Makes a new consumer secret beside the one before; the webhooks' is no use until WooCommerce is given it."""
        key = self.shop.api_key
        made: Function | None = None
        if self.shop.settings.rotation_days:
            made = self.shop.function("Rotator", "index.rotate", {"API_KEY_SECRET": key.arn}, key.allow_rotation())
        return made

    @cached_property
    def rotation(self) -> SecretRotation | None:
        """When it does so."""
        about = {"secret": self.shop.api_key, "function": self.rotator, "days": self.shop.settings.rotation_days}
        return SecretRotation("KeyRotation", **about) if self.rotator else None

    def components(self) -> Iterator[Component]:
        """Those that there are."""
        parts = (self.firewall, self.quota, self.backup, self.changes, self.rotator, self.rotation)
        yield from (part for part in parts if part)

    def watched(self) -> Iterator[Any]:
        """Those that are watched."""
        letters = self.changes and self.changes.dead_letters
        yield from (part for part in (self.firewall, letters, self.rotator) if part)
