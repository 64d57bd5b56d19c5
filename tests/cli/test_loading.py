import gzip
import json
import threading
from collections import defaultdict

import pytest
from tests.cli.conftest import order, product
from woo_stack.handler.documents import KINDS
from woo_stack.handler.lists import DocumentError
from woo_stack.handler.mirror import Mirror
from woo_stack.handler.table import StoreBusy, Table

from woo_stack.cli.documents import Document, read
from woo_stack.cli.errors import CommandError
from woo_stack.cli.loading import load
from woo_stack.cli.localshop import LocalShop

ORDER, PRODUCT = KINDS["O"], KINDS["P"]


class Shelf:
    """A mirror that keeps what is put, refusing whatever mentions `refused`; bodies can name their outcome."""

    def __init__(self, refusal: Exception | None = None) -> None:
        self.refusal = refusal
        self.kept: dict[str, list[bytes]] = defaultdict(list)
        self.lock = threading.Lock()

    def put(self, kind: object, body: bytes) -> str:
        if self.refusal and b"refused" in body:
            raise self.refusal
        with self.lock:
            self.kept[getattr(kind, "noun", "")].append(body)
        return body.decode() if body in (b"stale", b"duplicate", b"replaced") else "inserted"


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


@pytest.mark.parametrize(
    ("bodies", "told"),
    [
        ("x stale", "1 order (left out: 1 older version)"),
        ("x duplicate stale replaced stale", "1 order (left out: 2 older versions, 1 repetition)"),
        ("x duplicate duplicate", "1 order (left out: 2 repetitions)"),
    ],
)
def test_versions_that_are_left_out_are_told(bodies: str, told: str) -> None:
    documents = [Document(ORDER, 7, body.encode()) for body in bodies.split()]
    assert load(Shelf(), documents) == told  # type: ignore[arg-type]


def test_a_table_of_another_shape(echo: LocalShop) -> None:
    client = echo.emulator.session().client("dynamodb", endpoint_url=echo.emulator.endpoint)
    with pytest.raises(CommandError, match=r"^order 3 cannot be stored: .*ResourceNotFoundException"):
        load(Mirror(Table(client, "absent")), [Document(ORDER, 3, order(3).encode())])


def test_what_is_loaded_is_stored_byte_for_byte(echo: LocalShop, tmp_path_factory: pytest.TempPathFactory) -> None:
    file = tmp_path_factory.mktemp("documents") / "some.jsonl"
    file.write_text("\n".join([*(order(number) for number in range(1, 41)), product(77)]))
    assert echo.load(read([str(file)])) == "40 orders, 1 product"
    client = echo.emulator.session().client("dynamodb", endpoint_url=echo.emulator.endpoint)
    table = Table(client, echo.outputs["TableName"])
    for key, text in (("s#O#17", order(17)), ("s#P#77", product(77))):
        item = table.item(key)
        assert item is not None
        assert gzip.decompress(item["z"]["B"]) == text.encode()


def test_every_kind_can_be_loaded_and_the_later_version_wins(
    echo: LocalShop, tmp_path_factory: pytest.TempPathFactory
) -> None:
    term = {"id": 9, "name": "Hüte", "slug": "huete", "description": "", "count": 2}
    versions = [order(900, date_modified_gmt=f"2024-02-29T11:05:0{second}") for second in (5, 7, 6, 7)]
    others = [
        term | {"parent": 0, "display": "default"},
        term | {"id": 10, "parent": 9, "display": "default"},
        term,
        {"id": 9, "email": "a@example.com", "role": "customer", "username": "ann"},
        {"id": 9, "code": "ten", "discount_type": "percent"},
        json.loads(product(90)) | {"type": "variation", "parent_id": 89},
    ]
    file = tmp_path_factory.mktemp("documents") / "all.json"
    file.write_text(f"[{','.join([*versions, *map(json.dumps, others)])}]")
    assert echo.load(read([str(file)])) == (
        "2 categories, 1 coupon, 1 customer, 1 order, 1 tag, 1 variation (left out: 1 older version, 1 repetition)"
    )
    client = echo.emulator.session().client("dynamodb", endpoint_url=echo.emulator.endpoint)
    item = Table(client, echo.outputs["TableName"]).item("s#O#900")
    assert item is not None
    assert gzip.decompress(item["z"]["B"]) == versions[1].encode()
