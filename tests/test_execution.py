"""CloudFormation's role: it may do what its templates need, to their stacks, and nothing else."""

import json
import runpy
import sys
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

import cfnlint
import pytest
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER
from tests.simulator import KNOWN, Simulator, resolved
from troposphere import ImportValue, Ref, Template, ec2, encode_to_dict, iam, sns, sqs

import woo_stack
from woo_stack import SettingError, Settings, Shop, WooStackError
from woo_stack.execution import PATH, POLICIES, POLICY_CHARACTERS, ExecutionRole
from woo_stack.required_permissions import UnknownTypeError, actions_of, handlers_of
from woo_stack.rights import UNLISTED
from woo_stack.type_permissions import HANDLED

Json = dict[str, Any]

EXAMPLES = Path(__file__).parents[1] / "examples"
ACTIONS = json.loads((Path(cfnlint.__file__).parent / "data/AdditionalSpecs/Policies.json").read_text())
SCHEMAS = "1.58.0"
HERE = "eu-west-1:111111111111"
BUCKET = "artefacts"
#: A name as CloudFormation gives it in the stack `woo-stack-prod`.
NAME = "woo-stack-prod-{id}-1AB2CD3EF4GH"
#: What the rights of a type's resource are asked for: ARNs by type, and what the request says.
ARNS: dict[str, str] = {
    "AWS::ApiGateway::Account": "arn:aws:apigateway:eu-west-1::/account",
    "AWS::ApiGateway::ApiKey": "arn:aws:apigateway:eu-west-1::/apikeys/a1b2c3",
    "AWS::ApiGateway::ClientCertificate": "arn:aws:apigateway:eu-west-1::/clientcertificates/a1b2c3",
    "AWS::ApiGateway::RestApi": "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3",
    "AWS::ApiGateway::UsagePlan": "arn:aws:apigateway:eu-west-1::/usageplans/a1b2c3",
    "AWS::ApiGateway::UsagePlanKey": "arn:aws:apigateway:eu-west-1::/usageplans/a1b2c3/keys",
    **{f"AWS::ApiGatewayV2::{part}": "arn:aws:apigateway:eu-west-1::/apis/a1b2c3/parts"
       for part in ("Api", "Authorizer", "Deployment", "Integration", "Route", "Stage")},
    "AWS::Backup::BackupPlan": f"arn:aws:backup:{HERE}:backup-plan:0-1-2",
    "AWS::Backup::BackupSelection": f"arn:aws:backup:{HERE}:backup-plan:0-1-2",
    "AWS::Backup::BackupVault": f"arn:aws:backup:{HERE}:backup-vault:Backup-1a2b3c4d",
    "AWS::CloudWatch::Alarm": f"arn:aws:cloudwatch:{HERE}:alarm:{NAME}",
    "AWS::CloudWatch::CompositeAlarm": f"arn:aws:cloudwatch:{HERE}:alarm:{NAME}",
    "AWS::CloudWatch::Dashboard": "arn:aws:cloudwatch::111111111111:dashboard/{id}-1AB2CD3EF4GH",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{HERE}:table/{NAME}",
    "AWS::EC2::SecurityGroup": f"arn:aws:ec2:{HERE}:security-group/sg-1",
    "AWS::Events::EventBus": f"arn:aws:events:{HERE}:event-bus/woo-stack-prod-Changes",
    "AWS::Events::Rule": f"arn:aws:events:{HERE}:rule/{NAME}",
    "AWS::IAM::ManagedPolicy": f"arn:aws:iam::111111111111:policy/{NAME}",
    "AWS::IAM::Role": f"arn:aws:iam::111111111111:role/{NAME}",
    "AWS::KMS::Key": f"arn:aws:kms:{HERE}:key/0-1-2",
    "AWS::Lambda::CodeSigningConfig": f"arn:aws:lambda:{HERE}:code-signing-config:csc-1",
    "AWS::Lambda::EventInvokeConfig": f"arn:aws:lambda:{HERE}:function:{NAME}",
    "AWS::Lambda::EventSourceMapping": f"arn:aws:lambda:{HERE}:event-source-mapping:0-1-2",
    "AWS::Lambda::Function": f"arn:aws:lambda:{HERE}:function:{NAME}",
    "AWS::Lambda::Permission": f"arn:aws:lambda:{HERE}:function:woo-stack-prod-ReaderFunction-1AB2",
    "AWS::Logs::LogGroup": f"arn:aws:logs:{HERE}:log-group:{NAME}:*",
    "AWS::Logs::MetricFilter": f"arn:aws:logs:{HERE}:log-group:woo-stack-prod-ApiAccessLogs-1AB2:*",
    "AWS::Pipes::Pipe": f"arn:aws:pipes:{HERE}:pipe/{{id}}-1AB2CD3EF4GH",
    "AWS::SNS::Subscription": f"arn:aws:sns:{HERE}:woo-stack-prod-PagerTopic-1AB2",
    "AWS::SNS::Topic": f"arn:aws:sns:{HERE}:{NAME}",
    "AWS::SNS::TopicPolicy": f"arn:aws:sns:{HERE}:woo-stack-prod-PagerTopic-1AB2",
    "AWS::SQS::Queue": f"arn:aws:sqs:{HERE}:{NAME}.fifo",
    "AWS::SQS::QueuePolicy": f"arn:aws:sqs:{HERE}:woo-stack-prod-EventsQueue-1AB2.fifo",
    "AWS::SecretsManager::RotationSchedule": f"arn:aws:secretsmanager:{HERE}:secret:Secret-1AB2CD3EF4GH-AbCdEf",
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{HERE}:secret:{{id}}-1AB2CD3EF4GH-AbCdEf",
    **{f"AWS::WAFv2::{kind}": f"arn:aws:wafv2:{HERE}:regional/webacl/woo-stack-prod-Firewall/0-1-2"
       for kind in ("LoggingConfiguration", "WebACL", "WebACLAssociation")},
}  # fmt: skip
#: As CloudFormation tags what it makes, and as the template tags its key.
STACK_TAG = "aws__ResourceTag/aws__cloudformation__stack-name"
IN_STACK = {STACK_TAG: "woo-stack-prod"}
OWN_KEY = {"aws__ResourceTag/woo-stack": "woo-stack-prod", "aws__RequestTag/woo-stack": "woo-stack-prod"}
CONTEXTS = {
    **dict.fromkeys(("apigateway", "backup", "ec2"), IN_STACK),
    "kms": OWN_KEY,
    "kms:CreateGrant": {"kms__GrantIsForAWSResource": "true"},
    "kms:RevokeGrant": {"kms__GrantIsForAWSResource": "true"},
    "lambda": {
        "lambda__FunctionArn": f"arn:aws:lambda:{HERE}:function:woo-stack-prod-ApplierFunction-1AB2",
        **IN_STACK,
    },
    "iam": {"iam__PolicyARN": "arn:aws:iam::111111111111:policy/woo-stack-prod-ReaderPolicy-1AB2"},
    "iam:CreateServiceLinkedRole": {"iam__AWSServiceName": "backup.amazonaws.com"},
}
VIA = {
    "AWS::Backup::BackupVault": "backup-storage",
    "AWS::DynamoDB::Table": "dynamodb",
    "AWS::Lambda::Function": "lambda",
    "AWS::SecretsManager::Secret": "secretsmanager",
}

