"""Rules of Guard: each of ours at what it is for, and those that are given."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from woo_stack import validate
from woo_stack.finding import Finding
from woo_stack.guard_rules import LEVELS, RuleError, diagnostics, guard_finding, sources

Json = dict[str, Any]
#: A rule as somebody else would write it.
CLASSES = """
let tables = Resources.*[ Type == 'AWS::DynamoDB::Table' ]
rule TABLES_ARE_RARE when %tables !empty {
  %tables.Properties.TableClass == 'STANDARD_INFREQUENT_ACCESS'
  <<[CT.X.PR.1]: Require it
    [FIX]: Set it>>
}
"""


def one(kind: str, _metadata: Json | None = None, **properties: Any) -> Json:
    return {"Type": f"AWS::{kind}", "Properties": properties, **({"Metadata": _metadata} if _metadata else {})}


def less(of: Json, *names: str) -> Json:
    return {name: value for name, value in of.items() if name not in names}


def found(resources: Json, rules: tuple[str | Path, ...] = ()) -> list[Finding]:
    text = json.dumps({"Resources": resources})
    return [guard_finding(diagnostic) for diagnostic in diagnostics(sources(rules), text, alone=True)]


METHOD, ROUTE, FUNCTION = "ApiGateway::Method", "ApiGatewayV2::Route", "Lambda::Function"
STAGE = {
    "AccessLogSetting": {"DestinationArn": "arn", "Format": "{}"},
    "MethodSettings": [{"LoggingLevel": "ERROR", "ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 1}],
}
HTTP_STAGE = {
    "AccessLogSettings": {"DestinationArn": "arn", "Format": "{}"},
    "DefaultRouteSettings": {"ThrottlingBurstLimit": 2, "ThrottlingRateLimit": 1},
}
ACL = {"BlockPublicAcls": True, "BlockPublicPolicy": True, "IgnorePublicAcls": True, "RestrictPublicBuckets": True}
BUCKET = {
    "BucketEncryption": {"x": 1},
    "OwnershipControls": {"Rules": [{"ObjectOwnership": "BucketOwnerEnforced"}]},
    "PublicAccessBlockConfiguration": ACL,
    "VersioningConfiguration": {"Status": "Enabled"},
}
TABLE = {
    "DeletionProtectionEnabled": {"Ref": "Protection"},
    "PointInTimeRecoverySpecification": {"PointInTimeRecoveryEnabled": True},
    "SSESpecification": {"KMSMasterKeyId": "arn", "SSEEnabled": True, "SSEType": "KMS"},
}
KEY = one("KMS::Key", EnableKeyRotation=True)
SOCKET = one("ApiGatewayV2::Api", ProtocolType="WEBSOCKET")
PERMISSION = {
    "Action": "lambda:InvokeFunction",
    "Principal": "events.amazonaws.com",
    "SourceAccount": "1",
    "SourceArn": "a",
}
OPEN = {"woo-stack": {"open": "prices are public"}}

#: For each rule: what it finds in `One`, and what it lets pass, each as what is beside it and `One`.
RULES: dict[str, tuple[list[Json], list[Json]]] = {
    "WOO_METHOD_HAS_AUTH": (
        [{"One": one(METHOD, AuthorizationType="NONE", HttpMethod="GET")},
         {"One": one(METHOD, {"woo-stack": {"open": ""}}, AuthorizationType="NONE", HttpMethod="GET")},
         {"One": one(METHOD, AuthorizationType="CUSTOM", HttpMethod="GET")}],
        [{"One": one(METHOD, OPEN, AuthorizationType="NONE", HttpMethod="GET")},
         {"One": one(METHOD, {"guard": {"SuppressedRules": ["API_GW_METHOD_AUTHORIZATION_TYPE_RULE"]}},
                     AuthorizationType="NONE", HttpMethod="GET")},
         {"One": one(METHOD, AuthorizationType="NONE", HttpMethod="OPTIONS")},
         {"One": one(METHOD, AuthorizationType="AWS_IAM", HttpMethod="GET")},
         {"One": one(METHOD, AuthorizationType="CUSTOM", AuthorizerId="a", HttpMethod="GET")}]),
    "WOO_ROUTE_HAS_AUTH": (
        [{"One": one(ROUTE, RouteKey="GET /")}, {"One": one(ROUTE, AuthorizationType="NONE")},
         {"One": one(ROUTE, AuthorizationType="JWT")}, {"One": one(ROUTE, {"woo-stack": {"open": ""}})},
         *({"Api": SOCKET, "One": one(ROUTE, RouteKey=key)} for key in ("GET /orders", "$connect"))],
        [{"One": one(ROUTE, OPEN)}, {"One": one(ROUTE, AuthorizationType="AWS_IAM")},
         {"One": one(ROUTE, AuthorizationType="JWT", AuthorizerId="a")},
         {"Api": one("ApiGatewayV2::Api", ProtocolType="WEBSOCKET"), "One": one(ROUTE, RouteKey="$default")},
         *({"Api": SOCKET, "One": one(ROUTE, RouteKey=key)} for key in ("$disconnect", "send"))]),
    "WOO_PERMISSION_IS_NARROW": (
        [{"One": one("Lambda::Permission", **{**PERMISSION, "Action": "lambda:*"})},
         {"One": one("Lambda::Permission", **{**PERMISSION, "Principal": "*"})},
         {"One": one("Lambda::Permission", Action="lambda:InvokeFunction", Principal="s3.amazonaws.com")}],
        [{"One": one("Lambda::Permission", **PERMISSION)},
         {"One": one("Lambda::Permission", Action="lambda:InvokeFunction", Principal="111111111111")},
         {"One": one("Lambda::Permission", **less(PERMISSION, "SourceAccount"))}]),
    "WOO_URL_HAS_AUTH": (
        [{"One": one("Lambda::Url", AuthType="NONE")}], [{"One": one("Lambda::Url", AuthType="AWS_IAM")}]),
    "WOO_CORS_NAMES_ORIGINS": (
        [{"One": one("ApiGatewayV2::Api", CorsConfiguration={"AllowOrigins": ["https://a.example", "*"]})},
         *({"One": one("ApiGatewayV2::Api", {"woo-stack": {"open": reason}}, CorsConfiguration={"AllowOrigins": ["*"]})}
           for reason in ("", " ")),
         {"One": one("ApiGatewayV2::Api", CorsConfiguration={"AllowOrigins": ["https://*"]})},
         {"One": one("Lambda::Url", AuthType="AWS_IAM", Cors={"AllowOrigins": ["http://*"]})},
         {"One": one("Lambda::Url", AuthType="AWS_IAM", Cors={"AllowOrigins": ["*"]})}],
        [{"One": one("ApiGatewayV2::Api", CorsConfiguration={"AllowOrigins": ["https://a.example"]})},
         {"One": one("ApiGatewayV2::Api", OPEN, CorsConfiguration={"AllowOrigins": ["*"]})},
         {"One": one("ApiGatewayV2::Api", ProtocolType="HTTP")}]),
    "WOO_LOGS_HAVE_NO_BODIES": (
        [{"One": one("ApiGateway::Stage", **{**STAGE, "MethodSettings": [{"DataTraceEnabled": True}]})}],
        [{"One": one("ApiGateway::Stage", **STAGE)}]),
    "WOO_TLS_IS_NEW": (
        [{"One": one("ApiGateway::DomainName", SecurityPolicy="TLS_1_0")}],
        [{"One": one("ApiGateway::DomainName", SecurityPolicy="TLS_1_2")}, {"One": one("ApiGateway::DomainName")}]),
    "WOO_KEY_ROTATES": (
        [{"One": one("KMS::Key")}, {"One": one("KMS::Key", EnableKeyRotation=False, KeySpec="SYMMETRIC_DEFAULT")}],
        [{"One": KEY}, {"One": one("KMS::Key", KeySpec="RSA_2048")}]),
    "WOO_BUCKET_IS_PRIVATE": (
        [{"One": one("S3::Bucket", **{**BUCKET, "PublicAccessBlockConfiguration": {**ACL, name: False}})}
         for name in ACL],
        [{"One": one("S3::Bucket", **BUCKET)}]),
    "WOO_SECRET_IS_NOT_WRITTEN": (
        [{"One": one("SecretsManager::Secret", SecretString=value)}
         for value in ("hush", {"Fn::Sub": "hunter2"}, {"Fn::Sub": "${!Hush}"}, {"Fn::Sub": ["hunter2", {}]})],
        [{"One": one("SecretsManager::Secret", SecretString={"Ref": "Hush"})},
         {"One": one("SecretsManager::Secret", SecretString={"Fn::Sub": "{\"key\":\"${Hush}\"}"})},
         {"One": one("SecretsManager::Secret")}]),
    "WOO_GROUP_LETS_NOBODY_IN": (
        [{"One": one("EC2::SecurityGroup", SecurityGroupIngress=[{"CidrIp": "10.0.0.0/8"}, {"CidrIp": "0.0.0.0/0"}])},
         {"One": one("EC2::SecurityGroup", SecurityGroupIngress=[{"CidrIpv6": "::/0"}])}],
        [{"One": one("EC2::SecurityGroup", SecurityGroupIngress=[{"CidrIp": "10.0.0.0/8"}])},
         {"One": one("EC2::SecurityGroup", SecurityGroupEgress=[{"CidrIp": "0.0.0.0/0"}])}]),
    "WOO_TABLE_IS_RECOVERABLE": (
        [{"One": one("DynamoDB::Table", **{**TABLE, "PointInTimeRecoverySpecification": {}})},
         {"One": one("DynamoDB::Table", **less(TABLE, "DeletionProtectionEnabled"))}],
        [{"One": one("DynamoDB::Table", **TABLE)}]),
    "WOO_TABLE_IS_ENCRYPTED": (
        [{"One": one("DynamoDB::Table", **{**TABLE, "SSESpecification": {"SSEEnabled": True}})},
         {"One": one("DynamoDB::Table", **{**TABLE, "SSESpecification": {"SSEType": "KMS"}})}],
        [{"One": one("DynamoDB::Table", **TABLE)}]),
    "WOO_QUEUE_IS_ENCRYPTED": (
        [{"One": one("SQS::Queue")}, {"One": one("SQS::Queue", SqsManagedSseEnabled=False)}],
        [{"One": one("SQS::Queue", SqsManagedSseEnabled=True)}, {"One": one("SQS::Queue", KmsMasterKeyId="arn")}]),
    "WOO_BUCKET_IS_HARDENED": (
        [{"One": one("S3::Bucket", **less(BUCKET, left))} for left in BUCKET],
        [{"One": one("S3::Bucket", **BUCKET)}]),
    "WOO_LOG_GROUP_HAS_AN_END": (
        [{"One": one("Logs::LogGroup")}], [{"One": one("Logs::LogGroup", RetentionInDays={"Ref": "Days"})}]),
    "WOO_KEY_IS_USED": (
        [{"Key": KEY, "One": one("Logs::LogGroup", RetentionInDays=7)},
         {"Key": KEY, "One": one("SQS::Queue", SqsManagedSseEnabled=True)},
         {"Key": KEY, "One": one("SecretsManager::Secret")}, {"Key": KEY, "One": one("SNS::Topic")},
         {"Key": KEY, "One": one("DynamoDB::Table", **less(TABLE, "SSESpecification"))},
         {"Key": KEY, "One": one("Backup::BackupVault")}, {"Key": KEY, "One": one(FUNCTION, Environment={})}],
        [{"One": one("SNS::Topic")}, {"Key": KEY, "One": one("SNS::Topic", KmsMasterKeyId="arn")},
         {"Key": KEY, "One": one(FUNCTION)}, {"Key": KEY, "One": one(FUNCTION, Environment={}, KmsKeyArn="arn")}]),
    "WOO_API_IS_STRICT": (
        [{"One": one("ApiGateway::RestApi")}],
        [{"One": one("ApiGateway::RestApi", SecurityPolicy="SecurityPolicy_TLS13_X")}]),
    "WOO_API_VALIDATES": (
        [{"One": one("ApiGateway::RequestValidator", ValidateRequestBody=True)},
         {"V": one("ApiGateway::RequestValidator", ValidateRequestBody=True, ValidateRequestParameters=True),
          "One": one(METHOD, AuthorizationType="AWS_IAM", HttpMethod="POST")}],
        [{"One": one(METHOD, AuthorizationType="AWS_IAM", HttpMethod="POST")},
         {"V": one("ApiGateway::RequestValidator", ValidateRequestBody=True, ValidateRequestParameters=True),
          "One": one(METHOD, AuthorizationType="AWS_IAM", HttpMethod="GET")}]),
    "WOO_AUTHORIZER_TELLS_CALLERS_APART": (
        [{"One": one("ApiGateway::Authorizer", Type="REQUEST", AuthorizerResultTtlInSeconds=300)},
         {"One": one("ApiGatewayV2::Authorizer", AuthorizerType="REQUEST", AuthorizerResultTtlInSeconds=9)}],
        [{"One": one("ApiGateway::Authorizer", Type="REQUEST", AuthorizerResultTtlInSeconds=0)},
         {"One": one("ApiGateway::Authorizer", Type="REQUEST", AuthorizerResultTtlInSeconds=9, IdentitySource="x")}]),
    "WOO_DEPLOYMENT_WAITS": (
        [{"One": one("ApiGateway::Deployment")}], [{"One": {**one("ApiGateway::Deployment"), "DependsOn": ["M"]}}]),
    "WOO_STAGE_LOGS": (
        [{"One": one("ApiGateway::Stage", **less(STAGE, left))} for left in STAGE],
        [{"One": one("ApiGateway::Stage", **STAGE)}]),
    "WOO_STAGE_IS_THROTTLED": (
        [{"One": one("ApiGateway::Stage", **{**STAGE, "MethodSettings": [{"LoggingLevel": "INFO", **some}]})}
         for some in ({"ThrottlingBurstLimit": 2}, {"ThrottlingRateLimit": 1})],
        [{"One": one("ApiGateway::Stage", **STAGE)}]),
    "WOO_STAGE_CACHES_ENCRYPTED": (
        [{"One": one("ApiGateway::Stage", **{**STAGE, "MethodSettings": [{"CachingEnabled": True}]})}],
        [{"One": one("ApiGateway::Stage",
                     **{**STAGE, "MethodSettings": [{"CacheDataEncrypted": True, "CachingEnabled": True}]})},
         {"One": one("ApiGateway::Stage", **STAGE)}]),
    "WOO_HTTP_STAGE_LOGS": (
        [{"One": one("ApiGatewayV2::Stage", **{**HTTP_STAGE, "AccessLogSettings": {"Format": "{}"}})},
         {"One": one("ApiGatewayV2::Stage", **{**HTTP_STAGE, "AccessLogSettings": {"DestinationArn": "a"}})}],
        [{"One": one("ApiGatewayV2::Stage", **HTTP_STAGE)}]),
    "WOO_HTTP_STAGE_IS_THROTTLED": (
        [{"One": one("ApiGatewayV2::Stage", **{**HTTP_STAGE, "DefaultRouteSettings": {"ThrottlingRateLimit": 1}})},
         {"One": one("ApiGatewayV2::Stage", **{**HTTP_STAGE, "DefaultRouteSettings": {"ThrottlingBurstLimit": 1}})}],
        [{"One": one("ApiGatewayV2::Stage", **HTTP_STAGE)}]),
    "WOO_ALARM_IS_HEARD": (
        [{"One": one("CloudWatch::Alarm", OKActions=["a"])},
         {"One": one("CloudWatch::CompositeAlarm", AlarmActions=[])},
         {"One": one("CloudWatch::Alarm", AlarmActions=["a"], ActionsEnabled=False)}],
        [{"One": one("CloudWatch::Alarm", AlarmActions=["a"])},
         {"One": one("CloudWatch::Alarm", AlarmActions=["a"], ActionsEnabled=True)}]),
    "WOO_MAPPING_REPORTS_EACH_ITEM": (
        [{"One": one("Lambda::EventSourceMapping")}],
        [{"One": one("Lambda::EventSourceMapping", FunctionResponseTypes=["ReportBatchItemFailures"])}]),
    "WOO_PERMISSION_IS_OF_THE_ACCOUNT": (
        [{"Other": one("Lambda::Permission", **PERMISSION),
          "One": one("Lambda::Permission", **less(PERMISSION, left))}
         for left in ("SourceAccount", "SourceArn")],
        [{"One": one("Lambda::Permission", **less(PERMISSION, "SourceAccount"))}]),
    "WOO_STAGE_IS_TRACED": (
        [{"Other": one(FUNCTION, TracingConfig={"Mode": "Active"}), "One": one("ApiGateway::Stage", **STAGE)}],
        [{"One": one("ApiGateway::Stage", **STAGE)},
         {"Other": one(FUNCTION, TracingConfig={"Mode": "Active"}),
          "One": one("ApiGateway::Stage", **STAGE, TracingEnabled=True)}]),
    **{
        rule: (
            [{"Other": one(FUNCTION, **has), "One": one(FUNCTION)}],
            [{"Other": one(FUNCTION, **has), "One": one(FUNCTION, **has)}, {"One": one(FUNCTION)}],
        )
        for rule, has in {
            "WOO_FUNCTION_IS_TRACED": {"TracingConfig": {"Mode": "Active"}},
            "WOO_FUNCTION_NAMES_ITS_LOG": {"LoggingConfig": {"LogGroup": "x"}},
            "WOO_FUNCTION_IS_SIGNED": {"CodeSigningConfigArn": "x"},
            "WOO_FUNCTION_IS_IN_THE_NETWORK": {"VpcConfig": {"SubnetIds": ["x"]}},
            "WOO_FUNCTION_HAS_DEAD_LETTERS": {"DeadLetterConfig": {"TargetArn": "x"}},
        }.items()
    },
}  # fmt: skip


def texts() -> dict[str, str]:
    folder = files("woo_stack").joinpath("guard")
    return {name: folder.joinpath(f"{name}.guard").read_text() for name in LEVELS}


@pytest.mark.parametrize("rule", RULES)
def test_a_rule_finds_what_it_is_for_and_nothing_else(rule: str) -> None:
    level = next(LEVELS[name] for name, text in texts().items() if f"rule {rule} " in text)
    planted, clean = RULES[rule]
    for resources in planted:
        findings = [(one.rule, one.where, one.level) for one in found(resources)]
        assert (rule, "One", level) in findings, resources
    for resources in clean:
        assert (rule, "One") not in [(one.rule, one.where) for one in found(resources)], resources


def test_every_rule_is_tested_and_says_what_is_allowed() -> None:
    rules = [rule for text in texts().values() for rule in re.findall(r"^rule (\w+)", text, re.M)]
    assert sorted(rules) == sorted(RULES)
    messages = [message for text in texts().values() for message in re.findall(r"<<(.+?)>>", text, re.S)]
    assert len(messages) >= len(rules)
    assert [message for message in messages if ", allowed: " not in message] == []


def test_what_is_wrong_warns_and_what_is_not_hardened_is_noted() -> None:
    group = one("EC2::SecurityGroup", SecurityGroupIngress=[{"CidrIp": "0.0.0.0/0", "IpProtocol": "tcp"}])
    levels = {finding.rule: finding.level for finding in found({"One": group, "Table": one("DynamoDB::Table")})}
    assert levels["WOO_GROUP_LETS_NOBODY_IN"] == "warning"
    assert levels["WOO_TABLE_IS_RECOVERABLE"] == "note"


def test_rules_are_given_as_a_file_or_as_text(tmp_path: Path) -> None:
    file = tmp_path / "classes.guard"
    file.write_text(CLASSES)
    orders = {"Orders": one("DynamoDB::Table", **TABLE)}
    told = Finding("warning", "TABLES_ARE_RARE", "Orders", "[CT.X.PR.1]: Require it [FIX]: Set it")
    for rules in ((CLASSES,), (file,)):
        assert found(orders, rules) == [told]
    assert found(orders) == []
    assert found({"Orders": one("DynamoDB::Table", **TABLE, TableClass="STANDARD_INFREQUENT_ACCESS")}, (file,)) == []


@pytest.mark.parametrize("name", ["TABLES_ARE_RARE", "CT.TABLES.PR.1"])
def test_what_is_given_is_asked_by_problems_and_answered_by_rule_or_file(name: str, tmp_path: Path) -> None:
    file = tmp_path / "ct-tables-pr-1.guard"
    file.write_text(CLASSES)
    answer = {"guard": {"SuppressedRules": [name]}}
    content: Json = {"Resources": {"Orders": one("DynamoDB::Table", **TABLE)}}

    def told() -> bool:
        return "TABLES_ARE_RARE" in [one.rule for one in validate._fast(content, json.dumps(content), [file])]

    assert told()
    content["Resources"]["Orders"]["Metadata"] = answer
    assert not told()
    content["Resources"]["Orders"]["Metadata"] = {"guard": {"SuppressedRules": ["TABLES"]}}
    assert told()
    content["Metadata"] = answer
    assert not told()


def test_a_file_named_like_ours_is_as_grave_as_any(tmp_path: Path) -> None:
    file = tmp_path / "hardened.guard"
    file.write_text(CLASSES)
    assert [one.level for one in found({"Orders": one("DynamoDB::Table", **TABLE)}, (file,))] == ["warning"]


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        (["rule X {"], "Guard does not understand the rules: "),
        (
            [Path("nowhere.guard")],
            "the rules nowhere.guard cannot be read: No such file or directory, allowed: a file of",
        ),
        ([7], "rules is 7, allowed: a Path, or the text of Guard rules"),
    ],
)
def test_rules_that_are_none_are_refused(rules: Any, message: str) -> None:
    with pytest.raises(RuleError) as error:
        found({"Topic": one("SNS::Topic")}, tuple(rules))
    assert str(error.value).startswith(message)
    assert "\n" not in str(error.value)


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "x.guard"
    file.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(RuleError, match="cannot be read: it is no text, allowed: a file of Guard rules"):
        sources([file])


def test_the_name_of_our_file_answers_none_of_its_rules() -> None:
    [finding] = [one for one in found({"One": one("Lambda::Url", AuthType="NONE")}) if one.where == "One"]
    assert finding.answers == ("WOO_URL_HAS_AUTH",)
