"""The site: every page and public name is on it, links survive, and what `make site` builds asks no other host."""

import ast
import html
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from tests.docs.markdown_pages import ROOT, Block, blocks, pages

import woo_stack

WEBSITE = ROOT / "docs" / "scripts" / "website"
MERMAID = ROOT / ".venv" / "mermaid" / "node_modules" / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js"
MKDOCS = ROOT / ".venv" / "site" / "bin" / "mkdocs"
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
PHONE = 390
PLACES = {
    "README.md": "index.md",
    "docs/costs.md": "costs.md",
    "docs/decisions": "decisions/README.md",
    "docs/decisions/0001-a.md": "decisions/0001-a.md",
    "docs/pictures/a.svg": "pictures/a.svg",
    "src/woo_stack/table.py": "reference/data.md#woo_stack.table.Table",
}


@pytest.fixture(scope="module")
def website() -> Iterator[Any]:
    """The site's scripts; of griffe, which is not installed here, what they are made from."""
    before = {*sys.modules}
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(WEBSITE)
        patch.setitem(sys.modules, "griffe", SimpleNamespace(Extension=object, Docstring=lambda text, **_: text))
        names = ("attribute_comments", "links", "lists", "reference", "sources")
        yield SimpleNamespace(**{name: importlib.import_module(name) for name in names})
    for name in {*sys.modules} - before:
        if str(getattr(sys.modules[name], "__file__", "")).startswith(str(WEBSITE)):
            del sys.modules[name]


def navigation() -> list[str]:
    """What mkdocs.yml names, in order."""

    class Loader(yaml.SafeLoader):
        """Without the tags that only MkDocs knows."""

    Loader.add_multi_constructor("tag:yaml.org,2002:python/", lambda *_: None)
    config = yaml.load((ROOT / "mkdocs.yml").read_text(), Loader)  # noqa: S506 - a safe one
    found: list[str] = []

    def walk(entry: Any) -> None:
        for each in entry.values() if isinstance(entry, dict) else entry:
            found.append(each) if isinstance(each, str) else walk(each)

    walk(config["nav"])
    return found


def test_every_page_is_in_the_navigation_and_nothing_else() -> None:
    alone = {page.removeprefix("docs/") for page in pages() if re.match(r"docs/(?!decisions/)", page)}
    others = {"index.md", "contributing.md", "changelog.md", "decisions/", "reference/"}
    assert Counter(navigation()) == Counter(alone | others)


def test_every_public_name_is_on_one_page(website: Any) -> None:
    made = website.reference.pages()
    contents = made.pop("reference/index.md")
    shown = [line.rpartition(".")[2] for text in made.values() for line in text.splitlines() if line[:3] == ":::"]
    assert Counter(shown) == Counter(woo_stack.__all__)
    assert all(f"[`{name}`](" in contents for name in woo_stack.__all__)


def test_a_name_is_where_the_stub_says(website: Any) -> None:
    assert website.reference.public()["cloudformation.change"] == ["Change", "Difference"]
    places = website.reference.places()
    assert places["src/woo_stack/cloudformation/deploy.py"].endswith("#woo_stack.cloudformation.deploy.Deployed")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("#: One\n#: two.\na: int = 1", "One two."),
        ("#: Other.\nb = 2\na: int = 1  #: Three.", "Three."),
        ("#: Other.\n\na = (\n    1,\n)", ""),
        ("a = '#: no'", ""),
    ],
)
def test_the_comment_of_an_attribute_is_its_documentation(website: Any, text: str, told: str) -> None:
    node = ast.parse(text).body[-1]
    attribute = SimpleNamespace(docstring=None, annotation="int", labels=set())
    extension = website.attribute_comments.AttributeComments()
    extension.on_attribute_instance(node=node, attr=attribute, agent=SimpleNamespace(code=text))
    assert (attribute.docstring or "") == told


