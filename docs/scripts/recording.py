"""Record docs/pictures/diff.svg and deploy.svg: a terminal in which `woo-stack` runs against the emulator.

What is shown is what was printed, times too; a recording in which nothing else differs is not another one.
"""

import os
import pty
import re
import shutil
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fcntl import ioctl
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.text import Text
from troposphere import Template

from built import release, shop
from woo_stack import Function, Key, Queue, Shop, Table, inline, to_json
from woo_stack.cli.emulator import REGION, Emulator
from woo_stack.cloudformation.unsupported import without_types

ROOT = Path(__file__).parents[2]
OUTPUT = ROOT / "output"
COLUMNS, ROWS = 112, 200


def orders(number: str, memory_mb: int) -> Template:
    """A small stack: orders, a queue of them, and a function that takes them from there."""
    table, placed = Table("Orders", key=Key(number)), Queue("Placed")
    confirm = Function(
        "Confirm",
        code=inline(ROOT / "examples" / "invoice.py"),
        handler="index.write",
        statements=[table.allow("PutItem"), placed.allow(*Queue.CONSUME)],
        memory_mb=memory_mb,
    )
    template = Template(Description="Orders")
    for component in (table, placed, confirm):
        component.add_to(template)
    return template


@dataclass(frozen=True)
class Scene:
    """A command, what is in the folder when it is given, and what is answered if it asks."""

    command: str
    templates: Mapping[str, Template]
    answer: str = ""


_ORDERS, _SHOP = "woo-stack deploy --stack woo-stack-orders --template orders.json", "woo-stack deploy --env prod"
CHANGED = replace(release().settings, memory_mb=1024, concurrency={"Reader": 50})
BEFORE = (
    Scene("woo-stack bootstrap --yes", {}),
    Scene(f"{_SHOP} --yes", {"output/woo-stack.json": shop().template}),
    Scene(f"{_ORDERS} --yes", {"orders.json": orders("number", 256)}),
)
PICTURES = {
    "diff": [
        Scene(
            "woo-stack diff --env prod --parameter LogRetentionDays=400",
            {"output/woo-stack.json": Shop(CHANGED).template},
        )
    ],
    "deploy": [
        Scene(_ORDERS, {"orders.json": orders("order_id", 256)}, "y"),
        Scene(_ORDERS, {"orders.json": orders("number", 512)}, "y"),
    ],
}
#: Rich's red and its grey are too dark for their ground: by the W3C's formula their contrast is below 4.5.
LIGHTER = {"#cc555a": "#e37579", "#868887": "#949695"}
#: What differs from run to run: how long something took.
_TIMES = re.compile(r"\b\d+:\d\d\b|\bin&#160;\d+&#160;s\b")
#: What the emulator does not know: a recording is of the rest.
NOT_EMULATED = ("AWS::CloudWatch::CompositeAlarm", "AWS::Logs::QueryDefinition", "AWS::IAM::OIDCProvider")


def write(folder: Path, templates: Mapping[str, Template]) -> None:
    """The templates, as far as the emulator knows their types."""
    for name, template in templates.items():
        (folder / name).write_text(to_json(without_types(template.to_dict(), NOT_EMULATED).template))


def run(scene: Scene, folder: Path, emulator: Emulator) -> str:
    """What a terminal shows of a scene."""
    write(folder, scene.templates)
    ours, theirs = pty.openpty()
    ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
    environment = {
        "PATH": os.environ["PATH"],
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "AWS_ENDPOINT_URL": emulator.endpoint,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": REGION,
    }
    program = [sys.executable, "-m", *scene.command.replace("woo-stack", "woo_stack.cli", 1).split()]
    with subprocess.Popen(  # noqa: S603 (our own program and our own text)
        program, cwd=folder, env=environment, stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True
    ) as process:
        os.close(theirs)
        printed = b""
        while part := _read(ours):
            printed += part
            if printed.endswith(b"[y/N] "):
                os.write(ours, f"{scene.answer}\n".encode())
    if process.returncode not in (0, 1):
        raise SystemExit(f"{scene.command} ended with {process.returncode}:\n{printed.decode()}")
    return f"\x1b[1;32m$\x1b[0m \x1b[1m{scene.command}\x1b[0m\n{printed.decode()}"


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 65536)
    except OSError:  # Linux says so where others say that there is nothing more
        return b""


def picture(printed: str) -> str:
    """The terminal as SVG, which asks no other server for its font."""
    console = Console(record=True, width=COLUMNS, file=StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(printed.replace("\r\n", "\n")))
    svg = console.export_svg(title="", unique_id="terminal")
    svg = re.sub(r"@font-face\s*\{[^}]*\}\s*", "", svg)
    for dark, light in LIGHTER.items():
        svg = svg.replace(dark, light)
    return svg.replace("Fira Code, monospace", "ui-monospace, Menlo, Consolas, 'DejaVu Sans Mono', monospace")


def main() -> int:
    """Deploy, change what was deployed, and record what its owner sees then."""
    with Emulator() as emulator, TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copytree(OUTPUT, folder / "output", ignore=shutil.ignore_patterns("*.zip"))
        for scene in BEFORE:
            run(scene, folder, emulator)
        for title, scenes in PICTURES.items():
            target = ROOT / "docs" / "pictures" / f"{title}.svg"
            drawn = picture("\n".join(run(scene, folder, emulator) for scene in scenes))
            if _TIMES.sub("", drawn) != _TIMES.sub("", target.read_text() if target.exists() else ""):
                target.write_text(drawn)
                print(target.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
