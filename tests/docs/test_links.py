"""Every link of every page leads somewhere, by GitHub's names of headings; addresses are not called."""

import pytest
from tests.docs.markdown_pages import ROOT, anchors, broken, links, pages, slug


@pytest.mark.parametrize("page", pages())
def test_no_link_is_dead(page: str) -> None:
    assert broken(page, pages()) == []


def test_every_page_is_reached_from_the_readme() -> None:
    reached, left = set[str](), ["README.md"]
    while left:
        page = left.pop()
        reached.add(page)
        for target in links(pages()[page]):
            path = (ROOT / page).parent.joinpath(target.partition("#")[0]).resolve()
            file = path / "README.md" if path.is_dir() else path
            name = file.relative_to(ROOT).as_posix() if file.is_relative_to(ROOT) else ""
            if name in pages() and name not in reached:
                left.append(name)
    assert set(pages()) - reached == set()


def test_a_wrong_link_is_found() -> None:
    text = (
        "# A b\n[a](#a-b) [b](#a-c) [c](README.md) [d](gone.md) `[e](code.md)` [f](https://no) ![g](gone.png)\n"
        '<img src="gone.svg"> [h](https://aws.amazon.com/a_(b)/#c) [i](../../../../../../../../../etc/hosts)\n\n'
        "```md\n[j](fenced.md)\n```\n[k]: gone.txt\n"
    )
    assert [one.partition(": ")[0] for one in broken("page.md", {"page.md": text})] == [
        "#a-c", "gone.md", "https://no", "gone.png", "../../../../../../../../../etc/hosts", "gone.svg", "gone.txt",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("heading", "name"),
    [
        ("Two commands", "two-commands"),
        ("`memory_mb`", "memory_mb"),
        ("REST & HTTP: what *differs*?", "rest--http-what-differs"),
        ("[Unreleased]", "unreleased"),
        ("See [docs](a.md) / now", "see-docs--now"),
        ("4.4 MB", "44-mb"),
        ("Größe", "größe"),
    ],
)
def test_headings_are_named_as_github_names_them(heading: str, name: str) -> None:
    assert slug(heading) == name


def test_the_same_heading_again_has_a_number() -> None:
    assert anchors('# A\n## A\n```\n# B\n```\n<a id="c"></a>\n') == {"a", "a-1", "c"}


def test_a_folder_is_no_page_but_may_be_linked() -> None:
    assert broken("README.md", {"README.md": "[a](docs/) [b](docs#a)"}) == ["docs#a: there is no such heading"]
    assert not broken("README.md", {"README.md": "[a](docs/pictures)"})
