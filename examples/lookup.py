"""Look an order up; `order_lookup.py` carries this file in its template."""

import json
import os
from typing import Any

import boto3

TABLE = boto3.resource("dynamodb").Table(os.environ["ORDERS_TABLE"])


def find_order(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Answer ``GET /orders/{id}`` with the order, or with 404."""
    found = TABLE.get_item(Key={"order_id": event["pathParameters"]["id"]})
    return {"statusCode": 200 if "Item" in found else 404, "body": json.dumps(found.get("Item"), default=str)}
