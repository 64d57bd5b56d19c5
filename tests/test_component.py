"""What every component does: titles, logical ids, refusing unknown fields, joining a template."""

import re
from collections.abc import Callable

import pytest
from troposphere import If, Parameter, Ref, Template, sns

from woo_stack import EncryptionKey, Function, Pager, SettingError, Table, WooStackError
from woo_stack.component import camel, given, resolved


def test_an_unknown_field_is_refused_with_the_known_ones() -> None:
    with pytest.raises(SettingError, match=r"EncryptionKey has no field 'rotation', allowed: title, rotation_days"):
        EncryptionKey("Data", rotation=100)


@pytest.mark.parametrize("title", ["", "9lives", "with-dash", "with space", "é", "x" * 65, None, 7])
def test_a_title_that_makes_no_logical_id_is_refused(title: object) -> None:
    with pytest.raises(SettingError, match=re.escape(f"title is {title!r}, allowed: a letter, then up to 63")):
        Pager(title)


@pytest.mark.parametrize("title", ["P", "x" * 64])
def test_titles_of_one_to_64_characters_are_taken(title: str) -> None:
    assert next(Pager(title).resources()).title == f"{title}Topic"


def test_every_logical_id_starts_with_the_title(new_function: Callable[..., Function]) -> None:
    assert {r.title for r in new_function("Kiosk").resources()} == {
        "KioskLogs", "KioskPolicy", "KioskRole", "KioskFunction",
    }  # fmt: skip


def test_a_taken_logical_id_is_refused() -> None:
    template = Template()
    template.add_resource(sns.Topic("PagerTopic"))
    with pytest.raises(SettingError, match=r"logical id is 'PagerTopic', allowed: one that .* \(change the title\)"):
        Pager("Pager").add_to(template)


def test_add_to_returns_the_component_and_adds_what_resources_lists() -> None:
    template, key = Template(), EncryptionKey("Data")
    assert key.add_to(template) is key
    assert list(template.resources.values()) == list(key.resources())


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        EncryptionKey("Data").rotation_days = 90


def test_errors_of_settings_are_errors_of_the_library_and_of_values() -> None:
    assert issubclass(SettingError, WooStackError)
    assert issubclass(SettingError, ValueError)


def test_a_component_that_is_equal_is_not_the_same() -> None:
    assert len({EncryptionKey("Data"), EncryptionKey("Data")}) == 2


def test_parameters_become_refs_inside_mappings_lists_and_tuples() -> None:
    one, two, three = (Parameter(name, Type="String") for name in ("One", "Two", "Three"))
    found = resolved({"a": one, "b": [two, 5], "c": (three,)})
    assert [value.to_dict() for value in (found["a"], found["b"][0], found["c"][0])] == [
        {"Ref": "One"}, {"Ref": "Two"}, {"Ref": "Three"},
    ]  # fmt: skip
    assert isinstance(found["c"], tuple)


def test_given_keeps_false_and_zero_and_what_cloudformation_resolves() -> None:
    choice = If("Yes", "a", Ref("AWS::NoValue"))
    kept = given(A=None, B="", C=[], D={}, E=False, F=0, G=choice)
    assert kept == {"E": False, "F": 0, "G": choice}


@pytest.mark.parametrize(
    ("text", "expected"),
    [("wp-json/{id}", "WpJsonId"), ("{proxy+}", "Proxy"), ("a_b.c~d", "ABCD"), ("iPhone", "IPhone"), ("", "")],
)
def test_camel_makes_logical_ids_of_paths(text: str, expected: str) -> None:
    assert camel(text) == expected


def test_a_class_default_does_not_leak_between_components() -> None:
    assert Table.READ == ("BatchGetItem", "GetItem", "Query")
