"""What AWS asks for watching: CloudWatch's prices, with where each was last seen."""

from dataclasses import dataclass

PAGE = "https://aws.amazon.com/cloudwatch/pricing/"


@dataclass(frozen=True)
class Price:
    """Dollars in us-east-1, kept by hand: AWS's page fills its figures in by region, so they are read off elsewhere."""

    dollars: float
    unit: str
    #: How many of them are free in an account each month.
    free: int
    #: When and where the figure was last seen.
    seen: str


PRICES = {
    "alarm": Price(0.10, "an alarm of one metric", 10, "[May 2026](https://github.com/api-evangelist/cloudwatch)"),
    "composite": Price(
        0.50, "a composite alarm", 0,
        "2024 on AWS's page, and [undated](https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm)",
    ),
    "dashboard": Price(
        3.00, "a dashboard; the free ones have at most 50 metrics each", 3,
        "[June 2026](https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/)",
    ),
    "metric": Price(0.30, "a custom metric", 10, "[February 2026](https://signoz.io/guides/cloudwatch-pricing)"),
    "ingested": Price(
        0.50, "a GB of logs written", 5,
        "[June 2026](https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/)",
    ),
    "stored": Price(0.03, "a GB of logs kept for a month", 5, "[May 2026](https://github.com/api-evangelist/cloudwatch)"),
    "scanned": Price(
        0.005, "a GB of logs read by a query", 5,
        "[May 2026](https://www.factualminds.com/blog/aws-observability-finops-cardinality-cost-control/)",
    ),
}  # fmt: skip
#: The most metrics of a free dashboard.
FREE_METRICS = 50
