"""MiniStack, the local AWS emulator, behind one class: a process that cannot outlive its owner (POSIX only)."""

import contextlib
import functools
import http.client
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

import boto3
import botocore.session
from botocore.config import Config

from woo_stack.cli.errors import CommandError
from woo_stack.cli.folder import temporary_folder

REGION = "us-east-1"

# What the child runs. It serves a socket that is open already, so no other process can take the port in between.
# When its stdin ends it removes its folder and kills its own process group, Lambda workers included: however we
# die, the kernel closes our end of that pipe.
PROGRAM = """
import asyncio, os, shutil, signal, sys, threading

def end_with_the_owner():
    os.read(0, 1)
    shutil.rmtree(sys.argv[2], ignore_errors=True)
    os.killpg(0, signal.SIGKILL)

threading.Thread(target=end_with_the_owner, daemon=True).start()

from hypercorn.asyncio import serve
from hypercorn.config import Config
from ministack.app import app

config = Config()
config.bind = ["fd://" + sys.argv[1]]
config.keep_alive_timeout = 75
asyncio.run(serve(app, config))
"""


class Emulator:
    """One emulator process with a folder and a port of its own; use it as a context manager.

    Everything it writes is below one temporary folder, and neither the caller's ``AWS_*`` variables nor their
    ``~/.aws`` reach it, so that nothing deployed into it can act on a real account.

    That folder is one of its own, or ``folder``, which its maker removes; when the owner is killed, the emulator
    removes it with all that is in it. ``endpoint`` is its URL and ``port`` its port once started; ``start_seconds`` is
    how long it may take to answer.
    """

    def __init__(self, folder: Path | None = None, *, start_seconds: float = 30) -> None:
        self.start_seconds = start_seconds
        self._given = folder
        self.endpoint = ""
        self.port = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._log: Path | None = None
        self._folder = contextlib.ExitStack()

    def __enter__(self) -> Self:
        """Start it."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def start(self) -> Self:
        """Start the process and wait for its first answer; CommandError has its last words if none comes."""
        try:
            folder = self._given or self._folder.enter_context(temporary_folder())
            self._log = folder / "emulator.log"
            # The port takes connections from here on; they wait until the child accepts them.
            with socket.create_server(("127.0.0.1", 0), backlog=128) as listening:
                self.port = listening.getsockname()[1]
                self.endpoint = f"http://127.0.0.1:{self.port}"
                self._spawn(listening, folder)
            self._await_answer()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """Kill the process and its workers and remove its folder. Safe to call twice."""
        if self._process is not None and self._process.stdin is not None:
            # At once: all its state goes with the folder. The group goes before its leader is waited for,
            # while the id can be no one else's; where all of it has ended, macOS says PermissionError.
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
            self._process.stdin.close()
            self._process = None
        self._folder.close()

    def check(self) -> None:
        """Raise CommandError with the process's last words if it has ended."""
        if self._process is None:
            raise CommandError("the emulator is not running")
        if self._process.poll() is not None:
            status = self._process.returncode
            raise CommandError(f"the emulator ended with status {status}: {self._last_words()}")

    def log(self) -> str:
        """Everything the emulator has printed so far."""
        return self._log.read_text(errors="replace") if self._log and self._log.exists() else ""

    def session(self) -> boto3.Session:
        """The boto3 session for this emulator: give each client ``endpoint_url=emulator.endpoint``."""
        return self._session

    @functools.cached_property
    def _session(self) -> boto3.Session:
        # The caller's AWS_PROFILE, ~/.aws and HTTP_PROXY are for real accounts: a profile that names nothing
        # or a proxy that cannot reach 127.0.0.1 would fail every call.
        variables = botocore.session.Session.SESSION_VARIABLES.items()
        unset = {name: (None, None, default, convert) for name, (_, _, default, convert) in variables}
        nowhere = dict.fromkeys(("config_file", "credentials_file"), (None, None, os.devnull, None))
        core = botocore.session.Session(unset | nowhere)
        core.set_credentials("test", "test")
        core.set_default_client_config(Config(proxies={}))
        return boto3.Session(region_name=REGION, botocore_session=core)

    def _spawn(self, listening: socket.socket, folder: Path) -> None:
        with (folder / "emulator.log").open("wb") as log:
            self._process = subprocess.Popen(  # noqa: S603 (our own interpreter and our own text)
                [sys.executable, "-c", PROGRAM, str(listening.fileno()), str(folder)],
                pass_fds=[listening.fileno()],
                env=_environment(self.port, folder),
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=folder,
                start_new_session=True,  # a group for stop() to kill, which the terminal's Ctrl-C spares
            )

    def _await_answer(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.start_seconds)
        try:
            connection.request("GET", "/_ministack/health")
            connection.getresponse().read()
        except (OSError, http.client.HTTPException) as error:
            words = self._last_words()
            raise CommandError(f"no answer from the emulator in {self.start_seconds:g} s: {words}") from error
        finally:
            connection.close()

    def _last_words(self) -> str:
        return (self.log().strip().splitlines() or ["it printed nothing"])[-1]


def _environment(port: int, folder: Path) -> dict[str, str]:
    """All that the emulator knows of the outside; functions inherit it, hence no HOME of the caller's."""
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "LANG", "LC_ALL"}}
    return kept | {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": REGION,
        "GATEWAY_PORT": str(port),
        "MINISTACK_REGION": REGION,
        "HOME": str(folder),
        "TMPDIR": str(folder),
        "STATE_DIR": str(folder / "state"),
        "S3_DATA_DIR": str(folder / "s3"),
        # At its start it clears away other MiniStacks' containers wherever it finds a Docker socket.
        "DOCKER_HOST": f"unix://{folder}/no-docker",
        # Its functions log as on Lambda.
        "PYTHONPATH": str(Path(__file__).parent / "runtime"),
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
