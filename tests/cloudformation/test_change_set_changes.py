"""What AWS's change sets say, in the shapes of its API reference: property values, which no emulator gives."""

import copy
import json
from typing import Any

import pytest

from woo_stack.cloudformation.change import ABSENT, KNOWN_LATER, Change, Difference, Replacement, State
from woo_stack.cloudformation.difference import difference

TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Purpose": {"Type": "String", "Default": "testing"},
        "KeyPairName": {"Type": "String", "Default": "one-pair"},
        "Password": {"Type": "String", "NoEcho": True},
    },
    "Resources": {
        "Server": {
            "Type": "AWS::EC2::Instance",
            "Properties": {
                "KeyName": {"Ref": "KeyPairName"},
                "InstanceType": "t2.micro",
                "EbsOptimized": False,
                "UserData": {"Fn::Sub": "password=${Password}"},
                "Tags": [{"Key": "Purpose", "Value": {"Ref": "Purpose"}}],
            },
        },
        "Reader": {"Type": "AWS::Lambda::Function", "Properties": {"Timeout": 3}},
        "May": {"Type": "AWS::Lambda::Permission", "Properties": {"FunctionName": {"Fn::GetAtt": ["Reader", "Arn"]}}},
        "Store": {
            "Type": "AWS::RDS::DBInstance",
            "UpdateReplacePolicy": "Snapshot",
            "Properties": {"KmsKeyId": {"Fn::GetAtt": ["Reader", "Arn"]}},
        },
        "Inner": {
            "Type": "AWS::CloudFormation::Stack",
            "Properties": {"TemplateURL": "https://one/template.json", "Parameters": {"Level": "low"}},
        },
        "KeyFor": {"Type": "Custom::KeyFor", "Properties": {"ServiceToken": "f"}},
        "Job": {"Type": "AWS::Batch::JobDefinition", "Properties": {"Type": "container"}},
        "Foreign": {"Type": "Ours::Keys::Key", "Properties": {}},
        "Key": {"Type": "AWS::KMS::Key", "Properties": {}},
    },
}
PARAMETERS = {"Purpose": "testing", "KeyPairName": "one-pair", "Password": "****"}
BEFORE = State(TEMPLATE, PARAMETERS)


def target(path: str, before: str | None, after: str | None, recreation: str = "Never") -> dict[str, Any]:
    """A ResourceTargetDefinition with property values."""
    attribute = "Tags" if "/Tags" in path else path.split("/")[1]
    values = {"BeforeValue": before, "AfterValue": after}
    return {
        "Attribute": attribute,
        **({"Name": path.split("/")[2]} if attribute == "Properties" else {}),
        "RequiresRecreation": recreation,
        "Path": path,
        **{name: value for name, value in values.items() if value is not None},
        "AttributeChangeType": "Add" if before is None else "Remove" if after is None else "Modify",
    }


def detail(target: dict[str, Any], cause: str = "", source: str = "", evaluation: str = "Static") -> dict[str, Any]:
    entity = {"CausingEntity": cause} if cause else {}
    return {"Target": target, "Evaluation": evaluation, "ChangeSource": source or "DirectModification", **entity}


def modified(name: str, *details: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "Action": "Modify",
        "LogicalResourceId": name,
        "PhysicalResourceId": f"{name.lower()}-1",
        "ResourceType": TEMPLATE["Resources"][name]["Type"],
        "Replacement": "False",
        "Scope": [*dict.fromkeys(one["Target"]["Attribute"] for one in details)],
        "Details": [*details],
        **more,
    }


def contexts(before: dict[str, Any], after: dict[str, Any], **more: Any) -> dict[str, str]:
    return {
        "BeforeContext": json.dumps({"Properties": before, **more}),
        "AfterContext": json.dumps({"Properties": after, **more}),
    }


def told(*changes: dict[str, Any], after: State | None = None) -> Difference:
    return difference(BEFORE, after or State(TEMPLATE), list(changes))


def only(found: Difference) -> Change:
    (change,) = found.changes
    return change


