"""build the templates

Checks and writes the shop's templates and the zip of its code, as `build.py` does for settings of your own.
"""

import argparse
import sys
from pathlib import Path

from woo_stack.cli.errors import CommandError

ONE_FILE = Path("woo-stack.json")


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--output", metavar="DIR", type=Path, default=Path("output"), help="write them there (default: %(default)s)"
    )
    where.add_argument("--stdout", action="store_true", help=f"print {ONE_FILE} and write nothing")


def run(options: argparse.Namespace) -> int:
    """Write or print; neither happens when a template has findings."""
    from woo_stack.artifacts import release, synth
    from woo_stack.component import WooStackError
    from woo_stack.publish import refuse
    from woo_stack.shop import shop
    from woo_stack.template import to_json
    from woo_stack.validate import problems

    if not options.stdout:
        return synth(release, ["--output", str(options.output)])
    try:
        template = shop()
        refuse(problems(template), ONE_FILE)
    except WooStackError as error:
        raise CommandError(str(error)) from error
    sys.stdout.write(to_json(template))
    return 0
