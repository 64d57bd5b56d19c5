"""Documents put into the table, by the same code that stores a webhook's."""

from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

from botocore.exceptions import ClientError

from woo_stack.cli.documents import Document
from woo_stack.cli.errors import CommandError
from woo_stack.handler.documents import DocumentError
from woo_stack.handler.store import Store, StoreBusy

WORKERS = 8


def load(store: Store, documents: Iterable[Document]) -> str:
    """Store all documents and say how many of each kind: `2 orders, 1 product`.

    Versions of one document are stored in the order given. Raises CommandError for the first that the store
    refuses; others may have been stored by then.
    """
    versions: dict[tuple[str, int], list[Document]] = {}
    for document in documents:
        versions.setdefault((document.kind.letter, document.number), []).append(document)
    with ThreadPoolExecutor(WORKERS) as pool:
        done = [pool.submit(_put, store, group) for group in versions.values()]
        try:
            for future in done:
                future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    counts = Counter(group[0].kind.noun for group in versions.values())
    return ", ".join(f"{count} {noun if count == 1 else noun + 's'}" for noun, count in sorted(counts.items()))


def _put(store: Store, versions: list[Document]) -> None:
    for document in versions:
        try:
            store.put(document.kind, document.body)
        except (DocumentError, StoreBusy, ClientError) as error:
            raise CommandError(f"{document.kind.noun} {document.number} cannot be stored: {error}") from error
