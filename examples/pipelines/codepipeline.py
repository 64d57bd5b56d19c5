"""A pipeline that deploys the shop: ``python examples/pipelines/codepipeline.py OUT.json``.

From a repository with `output/` in it: that it is what the code builds, then staging, then, after somebody has looked
at the change set, prod. What is deployed is `output/woo-stack.json` byte for byte, with `output/environments/*.json`.
CodePipeline takes a template of up to 512 KB from an artefact; this one has its code in it, so there is no zip.

`woo-stack bootstrap` goes first: bucket and execution role are that stack's. This template is deployed by hand, as a
stack whose name does not begin with ``woo-stack-``, so that no role of a pipeline may change the pipeline itself; then
the connection waits in the console until somebody lets it into the repository.
"""

import sys
from collections.abc import Iterator
from functools import partial

from awacs import cloudformation, codebuild, codeconnections, codestar_connections, kms, s3, sns
from awacs import iam as iam_actions
from awacs import logs as log_actions
from awacs.aws import Allow, Condition, PolicyDocument, Statement, StringEquals
from troposphere import GetAtt, ImportValue, Parameter, Ref, Sub, Template, codepipeline, events, iam, logs
from troposphere import codebuild as builds

from woo_stack import EncryptionKey, Pager, allow_key, publish

#: CodePipeline writes artefacts below the first 20 characters of its name, which the roles are narrowed to.
NAME = "woo-stack-pipeline"
CHANGE_SET = "from-the-pipeline"
#: A push that changes none of these changes no stack either.
WATCHED = ["build.py", "handler/**", "output/**", "src/**"]
#: The committed output is what is deployed, so the code has to build just that; the project may do nothing in AWS.
BUILD = """\
version: 0.2
phases:
  install:
    runtime-versions:
      python: 3.12
  build:
    commands:
      - make .venv/library
      - .venv/bin/python build.py --check
"""

