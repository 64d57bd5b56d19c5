"""What the commands that change a stack say and ask, each in the same words."""

import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypedDict

if TYPE_CHECKING:
    from woo_stack.cli.live import Live
    from woo_stack.cloudformation.change import Difference
    from woo_stack.cloudformation.events import Event
    from woo_stack.cloudformation.stack import Stack


class Callbacks(TypedDict):
    """What `woo_stack.deploy` and `woo_stack.bootstrap` call."""

    on_difference: "Callable[[Difference], None]"
    approve: "Callable[[Difference], bool]"
    on_event: "Callable[[Event], None]"
    tell: Callable[[str], None]


@contextmanager
def followed(stack: "Stack", command: str) -> "Iterator[Live]":
    """Tell what is done to the stack; whoever interrupts hears what goes on without him."""
    from woo_stack.cli.live import Live

    with Live() as live:
        try:
            yield live
        except KeyboardInterrupt:
            live.tell(interrupted(stack, command))
            raise


def callbacks(live: "Live", question: str, *, yes: bool) -> Callbacks:
    """Show the difference, ask the question unless ``yes``, and tell every event."""
    from woo_stack.cli.shown import lines

    def show(difference: "Difference") -> None:
        for line in lines(difference, live.terminal):
            live.tell(line)

    def approve(difference: "Difference") -> bool:
        agreed = yes or answer(f"{question} [y/N] ").lower() in ("y", "yes")
        live.expect([change.logical_id for change in difference.changes])
        return agreed

    return {"on_difference": show, "approve": approve, "on_event": live, "tell": live.tell}


def where(stack: "Stack") -> str:
    """Which stack, in which region of which account: what a person should see before anything is done."""
    return f"stack {stack.title}, region {stack.region}, account {stack.account}"


def answer(question: str) -> str:
    """What a person types after the question, which goes to stderr; "" at the end of the input."""
    print(question, end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip()


def table(outputs: Mapping[str, str]) -> str:
    """A line an output, aligned."""
    width = max(map(len, outputs), default=0)
    return "".join(f"{name:<{width}}  {value}\n" for name, value in outputs.items())


def interrupted(stack: "Stack", command: str) -> str:
    """What Ctrl-C leaves going on, how to see it again and how to end it."""
    from woo_stack.cloudformation.refusals import AwsError
    from woo_stack.cloudformation.states import Kind, condition

    try:
        described = stack.described()
    except AwsError:
        return f"interrupted; what AWS had begun goes on, the same command follows it: woo-stack {command} ..."
    found = condition(described)
    if described is None or found.kind is not Kind.BUSY:
        return "interrupted; nothing is going on in AWS"
    cancel = {
        "UPDATE_IN_PROGRESS": f"; `aws cloudformation cancel-update-stack --stack-name {stack.title}` cancels it",
        "CREATE_IN_PROGRESS": f"; `woo-stack destroy --stack {stack.title}` takes it down",
    }.get(described["StackStatus"], "")
    return f"interrupted, but AWS goes on: {found.told(stack.title)}; the same command follows it again{cancel}"
