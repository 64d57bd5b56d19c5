"""show what a deployment would change

By resource and property, with old and new values: from a change set, which is deleted again, or where none can be made
from the deployed template. What is replaced or removed stands out, most of all what holds data; nothing is changed.

With --against it compares with a template on disk, and AWS is not asked.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from woo_stack.cli import environments, target
from woo_stack.cli.errors import CommandError
from woo_stack.cli.progress import tell
from woo_stack.errors import WooStackError

if TYPE_CHECKING:
    from woo_stack.cloudformation.change import Difference
    from woo_stack.cloudformation.stack import Stack

EPILOG = """
examples:
  woo-stack diff --env prod
  woo-stack diff --env prod --json | jq '.changes[] | select(.loses != "")'
  woo-stack diff --stack shop --template mine.yaml --parameter LogLevel=DEBUG
  git show HEAD:output/woo-stack.json > before.json && woo-stack diff --against before.json

exit status:
  0  nothing would change
  1  something would
  2  it cannot be said; the reason is on stderr, in one sentence

--json prints one object:
  source      "change set" or "template": who says so; "reason": why it is not a change set
  counts      how many resources to "add", "change", "replace" and "remove"
  changes     action, logical_id, type, physical_id, replacement (False, Conditional, True), policy (Delete,
              Retain, Snapshot, ReplaceAnd...), loses (what is or may be lost, or "") and properties
  properties, parameters, outputs, tags, template
              path, before, after (without them where there was or is none), recreation, cause;
              "****" stands for what is secret, "{{changeSet:KNOWN_AFTER_APPLY}}" for what is known only then
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    target.add_options(parser, required=False)
    environments.add_options(parser)
    group = parser.add_argument_group("how")
    source = group.add_mutually_exclusive_group()
    source.add_argument("--against", metavar="FILE", type=Path, help="compare with this template and do not ask AWS")
    source.add_argument(
        "--no-change-set", action="store_true", help="compare the templates alone: makes nothing in the account"
    )
    group.add_argument("--json", action="store_true", help="print one JSON object (see below)")
    group.add_argument(
        "--bucket", metavar="BUCKET", help="where a large template is put for CloudFormation (default: the bootstrap's)"
    )
    group.add_argument(
        "--bootstrap-stack",
        metavar="NAME",
        default="woo-stack-bootstrap",
        help="the stack that has the bucket (default: %(default)s)",
    )
    # 1 means that something would change.
    parser.set_defaults(check=_check, failed=2)


def run(options: argparse.Namespace) -> int:
    """Show it; 1 when something would change."""
    try:
        found = _against(options) if options.against else _deployed(options)
    except WooStackError as error:
        # 1 would mean that there are changes.
        raise CommandError(f"{error}{_offline(error)}", status=2) from error
    if found.reason:
        tell(f"by the templates alone: {found.reason}" if found.source == "template" else found.reason)
    if options.json:
        print(json.dumps(found.to_dict(), indent=2))
    else:
        from woo_stack.cli.shown import lines
        from woo_stack.cli.terminal import Terminal

        for line in lines(found, Terminal(sys.stdout)):
            print(line)
    return 1 if found else 0


def _check(options: argparse.Namespace) -> None:
    if not options.against:
        target.named(options)


def _against(options: argparse.Namespace) -> "Difference":
    """From the template on disk, with the same parameters and tags on both sides."""
    from woo_stack.cloudformation.body import Body
    from woo_stack.cloudformation.change import State
    from woo_stack.cloudformation.difference import difference

    given = environments.environment(options)
    before, after = (Body.of(template).parsed for template in (options.against, environments.template_of(options)))
    return difference(State(before, given.parameters, given.tags), State(after, given.parameters, given.tags))


def _deployed(options: argparse.Namespace) -> "Difference":
    from woo_stack.cloudformation.body import Body
    from woo_stack.cloudformation.diff import diff

    body = Body.of(environments.template_of(options))
    given = environments.environment(options)
    stack = target.stack_of(options)
    return diff(
        stack,
        body,
        parameters=given.parameters,
        tags=given.tags or None,
        bucket=options.bucket or _bucket(options, stack, len(body.text.encode())),
        change_set=not options.no_change_set,
    )


def _bucket(options: argparse.Namespace, stack: "Stack", size: int) -> str | None:
    """The bootstrap stack's, where the template needs one and there is one to be seen."""
    from woo_stack.cloudformation.bootstrap import bootstrapped
    from woo_stack.cloudformation.refusals import AwsError
    from woo_stack.template import TEMPLATE_BODY_BYTES

    # Without a stack there is no change set.
    if size <= TEMPLATE_BODY_BYTES or options.no_change_set or not stack.described():
        return None
    try:
        found = bootstrapped(stack.beside(options.bootstrap_stack))
    except AwsError as error:
        if error.denied:
            return None
        raise
    return found.bucket if found else None


def _offline(error: WooStackError) -> str:
    """What to do where AWS cannot be asked, or does not tell."""
    code, silent = (getattr(error, name, "") for name in ("code", "passing"))
    # botocore's own exceptions are from before AWS was asked, or instead of an answer; ClientError is AWS's answer.
    cause = type(error.__cause__)
    unasked = cause.__module__.startswith("botocore") and cause.__name__ != "ClientError"
    refused = getattr(error, "denied", False) or code.startswith(("Expired", "InvalidClientToken", "Unrecognized"))
    return "; --against FILE compares with a template on disk" if silent or unasked or refused else ""