def test_a_docstring_stays_and_a_class_variable_is_no_field(website: Any) -> None:
    attribute = SimpleNamespace(
        docstring="kept", annotation="ClassVar", labels={"class-attribute", "instance-attribute"}
    )
    text = "#: Other.\na: ClassVar = 1"
    extension = website.attribute_comments.AttributeComments()
    extension.on_attribute_instance(node=ast.parse(text).body[0], attr=attribute, agent=SimpleNamespace(code=text))
    assert (attribute.docstring, attribute.annotation, attribute.labels) == ("kept", None, {"class-attribute"})


@pytest.mark.parametrize(
    ("file", "text", "made"),
    [
        ("README.md", "[costs](docs/costs.md#a)", "[costs](costs.md#a)"),
        ("README.md", "[records](docs/decisions/)", "[records](decisions/README.md)"),
        ("README.md", "![a](docs/pictures/a.svg) [b](#b)", "![a](pictures/a.svg) [b](#b)"),
        ("README.md", "[![a](docs/pictures/a.svg)](docs/costs.md)", "[![a](pictures/a.svg)](costs.md)"),
        ("README.md", '<img src="docs/pictures/a.svg">', '<img src="pictures/a.svg">'),
        ("README.md", "[`table.py`](src/woo_stack/table.py)",
         "[`table.py`](reference/data.md#woo_stack.table.Table)"),
        ("docs/costs.md", "[a](../README.md) [b](decisions/0001-a.md)", "[a](index.md) [b](decisions/0001-a.md)"),
        ("docs/decisions/0001-a.md", "[a](../costs.md) [b](README.md)", "[a](../costs.md) `b`"),
        ("docs/costs.md", "[`x.py`](../src/x.py) [the test](../tests/x.py)", "`x.py` `the test`"),
        ("docs/costs.md", "[a](https://a.b/c) `[b](../README.md)`", "[a](https://a.b/c) `[b](../README.md)`"),
        ("docs/costs.md", "```md\n[b](../README.md)\n```", "```md\n[b](../README.md)\n```"),
    ],
)  # fmt: skip
def test_links_lead_to_where_things_are_on_the_site(website: Any, file: str, text: str, made: str) -> None:
    assert website.links.Links(PLACES).rewritten(text, file) == made


@pytest.mark.parametrize(
    ("text", "made"),
    [
        ("- a\n  b\n\n  ```sh\n  c\n    d\n  ```\n- e", "- a\n    b\n\n    ```sh\n    c\n      d\n    ```\n- e"),
        ("1. a\n   - b\n     c\n2. d", "1. a\n    - b\n        c\n2. d"),
        ("a:\n- b\n- c\n\nd", "a:\n\n- b\n- c\n\nd"),
        ("```text\na\n- b\n  c\n```\n- d", "```text\na\n- b\n  c\n```\n\n- d"),
    ],
)
def test_lists_are_indented_as_the_site_reads_them(website: Any, text: str, made: str) -> None:
    assert website.lists.indented(text) == made + "\n"


