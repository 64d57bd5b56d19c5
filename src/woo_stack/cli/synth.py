"""build the templates

Checks and writes the shop's templates, the environments and the zip of the code: with `build.py` where this folder has
one, which is where your settings stand, else with the library's defaults. A template with findings is not written.

The path of the one-file template is the answer, on stdout. What was built, and how each template's bytes are spent, is
told on stderr.
"""

import argparse
import sys
from contextlib import redirect_stdout
from pathlib import Path

from woo_stack.cli.errors import CommandError
from woo_stack.cli.progress import tell

ONE_FILE = "woo-stack.json"
APP = Path("build.py")

EPILOG = """
examples:
  woo-stack synth                            writes output/
  woo-stack synth --app shops/north.py --output north
  woo-stack synth --stdout | cfn-lint
  woo-stack deploy --env dev --template "$(woo-stack synth)"

exit status:
  0  written, or printed
  1  a finding, a setting that does not fit, a build that failed
  2  a wrong command line
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument(
        "--app",
        metavar="FILE",
        type=Path,
        help=f"the program that builds; it is started with --output DIR (default: {APP}, or the library's defaults)",
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "--output", metavar="DIR", type=Path, default=Path("output"), help="write them there (default: %(default)s)"
    )
    where.add_argument("--stdout", action="store_true", help=f"print {ONE_FILE} and write nothing")


def run(options: argparse.Namespace) -> int:
    """Write, and print the path, or print the template; neither happens when a template has findings."""
    app = options.app or (APP if APP.is_file() else None)
    if not options.stdout:
        print(_built(app, options.output))
        return 0
    if not app:
        sys.stdout.write(_defaults())
        return 0
    from woo_stack.cli.folder import temporary_folder

    with temporary_folder() as folder:
        sys.stdout.write(_built(app, folder).read_text(encoding="utf-8", errors="replace"))
    return 0


def _built(app: Path | None, output: Path) -> Path:
    """Build everything into the folder; returns where the one-file template is."""
    if app:
        _run(app, output)
    else:
        tell("building with the library's defaults")
        from woo_stack.artifacts import synth
        from woo_stack.shop_release import release

        with redirect_stdout(sys.stderr):
            status = synth(release, ["--output", str(output)])
        if status:
            raise CommandError("nothing is written, for the reason above")
    template = output / ONE_FILE
    if not template.is_file():
        there = ", ".join(sorted(path.name for path in output.glob("*.json")))
        raise CommandError(f"{app} wrote no {ONE_FILE} into {output}, only {there or 'no template'}")
    return template


def _run(app: Path, output: Path) -> None:
    """Run somebody's build with this interpreter: what it needs is installed beside this library."""
    import subprocess

    if not app.is_file():
        raise CommandError(f"--app {app} is no file, allowed: a Python program that takes --output DIR", status=2)
    tell(f"building with {app}")
    done = subprocess.run(  # noqa: S603 - the user's own program
        [sys.executable, str(app), "--output", str(output)], stdout=subprocess.PIPE, check=False
    )
    print(done.stdout.decode(errors="replace"), end="", file=sys.stderr)
    if done.returncode:
        raise CommandError(f"{app} failed with exit status {done.returncode}, its reason is above")


def _defaults() -> str:
    """The one-file template with the library's defaults: it alone is composed and checked."""
    from woo_stack.publish import refuse
    from woo_stack.shop import shop
    from woo_stack.template import to_json
    from woo_stack.validate import problems

    tell("building with the library's defaults")
    template = shop()
    refuse(problems(template), Path(ONE_FILE))
    return to_json(template)
