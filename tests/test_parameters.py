"""Parameters: what is asked when the template is deployed."""

import re

import pytest
from troposphere import encode_to_dict

from woo_stack.parameters import CODE_QUESTIONS, QUESTIONS, Question, form

ALL = QUESTIONS + CODE_QUESTIONS


@pytest.mark.parametrize("question", ALL, ids=lambda question: question.name)
def test_a_question_can_be_answered_with_its_default(question: Question) -> None:
    parameter = encode_to_dict(question.parameter)
    if question.default is None:
        assert "Default" not in parameter
        return
    default = parameter["Default"]
    assert parameter["Type"] == ("Number" if isinstance(default, int) else "String")
    assert default in parameter.get("AllowedValues", [default])
    assert parameter.get("MinValue", default) <= default <= parameter.get("MaxValue", default)
    assert re.fullmatch(parameter.get("AllowedPattern", ".*"), str(default))


def test_names_are_unique_and_labels_tell_apart() -> None:
    assert len({question.name for question in ALL}) == len(ALL)
    labels = [question.label for question in ALL if question.label]
    assert len(set(labels)) == len(labels)


def test_a_name_without_a_label_says_it_in_words() -> None:
    names = [question.name for question in ALL if not question.label]
    assert [name for name in names if not re.fullmatch(r"([A-Z][a-z]+){2,3}", name)] == []


def test_the_form_shows_every_question_once_in_its_group() -> None:
    interface = form(ALL)["AWS::CloudFormation::Interface"]
    shown = {name: group["Label"]["default"] for group in interface["ParameterGroups"] for name in group["Parameters"]}
    assert shown == {question.name: question.group for question in ALL}
    assert sum(len(group["Parameters"]) for group in interface["ParameterGroups"]) == len(ALL)
    labels = {question.name: {"default": question.label} for question in ALL if question.label}
    assert interface["ParameterLabels"] == labels
    assert "" not in [label["default"] for label in labels.values()]


@pytest.mark.parametrize(
    ("name", "good", "bad"),
    [
        ("NoticeEmail", ["", "n@b.co", "n.b+c@d-e.example"], ["n", "n@b", "n b@c.de", "@b.co"]),
        ("AlarmEmail", ["", "a@b.co", "a.b+c@d-e.example"], ["a", "a@b", "a b@c.de", "@b.co"]),
        ("CodeBucket", ["abc", "my-bucket.eu"], ["A", "-ab", "ab-", "a_b", "s3://b"]),
        ("CodeKey", ["a.zip", "x/handler-1.zip"], ["", ".zip", "a.tar"]),
    ],
)
def test_patterns(name: str, good: list[str], bad: list[str]) -> None:
    (pattern,) = (question.pattern for question in ALL if question.name == name)
    assert [text for text in good if not re.fullmatch(pattern, text)] == []
    assert [text for text in bad if re.fullmatch(pattern, text)] == []
