"""print the keys that clients and webhooks need, and change them

Prints what a WooCommerce client takes: the URL, the consumer key and the consumer secret; with --webhooks what a
webhook takes, and nothing else. Secrets go to stdout alone.

--rotate makes a new consumer secret (with --rotate-key a new consumer key too). It is printed once it works. The old
one goes on working for up to ten minutes: functions remember it for five, and API Gateway what they answered for five
more. Then whoever still has it is refused.

--webhooks --rotate makes a new secret beside the old one, and both are good. Put the new one into the shop's webhooks,
each of them; then --webhooks --finish takes the old one away. No delivery is refused in between.
"""

import argparse
import json
import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

from woo_stack.cli import target
from woo_stack.cli.dialogue import answer, table, where
from woo_stack.cli.errors import CommandError
from woo_stack.cli.progress import tell

if TYPE_CHECKING:
    from woo_stack.cloudformation.credentials import ApiCredentials, WebhookCredentials
    from woo_stack.cloudformation.stack import Stack

EPILOG = """\
examples:
  woo-stack credentials --env prod
  woo-stack credentials --env prod --json | jq -r .consumer_secret
  woo-stack credentials --env prod --rotate
  woo-stack credentials --env prod --webhooks --rotate     # then edit the shop's webhooks, then
  woo-stack credentials --env prod --webhooks --finish

exit status:
  0  printed, and changed if that was asked for
  1  AWS refuses, or the question was not answered with yes
  2  wrong command line
"""

_TITLES = {
    "url": "URL",
    "consumer_key": "Consumer key",
    "consumer_secret": "Consumer secret",
    "webhook_url": "Webhook URL",
    "webhook_secret": "Webhook secret",
}


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    target.add_options(parser)
    parser.add_argument("--webhooks", action="store_true", help="the webhooks' URL and secret instead of the API's")
    parser.add_argument("--json", action="store_true", help="print a line of JSON")
    change = parser.add_mutually_exclusive_group()
    change.add_argument("--rotate", action="store_true", help="make a new secret, and print that")
    change.add_argument("--rotate-key", action="store_true", help="make a new consumer key and secret, and print both")
    change.add_argument("--finish", action="store_true", help="with --webhooks: the old secret is no longer needed")
    parser.add_argument("--yes", action="store_true", help="do not ask before anything is changed")


def run(options: argparse.Namespace) -> int:
    """Print, or change and print."""
    if options.rotate_key and options.webhooks:
        raise CommandError("--rotate-key is of no use with --webhooks, which have no key: --rotate", status=2)
    if options.finish and not options.webhooks:
        raise CommandError("--finish needs --webhooks: a consumer secret has no change to finish", status=2)
    changes = options.rotate or options.rotate_key or options.finish
    if changes and not (options.yes or sys.stdin.isatty()):
        raise CommandError("there is no terminal to ask at, allowed: --yes, which does not ask", status=2)
    stack = target.stack_of(options)
    if not changes:
        _print(_webhooks(stack) if options.webhooks else _api(stack), options)
        return 0
    if not _agreed(stack, options):
        tell("nothing was changed")
        return 1
    if options.finish:
        _finish(stack)
    else:
        _rotate(stack, options)
    return 0


_QUESTIONS = {
    "--rotate": "Make a new secret for {stack}? Clients with the old one are refused in ten minutes at the latest.",
    "--webhooks": "Make a new webhook secret for {stack}? The old one stays good until --finish.",
    "--finish": "Take the old webhook secret of {stack} away? Webhooks that still sign by it lose their events.",
}


def _api(stack: "Stack") -> "ApiCredentials":
    from woo_stack.cloudformation.credentials import api_credentials

    return api_credentials(stack)


def _webhooks(stack: "Stack") -> "WebhookCredentials":
    from woo_stack.cloudformation.credentials import webhook_credentials

    found = webhook_credentials(stack)
    if found.changing:
        tell("an old secret is good as well: --webhooks --finish ends that, when every webhook has this one")
    return found


def _rotate(stack: "Stack", options: argparse.Namespace) -> None:
    from woo_stack.cloudformation import credentials

    if options.webhooks:
        made: ApiCredentials | WebhookCredentials = credentials.rotate_webhooks(stack)
    else:
        made = credentials.rotate(stack, key=options.rotate_key)
    try:
        tell(f"waiting {credentials.WAIT_SECONDS} s until every function takes it")
        time.sleep(credentials.WAIT_SECONDS)
    except KeyboardInterrupt:
        tell("it is changed: the same command without --rotate prints it")
        raise
    _print(made, options)
    if options.webhooks:
        tell("Put it into every webhook of the shop, then run the same with --finish instead of --rotate.")
    else:
        minutes = (credentials.TRUST_SECONDS + credentials.ANSWER_SECONDS) // 60
        tell(f"The old one goes on working for up to {minutes} minutes.")


def _finish(stack: "Stack") -> None:
    from woo_stack.cloudformation.credentials import TRUST_SECONDS, finish_webhooks

    if finish_webhooks(stack):
        tell(f"The old webhook secret is gone; functions remember it for up to {TRUST_SECONDS // 60} minutes.")
    else:
        tell("there was no old webhook secret")


def _print(found: "ApiCredentials | WebhookCredentials", options: argparse.Namespace) -> None:

    fields = asdict(found)
    shown = table({title: fields[name] for name, title in _TITLES.items() if name in fields})
    print(f"{json.dumps(fields)}\n" if options.json else shown, end="", flush=True)


def _agreed(stack: "Stack", options: argparse.Namespace) -> bool:
    """Whether whoever is asked says yes."""

    if options.yes:
        return True
    tell(where(stack))
    question = "--finish" if options.finish else "--webhooks" if options.webhooks else "--rotate"
    return answer(f"{_QUESTIONS[question].format(stack=stack.title)} [y/N] ").lower() in ("y", "yes")
