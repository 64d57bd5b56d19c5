"""A text for Fn::Sub: whatever is made shorter, CloudFormation makes the same of it."""

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from troposphere import GetAtt, If, ImportValue, Ref, Sub, encode_to_dict

from woo_stack.substitution import Substitution


def size(value: Any) -> int:
    return len(json.dumps(encode_to_dict(value), separators=(",", ":")))


def variables(made: Any) -> dict[str, Any]:
    found = encode_to_dict(made)["Fn::Join"][1]["Fn::Split"][1]["Fn::Sub"]
    return {} if isinstance(found, str) else found[1]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("plain", "plain"),
        (Ref("Topic"), "${Topic}"),
        (GetAtt("Queue", "Arn"), "${Queue.Arn}"),
        (Sub("${A}-${B}"), "${A}-${B}"),
        (ImportValue("base"), "${Value0}"),
        (If("Yes", "one", "two"), "${Value0}"),
    ],
)
def test_values_stand_in_the_text(value: Any, text: str) -> None:
    assert Substitution().text(value) == text


def test_what_is_named_often_has_a_letter(cloudformation: Any) -> None:
    text = json.dumps(["${OrdersTable}"] * 9 + ["${Queue.Name}"])
    made = Substitution().filled(text)
    assert variables(made) == {"a": {"Ref": "OrdersTable"}}
    assert cloudformation(made) == text


def test_what_repeats_is_there_once(cloudformation: Any) -> None:
    text = json.dumps([{"a long name": "${Topic.Arn}", "b": "x"}] * 7, separators=(",", ":"))
    made = Substitution().filled(text, ['{"a long name":"${Topic.Arn}",'])
    assert variables(made) == {"a": {"Fn::Sub": "{`a long name`:`${Topic.Arn}`,"}}
    assert cloudformation(made) == text


def test_what_is_longer_with_a_variable_stays() -> None:
    text = json.dumps(["some text"] * 2)
    assert variables(Substitution().filled(text, ['"some text"'])) == {}


def test_a_part_that_names_a_variable_stays(cloudformation: Any) -> None:
    values = Substitution()
    text = json.dumps([values.text(ImportValue("base"))] * 9)
    made = values.filled(text, [json.dumps(["${Value0}", "${Value0}"])[1:-1]])
    assert variables(made) == {"Value0": {"Fn::ImportValue": "base"}}
    assert cloudformation(made) == text.replace("Value0", "Fn::ImportValue")


PARTS = st.sampled_from(['"name":"', "${Topic}", "${a}", "${OrdersTable.Arn}", '"],["', "b", "}},{", "long long long"])


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(PARTS, max_size=40), st.lists(st.lists(PARTS, min_size=1, max_size=4), max_size=4))
def test_it_is_never_longer_and_always_the_same(cloudformation: Any, parts: list[str], repeated: list[Any]) -> None:
    text = "".join(parts)
    made = Substitution().filled(text, ["".join(part) for part in repeated])
    assert cloudformation(made) == text
    assert size(made) <= size(Substitution().filled(text)) + len("[,{}]")
