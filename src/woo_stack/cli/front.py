"""API Gateway's HTTPS front on this machine: `https://127.0.0.1:PORT/<stage>/<path>` as on execute-api."""

import http.client
import json
import socketserver
import ssl
import sys
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import trustme

from woo_stack.cli.errors import CommandError

MAX_BODY_BYTES = 10_000_000  # API Gateway's own limit of a request
UPSTREAM_SECONDS = 30  # API Gateway gives an integration 29 s
IDLE_SECONDS = 75

# Headers about one connection, which end at a proxy (RFC 9110, 7.6.1). Expect has been answered by then.
_HOP_BY_HOP = {"connection", "expect", "keep-alive", "te", "trailer", "transfer-encoding", "upgrade"}
_HOP_BY_HOP |= {"proxy-authenticate", "proxy-authorization", "proxy-connection"}
# API Gateway writes these itself, whatever the client says.
_REPLACED = {"x-forwarded-for", "x-forwarded-port", "x-forwarded-proto"}
_NOT_PASSED_ON = _HOP_BY_HOP | _REPLACED
# What API Gateway takes for granted where a client says nothing. Without them the emulator does not decode a function's
# base64, and hands a function the text of a body, in which bytes that are no UTF-8 are lost.
_TAKEN_FOR_GRANTED = {"Accept": "*/*", "Content-Type": "application/json"}

Refused = Callable[[bytes, str, str, Mapping[str, str]], bytes]


class Front:
    """A TLS server in front of one API of the emulator, until `close`.

    The port (0: any free one) is taken when the object is made, so that a port in use is found before all
    else is started; requests wait until `serve` says which API answers them. ``ca_file`` gets the certificate
    (PEM) that a client must trust: it is made for this one server, and its key is not kept.
    """

    def __init__(self, ca_file: Path, port: int = 0) -> None:
        authority = trustme.CA(organization_name="woo-stack local")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
        authority.cert_pem.write_to_path(str(ca_file))
        self.ca_file = ca_file
        try:
            self._server = _Server(("127.0.0.1", port), context)
        except OSError as error:
            reason = f"{error.strerror}; without --port a free one is taken"
            raise CommandError(f"--port {port} cannot be opened on 127.0.0.1: {reason}") from error
        self.port: int = self._server.server_address[1]
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """Where the API answers, without a stage: `https://127.0.0.1:PORT`."""
        return f"https://127.0.0.1:{self.port}"

    def serve(self, upstream_port: int, prefix: str, refused: Refused | None = None) -> None:
        """Answer requests by `http://127.0.0.1:<upstream_port><prefix><path>`, in threads of their own.

        ``refused`` gets the body of a 401 or 403 with the request's method, target and headers, and returns the body
        that the client gets.
        """
        self._server.refused = refused
        self._server.upstream_port = upstream_port
        self._server.prefix = prefix
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Free the port. Requests under way end with the process they were passed to."""
        if self._thread is not None:
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()


class _Server(socketserver.ThreadingTCPServer):
    """A thread a connection. Not http.server's own server, which asks the DNS for its name when it starts."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128
    upstream_port: int
    prefix: str
    refused: Refused | None

    def __init__(self, address: tuple[str, int], context: ssl.SSLContext) -> None:
        super().__init__(address, _Exchange)
        # The handshake waits for the first read, in the connection's thread: no client holds up accept().
        self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing when a client went away or does not trust the certificate: it knows."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)


