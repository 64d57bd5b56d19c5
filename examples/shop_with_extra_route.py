"""The shop with a route of your own on its API: ``python examples/shop_with_extra_route.py OUT.json``.

``GET /gift-cards/{code}`` is for your own services (IAM). A function of yours answers it from a table of yours, under
the shop's key, and both are watched with everything else.
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from troposphere import sns

from woo_stack import Component, Function, Key, Monitoring, RestApi, Route, Settings, Shop, Table, inline, publish


@dataclass(frozen=True, eq=False)
class GiftShop(Shop):
    """The shop, and a table and a function more."""

    @cached_property
    def cards(self) -> Table:
        """Gift cards by their code."""
        encryption = self.encryption.arn if self.encryption else Table.AWS_MANAGED
        return Table("Cards", key=Key("code"), encryption=encryption)

    @cached_property
    def balance(self) -> Function:
        """Answers the extra route; it may read single cards and nothing else."""
        return Function(
            "Balance",
            code=inline(Path(__file__).with_name("gift_card.py")),
            handler="index.balance",
            environment={"CARDS_TABLE": self.cards.name},
            statements=[self.cards.allow("GetItem")],
            retention_days=self.parameters["LogRetentionDays"],
            kms_key=self.encryption.arn if self.encryption else None,
            memory_mb=256,
        )

    @cached_property
    def api(self) -> RestApi:
        """The shop's API with the extra route: its deployment changes with it."""
        api = super().api
        return replace(api, routes={**api.routes, "GET /gift-cards/{code}": Route(self.balance, auth="iam")})

    @cached_property
    def health(self) -> Monitoring:
        """The shop's alarms and those of the two."""
        health = super().health
        return replace(health, of=[*health.of, self.balance, self.cards])

    def components(self) -> Iterator[Component]:
        """The two, and all of the shop's."""
        yield from (self.cards, self.balance)
        yield from super().components()


shop = GiftShop(Settings(memory_mb=1024))
# Plain troposphere beside it: somebody else who is called with the shop's pages.
shop.template.add_resource(
    sns.SubscriptionResource(
        "OnCall", Endpoint="https://on-call.example.com/pages", Protocol="https", TopicArn=shop.pager.arn
    )
)
arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("out", metavar="OUT.json")
publish(shop.template, arguments.parse_args().out)
