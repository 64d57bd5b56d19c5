"""bring a stack to what the template says

Checks the template, uploads what is needed, has CloudFormation work out the changes, shows them and asks; then has them
made, tells every event as it happens, and ends with the outputs or with the first real cause of a failure.

It is all one change set, which the console shows too, and it works for any template: --template FILE. A change that
would replace or remove what holds data is refused unless each such resource is named with --allow-replacement.

Ctrl-C, a lost connection and a closed terminal do no harm: AWS goes on, and the same command follows it to its end and
then does what is left. What was only shown, or declined, leaves nothing behind.

An update is set back by AWS when one of the stack's composite alarms goes off while it runs, or in the minutes after it
(--monitor-minutes).
"""

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from woo_stack.cli import environments, target
from woo_stack.cli.dialogue import callbacks, followed, table, where
from woo_stack.cli.errors import CommandError

if TYPE_CHECKING:
    from woo_stack.cli.live import Live
    from woo_stack.cloudformation.deploy import Deployed
    from woo_stack.cloudformation.stack import Stack

EPILOG = """\
examples:
  woo-stack deploy --env prod
  woo-stack deploy --env dev --yes --json | jq -r .outputs.ApiUrl
  woo-stack deploy --env prod --parameter LogLevel=DEBUG
  woo-stack deploy --stack queue --template queue.yaml --capability CAPABILITY_NAMED_IAM

exit status:
  0    deployed, or there was nothing to change
  1    refused, declined or failed; the reason is on stderr
  2    wrong command line, or no terminal to ask at and no --yes
  130  Ctrl-C; what AWS had begun goes on
"""

#: Minutes that a protected stack's alarms are watched after an update.
MONITOR_MINUTES = 5


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    target.add_options(parser)
    environments.add_options(parser)
    how = parser.add_argument_group("how it is deployed")
    how.add_argument("--yes", action="store_true", help="do not ask")
    how.add_argument("--json", action="store_true", help="print the result and the outputs as a line of JSON")
    how.add_argument(
        "--allow-replacement",
        metavar="ID",
        action="append",
        default=[],
        help="a resource that may be replaced or removed although it holds data; may be repeated",
    )
    how.add_argument(
        "--capability",
        metavar="NAME",
        action="append",
        default=[],
        help="what else is acknowledged, as CAPABILITY_NAMED_IAM; may be repeated",
    )
    how.add_argument(
        "--code",
        metavar="ZIP",
        type=Path,
        help="the code of a template that takes it from a bucket (default: beside it)",
    )
    how.add_argument("--bucket", metavar="NAME", help="for uploads (default: the bootstrap stack's)")
    how.add_argument(
        "--role-arn", metavar="ARN", help="CloudFormation works as this role (default: the bootstrap stack's)"
    )
    how.add_argument("--bootstrap-stack", metavar="NAME", help="the bootstrap stack (default: woo-stack-bootstrap)")
    how.add_argument(
        "--termination-protection",
        action=argparse.BooleanOptionalAction,
        help="protect the stack from deletion (default: with --env prod, else as it is)",
    )
    how.add_argument(
        "--monitor-minutes",
        metavar="N",
        type=_minutes,
        help=f"watch the alarms so long after an update (default: {MONITOR_MINUTES} if the stack is protected, else 0)",
    )
    how.add_argument(
        "--rollback-alarm",
        metavar="ARN",
        action="append",
        default=[],
        help="another alarm that sets the update back; may be repeated",
    )


def run(options: argparse.Namespace) -> int:
    """Deploy and print the outputs."""
    if not (options.yes or sys.stdin.isatty()):
        raise CommandError("there is no terminal to ask at, allowed: --yes, which does not ask", status=2)
    stack = target.stack_of(options)
    with followed(stack, "deploy") as live:
        deployed = _deploy(options, stack, live)
        live.tell(_told(stack, deployed))
    print(_one_line(deployed) if options.json else table(deployed.outputs), end="")
    return 0


def _deploy(options: argparse.Namespace, stack: "Stack", live: "Live") -> "Deployed":
    from woo_stack.cloudformation.deploy import deploy
    from woo_stack.cloudformation.deployment import BOOTSTRAP_STACK

    chosen, template = environments.environment(options), environments.template_of(options)
    live.tell(where(stack))
    protected = (
        True if options.termination_protection is None and options.env == "prod" else options.termination_protection
    )

    return deploy(
        stack,
        template,
        parameters=chosen.parameters,
        tags=chosen.tags or None,
        stack_policy=chosen.stack_policy,
        code=options.code,
        allow_replacement=options.allow_replacement,
        termination_protection=protected,
        rollback_alarms=options.rollback_alarm,
        monitor_minutes=_monitored(options, stack, protected),
        capabilities=options.capability,
        role_arn=options.role_arn,
        bucket=options.bucket,
        bootstrap_stack=options.bootstrap_stack or BOOTSTRAP_STACK,
        **callbacks(live, f"Deploy these changes to {stack.title}?", yes=options.yes),
    )


def _monitored(options: argparse.Namespace, stack: "Stack", protected: bool | None) -> int:
    if options.monitor_minutes is not None:
        return int(options.monitor_minutes)
    if protected is None:
        protected = (stack.described() or {}).get("EnableTerminationProtection", False)
    return MONITOR_MINUTES if protected else 0


def _told(stack: "Stack", deployed: "Deployed") -> str:
    if not deployed.changed:
        return f"nothing to change: the stack {stack.title} is what the template says"
    return f"the stack {stack.title} is deployed, in {deployed.seconds:.0f} s"


def _one_line(deployed: "Deployed") -> str:
    result = {
        "stack_id": deployed.stack_id,
        "changed": deployed.changed,
        "seconds": round(deployed.seconds, 1),
        "outputs": dict(deployed.outputs),
        "difference": deployed.difference.to_dict(),
    }
    return json.dumps(result) + "\n"


def _minutes(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 180):
        raise argparse.ArgumentTypeError(f"{text!r} is no number of minutes, allowed: 0 to 180")
    return int(text)
