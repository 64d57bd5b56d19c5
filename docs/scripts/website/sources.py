"""Source files that pages link to, as pages: the site has no repository beside it."""

from pathlib import Path

#: What is shown, and by which language its ending tells.
FOLDER = "examples"
LANGUAGES = {".py": "python", ".yml": "yaml", ".yaml": "yaml", ".json": "json"}


def pages(root: Path) -> dict[str, tuple[str, str]]:
    """By a path in the repository (a file or a folder of examples): its place on the site and its Markdown."""
    top = root / FOLDER
    paths = sorted(path for path in top.rglob("*") if "__pycache__" not in path.parts)
    made = {}
    for path in paths:
        name = path.relative_to(root).as_posix()
        if path.suffix == ".md":
            made[name] = (name, path.read_text())
        elif path.is_dir():
            within = [each for each in paths if path in each.parents and each.suffix in LANGUAGES]
            made[name] = (f"{name}/index.md", _page(f"{name}/", root, within))
        elif path.suffix in LANGUAGES:
            made[name] = (f"{name}.md", _page(name, root, [path]))
    return made


def _page(title: str, root: Path, files: list[Path]) -> str:
    parts = [f"# {title}\n"]
    for path in files:
        name = path.relative_to(root).as_posix()
        heading = "" if name == title else f"## {name.removeprefix(title)}\n\n"
        parts.append(f"{heading}````{LANGUAGES[path.suffix]}\n{path.read_text().rstrip()}\n````\n")
    return "\n".join(parts)
