"""Others that make templates: the same small architecture, each with the checks that it ships, or cfn-lint.

`make bench-peers` installs them below `.venv/peers`; what is not there is skipped by its name.
"""

import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from measure import cpu_seconds

HERE = Path(__file__).parent / "peers"
PLACE = Path(__file__).parents[1] / ".venv" / "peers"
PYTHON, NODE = PLACE / "bin", PLACE / "cdk" / "node_modules" / ".bin"
SMALL = "woo-stack, the small architecture that all others build"
CDK = "cdk synth, TypeScript as `cdk init` sets it up"


@dataclass(frozen=True)
class Peer:
    """A tool: where its program is, the folder that it builds, and what is called there, one after the other."""

    bin: Path
    folder: str
    commands: tuple[tuple[str, ...], ...]
    #: What is done once before.
    before: tuple[tuple[str, ...], ...] = ()

    def seconds(self, folder: Path) -> float:
        """What its commands take."""
        return sum(self._run(command, folder) for command in self.commands)

    def prepared(self, place: Path) -> Path:
        """A copy of its app, ready to be built."""
        folder = place / self.folder
        if not folder.exists():
            shutil.copytree(HERE / self.folder, folder)
            if self.bin == NODE:
                (folder / "node_modules").symlink_to(NODE.parent)
        for command in self.before:
            self._run(command, folder)
        return folder

    def _run(self, command: tuple[str, ...], folder: Path) -> float:
        program, *arguments = command
        paths = os.pathsep.join([str(self.bin), os.environ["PATH"]])
        quiet = {"SAM_CLI_TELEMETRY": "0", "CDK_DISABLE_CLI_TELEMETRY": "true", "AWS_DEFAULT_REGION": "us-east-1"}
        return cpu_seconds([str(self.bin / program), *arguments], folder=folder, PATH=paths, **quiet)


SYNTH = ("cdk", "synth", "--quiet")
OURS = Path(sys.executable).parent
PEERS = {
    SMALL: Peer(OURS, "small", (("python", "build.py"),)),
    CDK: Peer(NODE, "cdk", (SYNTH,)),
    "cdk synth, compiled JavaScript": Peer(NODE, "cdk", ((*SYNTH, "--app", "node app.js"),), before=(("tsc",),)),
    "sam validate --lint && sam build": Peer(PYTHON, "sam", (("sam", "validate", "--lint"), ("sam", "build"))),
    "chalice package && cfn-lint": Peer(
        PYTHON, "chalice", (("chalice", "package", "out"), ("cfn-lint", "out/sam.json"))
    ),
    # Its tables have one of the two policies.
    "e3-aws && cfn-lint": Peer(
        PYTHON, "e3", (("python", "build.py"), ("cfn-lint", "template.json", "--ignore-checks", "W3011"))
    ),
    "troposphere + cfn-lint in one process": Peer(OURS, "troposphere", (("python", "build.py"),)),
}


def programs(place: Path) -> dict[str, Callable[[], float]]:
    """What each takes, by its name; their apps are copied into this folder. Names on stderr what is not installed."""
    found = {}
    for name, peer in PEERS.items():
        if (peer.bin / peer.commands[0][0]).exists():
            found[name] = partial(peer.seconds, peer.prepared(place))
        else:
            print(f"skipped: {name} is not installed (make bench-peers)", file=sys.stderr)
    return found
