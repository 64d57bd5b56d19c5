"""A front before the emulator that fails calls by plan, as networks and AWS do."""

import contextlib
import http.client
import re
import threading
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

#: What a call may meet: refused by throttling, AWS's own fault, the connection closed before the call is heard, or
#: after it was, so that it has its effect and the answer is lost. (A proxy may also answer with a page of its own.)
KINDS = ("throttled", "broken", "closed", "lost")
_ERROR = "<ErrorResponse><Error><Type>Sender</Type><Code>{0}</Code><Message>{1}</Message></Error></ErrorResponse>"
_ANSWERS = {"throttled": (400, "Throttling", "Rate exceeded"), "broken": (503, "ServiceUnavailable", "try later")}


@dataclass
class Front:
    """Its URL, the calls that it saw, and what the next ones of an action will meet."""

    url: str = ""
    calls: list[str] = field(default_factory=list)
    plan: dict[str, list[str]] = field(default_factory=dict)

    def fail(self, action: str, *kinds: str) -> None:
        """The next calls of the action meet these, one each."""
        self.plan[action] = list(kinds)

    def counted(self) -> Counter[str]:
        """How often each action was called."""
        return Counter(self.calls)


def _made(kind: str, action: str) -> tuple[int, str, str] | None:
    """Status, type and content of the front's own answer, if it gives one."""
    if kind == "page":
        return 200, "text/html", "<html><p>Sign in to the network<br></html>"
    if kind not in _ANSWERS:
        return None
    # S3 throttles in words of its own, and the answer to HEAD has no words at all.
    slow = kind == "throttled" and action.endswith("Object")
    status, code, message = (503, "SlowDown", "slower") if slow else _ANSWERS[kind]
    return status, "text/xml", _ERROR.format(code, message)


def _complete(headers: list[tuple[str, str]], content: bytes) -> list[tuple[str, str]]:
    """The headers for a connection that is closed; the answer to HEAD has a length of its own."""
    kept = {name: value for name, value in headers if name.lower() not in ("connection", "transfer-encoding")}
    length = {} if "content-length" in map(str.lower, kept) else {"Content-Length": f"{len(content)}"}
    return [*(kept | length).items(), ("Connection", "close")]


@contextlib.contextmanager
def front(port: int) -> Iterator[Front]:  # noqa: C901 (the methods of a server, not branches)
    """A front before the emulator at this port, until the end."""
    seen = Front()

    class Handler(BaseHTTPRequestHandler):
        # Answers `Expect: 100-continue`, for which S3's clients would wait a second.
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: object) -> None:
            pass

        def handle_any(self) -> None:
            self.close_connection = True
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            action = _action(self, body)
            seen.calls.append(action)
            kind = seen.plan[action].pop(0) if seen.plan.get(action) else ""
            if kind == "closed":
                return
            if made := _made(kind, action):
                status, type_, content = made
                self._answer(status, [("Content-Type", type_)], content.encode())
            else:
                self._pass_on(body, kind)

        def _pass_on(self, body: bytes, kind: str) -> None:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
            connection.request(self.command, self.path, body, dict(self.headers))
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            if kind != "lost":
                self._answer(answer.status, answer.getheaders(), content)

        def _answer(self, status: int, headers: list[tuple[str, str]], content: bytes) -> None:
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                self.send_response_only(status)
                for name, value in _complete(headers, content):
                    self.send_header(name, value)
                self.end_headers()
                if self.command != "HEAD":
                    self.wfile.write(content)

    for method in ("GET", "POST", "PUT", "HEAD", "DELETE"):
        setattr(Handler, f"do_{method}", Handler.handle_any)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    seen.url = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield seen
    finally:
        server.shutdown()
        server.server_close()


def _action(request: BaseHTTPRequestHandler, body: bytes) -> str:
    """What is asked for: of the query protocol, of JSON and CBOR, or of S3."""
    if named := re.search(r"operation/(\w+)$", request.path):
        return named[1]
    if target := request.headers.get("X-Amz-Target"):
        return target.rpartition(".")[2]
    if found := parse_qs(body.decode(errors="replace")).get("Action"):
        return found[0]
    return f"{request.command.title()}Object"
