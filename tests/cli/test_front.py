import http.client
import json
import socket
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from woo_stack.cli.errors import CommandError
from woo_stack.cli.front import Front


class Upstream(BaseHTTPRequestHandler):
    """An emulator that answers with what reached it; the path says how."""

    protocol_version = "HTTP/1.1"
    lines: ClassVar[list[str]] = []

    def do_GET(self) -> None:
        self.lines.append(self.requestline)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.path.endswith("/unwilling"):
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        if self.path.endswith("/endless"):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"as long as it lasts")
            self.close_connection = True
            return
        seen = {"line": self.requestline, "headers": self.headers.items(), "body": body.decode()}
        answer = json.dumps(seen).encode()
        self.send_response(418, "Short and stout")
        self.send_header("X-WP-Total", "17")
        self.send_header("Set-Cookie", "a=1")
        self.send_header("Set-Cookie", "b=2")
        self.send_header("Keep-Alive", "timeout=5")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_HEAD = do_POST = do_DELETE = do_OPTIONS = do_PUT = do_PATCH = do_GET  # noqa: N815 (http.server's names)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture(scope="module")
def upstream() -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Upstream)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="module")
def front(upstream: int, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Front]:
    front = Front(tmp_path_factory.mktemp("front") / "ca.pem")
    front.serve(upstream, "/before")
    yield front
    front.close()


@pytest.fixture
def client(front: Front) -> Iterator[http.client.HTTPSConnection]:
    connection = connect(front)
    yield connection
    connection.close()


def connect(front: Front, host: str = "127.0.0.1") -> http.client.HTTPSConnection:
    context = ssl.create_default_context(cafile=front.ca_file)
    return http.client.HTTPSConnection(host, front.port, timeout=10, context=context)


def seen(answer: http.client.HTTPResponse) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(answer.read())
    content["headers"] = [(name.lower(), value) for name, value in content["headers"]]
    return content


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_the_request_is_passed_on_as_it_is(method: str, client: http.client.HTTPSConnection) -> None:
    target = "/live/wp-json/wc/v3/orders?include=1&include=2&x=%2F+%c3%a9&&=;"
    client.request(method, target, body=b"caf\xc3\xa9", headers={"Host": "shop.example:8443", "X-Odd": "a, b"})
    request = seen(client.getresponse())
    assert request["line"] == f"{method} /before{target} HTTP/1.1"
    assert request["body"] == "café"
    headers = dict(request["headers"])
    assert headers["host"] == "shop.example:8443"
    assert headers["x-odd"] == "a, b"


def test_the_answer_is_passed_back_as_it_is(client: http.client.HTTPSConnection) -> None:
    client.request("GET", "/live/products")
    answer = client.getresponse()
    answer.read()
    assert (answer.status, answer.reason) == (418, "Short and stout")
    assert answer.headers["X-WP-Total"] == "17"
    assert answer.headers.get_all("Set-Cookie") == ["a=1", "b=2"]
    assert "Keep-Alive" not in answer.headers
    assert answer.headers.get_all("Date") == [answer.headers["Date"]]


def test_headers_that_api_gateway_writes(client: http.client.HTTPSConnection, front: Front) -> None:
    forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http", "Connection": "close, X-Odd"}
    client.request("GET", "/live/products", headers=forged)
    headers = seen(client.getresponse())["headers"]
    assert [value for name, value in headers if name.startswith("x-forwarded")] == [
        "127.0.0.1",
        str(front.port),
        "https",
    ]
    assert "connection" not in dict(headers)


@pytest.mark.parametrize(
    ("body", "given", "sent"),
    [
        (None, {}, {"accept": "*/*", "content-type": None}),
        (b"{}", {}, {"accept": "*/*", "content-type": "application/json"}),
        (b"{}", {"Accept": "text/html", "Content-Type": "a/b"}, {"accept": "text/html", "content-type": "a/b"}),
    ],
)
def test_headers_that_api_gateway_takes_for_granted(
    body: bytes | None, given: dict[str, str], sent: dict[str, str | None], client: http.client.HTTPSConnection
) -> None:
    client.request("POST", "/live/webhooks", body=body, headers=given)
    headers = dict(seen(client.getresponse())["headers"])
    assert {name: headers.get(name) for name in sent} == sent


def test_repeated_headers_stay_apart(client: http.client.HTTPSConnection) -> None:
    client.putrequest("GET", "/live/products", skip_accept_encoding=True)
    client.putheader("X-Twice", "first")
    client.putheader("X-Twice", "second")
    client.endheaders()
    headers = seen(client.getresponse())["headers"]
    assert [value for name, value in headers if name == "x-twice"] == ["first", "second"]
    assert "accept-encoding" not in dict(headers)


def test_a_connection_serves_many_requests(client: http.client.HTTPSConnection) -> None:
    client.request("HEAD", "/live/products")
    answer = client.getresponse()
    assert answer.read() == b""
    assert int(answer.headers["Content-Length"]) > 100
    connected = client.sock
    client.request("GET", "/live/orders")
    assert seen(client.getresponse())["line"] == "GET /before/live/orders HTTP/1.1"
    assert connected is client.sock


def test_an_answer_without_a_length_ends_the_connection(client: http.client.HTTPSConnection) -> None:
    client.request("GET", "/live/endless")
    answer = client.getresponse()
    assert answer.read() == b"as long as it lasts"
    assert answer.headers["Connection"] == "close"


@contextmanager
def encrypted(front: Front) -> Iterator[ssl.SSLSocket]:
    """A connection for whatever http.client would not send."""
    context = ssl.create_default_context(cafile=front.ca_file)
    with (
        socket.create_connection(("127.0.0.1", front.port), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname="127.0.0.1") as connection,
    ):
        yield connection


