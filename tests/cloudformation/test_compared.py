import json
from typing import Any

import pytest

from woo_stack.cloudformation.change import ABSENT
from woo_stack.cloudformation.compared import at, differences, plain, same, shown
from woo_stack.cloudformation.expressions import Secret

REF = {"Ref": "Queue"}


def found(before: Any, after: Any) -> dict[str, tuple[Any, Any]]:
    return {shown(path): (was, will) for path, was, will in differences(before, after, ("Properties",))}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ({"A": 1, "B": 2}, {"B": 2, "A": 1}, {}),
        ({"A": 60, "B": True}, {"A": "60", "B": "true"}, {}),
        ({"A": 1.0}, {"A": "1"}, {}),
        ({"A": 1}, {"A": True}, {".A": (1, True)}),
        ({"A": {"B": {"LEVEL": "x"}}}, {"A": {"B": {"LEVEL": "y"}}}, {".A.B.LEVEL": ("x", "y")}),
        ({"A": 1}, {"C": {"D": 3}}, {".A": (1, ABSENT), ".C": (ABSENT, {"D": 3})}),
        ({"a b": 1, "c.d": 2}, {"a b": 3, "c.d": 4}, {'["a b"]': (1, 3), '["c.d"]': (2, 4)}),
        ({"A": None}, {"A": ""}, {".A": (None, "")}),
        # Lists: by position, but what is put in between moves nothing.
        ([1, 2, 3], [1, 9, 3], {"[1]": (2, 9)}),
        ([1, 2, 3], [0, 1, 2, 3], {"[0]": (ABSENT, 0)}),
        ([1, 2, 3], [2, 3], {"[0]": (1, ABSENT)}),
        ([{"N": "a", "T": "S"}], [{"N": "a", "T": "N"}], {"[0].T": ("S", "N")}),
        ([1, 2], [3], {"[0]": (1, 3), "[1]": (2, ABSENT)}),
        # Tags: by key, wherever they stand.
        (
            [{"Key": "Team", "Value": "north"}, {"Key": "Old", "Value": "1"}],
            [{"Key": "New", "Value": "2"}, {"Key": "Team", "Value": "south"}],
            {"[Team]": ("north", "south"), "[Old]": ("1", ABSENT), "[New]": (ABSENT, "2")},
        ),
        # Expressions are values.
        ({"A": REF}, {"A": {"Ref": "Other"}}, {".A": (REF, {"Ref": "Other"})}),
        ({"A": REF}, {"A": {"Fn::GetAtt": ["Queue", "Arn"]}}, {".A": (REF, {"Fn::GetAtt": ["Queue", "Arn"]})}),
        ({"A": {"Fn::If": ["C", 1, 2]}}, {"A": {"Fn::If": ["C", 1, 3]}}, {".A.Fn::If[2]": (2, 3)}),
        # JSON in a text, with and without holes.
        ({"A": '{"w": [{"x": 1}]}'}, {"A": '{"w":[{"x":2}]}'}, {".A.w[0].x": (1, 2)}),
        ({"A": {"Fn::Sub": '{"w": "${Q}"}'}}, {"A": {"Fn::Sub": '{"w": "${R}"}'}}, {".A.w": ("${Q}", "${R}")}),
        ({"A": '{"w": 1}'}, {"A": '{"w":1}'}, {".A": ('{"w": 1}', '{"w":1}')}),
        ({"A": "{not json"}, {"A": "{nor this"}, {".A": ("{not json", "{nor this")}),
        ({"A": '{"w": 1}'}, {"A": "text"}, {".A": ('{"w": 1}', "text")}),
    ],
)
def test_differences(before: Any, after: Any, expected: dict[str, Any]) -> None:
    assert found(before, after) == {f"Properties{path}": values for path, values in expected.items()}
    back = {f"Properties{path}": (after, before) for path, (before, after) in expected.items()}
    if not isinstance(before, list):
        assert found(after, before) == back


def test_another_order_of_tags_is_a_difference_of_the_list() -> None:
    """CloudFormation would change the resource."""
    one, two = {"Key": "A", "Value": "1"}, {"Key": "B", "Value": "2"}
    assert found([one, two], [two, one]) == {"Properties": ([one, two], [two, one])}


def test_secrets_are_compared_and_never_shown() -> None:
    one, two = Secret("hush"), Secret("quiet")
    assert same(one, Secret("hush"))
    assert not same(one, two)
    assert not same(one, "hush")
    assert not same("hush", one)
    assert plain({"A": [one, 3]}) == {"A": ["****", 3]}
    assert f"{one}" == "****"


def test_what_is_at_a_path() -> None:
    value = {"A": [{"Key": "Team", "Value": "north"}, {"Key": "Size", "Value": "2"}], "B": {"C": [5, 6]}}
    assert at(value, ("B", "C", 1)) == 6
    assert at(value, ("A", "[Size]")) == "2"
    for path in (("B", "C", 2), ("B", "D"), ("A", "[Age]"), ("B", "C", "x"), ("B", "C", 1, "x")):
        assert at(value, path) is ABSENT


def test_a_large_structure_is_compared_in_time() -> None:
    before = {"widgets": [{"title": f"{number}", "metrics": [number, "x"]} for number in range(400)]}
    after = json.loads(json.dumps(before))
    after["widgets"][200]["title"] = "other"
    del after["widgets"][10]
    assert len(found(before, after)) == 2
