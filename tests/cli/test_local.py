import gzip
import hashlib
import http.client
import json
import os
import shlex
import signal
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest
from tests.cli.conftest import TEMPLATE, order, product

from woo_stack import cli, shop, to_json
from woo_stack.cli import local
from woo_stack.cli.errors import CommandError
from woo_stack.cli.localshop import LocalShop, local_shop
from woo_stack.errors import WooStackError

Start = Callable[..., subprocess.Popen[str]]
Write = Callable[[str, str | bytes], str]


def all_ended(pids: Iterable[int]) -> bool:
    """True as soon as none of them runs."""
    deadline = time.monotonic() + 5
    while running := [pid for pid in pids if runs(pid)]:
        if time.monotonic() > deadline:
            return not running
        time.sleep(0.05)
    return True


def runs(pid: int) -> bool:
    """A zombie does not: in a container, where nobody waits for orphans, it stays for ever."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")


def curl(command: str) -> str:
    return subprocess.run([*shlex.split(command), "-sS"], capture_output=True, text=True, check=True, timeout=20).stdout


@pytest.fixture
def ready(woo_stack: Start) -> Callable[..., tuple[subprocess.Popen[str], str]]:
    """Start `woo-stack local` with the small template and wait for its first line."""

    def start(*arguments: str) -> tuple[subprocess.Popen[str], str]:
        process = woo_stack("local", "--template", str(TEMPLATE), *arguments)
        assert process.stdout is not None
        return process, process.stdout.readline()

    return start


@pytest.mark.parametrize("number", [signal.SIGINT, pytest.param(signal.SIGTERM, marks=pytest.mark.soak)])
def test_json_is_one_line_and_a_signal_leaves_nothing(
    number: signal.Signals,
    ready: Callable[..., tuple[subprocess.Popen[str], str]],
    write: Write,
    tmp_path: Path,
) -> None:
    documents = write("documents.json", f"[{order(727)}, {product(31)}, {order(728)}]")
    process, line = ready("--json", "--load", documents)
    shop = json.loads(line)
    assert sorted(shop) == ["aws_endpoint", "ca_certificate", "consumer_key", "consumer_secret", "url"]
    assert Path(shop["ca_certificate"]).read_text().startswith("-----BEGIN CERTIFICATE-----")
    assert shop["aws_endpoint"].startswith("http://127.0.0.1:")
    assert shop["consumer_key"] == "ck_of_the_tests"
    port = shop["url"].removeprefix("https://127.0.0.1:").removesuffix("/live")
    processes = json.loads(curl(f"curl --insecure {shop['url']}/any"))["processes"]
    assert all(map(runs, processes.values()))

    process.send_signal(number)
    rest, told = process.communicate(timeout=20)
    assert process.returncode == 0
    assert rest == ""
    assert all_ended(processes.values())
    assert list((tmp_path / "temporary").iterdir()) == []
    with socket.socket() as client:
        assert client.connect_ex(("127.0.0.1", int(port))) != 0
    for expected in (
        "starting the emulator ... ",
        "  not emulated, left out: AWS::CloudWatch::CompositeAlarm: ShopDown\n",
        "  not emulated, left out: Outputs: ShopDownArn\n",
        "creating the stack ... ",
        "loaded 2 orders, 1 product\n",
        "Ctrl-C stops it\n",
    ):
        assert expected in told


@pytest.mark.soak
def test_for_people_it_ends_with_a_command_that_works(
    ready: Callable[..., tuple[subprocess.Popen[str], str]],
) -> None:
    process, line = ready("--parameter", "Greeting=bon jour")
    assert process.stdout is not None
    shown = {}
    while line.strip():
        name, value = line.rstrip().split("  ", 1)
        shown[name], line = value.strip(), process.stdout.readline()
    assert set(shown) == {
        "URL", "Consumer key", "Consumer secret", "CA certificate", "AWS endpoint", "TableName", "ApiKeySecretArn"
    }  # fmt: skip
    answer = json.loads(curl(process.stdout.readline()))
    assert answer["path"] == "/wp-json/wc/v3/products"
    assert answer["headers"]["authorization"].startswith("Basic ")
    assert answer["headers"]["host"] == shown["URL"].removeprefix("https://").removesuffix("/live")
    assert answer["environment"]["GREETING"] == "bon jour"


@pytest.mark.soak
def test_a_chosen_port_and_one_in_use(
    ready: Callable[..., tuple[subprocess.Popen[str], str]], woo_stack: Start, tmp_path: Path
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        refused = woo_stack("local", "--template", str(TEMPLATE), "--port", str(port))
        out, told = refused.communicate(timeout=20)
    assert refused.returncode == 1
    assert out == ""
    assert told.startswith(f"woo-stack: --port {port} cannot be opened on 127.0.0.1: ")
    assert told.count("\n") == 1
    assert list((tmp_path / "temporary").iterdir()) == []
    _, line = ready("--json", "--port", str(port))
    assert json.loads(line)["url"] == f"https://127.0.0.1:{port}/live"


def test_ctrl_c_before_it_is_ready(woo_stack: Start, tmp_path: Path) -> None:
    process = woo_stack("local", "--template", str(TEMPLATE))
    assert process.stderr is not None
    assert process.stderr.read(8) == "starting"
    process.send_signal(signal.SIGINT)
    out, told = process.communicate(timeout=20)
    assert process.returncode == 130
    assert out == ""
    assert "Traceback" not in told
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.mark.soak
def test_an_emulator_that_dies_ends_it(ready: Callable[..., tuple[subprocess.Popen[str], str]]) -> None:
    process, line = ready("--json")
    processes = json.loads(curl(f"curl --insecure {json.loads(line)['url']}/any"))["processes"]
    os.kill(processes["emulator"], signal.SIGKILL)
    _, told = process.communicate(timeout=20)
    assert process.returncode == 1
    assert told.splitlines()[-1].startswith("woo-stack: the emulator ended with status -9: ")
    assert all_ended(processes.values())


@pytest.mark.soak
def test_a_kill_leaves_nothing_either(ready: Callable[..., tuple[subprocess.Popen[str], str]], tmp_path: Path) -> None:
    process, line = ready("--json")
    processes = json.loads(curl(f"curl --insecure {json.loads(line)['url']}/any"))["processes"]
    process.kill()
    process.wait(20)
    assert all_ended(processes.values())
    assert list((tmp_path / "temporary").iterdir()) == []


@pytest.fixture
def no_emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Fail the test if the emulator is started."""

    def started(_: object) -> None:
        raise AssertionError("the emulator was started")

    monkeypatch.setattr("woo_stack.cli.emulator.Emulator.start", started)
    return


