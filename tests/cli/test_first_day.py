"""The published template, deployed, and what a person asks on the first day: how is it, what does it log, its keys."""

import base64
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from tests.cli.conftest import Command

from woo_stack.cli.emulator import REGION
from woo_stack.cli.localshop import STACK, LocalShop, local_shop
from woo_stack.cloudformation import credentials

ONE_FILE = Path(__file__).parents[2] / "output" / "woo-stack.json"


@pytest.fixture(scope="module")
def shop() -> Iterator[LocalShop]:
    """The shop, but API Gateway remembers no answer of the authorizer: no test waits five minutes."""
    template = json.loads(ONE_FILE.read_text())
    template["Resources"]["ApiKeyAuthorizer"]["Properties"]["AuthorizerResultTtlInSeconds"] = 0
    with local_shop(json.dumps(template)) as running:
        yield running


@pytest.fixture
def run(shop: LocalShop, command: Command, monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run a command for the shop: exit status, stdout and stderr."""
    monkeypatch.setattr(credentials, "WAIT_SECONDS", 0)
    where = ("--stack", STACK, "--endpoint-url", shop.emulator.endpoint, "--region", REGION)
    return lambda name, *options: command(name, *where, *options)


def forget(shop: LocalShop, *handlers: str) -> None:
    """Functions start anew, as after the five minutes for which they remember a secret."""
    functions = shop.emulator.session().client("lambda", endpoint_url=shop.emulator.endpoint)
    for one in functions.list_functions()["Functions"]:
        if one["Handler"] in handlers:
            functions.update_function_configuration(FunctionName=one["FunctionName"], Timeout=one["Timeout"])


def asked(shop: LocalShop, key: str, secret: str) -> int:
    url = f"{shop.url}/wp-json/wc/v3/orders"
    return requests.get(url, auth=(key, secret), verify=str(shop.ca_file), timeout=20).status_code


def delivered(shop: LocalShop, secret: str, number: int = 7) -> int:
    fields = {"status": "processing", "order_key": "wc_order_7", "line_items": []}
    dates = {"date_created": "2024-05-01T08:00:00", "date_modified_gmt": "2024-05-01T06:00:00"}
    body = json.dumps({"id": number, **fields, **dates}).encode()
    about = {"Topic": "order.updated", "ID": "1", "Delivery-ID": f"d{number}", "Source": "https://shop/"}
    headers = {f"X-WC-Webhook-{name}": value for name, value in about.items()}
    headers["X-WC-Webhook-Signature"] = base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()
    assert shop.webhook_url
    return requests.post(shop.webhook_url, data=body, headers=headers, verify=str(shop.ca_file), timeout=20).status_code


def test_a_new_shop_is_well(shop: LocalShop, run: Any) -> None:
    status, out, err = run("status")
    assert (status, err) == (0, "")
    assert out.startswith(
        f"Stack        {STACK}, region {REGION}, account 000000000000\nState        CREATE_COMPLETE: "
    )
    assert f"\nURL          {shop.outputs['ApiUrl']}\n" in out
    assert f"\nWebhook URL  {shop.outputs['WebhookUrl']}\n" in out
    assert "\nWaiting      0 events, 0 dead letters\n" in out


@pytest.mark.soak
def test_one_request_is_found_from_the_intake_to_the_table(shop: LocalShop, run: Any) -> None:
    assert shop.webhook_secret
    assert [delivered(shop, shop.webhook_secret, number) for number in (11, 12)] == [200, 200]
    until, records = time.monotonic() + 20, []
    while sum("'apply'" in f"{one}" for one in records) < 2 and time.monotonic() < until:
        _, out, _ = run("logs", "--json")
        texts = [json.loads(line)["message"] for line in out.splitlines()]
        records = [json.loads(text) for text in texts if text.startswith("{")]
        time.sleep(0.1)
    ids = {one["delivery"]: one["gateway_request_id"] for one in records if one["message"] == "receive"}
    status, out, err = run("logs", "--request", ids["d12"])
    assert (status, err) == (0, "")
    received, applied = out.splitlines()
    assert " INFO  receive bytes=" in received
    assert received.rpartition(" topic=")[2].startswith("order.updated delivery=d12 outcome=accepted ")
    assert applied.rpartition(" INFO  ")[2].startswith("apply message_id=")
    assert applied.endswith(" topic=order.updated delivery=d12 outcome=inserted")
    assert ids["d12"] not in out


@pytest.mark.soak
def test_no_client_is_refused_while_the_key_changes(shop: LocalShop, run: Any) -> None:
    _, out, _ = run("credentials", "--json")
    old = json.loads(out)
    assert old == {
        "url": shop.outputs["ApiUrl"],
        "consumer_key": shop.consumer_key,
        "consumer_secret": shop.consumer_secret,
        "changing": False,
    }
    assert asked(shop, shop.consumer_key, shop.consumer_secret) == 200
    status, out, err = run("credentials", "--rotate-key", "--yes", "--json")
    assert status == 0
    assert err.endswith("Put it into every client, then run the same with --finish instead of --rotate-key.\n")
    new = json.loads(out)
    assert old["consumer_key"] != new["consumer_key"]
    # The function has read the secret and trusts it.
    assert asked(shop, old["consumer_key"], old["consumer_secret"]) == 200
    forget(shop, "index.authorize")
    for pair, mixed in ((new, old), (old, new)):
        assert asked(shop, pair["consumer_key"], pair["consumer_secret"]) == 200
        assert asked(shop, pair["consumer_key"], mixed["consumer_secret"]) == 401
    assert run("credentials", "--finish", "--yes")[0] == 0
    forget(shop, "index.authorize")
    assert asked(shop, new["consumer_key"], new["consumer_secret"]) == 200
    assert asked(shop, old["consumer_key"], old["consumer_secret"]) == 401


@pytest.mark.soak
def test_no_delivery_is_refused_while_the_webhooks_secret_changes(shop: LocalShop, run: Any) -> None:
    _, out, _ = run("credentials", "--webhooks")
    old = out.split()[-1]
    status, out, _ = run("credentials", "--webhooks", "--rotate", "--yes")
    assert status == 0
    new = out.split()[-1]
    forget(shop, "index.receive")
    assert [delivered(shop, secret) for secret in (old, new)] == [200, 200]
    status, out, err = run("credentials", "--webhooks")
    assert (status, out.split()[-1]) == (0, new)
    assert "an old secret is good as well" in err
    assert run("credentials", "--webhooks", "--finish", "--yes")[0] == 0
    forget(shop, "index.receive")
    assert [delivered(shop, secret) for secret in (new, old)] == [200, 401]
    assert run("credentials", "--webhooks", "--finish", "--yes") == (0, "", "there was no old webhook secret\n")
