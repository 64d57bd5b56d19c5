"""A Lambda function with a role, a log group and nothing else: it may do what it was given, and says what it did."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import ClassVar

import awacs.logs
import awacs.sqs
from awacs.aws import Allow, PolicyDocument, Statement
from troposphere import AWSHelperFn, AWSObject, GetAtt, Ref, Sub, Template, awslambda, iam
from troposphere.logs import LogGroup

from woo_stack.basic_execution import BasicExecution, allow_execution
from woo_stack.choices import RETENTION_DAYS
from woo_stack.code import S3, Code, Inline
from woo_stack.component import Component, Number, Value, given
from woo_stack.logs import log_group
from woo_stack.metric import Metric, Watch, are_rows
from woo_stack.network import Network
from woo_stack.roles import assumed_by
from woo_stack.watch import WATCHED

#: Where the Lambda Insights extension writes, the same for all functions of an account.
INSIGHTS_LOGS = "arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/lambda-insights:*"


@dataclass(frozen=True, eq=False)
class Function(Component):
    """A function that is the only user of its role, and the only writer of its log group unless it shares one.

    Defaults: arm64 costs a fifth less than x86_64 (https://aws.amazon.com/lambda/pricing/); 512 MB because CPU comes
    with memory and boto3 starts in half the time it takes with 128 MB; ten seconds, which is beyond every
    WooCommerce client's patience; the newest Python that both validators know.
    """

    LOG_LEVELS: ClassVar = ("TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL")
    ARCHITECTURES: ClassVar = ("arm64", "x86_64")

    namespace: ClassVar = "AWS/Lambda"

    #: From `inline(...)` or `s3(...)`.
    code: Code
    #: ``module.function``; inline code is the module ``index``.
    handler: str
    environment: Mapping[str, Value] = field(default_factory=dict)
    #: What the function may do beside writing its own log and trace.
    statements: Sequence[Statement] = ()
    runtime: str = "python3.15"
    architecture: str = "arm64"
    memory_mb: Number = 512
    timeout_seconds: Number = 10
    #: One of `LOG_LEVELS`, for the function's own JSON records.
    log_level: Value = "INFO"
    #: A year, which is what most audits ask of logs.
    retention_days: Number = 365
    #: The log group and the rights that it shares with other functions, instead of a group of its own.
    basic_execution: BasicExecution | None = None
    #: Trace every request that API Gateway samples (AWS X-Ray).
    tracing: bool = True
    #: Keep this many concurrent executions for this function and never run more; it comes off the account's quota.
    reserved_concurrency: Number | None = None
    #: Encrypts the environment and the log group.
    kms_key: Value | None = None
    #: The ARN of a queue for events that an asynchronous caller sent and that failed twice.
    dead_letter_queue: Value | None = None
    #: The subnets that it calls from; without them it reaches the internet and no VPC.
    network: Network | None = None
    #: The ARN of a `CodeSigning`: nothing is deployed that its profiles did not sign.
    code_signing: Value | None = None
    #: The ARN of the Lambda Insights extension for region and architecture; `insights` is then to be watched too:
    #: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Lambda-Insights-extension-versions.html
    insights_layer: Value | None = None
    #: What its own code measures, by dimension FunctionName, for `Monitoring` to watch beside Lambda's own metrics.
    metrics: Sequence[Watch] = ()
    description: str = ""

    def check(self) -> None:
        """Refuse what CreateFunction would refuse."""
        if not isinstance(self.code, Inline | S3):
            self.refuse("code", self.code, "inline(path) or s3(bucket, key)")
        if isinstance(self.statements, Statement):
            self.refuse("statements", self.statements, "a list of statements")
        if not are_rows(self.metrics):
            self.refuse("metrics", self.metrics, "a list of Watch(...) without a pattern")
        for name in self.environment:
            if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]+", name):
                self.refuse("environment", name, "names of a letter, then letters, digits and '_'")
        if not isinstance(self.tracing, bool):
            self.refuse("tracing", self.tracing, "True or False, because the role depends on it")
        self.one_of("architecture", self.ARCHITECTURES)
        self.one_of("log_level", self.LOG_LEVELS)
        self.within("memory_mb", 128, 10_240, unit="MB")
        self.within("timeout_seconds", 1, 900, unit="seconds")
        self.one_of("retention_days", RETENTION_DAYS)
        self._check_shared()
        self.within("reserved_concurrency", 0, 100_000, unit="executions")
        module, _, name = str(self.handler).rpartition(".")
        if not module or not name.isidentifier():
            self.refuse("handler", self.handler, "module.function, as in 'index.read'")
        source = getattr(self.code, "source", None)
        if source is not None and (module != "index" or not _defines(source, name)):
            self.refuse("handler", self.handler, "index.<function> with a function that the inline code defines")
        if not isinstance(self.description, str) or len(self.description) > 256:
            self.refuse("description", self.description, "at most 256 characters")

    def _check_shared(self) -> None:
        if not isinstance(self.basic_execution, BasicExecution | None):
            self.refuse("basic_execution", self.basic_execution, "BasicExecution(...) or None")
        if self.basic_execution and self.retention_days != Function.retention_days:
            self.refuse("retention_days", self.retention_days, "none beside basic_execution, which has its own")
        if self.basic_execution and self.basic_execution.dead_letter_topic and self.dead_letter_queue:
            self.refuse("dead_letter_queue", self.dead_letter_queue, "None beside basic_execution's dead_letter_topic")
        if not isinstance(self.network, Network | None):
            self.refuse("network", self.network, "Network(...) or None")
        if not isinstance(self.code_signing, str | AWSHelperFn | None):
            self.refuse("code_signing", self.code_signing, "the ARN of a CodeSigning, its .arn")
        if self.code_signing and isinstance(self.code, Inline):
            self.refuse("code_signing", self.code_signing, "None for inline code, which nobody can sign; use s3(...)")

    @cached_property
    def name(self) -> Value:
        """The function's name."""
        return Ref(self.function)

    @property
    def arn(self) -> Value:
        """The function's ARN."""
        return GetAtt(self.function, "Arn")

    @property
    def dimensions(self) -> dict[str, Value]:
        """What tells this function's metrics from another's."""
        return {"FunctionName": self.name}

    @property
    def rows(self) -> tuple[Watch, ...]:
        """What is watched."""
        return (*WATCHED["AWS/Lambda"], *self.metrics)

    @property
    def insights(self) -> Metric:
        """Memory and the time of cold starts, as Lambda Insights has them, for `Monitoring`."""
        if self.insights_layer is None:
            self.refuse("insights_layer", None, "the ARN of the Lambda Insights extension")
        return Metric(self.id("Insights"), "LambdaInsights", {"function_name": self.name})

    @property
    def limits(self) -> dict[str, float]:
        """The most that a metric can reach, where a setting bounds it: ms of duration, concurrent executions."""
        bounds = {
            "Duration": (self.timeout_seconds, 1000),
            "ConcurrentExecutions": (self.reserved_concurrency, 1),
        }
        return {
            metric: float(most * scale) for metric, (most, scale) in bounds.items() if isinstance(most, int) and most
        }

    @cached_property
    def logs(self) -> LogGroup:
        """The log group: the function's own, or the one that it shares."""
        if self.basic_execution:
            return self.basic_execution.logs
        return log_group(self.id("Logs"), self.retention_days, self.kms_key)

    @cached_property
    def policy(self) -> iam.ManagedPolicy | None:
        """Exactly the statements given, and what log, trace, key and dead letters need that is not shared.

        None when that is nothing: there are no policies without a statement.
        """
        statements = [*self.statements, *self._own_statements()]
        document = PolicyDocument(Version="2012-10-17", Statement=statements)
        return iam.ManagedPolicy(self.id("Policy"), PolicyDocument=document) if statements else None

    @cached_property
    def role(self) -> iam.Role:
        """The role that only this function assumes."""
        shared = [one.policy for one in (self.basic_execution, self.network) if one]
        return iam.Role(
            self.id("Role"),
            AssumeRolePolicyDocument=assumed_by("lambda"),
            # Attached from here, so that the function waits for its rights through its role.
            ManagedPolicyArns=[Ref(policy) for policy in (*shared, self.policy) if policy],
        )

    @cached_property
    def function(self) -> awslambda.Function:
        """The function itself."""
        letters = self.dead_letter_queue or (self.basic_execution and self.basic_execution.dead_letter_topic)
        return awslambda.Function(
            self.id("Function"),
            Architectures=[self.architecture],
            Code=self.code.code(self.handler),
            Handler=self.handler,
            LoggingConfig=awslambda.LoggingConfig(
                ApplicationLogLevel=self.log_level,
                LogFormat="JSON",
                LogGroup=Ref(self.logs),
            ),
            MemorySize=self.memory_mb,
            Role=GetAtt(self.role, "Arn"),
            Runtime=self.runtime,
            Timeout=self.timeout_seconds,
            TracingConfig=awslambda.TracingConfig(Mode="Active" if self.tracing else "PassThrough"),
            **given(
                CodeSigningConfigArn=self.code_signing,
                DeadLetterConfig=letters and awslambda.DeadLetterConfig(TargetArn=letters),
                Description=self.description,
                Environment=self.environment and awslambda.Environment(Variables=dict(self.environment)),
                KmsKeyArn=self.kms_key,
                Layers=[self.insights_layer] if self.insights_layer else None,
                ReservedConcurrentExecutions=self.reserved_concurrency,
                VpcConfig=self.network and self.network.config,
            ),
        )

    def resources(self) -> Iterator[AWSObject]:
        """Log group, policy, role and function, without what is shared."""
        if not self.basic_execution:
            yield self.logs
        if self.policy:
            yield self.policy
        yield from (self.role, self.function)

    def add_to(self, template: Template) -> "Function":
        """Add the resources and the shared copy of the code."""
        self.code.add_to(template)
        return super().add_to(template)

    def _own_statements(self) -> Iterator[Statement]:
        shared = self.basic_execution
        yield from allow_execution(
            None if shared else self.logs,
            None if shared and self.kms_key == shared.kms_key else self.kms_key,
            tracing=self.tracing and not (shared and shared.tracing),
        )
        if self.dead_letter_queue:
            yield Statement(Effect=Allow, Action=[awacs.sqs.SendMessage], Resource=[self.dead_letter_queue])
        if self.insights_layer:
            actions = [awacs.logs.CreateLogGroup, awacs.logs.CreateLogStream, awacs.logs.PutLogEvents]
            yield Statement(Effect=Allow, Action=actions, Resource=[Sub(INSIGHTS_LOGS)])


def _defines(source: str, name: str) -> bool:
    """Whether a module's source binds a function of this name at its top level."""
    return any(f"\n{start}" in f"\n{source}" for start in (f"def {name}(", f"{name} =", f"{name}="))