@pytest.mark.usefixtures("no_emulator")
@pytest.mark.parametrize(
    ("template", "arguments", "sentence"),
    [
        ("{", [], "the template is not JSON: Expecting property name"),
        ("[]", [], "the template is not a JSON object"),
        ('{"Resources": []}', [], "the template's section Resources is not an object of objects"),
        ('{"Resources": {"Api": {"Type": 7}}}', [], "the template's resource Api has no Type"),
        ('{"Outputs": {"ApiUrl": "x"}}', [], "the template's section Outputs is not an object of objects"),
        (
            '{"Parameters": {"Hue": {}}}',
            ["--parameter", "Hew=7"],
            "--parameter Hew is not in the template, allowed: Hue",
        ),
        ("{}", ["--parameter", "Hew=7"], "--parameter Hew is not in the template, allowed: none"),
        ("{}", ["--load", "nowhere.json"], "--load nowhere.json cannot be read: No such file"),
        ("{}", ["--load", str(TEMPLATE)], f"{TEMPLATE}, line 1 column 1: document 1 cannot be stored: "),
    ],
)
def test_bad_input_is_one_sentence_before_anything_is_started(
    template: str, arguments: list[str], sentence: str, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["local", "--template", write("template.json", template), *arguments]) == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"woo-stack: {sentence}")
    assert shown.err.count("\n") == 1


