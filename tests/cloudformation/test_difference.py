"""What would change by the templates alone."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from woo_stack.cli.emulator import Emulator
from woo_stack.cloudformation.change import ABSENT, KNOWN_LATER, Difference, Replacement, State
from woo_stack.cloudformation.diff import diff
from woo_stack.cloudformation.difference import difference
from woo_stack.cloudformation.stack import Stack

ONE_FILE = Path(__file__).parents[2] / "output" / "woo-stack.json"
TEMPLATE: dict[str, Any] = {
    "Parameters": {
        "Level": {"Type": "String", "Default": "INFO"},
        "Loud": {"Type": "String", "Default": "false"},
        "Password": {"Type": "String", "NoEcho": True, "Default": "hush"},
    },
    "Conditions": {"IsLoud": {"Fn::Equals": [{"Ref": "Loud"}, "true"]}},
    "Resources": {
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "Properties": {"TableName": "orders", "KeySchema": [{"AttributeName": "pk", "KeyType": "HASH"}]},
        },
        "Key": {"Type": "AWS::KMS::Key", "Properties": {"Description": "one"}},
        "Store": {"Type": "AWS::RDS::DBInstance", "Properties": {"KmsKeyId": {"Fn::GetAtt": ["Key", "Arn"]}}},
        "Reader": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Timeout": 3,
                "Environment": {"Variables": {"TABLE": {"Ref": "Table"}, "LEVEL": {"Ref": "Level"}}},
            },
        },
        "May": {
            "Type": "AWS::Lambda::Permission",
            "Properties": {"FunctionName": {"Fn::GetAtt": ["Reader", "Arn"]}, "Action": "lambda:InvokeFunction"},
        },
        "Mapping": {
            "Type": "AWS::Lambda::EventSourceMapping",
            "Properties": {"EventSourceArn": {"Fn::GetAtt": ["Table", "StreamArn"]}, "FunctionName": {"Ref": "Reader"}},
        },
        "Siren": {"Type": "AWS::SNS::Topic", "Condition": "IsLoud"},
        "Secret": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": {"Fn::Sub": "x:${Password}"}}},
    },
    "Outputs": {
        "TableName": {"Value": {"Ref": "Table"}, "Export": {"Name": "orders"}},
        "Level": {"Value": {"Ref": "Level"}, "Description": "How much is told"},
        "Reader": {"Value": {"Ref": "Reader"}},
    },
}


def changed(edit: Callable[[dict[str, Any]], object], **given: Any) -> Difference:
    after = copy.deepcopy(TEMPLATE)
    edit(after["Resources"])
    return difference(State(TEMPLATE, **given), State(after, **given))


def told(found: Difference) -> dict[str, tuple[str, Replacement, str, list[tuple[str, str, str]]]]:
    return {
        one.logical_id: (
            one.action,
            one.replacement,
            one.policy,
            [(value.path, value.recreation, value.cause) for value in one.properties],
        )
        for one in found.changes
    }


def test_nothing() -> None:
    found = difference(State(TEMPLATE, {"Level": "INFO"}), State(TEMPLATE))
    assert not found
    assert found.source == "template"
    assert not difference(State(json.loads(ONE_FILE.read_text())), State(json.loads(ONE_FILE.read_text())))


def test_all_is_added_to_what_is_not_there() -> None:
    found = difference(None, State(TEMPLATE, {"Loud": "true"}, {"Team": "north"}))
    assert {(one.action, one.properties) for one in found.changes} == {("Add", ())}
    assert found.counts["add"] == len(TEMPLATE["Resources"])
    assert [(one.path, one.before, one.after) for one in found.parameters] == [
        ("Level", ABSENT, "INFO"),
        ("Loud", ABSENT, "true"),
        ("Password", ABSENT, "****"),
    ]
    assert [one.path for one in found.outputs] == ["TableName", "Level", "Reader", "TableName.Export.Name"]
    assert [(one.path, one.after) for one in found.tags] == [("Team", "north")]
    assert found.template == ()


def test_what_is_replaced_and_what_follows() -> None:
    found = changed(lambda resources: resources["Table"]["Properties"].update(TableName="other"))
    assert told(found) == {
        "Table": (
            "Modify",
            Replacement.YES,
            "ReplaceAndDelete",
            [("Properties.TableName", "Always", "")],
        ),
        "Mapping": (
            "Modify",
            Replacement.MAYBE,
            "ReplaceAndDelete",
            [("Properties.EventSourceArn", "Always", "Table.StreamArn")],
        ),
    }
    assert {one.after for change in found.changes[1:] for one in change.properties} == {KNOWN_LATER}
    assert [(one.path, one.before, one.after, one.cause) for one in found.outputs] == [
        ("TableName", {"Ref": "Table"}, KNOWN_LATER, "Table")
    ]
    assert [one.logical_id for one in found.unsafe()] == ["Table"]


def test_what_may_be_replaced_and_what_may_follow() -> None:
    found = changed(lambda resources: resources["Table"]["Properties"]["KeySchema"][0].update(AttributeName="id"))
    assert told(found)["Table"][:3] == ("Modify", Replacement.MAYBE, "ReplaceAndDelete")
    assert told(found)["Mapping"][1] is Replacement.MAYBE
    assert [one.logical_id for one in found.unsafe()] == ["Table"]


def test_an_arn_stays_with_its_resource_another_attribute_may_not() -> None:
    found = changed(lambda resources: resources["Key"]["Properties"].update(Description="two"))
    assert [*told(found)] == ["Key"]
    found = changed(lambda resources: resources["Reader"]["Properties"].update(Timeout=4))
    assert [*told(found)] == ["Reader"]
    streamed = {"StreamSpecification": {"StreamViewType": "NEW_IMAGE"}}
    found = changed(lambda resources: resources["Table"]["Properties"].update(streamed))
    assert told(found)["Mapping"] == (
        "Modify",
        Replacement.MAYBE,
        "ReplaceAndDelete",
        [("Properties.EventSourceArn", "Always", "Table.StreamArn")],
    )
    found = changed(lambda resources: resources["Table"].update(Metadata={"A": 1}))
    assert [*told(found)] == ["Table"]


def test_a_value_that_follows_from_several_names_them_all() -> None:
    """However long the way of each is: what is found later is as good a cause."""

    def queue(**properties: Any) -> dict[str, Any]:
        return {"Type": "AWS::SQS::Queue", "Properties": properties}

    def chain(name: str) -> State:
        last = {"Fn::Sub": "${One} ${Three} ${Three.Arn} ${Other}"}
        return State(
            {
                "Resources": {
                    "Last": queue(QueueName=last),
                    "Plain": {"Type": "AWS::SSM::Parameter", "Properties": {"Type": "String", "Value": last}},
                    "Three": queue(QueueName={"Fn::Sub": "${Two}-3"}),
                    "Two": queue(QueueName={"Fn::Sub": "${One}-2"}),
                    "One": queue(QueueName=name),
                    "Other": queue(),
                }
            }
        )

    found = difference(chain("a"), chain("b"))
    causes = {one.logical_id: [value.cause for value in one.properties] for one in found.changes}
    assert causes == {"One": [""], "Two": ["One"], "Three": ["Two"], "Last": ["One, Three, Three.Arn"]}
    assert {one.logical_id: one.replacement for one in found.changes} == {
        "One": Replacement.YES,
        **dict.fromkeys(("Two", "Three", "Last"), Replacement.MAYBE),
    }
    assert [one.logical_id for one in found.unsafe()] == ["Last", "One", "Three", "Two"]


def key_for(type_: str, name: str = "one") -> State:
    """A database whose key is what another resource answers."""
    store = {"KmsKeyId": {"Fn::GetAtt": ["KeyFor", "Arn"]}, "DBInstanceClass": "db.t4g.small"}
    return State(
        {
            "Resources": {
                "KeyFor": {"Type": type_, "Properties": {"ServiceToken": "f", "Description": name}},
                "Store": {"Type": "AWS::RDS::DBInstance", "Properties": store},
                "Inner": {
                    "Type": "AWS::CloudFormation::Stack",
                    "Properties": {"TemplateURL": "u", "Parameters": {"Key": {"Ref": "KeyFor"}}},
                },
                "Reader": {"Type": "AWS::SSM::Parameter", "Properties": {"Value": {"Ref": "KeyFor"}}},
            }
        }
    )


@pytest.mark.parametrize(
    ("type_", "unsafe"),
    [
        ("AWS::KMS::Key", []),
        ("Custom::KeyFor", ["Store", "Inner"]),
        ("AWS::CloudFormation::CustomResource", ["Store", "Inner"]),
        ("Ours::Keys::Key", ["Store", "Inner"]),
    ],
)
def test_what_another_resource_answers_may_replace(type_: str, unsafe: list[str]) -> None:
    found = difference(key_for(type_), key_for(type_, "two"))
    assert [one.logical_id for one in found.unsafe()] == unsafe
    assert {one.logical_id for one in found.changes} == {"KeyFor", *unsafe}


def test_a_parameter_is_the_cause() -> None:
    found = difference(State(TEMPLATE), State(TEMPLATE, {"Level": "DEBUG", "Loud": "true"}))
    assert told(found) == {
        "Reader": ("Modify", Replacement.NO, "", [("Properties.Environment.Variables.LEVEL", "Never", "Level")]),
        "Siren": ("Add", Replacement.NO, "", []),
    }
    assert [(one.path, one.before, one.after) for one in found.outputs] == [("Level", "INFO", "DEBUG")]
    after = copy.deepcopy(TEMPLATE)
    after["Resources"]["Reader"]["Properties"]["Environment"]["Variables"]["LEVEL"] = "DEBUG"
    found = difference(State(TEMPLATE), State(after, {"Level": "DEBUG"}))
    assert told(found)["Reader"][3] == [("Properties.Environment.Variables.LEVEL", "Never", "")]


def test_a_parameter_by_way_of_a_condition_is_the_cause() -> None:
    template = copy.deepcopy(TEMPLATE)
    template["Resources"]["Reader"]["Properties"]["Timeout"] = {"Fn::If": ["IsLoud", 10, 3]}
    found = difference(State(template), State(template, {"Loud": "true"}))
    assert told(found)["Reader"][3] == [("Properties.Timeout", "Never", "Loud")]


@pytest.mark.parametrize(
    ("type_", "resource", "policy"),
    [
        ("AWS::SQS::Queue", {}, "Delete"),
        ("AWS::SQS::Queue", {"DeletionPolicy": "Retain"}, "Retain"),
        ("AWS::SQS::Queue", {"DeletionPolicy": "RetainExceptOnCreate"}, "Retain"),
        ("AWS::SQS::Queue", {"UpdateReplacePolicy": "Retain"}, "Delete"),
        ("AWS::EC2::Volume", {"DeletionPolicy": "Snapshot"}, "Snapshot"),
        ("AWS::RDS::DBCluster", {}, "Snapshot"),
        ("AWS::RDS::DBCluster", {"DeletionPolicy": "Delete"}, "Delete"),
        ("AWS::RDS::DBInstance", {}, "Snapshot"),
        ("AWS::RDS::DBInstance", {"Properties": {"DBClusterIdentifier": "c"}}, "Delete"),
    ],
)
def test_what_becomes_of_what_is_removed(type_: str, resource: dict[str, Any], policy: str) -> None:
    before = {"Resources": {"One": {"Type": type_, **resource}}}
    (found,) = difference(State(before), State({"Resources": {}})).changes
    assert (found.action, found.policy) == ("Remove", policy)
    assert found.loses


@pytest.mark.parametrize(("policy", "expected"), [(None, "ReplaceAndDelete"), ("Retain", "ReplaceAndRetain")])
def test_what_becomes_of_what_is_replaced(policy: str | None, expected: str) -> None:
    def queue(name: str) -> State:
        about = {"UpdateReplacePolicy": policy} if policy else {}
        resource = {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": name}, **about}
        return State({"Resources": {"One": resource}})

    (found,) = difference(queue("one"), queue("two")).changes
    assert found.policy == expected


def test_attributes() -> None:
    def edit(resources: dict[str, Any]) -> None:
        resources["Table"].update(DeletionPolicy="Retain", DependsOn="Key", Metadata={"A": {"B": 1}})

    assert told(changed(edit))["Table"][3] == [("Metadata", "Never", ""), ("DeletionPolicy", "Never", "")]
    assert not changed(lambda resources: resources["Table"].update(DependsOn="Key"))


def test_another_type_under_the_same_name() -> None:
    found = changed(lambda resources: resources.update(Table={"Type": "AWS::SQS::Queue"}))
    (table,) = (one for one in found.changes if one.logical_id == "Table")
    assert table.replacement is Replacement.YES
    assert table.properties[0].path == "Type"


def test_of_an_unknown_type_no_replacement_is_told() -> None:
    def thing(name: str) -> State:
        return State({"Resources": {"One": {"Type": "My::Own::Thing", "Properties": {"Name": name}}}})

    (found,) = difference(thing("a"), thing("b")).changes
    assert found.replacement is Replacement.NO
    assert found.properties[0].recreation == ""


def test_a_resource_whose_condition_no_longer_holds_is_removed() -> None:
    found = difference(State(TEMPLATE, {"Loud": "true"}), State(TEMPLATE, {"Loud": "false"}))
    assert [(one.action, one.logical_id) for one in found.changes] == [("Remove", "Siren")]


def test_secrets() -> None:
    found = difference(State(TEMPLATE, {"Password": "****"}), State(TEMPLATE, {"Password": "shout"}))
    assert [(one.path, one.before, one.after) for one in found.parameters] == [("Password", "****", "****")]
    (secret,) = found.changes
    assert [(one.path, one.before, one.after) for one in secret.properties] == [("Properties.Value", "****", "****")]
    assert "shout" not in json.dumps(found.to_dict())
    after = copy.deepcopy(TEMPLATE)
    after["Parameters"]["Password"]["Default"] = "whisper"
    found = difference(State(TEMPLATE, {"Password": "hush"}), State(after, {"Password": "hush"}))
    assert [(one.path, one.before, one.after) for one in found.template] == [
        ("Parameters.Password.Default", "****", "****")
    ]


def test_a_parameter_without_a_value_keeps_the_deployed_one() -> None:
    after = copy.deepcopy(TEMPLATE)
    after["Parameters"]["Level"]["Default"] = "TRACE"
    after["Conditions"]["IsLoud"]["Fn::Equals"][1] = "yes"
    found = difference(State(TEMPLATE, {"Level": "WARN"}), State(after))
    assert not found
    assert [(one.path, one.before, one.after) for one in found.template] == [
        ("Conditions.IsLoud.Fn::Equals[1]", "true", "yes"),
        ("Parameters.Level.Default", "INFO", "TRACE"),
    ]
    # Without a deployed value, as between two files, it has another one.
    found = difference(State(TEMPLATE), State(after))
    assert [(one.path, one.before, one.after) for one in found.parameters] == [("Level", "INFO", "TRACE")]
    assert [one.path for one in found.template] == ["Conditions.IsLoud.Fn::Equals[1]"]


def test_outputs_and_exports() -> None:
    after = copy.deepcopy(TEMPLATE)
    after["Outputs"] = {
        "TableName": {"Value": {"Ref": "Table"}, "Export": {"Name": "sales"}},
        "Level": {"Value": {"Ref": "Level"}, "Description": "Told how much"},
        "New": {"Value": "1"},
    }
    found = difference(State(TEMPLATE), State(after))
    assert [(one.path, one.before, one.after) for one in found.outputs] == [
        ("Reader", {"Ref": "Reader"}, ABSENT),
        ("New", ABSENT, "1"),
        ("TableName.Export.Name", "orders", "sales"),
    ]


def test_tags() -> None:
    found = difference(State(TEMPLATE, {}, {"A": "1", "B": "2"}), State(TEMPLATE, {}, {"B": "3", "C": "4"}))
    assert [(one.path, one.before, one.after) for one in found.tags] == [
        ("A", "1", ABSENT),
        ("B", "2", "3"),
        ("C", ABSENT, "4"),
    ]


def test_a_loop_that_changes() -> None:
    def loop(names: list[str]) -> State:
        return State({"Resources": {"Fn::ForEach::Queues": ["Name", names, {"Q${Name}": {"Type": "AWS::SQS::Queue"}}]}})

    assert not difference(loop(["A"]), loop(["A"]))
    (found,) = difference(loop(["A"]), loop(["A", "B"])).changes
    assert (found.action, found.logical_id) == ("Dynamic", "Fn::ForEach::Queues")


def test_a_loop_of_outputs_that_changes() -> None:
    def loop(names: list[str]) -> State:
        outputs = {"Fn::ForEach::Names": ["Name", names, {"N${Name}": {"Value": {"Ref": "Name"}}}]}
        return State({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}, "Outputs": outputs})

    assert not difference(loop(["A"]), loop(["A"]))
    (found,) = difference(loop(["A"]), loop(["A", "B"])).outputs
    assert found.path == "Fn::ForEach::Names"


def test_the_order_is_by_danger() -> None:
    def edit(resources: dict[str, Any]) -> None:
        resources["Table"]["Properties"]["TableName"] = "other"
        resources["Added"] = {"Type": "AWS::SNS::Topic"}
        resources["May"]["Properties"]["Action"] = "lambda:Invoke"
        resources["Key"]["Properties"]["Description"] = "two"
        del resources["Secret"], resources["Reader"]["Properties"]["Timeout"]

    found = changed(edit)
    assert [(bool(one.loses), one.kind, one.logical_id) for one in found.changes] == [
        (True, "replace", "Table"),
        (True, "remove", "Secret"),
        (False, "replace", "Mapping"),
        (False, "replace", "May"),
        (False, "change", "Key"),
        (False, "change", "Reader"),
        (False, "add", "Added"),
    ]


# --- any template

NAMES = st.sampled_from(["A", "B", "C", "D", "E"])
TEXTS = st.sampled_from(["one", "two", "three"])
REFERENCES = st.one_of(
    NAMES.map(lambda name: {"Ref": name}),
    NAMES.map(lambda name: {"Fn::GetAtt": [name, "QueueName"]}),
    st.tuples(TEXTS, NAMES).map(lambda both: {"Fn::Sub": f"{both[0]}-${{{both[1]}}}"}),
    st.just({"Ref": "P"}),
)
RESOURCES = st.fixed_dictionaries(
    {"Type": st.just("AWS::SQS::Queue"), "Properties": st.fixed_dictionaries({}, optional={
        "QueueName": TEXTS,
        "VisibilityTimeout": st.integers(0, 3),
        "KmsMasterKeyId": st.one_of(TEXTS, REFERENCES),
        "Tags": st.lists(st.fixed_dictionaries({"Key": TEXTS, "Value": st.one_of(TEXTS, REFERENCES)}), max_size=2),
    })},
    optional={"DeletionPolicy": st.sampled_from(["Retain", "Delete"]), "Metadata": st.fixed_dictionaries({"M": TEXTS})},
)  # fmt: skip


def valid(resources: dict[str, Any]) -> bool:
    """Whether all that it refers to is there, in no circle."""
    order, left = set(), dict(resources)
    while left:
        free = [
            name
            for name, one in left.items()
            if all(
                other in order for other in "ABCDE" if f'"{other}"' in json.dumps(one) or f"${{{other}}}" in f"{one}"
            )
        ]
        if not free:
            return False
        order |= {*free}
        left = {name: one for name, one in left.items() if name not in order}
    return True


TEMPLATES = (
    st.dictionaries(NAMES, RESOURCES, min_size=1)
    .filter(valid)
    .map(lambda resources: {"Parameters": {"P": {"Type": "String", "Default": "p"}}, "Resources": resources})
)


@given(TEMPLATES, st.dictionaries(st.just("P"), TEXTS), st.dictionaries(TEXTS, TEXTS))
@settings(max_examples=20, deadline=None)
def test_what_is_equal_does_not_differ(template: Any, parameters: dict[str, str], tags: dict[str, str]) -> None:
    assert not difference(State(template, parameters, tags), State(copy.deepcopy(template), parameters, tags))


@given(TEMPLATES, TEMPLATES)
@settings(max_examples=20, deadline=None)
def test_there_and_back(one: Any, two: Any) -> None:
    """What is added on the way there is removed on the way back; whatever differs is told, and can be written."""
    there, back = difference(State(one), State(two)), difference(State(two), State(one))
    opposite = {"Add": "Remove", "Remove": "Add", "Modify": "Modify"}
    direct = [change for change in there.changes if any(value.after != KNOWN_LATER for value in change.properties)]
    names = {change.logical_id for change in back.changes}
    assert {change.logical_id for change in direct} <= names
    assert {(opposite[one.action], one.logical_id) for one in there.changes if one.action != "Modify"} == {
        (one.action, one.logical_id) for one in back.changes if one.action != "Modify"
    }
    assert json.dumps(there.to_dict())


@pytest.fixture(scope="module")
def emulated() -> Iterator[Callable[[Any, Any], tuple[Difference, Difference]]]:
    """By a change set of the emulator, and by the templates alone."""
    with Emulator() as emulator:
        numbers = iter(range(10**6))

        def both(before: Any, after: Any) -> tuple[Difference, Difference]:
            stack = Stack(f"any-{next(numbers)}", emulator.session(), emulator.endpoint)
            client = stack.client("cloudformation")
            client.create_stack(StackName=stack.name, TemplateBody=json.dumps(before))
            client.get_waiter("stack_create_complete").wait(StackName=stack.name, WaiterConfig={"Delay": 0.02})
            found = diff(stack, after), diff(stack, after, change_set=False)
            client.delete_stack(StackName=stack.name)
            client.get_waiter("stack_delete_complete").wait(StackName=stack.name, WaiterConfig={"Delay": 0.02})
            return found

        yield both


@pytest.mark.parametrize("examples", [5, pytest.param(300, marks=pytest.mark.soak)])
def test_the_emulators_change_set_says_the_same(examples: int, emulated: Any) -> None:
    @given(TEMPLATES, TEMPLATES)
    @settings(max_examples=examples, deadline=None, suppress_health_check=[*HealthCheck], database=None)
    def check(before: Any, after: Any) -> None:
        for template in (before, after):
            # A name is taken once, and a tag of a queue has one value.
            for name, resource in template["Resources"].items():
                properties = resource["Properties"]
                if "QueueName" in properties:
                    properties["QueueName"] = f"{name}-{properties['QueueName'].rpartition('-')[2]}"
                properties["Tags"] = [*{tag["Key"]: tag for tag in properties.get("Tags", [])}.values()]
        by_emulator, by_templates = emulated(before, after)
        by_name = [{one.logical_id: one for one in found.changes} for found in (by_emulator, by_templates)]
        for name, change in by_name[1].items():
            if name in by_name[0]:
                assert change.action == by_name[0][name].action
            else:
                # The emulator does not see that another resource is referred to, as AWS does.
                for one in change.properties:
                    assert isinstance(one.before, dict), change
                    assert one.after == KNOWN_LATER or isinstance(one.after, dict), change
        for name in by_name[0].keys() - by_name[1].keys():
            # For the emulator a value follows from another DeletionPolicy too.
            assert {one.after for one in by_name[0][name].properties} == {KNOWN_LATER}
        replaced = [{name for name, one in found.items() if one.replaced} for found in by_name]
        assert replaced[0] == replaced[1]

    check()
