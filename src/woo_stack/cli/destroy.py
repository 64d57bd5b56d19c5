"""take a stack down

Says what goes and what stays, asks for the stack's name, has CloudFormation delete the stack and tells every event as
it happens. What the template retains stays, and is named at the end: its data is yours, and so is its bill.

A stack that is protected from deletion is refused, unless --unprotect is given. A stack that is not there is no error:
it says so, and the exit status is 0, as of `aws cloudformation delete-stack`.

Ctrl-C and a lost connection do no harm: AWS goes on, and the same command follows it.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from woo_stack.cli import target
from woo_stack.cli.dialogue import answer, followed, where
from woo_stack.cli.errors import CommandError

if TYPE_CHECKING:
    from woo_stack.cli.live import Live
    from woo_stack.cloudformation.destroy import Destroyed, Leftover
    from woo_stack.cloudformation.stack import Stack

EPILOG = """\
examples:
  woo-stack destroy --env dev
  woo-stack destroy --env dev --confirm woo-stack-dev      # in a script
  woo-stack destroy --env prod --unprotect

exit status:
  0    it is gone, or was not there
  1    refused, declined or failed; the reason is on stderr
  2    wrong command line, or no terminal to ask at and no --confirm
  130  Ctrl-C; what AWS had begun goes on
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    target.add_options(parser)
    how = parser.add_argument_group("how it is taken down")
    how.add_argument("--confirm", metavar="NAME", help="the stack's name once more, instead of the question")
    how.add_argument("--unprotect", action="store_true", help="even if it is protected from deletion")
    how.add_argument("--role-arn", metavar="ARN", help="CloudFormation works as this role (default: the stack's own)")
    how.add_argument("--json", action="store_true", help="print what is left as a line of JSON")


def run(options: argparse.Namespace) -> int:
    """Delete it, and print what is left."""
    if options.confirm is None and not sys.stdin.isatty():
        raise CommandError("there is no terminal to ask at, allowed: --confirm NAME with the stack's name", status=2)
    stack = target.stack_of(options)
    with followed(stack, "destroy") as live:
        destroyed = _destroy(options, stack, live)
        live.tell(_told(stack, destroyed))
    print(_one_line(destroyed) if options.json else "".join(f"{line}\n" for line in _rows(destroyed.left)), end="")
    return 0


def _destroy(options: argparse.Namespace, stack: "Stack", live: "Live") -> "Destroyed":
    from woo_stack.cloudformation.destroy import destroy

    def approve(planned: Sequence["Leftover"]) -> bool:
        for line in _plan(planned):
            live.tell(line)
        _confirm(options, stack)
        live.expect([one.logical_id for one in planned])
        return True

    live.tell(where(stack))
    return destroy(
        stack, unprotect=options.unprotect, role_arn=options.role_arn, approve=approve, on_event=live, tell=live.tell
    )


def _confirm(options: argparse.Namespace, stack: "Stack") -> None:
    """Raise CommandError unless the stack's name is given once more."""

    if options.confirm is not None:
        if options.confirm != stack.title:
            raise CommandError(f"--confirm is {options.confirm!r}, allowed: the stack's name, {stack.title}", status=2)
        return
    given = answer(f"This cannot be undone. To delete it, type the stack's name ({stack.title}): ")
    if given != stack.title:
        raise CommandError(f"{given!r} is not the stack's name {stack.title}, nothing was done")


def _plan(planned: Sequence["Leftover"]) -> Iterator[str]:
    """What goes, what of it holds data first, then what stays."""
    goes = sorted((one for one in planned if one.policy == "Delete"), key=lambda one: (not one.holds, one.logical_id))
    stays = [one for one in planned if one.policy != "Delete"]
    if goes:
        yield f"goes ({len(goes)}):"
        yield from (f"  {line}" for line in _rows(goes))
    if stays:
        yield f"stays ({len(stays)}):"
        yield from (f"  {line}" for line in _rows(stays))


def _rows(resources: Sequence["Leftover"]) -> Iterator[str]:
    """Logical id, type, physical id and what it holds, aligned."""
    widths = [max((len(getattr(one, name)) for one in resources), default=0) for name in ("logical_id", "type")]
    for one in resources:
        holds = f"({one.holds})" if one.holds else ""
        snapshot = "a snapshot of" if one.policy == "Snapshot" else ""
        parts = (f"{one.logical_id:<{widths[0]}}", f"{one.type:<{widths[1]}}", snapshot, one.physical_id, holds)
        yield "  ".join(part for part in parts if part).rstrip()


def _told(stack: "Stack", destroyed: "Destroyed") -> str:
    if not destroyed.existed:
        return f"there is no stack {stack.title} in {stack.region}, nothing to do"
    left = f"; what is left of it ({len(destroyed.left)}) is yours to keep or delete" if destroyed.left else ""
    return f"the stack {stack.title} is gone, in {destroyed.seconds:.0f} s{left}"


def _one_line(destroyed: "Destroyed") -> str:
    names = ("logical_id", "type", "physical_id", "policy", "holds")
    left = [{name: getattr(one, name) for name in names} for one in destroyed.left]
    return json.dumps({"stack_id": destroyed.stack_id, "existed": destroyed.existed, "left": left}) + "\n"