@pytest.mark.usefixtures("no_emulator")
def test_a_template_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["local", "--template", "nowhere.json"]) == 1
    assert capsys.readouterr().err == "woo-stack: --template nowhere.json cannot be read: No such file or directory\n"


@pytest.mark.usefixtures("no_emulator")
@pytest.mark.parametrize("name", ["ministack", "trustme", "boto3"])
def test_without_the_extra_it_says_how_to_install_it(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, name, None)
    assert cli.main(["local"]) == 1
    assert (
        capsys.readouterr().err
        == f"woo-stack: woo-stack local needs {name}: the extra `local`, as by `pip install '.[local]'` in a clone\n"
    )


@pytest.mark.soak
@pytest.mark.parametrize(
    ("output", "value", "sentence"),
    [
        ("ApiUrl", None, "the stack has no output ApiUrl, only TableName, ApiKeySecretArn"),
        ("ApiUrl", "https://shop.example/", "output ApiUrl is https://shop.example/, allowed: https://<api id>"),
        pytest.param(
            "ApiKeySecretArn",
            "absent",
            "the secret absent of output ApiKeySecretArn cannot be read: ",
            marks=pytest.mark.soak,
        ),
    ],
)
def test_a_stack_that_is_no_shop(output: str, value: str | None, sentence: str) -> None:
    template = json.loads(TEMPLATE.read_text())
    if value is None:
        del template["Outputs"][output]
    else:
        template["Outputs"][output]["Value"] = value
    with pytest.raises(WooStackError) as refused, local_shop(json.dumps(template)):
        pass
    assert str(refused.value).startswith(sentence)


def test_the_published_template_of_this_folder_goes_before_the_librarys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert local.template_text(None) == to_json(shop())
    (tmp_path / "output").mkdir()
    (tmp_path / "output" / "woo-stack.json").write_text("published")
    (tmp_path / "mine.json").write_text("mine")
    assert local.template_text(None) == "published"
    assert local.template_text(Path("mine.json")) == "mine"


WEBHOOK_OUTPUTS = {
    "WebhookUrl": {"Value": {"Fn::Sub": "https://${Api}.execute-api.${AWS::Region}.amazonaws.com/live/webhooks/woo"}},
    "WebhookSecretArn": {"Value": {"Ref": "Webhook"}},
}
SECRET = {"Type": "AWS::SecretsManager::Secret", "Properties": {"SecretString": '{"webhook_secret": "whisper"}'}}


def with_webhook(**outputs: object) -> dict[str, object]:
    """The small template with a secret for webhooks and with these outputs."""
    template = json.loads(TEMPLATE.read_text())
    template["Resources"]["Webhook"] = SECRET
    template["Outputs"] |= outputs
    return template


@pytest.mark.soak
def test_the_webhooks_url_and_secret_are_shown_where_the_template_has_them(woo_stack: Start, write: Write) -> None:
    template = write("webhook.json", json.dumps(with_webhook(**WEBHOOK_OUTPUTS)))
    for options in ([], ["--json"]):
        process = woo_stack("local", "--template", template, *options)
        assert process.stdout is not None
        line = process.stdout.readline()
        if options:
            shop = json.loads(line)
            assert (shop["webhook_url"], shop["webhook_secret"]) == (f"{shop['url']}/webhooks/woo", "whisper")
            answer = json.loads(curl(f"curl --insecure --data-binary @{template} {shop['webhook_url']}"))
            assert (answer["httpMethod"], answer["path"]) == ("POST", "/webhooks/woo")
            assert answer["sha256"] == hashlib.sha256(Path(template).read_bytes()).hexdigest()
        else:
            url = line.split()[1]
            shown = [line.split() for line in iter(process.stdout.readline, "\n")]
            assert ["Webhook", "URL", f"{url}/webhooks/woo"] in shown
            assert ["Webhook", "secret", "whisper"] in shown
            assert "WebhookUrl" not in {words[0] for words in shown}
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0


