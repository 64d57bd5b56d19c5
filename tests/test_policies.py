"""What policies allow too widely: each rule at what it is for, and at what it must let pass."""

from typing import Any

import pytest

from woo_stack import policies
from woo_stack.policies import policy_findings

Json = dict[str, Any]
#: An action with resources, and one without.
READ, TRACE = "dynamodb:GetItem", "xray:PutTraceSegments"
TABLE = "arn:aws:dynamodb:eu-west-1:111111111111:table/Orders"
ACCOUNT = {"AWS": "arn:aws:iam::111111111111:root"}
OF_ACCOUNT = {"StringEquals": {"aws:SourceAccount": "111111111111"}}
ALARMS = {"Service": "cloudwatch.amazonaws.com"}
GITHUB = {"Federated": "arn:aws:iam::111111111111:oidc-provider/token.actions.githubusercontent.com"}
AUDIENCE, SUBJECT = "token.actions.githubusercontent.com:aud", "token.actions.githubusercontent.com:sub"


def identity(action: Any = READ, resource: Any = TABLE, **more: Any) -> Json:
    return made("AWS::IAM::ManagedPolicy", "PolicyDocument", Action=action, Resource=resource, **more)


def resource(principal: Any, kind: str = "AWS::SNS::TopicPolicy", **more: Any) -> Json:
    return made(kind, "PolicyDocument", Action="sns:Publish", Principal=principal, Resource="*", **more)


def trust(principal: Any, **more: Any) -> Json:
    return made("AWS::IAM::Role", "AssumeRolePolicyDocument", Action="sts:AssumeRole", Principal=principal, **more)


def made(kind: str, document: str, **statement: Any) -> Json:
    return {"Type": kind, "Properties": {document: {"Statement": [{"Effect": "Allow", **statement}]}}}


def found(one: Json) -> list[tuple[str, str]]:
    findings = list(policy_findings({"Resources": {"One": one}}))
    assert {finding.where for finding in findings} <= {"One"}
    assert all(finding.answers == (finding.rule,) and ", allowed: " in finding.message for finding in findings)
    return sorted((finding.rule, finding.level) for finding in findings)


