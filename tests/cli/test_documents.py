import io
import json
from collections.abc import Callable

import pytest
from tests.cli.conftest import order, product

from woo_stack.cli.documents import Document, read
from woo_stack.cli.errors import CommandError

Write = Callable[[str, str | bytes], str]


def bodies(documents: list[Document]) -> list[str]:
    return [document.body.decode() for document in documents]


@pytest.mark.parametrize(
    "text",
    [
        "[{0},{1},{2}]",
        " [ {0} ,\n\t{1},{2} ]\n",
        "{0}\n{1}\n{2}",
        "{0}\r\n\r\n{1}\n{2}\n\n",
        "{0} {1}{2}",
    ],
    ids=["list", "list with space", "lines", "lines with space", "no lines"],
)
def test_every_document_is_read_as_its_exact_text(text: str, write: Write) -> None:
    parts = [order(727), json.dumps(json.loads(product(31)), indent=3), order(728, note="\\/ \\u00e9 é")]
    path = write("some.json", text.format(*parts))
    documents = read([path])
    assert bodies(documents) == parts
    assert [(document.kind.noun, document.number) for document in documents] == [
        ("order", 727),
        ("product", 31),
        ("order", 728),
    ]


def test_one_document_alone(write: Write) -> None:
    pretty = json.dumps(json.loads(order(5)), indent=2)
    assert bodies(read([write("one.json", pretty + "\n")])) == [pretty]


def test_a_byte_order_mark_is_no_part_of_a_document(write: Write) -> None:
    assert bodies(read([write("windows.json", b"\xef\xbb\xbf" + order(6).encode())])) == [order(6)]


def test_files_are_read_in_order_and_the_same_document_may_come_again(write: Write) -> None:
    first, second = write("first.json", order(9)), write("second.json", f"{order(8)}\n{order(9)}")
    assert bodies(read([second, first])) == [order(8), order(9), order(9)]


def test_stdin(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(order(12).encode())))
    assert bodies(read(["-"])) == [order(12)]


@pytest.mark.parametrize(
    ("content", "wrong"),
    [
        ("", " has no document in it"),
        (" [ ] ", " has no document in it"),
        (b"\xff\xfe{", ", byte 1: it is not UTF-8 text"),
        ('{"id": 1,\n "status" 2}', ", line 2 column 11: it is not JSON: expecting ':' delimiter"),
        (order(1) + "\n{oops}", ", line 2 column 2: it is not JSON: "),
        (f"[{order(1)} {order(2)}]", ": it is not JSON: the list needs a comma or a ] here"),
        (f"[\n{order(1)},\n]", ", line 3 column 1: it is not JSON: a value is missing after the comma"),
        (f"[\n{order(1)}\n", ", line 3 column 1: it is not JSON: the list needs a comma or a ] here"),
        ("[", ", line 1 column 2: it is not JSON: expecting value"),
        (f"[{order(1)}]\n[{order(2)}]", ", line 2 column 1: there is something after the end of the list"),
        (f"[[{order(1)}]]", ", line 1 column 2: document 1 is a list, allowed: a JSON object"),
        (f"{order(1)}\n727", ", line 2 column 1: document 2 is 727, allowed: a JSON object"),
        ('{"id": NaN}', ", line 1 column 1: the document that begins here cannot be read: NaN is not JSON"),
        # Python gives up at a depth of its own, before or at the end of a document that is none.
        ('{"a":' * 9000, ", line 1 column "),
        (f'{order(1)}\n{{"id": 4}}', ", line 2 column 1: document 2 cannot be stored: "),
        (order(1).replace("1", '"x"', 1), ", line 1 column 1: document 1 cannot be stored: "),
    ],
)
def test_a_broken_file_is_one_sentence(content: str | bytes, wrong: str, write: Write) -> None:
    good, broken = write("good.json", order(3)), write("broken.json", content)
    with pytest.raises(CommandError) as refused:
        read([good, broken])
    assert str(refused.value).startswith(broken)
    assert wrong in str(refused.value)
    assert "\n" not in str(refused.value)


def test_a_file_that_is_not_there() -> None:
    with pytest.raises(CommandError, match=r"^--load nowhere\.json cannot be read: No such file or directory$"):
        read(["nowhere.json"])