@pytest.mark.parametrize(
    ("outputs", "sentence"),
    [
        ({"WebhookUrl": {"Value": "https://shop.example/"}}, "output WebhookUrl is https://shop.example/, allowed: "),
        pytest.param(
            {"WebhookSecretArn": {"Value": {"Ref": "ApiKey"}}},
            "the secret woo-stack-local-ApiKey-.* holds no key, allowed: JSON with webhook_secret",
            marks=pytest.mark.soak,
        ),
        pytest.param(
            {"WebhookSecretArn": {"Value": "absent"}},
            "the secret absent of output WebhookSecretArn cannot be read: ",
            marks=pytest.mark.soak,
        ),
    ],
)
def test_webhook_outputs_that_cannot_be_used(outputs: dict[str, object], sentence: str) -> None:
    with pytest.raises(CommandError, match=f"^{sentence}"), local_shop(json.dumps(with_webhook(**outputs))):
        pass


def test_a_secret_that_is_no_key() -> None:
    template = json.loads(TEMPLATE.read_text())
    template["Resources"]["ApiKey"]["Properties"] = {"SecretString": '["ck", "cs"]'}
    with (
        pytest.raises(CommandError, match="allowed: JSON with consumer_key and consumer_secret"),
        local_shop(json.dumps(template)),
    ):
        pass


@pytest.mark.soak
def test_a_template_too_long_for_a_request_goes_by_way_of_a_bucket() -> None:
    template = json.loads(TEMPLATE.read_text())
    template["Metadata"] = {"padding": "x" * 51_200}
    with local_shop(json.dumps(template)) as shop:
        assert shop.url.endswith("/live")


def test_functions_know_nothing_of_the_callers_account(echo: LocalShop) -> None:
    answer = json.loads(curl(f"curl --cacert {echo.ca_file} {echo.url}/anything?status=203"))
    environment = answer["environment"]
    assert environment["GREETING"] == "good morning"
    assert environment["AWS_ACCESS_KEY_ID"] != os.environ.get("AWS_ACCESS_KEY_ID")
    assert environment["HOME"] != os.environ["HOME"]
    assert "AWS_PROFILE" not in environment


@pytest.mark.parametrize("size", [0, 1, 5_000_000, 10_000_000])
def test_a_body_reaches_the_function_byte_for_byte(size: int, echo: LocalShop) -> None:
    body = os.urandom(size)
    _, answer = ask(echo, "POST", "/any", body)
    assert json.loads(answer)["sha256"] == hashlib.sha256(body).hexdigest()


@pytest.mark.parametrize("headers", [{}, {"Accept": "application/json, */*"}])
def test_what_a_function_compresses_reaches_the_client_so(headers: dict[str, str], echo: LocalShop) -> None:
    answered, body = ask(echo, "GET", "/any?gzip=1", None, headers)
    assert answered["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(body))["path"] == "/any"


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS"])
def test_other_methods_reach_the_function(method: str, echo: LocalShop) -> None:
    answered, body = ask(echo, method, "/any")
    assert answered["X-WP-Total"] == "17"
    assert (json.loads(body)["httpMethod"] if body else "HEAD") == method


def ask(
    shop: LocalShop, method: str, path: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[http.client.HTTPMessage, bytes]:
    """Headers and body of the answer to a request that says no more than it must."""
    host, _, stage = shop.url.removeprefix("https://").partition("/")
    context = ssl.create_default_context(cafile=shop.ca_file)
    connection = http.client.HTTPSConnection(host, timeout=20, context=context)
    connection.request(method, f"/{stage}{path}", body, headers or {})
    answer = connection.getresponse()
    content = answer.read()
    connection.close()
    return answer.headers, content
