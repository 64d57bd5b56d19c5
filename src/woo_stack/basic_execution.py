"""What every function of a stack needs to run: a log group to write to, and the rights that all of them share."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import awacs.logs
import awacs.sns
import awacs.xray
from awacs.aws import Allow, PolicyDocument, Statement
from troposphere import AWSObject, GetAtt, iam
from troposphere.logs import LogGroup

from woo_stack.choices import RETENTION_DAYS
from woo_stack.component import Component, Number, Value
from woo_stack.encryption import STORES, allow_key
from woo_stack.logs import log_group


@dataclass(frozen=True, eq=False)
class BasicExecution(Component):
    """One log group and one policy for all functions of a stack: ``Function(basic_execution=…)``.

    A function without one has a group of its own, and these rights in its own policy. What is shared stands in the
    template once (some 1.9 KB less for the shop's five functions), and one query of Logs Insights reads the whole
    stack, as to follow a request from function to function. The group's streams tell whose a record is:
    ``YYYY/MM/DD/<function>[<version>]<id>``
    (https://docs.aws.amazon.com/lambda/latest/dg/monitoring-cloudwatchlogs-loggroups.html).

    Named after AWS's own policy, which lets a function write to every log group of the account:
    https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AWSLambdaBasicExecutionRole.html
    """

    #: A year, which is what most audits ask of logs.
    retention_days: Number = 365
    #: Encrypts the log group; the functions may use it, as for their environments and for what they read.
    kms_key: Value | None = None
    #: The functions may write traces (AWS X-Ray).
    tracing: bool = True
    #: The ARN of a topic that is told the events which asynchronous callers sent to the functions and which failed
    #: twice. A topic under another key than `kms_key` asks for `allow_key(key)` as well.
    dead_letter_topic: Value | None = None

    def check(self) -> None:
        """Refuse a retention that CloudWatch does not know."""
        self.one_of("retention_days", RETENTION_DAYS)
        if not isinstance(self.tracing, bool):
            self.refuse("tracing", self.tracing, "True or False, because the policy depends on it")

    @cached_property
    def logs(self) -> LogGroup:
        """The log group of all the functions."""
        return log_group(self.id("Logs"), self.retention_days, self.kms_key)

    @cached_property
    def policy(self) -> iam.ManagedPolicy:
        """The rights that the functions share."""
        statements = [*allow_execution(self.logs, self.kms_key, tracing=self.tracing)]
        if self.dead_letter_topic:
            statements.append(Statement(Effect=Allow, Action=[awacs.sns.Publish], Resource=[self.dead_letter_topic]))
        document = PolicyDocument(Version="2012-10-17", Statement=statements)
        return iam.ManagedPolicy(self.id("Policy"), PolicyDocument=document)

    def resources(self) -> Iterator[AWSObject]:
        """Log group and policy."""
        yield from (self.logs, self.policy)


def allow_execution(logs: LogGroup | None, kms_key: Value | None, *, tracing: bool) -> Iterator[Statement]:
    """What a function may do that writes to this log group, uses this key and traces; nothing for what is None."""
    if logs:
        actions = [awacs.logs.CreateLogStream, awacs.logs.PutLogEvents]
        yield Statement(Effect=Allow, Action=actions, Resource=[GetAtt(logs, "Arn")])
    if tracing:
        # X-Ray has no resources to name: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsx-ray.html
        yield Statement(
            Effect=Allow, Action=[awacs.xray.PutTelemetryRecords, awacs.xray.PutTraceSegments], Resource=["*"]
        )
    if kms_key:
        yield allow_key(kms_key, *STORES)