def test_a_parameter_that_replaces() -> None:
    """The sample of AWS's guide: an instance with another key pair."""
    change = only(
        told(
            modified(
                "Server",
                detail(
                    target("/Properties/KeyName", "one-pair", "other-pair", "Always"),
                    "KeyPairName",
                    "ParameterReference",
                ),
                detail(target("/Properties/KeyName", "one-pair", "other-pair", "Always"), evaluation="Dynamic"),
                Replacement="True",
                PolicyAction="ReplaceAndDelete",
                **contexts(
                    {"KeyName": "one-pair", "InstanceType": "t2.micro", "EbsOptimized": "false"},
                    {"KeyName": "other-pair", "InstanceType": "t2.micro", "EbsOptimized": "false"},
                ),
            ),
            after=State(TEMPLATE, {"KeyPairName": "other-pair"}),
        )
    )
    assert change.to_dict() == {
        "action": "Modify",
        "logical_id": "Server",
        "type": "AWS::EC2::Instance",
        "physical_id": "server-1",
        "replacement": "True",
        "policy": "ReplaceAndDelete",
        "loses": "its disks",
        "properties": [
            {
                "path": "Properties.KeyName",
                "before": "one-pair",
                "after": "other-pair",
                "recreation": "Always",
                "cause": "KeyPairName",
            }
        ],
    }


def test_tags_by_key_and_what_the_templates_do_not_know() -> None:
    """Values from AWS go before the templates'; a change made by hand since is among them."""
    found = told(
        modified(
            "Server",
            detail(target("/Properties/Tags/0/Value", "testing", "production"), "Purpose", "ParameterReference"),
            detail(target("/Properties/InstanceType", "t2.large", "t2.micro", "Conditionally")),
            Replacement="Conditional",
            **contexts(
                {"InstanceType": "t2.large", "Tags": [{"Value": "testing", "Key": "Purpose"}]},
                {"InstanceType": "t2.micro", "Tags": [{"Value": "production", "Key": "Purpose"}]},
            ),
        )
    )
    assert [(one.path, one.before, one.after, one.recreation, one.cause) for one in only(found).properties] == [
        ("Properties.InstanceType", "t2.large", "t2.micro", "Conditionally", ""),
        ("Properties.Tags[Purpose]", "testing", "production", "Never", "Purpose"),
    ]
    assert only(found).policy == "ReplaceAndDelete"


def test_a_value_that_is_known_later() -> None:
    found = told(
        modified(
            "Reader", detail(target("/Properties/Timeout", "3", "9")), **contexts({"Timeout": "3"}, {"Timeout": "9"})
        ),
        modified(
            "May",
            detail(
                target("/Properties/FunctionName", "arn:aws:lambda:old", KNOWN_LATER, "Always"),
                "Reader.Arn",
                "ResourceAttribute",
                "Dynamic",
            ),
            Replacement="Conditional",
            **contexts({"FunctionName": "arn:aws:lambda:old"}, {"FunctionName": KNOWN_LATER}),
        ),
    )
    may, reader = found.changes
    assert [one.to_dict() for one in may.properties] == [
        {
            "path": "Properties.FunctionName",
            "before": "arn:aws:lambda:old",
            "after": KNOWN_LATER,
            "recreation": "Always",
            "cause": "Reader.Arn",
        }
    ]
    # The function is not replaced, so that its ARN stays, and with it the permission.
    assert (may.replacement, may.policy) == (Replacement.NO, "")
    assert reader.properties[0].after == "9"


def follows(name: str, path: str, cause: str = "Reader.Arn") -> dict[str, Any]:
    source = detail(
        {"Attribute": "Properties", "Name": path, "RequiresRecreation": "Always"}, cause, "ResourceAttribute", "Dynamic"
    )
    return modified(name, source, Replacement="Conditional")


def direct(path: str, recreation: str) -> dict[str, Any]:
    return detail({"Attribute": "Properties", "Name": path, "RequiresRecreation": recreation})