_USED = {"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:RevokeGrant"}
#: What handlers ask for and the shop cannot need, beside iam:PassRole and iam:GetRole, which the roles decide.
TAKEN_AWAY: dict[str, set[str]] = {
    # No OpenAPI document in a bucket.
    "AWS::ApiGatewayV2::Api": {"s3:getObject"},
    # No policy of the vault's, nobody told. IAM knows no backup-storage:Mount.
    "AWS::Backup::BackupVault": {"backup-storage:Mount", "backup:DeleteBackupVaultAccessPolicy",
                                 "backup:DeleteBackupVaultNotifications", "backup:PutBackupVaultAccessPolicy",
                                 "backup:PutBackupVaultNotifications"},
    # Nothing comes in.
    "AWS::EC2::SecurityGroup": {"ec2:AuthorizeSecurityGroupIngress", "ec2:RevokeSecurityGroupIngress",
                                "ec2:UpdateSecurityGroupRuleDescriptionsIngress"},
    # The log is a log group, which takes neither Firehose nor a bucket nor a service's own role.
    "AWS::WAFv2::LoggingConfiguration": {"firehose:ListDeliveryStreams", "iam:CreateServiceLinkedRole",
                                         "iam:DescribeOrganization", "s3:GetBucketPolicy", "s3:PutBucketPolicy"},
    # No groups of rules from the marketplace.
    "AWS::WAFv2::WebACL": {"payments:GetConnectedAccount"},
    # No policy of an API's own, and no definition in a bucket.
    "AWS::ApiGateway::RestApi": {"apigateway:UpdateRestApiPolicy", "s3:GetObject"},
    # No replicas, imports, streams to Kinesis, contributor insights or policies; items are the shop's own.
    "AWS::DynamoDB::Table": {
        "dynamodb:AssociateTableReplica", "dynamodb:BatchWriteItem", "dynamodb:CreateTableReplica",
        "dynamodb:DeleteItem", "dynamodb:DeleteResourcePolicy", "dynamodb:DescribeImport",
        "dynamodb:DisableKinesisStreamingDestination", "dynamodb:EnableKinesisStreamingDestination",
        "dynamodb:GetItem", "dynamodb:ImportTable", "dynamodb:PutItem", "dynamodb:PutResourcePolicy",
        "dynamodb:Query", "dynamodb:Scan", "dynamodb:UpdateContributorInsights", "dynamodb:UpdateItem",
        "dynamodb:UpdateKinesisStreamingDestination", "iam:CreateServiceLinkedRole", "kinesis:DescribeStream",
        "kinesis:PutRecords", "kms:ListAliases", "logs:CreateLogGroup", "logs:CreateLogStream",
        "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents", "logs:PutRetentionPolicy",
        "s3:GetObject", "s3:GetObjectMetadata", "s3:ListBucket",
    },
    # No policy and no key of the bus.
    "AWS::Events::EventBus": {"events:PutPermission", "events:RemovePermission", "kms:GenerateDataKeyWithoutPlaintext",
                              "kms:ReEncrypt", "kms:ReEncryptFrom", "kms:ReEncryptTo"} | _USED,
    # Policies are attached by roles.
    "AWS::IAM::ManagedPolicy": {f"iam:{verb}{whose}Policy" for verb in ("Attach", "Detach")
                                for whose in ("Group", "Role", "User")},
    # No boundary, no policies in roles.
    "AWS::IAM::Role": {"iam:DeleteRolePermissionsBoundary", "iam:DeleteRolePolicy", "iam:GetRolePolicy",
                       "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy"},
    # A key is never out of use.
    "AWS::KMS::Key": {"kms:DisableKey", "kms:EnableKey"},
    # No key of the filter.
    "AWS::Lambda::EventSourceMapping": _USED,
    # No VPC, file system, layers, signing, versions, capacity providers.
    "AWS::Lambda::Function": {
        "ec2:DescribeNetworkInterfaces", "ec2:DescribeSecurityGroups", "ec2:DescribeSubnets", "ec2:DescribeVpcs",
        "elasticfilesystem:DescribeMountTargets", "lambda:AssociateRuntimeAlias",
        "lambda:DeleteFunctionCodeSigningConfig", "lambda:GetCodeSigningConfig", "lambda:GetLayerVersion",
        "lambda:PassCapacityProvider", "lambda:PublishVersion", "lambda:PutFunctionCodeSigningConfig",
        "lambda:PutFunctionRecursionConfig", "lambda:PutFunctionScalingConfig", "lambda:PutRuntimeManagementConfig",
        "s3files:ListMountTargets",
    },
    # No delivery elsewhere, masking, indexes, policies or deletion protection.
    "AWS::Logs::LogGroup": {
        "firehose:TagDeliveryStream", "logs:CreateLogDelivery", "logs:DeleteDataProtectionPolicy",
        "logs:DeleteIndexPolicy", "logs:DeleteResourcePolicy", "logs:PutBearerTokenAuthentication",
        "logs:PutDataProtectionPolicy", "logs:PutIndexPolicy", "logs:PutLogGroupDeletionProtection",
        "logs:PutResourcePolicy", "s3:REST.PUT.OBJECT",
    },
    # No log and no key of the pipe.
    "AWS::Pipes::Pipe": {
        "firehose:TagDeliveryStream", "iam:CreateServiceLinkedRole", "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery", "logs:DescribeLogGroups", "logs:DescribeResourcePolicies", "logs:GetLogDelivery",
        "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:UpdateLogDelivery", "s3:GetBucketPolicy",
        "s3:PutBucketPolicy",
    } | _USED,
    # Subscriptions are resources of their own.
    "AWS::SNS::Topic": {"sns:PutDataProtectionPolicy", "sns:Subscribe", "sns:Unsubscribe"},
    # No replicas.
    "AWS::SecretsManager::Secret": {"secretsmanager:RemoveRegionsFromReplication",
                                    "secretsmanager:ReplicateSecretToRegions"},
}  # fmt: skip