TOO_WIDE = {
    "every action": (identity("*"), "WOO6", "warning"),
    "every action of a service": (identity(["sqs:SendMessage", "sqs:*"]), "WOO6", "warning"),
    "all but an action": (identity([], NotAction="iam:*"), "WOO7", "warning"),
    "all but a resource": (
        made("AWS::IAM::Policy", "PolicyDocument", Action=READ, NotResource=TABLE), "WOO7", "warning"),
    "all but somebody": (resource({}, NotPrincipal=ACCOUNT), "WOO7", "warning"),
    "every table": (identity(READ, "*"), "WOO8", "warning"),
    "every table in a list": (identity([TRACE, READ], [TABLE, "*"]), "WOO8", "warning"),
    "every table by a pattern of actions": (identity("dynamodb:Get*", "*"), "WOO8", "warning"),
    "every table of certain items": (
        identity(READ, "*", Condition={"StringEquals": {"dynamodb:LeadingKeys": "a"}}), "WOO8", "warning"),
    "every role for one service": (
        identity("iam:PassRole", "*", Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
        "WOO8", "warning"),
    "every role of some tag, which iam has no condition on": (
        identity("iam:PutRolePolicy", "*", Condition={"StringEquals": {"aws:ResourceTag/stack": "shop"}}),
        "WOO8", "warning"),
    "every function by a pattern within": (identity("lambda:I?vokeFunction", "*"), "WOO8", "warning"),
    "every object by a pattern's beginning": (identity("s3:*Object", "*"), "WOO8", "warning"),
    "every table if asked": (identity(READ, {"Fn::If": ["All", "*", TABLE]}), "WOO8", "warning"),
    "every table if asked, in a list": (identity(READ, [{"Fn::If": ["All", "*", TABLE]}]), "WOO8", "warning"),
    "what a service has that nobody knows": (identity("orders:Fetch", "*"), "WOO8", "warning"),
    "every action by two wildcards": (identity("sqs:*?"), "WOO6", "warning"),
    "everybody publishes if asked": (
        resource({"Fn::If": ["Open", "*", ACCOUNT]}), "WOO9", "warning"),
    "every list": (identity("dynamodb:ListTagsOfResource", "*"), "WOO8", "note"),
    "everybody publishes": (resource("*"), "WOO9", "warning"),
    "everybody publishes, in a list": (resource({"AWS": ["*"]}), "WOO9", "warning"),
    "everybody publishes over TLS": (
        resource("*", Condition={"Bool": {"aws:SecureTransport": "true"}}), "WOO9", "warning"),
    "every source of the account publishes": (resource("*", Condition=OF_ACCOUNT), "WOO9", "note"),
    "everybody assumes": (trust("*"), "WOO9", "warning"),
    "a service for anybody": (resource(ALARMS), "WOO10", "warning"),
    "a service for anybody who comes by TLS": (
        resource(ALARMS, Condition={"Bool": {"aws:SecureTransport": "true"}}), "WOO10", "warning"),
    "a key for a service for anybody": (
        made("AWS::KMS::Key", "KeyPolicy", Action="kms:Decrypt", Principal=ALARMS, Resource="*"), "WOO10", "warning"),
    "everybody on GitHub": (
        trust(GITHUB, Condition={"StringEquals": {AUDIENCE: "sts.amazonaws.com"}}), "WOO11", "warning"),
    "every audience": (trust(GITHUB, Condition={"StringLike": {SUBJECT: "repo:me/it:ref:main"}}), "WOO11", "warning"),
    "a role for any service": (identity("iam:PassRole", "arn:aws:iam::111111111111:role/one"), "WOO12", "note"),
    "any policy to a role": (identity("iam:AttachRolePolicy", "arn:aws:iam::111111111111:role/one"), "WOO12", "note"),
    "every key": (identity("kms:Decrypt", "arn:aws:kms:eu-west-1:111111111111:key/*"), "WOO12", "note"),
}  # fmt: skip


@pytest.mark.parametrize(("one", "rule", "level"), TOO_WIDE.values(), ids=TOO_WIDE)
def test_what_is_too_wide_is_found(one: Json, rule: str, level: str) -> None:
    assert set(found(one)) == {(rule, level)}


NARROW = {
    "a table": identity(),
    "what has no resources": identity(TRACE, "*"),
    "what AWS wants on all": identity(["cloudwatch:PutCompositeAlarm", "cloudwatch:DescribeAlarms"], "*"),
    "everything with a tag": identity(READ, "*", Condition={"StringEquals": {"aws:ResourceTag/stack": "shop"}}),
    "a pattern of actions without resources": identity("xray:Put*", "*"),
    "a pattern within of actions without resources": identity("xray:*Segments", "*"),
    "a table if asked": identity(READ, {"Fn::If": ["One", TABLE, {"Ref": "AWS::NoValue"}]}),
    "a denial": identity("*", "*", Effect="Deny"),
    "a service for the account": resource(ALARMS, Condition=OF_ACCOUNT),
    "EventBridge, which meets no condition": resource({"Service": "events.amazonaws.com"}),
    "an account": resource(ACCOUNT),
    "everybody of an organisation": resource("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}}),
    "the account's whole key": made("AWS::KMS::Key", "KeyPolicy", Action="kms:*", Principal=ACCOUNT, Resource="*"),
    "an API for everybody, denied elsewhere": made(
        "AWS::ApiGateway::RestApi", "Policy", Action="execute-api:Invoke", Principal="*", Resource="*"),
    "a service that assumes": trust({"Service": "lambda.amazonaws.com"}),
    "a repository": trust(GITHUB, Condition={"StringEquals": {AUDIENCE: "sts.amazonaws.com", SUBJECT: "repo:me/it"}}),
    "a directory": trust(
        {"Federated": "arn:aws:iam::1:saml-provider/x"}, Condition={"StringEquals": {"SAML:aud": "x"}}),
    "a role for a service": identity("iam:PassRole", "arn:aws:iam::111111111111:role/one",
                                     Condition={"StringEquals": {"iam:PassedToService": "lambda.amazonaws.com"}}),
    "every key through a service": identity("kms:Decrypt", "arn:aws:kms:eu-west-1:111111111111:key/*",
                                            Condition={"StringLike": {"kms:ViaService": "sqs.*"}}),
    "a key": identity("kms:Decrypt", {"Fn::GetAtt": ["DataKey", "Arn"]}),
    "no resource at all": {"Type": "AWS::SNS::Topic"},
}  # fmt: skip


@pytest.mark.parametrize("one", NARROW.values(), ids=NARROW)
def test_what_is_narrow_passes(one: Json) -> None:
    assert found(one) == []


def test_a_statement_that_depends_on_a_condition_is_read() -> None:
    choice = {"Fn::If": ["Wide", {"Action": "*", "Effect": "Allow", "Resource": "*"}, {"Ref": "AWS::NoValue"}]}
    one = {"Type": "AWS::IAM::Role", "Properties": {"Policies": [{"PolicyDocument": {"Statement": [choice]}}]}}
    assert found(one) == [("WOO6", "warning"), ("WOO8", "warning")]


def test_the_reference_of_actions_is_where_it_is_read() -> None:
    assert len(policies._actions()) > 300
    assert policies.has_resources("sqs:SendMessage")
    assert not policies.has_resources("xray:PutTraceSegments")
    # The reference may be older than an action.
    assert policies.has_resources("sqs:Levitate")
    assert policies.has_resources("*")


HERE = "${AWS::Region}:${AWS::AccountId}"


@pytest.mark.parametrize(
    "arn",
    ["arn:${AWS::Partition}:dynamodb:" + HERE + ":table/${Prefix}*", "arn:aws:dynamodb:eu-west-1:111111111111:table/a*",
     "arn:aws:s3:::files/*", "arn:aws:s3:::${Bucket}/*", "arn:aws:iam::111111111111:role/shop-*", "${Orders.Arn}/*",
     "arn:aws:sqs:" + HERE + ":shop-*", "arn:aws:logs:" + HERE + ":log-group:/aws/vendedlogs/*",
     "arn:aws:kms:" + HERE + ":key/*", "arn:aws:apigateway:${AWS::Region}::/restapis/*",
     "arn:aws:lambda:" + HERE + ":event-source-mapping:*", "arn:aws:execute-api:" + HERE + ":${Api}/*"],
)  # fmt: skip
def test_a_pattern_with_an_owner(arn: str) -> None:
    assert policies.OWNED.match(arn)


@pytest.mark.parametrize(
    "arn",
    ["arn:aws:s3:::*", "arn:aws:s3:::shop-*", "arn:aws:iam::*:role/*", "arn:aws:iam::*:role/shop-*",
     "arn:aws:dynamodb:*:*:table/*", "arn:aws:dynamodb:*:111111111111:table/a*",
     "arn:aws:dynamodb:" + HERE + ":table/*", "arn:aws:sqs:" + HERE + ":*", "arn:aws:iam::111111111111:role/*",
     "arn:*:sqs:" + HERE + ":shop-*", "arn:aws:*:" + HERE + ":shop/a*", "arn:aws:sns:${Where}:${Who}:a*",
     "arn:aws:logs:" + HERE + ":log-group:/*", "arn:aws:*", "${Prefix}*"],
)  # fmt: skip
def test_a_pattern_without_an_owner(arn: str) -> None:
    assert not policies.OWNED.match(arn)