def test_a_linked_source_is_a_page(website: Any) -> None:
    shown = website.sources.pages(ROOT)
    place, text = shown["examples/lookup.py"]
    assert (place, text.startswith("# examples/lookup.py\n\n````python\n")) == ("examples/lookup.py.md", True)
    assert "## config/shop.yaml" in shown["examples/pipelines/sceptre"][1]
    assert shown["examples/pipelines/stacksets.md"][0] == "examples/pipelines/stacksets.md"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site as `make site` builds it: a warning, as for a link that leads nowhere, ends it."""
    if not MKDOCS.exists():
        pytest.skip("make .venv/site/made")
    folder = tmp_path_factory.mktemp("site")
    command = [str(MKDOCS), "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, ""), done.stderr
    return folder


@pytest.mark.soak
def test_the_site_has_every_page(site: Path) -> None:
    for page in [*navigation(), "reference/data.md"]:
        place = re.sub(r"(^|/)(index|README)\.md$", r"\1", page).removesuffix(".md")
        assert (site / place / "index.html").is_file(), page
    reference = (site / "reference" / "data" / "index.html").read_text()
    assert "How far back a restore can go, 1 to 35 days" in reference
    assert '<a href="pictures/architecture.svg"><img ' in (site / "index.html").read_text()


@pytest.mark.soak
def test_the_site_asks_no_other_host(site: Path) -> None:
    asked = re.compile(
        r"<(?:script|img|source|iframe)\b[^>]*\bsrc=\"?(?:https?:)?//|<link\b[^>]*\bhref=\"?https?://[^>]*>"
    )
    for page in site.rglob("*.html"):
        text = page.read_text()
        found = [one[0] for one in asked.finditer(text) if 'rel="canonical"' not in one[0]]
        assert found == [], page
        if 'class="mermaid"' in text and MERMAID.exists():
            assert text.index("assets/mermaid.js") < text.index("assets/javascripts/bundle")
    for sheet in site.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import )[\"']?(?:https?:)?//", sheet.read_text()), sheet


def shown(page: Path, *, script: str) -> Any:
    """What a page of ours writes into its body as JSON, once chromium has run its script."""
    page.write_text(f"<body>{script}</body>")
    command = [
        str(CHROMIUM), "--headless", "--no-sandbox", "--hide-scrollbars", "--allow-file-access-from-files",
        "--virtual-time-budget=60000", f"--user-data-dir={page.parent / 'chromium'}", "--dump-dom", page.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    (told,) = re.findall(r"<body>(.*?)</body>", done.stdout, re.DOTALL)
    return json.loads(html.unescape(told))


@pytest.mark.soak
@pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")
def test_no_page_is_wider_than_a_phone(site: Path) -> None:
    found = [page.relative_to(site).as_posix() for page in sorted(site.rglob("index.html"))]
    (site / "wide.html").write_text(f"<body style='margin:0'><div style='width:{PHONE + 1}px'>a</div></body>")
    script = f"""<iframe style="border:0;width:{PHONE}px"></iframe><script>
        (async () => {{
            const frame = document.querySelector("iframe");
            const widths = [];
            for (const page of {json.dumps([*found, "wide.html"])}) {{
                const loaded = new Promise((done) => {{ frame.onload = done }});
                frame.src = page;
                await loaded;
                widths.push(frame.contentDocument.documentElement.scrollWidth);
            }}
            document.body.textContent = JSON.stringify(widths);
        }})();
    </script>"""
    *told, wide = shown(site / "frame.html", script=script)
    assert wide == PHONE + 1
    widths = dict(zip(found, told, strict=True))
    assert {page: width for page, width in widths.items() if width != PHONE} == {}


@pytest.mark.soak
@pytest.mark.skipif(not CHROMIUM, reason="chromium is not installed")
@pytest.mark.skipif(not MERMAID.exists(), reason="npm is not installed")
def test_every_diagram_is_drawn(tmp_path: Path) -> None:
    found = [block for page, text in pages().items() for block in blocks(page, text) if block.language == "mermaid"]
    wrong = Block("wrong.md", 1, "mermaid", "flowchart LR\n  a --> end\n")
    texts = json.dumps([block.text for block in [*found, wrong]]).replace("<", "\\u003c")
    script = f"""<script src="{MERMAID.as_uri()}"></script><script>
        (async () => {{
            const told = [];
            for (const [number, text] of {texts}.entries())
                told.push(await mermaid.render(`d${{number}}`, text).then(() => "", (error) => `${{error}}`));
            document.body.textContent = JSON.stringify(told);
        }})();
    </script>"""
    *told, refused = shown(tmp_path / "diagrams.html", script=script)
    assert refused.startswith("Error: Parse error")
    assert {block.where: error for block, error in zip(found, told, strict=True) if error} == {}
