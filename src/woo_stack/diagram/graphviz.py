"""A picture as SVG or PNG, by Graphviz: the extra `diagram` brings it, and an installed one serves as well."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

from woo_stack.errors import WooStackError

#: The extra's program, and Graphviz's own.
PROGRAMS = ("graphviz-pure", "dot")
#: In seconds; Graphviz may take hours for a template of thousands of resources.
PATIENCE = 60
#: Texts of lines on a ground of their own, which follows the page where it can: no colour reads on white and on dark.
_STYLE = (
    "<style>.ground{fill:#fff}.edge text,.cluster text{fill:#57606a}"
    "@media(prefers-color-scheme:dark){.ground{fill:#0d1117}.edge text,.cluster text{fill:#c9d1d9}}</style>\n"
    '<rect class="ground" width="100%" height="100%" rx="8" fill="#fff"/>'
)


def program() -> str:
    """The path of what draws; raises WooStackError where nothing is installed."""
    for name in PROGRAMS:
        beside = Path(sys.executable).parent
        if found := shutil.which(name, path=f"{beside}") or shutil.which(name):
            return found
    raise WooStackError(
        f"{' and '.join(PROGRAMS)} are not installed, needed for svg and png: the extra `diagram`, as by "
        "`pip install '.[diagram]'` in a clone, or Graphviz itself"
    )


def svg(text: str) -> str:
    """The DOT text as SVG that reads on light and on dark pages."""
    drawn = _drawn(text, "svg").decode()
    # What it has measured is Helvetica; Arial has the same widths, and more have it.
    drawn = re.sub(r'font-family="[^"]*"', 'font-family="Helvetica,Arial,sans-serif"', drawn)
    return re.sub(r"(<svg\b[^>]*>)", lambda found: f"{found[1]}\n{_STYLE}", drawn, count=1)


def png(text: str) -> bytes:
    """The DOT text as a PNG image at 144 dots per inch, transparent."""
    return _drawn(text, "png", "-Gdpi=144")


def _drawn(text: str, kind: str, *options: str) -> bytes:
    name = program()
    try:
        done = subprocess.run(  # noqa: S603 - found above
            [name, f"-T{kind}", *options], input=text.encode(), capture_output=True, check=False, timeout=PATIENCE
        )
    except subprocess.TimeoutExpired:
        raise WooStackError(f"{name} was not done after {PATIENCE} seconds, allowed: a smaller template") from None
    except OSError as error:
        raise WooStackError(f"{name} cannot be run: {error.strerror}") from None
    if done.returncode or not done.stdout:
        reason = " ".join(done.stderr.decode(errors="replace").split())
        raise WooStackError(f"{name} failed with exit status {done.returncode}: {reason or 'it gave no reason'}")
    return done.stdout
