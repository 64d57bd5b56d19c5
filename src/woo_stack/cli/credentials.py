"""print the keys that clients and webhooks need, and change them

Prints what a WooCommerce client takes: the URL, the consumer key and the consumer secret; with --webhooks what a
webhook takes, and nothing else. Secrets go to stdout alone.

--rotate makes a new consumer secret beside the old one (with --rotate-key a new consumer key too), and both are good.
It is printed once it works. Give it to every client; then --finish takes the old one away, which ends within ten
minutes: functions remember it for five, and API Gateway what they answered for five more. Nobody is refused in between.

--webhooks --rotate does the same for the secret of webhooks: put the new one into the shop's webhooks, each of them;
then run --webhooks --finish. No delivery is refused in between.

Each may be interrupted and repeated: what is good now is printed without --rotate.
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
  woo-stack credentials --env prod --rotate                # then give it to every client, then
  woo-stack credentials --env prod --finish
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
    change.add_argument("--finish", action="store_true", help="take the old secret away, which nobody needs any more")
    parser.add_argument("--yes", action="store_true", help="do not ask before anything is changed")


def run(options: argparse.Namespace) -> int:
    """Print, or change and print."""
    if options.rotate_key and options.webhooks:
        raise CommandError("--rotate-key is of no use with --webhooks, which have no key: --rotate", status=2)
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
        _finish(stack, options)
    else:
        _rotate(stack, options)
    return 0


#: By whether it is about webhooks: how the old secret is called, who has it, and what becomes of those who keep it.
_WORDS = {
    False: ("consumer secret", "client", "Clients that still send it are refused."),
    True: ("webhook secret", "webhook of the shop", "Webhooks that still sign by it lose their events."),
}


def _api(stack: "Stack") -> "ApiCredentials":
    from woo_stack.cloudformation.credentials import api_credentials

    found = api_credentials(stack)
    _tell_changing(found.changing, "--finish", "client")
    return found


def _webhooks(stack: "Stack") -> "WebhookCredentials":
    from woo_stack.cloudformation.credentials import webhook_credentials

    found = webhook_credentials(stack)
    _tell_changing(found.changing, "--webhooks --finish", "webhook")
    return found


def _tell_changing(changing: bool, command: str, who: str) -> None:
    if changing:
        tell(f"an old secret is good as well: {command} ends that, when every {who} has this one")


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
    asked = "--rotate-key" if options.rotate_key else "--rotate"
    tell(f"Put it into every {_WORDS[options.webhooks][1]}, then run the same with --finish instead of {asked}.")


def _finish(stack: "Stack", options: argparse.Namespace) -> None:
    from woo_stack.cloudformation import credentials

    gone = credentials.finish_webhooks(stack) if options.webhooks else credentials.finish(stack)
    seconds = credentials.TRUST_SECONDS + (0 if options.webhooks else credentials.ANSWER_SECONDS)
    old, *_ = _WORDS[options.webhooks]
    if gone:
        tell(f"The old {old} is gone; it is remembered for up to {seconds // 60} minutes.")
    else:
        tell(f"there was no old {old}")


def _print(found: "ApiCredentials | WebhookCredentials", options: argparse.Namespace) -> None:

    fields = asdict(found)
    shown = table({title: fields[name] for name, title in _TITLES.items() if name in fields})
    print(f"{json.dumps(fields)}\n" if options.json else shown, end="", flush=True)


def _agreed(stack: "Stack", options: argparse.Namespace) -> bool:
    """Whether whoever is asked says yes."""

    if options.yes:
        return True
    tell(where(stack))
    old, _, loss = _WORDS[options.webhooks]
    question = f"Make a new {old} for {stack.title}? The old one stays good until --finish."
    if options.finish:
        question = f"Take the old {old} of {stack.title} away? {loss}"
    return answer(f"{question} [y/N] ").lower() in ("y", "yes")
