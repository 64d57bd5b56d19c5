"""What the tests of the command line share: a small template, documents, and `woo-stack` as a process."""

import functools
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest

from woo_stack import cli
from woo_stack.cli.localshop import LocalShop, local_shop

TEMPLATE = Path(__file__).with_name("template.json")
#: A new one reads all that botocore knows of a service again, which takes longer than a test.
SESSION = functools.cache(boto3.Session)
Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(scope="session")
def echo() -> Iterator[LocalShop]:
    """The small template, deployed: its API answers with what reached its function."""
    with local_shop(TEMPLATE.read_text(), parameters={"Greeting": "good morning"}) as shop:
        yield shop


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str | bytes], str]:
    """Write a file and name it."""

    def write(name: str, content: str | bytes) -> str:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return str(path)

    return write


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Run `woo-stack` in this process: exit status, stdout and stderr.

    Its credentials are taken by any emulator, and nothing of this machine's own is read.
    """
    for name in [name for name in os.environ if name.startswith("AWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setattr("boto3.Session", SESSION)

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = cli.main(arguments)
        return status, *capsys.readouterr()

    return run


@pytest.fixture
def woo_stack(tmp_path: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Start `woo-stack` with these arguments, in an empty folder and with one for its temporary files."""
    started = []
    (tmp_path / "temporary").mkdir()
    # A shell's background jobs ignore Ctrl-C, and so would what they start.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)

    def start(*arguments: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, "-m", "woo_stack.cli", *arguments],
            cwd=tmp_path,
            env=os.environ | {"TMPDIR": str(tmp_path / "temporary"), "AWS_PROFILE": "not-there"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    signal.signal(signal.SIGINT, before)
    for process in started:
        process.kill()
        process.communicate()


def order(number: int, **changes: object) -> str:
    """An order as the shop stores it, with a number (a float) that no parser gives back as it was."""
    fields = {
        "id": number,
        "status": "processing",
        "order_key": f"wc_order_{number}",
        "date_created": "2024-02-29T11:05:00",
        "line_items": [],
    }
    return json.dumps(fields | changes)[:-1] + ', "price": 19.990}'


def product(number: int) -> str:
    """A product as the shop stores it."""
    fields = {"id": number, "status": "publish", "type": "simple", "slug": f"product-{number}", "images": []}
    return json.dumps(fields)
