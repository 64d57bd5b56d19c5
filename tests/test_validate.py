"""Findings: our own invariants, both engines, and notes that a template answers."""

import json
from typing import Any

import pytest
from troposphere import Template, sns

from woo_stack import Finding, problems, validate
from woo_stack.cfn_lint import CfnLint

TOPIC = {"Type": "AWS::SNS::Topic"}
ROLE = {
    "Type": "AWS::IAM::Role",
    "Properties": {
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}
            ],
        }
    },
}
#: Notes that a bare topic deserves, answered in cfn-lint's own format.
ANSWERED = {"cfn-lint": {"config": {"ignore_checks": ["I4010", "I9040", "I9001"]}}}


def template(_sections: Any = None, **resources: Any) -> dict[str, Any]:
    return {
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": "Test",
        "Metadata": json.loads(json.dumps(ANSWERED)),
        "Resources": {"Topic": TOPIC, **resources},
        **(_sections or {}),
    }


def resource(kind: str, **properties: Any) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties}


def function(**properties: Any) -> dict[str, Any]:
    own = {"Code": {"ZipFile": "pass"}, "Handler": "index.f", "Runtime": "python3.14", "Role": "arn:aws:iam::1:role/r"}
    return resource("AWS::Lambda::Function", **{**own, **properties})


def dashboard(body: Any) -> dict[str, Any]:
    return resource("AWS::CloudWatch::Dashboard", DashboardBody=body)


def quoted(text: Any) -> dict[str, Any]:
    """A body whose quotes CloudFormation puts in."""
    return {"Fn::Join": ['"', {"Fn::Split": ["`", text]}]}


def invariants(content: dict[str, Any]) -> list[tuple[str, str]]:
    return [(found.rule, found.where) for found in validate._invariants(content, json.dumps(content))]


def test_a_clean_template_has_no_problems() -> None:
    assert problems(template()) == []
    own = Template(Description="Test", Metadata=ANSWERED)
    own.add_resource(sns.Topic("Topic"))
    assert problems(own) == []


