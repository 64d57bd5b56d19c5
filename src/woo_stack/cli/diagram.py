"""draw a template

Draws what an architect draws of a CloudFormation template, of this library or of anybody: services by tier, and as
edges the routes, triggers, permissions and references between them. Without TEMPLATE it is the one that synth makes.

Mermaid and DOT need nothing. SVG and PNG need Graphviz, which the extra `diagram` brings.
"""

import argparse
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from woo_stack.cli.errors import CommandError

FORMATS = ("mermaid", "dot", "svg", "png")
#: By suffix of --output.
_SUFFIXES = {".mmd": "mermaid", ".mermaid": "mermaid", ".dot": "dot", ".gv": "dot", ".svg": "svg", ".png": "png"}

EPILOG = """
examples:
  woo-stack diagram > shop.mmd
  woo-stack diagram output/woo-stack-http.json --output shop.svg
  woo-stack diagram someones.yaml --every-resource --format dot
  aws cloudformation get-template --stack-name shop \\
      --query TemplateBody | woo-stack diagram -

exit status:
  0  drawn
  1  no template, or Graphviz is needed and not installed
  2  a wrong command line
"""


def add_options(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument(
        "template", metavar="TEMPLATE", nargs="?", help="a file, JSON or YAML; - is stdin (default: build.py's own)"
    )
    parser.add_argument(
        "--format",
        choices=FORMATS,
        help=f"one of {', '.join(FORMATS)} (default: by the suffix of --output, else mermaid)",
    )
    parser.add_argument("--output", metavar="FILE", type=Path, help="write it there (default: stdout)")
    parser.add_argument(
        "--every-resource", action="store_true", help="each resource as a node, each reference as an edge"
    )


def run(options: argparse.Namespace) -> int:
    """Draw, and print or write; the path is the answer where it is written."""
    kind = _format(options)
    from woo_stack.diagram import dot, graph, graphviz, mermaid

    # Asked before a build that takes seconds.
    if kind in ("svg", "png"):
        graphviz.program()
    drawn = graph(_template(options.template), options.every_resource)
    picture: str | bytes = mermaid(drawn) if kind == "mermaid" else dot(drawn)
    if kind in ("svg", "png"):
        picture = graphviz.svg(dot(drawn)) if kind == "svg" else graphviz.png(dot(drawn))
    if options.output:
        from woo_stack.files import write

        write(options.output, picture)
        print(options.output)
    elif isinstance(picture, bytes):
        sys.stdout.buffer.write(picture)
    else:
        sys.stdout.write(picture)
    return 0


def _format(options: argparse.Namespace) -> str:
    if options.format or not options.output:
        chosen: str = options.format or "mermaid"
        return chosen
    if kind := _SUFFIXES.get(options.output.suffix.lower()):
        return kind
    known = ", ".join(_SUFFIXES)
    raise CommandError(f"--output {options.output} says no format, allowed: {known}, or --format", status=2)


def _template(given: str | None) -> dict[str, Any]:
    """What the file, stdin or the build says."""
    from woo_stack.cloudformation.parsed import parsed

    return parsed(_unquoted(_text(given)), Path(given) if given not in (None, "-") else None)


def _unquoted(text: str) -> str:
    """The template itself: of `aws … --query TemplateBody` YAML comes as one string of JSON."""
    import json

    if not text.lstrip().startswith('"'):
        return text
    with suppress(ValueError):
        return f"{json.loads(text)}"
    return text


def _text(given: str | None) -> str:
    if given is None:
        from contextlib import redirect_stdout
        from io import StringIO

        from woo_stack.cli import synth

        with redirect_stdout(StringIO()) as built:
            synth.run(argparse.Namespace(app=None, stdout=True))
        return built.getvalue()
    try:
        data = sys.stdin.buffer.read() if given == "-" else Path(given).read_bytes()
        return data.decode()
    except OSError as error:
        raise CommandError(f"the template {given} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CommandError(f"the template {given} cannot be read: it is not UTF-8 text") from None
