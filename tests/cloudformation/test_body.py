import json
from pathlib import Path

import pytest
from troposphere import Ref, Template, sns

from woo_stack.cloudformation.body import Body, TemplateError

YAML = """\
AWSTemplateFormatVersion: 2010-09-09
Parameters:
  Flag: {Type: String, Default: true}
  Count: {Type: Number, Default: 5}
  Name: {Type: String}
Mappings:
  Zones: {1: {Name: a}}
Resources:
  Role:
    Type: AWS::IAM::Role
    Properties: {RoleName: !Sub "${AWS::StackName}-role", Path: !GetAtt Other.Path}
  Topic: {Type: AWS::SNS::Topic, Condition: Never, Properties: {TopicName: !Ref Name}}
"""


def test_yaml_is_sent_as_it_is_and_read_with_short_forms_spelt_out() -> None:
    body = Body.of(YAML)
    assert body.text == YAML
    assert body.parsed["Resources"]["Role"]["Properties"] == {
        "RoleName": {"Fn::Sub": "${AWS::StackName}-role"},
        "Path": {"Fn::GetAtt": ["Other", "Path"]},
    }
    assert body.parsed["Resources"]["Topic"]["Properties"] == {"TopicName": {"Ref": "Name"}}
    # What YAML alone has: a date, a number as a key.
    assert body.parsed["AWSTemplateFormatVersion"] == "2010-09-09"
    assert body.parsed["Mappings"] == {"Zones": {"1": {"Name": "a"}}}
    assert list(body.parameters) == ["Flag", "Count", "Name"]


def test_values_are_given_deployed_or_declared_in_this_order() -> None:
    body = Body.of(YAML)
    assert body.values({"Name": "x"}) == {"Flag": "true", "Count": "5", "Name": "x"}
    deployed = {"Count": "6", "Name": "y", "Gone": "z"}
    assert body.values({"Name": "x"}, deployed) == {"Flag": "true", "Count": "6", "Name": "x"}


@pytest.mark.parametrize(
    ("kind", "capabilities"),
    [
        ("AWS::SNS::Topic", ()),
        ("AWS::IAM::ManagedPolicy", ("CAPABILITY_IAM",)),
        ("AWS::Serverless::Function", ("CAPABILITY_IAM",)),
        ("AWS::CloudFormation::Stack", ("CAPABILITY_IAM",)),
    ],
)
def test_what_has_to_be_acknowledged(kind: str, capabilities: tuple[str, ...]) -> None:
    assert Body.of({"Resources": {"A": {"Type": kind}}}).capabilities == capabilities


def test_the_same_template_in_every_form(tmp_path: Path) -> None:
    template = Template()
    template.add_resource(sns.Topic("Topic", TopicName=Ref("AWS::StackName")))
    text = template.to_json()
    path = tmp_path / "one.json"
    path.write_text(text)
    bodies = [Body.of(form) for form in (template, template.to_dict(), text, path, f"{path}", Body.of(text))]
    assert [body.parsed for body in bodies] == [json.loads(text)] * 6
    assert [body.where for body in bodies] == [None, None, None, path, path, None]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{not json", "is neither JSON nor YAML: "),
        ("Resources: [\n", "is neither JSON nor YAML: "),
        ("A: 1\nB: 2\n", "has no Resources, allowed: a CloudFormation template in JSON or YAML"),
        ('{"Resources": []}', "has no Resources"),
        ('{"Resources": {"A": 5}}', "'s section Resources is not a mapping of mappings"),
        ('{"Resources": {}, "Parameters": {"A": "x"}}', "'s section Parameters is not"),
    ],
)
def test_what_is_no_template(text: str, reason: str, tmp_path: Path) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(TemplateError) as refused:
        _ = Body.of(path).parsed
    assert f"{refused.value}".startswith(f"the template {path}{' ' if reason[0] != chr(39) else ''}{reason}")
    assert "\n" not in f"{refused.value}"


def test_what_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=r"absent\.json cannot be read: No such file"):
        Body.of(tmp_path / "absent.json")
    (tmp_path / "latin.json").write_bytes(b"\xfc")
    with pytest.raises(TemplateError, match=r"latin\.json cannot be read: it is not UTF-8 text$"):
        Body.of(tmp_path / "latin.json")
