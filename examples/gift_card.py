"""What is left on a gift card; `shop_with_extra_route.py` carries this file in its template."""

import json
import os
from typing import Any

import boto3

CARDS = boto3.resource("dynamodb").Table(os.environ["CARDS_TABLE"])


def balance(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer ``GET /gift-cards/{code}`` with the card's balance, or with 404."""
    card = CARDS.get_item(Key={"code": event["pathParameters"]["code"]}).get("Item")
    return {"statusCode": 200 if card else 404, "body": json.dumps(card and {"balance": str(card["balance"])})}
