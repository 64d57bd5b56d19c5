import json

import pytest

from woo_stack.cloudformation.change import (
    ABSENT,
    KNOWN_LATER,
    Change,
    Difference,
    PropertyChange,
    Replacement,
)

QUEUE, NESTED = "AWS::SQS::Queue", "AWS::CloudFormation::Stack"
UNSEEN = "what is in it, which is not looked into"
LOST = Change("Remove", "Letters", QUEUE, "https://sqs/letters", policy="Delete")
KEPT = Change("Remove", "Parked", QUEUE, policy="Retain")
NEW = Change("Modify", "Table", "AWS::DynamoDB::Table", "t1", Replacement.MAYBE, "ReplaceAndRetain")
MOVED = Change("Modify", "Api", "AWS::ApiGateway::RestApi", replacement=Replacement.YES)
EDITED = Change(
    "Modify", "Jobs", QUEUE, properties=(PropertyChange("Properties.DelaySeconds", 3, 4, "Never", "Delay"),)
)
ROLE = Change("Remove", "Role", "AWS::IAM::Role", policy="Delete")
ADDED = Change("Add", "Other", QUEUE)


@pytest.mark.parametrize(
    ("change", "loses", "kind", "kept"),
    [
        (LOST, "messages", "remove", False),
        (KEPT, "messages", "remove", True),
        (NEW, "items", "replace", True),
        (MOVED, "its URL", "replace", False),
        (EDITED, "", "change", False),
        (ROLE, "", "remove", False),
        (ADDED, "", "add", False),
        (Change("Import", "Old", QUEUE), "", "add", False),
        (Change("Dynamic", "Inner", QUEUE), "messages", "change", False),
        (
            Change("Modify", "Url", NESTED, properties=(PropertyChange("Properties.TemplateURL", 1, 2),)),
            UNSEEN,
            "change",
            False,
        ),
        (
            Change("Modify", "Given", NESTED, properties=(PropertyChange("Properties.Parameters.A", 1, 2),)),
            UNSEEN,
            "change",
            False,
        ),
        (Change("Modify", "Whole", NESTED, properties=(PropertyChange("Properties", 1, 2),)), UNSEEN, "change", False),
        (
            Change("Modify", "Set", f"{NESTED}Set", properties=(PropertyChange("Properties.TemplateBody", 1, 2),)),
            UNSEEN,
            "change",
            False,
        ),
        (
            Change(
                "Modify",
                "Tags",
                NESTED,
                properties=(
                    PropertyChange("Properties.Tags[A]", 1, 2),
                    PropertyChange("Tags", 1, 2),
                    PropertyChange("Metadata", 1, 2),
                    PropertyChange("DeletionPolicy", 1, 2),
                ),
            ),
            "",
            "change",
            False,
        ),
        (Change("Remove", "Gone", NESTED, policy="Delete"), "all that its resources hold", "remove", False),
        (Change("Add", "Fresh", NESTED), "", "add", False),
        (Change("SyncWithActual", "Same", QUEUE), "", "change", False),
    ],
    ids=lambda value: value.logical_id if isinstance(value, Change) else "",
)
def test_what_becomes_of_a_resource(change: Change, loses: str, kind: str, kept: bool) -> None:
    assert (change.loses, change.kind, change.kept) == (loses, kind, kept)


def test_unsafe_is_what_loses_something_and_is_not_named() -> None:
    found = Difference((LOST, KEPT, NEW, MOVED, EDITED, ROLE, ADDED))
    assert found.unsafe() == [LOST, KEPT, NEW, MOVED]
    assert found.unsafe({"Letters", "Api"}) == [KEPT, NEW]
    assert found.counts == {"add": 1, "change": 1, "replace": 2, "remove": 3}


@pytest.mark.parametrize("section", ["parameters", "outputs", "tags"])
def test_anything_makes_a_difference(section: str) -> None:
    assert not Difference()
    assert Difference((EDITED,))
    assert Difference(**{section: (PropertyChange("A", 1, 2),)})
    assert not Difference(template=(PropertyChange("Conditions.A", 1, 2),), reason="the stack is at work")


def test_json() -> None:
    found = Difference(
        (EDITED, LOST),
        outputs=(PropertyChange("Url", ABSENT, "https://a"), PropertyChange("Arn", None, ABSENT)),
        tags=(PropertyChange("Team", "north", KNOWN_LATER),),
        source="change set",
        reason="no reason",
    )
    assert json.loads(json.dumps(found.to_dict())) == {
        "source": "change set",
        "reason": "no reason",
        "counts": {"add": 0, "change": 1, "replace": 0, "remove": 1},
        "changes": [
            {
                "action": "Modify",
                "logical_id": "Jobs",
                "type": QUEUE,
                "physical_id": "",
                "replacement": "False",
                "policy": "",
                "loses": "",
                "properties": [
                    {
                        "path": "Properties.DelaySeconds",
                        "before": 3,
                        "after": 4,
                        "recreation": "Never",
                        "cause": "Delay",
                    }
                ],
            },
            {
                "action": "Remove",
                "logical_id": "Letters",
                "type": QUEUE,
                "physical_id": "https://sqs/letters",
                "replacement": "False",
                "policy": "Delete",
                "loses": "messages",
                "properties": [],
            },
        ],
        "parameters": [],
        "outputs": [
            {"path": "Url", "after": "https://a", "recreation": "", "cause": ""},
            {"path": "Arn", "before": None, "recreation": "", "cause": ""},
        ],
        "tags": [{"path": "Team", "before": "north", "after": KNOWN_LATER, "recreation": "", "cause": ""}],
        "template": [],
    }
