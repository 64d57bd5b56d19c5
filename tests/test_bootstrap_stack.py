"""The bootstrap stack: what deployments need, and what a pipeline may do with it."""

import json
import re
from functools import cache
from importlib import import_module
from typing import Any

import pytest
from tests.simulator import KNOWN, Simulator, simulator
from troposphere import Template

from woo_stack import Bootstrap, Settings, WooStackError, problems, release, shop, to_json
from woo_stack.bootstrap_stack import QUESTIONS
from woo_stack.template import TEMPLATE_BODY_BYTES

Json = dict[str, Any]

STACK = "arn:aws:cloudformation:eu-west-1:111111111111:stack"
OURS, OWN = f"{STACK}/woo-stack-prod/0-1-2", KNOWN["AWS::StackId"]
#: What IAM is asked about where there is no stack of the name (any more).
GONE = f"{STACK}/woo-stack-bootstrap/*"
ROLE = KNOWN["ExecutionRole.Arn"]


@cache
def template() -> Json:
    made: Json = json.loads(to_json(Bootstrap([shop()]).template))
    return made


@cache
def pipeline() -> Simulator:
    return simulator(template(), "DeployPolicy")


def test_it_has_no_findings_and_goes_as_a_body() -> None:
    made = Bootstrap([shop(), shop(Settings(event_bus=True, code="bucket"))]).template
    assert problems(made) == []
    assert len(to_json(made).encode()) < TEMPLATE_BODY_BYTES


def test_it_has_no_findings_of_an_http_api_either() -> None:
    api = {"Type": "AWS::ApiGatewayV2::Api", "Properties": {"Name": "shop", "ProtocolType": "HTTP"}}
    made = Bootstrap([{"Resources": {"Api": api}}]).template
    assert problems(made) == []
    # A pattern that ends nobody's ARN would go without an answer.
    answered = made.resources["ExecutionPolicy1"].resource["Metadata"]
    assert {"AwsSolutions-IAM5"} == {one["id"] for one in answered["cdk_nag"]["rules_to_suppress"]}


def test_the_same_templates_give_the_same_bytes() -> None:
    assert to_json(Bootstrap([shop()]).template) == to_json(Bootstrap([shop().to_dict()]).template)


def test_its_form_has_a_group_for_each_kind_of_pipeline() -> None:
    groups = template()["Metadata"]["AWS::CloudFormation::Interface"]["ParameterGroups"]
    assert {group["Label"]["default"]: group["Parameters"] for group in groups} == {
        "Stacks": ["StackPrefix", "LogBucket"],
        "GitHub Actions": ["GitHubSubjects", "GitHubProviderArn"],
        "GitLab CI": ["GitLabSubjects", "GitLabProviderArn"],
    }
    assert all("Default" in parameter for parameter in template()["Parameters"].values())


def test_its_outputs_are_what_deployments_ask_for() -> None:
    outputs = template()["Outputs"]
    conditions = {name: output.get("Condition") for name, output in outputs.items()}
    assert conditions == {
        **dict.fromkeys(["BucketName", "BucketArn", "ExecutionRoleArn", "StackPrefix"]),
        "GitHubRoleArn": "HasGitHub",
        "GitLabRoleArn": "HasGitLab",
    }
    for name, output in outputs.items():
        exported = {"Name": {"Fn::Sub": f"${{AWS::StackName}}-{name}"}}
        assert output.get("Export") == (None if output.get("Condition") else exported)


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("StackPrefix", ["woo-stack-", "Shop-", "a" * 19 + "-"], ["", "-", "Ad", "-shop-", "shop_-", "a" * 20 + "-"]),
        ("LogBucket", ["", "my-access.logs"], ["Logs", "a", "-logs"]),
        (
            "GitHubSubjects",
            [
                "",
                "repo:acme/shop:environment:prod",
                "repo:a.b/c_d:ref:refs/heads/main",
                "repo:acme@12/shop@345:environment:prod,repo:acme/old:environment:prod",
            ],
            [
                "acme/shop",
                "repo:acme/shop:*",
                "repo:acme/*:environment:prod",
                "repo:acme/shop:pull_request",
                # No token has one id alone.
                "repo:acme@12/shop:environment:prod",
                "repo:acme/shop@345:environment:prod",
                "repo:acme@12/shop@x:environment:prod",
                "repo:acme@12/shop@*:environment:prod",
            ],
        ),
        (
            "GitLabSubjects",
            ["", "project_path:a/b/c:ref_type:branch:ref:main", "project_path:a/b:ref_type:tag:ref:v1"],
            ["project_path:a:ref_type:branch:ref:main", "project_path:a/b:ref_type:branch:ref:*", "a/b"],
        ),
        (
            "GitHubProviderArn",
            ["", "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"],
            ["token.actions.githubusercontent.com", "arn:aws:iam::111111111111:role/a"],
        ),
        ("GitLabProviderArn", ["", "arn:aws-cn:iam::111111111111:oidc-provider/gitlab.com"], ["gitlab.com"]),
    ],
)
def test_what_the_form_takes(name: str, good: list[str], bad: list[str]) -> None:
    pattern = template()["Parameters"][name]["AllowedPattern"]
    assert [answer for answer in good if not re.fullmatch(pattern, answer)] == []
    assert [answer for answer in bad if re.fullmatch(pattern, answer)] == []
    assert {question.name for question in QUESTIONS} == set(template()["Parameters"])