template = Template(
    Description="A pipeline for woo-stack: checked, staging, approval, prod",
    Metadata={
        "cfn-lint": {
            "config": {"ignore_checks": ["I4010", "I9001", "I9040"]},
            "reasons": {
                "I4010": "The docstring says.",
                "I9001": "A pipeline and a subscription hold no data.",
                "I9040": "The stack may have tags.",
            },
        }
    },
)
ask = partial(Parameter, Type="String")
connection = template.add_parameter(
    ask(
        "ConnectionArn",
        AllowedPattern="^arn:[^:]+:(codeconnections|codestar-connections):.+$",
        Description="The connection to GitHub, GitLab or Bitbucket.",
    )
)
repository = template.add_parameter(
    ask("Repository", AllowedPattern="^[^/ ]+(/[^/ ]+)+$", Description="As owner/name.")
)
branch = template.add_parameter(ask("Branch", Default="main", AllowedPattern="^[^ ]+$"))
template.add_parameter(
    ask("BootstrapStack", Default="woo-stack-bootstrap", AllowedPattern="^[A-Za-z][A-Za-z0-9-]{0,127}$")
)
email = template.add_parameter(
    ask("Email", AllowedPattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", Description="Approves, and hears of failures.")
)

key = EncryptionKey("Artifacts")
pager = Pager("Pipeline", email=email, kms_key=key.arn)
bucket, execution_role = (
    ImportValue(Sub(f"${{BootstrapStack}}-{name}")) for name in ("BucketName", "ExecutionRoleArn")
)
in_bucket = Sub("arn:${AWS::Partition}:s3:::${Bucket}", Bucket=bucket)
objects = Sub(f"arn:${{AWS::Partition}}:s3:::${{Bucket}}/{NAME}/*", Bucket=bucket)
stacks = {name: f"woo-stack-{name}" for name in ("staging", "prod")}


def role(title: str, service: str, statements: list[Statement]) -> iam.Role:
    """A role that a service of AWS assumes, with its one policy, in the template."""
    document = PolicyDocument(Version="2012-10-17", Statement=statements)
    policy = template.add_resource(iam.ManagedPolicy(f"{title}Policy", PolicyDocument=document))
    # As in https://docs.aws.amazon.com/codepipeline/latest/userguide/pipelines-create-service-role-cli.html
    trust = {
        "Version": "2012-10-17",
        "Statement": [
            {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": f"{service}.amazonaws.com"}}
        ],
    }
    return template.add_resource(
        iam.Role(f"{title}Role", AssumeRolePolicyDocument=trust, ManagedPolicyArns=[Ref(policy)])
    )


def allow(actions: list[object], *resources: object, **condition: Condition) -> Statement:
    """One statement."""
    return Statement(Effect=Allow, Action=actions, Resource=list(resources), **condition)


# EventBridge speaks through the topic as well. The conditions of a topic's policy do not hold for it:
# https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-sns-permissions
failures = template.add_resource(
    events.Rule(
        "FailuresRule",
        EventPattern={
            "source": ["aws.codepipeline"],
            "detail-type": ["CodePipeline Pipeline Execution State Change"],
            "detail": {"pipeline": [NAME], "state": ["FAILED"]},
        },
        Targets=[events.Target(Arn=pager.arn, Id="pager")],
    )
)
from_rule = {"Effect": "Allow", "Principal": {"Service": "events.amazonaws.com"}, "Sid": "Failures"}
pager.policy.PolicyDocument["Statement"].append({**from_rule, "Action": "sns:Publish", "Resource": pager.arn})
# In a key's policy "*" is that key.
key.key.KeyPolicy["Statement"].append({**from_rule, "Action": ["kms:Decrypt", "kms:GenerateDataKey"], "Resource": "*"})
for component in (key, pager):
    component.add_to(template)

log_group = template.add_resource(
    logs.LogGroup(
        "CheckLogs",
        DeletionPolicy="Delete",
        KmsKeyId=key.arn,
        RetentionInDays=90,
        UpdateReplacePolicy="Delete",
    )
)
check_role = role(
    "Check",
    "codebuild",
    [
        allow([log_actions.CreateLogStream, log_actions.PutLogEvents], GetAtt(log_group, "Arn")),
        allow([s3.GetBucketAcl, s3.GetBucketLocation], in_bucket),
        allow([s3.GetObject, s3.GetObjectVersion], objects),
        allow_key(key.arn),
    ],
)
check = template.add_resource(
    builds.Project(
        "Check",
        Artifacts=builds.Artifacts(Type="CODEPIPELINE"),
        Description="Is output/ what the code builds?",
        EncryptionKey=key.arn,
        Environment=builds.Environment(
            ComputeType="BUILD_GENERAL1_SMALL",
            Image="aws/codebuild/amazonlinux-x86_64-standard:5.0",
            Type="LINUX_CONTAINER",
        ),
        LogsConfig=builds.LogsConfig(CloudWatchLogs=builds.CloudWatchLogs(GroupName=Ref(log_group), Status="ENABLED")),
        ServiceRole=GetAtt(check_role, "Arn"),
        Source=builds.Source(BuildSpec=BUILD, Type="CODEPIPELINE"),
        TimeoutInMinutes=15,
    )
)

stack_arns = [
    Sub(f"arn:${{AWS::Partition}}:cloudformation:${{AWS::Region}}:${{AWS::AccountId}}:stack/{stack}/*")
    for stack in stacks.values()
]
pipeline_role = role(
    "Pipeline",
    "codepipeline",
    [
        # A connection's ARN has the one prefix or the other, by its age.
        allow([codeconnections.UseConnection, codestar_connections.UseConnection], Ref(connection)),
        allow([s3.GetBucketAcl, s3.GetBucketLocation, s3.GetBucketVersioning], in_bucket),
        allow([s3.GetObject, s3.GetObjectVersion, s3.PutObject], objects),
        allow_key(key.arn),
        allow([kms.DescribeKey], key.arn),
        allow([codebuild.BatchGetBuilds, codebuild.StartBuild], GetAtt(check, "Arn")),
        allow(
            [cloudformation.CreateChangeSet, cloudformation.DeleteChangeSet, cloudformation.ExecuteChangeSet],
            *stack_arns,
            Condition=Condition([StringEquals("cloudformation:ChangeSetName", CHANGE_SET)]),
        ),
        allow(
            [cloudformation.DescribeChangeSet, cloudformation.DescribeStackEvents, cloudformation.DescribeStacks],
            *stack_arns,
        ),
        # The environments' tags.
        allow([cloudformation.TagResource, cloudformation.UntagResource], *stack_arns),
        # CloudFormation changes resources with the bootstrap stack's role; the pipeline itself may change none.
        allow(
            [iam_actions.PassRole],
            execution_role,
            Condition=Condition([StringEquals("iam:PassedToService", "cloudformation.amazonaws.com")]),
        ),
        allow([sns.Publish], pager.arn),
    ],
)


def action(name: str, category: str, provider: str, order: int = 1, **more: object) -> codepipeline.Actions:
    """An action of AWS's own."""
    kind = codepipeline.ActionTypeId(Category=category, Owner="AWS", Provider=provider, Version="1")
    return codepipeline.Actions(Name=name, ActionTypeId=kind, RunOrder=order, **more)


def deployment(environment: str, *, approved: bool) -> Iterator[codepipeline.Actions]:
    """The change set, if need be somebody's word for it, and its execution, in one stage: it waits as a whole."""
    stack = {"ChangeSetName": CHANGE_SET, "StackName": stacks[environment]}
    yield action(
        "ChangeSet", "Deploy", "CloudFormation",
        Configuration={
            **stack,
            "ActionMode": "CHANGE_SET_REPLACE",
            "Capabilities": "CAPABILITY_IAM",
            "RoleArn": execution_role,
            "TemplateConfiguration": f"Source::output/environments/{environment}.json",
            "TemplatePath": "Source::output/woo-stack.json",
        },
        InputArtifacts=[codepipeline.InputArtifacts(Name="Source")],
    )  # fmt: skip
    if approved:
        home = "https://console.aws.amazon.com/cloudformation/home?region=${AWS::Region}"
        yield action(
            "Approve", "Approval", "Manual", 2,
            Configuration={
                "CustomData": f"Look at {stacks[environment]}'s change set {CHANGE_SET}: what goes?",
                "ExternalEntityLink": Sub(f"{home}#/stacks?filteringText={stacks[environment]}"),
                "NotificationArn": pager.arn,
            },
        )  # fmt: skip
    yield action("Execute", "Deploy", "CloudFormation", 3, Configuration={**stack, "ActionMode": "CHANGE_SET_EXECUTE"})


source = action(
    "Source", "Source", "CodeStarSourceConnection",
    Configuration={
        "BranchName": Ref(branch),
        "ConnectionArn": Ref(connection),
        "DetectChanges": "false",  # the trigger below does
        "FullRepositoryId": Ref(repository),
        "OutputArtifactFormat": "CODE_ZIP",
    },
    OutputArtifacts=[codepipeline.OutputArtifacts(Name="Source")],
)  # fmt: skip
checking = action(
    "Check", "Build", "CodeBuild",
    Configuration={"ProjectName": Ref(check)},
    InputArtifacts=[codepipeline.InputArtifacts(Name="Source")],
)  # fmt: skip
push = codepipeline.GitPushFilter(
    Branches=codepipeline.GitBranchFilterCriteria(Includes=[Ref(branch)]),
    FilePaths=codepipeline.GitFilePathFilterCriteria(Includes=WATCHED),
)
pipeline = template.add_resource(
    codepipeline.Pipeline(
        "Pipeline",
        ArtifactStore=codepipeline.ArtifactStore(
            EncryptionKey=codepipeline.EncryptionKey(Id=key.arn, Type="KMS"), Location=bucket, Type="S3"
        ),
        # A newer push overtakes one that waits before a stage; a stage that waits for approval is not entered.
        ExecutionMode="SUPERSEDED",
        Name=NAME,
        PipelineType="V2",
        RoleArn=GetAtt(pipeline_role, "Arn"),
        Stages=[
            codepipeline.Stages(Name="Source", Actions=[source]),
            codepipeline.Stages(Name="Check", Actions=[checking]),
            codepipeline.Stages(Name="Staging", Actions=list(deployment("staging", approved=False))),
            codepipeline.Stages(Name="Prod", Actions=list(deployment("prod", approved=True))),
        ],
        Triggers=[
            codepipeline.PipelineTriggerDeclaration(
                GitConfiguration=codepipeline.GitConfiguration(Push=[push], SourceActionName="Source"),
                ProviderType="CodeStarSourceConnection",
            )
        ],
    )
)
publish(template, sys.argv[1])
