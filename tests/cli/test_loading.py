import threading
from collections import defaultdict

import pytest
from woo_stack.handler.documents import KINDS, DocumentError
from woo_stack.handler.store import Store, StoreBusy

from tests.cli.conftest import order, product
from woo_stack.cli.documents import Document, read
from woo_stack.cli.errors import CommandError
from woo_stack.cli.loading import load
from woo_stack.cli.localshop import LocalShop

ORDER, PRODUCT = KINDS["O"], KINDS["P"]


class Shelf:
    """A store that keeps what is put, refusing whatever mentions `refused`."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.refusal = refusal
        self.kept: dict[str, list[bytes]] = defaultdict(list)
        self.lock = threading.Lock()

    def put(self, kind: object, body: bytes) -> str:
        if self.refusal and b"refused" in body:
            raise self.refusal
        with self.lock:
            self.kept[getattr(kind, "noun", "")].append(body)
        return "inserted"


def test_versions_of_a_document_are_stored_in_their_order() -> None:
    shelf = Shelf()
    versions = [Document(ORDER, 727, b"%d" % version) for version in range(200)]
    assert load(shelf, [*versions, Document(PRODUCT, 727, b"shirt")]) == "1 order, 1 product"  # type: ignore[arg-type]
    assert shelf.kept == {"order": [version.body for version in versions], "product": [b"shirt"]}


def test_the_summary_counts_by_kind() -> None:
    documents = [Document(ORDER, number, b"x") for number in range(1, 4)] + [Document(PRODUCT, 8, b"y")]
    assert load(Shelf(), documents) == "3 orders, 1 product"  # type: ignore[arg-type]


@pytest.mark.parametrize("refusal", [DocumentError("too large"), StoreBusy("throttled")])
def test_a_document_that_the_store_refuses_is_named(refusal: Exception) -> None:
    documents = [Document(ORDER, 5, b"fine"), Document(PRODUCT, 799, b"refused")]
    with pytest.raises(CommandError, match=f"^product 799 cannot be stored: {refusal}$"):
        load(Shelf(refusal), documents)  # type: ignore[arg-type]


def test_a_table_of_another_shape(echo: LocalShop) -> None:
    client = echo.emulator.session().client("dynamodb", endpoint_url=echo.emulator.endpoint)
    with pytest.raises(CommandError, match=r"^order 3 cannot be stored: .*ResourceNotFoundException"):
        load(Store(client, "absent"), [Document(ORDER, 3, order(3).encode())])


def test_what_is_loaded_is_served_byte_for_byte(echo: LocalShop, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("documents") / "some.jsonl"
    file.write_text("\n".join([*(order(number) for number in range(1, 41)), product(77)]))
    assert echo.load(read([str(file)])) == "40 orders, 1 product"
    client = echo.emulator.session().client("dynamodb", endpoint_url=echo.emulator.endpoint)
    store = Store(client, echo.outputs["TableName"])
    assert store.get(ORDER, 17) == order(17).encode()
    assert store.get(PRODUCT, 77) == product(77).encode()
