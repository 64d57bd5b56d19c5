"""The options that say which stack a command is about, and where."""

import argparse
import os
import re
from typing import TYPE_CHECKING

from woo_stack.cli.errors import CommandError

if TYPE_CHECKING:
    from woo_stack.cloudformation.stack import Stack

#: What commands that ask AWS read beside their options; the help shows it with each of them.
ENVIRONMENT = {
    "AWS_PROFILE": "the profile, unless --profile names another",
    "AWS_REGION": "the region, unless --region does; or AWS_DEFAULT_REGION",
    "AWS_ENDPOINT_URL": "where AWS answers, unless --endpoint-url does",
    "NO_COLOR": "no colours; FORCE_COLOR: colours without a terminal too",
}
#: `woo-stack-ENV` is a stack's name: at most 128 characters.
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z0-9-]{1,118}")
# https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_CreateChangeSet.html
_STACK_NAME = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,127}|arn:\S+:stack/\S+")


def add_options(parser: argparse.ArgumentParser, required: bool = True) -> None:
    """Declare the options that say which stack, of which account; ``required`` is whether the command needs one."""
    group = parser.add_argument_group("which stack", "At least one of --env and --stack." if required else None)
    group.add_argument("--env", metavar="ENV", type=_environment, help="the environment: the stack is woo-stack-ENV")
    group.add_argument("--stack", metavar="NAME", type=_stack, help="the stack's name or ARN, if it is another one")
    if required:
        parser.set_defaults(check=named)
    add_account_options(parser)


def add_account_options(parser: argparse.ArgumentParser) -> None:
    """Declare the options that say which account and region."""
    group = parser.add_argument_group("which account")
    group.add_argument("--region", metavar="REGION", help="its region (default: the environment's or the profile's)")
    group.add_argument("--profile", metavar="PROFILE", help="a profile of ~/.aws (default: the environment's)")
    group.add_argument(
        "--endpoint-url", metavar="URL", help="AWS is there, as the emulator of `woo-stack local` (default: AWS's own)"
    )


def named(options: argparse.Namespace) -> None:
    """Raise CommandError unless the options name a stack: argparse cannot say "at least one of them"."""
    if not (options.env or options.stack):
        raise CommandError("no stack is named, allowed: --env ENV or --stack NAME", status=2)


def stack_of(options: argparse.Namespace, name: str | None = None) -> "Stack":
    """The stack that the options name, or the one called ``name``; CommandError when there is no such profile."""
    if not name:
        named(options)
    import boto3
    from botocore.exceptions import BotoCoreError

    from woo_stack.cloudformation.refusals import reason_of
    from woo_stack.cloudformation.stack import Stack

    # boto3 reads AWS_DEFAULT_REGION alone; AWS's command line and its other SDKs read this one first.
    region = options.region or os.environ.get("AWS_REGION")
    try:
        session = boto3.Session(profile_name=options.profile, region_name=region)
    except BotoCoreError as error:
        raise CommandError(reason_of(error)) from error
    return Stack(name or options.stack or f"woo-stack-{options.env}", session, options.endpoint_url)


def _environment(text: str) -> str:
    if not _ENVIRONMENT_NAME.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no environment, allowed: letters, digits and hyphens")
    return text


def _stack(text: str) -> str:
    if not _STACK_NAME.fullmatch(text):
        allowed = "a letter, then letters, digits and hyphens, or an ARN"
        raise argparse.ArgumentTypeError(f"{text!r} is no stack's name, allowed: {allowed}")
    return text
