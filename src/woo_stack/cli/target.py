"""The options that say which stack a command is about, and where."""

import argparse
from typing import TYPE_CHECKING

from woo_stack.cli.errors import CommandError

if TYPE_CHECKING:
    from woo_stack.cloudformation.stack import Stack


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say which stack, of which account."""
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("--env", metavar="ENV", help="the environment: the stack is woo-stack-ENV")
    which.add_argument("--stack", metavar="NAME", help="the stack's name or ARN")
    add_account_options(parser)


def add_account_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say which account and region."""
    parser.add_argument("--region", help="its region (default: the environment's or the profile's)")
    parser.add_argument("--profile", help="a profile of ~/.aws (default: the environment's)")
    parser.add_argument(
        "--endpoint-url", metavar="URL", help="AWS is there, as the emulator of `woo-stack local` (default: AWS's own)"
    )


def stack_of(options: argparse.Namespace, name: str | None = None) -> "Stack":
    """The stack that the options name, or the one called ``name``; CommandError when there is no such profile."""
    import boto3
    from botocore.exceptions import BotoCoreError

    from woo_stack.cloudformation.refusals import reason_of
    from woo_stack.cloudformation.stack import Stack

    try:
        session = boto3.Session(profile_name=options.profile, region_name=options.region)
    except BotoCoreError as error:
        raise CommandError(reason_of(error)) from error
    return Stack(name or options.stack or f"woo-stack-{options.env}", session, options.endpoint_url)
