"""What is generated follows the code: where something changes in a copy of the repository, its pages do."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
#: Writes twice and checks thrice: prints the exit codes of "out of date", "written" and "up to date".
DRIVER = """\
import sys
sys.path.insert(0, "docs/scripts")
import write
print(write.main(["--check"]), write.main([]), write.main(["--check"]))
"""
SETTINGS = "release(Settings(), "
#: By what is done: a file, what stands there, what stands there then, and by page what it must say then. A new alarm, a
#: setting with its comment and a route are for `test_recipes`.
CHANGES: dict[str, tuple[str, str, str, dict[str, tuple[str, ...]]]] = {
    "settings of build.py": (
        "build.py", SETTINGS, "release(Settings(memory_mb=1001, event_bus=True, rotation_days=76), ",
        {
            "docs/settings.md": ("`build.py` sets: `1001`.", "`build.py` sets: `76`.", "| `EventBusArn` |"),
            "docs/security.md": ("| `RotatorFunction` |", "| `ChangesRole` | `pipes.amazonaws.com` |"),
            "docs/runbook.md": ("## RotatorErrors", "## ChangesDeadLettersVisible"),
            "docs/costs.md": ("| Alarms of single metrics | 2",),
        },
    ),
    "the default of a setting": (
        "src/woo_stack/settings.py", "memory_mb: int = 512", "memory_mb: int = 513",
        {"docs/settings.md": ("- Type: `int`. Default: `513`.",), "docs/costs.md": ("with 513 MB",)},
    ),
    "a statement": (
        "src/woo_stack/shop.py", "self.table.allow(*Table.READ),", 'self.table.allow("GetItem", "BatchGetItem"),',
        {
            "docs/security.md": ("| `ReaderFunction` | `dynamodb:BatchGetItem, GetItem` | `DocumentsTable` |  |",),
            # How the bytes of its template are spent.
            "README.md": ("output/woo-stack.json 85 resources, ",),
        },
    ),
    "an environment": (
        "build.py", '"LogRetentionDays": "30"', '"LogRetentionDays": "60"',
        {"docs/settings.md": ("| `LogRetentionDays` | `7` | `60` | `365` |",)},
    ),
    "an option of a command": (
        "src/woo_stack/cli/redrive.py", "say how many there are and why, and move nothing", "move nothing",
        {"docs/commands.md": ("- `--dry-run`: move nothing\n",)},
    ),
}  # fmt: skip


def copy_of(folder: Path) -> Path:
    """The repository as far as its pages are made of it; the handler as a part of the package, as in the wheel."""
    for name in ("README.md", "build.py"):
        shutil.copy(ROOT / name, folder)
    ours = shutil.ignore_patterns("__pycache__", "*.svg", "*.png")
    for name in ("benchmarks", "docs", "handler", "src/woo_stack"):
        shutil.copytree(ROOT / name, folder / name, ignore=ours)
    (folder / "src" / "woo_stack" / "handler").symlink_to(folder / "handler")
    return folder


def texts(folder: Path) -> dict[str, str]:
    pages = {str(path.relative_to(folder)): path.read_text() for path in folder.glob("docs/**/*.md")}
    return pages | {"README.md": (folder / "README.md").read_text()}


def changed(folder: Path, file: str, old: str, new: str) -> dict[str, str]:
    """The pages that another text in a file changes; all of them are written, and then up to date."""
    path = folder / file
    assert path.read_text().count(old) == 1, f"{file} has no {old!r}, or several"
    path.write_text(path.read_text().replace(old, new))
    before = texts(folder)
    done = subprocess.run(
        [sys.executable, "-c", DRIVER],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "1 0 0\n", done.stderr
    after = texts(folder)
    late = {name for name in after if after[name] != before.get(name)}
    assert {line.partition(" is out of date")[0] for line in done.stderr.splitlines()} == late
    return {name: after[name] for name in late}


@pytest.mark.soak
@pytest.mark.parametrize("what", CHANGES)
def test_what_is_changed_is_told_where_it_must(tmp_path: Path, what: str) -> None:
    file, old, new, told = CHANGES[what]
    found = changed(copy_of(tmp_path), file, old, new)
    for page, words in told.items():
        for word in words:
            assert word in found[page], f"{page} does not say {word!r}"
    assert {*found} == {*told}
