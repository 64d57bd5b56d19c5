"""Business metrics, by a line in the log from which CloudWatch takes them (Embedded Metric Format)."""

import json
import os
import time

#: Units other than Count, by metric.
UNITS = {"Lag": "Seconds"}


def emit(**values: float | list[float]) -> None:
    """Print the line for metrics by name: a value, or up to a hundred of them. Nothing for no metrics.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
    """
    if not values:
        return
    metrics = [{"Name": name, "Unit": UNITS.get(name, "Count")} for name in values]
    rule = {"Namespace": "woo-stack", "Dimensions": [["FunctionName"]], "Metrics": metrics}
    metadata = {"Timestamp": time.time_ns() // 1_000_000, "CloudWatchMetrics": [rule]}
    print(json.dumps({"_aws": metadata, "FunctionName": os.environ["AWS_LAMBDA_FUNCTION_NAME"], **values}))
