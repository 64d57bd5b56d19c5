"""`python docs/scripts/write.py`: what is generated is of the present code, and stands between its markers."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from woo_stack import Settings, WooStackError, release

ROOT = Path(__file__).parents[2]
PAGE = "# Shop\n\n<!-- begin rows -->\nold\n<!-- end rows -->\n\nBy hand.\n"


@pytest.fixture(scope="module")
def made(docs: Any) -> dict[str, str]:
    return docs.write.files()


def test_everything_that_is_generated_is_up_to_date(made: dict[str, str]) -> None:
    for path, text in made.items():
        assert (ROOT / path).read_text() == text, f"{path} is out of date: make docs"


def test_nothing_generated_names_a_page_that_is_not_there(docs: Any, made: dict[str, str]) -> None:
    assert {path for path, _ in docs.write.PARTS} | {*docs.write.PAGES} == {*made}


def test_a_part_is_replaced_and_the_rest_stays(docs: Any) -> None:
    text = docs.parts.replaced("a.md", PAGE, "rows", "\n| new |\n")
    assert text == "# Shop\n\n<!-- begin rows -->\n\n| new |\n\n<!-- end rows -->\n\nBy hand.\n"
    assert docs.parts.replaced("a.md", text, "rows", "| new |") == text


@pytest.mark.parametrize(
    "page",
    [
        "",
        PAGE.replace("<!-- begin rows -->", ""),
        PAGE.replace("<!-- end rows -->", ""),
        PAGE + PAGE,
        PAGE.replace("<!-- begin", "Text <!-- begin"),
        "<!-- end rows -->\n<!-- begin rows -->\n",
    ],
)
def test_a_part_without_its_place_is_one_sentence(docs: Any, page: str) -> None:
    with pytest.raises(WooStackError, match=r"^docs/a\.md has no place for the part 'rows', allowed: ") as told:
        docs.parts.replaced("docs/a.md", page, "rows", "new")
    assert "<!-- begin rows -->" in str(told.value)
    assert "<!-- end rows -->" in str(told.value)
    assert "\n" not in str(told.value)


@pytest.fixture
def folder(docs: Any, tmp_path: Path, monkeypatch: Any) -> Path:
    """Another repository: a whole page, and a page with a part."""
    monkeypatch.setattr(docs.write, "ROOT", tmp_path)
    monkeypatch.setattr(docs.write, "PAGES", {"a.md": lambda: "new\n"})
    monkeypatch.setattr(docs.write, "PARTS", {("b.md", "rows"): lambda: "| new |"})
    (tmp_path / "b.md").write_text(PAGE)
    return tmp_path


def test_what_is_out_of_date_is_named_and_written(docs: Any, folder: Path, capsys: Any) -> None:
    assert docs.write.main(["--check"]) == 1
    assert capsys.readouterr().err == "a.md is out of date: make docs\nb.md is out of date: make docs\n"
    assert (folder / "b.md").read_text() == PAGE
    assert docs.write.main([]) == 0
    assert (folder / "a.md").read_text() == "new\n"
    assert "| new |" in (folder / "b.md").read_text()
    assert docs.write.main(["--check"]) == 0
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("arguments", [["--check"], []])
def test_nothing_is_written_when_a_part_has_no_place(
    docs: Any, folder: Path, capsys: Any, arguments: list[str]
) -> None:
    (folder / "b.md").write_text("# Nothing\n")
    assert docs.write.main(arguments) == 1
    assert capsys.readouterr().err.startswith("error: b.md has no place for the part 'rows', allowed: one line ")
    assert [path.name for path in folder.iterdir()] == ["b.md"]


def test_a_wrong_option_is_a_wrong_command_line(docs: Any, capsys: Any) -> None:
    with pytest.raises(SystemExit) as ended:
        docs.write.main(["--chek"])
    assert ended.value.code == 2
    assert "--chek" in capsys.readouterr().err


def test_what_build_py_gives_is_what_is_told(docs: Any, monkeypatch: Any) -> None:
    chosen = Settings(stage="v7", memory_mb=1001)
    environments = {"one": {"Parameters": {"LogLevel": "DEBUG"}}}
    variants = {"other.json": replace(chosen, api="http")}
    build = docs.built.build
    monkeypatch.setattr(build, "shop_release", lambda: release(chosen, environments, variants=variants))
    docs.built.release.cache_clear()
    try:
        page = docs.settings.page
        monkeypatch.setattr(docs.settings, "effect_of", lambda _: None)
        text = page()
    finally:
        docs.built.release.cache_clear()
    assert "### stage\n" in text
    assert '`build.py` sets: `"v7"`.' in text
    assert '- `other.json`: `Settings(api="http", stage="v7", memory_mb=1001)`' in text
    assert "| `LogLevel` | `DEBUG` |" in text


def test_a_build_without_a_release_is_one_sentence(docs: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(docs.built.build, "shop_release", lambda: None)
    docs.built.release.cache_clear()
    try:
        with pytest.raises(
            WooStackError, match=r"^build\.shop_release\(\) is None, allowed: what woo_stack\.release returns$"
        ):
            docs.built.release()
    finally:
        docs.built.release.cache_clear()
