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
from troposphere import ImportValue, Ref, Template, ec2, encode_to_dict, iam, sns, sqs

import woo_stack
from tests.simulator import KNOWN, Simulator, resolved
from woo_stack import SettingError, Settings, Shop, WooStackError
from woo_stack.execution import PATH, POLICIES, POLICY_CHARACTERS, ExecutionRole
from woo_stack.required_permissions import UnknownTypeError, actions_of, handlers_of
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
    "AWS::ApiGateway::RestApi": "arn:aws:apigateway:eu-west-1::/restapis/a1b2c3",
    "AWS::CloudWatch::Alarm": f"arn:aws:cloudwatch:{HERE}:alarm:{NAME}",
    "AWS::CloudWatch::CompositeAlarm": f"arn:aws:cloudwatch:{HERE}:alarm:{NAME}",
    "AWS::CloudWatch::Dashboard": "arn:aws:cloudwatch::111111111111:dashboard/{id}-1AB2CD3EF4GH",
    "AWS::DynamoDB::Table": f"arn:aws:dynamodb:{HERE}:table/{NAME}",
    "AWS::Events::EventBus": f"arn:aws:events:{HERE}:event-bus/woo-stack-prod-Changes",
    "AWS::Events::Rule": f"arn:aws:events:{HERE}:rule/{NAME}",
    "AWS::IAM::ManagedPolicy": f"arn:aws:iam::111111111111:policy/{NAME}",
    "AWS::IAM::Role": f"arn:aws:iam::111111111111:role/{NAME}",
    "AWS::KMS::Key": f"arn:aws:kms:{HERE}:key/0-1-2",
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
    "AWS::SecretsManager::Secret": f"arn:aws:secretsmanager:{HERE}:secret:{{id}}-1AB2CD3EF4GH-AbCdEf",
}
CONTEXTS = {
    "kms:CreateGrant": {"kms__GrantIsForAWSResource": "true"},
    "kms:RevokeGrant": {"kms__GrantIsForAWSResource": "true"},
    "lambda": {"lambda__FunctionArn": f"arn:aws:lambda:{HERE}:function:woo-stack-prod-ApplierFunction-1AB2"},
    "iam": {"iam__PolicyARN": "arn:aws:iam::111111111111:policy/woo-stack-prod-ReaderPolicy-1AB2"},
}
VIA = {
    "AWS::DynamoDB::Table": "dynamodb",
    "AWS::Lambda::Function": "lambda",
    "AWS::SecretsManager::Secret": "secretsmanager",
}

_USED = {"kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey", "kms:RevokeGrant"}
#: What handlers ask for and the shop cannot need, beside iam:PassRole and iam:GetRole, which the roles decide.
TAKEN_AWAY: dict[str, set[str]] = {
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


@cache
def largest() -> Json:
    """The shop with all that it can have."""
    settings = Settings(event_bus=True, code="bucket", reader_concurrency=2)
    template: Json = json.loads(Shop(settings).template.to_json())
    return template


def role(*templates: Any, **settings: Any) -> ExecutionRole:
    return ExecutionRole("Execution", templates, bucket=BUCKET, **settings)


def allowed(execution: ExecutionRole) -> Simulator:
    known = json.dumps(execution.documents).replace("${StackPrefix}", "woo-stack-").replace("${CodeBucket}", BUCKET)
    for name, value in KNOWN.items():
        known = known.replace(f"${{{name}}}", value)
    assert "${" not in known
    return Simulator(json.loads(known))


@cache
def of_the_shop() -> Simulator:
    return allowed(role(largest()))


# --- the rows


@pytest.mark.parametrize("kind", sorted(HANDLED))
def test_a_row_names_actions_that_exist_as_narrow_as_they_are(kind: str) -> None:
    for right in HANDLED[kind].rights:
        for action in actions_of(right):
            service, _, name = action.partition(":")
            known = ACTIONS[service]["Actions"][name.lower()]
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
    """What the handlers of a type ask for to create, read, change and delete one, less what is taken away."""
    handlers = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema["handlers"]
    asked = {action for name, one in handlers.items() if name != "list" for action in one["permissions"]}
    return sorted(asked - TAKEN_AWAY.get(kind, set()) - {"iam:PassRole", "iam:GetRole"})


def passes(simulator: Simulator, kind: str, logical_id: str, action: str) -> bool:
    """Whether an action on a resource by CloudFormation's name for it is allowed."""
    service = action.partition(":")[0]
    own = ARNS.get(kind, ARNS["AWS::ApiGateway::RestApi"] + "/parts/1").format(id=logical_id)
    arn = {"kms": ARNS["AWS::KMS::Key"], "s3": f"arn:aws:s3:::{BUCKET}/handler-1.zip"}.get(service, own)
    context = {**CONTEXTS.get(service, {}), **CONTEXTS.get(action, {})}
    if service == "kms" and kind in VIA:
        context["kms__ViaService"] = f"{VIA[kind]}.eu-west-1.amazonaws.com"
    places = (arn, "*", "arn:aws:apigateway:eu-west-1::/restapis") if kind.endswith("::RestApi") else (arn, "*")
    return any(simulator.allows(action, place, **context) for place in places)


@pytest.mark.skipif(version("cfn-lint") != SCHEMAS, reason=f"the rows were compared with the schemas of {SCHEMAS}")
@pytest.mark.parametrize("kind", sorted({one["Type"] for one in largest()["Resources"].values()}))
def test_what_a_types_handlers_ask_for_is_allowed_but_for_what_the_shop_cannot_need(kind: str) -> None:
    of_type = [name for name, one in largest()["Resources"].items() if one["Type"] == kind]
    for logical_id in of_type:
        refused = [action for action in asked_of(kind) if not passes(of_the_shop(), kind, logical_id, action)]
        assert refused == [], logical_id


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
    ("apigateway:DELETE", "arn:aws:apigateway:us-east-1::/restapis/a1b2c3", {}),
    ("sqs:ReceiveMessage", f"arn:aws:sqs:{HERE}:woo-stack-prod-EventsQueue-1AB2.fifo", {}),
    ("logs:DeleteLogGroup", f"arn:aws:logs:{HERE}:log-group:/aws/lambda/payroll:*", {}),
    ("events:PutRule", f"arn:aws:events:{HERE}:rule/payroll", {}),
    ("ec2:RunInstances", "*", {}),
]  # fmt: skip


@pytest.mark.parametrize(("action", "resource", "context"), OTHERS)
def test_what_is_not_its_stacks_is_not_its(action: str, resource: str, context: dict[str, str]) -> None:
    assert not of_the_shop().allows(action, resource, **context)


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
    made = role(one_resource(ec2.SecurityGroup("Door", GroupDescription="a door")))
    assert allowed(made).allows("ec2:CreateSecurityGroup", f"arn:aws:ec2:{HERE}:security-group/sg-1")
    count = len(handlers_of("AWS::EC2::SecurityGroup"))
    assert made.told == [
        f"AWS::EC2::SecurityGroup has no row of its own: what its handlers ask for ({count} actions) on every resource"
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