def test_an_arn_of_what_is_replaced_is_another() -> None:
    replaced = modified("Reader", direct("FunctionName", "Always"), Replacement="True")
    found = told(replaced, follows("May", "FunctionName"), follows("Store", "KmsKeyId"))
    assert {one.logical_id: one.replacement.value for one in found.changes} == {
        "Reader": "True",
        "May": "Conditional",
        "Store": "Conditional",
    }
    assert [(one.logical_id, one.policy) for one in found.unsafe()] == [("Store", "ReplaceAndSnapshot")]


def test_an_arn_of_what_may_be_replaced_for_an_arn_alone_stays() -> None:
    """A chain of them: none begins with a replacement."""
    edited = modified("Reader", direct("Timeout", "Never"))
    found = told(edited, follows("Store", "KmsKeyId"), follows("May", "FunctionName", "Store.Arn"))
    assert {one.replacement for one in found.changes} == {Replacement.NO}
    assert found.unsafe() == []
    found = told(edited, follows("Store", "KmsKeyId", "Reader.Version"), follows("May", "FunctionName", "Store.Arn"))
    assert {one.logical_id for one in found.changes if one.replaced} == {"Store", "May"}


def test_without_values_the_templates_have_them() -> None:
    after = copy.deepcopy(TEMPLATE)
    after["Resources"]["Server"]["Properties"]["EbsOptimized"] = True
    found = told(
        modified(
            "Server",
            direct("EbsOptimized", "Conditionally"),
            detail(
                {"Attribute": "Properties", "Name": "KeyName", "RequiresRecreation": "Always"},
                "Pair",
                "ResourceReference",
            ),
            Replacement="Conditional",
            BeforeContext="{cut off",
            AfterContext="",
        ),
        after=State(after),
    )
    assert [(one.path, one.before, one.after, one.recreation, one.cause) for one in only(found).properties] == [
        ("Properties.EbsOptimized", False, True, "Conditionally", ""),
        ("Properties.KeyName", "one-pair", KNOWN_LATER, "Always", "Pair"),
    ]


def test_a_secret_is_hidden_whoever_tells_it() -> None:
    found = told(
        modified(
            "Server",
            detail(target("/Properties/UserData", "password=hush", "password=shout"), "Password", "ParameterReference"),
            **contexts({"UserData": "password=hush"}, {"UserData": "password=shout"}),
        ),
        after=State(TEMPLATE, {"Password": "shout"}),
    )
    assert [(one.path, one.before, one.after) for one in only(found).properties] == [
        ("Properties.UserData", "****", "****")
    ]
    assert [(one.path, one.before, one.after) for one in found.parameters] == [("Password", "****", "****")]
    assert "shout" not in json.dumps(found.to_dict())
    assert "hush" not in json.dumps(found.to_dict())


def test_a_secret_without_values_is_hidden_too() -> None:
    about = {"Attribute": "Properties", "Name": "UserData", "RequiresRecreation": "Never"}
    values = {"BeforeValue": "password=hush", "AfterValue": "password=shout"}
    found = told(modified("Server", detail({**about, **values}, "Password", "ParameterReference")))
    assert [(one.before, one.after) for one in only(found).properties] == [("****", "****")]


def test_attributes_and_the_stacks_tags() -> None:
    found = difference(
        State(TEMPLATE, PARAMETERS, {"Team": "north"}),
        State(TEMPLATE, {}, {"Team": "south"}),
        [
            modified(
                "Reader",
                {"Target": {"Attribute": "Tags", "RequiresRecreation": "Never"}, "Evaluation": "Static"},
                detail(target("/DeletionPolicy", "Delete", "Retain")),
            )
        ],
    )
    assert [(one.path, one.before, one.after) for one in only(found).properties] == [
        ("Tags", {"Team": "north"}, {"Team": "south"}),
        ("DeletionPolicy", "Delete", "Retain"),
    ]


