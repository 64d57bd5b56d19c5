"""A template's text: a line an entry, the same bytes for the same template."""

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from troposphere import Output, Parameter, Ref, Template, sns

from woo_stack import to_json
from woo_stack.template import SECTIONS


def template() -> Template:
    made = Template(Description='Ü "b"')
    made.set_version()
    made.add_output(Output("Out", Value=Ref("Topic")))
    made.add_resource(sns.Topic("Topic", TopicName=Ref("Name"), DisplayName="One\ntwo"))
    made.add_resource(sns.Topic("Another"))
    made.add_parameter(Parameter("Name", Type="String"))
    return made


def test_the_text_is_the_template() -> None:
    assert json.loads(to_json(template())) == template().to_dict()


def test_every_entry_has_a_line() -> None:
    lines = to_json(template()).splitlines()
    for entry in ("Topic", "Another", "Name", "Out"):
        assert len([line for line in lines if line.startswith(f'"{entry}":{{')]) == 1
    assert to_json(template()).endswith("}\n")


def test_sections_stand_in_the_order_of_reading() -> None:
    found = list(json.loads(to_json(template())))
    assert found == [name for name in SECTIONS if name in found]
    assert json.loads(to_json({"Zoo": 1, "Resources": {}, "Ant": 2})) == {"Resources": {}, "Ant": 2, "Zoo": 1}
    assert list(json.loads(to_json({"Zoo": 1, "Resources": {}, "Ant": 2}))) == ["Resources", "Ant", "Zoo"]


def test_the_order_of_properties_does_not_matter() -> None:
    one = {"Resources": {"T": {"Type": "X", "Properties": {"A": 1, "B": {"C": 2, "D": 3}}}}}
    other = {"Resources": {"T": {"Properties": {"B": {"D": 3, "C": 2}, "A": 1}, "Type": "X"}}}
    assert to_json(one) == to_json(other)


LEAVES = st.none() | st.booleans() | st.integers() | st.text(max_size=9)
VALUES = st.recursive(
    LEAVES, lambda value: st.lists(value, max_size=3) | st.dictionaries(st.text(), value, max_size=3), max_leaves=9
)


@given(st.dictionaries(st.text(max_size=9), VALUES, max_size=5))
def test_any_mapping_survives(content: dict[str, Any]) -> None:
    assert json.loads(to_json(content)) == content
