"""What a person or another stack needs to know of a shop."""

from collections.abc import Callable, Mapping
from typing import Any

from troposphere import Export, Output, Sub, Template

from woo_stack.component import Value

#: Where the shop delivers, below the API's URL.
WEBHOOKS = "/webhooks/woocommerce"

#: By name: a description, and how it is had of a `Shop`; None where the shop has none.
OUTPUTS: Mapping[str, tuple[str, Callable[[Any], Value | None]]] = {
    "ApiUrl": ("What a client takes as url", lambda shop: shop.api.url),
    "ApiKeySecretArn": ("Consumer key and secret", lambda shop: shop.api_key.arn),
    "ApiKeyUrl": ("Where to read both", lambda shop: shop.api_key.url),
    "WebhookUrl": ("What webhooks are delivered to", lambda shop: Sub(f"{shop.api.url.data['Fn::Sub']}{WEBHOOKS}")),
    "WebhookSecretArn": ("The secret of webhooks", lambda shop: shop.webhook_secret.arn),
    "WebhookSecretUrl": ("Where to read it", lambda shop: shop.webhook_secret.url),
    "QueueUrl": ("Webhooks that wait", lambda shop: shop.events.url),
    "DeadLetterQueueUrl": ("Those that could not be stored", lambda shop: shop.events.dead_letters.url),
    "TableName": ("The table", lambda shop: shop.table.name),
    "TableArn": ("For policies of other stacks", lambda shop: shop.table.arn),
    "TableStreamArn": ("Every change, old and new", lambda shop: shop.table.stream_arn),
    "EventBusArn": ("Every change as an event", lambda shop: shop.options.changes and shop.options.changes.arn),
    "DashboardUrl": ("How the shop is", lambda shop: shop.health.url),
    "AlarmTopicArn": ("Hears what is down or loses data", lambda shop: shop.pager.arn),
    "NoticeTopicArn": ("Hears every alarm", lambda shop: shop.pager.notices_arn),
}


def add_outputs(template: Template, shop: Any, *, export: bool) -> None:
    """Add what there is of them; to `export` is to let other stacks import them as ``<stack>-<output>``."""
    for name, (description, of) in OUTPUTS.items():
        exported = {"Export": Export(Sub(f"${{AWS::StackName}}-{name}"))} if export else {}
        if value := of(shop):
            template.add_output(Output(name, Description=description, Value=value, **exported))
