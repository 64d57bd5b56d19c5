"""The states of a stack, a row each: what can be done with it, and what to do where nothing can.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/view-stack-events.html
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Kind(StrEnum):
    """What a deployment can do with a stack."""

    NEW = "new"
    READY = "ready"
    BUSY = "busy"
    DEAD = "dead"
    STUCK = "stuck"


@dataclass(frozen=True)
class Condition:
    """What a state means: ``sentence`` follows the stack's name; ``advice`` says what to do, "" where nothing must be.

    Both may name ``{stack}``; an advice also ``{resources}``, those that are the reason.
    """

    kind: Kind
    sentence: str
    advice: str = ""

    def told(self, stack: str, resources: str = "") -> str:
        """`the stack shop was never created …: woo-stack destroy --stack shop, then deploy again`."""
        filled = {"stack": stack, "resources": resources or "what its events name"}
        advice = f": {self.advice.format(**filled)}" if self.advice else ""
        return f"the stack {stack} {self.sentence.format(**filled)}{advice}"


_DESTROY = "run `woo-stack destroy --stack {stack}`, then deploy again"
_CONTINUE = (
    "set right what its events name ({resources}), then run `aws cloudformation continue-update-rollback --stack-name "
    "{stack}` (with --resources-to-skip for what cannot be set right), then deploy again"
)

#: What has no state: there is no stack.
ABSENT = Condition(Kind.NEW, "does not exist")

CONDITIONS: Mapping[str, Condition] = {
    "REVIEW_IN_PROGRESS": Condition(Kind.NEW, "has only change sets, none of them executed"),
    "DELETE_COMPLETE": Condition(Kind.NEW, "is deleted"),
    "CREATE_COMPLETE": Condition(Kind.READY, "stands as it was created"),
    "UPDATE_COMPLETE": Condition(Kind.READY, "stands as it was last updated"),
    "UPDATE_ROLLBACK_COMPLETE": Condition(Kind.READY, "stands as before its last update, which failed"),
    "IMPORT_COMPLETE": Condition(Kind.READY, "stands with what was imported"),
    "IMPORT_ROLLBACK_COMPLETE": Condition(Kind.READY, "stands as before its last import, which failed"),
    "CREATE_IN_PROGRESS": Condition(Kind.BUSY, "is being created"),
    "ROLLBACK_IN_PROGRESS": Condition(Kind.BUSY, "could not be created and is being cleared away"),
    "UPDATE_IN_PROGRESS": Condition(Kind.BUSY, "is being updated"),
    "UPDATE_COMPLETE_CLEANUP_IN_PROGRESS": Condition(Kind.BUSY, "is updated and clears away what was replaced"),
    "UPDATE_ROLLBACK_IN_PROGRESS": Condition(Kind.BUSY, "could not be updated and is being set back"),
    "UPDATE_ROLLBACK_COMPLETE_CLEANUP_IN_PROGRESS": Condition(
        Kind.BUSY, "is set back and clears away what its failed update made"
    ),
    "DELETE_IN_PROGRESS": Condition(Kind.BUSY, "is being deleted"),
    "IMPORT_IN_PROGRESS": Condition(Kind.BUSY, "is importing resources"),
    "IMPORT_ROLLBACK_IN_PROGRESS": Condition(Kind.BUSY, "could not import resources and is being set back"),
    "CREATE_FAILED": Condition(Kind.DEAD, "was never created in full and cannot be updated", _DESTROY),
    "ROLLBACK_COMPLETE": Condition(Kind.DEAD, "was never created and cannot be updated", _DESTROY),
    "ROLLBACK_FAILED": Condition(Kind.DEAD, "was never created and could not be cleared away", _DESTROY),
    "DELETE_FAILED": Condition(
        Kind.STUCK,
        "could not be deleted in full and cannot be updated",
        "set right what its events name ({resources}), then run `woo-stack destroy --stack {stack}`",
    ),
    "UPDATE_FAILED": Condition(
        Kind.STUCK,
        "was left as its failed update made it",
        "run `aws cloudformation rollback-stack --stack-name {stack}`, then deploy again",
    ),
    "UPDATE_ROLLBACK_FAILED": Condition(Kind.STUCK, "could neither be updated nor set back", _CONTINUE),
    "IMPORT_ROLLBACK_FAILED": Condition(Kind.STUCK, "could neither import resources nor be set back", _CONTINUE),
}


def condition(described: Mapping[str, Any] | None) -> Condition:
    """The row for a stack as DescribeStacks tells it, None for none; a state without a row is told as it is."""
    if described is None:
        return ABSENT
    status = described["StackStatus"]
    if status in CONDITIONS:
        return CONDITIONS[status]
    busy = status.endswith("_IN_PROGRESS")
    return Condition(Kind.BUSY if busy else Kind.STUCK, f"is in the state {status}", "" if busy else "see its events")
