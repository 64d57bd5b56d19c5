"""Draw docs/pictures/architecture.svg: the architecture, from the template that build.py makes.

``python docs/scripts/architecture.py`` needs Graphviz, by the extra `diagram` or installed. The SVG has the digest of
its DOT text in a comment, so that a test needs none to say whether it is of the present template.
"""

import hashlib
import json
import sys
from functools import cache

from built import ROOT, shop
from woo_stack.diagram import dot, graph, graphviz
from woo_stack.diagram.graph import Graph
from woo_stack.errors import WooStackError
from woo_stack.files import write
from woo_stack.template import to_json

TARGET = ROOT / "docs" / "pictures" / "architecture.svg"


@cache
def drawn() -> Graph:
    """The picture of the template that build.py's settings make."""
    return graph(json.loads(to_json(shop().template)))


def digest() -> str:
    """The sha256 of the DOT text, in hexadecimal."""
    return hashlib.sha256(dot(drawn()).encode()).hexdigest()


def svg() -> str:
    """The file; raises WooStackError where no Graphviz is installed."""
    lines = (line.rstrip() for line in graphviz.svg(dot(drawn())).rstrip().splitlines())
    return "\n".join([*lines, f"<!-- sha256:{digest()} -->"]) + "\n"


def main() -> int:
    """Draw the file; returns the exit code, 1 where nothing is written."""
    try:
        write(TARGET, svg())
    except WooStackError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