#: What options add to the shop: one of each type, as short as the rows ask for it.
OPTIONS: Json = {
    "Resources": {
        "HttpApi": {"Type": "AWS::ApiGatewayV2::Api"},
        "HttpAuthorizer": {"Type": "AWS::ApiGatewayV2::Authorizer"},
        "HttpDeployment": {"Type": "AWS::ApiGatewayV2::Deployment"},
        "HttpIntegration": {"Type": "AWS::ApiGatewayV2::Integration"},
        "HttpRoute": {"Type": "AWS::ApiGatewayV2::Route"},
        "HttpStage": {"Type": "AWS::ApiGatewayV2::Stage", "Properties": {"AccessLogSettings": {}}},
        "Certificate": {"Type": "AWS::ApiGateway::ClientCertificate"},
        "Meter": {"Type": "AWS::ApiGateway::UsagePlan"},
        "MeterKey": {"Type": "AWS::ApiGateway::ApiKey"},
        "MeterPlanKey": {"Type": "AWS::ApiGateway::UsagePlanKey"},
        "Acl": {"Type": "AWS::WAFv2::WebACL", "Properties": {"Name": {"Fn::Sub": "${AWS::StackName}-Firewall"}}},
        "AclAssociation": {
            "Type": "AWS::WAFv2::WebACLAssociation",
            "Properties": {"WebACLArn": {"Fn::GetAtt": ["Acl", "Arn"]}},
        },
        "AclLogging": {
            "Type": "AWS::WAFv2::LoggingConfiguration",
            "Properties": {"ResourceArn": {"Fn::GetAtt": ["Acl", "Arn"]}},
        },
        "Group": {"Type": "AWS::EC2::SecurityGroup", "Properties": {"VpcId": "vpc-1"}},
        "Signing": {"Type": "AWS::Lambda::CodeSigningConfig"},
        "Vault": {
            "Type": "AWS::Backup::BackupVault",
            "Properties": {
                "BackupVaultName": {"Fn::Join": ["-", ["Backup", {"Ref": "AWS::StackId"}]]},
                "EncryptionKeyArn": {"Fn::GetAtt": ["Key", "Arn"]},
                "LockConfiguration": {},
            },
        },
        "Plan": {"Type": "AWS::Backup::BackupPlan"},
        "Selection": {"Type": "AWS::Backup::BackupSelection"},
        "Secret": {"Type": "AWS::SecretsManager::Secret"},
        "Rotate": {"Type": "AWS::Lambda::Function"},
        "Rotation": {
            "Type": "AWS::SecretsManager::RotationSchedule",
            "Properties": {"SecretId": {"Ref": "Secret"}, "RotationLambdaARN": {"Fn::GetAtt": ["Rotate", "Arn"]}},
        },
        "Invoked": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "Properties": {"FunctionName": {"Ref": "Rotate"}},
        },
        "Key": {
            "Type": "AWS::KMS::Key",
            "Properties": {"Tags": [{"Key": "woo-stack", "Value": {"Ref": "AWS::StackName"}}]},
        },
    }
}


@cache
def largest() -> Json:
    """The shop with all that it can have."""
    settings = Settings(event_bus=True, code="bucket", concurrency={"Reader": 2})
    template: Json = json.loads(Shop(settings).template.to_json())
    return template


def role(*templates: Any, **settings: Any) -> ExecutionRole:
    return ExecutionRole("Execution", templates, bucket=BUCKET, **settings)


def allowed(execution: ExecutionRole) -> Simulator:
    known = json.dumps(execution.documents).replace("${StackPrefix}", "woo-stack-").replace("${CodeBucket}", BUCKET)
    for name, value in {**KNOWN, "Boundary": str(execution.permissions_boundary)}.items():
        known = known.replace(f"${{{name}}}", value)
    assert "${" not in known
    return Simulator(json.loads(known))


@cache
def of_the_shop() -> Simulator:
    return allowed(role(largest()))


@cache
def of_the_options() -> Simulator:
    return allowed(role(OPTIONS))


# --- the rows


