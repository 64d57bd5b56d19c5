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
        # JSON's own reason where it was meant to be JSON, else YAML's.
        ('{"Resources": [', "is neither JSON nor YAML: Expecting value: line 1 column 16 (char 15)"),
        (
            "A: 1\nB: [",
            "is neither JSON nor YAML: while parsing a flow node, expected the node content, but found "
            "'<stream end>': line 2 column 5",
        ),
        (
            "A: {B: 1",
            "is neither JSON nor YAML: while parsing a flow mapping, expected ',' or '}', but got "
            "'<stream end>': line 1 column 9",
        ),
        (
            "A:\n\tB: 1",
            "is neither JSON nor YAML: while scanning for the next token, found character '\\t' that cannot "
            "start any token: line 2 column 1",
        ),
        ("A: &a\n  B: *a", "is neither JSON nor YAML: found unconstructable recursive node: line 1 column 4"),
        ("A: &a [*a]", "is neither JSON nor YAML: found unconstructable recursive node: line 1 column 4"),
        ("A: *a", "is neither JSON nor YAML: found undefined alias 'a': line 1 column 4"),
        ("A: 1\nB: \x01", "is neither JSON nor YAML: special characters are not allowed (#x0001): line 2 column 4"),
        ("? [A]\n: 2", "is neither JSON nor YAML: unhashable type: 'list'"),
        ("2010-09-09: 1", "is neither JSON nor YAML: keys must be str"),
        ("A: 1\nB: 2\n", "has no Resources, allowed: a CloudFormation template in JSON or YAML"),
        ("", "has no Resources"),
        ('{"Resources": []}', "has no Resources"),
        ('{"Resources": {}}', "has no Resources, allowed: at least one"),
        ('{"Resources": {"A": 5}}', "'s section Resources is not a mapping of mappings"),
        ('{"Resources": {}, "Parameters": {"A": "x"}}', "'s section Parameters is not"),
        ('{"Resources": {}, "Parameters": {"Fn::ForEach::A": []}}', "'s section Parameters is not"),
        ('{"Resources": {"A": {}}, "Outputs": {"A": []}}', "'s section Outputs is not"),
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


LOOPS = """\
Transform: AWS::LanguageExtensions
Resources:
  Fn::ForEach::Roles:
    - Name
    - [A, B]
    - Role${Name}: {Type: AWS::IAM::Role, Properties: {Description: !Ref Name}}
Outputs:
  Fn::ForEach::Names:
    - Name
    - [A, B]
    - Name${Name}: {Value: !Ref "Role${Name}"}
"""


def test_loops_are_unrolled_where_that_is_asked() -> None:
    body = Body.of(LOOPS)
    assert [*body.parsed["Resources"], *body.parsed["Outputs"]] == ["Fn::ForEach::Roles", "Fn::ForEach::Names"]
    assert body.knowable
    assert body.unrolled["Resources"] == {
        f"Role{name}": {"Type": "AWS::IAM::Role", "Properties": {"Description": name}} for name in "AB"
    }
    assert body.unrolled["Outputs"] == {f"Name{name}": {"Value": {"Ref": f"Role{name}"}} for name in "AB"}
    assert body.capabilities == ("CAPABILITY_IAM",)
    without = Body.of(YAML)
    assert without.unrolled is without.parsed


def test_what_only_cloudformation_can_unroll() -> None:
    body = Body.of(LOOPS.replace("[A, B]", "!Ref Names"))
    assert not body.knowable
    assert body.capabilities == ("CAPABILITY_IAM",)
    with pytest.raises(TemplateError, match=r"^the template has loops \(for each Name\) over what only CloudFormation"):
        _ = body.unrolled
