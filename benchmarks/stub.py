"""AWS on 127.0.0.1, as far as the handler asks: DynamoDB, Secrets Manager and SQS, over plain HTTP, from memory.

MiniStack would do as well, but it answers from a process that competes with the measured one for the same processors.
"""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

from metered import Metered

Json = dict[str, Any]

#: What `Metered` answers, by what AWS calls it.
READS = {"GetItem": "get_item", "BatchGetItem": "batch_get_item", "Query": "query"}


class Stub:
    """The services with the documents of ``table`` and one secret, which every ARN names, until the block ends."""

    def __init__(self, table: Metered, secret: dict[str, str]) -> None:
        self.table = table
        self.secret = json.dumps(secret)
        stub = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Else a response waits 40 ms for the acknowledgement of its headers.
            disable_nagle_algorithm = True

            def do_POST(self) -> None:
                length = int(self.headers["Content-Length"])
                request = json.loads(self.rfile.read(length), object_hook=_bytes_read)
                body = json.dumps(stub.answer(self.headers["X-Amz-Target"], request), default=_bytes_written).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/x-amz-json-1.0")
                self.send_header("Content-Length", f"{len(body)}")
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing of each request."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def answer(self, target: str, request: Json) -> Json:
        """What a service answers."""
        operation = target.rpartition(".")[2]
        if operation in READS:
            answer: Json = getattr(self.table, READS[operation])(**request)
            return answer
        others: dict[str, Json] = {
            # Forgotten, so that who writes the same again finds what the first did.
            "TransactWriteItems": {},
            "Scan": {"Items": [], "Count": 0},
            "GetSecretValue": {"ARN": request.get("SecretId"), "SecretString": self.secret},
            "SendMessage": {"MessageId": "0"},
        }
        return others[operation]

    def __enter__(self) -> Self:
        """Serve on a thread."""
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _at: TracebackType | None
    ) -> None:
        """Serve no more."""
        self._server.shutdown()
        self._server.server_close()


def _bytes_read(value: Json) -> Json:
    return {"B": base64.b64decode(value["B"])} if [*value] == ["B"] else value


def _bytes_written(value: bytes) -> str:
    return base64.b64encode(value).decode()
