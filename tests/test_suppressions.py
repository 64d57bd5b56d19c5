"""Suppressions: written where their fact holds, in each tool's own format, and nowhere else."""

import json
from typing import Any

import pytest
from troposphere import GetAtt, Template, apigatewayv2, sns, sqs

from woo_stack import Settings, shop
from woo_stack.finding import tool_of
from woo_stack.suppressions import ROWS, Suppression, suppress, suppressions
from woo_stack.template import to_json

Json = dict[str, Any]


def one(kind: str, _metadata: Json | None = None, **properties: Any) -> Json:
    return {"Type": f"AWS::{kind}", "Properties": properties, **({"Metadata": _metadata} if _metadata else {})}


def arn(name: str) -> Json:
    return {"Fn::GetAtt": [name, "Arn"]}


def policy(actions: list[str], *resources: Any) -> Json:
    statement = {"Action": actions, "Effect": "Allow", "Resource": list(resources)}
    return one("IAM::ManagedPolicy", PolicyDocument={"Statement": [statement]})


def statements(*rows: tuple[list[str], Any]) -> Json:
    """A policy of several: actions and the resource of each."""
    of_each = [policy(*row)["Properties"]["PolicyDocument"]["Statement"][0] for row in rows]
    return one("IAM::ManagedPolicy", PolicyDocument={"Statement": of_each})


def calls(principal: str, source: Any) -> Json:
    return one("Lambda::Permission", FunctionName=arn("Work"), Principal=principal, SourceArn=source)


def of_aws(name: str) -> Json:
    return {"Fn::Sub": f"arn:${{AWS::Partition}}:iam::aws:policy/service-role/{name}"}


OPEN = {"woo-stack": {"open": "Prices are public"}}
CLOCK = one("Events::Rule", ScheduleExpression="rate(1 day)", Targets=[{"Arn": "a", "Id": "b"}])
EVENTS = one("Events::Rule", EventPattern={}, Targets=[{"Arn": "a", "Id": "b"}])
LETTERS = one("SQS::Queue")
PIPE = one("Pipes::Pipe", SourceParameters={"DynamoDBStreamParameters": {"DeadLetterConfig": {"Arn": arn("One")}}})
QUEUE = one("SQS::Queue", RedrivePolicy={"deadLetterTargetArn": arn("One")})
WORK = one("Lambda::Function", DeadLetterConfig={"TargetArn": "a"})
ACL = ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets")
PRIVATE = {
    "PublicAccessBlockConfiguration": dict.fromkeys(ACL, True), "VersioningConfiguration": {"Status": "Enabled"},
}  # fmt: skip
PUBLIC = {**PRIVATE, "PublicAccessBlockConfiguration": {**dict.fromkeys(ACL, True), "RestrictPublicBuckets": False}}
ROTATED = {"Other": one("SecretsManager::RotationSchedule", SecretId={"Ref": "Third"})}
OF_THE_SHOP = {"GenerateStringKey": "webhook_secret"}
PLAIN = {
    "Action": "s3:*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}, "Principal": "*", "Resource": "*",
}  # fmt: skip
HTTPS = {"CidrIp": "0.0.0.0/0", "FromPort": 443, "IpProtocol": "tcp", "ToPort": 443}
TABLES = "arn:${AWS::Partition}:dynamodb:${AWS::Region}:${AWS::AccountId}:table/shop-*"
INTERFACES = {"Fn::Sub": "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:network-interface/*"}
ANYTHING = {"Fn::Sub": "arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:*/*"}

