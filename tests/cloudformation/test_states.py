import botocore.session
import pytest

from woo_stack.cloudformation.states import CONDITIONS, Kind, condition


@pytest.mark.usefixtures("quick")
def test_every_state_has_a_row() -> None:
    service = botocore.session.get_session().get_service_model("cloudformation")
    assert set(service.shape_for("StackStatus").enum) == set(CONDITIONS)


def test_what_is_in_progress_is_busy_and_nothing_else() -> None:
    busy = {status for status, row in CONDITIONS.items() if row.kind is Kind.BUSY}
    # Only change sets: nothing goes on.
    assert busy == {status for status in CONDITIONS if status.endswith("_IN_PROGRESS")} - {"REVIEW_IN_PROGRESS"}


def test_what_needs_something_to_be_done_says_what() -> None:
    for status, row in CONDITIONS.items():
        assert bool(row.advice) == (row.kind in (Kind.DEAD, Kind.STUCK)), status


@pytest.mark.parametrize(
    ("status", "kind", "command"),
    [
        ("ROLLBACK_COMPLETE", Kind.DEAD, "woo-stack destroy --stack shop"),
        ("CREATE_FAILED", Kind.DEAD, "woo-stack destroy --stack shop"),
        ("ROLLBACK_FAILED", Kind.DEAD, "woo-stack destroy --stack shop"),
        ("UPDATE_ROLLBACK_FAILED", Kind.STUCK, "aws cloudformation continue-update-rollback --stack-name shop"),
        ("UPDATE_FAILED", Kind.STUCK, "aws cloudformation rollback-stack --stack-name shop"),
        ("DELETE_FAILED", Kind.STUCK, "woo-stack destroy --stack shop"),
    ],
)
def test_the_very_command(status: str, kind: Kind, command: str) -> None:
    row = CONDITIONS[status]
    assert row.kind is kind
    told = row.told("shop", "Table, Queue")
    assert f"`{command}`" in told
    assert told.startswith("the stack shop ")
    if kind is Kind.STUCK and status != "UPDATE_FAILED":
        assert "(Table, Queue)" in told


def test_no_stack_and_a_state_that_is_new_to_us() -> None:
    assert condition(None).kind is Kind.NEW
    assert condition({"StackStatus": "MOVE_IN_PROGRESS"}).kind is Kind.BUSY
    assert (
        condition({"StackStatus": "MOVE_FAILED"}).told("shop")
        == "the stack shop is in the state MOVE_FAILED: see its events"
    )
