"""What MkDocs is told beside docs/: the README as home, other pages of the repository, the reference, local Mermaid.

https://www.mkdocs.org/user-guide/configuration/#hooks
"""
# mypy: disable-error-code="import-not-found"
# MkDocs is installed with what builds the site alone.

import re
from pathlib import Path
from typing import Any

import lists
import reference
import sources
from links import Links
from mkdocs.structure.files import File

ROOT = Path(__file__).parents[3]
#: Pages of the repository outside docs/, by their place on the site.
OUTSIDE = {"README.md": "index.md", "CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
#: Pages that stand alone in their part of the navigation: a list of one would be all there is beside them.
ALONE = set(OUTSIDE.values())
#: Installed by `make site` where npm is; without it Material asks another host for it. Mermaid 11: what 12 draws has
#: colours that Material 9.8 does not know, and which cannot be read in the dark.
MERMAID = ROOT / ".venv" / "mermaid" / "node_modules" / "@mermaid-js" / "tiny" / "dist" / "mermaid.tiny.js"
SCRIPTS = ("assets/mermaid.js", "assets/diagrams.js")


def on_config(config: Any) -> Any:
    """Put every page of a folder where the navigation names the folder: decisions, and the API reference."""
    records = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    folders = {
        "decisions/": ["decisions/README.md", *(f"decisions/{path.name}" for path in records)],
        "reference/": [*reference.pages()],
    }
    config.nav = _with_folders(config.nav, folders)
    return config


def _with_folders(nav: list[Any], folders: dict[str, list[str]]) -> list[Any]:
    """The navigation with the pages of a folder for its name."""
    made = []
    for title, what in (pair for entry in nav for pair in entry.items()):
        inside = _with_folders(what, folders) if isinstance(what, list) else folders.get(what, what)
        made.append({title: inside})
    return made


def on_files(files: Any, config: Any) -> Any:
    """Add what is not in docs/."""
    shown = sources.pages(ROOT)
    made = {place: (ROOT / file).read_text() for file, place in OUTSIDE.items()}
    for place, text in {**made, **reference.pages(), **dict(shown.values())}.items():
        files.append(File.generated(config, place, content=text))
    if MERMAID.exists():
        files.append(File.generated(config, SCRIPTS[0], abs_src_path=str(MERMAID)))
    config.extra["places"] = places(files, {file: place for file, (place, _) in shown.items()})
    return files


def places(files: Any, shown: dict[str, str]) -> dict[str, str]:
    """Where each file of the repository is on the site; folders lead to their index."""
    found = {f"docs/{file.src_uri}": file.src_uri for file in files if not file.generated_by}
    folders = {path.rpartition("/")[0]: place for path, place in found.items() if path.endswith("/README.md")}
    return {**found, **folders, **OUTSIDE, **shown, **reference.places()}


def on_page_markdown(markdown: str, page: Any, config: Any, **_: Any) -> str:
    """Turn what GitHub reads into what the site reads: links, and how lists are indented."""
    if page.file.src_uri in ALONE:
        page.meta["hide"] = ["navigation"]
    of = {place: file for file, place in config.extra["places"].items() if "#" not in place}
    file = of.get(page.file.src_uri)
    if file is None or page.file.src_uri.startswith("reference/"):
        return markdown
    return lists.indented(Links(config.extra["places"]).rewritten(markdown, file))


def on_page_content(html: str, **_: Any) -> str:
    """Have a picture lead to itself, as on GitHub: its words are small where the page is narrow."""
    return re.sub(r'<img [^>]*\bsrc="([^"]+\.svg)"[^>]*>', r'<a href="\1">\g<0></a>', html)


def on_post_page(output: str, page: Any, **_: Any) -> str:
    """Load Mermaid where there is a diagram, before Material would ask another host for it."""
    if 'class="mermaid"' not in output or not MERMAID.exists():
        return output
    up = "../" * page.url.count("/")
    tags = "".join(f'<script src="{up}{script}"></script>' for script in SCRIPTS)
    return re.sub(r"(?=<script src=\"[^\"]*bundle)", tags, output, count=1)
