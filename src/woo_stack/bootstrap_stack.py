"""What an account and region need before pipelines deploy to it: a bucket, CloudFormation's role, deploy roles."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from troposphere import (
    And,
    Condition,
    Equals,
    Export,
    If,
    Not,
    Or,
    Output,
    Parameter,
    Ref,
    Split,
    Sub,
    Template,
    iam,
    s3,
)

from woo_stack.bucket import Bucket
from woo_stack.component import Component, Value
from woo_stack.errors import WooStackError
from woo_stack.execution import PATH, PREFIX, ExecutionRole
from woo_stack.oidc import DeployRole
from woo_stack.parameters import Question, form
from woo_stack.required_permissions import actions_of
from woo_stack.rights import HERE, STACK, Right
from woo_stack.suppressions import suppress
from woo_stack.template import TEMPLATE_BODY_BYTES, to_json

Json = dict[str, Any]

#: With both ids or with none: https://docs.github.com/en/actions/reference/security/oidc#immutable-subject-claims
_REPOSITORY = r"repo:([\w.-]+/[\w.-]+|[\w.-]+@\d+/[\w.-]+@\d+):(environment|ref):[^*,]+"
_PROJECT = r"project_path:[\w.-]+(/[\w.-]+)+:ref_type:(branch|tag):ref:[^*,]+"
_PROVIDER = r"^$|^arn:aws[a-z-]*:iam::\d{12}:oidc-provider/.+$"
QUESTIONS = (
    Question("StackPrefix", "Stacks", "Names of the stacks begin with", "CloudFormation's role manages those alone. "
             "'-' comes last; in lower case if they have buckets.", "woo-stack-", pattern=f"^{PREFIX}$"),
    Question("LogBucket", "Stacks", "Access logs", "The bucket in which S3 notes who reads and writes templates and "
             "code. Empty for none.", "", pattern="^$|^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$"),
    Question("GitHubSubjects", "GitHub Actions", "Who may deploy", "As repo:OWNER/REPO:environment:prod, or "
             "repo:OWNER@ID/REPO@ID:environment:prod of a repository that was created, renamed or transferred after 15 "
             "July 2026, or has opted in. Several with commas. Empty for nobody.", "",
             pattern=f"^$|^{_REPOSITORY}(,{_REPOSITORY})*$"),
    Question("GitHubProviderArn", "GitHub Actions", "OIDC provider", "Of token.actions.githubusercontent.com, if the "
             "account has it. Empty to make it.", "", pattern=_PROVIDER),
    Question("GitLabSubjects", "GitLab CI", "Who may deploy", "As project_path:GROUP/PROJECT:ref_type:branch:ref:main "
             "on gitlab.com, several with commas. Empty for nobody.", "",
             pattern=f"^$|^{_PROJECT}(,{_PROJECT})*$"),
    Question("GitLabProviderArn", "GitLab CI", "OIDC provider", "Of gitlab.com, if the account has it. Empty to make "
             "it.", "", pattern=_PROVIDER),
)  # fmt: skip
#: What `woo-stack diff` and `woo-stack deploy` ask of CloudFormation about one stack. To delete one takes nothing that
#: a template without resources does not take as well.
ON_STACKS = Right(
    "cloudformation:CreateChangeSet DeleteChangeSet DeleteStack DescribeChangeSet DescribeEvents DescribeStackEvents "
    "DescribeStacks ExecuteChangeSet GetTemplate ListChangeSets ListStackResources SetStackPolicy "
    "TagResource UntagResource UpdateTerminationProtection",
    f"cloudformation:{HERE}:stack/{STACK}",
)
READS = ("cloudformation:Describe", "cloudformation:Get", "cloudformation:List")


@dataclass(frozen=True, eq=False)
class Bootstrap:
    """The bootstrap stack for stacks of `templates`, and its template.

    Raises UnknownTypeError for a type that nothing is known of, SettingError for templates that need more than a role
    can have, and WooStackError for a template that is too long to be sent.
    """

    templates: Sequence[Template | Mapping[str, Any]]
    #: The ARN of the policy beyond which no role of these stacks may go; all of the templates' roles must have it.
    permissions_boundary: Value | None = None

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        """The template's parameters by name."""
        return {question.name: question.parameter for question in QUESTIONS}

    @cached_property
    def artefacts(self) -> Bucket:
        """Templates and code, under names made of their content.

        What is current is never overwritten, and a stack may go back to it at any time: it stays. What somebody
        deletes can be brought back for a month. The account's own key aws/s3 encrypts: KMS notes each use, and whoever
        may read an object needs no right to the key. EventBridge hears of each object, for a rule of yours.
        """
        bucket = Bucket("Artefacts", kms_key=Bucket.AWS_MANAGED)
        logs = s3.LoggingConfiguration(DestinationBucketName=Ref("LogBucket"), LogFilePrefix=Sub("${AWS::StackName}/"))
        bucket.bucket.LoggingConfiguration = If("HasLogBucket", logs, Ref("AWS::NoValue"))
        heard = s3.EventBridgeConfiguration(EventBridgeEnabled=True)
        bucket.bucket.NotificationConfiguration = s3.NotificationConfiguration(EventBridgeConfiguration=heard)
        return bucket

    @cached_property
    def execution(self) -> ExecutionRole:
        """With which CloudFormation manages the stacks."""
        return ExecutionRole(
            "Execution",
            self.templates,
            prefix=self.parameters["StackPrefix"],
            bucket=self.artefacts.name,
            permissions_boundary=self.permissions_boundary,
        )

    @cached_property
    def deploy_policy(self) -> iam.ManagedPolicy:
        """What a pipeline may do: change stacks of the prefix by change sets, with CloudFormation's role alone."""
        return iam.ManagedPolicy(
            "DeployPolicy",
            Condition="HasPipeline",
            Path=PATH,
            PolicyDocument={"Statement": list(self._deploying()), "Version": "2012-10-17"},
        )

    @cached_property
    def github(self) -> DeployRole:
        """Workflows of GitHub repositories, each in an environment or on a branch."""
        return self._pipeline("GitHub")

    @cached_property
    def gitlab(self) -> DeployRole:
        """Jobs of GitLab projects, each on a branch."""
        return self._pipeline("GitLab")

    @cached_property
    def template(self) -> Template:
        """The template, complete."""
        template = Template(
            Description="Bucket and roles with which stacks are deployed (woo-stack bootstrap)",
            Metadata=form(QUESTIONS),
        )
        for parameter in self.parameters.values():
            template.add_parameter(parameter)
        for name, condition in _conditions().items():
            template.add_condition(name, condition)
        for component in self.components():
            component.add_to(template)
        template.add_resource(self.deploy_policy)
        for name, (description, value, needs) in self.outputs().items():
            export = {} if needs else {"Export": Export(Sub(f"${{AWS::StackName}}-{name}"))}
            condition = {"Condition": needs} if needs else {}
            template.add_output(Output(name, Description=description, Value=value, **condition, **export))
        suppress(template)
        if (size := len(to_json(template).encode())) > TEMPLATE_BODY_BYTES:
            raise WooStackError(
                f"the bootstrap template has {size} bytes, allowed: {TEMPLATE_BODY_BYTES} (fewer templates)"
            )
        return template

    def components(self) -> Iterator[Component]:
        """The parts, in the order of the template."""
        yield from (self.artefacts, self.execution, self.github, self.gitlab)

    def outputs(self) -> dict[str, tuple[str, Value, str]]:
        """What deployments ask for: description, value and condition by name."""
        return {
            "BucketName": ("Templates and code", self.artefacts.name, ""),
            "BucketArn": ("For policies of other stacks", self.artefacts.arn, ""),
            "ExecutionRoleArn": ("CloudFormation's role", self.execution.arn, ""),
            "StackPrefix": ("How the names of its stacks begin", Ref("StackPrefix"), ""),
            "GitHubRoleArn": ("For role-to-assume", self.github.arn, "HasGitHub"),
            "GitLabRoleArn": ("For assume-role-with-web-identity", self.gitlab.arn, "HasGitLab"),
        }

    def _pipeline(self, name: str) -> DeployRole:
        return DeployRole(
            name,
            name.lower(),
            Split(",", Ref(f"{name}Subjects")),
            [Ref(self.deploy_policy)],
            provider_arn=self.parameters[f"{name}ProviderArn"],
            condition=f"Has{name}",
            provider_condition=f"Makes{name}Provider",
        )

    def _deploying(self) -> Iterator[Json]:
        """What `woo-stack diff` and `woo-stack deploy` call; the bootstrap stack itself is read only."""
        actions = actions_of(ON_STACKS)
        # An import would give a stack, and so its role, what somebody else has made: a key or an API of a random id.
        none = {"Condition": {"Null": {"cloudformation:ImportResourceTypes": "true"}}}
        yield {**_allow(actions, Sub(f"arn:${{AWS::Partition}}:{ON_STACKS.on}")), **none}
        # What the checks before a deployment found is an event of the change set.
        events = f"arn:${{AWS::Partition}}:cloudformation:{HERE}:changeSet/woo-stack-*"
        yield _allow(["cloudformation:DescribeEvents"], Sub(events))
        # By name, and not by AWS::StackId: of a stack that is gone or not there yet IAM is asked about `stack/NAME/*`,
        # and nobody may found a false one.
        own = Sub(f"arn:${{AWS::Partition}}:cloudformation:{HERE}:stack/${{AWS::StackName}}/*")
        yield _allow(["cloudformation:DescribeStacks"], own)
        changes = [action for action in actions if not action.startswith(READS)]
        yield {**_allow(changes, own), "Effect": "Deny"}
        # CloudWatch wants it on all alarms: a narrower right tells nothing of composite alarms.
        yield _allow(["cloudwatch:DescribeAlarms"], "*")
        passed = {"StringEquals": {"iam:PassedToService": "cloudformation.amazonaws.com"}}
        yield {**_allow(["iam:PassRole"], self.execution.arn), "Condition": passed}
        yield _allow(["s3:GetObject", "s3:PutObject"], self.artefacts.objects_arn)
        # Without it S3 answers 403 instead of 404 for what is not there yet.
        yield _allow(["s3:ListBucket"], self.artefacts.arn)


def _conditions() -> dict[str, Any]:
    """Which pipelines there are, which providers are made, and whether there are access logs."""
    made: Json = {}
    for name in ("GitHub", "GitLab"):
        made[f"Has{name}"] = Not(Equals(Ref(f"{name}Subjects"), ""))
        unknown = Equals(Ref(f"{name}ProviderArn"), "")
        made[f"Makes{name}Provider"] = And(Condition(f"Has{name}"), unknown)
    made["HasLogBucket"] = Not(Equals(Ref("LogBucket"), ""))
    return {**made, "HasPipeline": Or(Condition("HasGitHub"), Condition("HasGitLab"))}


def _allow(actions: list[str], resource: Value) -> Json:
    return {"Action": actions, "Effect": "Allow", "Resource": resource}