class _RefusedError(Exception):
    """The request cannot be passed on; answered with this status and message, and the connection closed."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


class _Exchange(BaseHTTPRequestHandler):
    """The requests of one client connection, each passed on by a connection of its own."""

    protocol_version = "HTTP/1.1"
    timeout = IDLE_SECONDS
    wbufsize = -1  # headers and body leave together
    disable_nagle_algorithm = True
    server: _Server

    def pass_on(self) -> None:
        """Answer one request, whatever its method."""
        port = self.server.upstream_port
        upstream = http.client.HTTPConnection("127.0.0.1", port, timeout=UPSTREAM_SECONDS)
        try:
            answer = self._ask(upstream)
        except _RefusedError as refusal:
            self._answer_error(refusal.status, str(refusal))
        except (OSError, http.client.HTTPException) as error:
            self._answer_error(502, f"the emulator did not answer: {error or type(error).__name__}")
        else:
            self._answer(answer)
        finally:
            upstream.close()

    # What http.server looks up for each method.
    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = pass_on  # noqa: N815

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:  # noqa: ARG002
        """Answer what http.server refuses by itself, as TRACE or a broken request line, without its page of HTML."""
        self.request_version = self.protocol_version  # of a line that cannot be read: without one there is no status
        self._answer_error(code, message or http.HTTPStatus(code).phrase)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base class's name)
        """No access log: a query string can hold the consumer secret."""

    def _ask(self, upstream: http.client.HTTPConnection) -> http.client.HTTPResponse:
        body = self._body()
        try:
            upstream.putrequest(self.command, self._target(), skip_host=True, skip_accept_encoding=True)
        except (http.client.InvalidURL, UnicodeEncodeError) as error:
            raise _RefusedError(400, "the path has characters that are not percent-encoded") from error
        for name, value in self.headers.items():
            if name.lower() not in _NOT_PASSED_ON:
                upstream.putheader(name, value)
        for name, value in _TAKEN_FOR_GRANTED.items():
            if name not in self.headers and (body or name == "Accept"):
                upstream.putheader(name, value)
        upstream.putheader("X-Forwarded-For", self.client_address[0])
        upstream.putheader("X-Forwarded-Port", str(self.server.server_address[1]))
        upstream.putheader("X-Forwarded-Proto", "https")
        upstream.endheaders(body)
        return upstream.getresponse()

    def _target(self) -> str:
        if not self.path.startswith("/"):
            raise _RefusedError(400, f"the path {self.path!r} does not begin with /")
        return self.server.prefix + self.path

    def _body(self) -> bytes | None:
        if "Transfer-Encoding" in self.headers:
            raise _RefusedError(411, "send the body with a Content-Length")
        length = self.headers.get("Content-Length", "0")
        if not (length.isascii() and length.isdigit()):
            raise _RefusedError(400, f"Content-Length is {length!r}, allowed: a number of bytes")
        if int(length) > MAX_BODY_BYTES:
            raise _RefusedError(413, f"Content-Length is {length}, allowed: at most {MAX_BODY_BYTES}")
        try:
            body = self.rfile.read(int(length))
        except TimeoutError as error:
            raise _RefusedError(408, f"the body did not arrive within {self.timeout} s") from error
        if len(body) < int(length):
            raise _RefusedError(400, f"Content-Length is {length}, but {len(body)} bytes arrived")
        return body or None

    def _answer(self, answer: http.client.HTTPResponse) -> None:
        refused = self.server.refused if answer.status in (401, 403) and self.command != "HEAD" else None
        body = refused(answer.read(), self.command, self.path, dict(self.headers.items())) if refused else None
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.getheaders():
            if name.lower() not in _HOP_BY_HOP and not (body is not None and name.lower() == "content-length"):
                self.send_header(name, value)
        # Without a length a body ends where the connection does. HTTP/1.0, which WooCommerce's webhooks speak, knows no
        # connection that stays.
        if (body is None and answer.length is None) or self.request_version < self.protocol_version:
            self.send_header("Connection", "close")
        if body is not None:
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.end_headers()
        try:
            while block := answer.read(65536):
                self.wfile.write(block)
        except (OSError, http.client.HTTPException):
            self.close_connection = True  # too late for a status: a body cut short tells the client

    def _answer_error(self, status: int, message: str) -> None:
        body = json.dumps({"message": message}).encode()
        self.send_response_only(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close")  # the rest of the request may not have been read
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
