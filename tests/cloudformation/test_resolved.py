import json
from typing import Any

import pytest

from woo_stack.cloudformation.change import State
from woo_stack.cloudformation.expressions import Secret, reached, references
from woo_stack.cloudformation.resolved import Resolved, no_echo

PARAMETERS = {
    "Level": {"Type": "String", "Default": "INFO"},
    "Days": {"Type": "Number", "Default": 7},
    "Zones": {"Type": "CommaDelimitedList", "Default": "a, b"},
    "Image": {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/images/latest"},
    "Password": {"Type": "String", "NoEcho": "true", "Default": "hush"},
    "Loud": {"Type": "String", "Default": "true"},
}
CONDITIONS = {
    "Is": {"Fn::Equals": [{"Ref": "Loud"}, True]},
    "Not": {"Fn::Not": [{"Condition": "Is"}]},
    "Both": {"Fn::And": [{"Condition": "Is"}, {"Condition": "Not"}]},
    "Either": {"Fn::Or": [{"Condition": "Not"}, {"Condition": "Is"}]},
    "Here": {"Fn::Equals": [{"Ref": "AWS::Region"}, "eu-west-1"]},
    "Same": {"Fn::Equals": [{"Ref": "AWS::Region"}, {"Ref": "AWS::Region"}]},
    "HereAndNot": {"Fn::And": [{"Condition": "Here"}, {"Condition": "Not"}]},
    "HereOrIs": {"Fn::Or": [{"Condition": "Here"}, {"Condition": "Is"}]},
    "Loop": {"Condition": "Loop"},
    "Dynamic": {"Fn::Equals": [{"Ref": "Image"}, "ami-1"]},
    "DynamicToo": {"Fn::Equals": ["x", {"Fn::Sub": "{{resolve:ssm:/a}}-${Level}"}]},
    "SameDynamic": {"Fn::Equals": [{"Ref": "Image"}, "{{resolve:ssm:/images/latest}}"]},
    "PartlyHidden": {"Fn::Equals": [{"Fn::Sub": "x-${Password}"}, "x-hush"]},
    "Hidden": {"Fn::Equals": [{"Ref": "Password"}, "hush"]},
}
MAPPINGS = {"Sizes": {"small": {"mb": 128}, "eu-west-1": {"mb": 512}}}


def resolved(value: Any, **given: str) -> Any:
    template = {
        "Parameters": PARAMETERS,
        "Conditions": CONDITIONS,
        "Mappings": MAPPINGS,
        "Resources": {"One": {"Type": "T", "Properties": {"Value": value}}},
    }
    return Resolved(State(template, given)).resources["One"]["Properties"].get("Value", "nothing")


QUEUE, ARN = {"Ref": "Queue"}, {"Fn::GetAtt": ["Queue", "Arn"]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"Ref": "Level"}, "INFO"),
        ({"Ref": "Days"}, 7),
        ({"Ref": "Zones"}, ["a", "b"]),
        ({"Ref": "Image"}, "{{resolve:ssm:/images/latest}}"),
        ({"Ref": "AWS::Region"}, {"Ref": "AWS::Region"}),
        (QUEUE, QUEUE),
        ({"Fn::GetAtt": "Queue.Arn"}, ARN),
        ({"Fn::GetAtt": ["Inner", "Outputs", "Url"]}, {"Fn::GetAtt": ["Inner", "Outputs.Url"]}),
        # Text, with holes and without.
        ({"Fn::Sub": "x-${Level}-${Days}"}, "x-INFO-7"),
        ({"Fn::Sub": "${Queue}"}, QUEUE),
        ({"Fn::Sub": "${Queue.Arn}"}, ARN),
        ({"Fn::Sub": "a ${Queue} ${!b} ${Level}"}, {"Fn::Sub": "a ${Queue} ${!b} INFO"}),
        ({"Fn::Sub": "${!b}"}, "${b}"),
        ({"Fn::Sub": ["${a}-${b}", {"a": QUEUE, "b": 5}]}, {"Fn::Sub": "${Queue}-5"}),
        (
            {"Fn::Sub": ["${a}", {"a": {"Fn::ImportValue": "X"}}]},
            {"Fn::Sub": ["${a}", {"a": {"Fn::ImportValue": "X"}}]},
        ),
        ({"Fn::Join": ["-", ["a", {"Ref": "Level"}, 3]]}, "a-INFO-3"),
        ({"Fn::Join": ["", ["arn:", ARN, "${x}"]]}, {"Fn::Sub": "arn:${Queue.Arn}${!x}"}),
        ({"Fn::Join": [",", {"Ref": "Zones"}]}, "a,b"),
        ({"Fn::Join": ["-", [{"Fn::ImportValue": "X"}]]}, {"Fn::Join": ["-", [{"Fn::ImportValue": "X"}]]}),
        ({"Fn::Join": ['"', {"Fn::Split": ["`", {"Fn::Sub": "{`a`:`${Queue}`}"}]}]}, {"Fn::Sub": '{"a":"${Queue}"}'}),
        ({"Fn::Split": ["-", "a-b"]}, ["a", "b"]),
        ({"Fn::Split": ["-", QUEUE]}, {"Fn::Split": ["-", QUEUE]}),
        ({"Fn::Split": ["/", {"Ref": "Image"}]}, {"Fn::Split": ["/", "{{resolve:ssm:/images/latest}}"]}),
        ({"Fn::Select": [1, {"Ref": "Zones"}]}, "b"),
        ({"Fn::Select": ["0", ["x", "y"]]}, "x"),
        ({"Fn::Select": [9, ["x"]]}, {"Fn::Select": [9, ["x"]]}),
        # Mappings: one row, or all of them where only AWS knows which.
        ({"Fn::FindInMap": ["Sizes", "small", "mb"]}, 128),
        (
            {"Fn::FindInMap": ["Sizes", {"Ref": "AWS::Region"}, "mb"]},
            {"Fn::FindInMap": [MAPPINGS["Sizes"], {"Ref": "AWS::Region"}, "mb"]},
        ),
        ({"Fn::FindInMap": ["None", "a", "b"]}, {"Fn::FindInMap": ["None", "a", "b"]}),
        # Conditions.
        ({"Fn::If": ["Is", "yes", "no"]}, "yes"),
        ({"Fn::If": ["Not", "yes", {"Ref": "Days"}]}, 7),
        ({"Fn::If": ["Both", 1, 2]}, 2),
        ({"Fn::If": ["Either", 1, 2]}, 1),
        ({"Fn::If": ["Same", 1, 2]}, 1),
        ({"Fn::If": ["HereAndNot", 1, 2]}, 2),
        ({"Fn::If": ["HereOrIs", 1, 2]}, 1),
        ({"Fn::If": ["Here", {"Ref": "Level"}, 2]}, {"Fn::If": ["Here", "INFO", 2]}),
        ({"Fn::If": ["Dynamic", 1, 2]}, {"Fn::If": ["Dynamic", 1, 2]}),
        ({"Fn::If": ["DynamicToo", 1, 2]}, {"Fn::If": ["DynamicToo", 1, 2]}),
        ({"Fn::If": ["SameDynamic", 1, 2]}, 1),
        ({"Fn::If": ["PartlyHidden", 1, 2]}, 1),
        ({"Fn::If": ["Loop", 1, 2]}, {"Fn::If": ["Loop", 1, 2]}),
        ({"Fn::If": ["Not", 1, {"Ref": "AWS::NoValue"}]}, "nothing"),
        ({"Fn::If": ["Is", {"Fn::If": ["Not", 1, {"Ref": "AWS::NoValue"}]}, 2]}, "nothing"),
        ([1, {"Ref": "AWS::NoValue"}, {"Fn::If": ["Not", 2, {"Ref": "AWS::NoValue"}]}, 3], [1, 3]),
        ({"Fn::Base64": {"Fn::Sub": "${Level}"}}, {"Fn::Base64": "INFO"}),
        ({"Fn::Cidr": [{"Ref": "Vpc"}, 2]}, {"Fn::Cidr": [{"Ref": "Vpc"}, 2]}),
    ],
    ids=lambda value: json.dumps(value)[:60],
)
def test_values(value: Any, expected: Any) -> None:
    assert resolved(value) == expected


