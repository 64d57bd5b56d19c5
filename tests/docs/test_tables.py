"""Tables, lists and paragraphs of the generated pages."""

from typing import Any


def test_a_cell_keeps_to_its_place(docs: Any) -> None:
    assert docs.table.table(("a", "b"), [("x | y", "1\n2")]) == "| a | b |\n| --- | --- |\n| x \\| y | 1 2 |"


def test_a_long_list_ends_in_a_number(docs: Any) -> None:
    assert docs.table.listed("abc") == "a, b and c"
    assert docs.table.listed("a") == "a"
    assert docs.table.listed("") == ""
    assert docs.table.listed("abcde", 3) == "a, b and 3 more"


def test_lines_break_in_no_code_and_no_link(docs: Any) -> None:
    words = "word " * 22
    assert docs.table.item(f"{words}`a b c d e f`").endswith("\n  `a b c d e f`")
    assert docs.table.paragraph(f"{words}[a link here](page.md).").endswith("\n[a link here](page.md).")
    assert max(map(len, docs.table.paragraph(words * 9).splitlines())) <= 120


def test_text_from_elsewhere_is_no_markdown(docs: Any) -> None:
    assert docs.table.plain("a <b>  *c* `<d> *`") == "a &lt;b> \\*c\\* `<d> *`"
