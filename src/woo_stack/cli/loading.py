"""Documents put into the table, by the same code that stores a webhook's."""

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

from woo_stack.cli.counts import counted, listed
from woo_stack.cli.documents import Document
from woo_stack.cli.errors import CommandError
from woo_stack.handler.lists import DocumentError
from woo_stack.handler.mirror import Mirror
from woo_stack.handler.table import StoreBusy

WORKERS = 8
#: What `Mirror.put` says of versions that it leaves out, as a reader of the files would call them.
LEFT_OUT = {"stale": "older version", "duplicate": "repetition"}


def load(mirror: Mirror, documents: Iterable[Document]) -> str:
    """Store all documents and say how many of each kind: `2 orders, 1 product (left out: 1 older version)`.

    Versions of one document are stored in the order given; of two the one wins that the shop modified later. Raises
    CommandError for the first that the table refuses; others may have been stored by then.
    """
    versions: dict[tuple[str, int], list[Document]] = {}
    for document in documents:
        versions.setdefault((document.kind.family, document.number), []).append(document)
    with ThreadPoolExecutor(WORKERS) as pool:
        done = [pool.submit(_put, mirror, group) for group in versions.values()]
        try:
            outcomes = Counter(outcome for future in done for outcome in future.result())
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    counts = Counter(group[-1].kind.noun for group in versions.values())
    left_out = ", ".join(counted(outcomes[name], noun) for name, noun in LEFT_OUT.items() if outcomes[name])
    return listed(dict(sorted(counts.items()))) + (f" (left out: {left_out})" if left_out else "")


def _put(mirror: Mirror, versions: list[Document]) -> list[str]:
    """What became of each version."""
    outcomes = []
    for document in versions:
        try:
            outcomes.append(mirror.put(document.kind, document.body))
        except (DocumentError, StoreBusy, ClientError) as error:
            raise CommandError(f"{document.kind.noun} {document.number} cannot be stored: {error}") from error
    return outcomes