LARGE = "x" * validate.TEMPLATE_BYTES
PLANTED = {
    "too many resources": (template(**{f"T{n}": TOPIC for n in range(500)}), "WOO1", "Resources"),
    "too many parameters": (
        template({"Parameters": {f"P{n}": {"Type": "String"} for n in range(201)}}),
        "WOO1",
        "Parameters",
    ),
    "too many outputs": (template({"Outputs": {f"O{n}": {"Value": "x"} for n in range(201)}}), "WOO1", "Outputs"),
    "too many mappings": (template({"Mappings": {f"M{n}": {} for n in range(201)}}), "WOO1", "Mappings"),
    "too many bytes": (template({"Description": LARGE}), "WOO1", "template"),
    "an auth of HTTP APIs on a REST method": (
        template(M=resource("AWS::ApiGateway::Method", AuthorizationType="JWT")),
        "WOO2",
        "M",
    ),
    "a method without auth": (template(M=resource("AWS::ApiGateway::Method")), "WOO2", "M"),
    "an auth of REST APIs on an HTTP route": (
        template(R=resource("AWS::ApiGatewayV2::Route", AuthorizationType="COGNITO_USER_POOLS")),
        "WOO2",
        "R",
    ),
    "a dashboard that is no JSON": (template(D=dashboard('{"widgets":[}')), "WOO3", "D"),
    "one that is none after substitution": (template(D=dashboard({"Fn::Sub": '{"widgets":[${A} 1]}'})), "WOO3", "D"),
    "one with variables that is no JSON": (template(D=dashboard({"Fn::Sub": ["{${A}}", {"A": "b"}]})), "WOO3", "D"),
    "a dashboard without widgets": (template(D=dashboard('{"periodOverride":"auto"}')), "WOO3", "D"),
    "a dashboard of a list": (template(D=dashboard("[]")), "WOO3", "D"),
    "a text that is no JSON once its quotes are put in": (
        template(D=dashboard(quoted({"Fn::Sub": "{`widgets`:[}"}))),
        "WOO3",
        "D",
    ),
    "quotes of another kind than the text's": (template(D=dashboard(quoted("{'widgets':[]}"))), "WOO3", "D"),
    "quotes that are put in within a text": (template(D=dashboard(quoted("{`widgets`:[{`a`:`b`c`}]}"))), "WOO3", "D"),
    "a text with quotes put in and no widgets": (template(D=dashboard(quoted("{`widget`:[]}"))), "WOO3", "D"),
    "a variable's text that ends the JSON": (
        template(D=dashboard(quoted({"Fn::Sub": ["{`widgets`:[`${a}`]}", {"a": '"]'}]}))),
        "WOO3",
        "D",
    ),
    "a variable that is made of parts": (
        template(D=dashboard({"Fn::Sub": ['{"widgets":[${a}]}', {"a": {"Fn::Join": ["", ["1", {"Ref": "B"}, "]"]]}}]})),
        "WOO3",
        "D",
    ),
    "parts that are no JSON together": (
        template(D=dashboard({"Fn::Join": ["", ['{"widgets":[', {"Ref": "Topic"}, "}"]]})),
        "WOO3",
        "D",
    ),
    "a role by its name": (template(Role=ROLE, F=function(Role={"Ref": "Role"})), "WOO4", "F"),
    "a role by its name deep inside": (
        template(Role=ROLE, M=resource("AWS::X", Integration={"Credentials": {"Ref": "Role"}})),
        "WOO4",
        "M",
    ),
    "code over the limit": (template(F=function(Code={"ZipFile": "x" * (4 * 1024 * 1024 + 1)})), "WOO5", "F"),
    "code over the limit in a mapping": (
        template(
            {"Mappings": {"Code": {"index": {"py": "x" * (4 * 1024 * 1024 + 1)}}}},
            F=function(Code={"ZipFile": {"Fn::FindInMap": ["Code", "index", "py"]}}),
        ),
        "WOO5",
        "F",
    ),
    "code over the limit in two parts": (
        template(
            {"Mappings": {"Code": {"index": {"py1": "x" * 2 * 1024 * 1024, "py2": "y" * 2 * 1024 * 1024}}}},
            F=function(Code={"ZipFile": {"Fn::Join": ["\n", [
                {"Fn::FindInMap": ["Code", "index", "py1"]}, {"Fn::FindInMap": ["Code", "index", "py2"]},
            ]]}}),
        ),
        "WOO5",
        "F",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("content", "rule", "where"), PLANTED.values(), ids=PLANTED)
def test_our_invariants_find_what_the_engines_do_not(content: dict[str, Any], rule: str, where: str) -> None:
    assert (rule, where) in invariants(content)


CLEAN = {
    "500 resources": template(**{f"T{n}": TOPIC for n in range(499)}),
    "200 parameters": template({"Parameters": {f"P{n}": {"Type": "String"} for n in range(200)}}),
    "a dashboard with values": template(
        D=dashboard({"Fn::Sub": '{"widgets":[{"a":"${X.Arn}","b":${Y},"c":"${!Z}"}]}'})
    ),
    "a dashboard that comes from elsewhere": template(D=dashboard({"Fn::ImportValue": "base-Body"})),
    "a dashboard whose quotes are put in": template(
        D=dashboard(quoted({"Fn::Sub": ["{`widgets`:[{`a`:`${b}`,`c`:${D},`e`:`\\`f\\``}]}", {"b": {"Ref": "Topic"}}]}))
    ),
    "a dashboard of parts": template(
        D=dashboard({"Fn::Join": [",", ['{"widgets":[0', {"Fn::GetAtt": ["X", "Y"]}, True, "2]}"]]})
    ),
    "a variable's text that is part of the JSON": template(D=dashboard({"Fn::Sub": ["{${a}}", {"a": '"widgets":[]'}]})),
    "a name in braces that is meant so": template(D=dashboard({"Fn::Sub": '{"widgets":[{"a":"${!b}"}]}'})),
    "a dashboard made of nothing known": template(D=dashboard({"Fn::Join": [",", {"Fn::Split": ["`", {"Ref": "X"}]}]})),
    "a role by its ARN": template(Role=ROLE, F=function(Role={"Fn::GetAtt": ["Role", "Arn"]})),
    "a role's ARN by a parameter": template(F=function(Role={"Ref": "RoleArn"})),
    "code at the limit": template(F=function(Code={"ZipFile": "x" * (4 * 1024 * 1024)})),
    "code from a mapping that is not there": template(F=function(Code={"ZipFile": {"Fn::FindInMap": ["A", "b", "c"]}})),
    "code in parts of nothing": template(F=function(Code={"ZipFile": {"Fn::Join": []}})),
    "code in parts at the limit": template(
        F=function(Code={"ZipFile": {"Fn::Join": ["", ["x" * 4 * 1024 * 1024, {"Ref": "Y"}]]}})
    ),
    "an open method": template(M=resource("AWS::ApiGateway::Method", AuthorizationType="NONE")),
}


@pytest.mark.parametrize("content", CLEAN.values(), ids=CLEAN)
def test_our_invariants_find_nothing_else(content: dict[str, Any]) -> None:
    assert [found for found in invariants(content) if found != ("WOO1", "template")] == []


#: Mistakes, the engines that must find them, and where.
MISTAKES = {
    "a type that does not exist": (template(X={"Type": "AWS::SNS::Tropic"}), ("F3006", "E3006"), "X"),
    "a property that does not exist": (template(X=resource("AWS::SNS::Topic", Nmae="x")), ("F3002", "E3002"), "X"),
    "a missing property": (template(X=resource("AWS::SNS::Subscription", Protocol="email")), ("F3003", "E3003"), "X"),
    "a Ref to nothing": (
        template(X=resource("AWS::SNS::Topic", TopicName={"Ref": "Nowhere"})),
        ("F1020", "E1020"),
        "X",
    ),
    "a cycle": (
        template(X={**TOPIC, "DependsOn": "Y"}, Y={**TOPIC, "DependsOn": "X"}),
        ("F3004", "E3004"),
        "X",
    ),
    "a parameter of no use": (template({"Parameters": {"P": {"Type": "String"}}}), ("W2001",), "P"),
    "an action that does not exist": (
        template(
            X=resource(
                "AWS::IAM::ManagedPolicy",
                PolicyDocument={
                    "Version": "2012-10-17",
                    "Statement": [{"Action": "dynamodb:Qwery", "Effect": "Allow", "Resource": {"Ref": "Topic"}}],
                },
            )
        ),
        ("W3037",),
        "X",
    ),
}


@pytest.mark.parametrize(("content", "rules", "where"), MISTAKES.values(), ids=MISTAKES)
def test_the_engines_find_what_they_are_there_for(content: Any, rules: tuple[str, ...], where: str) -> None:
    found = {(one.rule, one.where): one.level for one in problems(content)}
    for rule in rules:
        assert found[rule, where] in ("error", "warning")


def test_each_engine_is_asked() -> None:
    content = template(X=resource("AWS::SNS::Topic", Nmae="x"))
    assert "F3002" in {found.rule for found in validate._cloudformation_validate(json.dumps(content))}
    assert "E3002" in {found.rule for found in CfnLint().findings(content)}


def test_a_note_is_answered_in_the_template_and_an_error_is_not() -> None:
    content = template(X=resource("AWS::SNS::Topic", Nmae="x"))
    content["Metadata"] = {"cfn-lint": {"config": {"ignore_checks": ["I9040", "F3002"]}}}
    found = {(one.rule, one.level) for one in problems(content)}
    assert ("I4010", "note") in found
    assert ("F3002", "error") in found
    assert "I9040" not in {rule for rule, _ in found}
    del content["Metadata"]
    assert ("I9040", "note") in {(one.rule, one.level) for one in problems(content)}


def test_what_a_policy_and_a_rule_of_guard_say_is_answered_at_the_resource() -> None:
    everything = {"Action": "sqs:*", "Effect": "Allow", "Resource": {"Ref": "Topic"}}
    document = {"Version": "2012-10-17", "Statement": [everything]}
    content = template(
        P=resource("AWS::IAM::ManagedPolicy", PolicyDocument=document),
        Url=resource("AWS::Lambda::Url", AuthType="NONE", TargetFunctionArn="arn:aws:lambda:eu-west-1:1:function:x"),
    )
    of_ours = {("WOO6", "P", "warning"), ("WOO_URL_HAS_AUTH", "Url", "warning")}
    assert of_ours <= {(one.rule, one.where, one.level) for one in problems(content)}
    for name, rule in (("P", "WOO6"), ("Url", "WOO_URL_HAS_AUTH")):
        content["Resources"][name]["Metadata"] = {"guard": {"SuppressedRules": [rule]}}
    assert of_ours.isdisjoint((one.rule, one.where, one.level) for one in problems(content))


def test_more_rules_are_asked_with_ours() -> None:
    rule = "rule TOPICS_HAVE_NAMES { Resources.*[ Type == 'AWS::SNS::Topic' ].Properties.TopicName exists <<name it>> }"
    assert [str(one) for one in problems(template(), [rule])] == ["warning TOPICS_HAVE_NAMES Topic: name it"]
    assert problems(template()) == []


def test_cfn_lints_own_metadata_works() -> None:
    content = template({"Parameters": {"P": {"Type": "String"}}})
    content["Metadata"]["cfn-lint"]["config"]["ignore_checks"] = ["W2001"]
    assert "W2001" not in {found.rule for found in CfnLint().findings(content)}


def test_findings_are_sorted_and_read_as_a_line() -> None:
    found = problems(template(X=resource("AWS::SNS::Topic", Nmae="x"), A={"Type": "AWS::SNS::Tropic"}))
    assert found == sorted(found)
    assert str(Finding("error", "WOO9", "Topic", "no.")) == "error WOO9 Topic: no."


def test_a_loop_is_no_resource_of_ours_to_judge() -> None:
    content = template({"Transform": "AWS::LanguageExtensions"})
    content["Resources"]["Fn::ForEach::Each"] = ["Name", ["A", "B"], {"${Name}": TOPIC}]
    assert invariants(content) == []
    assert not [one for one in problems(content) if one.rule.startswith("WOO")]