def test_a_provider_is_made_only_for_a_pipeline_whose_account_has_none() -> None:
    resources, conditions = template()["Resources"], template()["Conditions"]
    for name in ("GitHub", "GitLab"):
        assert resources[f"{name}Provider"]["Condition"] == f"Makes{name}Provider"
        assert resources[f"{name}Role"]["Condition"] == f"Has{name}"
        nobody = {"Fn::Equals": [{"Ref": f"{name}Subjects"}, ""]}
        (trust,) = resources[f"{name}Role"]["Properties"]["AssumeRolePolicyDocument"]["Statement"]
        (subjects,) = [value for key, value in trust["Condition"]["StringEquals"].items() if key.endswith(":sub")]
        assert subjects == {"Fn::Split": [",", {"Ref": f"{name}Subjects"}]}
        assert conditions[f"Has{name}"] == {"Fn::Not": [nobody]}
        unknown = {"Fn::Equals": [{"Ref": f"{name}ProviderArn"}, ""]}
        assert conditions[f"Makes{name}Provider"] == {"Fn::And": [{"Condition": f"Has{name}"}, unknown]}
    assert resources["DeployPolicy"]["Condition"] == "HasPipeline"


def test_its_bucket_notes_who_reads_it_where_there_is_a_bucket_for_that() -> None:
    bucket = template()["Resources"]["ArtefactsBucket"]["Properties"]
    logs = {"DestinationBucketName": {"Ref": "LogBucket"}, "LogFilePrefix": {"Fn::Sub": "${AWS::StackName}/"}}
    assert bucket["LoggingConfiguration"] == {"Fn::If": ["HasLogBucket", logs, {"Ref": "AWS::NoValue"}]}
    assert template()["Conditions"]["HasLogBucket"] == {"Fn::Not": [{"Fn::Equals": [{"Ref": "LogBucket"}, ""]}]}
    assert bucket["NotificationConfiguration"] == {"EventBridgeConfiguration": {"EventBridgeEnabled": True}}


def test_its_bucket_is_encrypted_by_a_key_that_no_reader_of_the_account_needs_a_right_to() -> None:
    bucket = template()["Resources"]["ArtefactsBucket"]["Properties"]
    (rule,) = bucket["BucketEncryption"]["ServerSideEncryptionConfiguration"]
    assert rule["ServerSideEncryptionByDefault"] == {"KMSMasterKeyID": "alias/aws/s3", "SSEAlgorithm": "aws:kms"}
    assert rule["BucketKeyEnabled"] is True
    assert "kms:" not in json.dumps(template()["Resources"]["DeployPolicy"])


def test_a_boundary_binds_the_roles_of_its_stacks() -> None:
    role = {"Type": "AWS::IAM::Role", "Properties": {"PermissionsBoundary": "arn:aws:iam::111111111111:policy/Most"}}
    made = Bootstrap([{"Resources": {"Role": role}}], "arn:aws:iam::111111111111:policy/Most").template
    simulated = simulator(json.loads(to_json(made)), "ExecutionPolicy")
    there = "arn:aws:iam::111111111111:role/woo-stack-prod-ReaderRole-1A2B"
    assert not simulated.allows("iam:CreateRole", there)
    most = {"iam__PermissionsBoundary": "arn:aws:iam::111111111111:policy/Most"}
    assert simulated.allows("iam:CreateRole", there, **most)


# --- what a pipeline may