@pytest.mark.parametrize("kind", sorted(HANDLED))
def test_a_row_names_actions_that_exist_as_narrow_as_they_are(kind: str) -> None:
    for right in HANDLED[kind].rights:
        for action in actions_of(right):
            service, _, name = action.partition(":")
            known = ACTIONS[service]["Actions"].get(name.lower(), {"Resources": ["not known"]})
            assert (name.lower() in ACTIONS[service]["Actions"]) is (action not in UNLISTED), action
            assert right.on == "*" or known.get("Resources"), f"IAM knows no resource of {action}"
            narrow = ("{name}", "{bucket}", "${StackPrefix}", "/account")
            assert right.why or any(part in right.on for part in narrow), action


def templates() -> dict[str, Any]:
    """Every template of this repository: shops over their settings, and the examples."""
    return {
        "largest": largest(),
        **{
            path.stem: path
            for path in [*sorted(EXAMPLES.glob("*.py")), *sorted(EXAMPLES.glob("pipelines/*.py"))]
            if "publish(" in path.read_text()
        },
    }


@pytest.mark.parametrize("name", templates())
def test_every_type_of_ours_has_a_row(name: str, monkeypatch: Any) -> None:
    template = templates()[name]
    if isinstance(template, Path):
        written: list[Json] = []
        monkeypatch.setattr(woo_stack, "publish", lambda made, _: written.append(made.to_dict()))
        monkeypatch.setattr(sys, "argv", [str(template), "out.json"])
        runpy.run_path(str(template), run_name="__main__")
        (template,) = written
    assert {resource["Type"] for resource in template["Resources"].values()} <= set(HANDLED)


def test_every_type_of_any_shop_has_a_row(any_shop: Any) -> None:
    _, template = any_shop
    assert {resource["Type"] for resource in template["Resources"].values()} <= set(HANDLED)
    assert allowed(role(template)).allows(
        "lambda:GetFunction", ARNS["AWS::Lambda::Function"].format(id="ReaderFunction")
    )


# --- what it may


def asked_of(kind: str) -> list[str]:
    """What the handlers of a type ask for to create, tag, read, change and delete one, less what is taken away."""
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    asked = {action for name, one in schema["handlers"].items() if name != "list" for action in one["permissions"]}
    asked |= set(schema.get("tagging", {}).get("permissions", ()))
    return sorted(asked - TAKEN_AWAY.get(kind, set()) - {"iam:PassRole", "iam:GetRole"})


def passes(simulator: Simulator, kind: str, logical_id: str, action: str) -> bool:
    """Whether an action on a resource by CloudFormation's name for it is allowed."""
    service = action.partition(":")[0]
    own = ARNS.get(kind, ARNS["AWS::ApiGateway::RestApi"] + "/parts/1").format(id=logical_id)
    others = {
        "iam:CreateServiceLinkedRole": "arn:aws:iam::111111111111:role/aws-service-role/backup.amazonaws.com/A",
        "apigateway:SetWebACL": ARNS["AWS::ApiGateway::RestApi"] + "/stages/live",
        "lambda:InvokeFunction": f"arn:aws:lambda:{HERE}:function:woo-stack-prod-Rotate-1AB2",
        "kms": ARNS["AWS::KMS::Key"],
        "s3": f"arn:aws:s3:::{BUCKET}/handler-1.zip",
    }
    arn = others.get(action, others.get(service, own))
    context = {**CONTEXTS.get(service, {}), **CONTEXTS.get(action, {})}
    if service == "kms" and kind in VIA:
        context["kms__ViaService"] = f"{VIA[kind]}.eu-west-1.amazonaws.com"
    places = (arn, "*", arn.rpartition("/")[0])
    return any(simulator.allows(action, place, **context) for place in places)


@pytest.mark.skipif(version("cfn-lint") != SCHEMAS, reason=f"the rows were compared with the schemas of {SCHEMAS}")
@pytest.mark.parametrize("kind", sorted({one["Type"] for one in largest()["Resources"].values()}))
def test_what_a_types_handlers_ask_for_is_allowed_but_for_what_the_shop_cannot_need(kind: str) -> None:
    of_type = [name for name, one in largest()["Resources"].items() if one["Type"] == kind]
    for logical_id in of_type:
        refused = [action for action in asked_of(kind) if not passes(of_the_shop(), kind, logical_id, action)]
        assert refused == [], logical_id


#: What belongs to other services that a firewall or a network may be put before.
OTHER_SERVICES = ("amplify", "appsync", "apprunner", "bedrock-agentcore", "cognito-idp", "elasticloadbalancing")


@pytest.mark.skipif(version("cfn-lint") != SCHEMAS, reason=f"the rows were compared with the schemas of {SCHEMAS}")
@pytest.mark.parametrize("logical_id", sorted(OPTIONS["Resources"]))
def test_what_the_handlers_of_options_ask_for_is_allowed(logical_id: str) -> None:
    kind = OPTIONS["Resources"][logical_id]["Type"]
    asked = [
        action
        for action in asked_of(kind)
        if not action.startswith(OTHER_SERVICES)
        and not (kind == "AWS::WAFv2::WebACLAssociation" and ("PermissionPolicy" in action or "ec2:" in action))
        and not (kind == "AWS::SecretsManager::Secret" and action.startswith(("kms:", "secretsmanager:GetRandom")))
        and not (kind == "AWS::Lambda::Function" and action.startswith(("kms:", "s3:", "lambda:DeleteFunctionC",
                                                                         "lambda:PutFunctionC")))
    ]  # fmt: skip
    assert [action for action in asked if not passes(of_the_options(), kind, logical_id, action)] == []


@cache
def of_an_http_api() -> ExecutionRole:
    kinds = {name: one for name, one in OPTIONS["Resources"].items() if one["Type"].startswith("AWS::ApiGatewayV2::")}
    return role({"Resources": kinds})


