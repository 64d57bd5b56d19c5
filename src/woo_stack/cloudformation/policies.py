"""What becomes of a resource that is removed or replaced, in the words of its DeletionPolicy and UpdateReplacePolicy.

https://docs.aws.amazon.com/AWSCloudFormation/latest/TemplateReference/aws-attribute-deletionpolicy.html
"""

from collections.abc import Mapping
from typing import Any

#: Kept as a snapshot when the template does not say otherwise; an instance only when it is in no cluster.
_SNAPSHOT = {"AWS::RDS::DBCluster": "", "AWS::RDS::DBInstance": "DBClusterIdentifier"}


def deletion_policy(resource: Mapping[str, Any]) -> str:
    """Delete, Retain or Snapshot, for a resource of a template that is removed, or deleted with its stack.

    A policy that is computed (`Fn::If`) counts as Delete, so that nobody relies on it.
    """
    said = resource.get("DeletionPolicy")
    if said is None and (type_ := resource.get("Type")) in _SNAPSHOT:
        said = "Snapshot" if _SNAPSHOT[type_] not in (resource.get("Properties") or {}) else "Delete"
    return _plain(said)


def replacement_policy(resource: Mapping[str, Any]) -> str:
    """ReplaceAndDelete, ReplaceAndRetain or ReplaceAndSnapshot, as a change set says it of the old one."""
    return f"ReplaceAnd{_plain(resource.get('UpdateReplacePolicy'))}"


def _plain(said: object) -> str:
    if not isinstance(said, str):
        return "Delete"
    return "Retain" if said == "RetainExceptOnCreate" else said
