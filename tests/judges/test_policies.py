"""A template's policies become the literals that IAM would get."""

from typing import Any

import pytest
from tests.judges.policies import Literal, documents

TEMPLATE = {
    "Parameters": {"Prefix": {"Default": "shop-"}, "Subjects": {"Type": "CommaDelimitedList"}},
    "Resources": {
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Group": {"Type": "AWS::EC2::SecurityGroup"},
        "Issuer": {"Type": "AWS::IAM::OIDCProvider", "Properties": {"Url": "https://gitlab.com"}},
        "Pager": {"Type": "AWS::SNS::Topic", "Properties": {"TopicName": "pager"}},
        "Table": {"Type": "AWS::DynamoDB::Table"},
        "Rights": {"Type": "AWS::IAM::ManagedPolicy", "Properties": {"PolicyDocument": {"Statement": [{"A": 1}]}}},
        "Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [{"A": 2}]}}},
        "Tls": {
            "Type": "AWS::SNS::TopicPolicy",
            "Properties": {"PolicyDocument": {"Statement": [{"On": {"Ref": "Pager"}, "A": {"Ref": "AWS::NoValue"}}]}},
        },
    },
}


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        ({"Ref": "AWS::Region"}, "eu-west-1"),
        ({"Ref": "Prefix"}, "shop-"),
        ({"Ref": "Subjects"}, "arn:aws:iam::111111111111:oidc-provider/Subjects"),
        ({"Ref": "Bucket"}, "Bucket"),
        ({"Ref": "Pager"}, "arn:aws:sns:eu-west-1:111111111111:Pager"),
        ({"Ref": "Issuer"}, "arn:aws:iam::111111111111:oidc-provider/gitlab.com"),
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, "arn:aws:s3:::bucket"),
        ({"Fn::GetAtt": ["Group", "GroupId"]}, "sg-0a1b2c3d"),
        (
            {"Fn::GetAtt": ["Table", "StreamArn"]},
            "arn:aws:dynamodb:eu-west-1:111111111111:table/Table/stream/2026-01-01T00",
        ),
        ({"Fn::Sub": "${Bucket.Arn}/${Prefix}*${!kept}"}, "arn:aws:s3:::bucket/shop-*${!kept}"),
        ({"Fn::Sub": ["${One}-${Bucket}", {"One": {"Ref": "Prefix"}}]}, "shop--Bucket"),
        ({"Fn::If": ["Is", {"Ref": "Bucket"}, "no"]}, "Bucket"),
        ({"Fn::Join": ["/", ["a", {"Ref": "Bucket"}]]}, "a/Bucket"),
        ({"Fn::Select": ["1", {"Fn::Split": ["-", "a-b"]}]}, "b"),
        ([1, {"Ref": "AWS::NoValue"}, {"a": {"Ref": "Bucket"}, "b": {}}], [1, {"a": "Bucket", "b": {}}]),
    ],
)
def test_a_value_is_what_cloudformation_makes_of_it(value: Any, literal: Any) -> None:
    assert Literal(TEMPLATE)(value) == literal


def test_every_policy_is_found_with_its_kind() -> None:
    assert list(documents(TEMPLATE)) == [
        ("Rights", "identity", {"Statement": [{"A": 1}]}),
        ("Role", "trust", {"Statement": [{"A": 2}]}),
        ("Tls", "resource", {"Statement": [{"On": "arn:aws:sns:eu-west-1:111111111111:Pager"}]}),
    ]