@pytest.mark.parametrize(
    ("action", "place"),
    [
        ("apigateway:TagResource", "/apis"),
        ("apigateway:TagResource", "/apis/a1b2c3/stages"),
        ("apigateway:TagResource", "/apis/a1b2c3/stages/$default"),
        ("apigateway:UntagResource", "/apis/a1b2c3/stages/$default"),
        ("apigateway:POST", "/tags/arn%3Aaws%3Aapigateway%3Aeu-west-1%3A%3A%2Fapis%2Fa1b2c3%2Fstages%2F%24default"),
    ],
)
def test_an_http_api_gets_its_stacks_tags(action: str, place: str) -> None:
    """As API Gateway asks, by the messages of those whom it refused."""
    assert allowed(of_an_http_api()).allows(action, f"arn:aws:apigateway:eu-west-1::{place}")
    assert not allowed(of_an_http_api()).allows(action, f"arn:aws:apigateway:us-east-1::{place}")
    assert not of_the_shop().allows(action, f"arn:aws:apigateway:eu-west-1::{place}"), "it has no HTTP API"


def test_only_a_policy_with_an_action_that_no_list_has_answers_for_it() -> None:
    policy, *none = of_an_http_api().policies
    assert policy.to_dict()["Metadata"]["cfn-lint"]["config"] == {"ignore_checks": ["W3037"]}
    assert none == []
    assert "W3037" not in json.dumps([one.to_dict() for one in role(largest()).policies])


def test_names_that_the_template_gives_are_covered() -> None:
    execution_logs = f"arn:aws:logs:{HERE}:log-group:API-Gateway-Execution-Logs_a1b2c3/live:*"
    assert of_the_shop().allows("logs:PutRetentionPolicy", execution_logs)
    assert not of_the_shop().allows("logs:PutRetentionPolicy", execution_logs.replace("/live", "/prod"))


LONG = "woo-stack-customer-n-ApiAccessLogs-1AB2CD3EF4GH"


def test_names_that_cloudformation_cuts_are_covered() -> None:
    assert of_the_shop().allows("lambda:CreateFunction", f"arn:aws:lambda:{HERE}:function:{LONG}")
    with pytest.raises(SettingError, match="prefix is 'woo-stack-customer-no-', allowed: 2 to 20 letters"):
        role(largest(), prefix="woo-stack-customer-no-")


@pytest.mark.parametrize("prefix", ["Ad", "-", "shop", "1shop-", "shop_-", ""])
def test_a_prefix_that_means_others_is_refused(prefix: str) -> None:
    """As `Ad`, which the role Admin begins with."""
    with pytest.raises(SettingError, match=f"prefix is '{prefix}', allowed: .* a letter first and '-' last"):
        role(largest(), prefix=prefix)


# --- what it may not

OTHERS: list[tuple[str, str, dict[str, str]]] = [
    ("dynamodb:DeleteTable", f"arn:aws:dynamodb:{HERE}:table/payroll-Documents-1AB2", {}),
    ("dynamodb:PutItem", f"arn:aws:dynamodb:{HERE}:table/woo-stack-prod-DocumentsTable-1AB2", {}),
    ("lambda:UpdateFunctionCode", f"arn:aws:lambda:{HERE}:function:payroll", {}),
    ("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:woo-stack-prod-ReaderFunction-1AB2", {}),
    ("lambda:CreateEventSourceMapping", "*", {"lambda__FunctionArn": f"arn:aws:lambda:{HERE}:function:payroll"}),
    ("lambda:CreateEventSourceMapping", "*", {}),
    ("lambda:DeleteEventSourceMapping", f"arn:aws:lambda:{HERE}:event-source-mapping:0-1",
     {"lambda__FunctionArn": f"arn:aws:lambda:{HERE}:function:payroll"}),
    ("iam:PassRole", "arn:aws:iam::111111111111:role/Admin", {"iam__PassedToService": "lambda.amazonaws.com"}),
    ("iam:PassRole", "arn:aws:iam::111111111111:role/woo-stack-prod-ReaderRole-1AB2",
     {"iam__PassedToService": "ec2.amazonaws.com"}),
    ("iam:AttachRolePolicy", "arn:aws:iam::111111111111:role/woo-stack-prod-ReaderRole-1AB2",
     {"iam__PolicyARN": "arn:aws:iam::aws:policy/AdministratorAccess"}),
    ("iam:AttachRolePolicy", "arn:aws:iam::111111111111:role/Admin",
     {"iam__PolicyARN": "arn:aws:iam::111111111111:policy/woo-stack-prod-ReaderPolicy-1AB2"}),
    ("iam:PutRolePolicy", "arn:aws:iam::111111111111:role/woo-stack-prod-ReaderRole-1AB2", {}),
    ("iam:CreateUser", "arn:aws:iam::111111111111:user/woo-stack-prod", {}),
    ("iam:UpdateAssumeRolePolicy", "arn:aws:iam::111111111111:role/Admin", {}),
    ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:{HERE}:secret:payroll-AbCdEf", {}),
    ("kms:Decrypt", f"arn:aws:kms:{HERE}:key/0-1", {}),
    ("kms:Decrypt", f"arn:aws:kms:{HERE}:key/0-1", {"kms__ViaService": "s3.eu-west-1.amazonaws.com"}),
    ("kms:CreateGrant", f"arn:aws:kms:{HERE}:key/0-1", {"kms__GrantIsForAWSResource": "false"}),
    ("kms:CreateGrant", f"arn:aws:kms:{HERE}:key/0-1", {}),
    ("kms:ScheduleKeyDeletion", f"arn:aws:kms:{HERE}:key/0-1", {"kms__ScheduleKeyDeletionPendingWindowInDays": "7"}),
    ("kms:DescribeKey", "arn:aws:kms:eu-west-1:222222222222:key/0-1", {}),
    ("s3:GetObject", "arn:aws:s3:::payroll/a.zip", {}),
    ("s3:PutObject", f"arn:aws:s3:::{BUCKET}/handler-1.zip", {}),
    ("apigateway:DELETE", "arn:aws:apigateway:eu-west-1::/domainnames/shop.example.com", {}),
    ("apigateway:DELETE", "arn:aws:apigateway:us-east-1::/restapis/a1b2c3", IN_STACK),
    ("apigateway:DELETE", "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3", {}),
    ("apigateway:PATCH", "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3/stages/live", {STACK_TAG: "payroll"}),
    ("iam:CreateServiceLinkedRole", "arn:aws:iam::111111111111:role/aws-service-role/backup.amazonaws.com/A",
     {"iam__AWSServiceName": "backup.amazonaws.com"}),
    ("sqs:ReceiveMessage", f"arn:aws:sqs:{HERE}:woo-stack-prod-EventsQueue-1AB2.fifo", {}),
    ("logs:DeleteLogGroup", f"arn:aws:logs:{HERE}:log-group:/aws/lambda/payroll:*", {}),
    ("events:PutRule", f"arn:aws:events:{HERE}:rule/payroll", {}),
    ("ec2:RunInstances", "*", {}),
]  # fmt: skip


