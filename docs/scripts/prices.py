"""What AWS asks, as rows of data: dollars in one region, for what, and where and when each was last seen."""

from dataclasses import dataclass
from itertools import pairwise
from math import inf

REGION = "us-east-1"
#: AWS's own pages.
PAGES = {
    "CloudWatch": "https://aws.amazon.com/cloudwatch/pricing/",
    "API Gateway": "https://aws.amazon.com/api-gateway/pricing/",
    "Lambda": "https://aws.amazon.com/lambda/pricing/",
    "DynamoDB": "https://aws.amazon.com/dynamodb/pricing/on-demand/",
    "SQS": "https://aws.amazon.com/sqs/pricing/",
    "KMS": "https://aws.amazon.com/kms/pricing/",
    "Secrets Manager": "https://aws.amazon.com/secrets-manager/pricing/",
    "X-Ray": "https://aws.amazon.com/xray/pricing/",
    "WAF": "https://aws.amazon.com/waf/pricing/",
    "data transfer": "https://aws.amazon.com/ec2/pricing/on-demand/#Data_Transfer",
}


@dataclass(frozen=True)
class Price:
    """Dollars in `REGION`, kept by hand: AWS's page fills its figures in by region, so they are read off elsewhere."""

    dollars: float
    unit: str
    #: How many of them are free in an account each month.
    free: float
    #: When and where the figure was last seen.
    seen: str
    #: How many things, counted one by one, are one of the unit.
    of: int = 1
    #: What a unit costs beyond so many in a month.
    beyond: tuple[tuple[float, float], ...] = ()

    def cost(self, count: float) -> float:
        """Dollars for so many things in a month, with nothing free."""
        steps = [(0.0, self.dollars), *self.beyond, (inf, 0.0)]
        units = count / self.of
        return sum(dollars * max(0.0, min(units, end) - start) for (start, dollars), (end, _) in pairwise(steps))


_MILLION = 1_000_000
_EVANGELIST = "[May 2026](https://github.com/api-evangelist/cloudwatch)"
_WATCHING = "[June 2026](https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/)"
_GATEWAY = "[2026](https://go-cloud.io/aws-api-gateway-pricing), tiers [undated at AWS](https://docs.aws.amazon.com/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html)"
_LAMBDA = "[March 2026](https://wring.co/blog/aws-lambda-pricing-guide)"
_UNITS = "[July 2025](https://airbyte.com/data-engineering-resources/dynamodb-pricing)"
_KMS = "[March 2026](https://www.wring.co/blog/aws-kms-pricing-guide)"
_SECRETS = "[undated](https://techoral.com/aws/aws-parameter-store-vs-secrets.html)"
_WAF = "[2026](https://awsnegotiations.com/waf-pricing-strategy.html)"

PRICES = {
    "alarm": Price(0.10, "an alarm of one metric", 10, _EVANGELIST),
    "composite": Price(
        0.50, "a composite alarm", 0,
        "2024 on AWS's page, and [undated](https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm)",
    ),
    "dashboard": Price(3.00, "a dashboard; the free ones have at most 50 metrics each", 3, _WATCHING),
    "metric": Price(0.30, "a custom metric", 10, "[February 2026](https://signoz.io/guides/cloudwatch-pricing)"),
    "ingested": Price(0.50, "a GB of logs written", 5, _WATCHING),
    "stored": Price(0.03, "a GB of logs kept for a month", 5, _EVANGELIST),
    "scanned": Price(
        0.005, "a GB of logs read by a query", 5,
        "[May 2026](https://www.factualminds.com/blog/aws-observability-finops-cardinality-cost-control/)",
    ),
    "rest": Price(
        3.50, "a million requests to a REST API; 2.80 beyond 333 million, 2.38 beyond 1,000, 1.51 beyond 20,000", 0,
        _GATEWAY, _MILLION, ((333, 2.80), (1000, 2.38), (20_000, 1.51)),
    ),
    "http": Price(
        1.00, "a million requests of up to 512 KB to an HTTP API; 0.90 beyond 300 million", 0,
        _GATEWAY, _MILLION, ((300, 0.90),),
    ),
    "call": Price(0.20, "a million calls of functions", 1, _LAMBDA, _MILLION),
    "compute": Price(13.3334, "a million GB-seconds of functions on arm64", 0.4, _LAMBDA, _MILLION),
    "read": Price(0.125, "a million read request units", 0, _UNITS, _MILLION),
    "write": Price(0.625, "a million write request units", 0, _UNITS, _MILLION),
    "items": Price(
        0.25, "a GB of a table for a month", 25, "[March 2026](https://wring.co/blog/aws-dynamodb-pricing-guide)"
    ),
    "recovery": Price(
        0.20, "a GB of a table that can be restored to a point in time, for a month", 0,
        "September 2026 in AWS's price list for us-west-2, by [agammann/flo](https://github.com/agammann/flo)",
    ),
    "queue": Price(
        0.50, "a million requests of 64 KB to a FIFO queue", 1,
        "[June 2026](https://www.factualminds.com/blog/amazon-sqs-pricing-64kb-rule-fifo-vs-standard/)", _MILLION,
    ),
    "key": Price(
        1.00, "a customer-managed key for a month; each of its first two rotations adds as much, from memory", 0, _KMS
    ),
    "crypto": Price(0.03, "10,000 requests to KMS", 2, _KMS, 10_000),
    "secret": Price(0.40, "a secret for a month", 0, _SECRETS),
    "lookup": Price(0.05, "10,000 calls of Secrets Manager", 0, _SECRETS, 10_000),
    "trace": Price(
        5.00, "a million traces recorded", 0.1, "[undated](https://awsnegotiations.com/x-ray-pricing-strategy.html)",
        _MILLION,
    ),
    "out": Price(
        0.09, "a GB sent to the internet; 0.085 beyond 10,000, 0.07 beyond 50,000, 0.05 beyond 150,000", 100,
        "[March 2026](https://wring.co/blog/aws-data-transfer-pricing-guide)", 1,
        ((10_000, 0.085), (50_000, 0.07), (150_000, 0.05)),
    ),
    "acl": Price(5.00, "a web ACL for a month", 0, _WAF),
    "rule": Price(1.00, "a rule or rule group of a web ACL for a month", 0, _WAF),
    "inspected": Price(0.60, "a million requests that a web ACL looks at", 0, _WAF, _MILLION),
}  # fmt: skip
#: The most metrics of a free dashboard.
FREE_METRICS = 50
