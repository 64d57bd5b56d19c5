"""`Fn::ForEach`: what it makes is drawn, also where only CloudFormation knows how often."""

from typing import Any

import pytest

from woo_stack.diagram import graph
from woo_stack.loops import Loops

Json = dict[str, Any]

NAMES = {"Type": "CommaDelimitedList", "Default": "a, b"}


def loop(over: Any, made: Json, variable: str = "Name") -> list[Any]:
    return [variable, over, made]


def queue(**properties: Any) -> Json:
    return {"Type": "AWS::SQS::Queue", "Properties": properties}


@pytest.mark.parametrize(
    "over", [["a", "b"], {"Ref": "Names"}, {"Fn::Split": [",", "a,b"]}, {"Ref": "Stored"}, {"Ref": "Empty"}]
)
def test_a_list_and_a_parameter_with_a_default_are_known(over: Any) -> None:
    stored = {"Type": "AWS::SSM::Parameter::Value<List<String>>", "Default": "/names"}
    empty = {"Type": "CommaDelimitedList", "Default": ""}
    loops = Loops({"Parameters": {"Names": NAMES, "Stored": stored, "Empty": empty}})
    made = loops.unrolled({"Fn::ForEach::Queues": loop(over, {"Q${Name}": queue(QueueName={"Ref": "Name"})})})
    if over in (["a", "b"], {"Ref": "Names"}):
        assert made == {"Qa": queue(QueueName="a"), "Qb": queue(QueueName="b")}
        assert loops.once == {}
    else:
        assert made == {"QName": queue(QueueName="Name")}
        assert loops.once == {"QName": "Name"}


def test_what_a_parameter_is_deployed_with_goes_before_its_default() -> None:
    each = {"Fn::ForEach::Queues": loop({"Ref": "Names"}, {"Q${Name}": queue()})}
    assert [*Loops({"Parameters": {"Names": NAMES}}, {"Names": "c,d"}).unrolled(each)] == ["Qc", "Qd"]


@pytest.mark.parametrize(
    ("value", "made"),
    [
        ("x-${Name}-${Other}", "x-a.b-${Other}"),
        ("x&{Name}", "xab"),
        ({"Fn::Sub": "${Name}-${AWS::Region}"}, {"Fn::Sub": "a.b-${AWS::Region}"}),
        ({"Fn::Sub": "${Name}"}, "a.b"),
        ({"Fn::GetAtt": ["Q${Name}", "Arn"]}, {"Fn::GetAtt": ["Qa.b", "Arn"]}),
        ([{"Ref": "Name"}, {"Ref": "Other"}, 7, None], ["a.b", {"Ref": "Other"}, 7, None]),
    ],
)
def test_where_the_variable_stands(value: Any, made: Any) -> None:
    found = Loops({}).unrolled({"Fn::ForEach::X": loop(["a.b"], {"One": value}), "Fixed": "${Name}"})
    assert found == {"One": made, "Fixed": "${Name}"}


def test_loops_within_loops_and_within_properties() -> None:
    inner = {"Fn::ForEach::Inner": loop(["1", "2"], {"Q${Name}${Number}": {"Ref": "Number"}}, "Number")}
    assert Loops({}).unrolled({"Fn::ForEach::Outer": loop(["a", "b"], inner)}) == {
        "Qa1": "1", "Qa2": "2", "Qb1": "1", "Qb2": "2"
    }  # fmt: skip
    assert Loops({}).unrolled(queue(**inner)) == queue(**{"Q${Name}1": "1", "Q${Name}2": "2"})


def test_what_is_no_loop_stays() -> None:
    wrong = {
        "Fn::ForEach::A": ["Name"],
        "Fn::ForEach::B": {"x": 1},
        "Fn::Transform": {"Name": "AWS::Include"},
        "a": [1],
    }
    assert Loops({}).unrolled(wrong) == wrong


def test_what_a_loop_makes_is_drawn_with_its_edges() -> None:
    topics = loop(["a", "b"], {"T${Name}": {"Type": "AWS::SNS::Topic"}})
    mail = {"TopicArn": {"Ref": "Ta"}, "Protocol": "sqs", "Endpoint": {"Fn::GetAtt": ["Jobs", "Arn"]}}
    drawn = graph({"Resources": {
        "Fn::ForEach::Topics": topics, "Jobs": queue(), "Mail": {"Type": "AWS::SNS::Subscription", "Properties": mail},
    }})  # fmt: skip
    assert [node.id for node in drawn.nodes] == ["Ta", "Tb", "Jobs"]
    assert [(edge.source, edge.target, edge.label) for edge in drawn.edges] == [("Ta", "Jobs", "notifies")]


@pytest.mark.parametrize("every", [False, True])
def test_of_a_loop_that_only_cloudformation_can_unroll_one_is_drawn(every: bool) -> None:
    dead = {"RedrivePolicy": {"deadLetterTargetArn": {"Fn::GetAtt": ["Dead${Name}", "Arn"]}}}
    made = {"Q${Name}": queue(**dead), "Dead${Name}": queue()}
    drawn = graph({"Resources": {"Fn::ForEach::Queues": loop({"Ref": "Names"}, made)}}, every)
    assert [(node.id, node.note) for node in drawn.nodes] == [
        ("QName", "for each Name"), ("DeadName", "for each Name"),
    ]  # fmt: skip
    assert [(edge.source, edge.target) for edge in drawn.edges] == [("QName", "DeadName")]
