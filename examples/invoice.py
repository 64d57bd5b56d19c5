"""Write invoices; `invoice_queue.py` carries this file in its template."""

import json
import os
import time
from typing import Any


def write(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """Write the invoice of each message; the messages that failed come again, and only those."""
    failed = []
    for record in event["Records"]:
        try:
            print(json.dumps({"invoice": json.loads(record["body"])["order_id"]}))
        except (KeyError, ValueError):
            failed.append({"itemIdentifier": record["messageId"]})
    measure("Written", len(event["Records"]) - len(failed))
    return {"batchItemFailures": failed}


def remind(_event: dict[str, Any], _context: object) -> None:
    """Remind of what is not paid yet."""
    measure("Reminded", 0)


def measure(metric: str, value: int) -> None:
    """Print a metric as CloudWatch takes it from a log (Embedded Metric Format), by the function's name."""
    rule = {"Namespace": "invoices", "Dimensions": [["FunctionName"]], "Metrics": [{"Name": metric}]}
    aws = {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": [rule]}
    print(json.dumps({"_aws": aws, "FunctionName": os.environ["AWS_LAMBDA_FUNCTION_NAME"], metric: value}))