def exchange(front: Front, request: str) -> tuple[http.client.HTTPResponse, bytes]:
    """Send this text as it is; the answer, after which the connection must end."""
    with encrypted(front) as connection:
        connection.sendall(request.encode("latin-1"))
        answer = http.client.HTTPResponse(connection, method=request.partition(" ")[0])
        answer.begin()
        body = answer.read()
        assert connection.recv(1) == b""
        answer.close()
        return answer, body


@pytest.mark.parametrize("connection", ["", "Connection: keep-alive\r\n"])
def test_http_1_0_as_woocommerces_webhooks_speak_it(connection: str, front: Front) -> None:
    head = f"POST /live/webhooks/woocommerce HTTP/1.0\r\n{connection}Content-Type: application/json\r\n"
    answer, body = exchange(front, f'{head}Content-Length: 10\r\n\r\n{{"id":727}}')
    assert json.loads(body)["body"] == '{"id":727}'
    assert answer.headers["Connection"] == "close"
    assert int(answer.headers["Content-Length"]) == len(body)


@pytest.mark.parametrize(
    ("request_line", "status", "message"),
    [
        ("TRACE /live HTTP/1.1", 501, "Unsupported method ('TRACE')"),
        ("PROPFIND /live HTTP/1.1", 501, "Unsupported method ('PROPFIND')"),
        ("GET", 400, "Bad request syntax ('GET')"),
        ("GET /live HTTP/3.0", 505, "Invalid HTTP version (3.0)"),
        (f"GET /{'x' * 70_000} HTTP/1.1", 414, "URI Too Long"),
    ],
)
def test_what_is_no_request_is_answered_in_json(request_line: str, status: int, message: str, front: Front) -> None:
    answer, body = exchange(front, f"{request_line}\r\nHost: x\r\n\r\n")
    assert answer.status == status
    assert answer.headers["Content-Type"] == "application/json"
    assert message in json.loads(body)["message"]


@pytest.mark.parametrize(
    ("target", "headers", "status", "message"),
    [
        ("/live/unwilling", {}, 502, "the emulator did not answer: "),
        ("http://elsewhere/", {}, 400, "the path 'http://elsewhere/' does not begin with /"),
        ("/caf\u00e9", {}, 400, "the path has characters that are not percent-encoded"),
        ("/live", {"Content-Length": "ten"}, 400, "Content-Length is 'ten', allowed: a number of bytes"),
        ("/live", {"Content-Length": "10000001"}, 413, "Content-Length is 10000001, allowed: at most 10000000"),
        ("/live", {"Transfer-Encoding": "chunked"}, 411, "send the body with a Content-Length"),
    ],
)
def test_what_cannot_be_passed_on(
    target: str, headers: dict[str, str], status: int, message: str, front: Front
) -> None:
    lines = [f"POST {target} HTTP/1.1", "Host: x", *(f"{name}: {value}" for name, value in headers.items())]
    answer, body = exchange(front, "\r\n".join([*lines, "", ""]))
    assert answer.status == status
    assert answer.headers["Connection"] == "close"
    assert json.loads(body)["message"].startswith(message)


def test_a_body_that_does_not_arrive_is_not_passed_on(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("woo_stack.cli.front._Exchange.timeout", 0.1)
    answer, body = exchange(front, "POST /live HTTP/1.0\r\nContent-Length: 10\r\n\r\n{")
    assert (answer.status, json.loads(body)["message"]) == (408, "the body did not arrive within 0.1 s")


def test_a_body_that_is_cut_short_is_not_passed_on(front: Front) -> None:
    with encrypted(front) as connection:
        connection.sendall(b"POST /live/cut-short HTTP/1.0\r\nContent-Length: 10\r\n\r\n{")
        # Says that no more is sent and waits for the same, but there comes an answer.
        with pytest.raises(ssl.SSLError):
            connection.unwrap()
    assert not [line for line in Upstream.lines if "cut-short" in line]


def test_the_certificate_is_for_localhost_too(front: Front) -> None:
    connection = connect(front, "localhost")
    connection.request("GET", "/live")
    assert connection.getresponse().status == 418
    connection.close()


def test_clients_do_not_wait_for_each_other(front: Front, capfd: pytest.CaptureFixture[str]) -> None:
    def ask(number: int) -> str:
        connection = connect(front)
        connection.request("GET", f"/live/{number}")
        line: str = seen(connection.getresponse())["line"]
        connection.close()
        return line

    silent = socket.create_connection(("127.0.0.1", front.port))
    with ThreadPoolExecutor(20) as pool:
        lines = list(pool.map(ask, range(60)))
    silent.close()
    assert lines == [f"GET /before/live/{number} HTTP/1.1" for number in range(60)]
    assert capfd.readouterr().err == ""


def test_a_client_that_does_not_trust_it_is_no_traceback(front: Front, capfd: pytest.CaptureFixture[str]) -> None:
    connection = http.client.HTTPSConnection("127.0.0.1", front.port, timeout=10)
    with pytest.raises(ssl.SSLCertVerificationError):
        connection.request("GET", "/live")
    connection.close()
    assert capfd.readouterr().err == ""


def test_a_port_in_use(front: Front, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=rf"^--port {front.port} cannot be opened on 127\.0\.0\.1: Address"):
        Front(tmp_path / "ca.pem", front.port)


def test_closed_before_it_ever_served(tmp_path: Path) -> None:
    front = Front(tmp_path / "ca.pem")
    front.close()
    Front(tmp_path / "ca.pem", front.port).close()
