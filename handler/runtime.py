"""What every function of the stack has: a logger, and clients that give up before the caller does."""

import gc
import logging
import os
from functools import cache
from typing import Any, Literal

from botocore.exceptions import ClientError

#: A JSON object: an event, an answer, a document, a DynamoDB item.
Json = dict[str, Any]

#: What functions call, by the variable that tells which. Making clients is most of a start, and only then Lambda gives
#: full speed: what every request needs is made at once, the rest when it is called, for 20 ms of CPU (the applier needs
#: ``sqs`` for dead letters alone).
Service = Literal["dynamodb", "secretsmanager", "sqs"]
SERVICES: dict[str, Service] = {
    "TABLE_NAME": "dynamodb",
    "API_KEY_SECRET": "secretsmanager",
    "WEBHOOK_SECRET": "secretsmanager",
    "QUEUE_URL": "sqs",
}

#: Lambda's JSON log format writes the fields of ``extra`` beside the message, and sets the level.
LOG = logging.getLogger("woo_stack")


def code_of(error: Exception | None) -> str:
    """What an error tells of itself without a word of its text: AWS's code for it, or its type."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else type(error).__name__


def tell(what: str, facts: Json, error: Exception | None = None) -> None:
    """Write one record to the log. Of an error it holds type, code and place, but not the text.

    That may be a piece of a document or of a request, as a KeyError's is, or a refusal that quotes what it refuses.
    """
    (LOG.error if error else LOG.info)(
        what, extra=facts, exc_info=error and (type(error), Exception(code_of(error)), error.__traceback__)
    )


@cache
def session() -> Any:
    """Botocore's session: regions, endpoints and credentials are as for any other, but it reads no more than it needs.

    `benchmarks/cold_start.py` measures what that is worth; the figures are of 450 ms of CPU, a start with plain boto3.
    That itself is left out: 20 ms, for resources and transfers.
    """
    # When garbage collection is off: importing makes so many objects that it is a tenth of it, 25 ms.
    from botocore.loaders import Loader  # noqa: PLC0415
    from botocore.session import Session  # noqa: PLC0415

    class Models(Loader):
        """What botocore knows of services, from its files."""

        def list_available_services(self, type_name: str) -> list[str]:  # noqa: ARG002 (the base class's)
            """Those that are called here: else it looks into the folders of all 430, 33 ms."""
            return [*SERVICES.values()]

        def load_data_with_path(self, name: str) -> Any:
            """Without the endpoints of former releases, 1.2 MB and 23 ms: services' own rules have come before them."""
            return (
                ({"partitions": []}, self.BUILTIN_DATA_PATH)
                if name == "endpoints"
                else super().load_data_with_path(name)
            )

    made = Session()
    made.register_component("data_loader", Models())
    return made


@cache
def client(service: Service) -> Any:
    """The container's only client of ``service``.

    WooCommerce's own API clients give up after 5 s (``woocommerce`` on PyPI), and so does its ping of a new webhook:
    two tries of at most 2 s must do. Who may take longer tries again.
    """
    from botocore.config import Config  # noqa: PLC0415 (as above)

    return session().create_client(
        service,
        config=Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2}),
    )


# What a start makes is there to stay: not looked through for garbage while it is made, nor with that of requests later.
gc.disable()
for variable in SERVICES.keys() & os.environ.keys():
    # Who has a queue writes to the table only what the queue does not take.
    if variable != "TABLE_NAME" or "QUEUE_URL" not in os.environ:
        client(SERVICES[variable])
gc.freeze()
gc.enable()
