import http.client
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from woo_stack.cli.emulator import Emulator
from woo_stack.cli.errors import CommandError
from woo_stack.cli.localshop import LocalShop

OWNER = """
import time
from woo_stack.cli.emulator import Emulator
with Emulator() as emulator:
    print(emulator.port, flush=True)
    time.sleep(60)
"""


def refuses(port: int, seconds: float = 5) -> bool:
    """True as soon as nothing listens there any more."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with socket.socket() as client:
            if client.connect_ex(("127.0.0.1", port)):
                return True
        time.sleep(0.05)
    return False


def test_it_answers_the_aws_api_and_stops(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Emulator() as emulator:
        client = emulator.session().client("s3", endpoint_url=emulator.endpoint)
        client.create_bucket(Bucket="a-bucket")
        assert [bucket["Name"] for bucket in client.list_buckets()["Buckets"]] == ["a-bucket"]
        assert emulator.log()
        emulator.check()
    assert refuses(emulator.port)
    assert list(tmp_path.iterdir()) == []
    emulator.stop()
    with pytest.raises(CommandError, match="not running"):
        emulator.check()


@pytest.mark.soak
def test_two_of_them_share_nothing(echo: LocalShop) -> None:
    with Emulator() as other:
        assert other.port != echo.emulator.port
        client = other.session().client("dynamodb", endpoint_url=other.endpoint)
        assert client.list_tables()["TableNames"] == []


@pytest.mark.soak
def test_the_callers_aws_settings_do_not_matter(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_PROFILE", "AWS_ENDPOINT_URL", "AWS_CONFIG_FILE", "HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9/nowhere")
    with Emulator() as emulator:
        client = emulator.session().client("dynamodb", endpoint_url=emulator.endpoint)
        assert client.list_tables()["TableNames"] == []


def test_it_does_not_outlive_an_owner_that_is_killed(tmp_path: Path) -> None:
    command = [sys.executable, "-c", OWNER]
    environment = os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) as owner:
        assert owner.stdout is not None
        port = int(owner.stdout.readline())
        assert not refuses(port, seconds=0.1)
        owner.send_signal(signal.SIGKILL)
        owner.wait()
    assert refuses(port)
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_given_belongs_to_its_maker(tmp_path: Path) -> None:
    with Emulator(tmp_path):
        assert (tmp_path / "emulator.log").exists()
    assert tmp_path.exists()


def test_it_says_so_when_it_has_died() -> None:
    with Emulator() as emulator:
        assert emulator._process is not None
        os.killpg(emulator._process.pid, signal.SIGKILL)
        emulator._process.wait()
        with pytest.raises(CommandError, match="the emulator ended with status -9: "):
            emulator.check()


def test_last_words_of_one_that_does_not_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("woo_stack.cli.emulator.PROGRAM", "raise SystemExit('no such luck')")
    with pytest.raises(CommandError, match=r"no answer from the emulator .*: no such luck"):
        Emulator().start()
    assert list(tmp_path.iterdir()) == []


def test_one_that_does_not_answer_is_given_up_and_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("woo_stack.cli.emulator.PROGRAM", "import time; time.sleep(60)")
    emulator = Emulator(start_seconds=0.2)
    with pytest.raises(CommandError, match=r"no answer from the emulator in 0\.2 s: it printed nothing"):
        emulator.start()
    assert refuses(emulator.port)


def test_its_port_is_of_this_machine_alone(echo: LocalShop) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", echo.emulator.port)
    connection.request("GET", "/_ministack/health")
    assert connection.getresponse().status == 200
    connection.close()
    address = socket.gethostbyname(socket.gethostname())
    if not address.startswith("127."):
        with socket.socket() as client:
            assert client.connect_ex((address, echo.emulator.port)) != 0
