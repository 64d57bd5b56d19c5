"""The matrix of rights in docs/security.md: each statement of the template is in a row of it, and nothing else."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from tests.matrix import together

from woo_stack import Settings, Shop, to_json

PAGE = (Path(__file__).parents[2] / "docs" / "security.md").read_text()
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "x.amazonaws.com"}, "Action": "a"}],
}
FUNCTIONS = {
    name: {"Type": "AWS::Lambda::Function", "Properties": {"Role": {"Fn::GetAtt": [f"{name}Role", "Arn"]}}}
    for name in "AB"
}


def role(*policies: Any, **more: Any) -> Any:
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"AssumeRolePolicyDocument": TRUST, "Policies": [*policies], **more},
    }


def policy(*actions: str, on: Any = "*", effect: str = "Allow", **more: Any) -> Any:
    statement = {"Effect": effect, "Action": [*actions], "Resource": on, **more}
    return {"PolicyName": "p", "PolicyDocument": {"Statement": [statement]}}


def rows(text: str) -> list[list[str]]:
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in text.splitlines()[2:]]


def test_who_shares_a_right_shares_a_row(docs: Any) -> None:
    shared = policy("logs:PutLogEvents", on={"Fn::GetAtt": ["Logs", "Arn"]})
    resources = {
        **FUNCTIONS,
        "ARole": role(shared, policy("s3:GetObject", "s3:PutObject", "sqs:SendMessage")),
        "BRole": role(shared),
    }
    assert rows(docs.iam.granted({"Resources": resources})) == [
        ["`A`", "`s3:GetObject, PutObject`; `sqs:SendMessage`", "everything (`*`)", ""],
        ["every function", "`logs:PutLogEvents`", "`Logs`", ""],
    ]


def test_policies_of_all_kinds_count(docs: Any) -> None:
    resources = {
        **FUNCTIONS,
        "ARole": role(
            ManagedPolicyArns=[{"Ref": "Own"}, {"Fn::Sub": "arn:${AWS::Partition}:iam::aws:policy/service-role/Theirs"}]
        ),
        "BRole": role(),
        "Own": {"Type": "AWS::IAM::ManagedPolicy", "Properties": policy("a:Own", effect="Deny", on={"Ref": "T"})},
        "Attached": {"Type": "AWS::IAM::Policy", "Properties": {**policy("a:Attached"), "Roles": [{"Ref": "BRole"}]}},
        "Pipe": role(
            policy("a:Inline", on=[{"Fn::Sub": "arn:${AWS::Partition}:sqs:${AWS::Region}:${AWS::AccountId}:q-*"}])
        ),
    }
    assert rows(docs.iam.granted({"Resources": resources})) == [
        ["`A`", "**not** `a:Own`", "`T`", ""],
        ["`B`", "`a:Attached`", "everything (`*`)", ""],
        ["`Pipe`", "`a:Inline`", "`sqs: q-*`", ""],
    ]
    assert rows(docs.iam.managed({"Resources": resources})) == [["`ARole`", "`Theirs`"]]


def test_what_resources_allow_and_deny(docs: Any) -> None:
    tls = {"Effect": "Deny", "Principal": "*", "Action": "sqs:*", "Resource": "*",
           "Condition": {"Bool": {"aws:SecureTransport": "false"}}}  # fmt: skip
    root = {"AWS": {"Fn::Sub": "arn:${AWS::Partition}:iam::${AWS::AccountId}:root"}}
    account = {"Effect": "Allow", "Principal": root, "Action": "kms:*", "Resource": "*"}
    permission = {"Action": "lambda:InvokeFunction", "FunctionName": {"Ref": "A"}, "Principal": "events.amazonaws.com",
                  "SourceArn": {"Fn::GetAtt": ["Rule", "Arn"]}, "SourceAccount": {"Ref": "AWS::AccountId"}}  # fmt: skip
    resources = {
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"KeyPolicy": {"Statement": [account]}}},
        "Tls": {"Type": "AWS::SQS::QueuePolicy",
                "Properties": {"PolicyDocument": {"Statement": tls}, "Queues": [{"Ref": "Q"}, {"Ref": "D"}]}},
        "May": {"Type": "AWS::Lambda::Permission", "Properties": permission},
        "Role": role(),
    }  # fmt: skip
    assert rows(docs.iam.allowed({"Resources": resources})) == [
        ["`A`", "`events.amazonaws.com`", "`lambda:InvokeFunction`", "from `Rule`, of this account"],
        ["`D` and `Q`", "everybody", "**not** `sqs:*`", "`aws:SecureTransport` is `false`"],
        ["`Key`", "this account's policies", "`kms:*`", ""],
    ]
    assert rows(docs.iam.assumed({"Resources": resources})) == [["`Role`", "`x.amazonaws.com`", ""]]


@pytest.mark.parametrize(
    ("found", "told"),
    [
        ({"StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}}, "`aws:SourceAccount` is this account"),
        ({"StringLike": {"k": ["a*", "b"]}}, "`k` is like `a*` or `b`"),
        ({"Null": {"k": "false"}, "ForAllValues:StringEquals": {"k": ["s"]}}, "every `k` is `s`, `k` is present"),
        ({"Null": {"k": True}}, "`k` is absent"),
        ({"BoolIfExists": {"k": "false"}}, "`k` is `false` or absent"),
        ({"NotIpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}, "`aws:SourceIp` is not in `203.0.113.0/24`"),
        ({"NumericGreaterThan": {"k": 6}}, "`k` is more than `6`"),
        ({"DateLessThan": {"k": "2030"}}, "`k` DateLessThan `2030`"),
    ],
)
def test_conditions_are_words(docs: Any, found: Any, told: str) -> None:
    assert docs.conditions.conditions(found) == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("*", "everything"),
        ({"Ref": "Q"}, "`Q`"),
        ({"Fn::GetAtt": ["T", "StreamArn"]}, "`T.StreamArn`"),
        ({"Fn::Sub": ["${x}/*", {"x": 1}]}, "`${x}/*`"),
        ({"Fn::If": ["C", {"Ref": "Q"}, "r"]}, "`Q` if `C`, else `r`"),
        ({"Fn::ImportValue": "v"}, '`{"Fn::ImportValue": "v"}`'),
    ],
)
def test_values_are_words(docs: Any, given: Any, told: str) -> None:
    assert docs.conditions.value(given) == told


@pytest.mark.parametrize(
    "number", [pytest.param(one, marks=[pytest.mark.soak] if one > 2 else []) for one in range(len(together()))]
)
def test_every_action_of_every_shop_is_in_its_matrix(docs: Any, number: int) -> None:
    """Whatever the settings: an action that a policy has is told, with the title of what it is on."""
    template = json.loads(to_json(Shop(Settings(**together()[number])).template))
    granted, allowed = docs.iam.granted(template), docs.iam.allowed(template)
    for title, resource in template["Resources"].items():
        document = resource.get("Properties", {}).get("PolicyDocument", {})
        told = granted if resource["Type"] == "AWS::IAM::ManagedPolicy" else allowed
        for statement in document.get("Statement", []):
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            for action in actions:
                assert re.search(rf"\b{re.escape(action.partition(':')[2])}", told), f"{title}: {action}"
        if resource["Type"] == "AWS::Lambda::Permission":
            assert f"| `{resource['Properties']['FunctionName']['Fn::GetAtt'][0]}` |" in allowed


def test_the_page_has_the_rows_of_the_published_template() -> None:
    assert "| `ReaderFunction` | `dynamodb:BatchGetItem, GetItem, Query` | `DocumentsTable` |  |" in PAGE
    assert "| every function | `xray:PutTelemetryRecords, PutTraceSegments` | everything (`*`) |  |" in PAGE
    assert "| `GitHubRole` | `iam` | 1 if `iam:PassedToService` |" in PAGE


def test_narrowing_is_told_by_name_tag_and_condition(docs: Any) -> None:
    by_name = policy("s:A", on={"Fn::Sub": "arn:x:${StackPrefix}*"})
    by_tag = policy("s:B", Condition={"StringLike": {"aws:ResourceTag/x": "y"}})
    by_key = policy("s:C", Condition={"StringLike": {"kms:ViaService": "y"}})
    resources = {
        "R": role(by_name, by_tag, by_key, policy("s:D"), policy("s:E", on="arn:x:y"), policy("s:F", effect="Deny"))
    }
    told = "1 by kind of resource; 1 by name; 1 by tag; 1 denied on everything (`*`); 1 if `kms:ViaService`; "
    assert rows(docs.iam.summary({"Resources": resources})) == [["`R`", "`s`", f"{told}1 on everything (`*`)"]]