@pytest.mark.parametrize(
    "value",
    [
        {"Ref": "Password"},
        {"Fn::Sub": "user:${Password}"},
        {"Fn::Sub": ["${p}", {"p": {"Ref": "Password"}}]},
        {"Fn::Join": [":", ["user", {"Ref": "Password"}]]},
        {"Fn::Join": [";", {"Fn::Split": [":", {"Fn::Sub": "user:${Password}"}]}]},
    ],
    ids=lambda value: next(iter(value)),
)
def test_secrets_stay_secrets(value: Any) -> None:
    assert isinstance(resolved(value), Secret)
    assert resolved(value) != resolved(value, Password="shout")


@pytest.mark.parametrize(("given", "expected"), [({}, "yes"), ({"Password": "shout"}, "no")])
def test_conditions_may_ask_for_secrets(given: dict[str, str], expected: str) -> None:
    assert resolved({"Fn::If": ["Hidden", "yes", "no"]}, **given) == expected


@pytest.mark.parametrize("name", ["Hidden", "PartlyHidden"])
def test_a_condition_on_a_secret_that_aws_hides_is_not_known(name: str) -> None:
    assert resolved({"Fn::If": [name, "yes", "no"]}, Password="****") == {"Fn::If": [name, "yes", "no"]}


def test_what_a_condition_leaves_out() -> None:
    outputs = {"Yes": {"Value": "1", "Condition": "Is"}, "No": {"Value": "2", "Condition": "Not"}}
    resources = {name: {"Type": name, "Condition": name} for name in ("Is", "Not", "Here", "Dynamic")}
    template = {"Parameters": PARAMETERS, "Conditions": CONDITIONS, "Resources": resources, "Outputs": outputs}
    found = Resolved(State(template))
    assert [*found.resources] == ["Is", "Here", "Dynamic"]
    assert found.left_out == {"Not"}
    assert Resolved(State({**template, "Transform": "AWS::Serverless-2016-10-31"})).left_out == set()
    assert found.outputs == {"Yes": {"Value": "1"}}