@pytest.mark.parametrize(("action", "resource", "context"), OTHERS)
def test_what_is_not_its_stacks_is_not_its(action: str, resource: str, context: dict[str, str]) -> None:
    assert not of_the_shop().allows(action, resource, **context)


OPTIONS_OF_OTHERS: list[tuple[str, str, dict[str, str]]] = [
    ("kms:CreateKey", "*", {}),
    ("kms:PutKeyPolicy", f"arn:aws:kms:{HERE}:key/0-1", {}),
    ("kms:PutKeyPolicy", f"arn:aws:kms:{HERE}:key/0-1", {"aws__ResourceTag/woo-stack": "payroll"}),
    ("kms:ScheduleKeyDeletion", f"arn:aws:kms:{HERE}:key/0-1", {}),
    ("kms:TagResource", f"arn:aws:kms:{HERE}:key/0-1", {"aws__RequestTag/team": "payroll"}),
    # A key that another stack has already is not made this one's.
    ("kms:TagResource", f"arn:aws:kms:{HERE}:key/0-1", {**OWN_KEY, "aws__ResourceTag/woo-stack": "payroll"}),
    ("kms:Decrypt", f"arn:aws:kms:{HERE}:key/0-1", {}),
    ("kms:Decrypt", f"arn:aws:kms:{HERE}:key/0-1", {"kms__ViaService": "s3.eu-west-1.amazonaws.com"}),
    ("apigateway:DELETE", "arn:aws:apigateway:eu-west-1::/usageplans/a1b2c3", {STACK_TAG: "payroll"}),
    ("apigateway:DELETE", "arn:aws:apigateway:eu-west-1::/apikeys/a1b2c3", {}),
    ("apigateway:SetWebACL", "arn:aws:apigateway:eu-west-1::/apis/a1b2c3", IN_STACK),
    ("wafv2:DeleteWebACL", f"arn:aws:wafv2:{HERE}:regional/webacl/payroll/0-1", {}),
    ("wafv2:DeleteWebACL", "arn:aws:wafv2:us-east-1:111111111111:global/webacl/woo-stack-prod-Firewall/0-1", {}),
    ("wafv2:PutLoggingConfiguration", f"arn:aws:wafv2:{HERE}:regional/webacl/payroll/0-1", {}),
    ("ec2:DeleteSecurityGroup", f"arn:aws:ec2:{HERE}:security-group/sg-1", {STACK_TAG: "payroll"}),
    ("ec2:AuthorizeSecurityGroupIngress", f"arn:aws:ec2:{HERE}:security-group/sg-1", IN_STACK),
    ("lambda:DeleteCodeSigningConfig", f"arn:aws:lambda:{HERE}:code-signing-config:csc-1", {}),
    ("lambda:InvokeFunction", f"arn:aws:lambda:{HERE}:function:payroll", {}),
    ("backup:DeleteBackupVault", f"arn:aws:backup:{HERE}:backup-vault:Default", {}),
    ("backup:PutBackupVaultAccessPolicy", f"arn:aws:backup:{HERE}:backup-vault:Backup-1a2b3c4d", {}),
    ("backup:DeleteBackupPlan", f"arn:aws:backup:{HERE}:backup-plan:0-1", {}),
    ("backup:DeleteRecoveryPoint", f"arn:aws:backup:{HERE}:recovery-point:0-1", {}),
    ("secretsmanager:RotateSecret", f"arn:aws:secretsmanager:{HERE}:secret:payroll-AbCdEf", {}),
    ("iam:CreateServiceLinkedRole", "arn:aws:iam::111111111111:role/aws-service-role/ops.amazonaws.com/A",
     {"iam__AWSServiceName": "ops.amazonaws.com"}),
]  # fmt: skip


@pytest.mark.parametrize(("action", "resource", "context"), OPTIONS_OF_OTHERS)
def test_what_is_not_of_its_stacks_options_is_not_its(action: str, resource: str, context: dict[str, str]) -> None:
    assert not of_the_options().allows(action, resource, **context)


def test_a_new_key_gets_the_tag_of_its_stack() -> None:
    tag = {"aws__RequestTag/woo-stack": "woo-stack-prod"}
    assert of_the_options().allows("kms:TagResource", ARNS["AWS::KMS::Key"], **tag)


def test_a_key_without_a_tag_of_the_stack_is_told_from_none() -> None:
    """The template then gives nothing by which it could be."""
    tags = [{"Key": "team", "Value": "shop"}, {"Fn::If": ["A", {}, {}]}]
    for properties in ({}, {"Tags": tags}, {"Tags": {"woo-stack": {"Ref": "AWS::StackName"}}}):
        untagged = allowed(role({"Resources": {"Key": {"Type": "AWS::KMS::Key", "Properties": properties}}}))
        for action in ("kms:PutKeyPolicy", "kms:TagResource", "kms:DescribeKey"):
            assert untagged.allows(action, ARNS["AWS::KMS::Key"]), (action, properties)
        assert untagged.allows("kms:CreateKey")
        assert "{tag}" not in json.dumps(untagged.documents)


