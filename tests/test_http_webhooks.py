"""Webhooks of a shop behind an HTTP API: all that holds behind a REST API."""

from collections.abc import Iterator

import pytest
from tests.test_webhooks import *  # noqa: F403 - its tests and fixtures, asked of this module's shop

from woo_stack import Settings, to_json
from woo_stack import shop as compose
from woo_stack.cli.localshop import LocalShop, local_shop

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def shop() -> Iterator[LocalShop]:
    with local_shop(to_json(compose(Settings(api="http"))), parameters={"LogRetentionDays": "30"}) as running:
        yield running