PASSED = {"iam__PassedToService": "cloudformation.amazonaws.com"}
BUCKET = KNOWN["ArtefactsBucket.Arn"]


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("cloudformation:CreateChangeSet", OURS, {}),
        ("cloudformation:CreateChangeSet", f"{STACK}/woo-stack-new/*", {}),
        ("cloudformation:ExecuteChangeSet", OURS, {}),
        ("cloudformation:DescribeEvents", f"{STACK.replace(':stack', ':changeSet')}/woo-stack-1a2b/0-1", {}),
        ("cloudformation:DescribeStacks", OWN, {}),
        ("cloudformation:DescribeStacks", GONE, {}),
        ("cloudwatch:DescribeAlarms", "*", {}),
        ("iam:PassRole", ROLE, PASSED),
        ("s3:PutObject", f"{BUCKET}/templates/1.json", {}),
        ("s3:GetObject", f"{BUCKET}/templates/1.json", {}),
        ("s3:ListBucket", BUCKET, {}),
    ],
)
def test_a_pipeline_may_deploy(action: str, resource: str, context: Any) -> None:
    assert pipeline().allows(action, resource, **context)


@pytest.mark.parametrize(
    ("action", "resource", "context"),
    [
        ("cloudformation:CreateChangeSet", f"{STACK}/payroll/0-1", {}),
        ("cloudformation:DescribeStacks", f"{STACK}/payroll/0-1", {}),
        # The bootstrap stack's own name has the prefix.
        ("cloudformation:CreateChangeSet", OWN, {}),
        ("cloudformation:CreateChangeSet", GONE, {}),
        ("cloudformation:ExecuteChangeSet", GONE, {}),
        ("cloudformation:UpdateTerminationProtection", OWN, {}),
        ("cloudformation:DeleteStack", OWN, {}),
        ("cloudformation:UpdateStack", OURS, {}),
        # A key of a random id, which nothing tells from the stacks' own.
        ("cloudformation:CreateChangeSet", OURS, {"cloudformation__ImportResourceTypes": "AWS::KMS::Key"}),
        ("iam:PassRole", ROLE, {"iam__PassedToService": "lambda.amazonaws.com"}),
        ("iam:PassRole", "arn:aws:iam::111111111111:role/woo-stack-prod-ReaderRole-1A2B", PASSED),
        ("iam:CreateRole", "arn:aws:iam::111111111111:role/woo-stack-prod-ReaderRole-1A2B", {}),
        ("s3:PutObject", "arn:aws:s3:::payroll/a", {}),
        ("s3:DeleteObject", f"{BUCKET}/templates/1.json", {}),
        ("s3:DeleteObjectVersion", f"{BUCKET}/templates/1.json", {}),
        ("dynamodb:GetItem", "arn:aws:dynamodb:eu-west-1:111111111111:table/woo-stack-prod-DocumentsTable-1", {}),
        ("sts:AssumeRole", ROLE, {}),
    ],
)
def test_a_pipeline_may_nothing_else(action: str, resource: str, context: Any) -> None:
    assert not pipeline().allows(action, resource, **context)


# --- how it is published


def test_a_release_deploys_what_its_settings_may_switch_off_again() -> None:
    made = release(Settings(customer_key=False)).bootstrap
    assert made is not None
    simulated = simulator(json.loads(to_json(made)), "ExecutionPolicy")
    for action, resource in (("events:DeleteEventBus", "event-bus/woo-stack-prod-Changes"),
                             ("pipes:DeletePipe", "pipe/ChangesPipe-1A2B")):  # fmt: skip
        service = action.partition(":")[0]
        assert simulated.allows(action, f"arn:aws:{service}:eu-west-1:111111111111:{resource}")
    own = {"aws__ResourceTag/woo-stack": "woo-stack-prod"}
    assert simulated.allows("kms:ScheduleKeyDeletion", "arn:aws:kms:eu-west-1:111111111111:key/0-1", **own)
    assert simulated.allows("s3:GetObject", f"{BUCKET}/handler-1.zip")


def test_environments_answer_nothing_of_it() -> None:
    with pytest.raises(WooStackError, match="sets 'StackPrefix', allowed: AlarmEmail, "):
        release(Settings(), {"dev": {"Parameters": {"StackPrefix": "shop-"}}}).files(lambda *_: None)


def test_it_is_one_of_the_files(monkeypatch: Any) -> None:
    monkeypatch.setattr(import_module("woo_stack.release"), "problems", lambda *_, **__: [])
    made = release()
    files = made.files(lambda *_: None)
    assert files["woo-stack-bootstrap.json"].decode() == to_json(made.bootstrap or Template())


def test_templates_that_do_not_fit_are_refused() -> None:
    logs = {f"Logs{n}": {"Type": "AWS::SecretsManager::Secret"} for n in range(480)}
    with pytest.raises(WooStackError, match="allowed: "):
        _ = Bootstrap([{"Resources": logs}]).template
