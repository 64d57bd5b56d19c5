import copy
import json
from typing import Any

import pytest
from tests.cli.conftest import TEMPLATE

from woo_stack.cloudformation.unsupported import references, without_types


def resource(kind: str = "AWS::SNS::Topic", depends: object = None, **properties: object) -> dict[str, Any]:
    return {"Type": kind, "Properties": properties} | ({"DependsOn": depends} if depends else {})


def test_only_these_types_go_and_what_refers_to_them() -> None:
    template = {
        "Resources": {
            "Gone": resource("AWS::New::Thing"),
            "ByRef": resource("AWS::A::B", Name={"Ref": "Gone"}),
            "BySub": resource("AWS::A::C", Name={"Fn::Sub": "x${ByRef.Arn}"}),
            "Stays": resource(Name={"Fn::Sub": ["${Gone}", {"Gone": "a variable of its own"}]}),
        },
        "Outputs": {"Lost": {"Value": {"Fn::GetAtt": ["BySub", "Arn"]}}, "Kept": {"Value": {"Ref": "Stays"}}},
        "Conditions": {"Never": {"Fn::Equals": ["a", "b"]}},
    }
    before = copy.deepcopy(template)
    trimmed = without_types(template, {"AWS::New::Thing"})
    assert template == before
    assert list(trimmed.template["Resources"]) == ["Stays"]
    assert list(trimmed.template["Outputs"]) == ["Kept"]
    assert trimmed.template["Conditions"] == before["Conditions"]
    assert trimmed.resources == {"Gone": "AWS::New::Thing", "ByRef": "AWS::A::B", "BySub": "AWS::A::C"}
    assert trimmed.outputs == ["Lost"]
    assert trimmed.lines() == [
        "AWS::A::B: ByRef",
        "AWS::A::C: BySub",
        "AWS::New::Thing: Gone",
        "Outputs: Lost",
    ]


def test_loops_stay() -> None:
    loop = {"Fn::ForEach::Queues": ["Name", ["A"], {"Q${Name}": {"Type": "AWS::SQS::Queue"}}]}
    trimmed = without_types({"Resources": {**loop, "Gone": resource("AWS::New::Thing")}}, {"AWS::New::Thing"})
    assert trimmed.template["Resources"] == loop


@pytest.mark.parametrize(
    ("depends", "left"),
    [("Gone", None), (["Gone"], None), (["Gone", "Other"], ["Other"]), ("Other", ["Other"])],
)
def test_a_mere_dependency_is_forgotten(depends: object, left: object) -> None:
    template = {
        "Resources": {"Gone": resource("AWS::New::Thing"), "Other": resource(), "It": resource(depends=depends)}
    }
    trimmed = without_types(template, {"AWS::New::Thing"})
    assert trimmed.template["Resources"]["It"].get("DependsOn") == left
    assert trimmed.lines() == ["AWS::New::Thing: Gone"]


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ({"Ref": "Topic"}, ["Topic"]),
        ({"Fn::GetAtt": ["Queue", "Arn"]}, ["Queue"]),
        ({"Fn::GetAtt": "Queue.Arn"}, ["Queue"]),
        ({"Fn::Sub": "${A}-${B.Arn}-${!Literal}-$C-${AWS::Region}"}, ["A", "B", "AWS::Region"]),
        ({"Fn::Sub": ["${A}${Local}", {"Local": {"Ref": "D"}}]}, ["A", "D"]),
        ({"Fn::If": ["Condition", {"Fn::Join": ["", [{"Ref": "E"}]]}, "Condition"]}, ["E"]),
        (["plain", 7, None, {"Ref": {"not": "ours"}}, {"Fn::GetAtt": []}, {"Fn::Sub": []}], []),
    ],
)
def test_references(value: object, names: list[str]) -> None:
    assert list(references(value)) == names


def test_the_template_of_these_tests_loses_its_unknown_type_alone() -> None:
    trimmed = without_types(json.loads(TEMPLATE.read_text()), {"AWS::CloudWatch::CompositeAlarm"})
    assert trimmed.template["Resources"]["Deployment"]["DependsOn"] == ["AnyMethod"]
    assert trimmed.resources == {
        "ShopDown": "AWS::CloudWatch::CompositeAlarm",
        "Overview": "AWS::CloudWatch::Dashboard",
    }
    assert trimmed.outputs == ["ShopDownArn"]