@pytest.mark.parametrize("cause", ["KeyFor.Arn", "KeyFor", "Job", "Foreign.Arn", "Inner.Outputs.Key", "Inner", "Gone"])
@pytest.mark.parametrize("name", ["Store", "May"])
def test_what_may_be_another_without_a_replacement_replaces(cause: str, name: str) -> None:
    """A custom resource answers what it likes; a job definition's name has its revision."""
    by = cause.partition(".")[0]
    edited = [modified(by, direct("Description", "Never"))] if by != "Gone" else []
    found = told(*edited, follows(name, "KmsKeyId", cause))
    assert {one.logical_id: one.replacement.value for one in found.changes if one.replaced} == {name: "Conditional"}
    assert ("Store" in [one.logical_id for one in found.unsafe()]) == (name == "Store")


def test_for_what_holds_data_only_cloudformation_says_what_stays() -> None:
    """That the permission stays is our conclusion, that the key does is CloudFormation's word."""
    edited, key = modified("Reader", direct("Timeout", "Never")), modified("Key", direct("Description", "Never"))
    found = told(edited, follows("May", "FunctionName"), follows("Store", "KmsKeyId", "May"))
    assert [(one.logical_id, one.replaced) for one in found.changes] == [
        ("Store", True),
        ("May", False),
        ("Reader", False),
    ]
    assert told(key, follows("Store", "KmsKeyId", "Key.Arn")).unsafe() == []


def test_what_says_that_it_is_replaced_is() -> None:
    replaced = follows("Store", "KmsKeyId", "Key.Arn") | {"Replacement": "True"}
    found = told(modified("Key", direct("Description", "Never")), replaced)
    assert [one.logical_id for one in found.unsafe()] == ["Store"]


@pytest.mark.parametrize("action", ["Add", "Remove", "Dynamic"])
def test_only_what_is_modified_keeps_its_arn(action: str) -> None:
    other = {"Action": action, "LogicalResourceId": "Key", "ResourceType": "AWS::IAM::Role"}
    assert [one.logical_id for one in told(other, follows("Store", "KmsKeyId", "Key.Arn")).unsafe()] == ["Store"]


def test_a_value_that_is_changed_itself_replaces_whatever_it_follows_from() -> None:
    key = modified("Key", direct("Description", "Never"))
    store = follows("Store", "KmsKeyId", "Key.Arn")
    store["Details"].append(direct("KmsKeyId", "Always"))
    assert [one.logical_id for one in told(key, store).unsafe()] == ["Store"]


def nested(url: Any, *details: dict[str, Any], level: str = "low") -> Change:
    """What is told of a nested stack, of which CloudFormation always says that its template may be another one."""
    automatic = detail({"Attribute": "Properties", "RequiresRecreation": "Never"}, "", "Automatic", "Dynamic")
    before, after = copy.deepcopy(TEMPLATE), copy.deepcopy(TEMPLATE)
    for template in (before, after):
        template["Resources"]["Inner"]["Properties"]["TemplateURL"] = url
    after["Resources"]["Inner"]["Properties"]["Parameters"]["Level"] = level
    change = modified("Inner", automatic, *details)
    return only(difference(State(before, PARAMETERS), State(after), [change]))


HASH = "0123456789abcdef" * 2
TAGS = detail({"Attribute": "Tags", "RequiresRecreation": "Never"})


@pytest.mark.parametrize(
    ("url", "unseen"),
    [
        ("https://s3/b/template.json", True),
        ({"Fn::GetAtt": ["Where", "Url"]}, True),
        (f"https://s3/{HASH}/template.json", True),
        (f"https://s3/b/{HASH}.template", False),
        (f"https://s3/b/{HASH * 2}.json", False),
        ({"Fn::Sub": f"https://s3.${{AWS::URLSuffix}}/b/{HASH}.json"}, False),
        ("https://s3/b/template.json?versionId=7", False),
    ],
    ids=lambda value: f"{value}"[:50],
)
def test_a_nested_stacks_template_may_be_another_one(url: Any, unseen: bool) -> None:
    for change in (nested(url), nested(url, TAGS)):
        assert change.loses == ("what is in it, which is not looked into" if unseen else "")
        assert ("Properties" in [one.path for one in change.properties]) == unseen
    assert nested(url, direct("Parameters", "Never"), level="high").loses