# --- how far its roles may go

BOUNDARY = "arn:aws:iam::111111111111:policy/woo-stack-boundary"
READER = "arn:aws:iam::111111111111:role/woo-stack-prod-ReaderRole-1AB2"
STRENGTHENS = ("iam:CreateRole", "iam:AttachRolePolicy", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy")


@cache
def bounded() -> Simulator:
    properties = {"PermissionsBoundary": BOUNDARY, "ManagedPolicyArns": ["arn:a"], "Policies": [{}]}
    template = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": properties}, **OPTIONS["Resources"]}}
    return allowed(role(template, permissions_boundary=BOUNDARY))


@pytest.mark.parametrize("action", STRENGTHENS)
def test_with_a_boundary_no_role_is_made_or_strengthened_without_it(action: str) -> None:
    policy = {"iam__PolicyARN": "arn:aws:iam::111111111111:policy/woo-stack-prod-ReaderPolicy-1AB2"}
    assert bounded().allows(action, READER, iam__PermissionsBoundary=BOUNDARY, **policy)
    assert not bounded().allows(action, READER, iam__PermissionsBoundary=BOUNDARY + "2", **policy)
    assert not bounded().allows(action, READER, **policy)


def test_a_boundary_is_not_taken_away_or_changed() -> None:
    assert not bounded().allows("iam:DeleteRolePermissionsBoundary", READER, iam__PermissionsBoundary=BOUNDARY)
    both = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"PermissionsBoundary": BOUNDARY}},
                          "Policy": {"Type": "AWS::IAM::ManagedPolicy"}}}  # fmt: skip
    made = allowed(role(both, permissions_boundary=BOUNDARY))
    for action in ("iam:CreatePolicyVersion", "iam:DeletePolicyVersion", "iam:DeletePolicy"):
        assert not made.allows(action, BOUNDARY), action
        assert made.allows(action, "arn:aws:iam::111111111111:policy/woo-stack-prod-ReaderPolicy-1AB2"), action
    assert made.allows("iam:DeleteRole", READER)


def test_a_boundary_is_a_value_and_the_templates_must_have_it() -> None:
    both = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"PermissionsBoundary": {"Ref": "B"}}}}}
    for value, expected in ((Ref("Boundary2"), '"${Boundary2}"'), (ImportValue("a"), '{"Fn::ImportValue": "a"}')):
        made = ExecutionRole("E", [both], permissions_boundary=value)
        assert expected in json.dumps(encode_to_dict([one.to_dict() for one in made.resources()]))
    with pytest.raises(SettingError, match=r"permissions_boundary is 'arn:.*', allowed: None for roles without a Perm"):
        role(largest(), permissions_boundary=BOUNDARY)


@pytest.mark.parametrize("kind", ["role", "policy"])
def test_it_cannot_change_itself_although_its_stack_has_the_prefix(kind: str) -> None:
    own = f"arn:aws:iam::111111111111:{kind}{PATH}woo-stack-bootstrap-Execution-1AB2"
    granted = {
        action for document in of_the_shop().documents for one in document["Statement"] for action in one["Action"]
    }
    policy = {"iam__PolicyARN": own}
    assert [
        action for action in granted if action.startswith("iam:") and of_the_shop().allows(action, own, **policy)
    ] == []
    made = [*role(largest()).policies, role(largest()).role]
    assert {one.Path for one in made} == {PATH}


def test_an_aws_policy_is_attached_where_the_template_names_it() -> None:
    logs = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    there = "arn:aws:iam::111111111111:role/woo-stack-prod-ApiLogsRole-1AB2"
    assert of_the_shop().allows("iam:AttachRolePolicy", there, iam__PolicyARN=logs)
    bare = Template()
    bare.add_resource(iam.Role("Bare", AssumeRolePolicyDocument={"Statement": []}, ManagedPolicyArns=["arn:a"]))
    assert not allowed(role(bare)).allows("iam:AttachRolePolicy", there, iam__PolicyARN=logs)


def test_roles_are_passed_to_who_assumes_them_alone() -> None:
    there = "arn:aws:iam::111111111111:role/woo-stack-prod-ReaderRole-1AB2"
    for service in ("lambda", "apigateway", "pipes"):
        assert of_the_shop().allows("iam:PassRole", there, iam__PassedToService=f"{service}.amazonaws.com")


# --- what each template asks for


def test_a_right_is_asked_for_by_a_property() -> None:
    without = Shop(Settings(customer_key=False)).template
    for action in ("kms:CreateKey", "kms:CreateGrant", "logs:AssociateKmsKey", "s3:GetObject"):
        assert action not in json.dumps(role(without).documents), action
    assert "s3:GetObject" not in json.dumps(ExecutionRole("E", [largest()]).documents), "no bucket is known"


def one_resource(resource: Any) -> Template:
    template = Template()
    template.add_resource(resource)
    return template


@pytest.mark.parametrize(
    ("name", "narrowed", "told"),
    [
        ("jobs", "jobs", False),
        ({"Fn::Sub": "${AWS::StackName}-jobs"}, "woo-stack-*-jobs", False),
        ({"Fn::Sub": ["${Kind}-jobs", {"Kind": Ref("Kind")}]}, "*-jobs", False),
        ({"Fn::Join": ["-", [{"Ref": "AWS::StackName"}, "jobs"]]}, "woo-stack-*-jobs", False),
        ({"Ref": "Name"}, "woo-stack-*", True),
    ],
)
def test_a_name_is_narrowed_as_far_as_it_is_known(name: Any, narrowed: str, told: bool) -> None:
    queue: Json = {"Resources": {"Jobs": {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}}}}
    made = role(queue)
    (statement,) = allowed(made).documents[0]["Statement"]
    assert statement["Resource"] == [f"arn:aws:sqs:{HERE}:{narrowed}"]
    assert bool(made.told) is told
    if told:
        assert made.told == ["Jobs: its QueueName is known only when it is deployed, allowed: ${StackPrefix}*"]