def test_loops_are_left_as_they_are() -> None:
    loop: dict[str, Any] = {"Fn::ForEach::Queues": ["Name", ["A"], {"${Name}": {"Type": "AWS::SQS::Queue"}}]}
    loop["Fn::Transform"] = {"Name": "AWS::Include"}
    values = {"Fn::ForEach::Arns": ["Name", ["A"], {"${Name}": {"Value": {"Ref": "Name"}}}]}
    found = Resolved(State({"Resources": {**loop, "One": {"Type": "T"}}, "Outputs": values}))
    assert [*found.resources] == ["One"]
    assert found.loops == loop
    assert found.outputs == {name: {"Value": one} for name, one in values.items()}


def test_references() -> None:
    value = {
        "A": [QUEUE, {"Fn::GetAtt": "Table.Arn"}],
        "B": {"Fn::Sub": ["${Role.Arn} ${x} ${!y}", {"x": {"Fn::GetAtt": ["Key", "Arn"]}}]},
        "C": Secret({"Ref": "Hidden"}),
    }
    assert {*references(value)} == {
        ("Queue", ""),
        ("Table", "Arn"),
        ("Role", "Arn"),
        ("Key", "Arn"),
        ("Hidden", ""),
    }


def test_what_is_reached_by_conditions() -> None:
    assert reached({"Fn::If": ["Both", 1, {"Ref": "Level"}]}, CONDITIONS) == {"Level", "Loud"}
    assert reached({"A": [{"Fn::If": ["Loop", 1, 2]}]}, CONDITIONS) == set()


def test_no_echo() -> None:
    assert no_echo({"Parameters": {**PARAMETERS, "Other": {"NoEcho": True}, "Open": {"NoEcho": "false"}}}) == {
        "Password",
        "Other",
    }