def test_a_nested_stacks_change_is_refused_unless_it_is_named() -> None:
    about = modified("Inner", direct("TemplateURL", "Never"))
    after = copy.deepcopy(TEMPLATE)
    after["Resources"]["Inner"]["Properties"]["TemplateURL"] = "https://two/template.json"
    found = told(about, after=State(after))
    assert [one.logical_id for one in found.unsafe()] == ["Inner"]
    assert found.unsafe({"Inner"}) == []


@pytest.mark.parametrize(
    ("template", "added"),
    [
        ({"Conditions": {"Is": {"Fn::Equals": [{"Ref": "Purpose"}, "other"]}}}, False),
        ({"Conditions": {"Is": {"Fn::Equals": [{"Ref": "Image"}, "other"]}}}, True),
        ({"Conditions": {"Is": {"Fn::Equals": ["{{resolve:ssm:/purpose}}", "other"]}}}, True),
        ({"Conditions": {"Is": {"Fn::Equals": [{"Ref": "Purpose"}, "other"]}}, "Transform": "Ours"}, True),
    ],
)
def test_what_a_condition_is_known_to_leave_out_is_not_added(template: dict[str, Any], added: bool) -> None:
    image = {"Type": "AWS::SSM::Parameter::Value<String>", "Default": "/image"}
    resources = {"New": {"Type": "AWS::SQS::Queue", "Condition": "Is"}}
    after = {"Parameters": TEMPLATE["Parameters"] | {"Image": image}, "Resources": resources, **template}
    change = {"Action": "Add", "LogicalResourceId": "New", "ResourceType": "AWS::SQS::Queue"}
    assert bool(difference(BEFORE, State(after), [change]).changes) == added


def test_actions() -> None:
    """Those that have no values, and one that CloudFormation itself cannot foresee."""
    about = {"ResourceType": "AWS::SQS::Queue"}
    found = told(
        {"Action": "Add", "LogicalResourceId": "New", **about},
        {"Action": "Import", "LogicalResourceId": "Found", "PhysicalResourceId": "https://sqs/found", **about},
        {"Action": "Remove", "LogicalResourceId": "Gone", "PolicyAction": "Retain", **about},
        {"Action": "Dynamic", "LogicalResourceId": "Who", **about},
        {"Action": "Remove", "LogicalResourceId": "Store", "ResourceType": "AWS::RDS::DBInstance"},
    )
    assert [(one.action, one.logical_id, one.policy, one.properties) for one in found.changes] == [
        ("Remove", "Gone", "Retain", ()),
        ("Remove", "Store", "Snapshot", ()),
        ("Dynamic", "Who", "", ()),
        ("Import", "Found", "", ()),
        ("Add", "New", "", ()),
    ]
    assert found.source == "change set"


def test_what_a_path_may_have_in_it() -> None:
    before, after = {"Variables": {"a/b": ["x"]}}, {"Variables": {"a/b": ["y"]}}
    found = told(
        modified(
            "Reader",
            detail(target("/Properties/Environment/Variables/a~1b/0", "x", "y"), "Level", "ParameterReference"),
            **contexts({"Environment": before}, {"Environment": after}),
        )
    )
    assert [(one.path, one.cause) for one in only(found).properties] == [
        ("Properties.Environment.Variables.a/b[0]", "Level")
    ]


def test_a_resource_that_no_template_names() -> None:
    """A macro or a loop has made it: CloudFormation's words are all there is."""
    change = {
        "Action": "Modify",
        "LogicalResourceId": "FromLoop",
        "ResourceType": "AWS::SQS::Queue",
        "Replacement": "True",
        "Details": [detail({"Attribute": "Properties", "Name": "QueueName", "RequiresRecreation": "Always"})],
    }
    (found,) = told(change).unsafe()
    assert found.policy == "ReplaceAndDelete"
    assert [(one.path, one.before, one.after) for one in found.properties] == [
        ("Properties.QueueName", ABSENT, KNOWN_LATER)
    ]