def test_what_a_resource_is_about_may_be_another_resource_or_another_stacks() -> None:
    policy = sqs.QueuePolicy("P", PolicyDocument={}, Queues=[Ref("Jobs")])
    template = one_resource(policy)
    template.add_resource(sqs.Queue("Jobs", QueueName="jobs"))
    assert allowed(role(template)).allows("sqs:SetQueueAttributes", f"arn:aws:sqs:{HERE}:jobs")
    subscription = sns.SubscriptionResource("S", Protocol="sqs", TopicArn="arn:aws:sns:eu-west-1:222222222222:prices")
    simulator = allowed(role(one_resource(subscription)))
    assert simulator.allows("sns:Subscribe", "arn:aws:sns:eu-west-1:222222222222:prices")
    assert not simulator.allows("sns:Subscribe", f"arn:aws:sns:{HERE}:woo-stack-prod-PagerTopic-1")


def test_a_type_without_a_row_has_what_its_schema_says_and_is_told() -> None:
    made = role(one_resource(ec2.KeyPair("Door", KeyName="door")))
    assert allowed(made).allows("ec2:CreateKeyPair", f"arn:aws:ec2:{HERE}:key-pair/door")
    count = len(handlers_of("AWS::EC2::KeyPair"))
    assert made.told == [
        f"AWS::EC2::KeyPair has no row of its own: what its handlers ask for ({count} actions) on every resource"
    ]
    assert "iam:PassRole" not in handlers_of("AWS::ECS::Service")


@pytest.mark.parametrize("kind", ["AWS::Shop::Nothing", "Custom::Thing"])
def test_a_type_that_nobody_knows_is_one_sentence(kind: str) -> None:
    with pytest.raises(UnknownTypeError, match=f"^nobody says what {kind} needs, allowed: types whose schemas name"):
        role({"Resources": {"It": {"Type": kind}}})
    assert issubclass(UnknownTypeError, WooStackError)


# --- its form


def test_policies_are_as_few_and_as_short_as_iam_takes_them() -> None:
    many = [{"Resources": {f"Secret{n}": {"Type": "AWS::SecretsManager::Secret"} for n in range(150)}}]
    made = role(*many)
    assert 1 < len(made.documents) <= POLICIES
    for document in made.documents:
        text = resolved({"Fn::Sub": json.dumps(document, separators=(",", ":"))})
        assert len(text) <= POLICY_CHARACTERS
    for number in (0, 149):
        arn = f"arn:aws:secretsmanager:{HERE}:secret:Secret{number}-1AB2CD3EF4GH-AbCdEf"
        assert allowed(made).allows("secretsmanager:CreateSecret", arn)
    more = {"Resources": {f"Secret{n}": {"Type": "AWS::SecretsManager::Secret"} for n in range(900)}}
    with pytest.raises(SettingError, match=f"policies', allowed: what fits into {POLICIES} policies"):
        role(more)


def test_an_action_stands_once_with_all_that_it_is_allowed_on() -> None:
    """Judges read each statement alone: on a VPC, and not on the group as well, nobody can make a security group."""
    stands = [
        (action, json.dumps(one.get("Condition"), sort_keys=True))
        for document in role(largest(), OPTIONS).documents
        for one in document["Statement"]
        for action in one["Action"]
    ]
    assert len(set(stands)) == len(stands)


def test_no_templates_are_no_role() -> None:
    with pytest.raises(SettingError, match=r"templates is \(\), allowed: at least one template"):
        role()


@pytest.mark.parametrize("value", ["shop-", Ref("Prefix"), {"Fn::ImportValue": "a"}])
def test_prefix_and_bucket_are_values(value: Any) -> None:
    given = ImportValue("a") if isinstance(value, dict) else value
    made = ExecutionRole("E", [largest()], prefix=given, bucket=given)
    text = json.dumps(encode_to_dict([one.to_dict() for one in made.resources()]), sort_keys=True)
    expected = {"shop-": ":table/shop-*", "Prefix": ":table/${Prefix}*"}.get(
        value if isinstance(value, str) else getattr(value, "data", {}).get("Ref", ""), ":table/${StackPrefix}*"
    )
    assert expected in text
    if isinstance(value, dict):
        assert '{"StackPrefix": {"Fn::ImportValue": "a"}}' in text
        assert '{"CodeBucket": {"Fn::ImportValue": "a"}}' in text


def test_the_bucket_of_its_own_stack_is_not_its_to_change() -> None:
    buckets = {"Resources": {"Files": {"Type": "AWS::S3::Bucket"}, "Tls": {"Type": "AWS::S3::BucketPolicy",
               "Properties": {"Bucket": {"Ref": "Files"}}}}}  # fmt: skip
    execution = ExecutionRole("E", [buckets, largest()], bucket="woo-stack-bootstrap-artefacts")
    known = json.loads(json.dumps(execution.documents).replace("${CodeBucket}", "woo-stack-bootstrap-artefacts"))
    simulator = Simulator([resolved(_subbed(document)) for document in known])
    assert simulator.allows("s3:DeleteBucket", "arn:aws:s3:::woo-stack-prod-files-1ab2")
    assert not simulator.allows("s3:DeleteBucket", "arn:aws:s3:::woo-stack-bootstrap-artefacts")
    assert not simulator.allows("s3:PutBucketPolicy", "arn:aws:s3:::woo-stack-bootstrap-artefacts")
    assert simulator.allows("s3:GetObject", "arn:aws:s3:::woo-stack-bootstrap-artefacts/handler-1.zip")


def _subbed(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _subbed(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_subbed(item) for item in value]
    return {"Fn::Sub": value} if "${" in value else value
