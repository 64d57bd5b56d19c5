from typing import Any

import pytest

from woo_stack.cloudformation.policies import deletion_policy, replacement_policy

COMPUTED = {"Fn::If": ["IsProd", "Retain", "Delete"]}


@pytest.mark.parametrize(
    ("resource", "removed", "replaced"),
    [
        ({}, "Delete", "Delete"),
        ({"DeletionPolicy": "Retain"}, "Retain", "Delete"),
        ({"UpdateReplacePolicy": "Retain"}, "Delete", "Retain"),
        ({"DeletionPolicy": "Snapshot", "UpdateReplacePolicy": "Snapshot"}, "Snapshot", "Snapshot"),
        ({"DeletionPolicy": "RetainExceptOnCreate"}, "Retain", "Delete"),
        ({"DeletionPolicy": COMPUTED, "UpdateReplacePolicy": COMPUTED}, "Delete", "Delete"),
        ({"Type": "AWS::RDS::DBCluster"}, "Snapshot", "Delete"),
        ({"Type": "AWS::RDS::DBCluster", "DeletionPolicy": COMPUTED}, "Delete", "Delete"),
        ({"Type": "AWS::RDS::DBInstance", "Properties": None}, "Snapshot", "Delete"),
        ({"Type": "AWS::RDS::DBInstance", "Properties": {"DBClusterIdentifier": "c"}}, "Delete", "Delete"),
    ],
)
def test_what_becomes_of_a_resource(resource: dict[str, Any], removed: str, replaced: str) -> None:
    assert (deletion_policy(resource), replacement_policy(resource)) == (removed, f"ReplaceAnd{replaced}")
