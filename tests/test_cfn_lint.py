"""cfn-lint over several templates: what it says of one does not depend on what it has judged before."""

import gc
import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest

from woo_stack import Settings, cfn_lint, problems, shop
from woo_stack.cfn_lint import CfnLint
from woo_stack.template import to_json

Json = dict[str, Any]
Change = Callable[[Json], object]

ASSUMED = {
    "Version": "2012-10-17",
    "Statement": [{"Action": "sts:AssumeRole", "Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}}],
}
TEMPLATE: Json = {
    "AWSTemplateFormatVersion": "2010-09-09",
    "Description": "Tickets",
    "Metadata": {"cfn-lint": {"config": {"ignore_checks": ["I4010", "I9040", "I9001"]}}},
    "Parameters": {"Days": {"Type": "Number", "Default": 14}, "Mail": {"Type": "String", "Default": ""}},
    "Conditions": {"HasMail": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Mail"}, ""]}]}},
    "Mappings": {"Source": {"index": {"py": "def sell(event, context): return 7\n"}}},
    "Resources": {
        "Tickets": {"Type": "AWS::SNS::Topic", "Properties": {"DisplayName": "Tickets"}},
        "Letters": {
            "Type": "AWS::SNS::Subscription",
            "Condition": "HasMail",
            "Properties": {"TopicArn": {"Ref": "Tickets"}, "Protocol": "email", "Endpoint": {"Ref": "Mail"}},
        },
        "SellerRole": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": ASSUMED}},
        "Seller": {
            "Type": "AWS::Lambda::Function",
            "Properties": {
                "Code": {"ZipFile": {"Fn::FindInMap": ["Source", "index", "py"]}},
                "Environment": {"Variables": {"TOPIC": {"Ref": "Tickets"}}},
                "Handler": "index.sell",
                "Role": {"Fn::GetAtt": ["SellerRole", "Arn"]},
                "Runtime": "python3.14",
            },
        },
        "SellerLogs": {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {"LogGroupName": {"Fn::Sub": "/shop/${Seller}"}, "RetentionInDays": {"Ref": "Days"}},
        },
    },
    "Outputs": {"SellerArn": {"Value": {"Fn::GetAtt": ["Seller", "Arn"]}}, "Topic": {"Value": {"Ref": "Tickets"}}},
}  # fmt: skip


def properties(template: Json, name: str) -> Json:
    found: Json = template["Resources"][name]["Properties"]
    return found


#: What is done to the template, each of which cfn-lint has something to say of.
MISTAKES: dict[str, Change] = {
    "a property that there is not": lambda it: properties(it, "Tickets").update(Nmae="x"),
    "a value out of range": lambda it: properties(it, "Seller").update(Timeout=9001),
    "a reference to nothing": lambda it: properties(it, "Letters").update(TopicArn={"Ref": "Tockets"}),
    "what was referred to is gone": lambda it: it["Resources"].pop("SellerRole"),
    "what was referred to is of another type": lambda it: it["Resources"].update(
        SellerRole={"Type": "AWS::SNS::Topic"}
    ),
    "what was referred to is not always there": lambda it: it["Resources"]["Tickets"].update(Condition="HasMail"),
    "an attribute that there is not": lambda it: it["Outputs"]["SellerArn"].update(
        Value={"Fn::GetAtt": ["Seller", "A"]}
    ),
    "a default that does not fit": lambda it: it["Parameters"]["Days"].update(Default=15),
    "a condition that is gone": lambda it: it["Conditions"].pop("HasMail"),
    "a condition of nothing": lambda it: it["Conditions"].update(HasMail={"Fn::Equals": [{"Ref": "Male"}, ""]}),
    "a parameter that nothing uses": lambda it: it["Parameters"].update(Colour={"Type": "String"}),
    "the last use of a parameter gone": lambda it: it["Resources"].pop("SellerLogs"),
    "an output too many": lambda it: it["Outputs"].update(More={"Value": {"Ref": "Tockets"}}),
    "a section that there is not": lambda it: it.update(Resource={}),
    "a section that is none": lambda it: it.update(Outputs=[]),
}


def changed(change: Change, template: Json = TEMPLATE) -> Json:
    copied = deepcopy(template)
    change(copied)
    return copied


def test_a_clean_template_is_clean_alone_and_after_itself() -> None:
    lint = CfnLint()
    assert lint.findings(TEMPLATE) == lint.findings(TEMPLATE) == []


@pytest.mark.parametrize("change", MISTAKES.values(), ids=MISTAKES)
def test_a_mistake_is_found_after_the_template_without_it(change: Change) -> None:
    lint, content = CfnLint(), changed(change)
    assert lint.findings(TEMPLATE) == []
    found = lint.findings(content)
    assert found
    assert found == CfnLint().findings(content)
    assert lint.findings(content) == found


def test_what_an_earlier_process_has_judged_is_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = CfnLint()
    assert earlier.clean() == []
    # A copy, because cfn-lint writes conditions anew.
    earlier.findings(deepcopy(TEMPLATE))
    lint = CfnLint(earlier.clean())
    content = changed(MISTAKES["a value out of range"])
    assert lint.findings(content) == CfnLint().findings(content) != []
    asked: list[Json] = []
    monkeypatch.setattr(cfn_lint._runner(), "validate_template", lambda content: asked.append(content) or [])
    lint.findings(TEMPLATE)
    assert [*asked[0]["Resources"]] == ["JudgedBefore"]


def test_a_circle_is_found_by_the_other_engine() -> None:
    lint = CfnLint()
    around = changed(lambda it: it["Resources"]["SellerRole"].update(DependsOn="Seller"))
    problems(TEMPLATE, lint=lint)
    assert ("F3004", "SellerRole") in {(found.rule, found.where) for found in problems(around, lint=lint)}


def test_what_one_template_answers_another_does_not() -> None:
    lint = CfnLint()
    content = changed(lambda it: properties(it, "Tickets").update(Nmae="x"))
    answers = content["Metadata"]["cfn-lint"]["config"]["ignore_checks"]
    answers.append("E3002")
    assert lint.findings(content) == []
    answers.remove("E3002")
    assert [found.rule for found in lint.findings(content)] == ["E3002"]


def test_what_was_judged_is_not_judged_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Json] = []
    runner = cfn_lint._runner()
    monkeypatch.setattr(runner, "validate_template", lambda content: asked.append(content) or [])
    lint = CfnLint()
    lint.findings(TEMPLATE)
    lint.findings(changed(lambda it: properties(it, "Seller").update(Timeout=7)))
    lint.findings(TEMPLATE)
    whole, changes, nothing = asked
    assert whole == TEMPLATE
    seller, role, topic = (changes["Resources"][name] for name in ("Seller", "SellerRole", "Tickets"))
    assert seller["Properties"]["Timeout"] == 7
    assert (role, topic) == ({"Type": "AWS::IAM::Role"}, {"Type": "AWS::SNS::Topic"})
    assert len(changes["Resources"]) == 4
    assert len(nothing["Resources"]) == 1
    assert "Outputs" not in changes


#: A macro may make anything; E3049 looks from a service into its task definition.
INSEPARABLE: list[Change] = [
    lambda it: it.update(Transform="Shop"),
    lambda it: it["Resources"].update(Service={"Type": "AWS::ECS::Service"}),
    lambda it: it["Resources"].update(Nothing=None),
]


@pytest.mark.parametrize("change", INSEPARABLE)
def test_what_cannot_be_taken_apart_is_judged_as_a_whole(change: Change, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Json] = []
    monkeypatch.setattr(cfn_lint._runner(), "validate_template", lambda content: asked.append(content) or [])
    lint = CfnLint()
    content = changed(change)
    lint.findings(content)
    lint.findings(content)
    assert asked == [content, content]


@pytest.mark.parametrize("enabled", [True, False])
def test_the_garbage_collector_is_left_as_it_was(enabled: bool) -> None:
    was = gc.isenabled()
    try:
        (gc.enable if enabled else gc.disable)()
        CfnLint().findings(TEMPLATE)
        assert gc.isenabled() is enabled
    finally:
        (gc.enable if was else gc.disable)()


@pytest.mark.soak
@pytest.mark.parametrize("start", range(4))
def test_each_resource_of_the_shop_is_judged_where_only_it_has_changed(start: int) -> None:
    content = json.loads(to_json(shop(Settings())))
    lint = CfnLint()
    assert lint.findings(content) == []
    for name in [*content["Resources"]][start::4]:
        misspelt = changed(
            lambda it, name=name: it["Resources"][name].setdefault("Properties", {}).update(Nmae="x"), content
        )
        mentions = cfn_lint._mentions(misspelt)
        fresh = {part for part in mentions if part == ("Resources", name)}
        found = {part for part, _ in cfn_lint._run(cfn_lint._reduced(misspelt, mentions, fresh)) if part in fresh}
        assert found == fresh, name