#: For each row, by its first rule and type: where it holds, and where it does not or nothing is found.
CASES: dict[tuple[str, str], tuple[list[Json], list[Json]]] = {
    ("AwsSolutions-APIG4", "ApiGateway::Method"): (
        [{"One": one("ApiGateway::Method", OPEN, AuthorizationType="NONE", HttpMethod="GET")}],
        [{"One": one("ApiGateway::Method", AuthorizationType="NONE", HttpMethod="GET")},
         {"One": one("ApiGateway::Method", {"woo-stack": {"open": " "}}, AuthorizationType="NONE", HttpMethod="GET")},
         {"One": one("ApiGateway::Method", AuthorizationType="NONE", HttpMethod="OPTIONS")},
         {"One": one("ApiGateway::Method", OPEN, AuthorizationType="AWS_IAM", HttpMethod="GET")}]),
    ("AwsSolutions-APIG4", "ApiGatewayV2::Route"): (
        [{"One": one("ApiGatewayV2::Route", OPEN)},
         {"One": one("ApiGatewayV2::Route", OPEN, AuthorizationType="NONE")}],
        [{"One": one("ApiGatewayV2::Route")}, {"One": one("ApiGatewayV2::Route", OPEN, AuthorizationType="JWT")}]),
    ("AwsSolutions-COG4", "ApiGateway::Method"): (
        [{"One": one("ApiGateway::Method", AuthorizationType="CUSTOM")}],
        [{"One": one("ApiGateway::Method", AuthorizationType="COGNITO_USER_POOLS")}]),
    ("AwsSolutions-IAM4", "IAM::Role"): (
        [{"One": one("IAM::Role", ManagedPolicyArns=[of_aws("AmazonAPIGatewayPushToCloudWatchLogs")])},
         {"One": one("IAM::Role", ManagedPolicyArns=["arn:aws:iam::aws:policy/AWSBackupServiceRolePolicyForBackup"])}],
        [{"One": one("IAM::Role", ManagedPolicyArns=[of_aws("AmazonAPIGatewayPushToCloudWatchLogs"), of_aws("Admin")])},
         {"One": one("IAM::Role", ManagedPolicyArns=[{"Ref": "OnePolicy"}])}]),
    ("AwsSolutions-IAM5", "IAM::ManagedPolicy"): (
        [{"One": policy(["dynamodb:GetItem"], {"Fn::Sub": TABLES})},
         {"One": policy(["dynamodb:Query"], {"Fn::Sub": "${Orders.Arn}/index/*"})}],
        [{"One": policy(["dynamodb:GetItem"], "arn:aws:*")}, {"One": policy(["dynamodb:GetItem"], arn("Orders"))},
         {"One": policy(["s3:GetObject"], "arn:aws:s3:::*")}, {"One": policy(["iam:GetRole"], "arn:aws:iam::*:role/*")},
         {"One": policy(["dynamodb:GetItem"], "arn:aws:dynamodb:*:*:table/*")},
         {"One": policy(["dynamodb:*"], {"Fn::Sub": TABLES})},
         {"One": policy(["dynamodb:?etItem"], {"Fn::Sub": TABLES})},
         {"One": policy(["dynamodb:GetItem"], {"Fn::Sub": TABLES}, "*")}]),
    ("AwsSolutions-IAM5[Resource::*]", "IAM::ManagedPolicy"): (
        [{"One": policy(["xray:PutTraceSegments", "xray:PutTelemetryRecords"], "*")}],
        [{"One": policy(["xray:PutTraceSegments", "sqs:SendMessage"], "*")},
         {"One": policy(["s3:*Object"], "*")}, {"One": policy(["orders:Fetch"], "*")}, {"One": policy(["*"], "*")},
         {"One": policy(["sqs:SendMessage"], {"Fn::If": ["All", "*", arn("Queue")]})}]),
    ("IAM_POLICYDOCUMENT_NO_WILDCARD_RESOURCE", "IAM::ManagedPolicy"): (
        [{"One": policy(["ec2:CreateNetworkInterface"], INTERFACES)},
         {"One": statements((["ec2:AssignPrivateIpAddresses"], INTERFACES), (["ec2:DeleteNetworkInterface"], ANYTHING),
                            (["ec2:DescribeNetworkInterfaces"], "*"))}],
        [{"One": policy(["ec2:DeleteNetworkInterface"], INTERFACES)},
         {"One": policy(["ec2:CreateNetworkInterface", "ec2:RunInstances"], INTERFACES)},
         {"One": policy(["ec2:CreateNetworkInterface"], INTERFACES, {"Fn::Sub": TABLES})},
         {"One": statements((["ec2:CreateNetworkInterface"], INTERFACES), (["ec2:TerminateInstances"], ANYTHING))},
         {"One": statements((["ec2:CreateNetworkInterface"], INTERFACES), (["ec2:RunInstances"], "*"))},
         {"One": policy(["ec2:DeleteNetworkInterface"], ANYTHING)}]),
    ("CKV_AWS_111", "IAM::ManagedPolicy"): (
        [{"One": policy(["cloudwatch:PutCompositeAlarm"], "*")}],
        [{"One": policy(["cloudwatch:PutCompositeAlarm", "cloudwatch:PutMetricAlarm"], "*")},
         {"One": policy(["xray:PutTraceSegments"], "*")}]),
    ("AwsSolutions-SMG4", "SecretsManager::Secret"): (
        [{**ROTATED, "One": one("SecretsManager::Secret", GenerateSecretString=OF_THE_SHOP)}],
        [{"One": one("SecretsManager::Secret", GenerateSecretString=OF_THE_SHOP)},
         {**ROTATED, "One": one("SecretsManager::Secret", GenerateSecretString={"GenerateStringKey": "x"})}]),
    ("ES1001", "Lambda::EventSourceMapping"): (
        [{"Waiting": LETTERS, "One": one("Lambda::EventSourceMapping", EventSourceArn=arn("Waiting"))}],
        [{"Waiting": LETTERS, "One": one("Lambda::EventSourceMapping", EventSourceArn="arn:aws:kinesis:x")},
         {"Waiting": LETTERS,
          "One": one("Lambda::EventSourceMapping", DestinationConfig={}, EventSourceArn=arn("Waiting"))}]),
    ("ES1007", "Lambda::Permission"): (
        [{"Clock": CLOCK, "One": calls("events.amazonaws.com", arn("Clock"))},
         {"Work": WORK, "One": calls("s3.amazonaws.com", "arn:aws:s3:::files")}],
        [{"Events": EVENTS, "One": calls("events.amazonaws.com", arn("Events"))},
         {"Work": WORK, "One": calls("apigateway.amazonaws.com", "x")}]),
    ("ES4000", "Events::Rule"): (
        [{"One": CLOCK}], [{"One": EVENTS}, {"One": one("Events::Rule", ScheduleExpression="x")}]),
    ("ES6000", "SQS::Queue"): (
        [{"One": LETTERS, "Q": QUEUE},
         {"One": LETTERS, "Pipe": PIPE}],
        [{"One": LETTERS}, {"One": one("SQS::Queue", RedrivePolicy={"deadLetterTargetArn": "a"})}]),
    ("AwsSolutions-SQS3", "SQS::Queue"): (
        [{"One": LETTERS, "Pipe": PIPE}],
        [{"One": LETTERS}, {"One": LETTERS, "Q": QUEUE}]),
    ("ES7000", "SNS::Subscription"): (
        [{"One": one("SNS::Subscription", Protocol="email")}],
        [{"One": one("SNS::Subscription", Protocol="https")},
         {"One": one("SNS::Subscription", Protocol="email", RedrivePolicy={})}]),
    ("Serverless-LambdaDLQ", "Lambda::Function"): (
        [{"Work": one("Lambda::Function"), "By": calls("apigateway.amazonaws.com", "x")}],
        [{"Work": one("Lambda::Function"), "By": calls("events.amazonaws.com", "x")}, {"Work": WORK},
         *({"Work": one("Lambda::Function"), "By": calls(principal, "x")}
           for principal in ("iot.amazonaws.com", "logs.amazonaws.com", {"Ref": "Caller"}))]),
    ("WS1004", "Lambda::Function"): (
        [{"One": one("Lambda::Function", DeadLetterConfig={}, LoggingConfig={"LogGroup": {"Ref": "Logs"}})}],
        [{"One": one("Lambda::Function", DeadLetterConfig={}, LoggingConfig={"LogFormat": "JSON"})}]),
    ("CT.LAMBDA.PR.2", "Lambda::Permission"): (
        [{"One": calls("apigateway.amazonaws.com", {"Fn::Sub": "arn:aws:x:y:${AWS::AccountId}:z"})}],
        [{"One": calls("apigateway.amazonaws.com", "a")},
         {"One": calls("apigateway.amazonaws.com", {"Fn::Sub": "arn:x"})}]),
    ("CT.CLOUDWATCH.PR.2", "Logs::LogGroup"): (
        [{"One": one("Logs::LogGroup", RetentionInDays={"Ref": "Days"})}],
        [{"One": one("Logs::LogGroup", RetentionInDays=7)}]),
    ("AwsSolutions-S1", "S3::Bucket"): (
        [{"One": one("S3::Bucket", LoggingConfiguration={"Fn::If": ["Logs", {}, {"Ref": "AWS::NoValue"}]})}],
        [{"One": one("S3::Bucket")}, {"One": one("S3::Bucket", LoggingConfiguration={})}]),
    ("NIST.800.53.R5-S3BucketReplicationEnabled", "S3::Bucket"): (
        [{"One": one("S3::Bucket", **PRIVATE)}],
        [{"One": one("S3::Bucket", **PUBLIC)}, {"One": one("S3::Bucket", **PRIVATE, ReplicationConfiguration={})},
         {"One": one("S3::Bucket", **{**PRIVATE, "PublicAccessBlockConfiguration": dict.fromkeys(ACL, "false")})}]),
    ("CT.S3.PR.9", "S3::Bucket"): (
        [{"One": one("S3::Bucket", **PRIVATE)}],
        [{"One": one("S3::Bucket", **PUBLIC)}, {"One": one("S3::Bucket", **PRIVATE, ObjectLockEnabled=True)}]),
    ("S3_BUCKET_NO_PUBLIC_RW_ACL", "S3::Bucket"): (
        [{"One": one("S3::Bucket", OwnershipControls={"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]})}],
        [{"One": one("S3::Bucket", OwnershipControls={"Rules": [{"ObjectOwnership": "ObjectWriter"}]})}]),
    ("CT.S3.PR.8", "S3::BucketPolicy"): (
        [{"One": one("S3::BucketPolicy", PolicyDocument={"Statement": [{**PLAIN, "Effect": "Deny"}]})}],
        [{"One": one("S3::BucketPolicy", PolicyDocument={})},
         {"One": one("S3::BucketPolicy", PolicyDocument={"Statement": [{**PLAIN, "Effect": "Allow"}]})}]),
    ("EC2_SECURITY_GROUP_EGRESS_OPEN_TO_WORLD_RULE", "EC2::SecurityGroup"): (
        [{"One": one("EC2::SecurityGroup", SecurityGroupEgress=[HTTPS])}],
        [{"One": one("EC2::SecurityGroup", SecurityGroupEgress=[HTTPS, {**HTTPS, "ToPort": 444}])},
         {"One": one("EC2::SecurityGroup", SecurityGroupEgress=[{"Fn::If": ["A", HTTPS, HTTPS]}])},
         {"One": one("EC2::SecurityGroup")}]),
    ("W9013", "IAM::Role"): (
        [{"One": one("IAM::Role", PermissionsBoundary="arn:aws:iam::111111111111:policy/bound")}],
        [{"One": one("IAM::Role", PermissionsBoundary={"Ref": "Bound"})},
         {"One": one("IAM::Role", PermissionsBoundary="arn:aws:iam::aws:policy/AdministratorAccess")}]),
    ("E3006", "Lambda::CodeSigningConfig"): ([{"One": one("Lambda::CodeSigningConfig")}], [{"One": LETTERS}]),
}  # fmt: skip
RESOURCE_ROWS = [row for row in ROWS if row.types]


def key(row: Suppression) -> tuple[str, str]:
    return row.rules.split()[0], row.types.removeprefix("AWS::")


def told(metadata: Json) -> dict[str, str]:
    """Every rule that Metadata answers, with its reason where there is one."""
    found = {rule["id"] + "".join(f"[{of}]" for of in rule.get("applies_to", ())): rule["reason"]
             for rule in metadata.get("cdk_nag", {}).get("rules_to_suppress", [])}  # fmt: skip
    found |= {skip["id"]: skip["comment"] for skip in metadata.get("checkov", {}).get("skip", [])}
    lint, guard = metadata.get("cfn-lint", {"config": {"ignore_checks": []}}), metadata.get("guard", {})
    found |= {rule: lint["reasons"][rule] for rule in lint["config"]["ignore_checks"]}
    return found | {rule: guard.get("reasons", {}).get(rule, "") for rule in guard.get("SuppressedRules", [])}


def answers(resources: Json) -> dict[str, str]:
    everywhere, each = suppressions({"Resources": resources})
    found = told(everywhere)
    for metadata in each.values():
        found |= told(metadata)
    return found


@pytest.mark.parametrize("row", RESOURCE_ROWS, ids=lambda row: row.rules.split()[0])
def test_a_suppression_is_written_where_its_fact_holds_alone(row: Suppression) -> None:
    holds, fails = CASES[key(row)]
    for resources in holds:
        found = answers(resources)
        for rule in row.rules.split():
            # The Guard registry has no place for a reason: it stands beside, or with another tool's rule.
            reason = row.reason or "Prices are public"
            assert found[rule] == reason or (tool_of(rule) == "guard" and reason in found.values())
    for resources in fails:
        found = answers(resources)
        assert not any(found.get(rule) == row.reason for rule in row.rules.split()), resources
        others = {rule for other in RESOURCE_ROWS if other is not row for rule in other.rules.split()}
        assert not (set(row.rules.split()) - others) & set(found), resources


def test_every_row_is_tested_and_has_a_fact_and_a_reason() -> None:
    assert sorted(map(key, RESOURCE_ROWS)) == sorted(CASES)
    for row in ROWS:
        assert row.fact
        assert row.reason.endswith(".") or row.reason == ""
    assert [row.rules for row in ROWS if not row.types] == ["I4010", "I9001", "I9040"]


@pytest.mark.parametrize(
    ("rule", "tool"),
    [("CKV_AWS_59", "checkov"), ("ES1001", "cfn-lint"), ("I4010", "cfn-lint"), ("CT.S3.PR.9", "Control Tower"),
     ("AwsSolutions-IAM5[Resource::*]", "cdk_nag"), ("NIST.800.53.R5-LambdaDLQ", "cdk_nag"),
     ("LAMBDA_DLQ_CHECK", "guard"), ("S3_BUCKET_LOGGING_ENABLED", "guard")],
)  # fmt: skip
def test_the_tool_of_a_rule(rule: str, tool: str) -> None:
    assert tool_of(rule) == tool


def test_one_answer_for_all_where_all_hold_and_each_else() -> None:
    letters = {"One": LETTERS, "Q": QUEUE}
    everywhere, each = suppressions({"Resources": letters})
    assert "ES6000" in everywhere["cfn-lint"]["config"]["ignore_checks"]
    assert each == {}
    everywhere, each = suppressions({"Resources": {**letters, "Orphan": LETTERS}})
    assert everywhere["cfn-lint"]["config"]["ignore_checks"] == ["I4010", "I9001", "I9040"]
    assert each == {
        "One": {
            "cdk_nag": {
                "rules_to_suppress": [{"id": "Serverless-SQSRedrivePolicy", "reason": "It is a dead-letter queue."}]
            },
            "cfn-lint": {"config": {"ignore_checks": ["ES6000"]}, "reasons": {"ES6000": "It is a dead-letter queue."}},
        }
    }


def test_a_finding_in_brackets_is_what_the_rule_applies_to() -> None:
    _, each = suppressions({"Resources": {"One": policy(["xray:PutTraceSegments"], "*")}})
    assert each["One"] == {
        "cdk_nag": {
            "rules_to_suppress": [
                {"applies_to": ["Resource::*"], "id": "AwsSolutions-IAM5", "reason": "These actions have no resources."}
            ]
        },
        "guard": {"SuppressedRules": ["IAM_POLICYDOCUMENT_NO_WILDCARD_RESOURCE"]},
    }


def test_a_templates_own_metadata_stays() -> None:
    template = Template(Description="Test", Metadata={"Owner": "me"})
    template.add_resource(sqs.Queue("Letters", Metadata={"Why": "kept", "woo-stack": {"open": "gone"}}))
    template.add_resource(sqs.Queue("Orphan"))
    template.add_resource(sns.Topic("Topic", Metadata={"woo-stack": {"open": "stays"}}))
    template.add_resource(
        sqs.Queue("Q", RedrivePolicy=sqs.RedrivePolicy(deadLetterTargetArn=GetAtt("Letters", "Arn"), maxReceiveCount=5))
    )
    suppress(template)
    content = template.to_dict()
    assert content["Metadata"]["Owner"] == "me"
    assert content["Metadata"]["cfn-lint"]["config"]["ignore_checks"] == ["I4010", "I9001", "I9040"]
    assert content["Resources"]["Letters"]["Metadata"]["Why"] == "kept"
    assert "woo-stack" not in content["Resources"]["Letters"]["Metadata"]
    assert content["Resources"]["Letters"]["Metadata"]["cfn-lint"]["reasons"] == {
        "ES6000": "It is a dead-letter queue."
    }
    assert "Metadata" not in content["Resources"]["Orphan"]
    assert content["Resources"]["Topic"]["Metadata"] == {"woo-stack": {"open": "stays"}}
    text = to_json(template)
    suppress(template)
    assert to_json(template) == text


@pytest.mark.parametrize("api", ["rest", "http"])
def test_the_shops_answers_are_short_and_in_four_formats(api: str) -> None:
    content = shop(Settings(code="bucket", api=api)).to_dict()
    owners = (content, *content["Resources"].values())
    found = [
        (tool, answer)
        for owner in owners
        for tool, answer in owner.get("Metadata", {}).items()
        if tool in ("cdk_nag", "cfn-lint", "checkov", "guard")
    ]
    tools = {tool for tool, _ in found}
    assert tools >= {"cdk_nag", "cfn-lint", "guard"}
    assert ("checkov" in tools) == (api == "rest")
    assert 900 < len(json.dumps(found, separators=(",", ":"))) < 1_700


def test_to_suppress_again_recomputes() -> None:
    template = Template(Metadata={"cfn-lint": {"config": {"ignore_checks": ["W2001"]}}})
    template.add_resource(sqs.Queue("Letters"))
    template.add_resource(
        sqs.Queue("Q", RedrivePolicy=sqs.RedrivePolicy(deadLetterTargetArn=GetAtt("Letters", "Arn"), maxReceiveCount=5))
    )
    template.add_resource(apigatewayv2.Route("Route", ApiId="a", RouteKey="GET /", Metadata=OPEN))
    suppress(template)
    assert "ES6000" in template.metadata["cfn-lint"]["config"]["ignore_checks"]
    before = template.to_dict()["Resources"]
    template.add_resource(sqs.Queue("Orphan"))
    suppress(template)
    after = template.to_dict()
    # The answer for all is now one for each of which it holds, and what was there stays.
    assert after["Metadata"]["cfn-lint"]["config"]["ignore_checks"] == ["W2001", "I4010", "I9001", "I9040"]
    assert after["Metadata"]["cfn-lint"]["reasons"].keys() == {"I4010", "I9001", "I9040"}
    assert after["Resources"]["Letters"]["Metadata"]["cfn-lint"]["config"]["ignore_checks"] == ["ES6000"]
    assert after["Resources"]["Route"] == before["Route"]
    assert "AwsSolutions-APIG4" in json.dumps(after["Resources"]["Route"])
    template.resources["Route"].AuthorizationType = "AWS_IAM"
    del template.resources["Orphan"]
    suppress(template)
    assert "ES6000" in template.metadata["cfn-lint"]["config"]["ignore_checks"]
    assert "Metadata" not in template.to_dict()["Resources"]["Letters"]
    assert "AwsSolutions-APIG4" not in json.dumps(template.to_dict())
