"""The recipes of CONTRIBUTING, each carried out on a copy of the repository: they apply, and they do what they say."""

import json
import re
import shutil
import subprocess
import sys
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from tests.docs.markdown_pages import ROOT, blocks
from tests.docs.recipes.patch import PatchError, patched

TEXT = (ROOT / "CONTRIBUTING.md").read_text()
#: By the last word of its heading the text of each recipe.
RECIPES = {
    heading.split()[-1]: part
    for heading, part in re.findall(
        r"^### (.+)\n((?:.|\n)+?)(?=^##)",
        TEXT.partition("## Your first change")[2].partition("\n## ")[0] + "\n## ",
        re.M,
    )
}
COPIED = ("src/woo_stack", "handler", "tests", "docs", "examples", "output", "packing", "benchmarks")
ALONE = ("build.py", "setup.cfg", "pyproject.toml", "README.md", "CONTRIBUTING.md", "CHANGELOG.md", "Makefile")
DRIVER = "tests/docs/recipes/driver.py"


def diff(name: str) -> str:
    """The one diff of a recipe."""
    (found,) = [block.text for block in blocks("CONTRIBUTING.md", RECIPES[name]) if block.language == "diff"]
    return found


def patched_files(name: str) -> list[str]:
    """The files that a recipe changes."""
    return re.findall(r"^\+\+\+ (\S+)$", diff(name), re.MULTILINE)


def held_by(name: str) -> list[str]:
    """The tests that a recipe names."""
    told = RECIPES[name].partition("```diff")[2].partition("\nHeld by ")[2]
    return re.findall(r"`(tests/\S+\.py)`", told)


def copy_of(folder: Path) -> Path:
    """The repository as far as the recipes touch it; the handler as a part of the package, as in the wheel."""
    ours = shutil.ignore_patterns("__pycache__", "*.zip", "*.png", "node_modules")
    for name in COPIED:
        shutil.copytree(ROOT / name, folder / name, ignore=ours)
    for name in ALONE:
        shutil.copy(ROOT / name, folder)
    (folder / "src" / "woo_stack" / "handler").symlink_to(folder / "handler")
    return folder


def run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python in the copy, which sees the copy's library alone."""
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env={"PYTHONPATH": str(folder / "src"), "AWS_EC2_METADATA_DISABLED": "true", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def changed(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A copy of the repository with a recipe carried out in it, by the recipe's name."""

    @cache
    def carried_out(name: str) -> Path:
        folder = copy_of(tmp_path_factory.mktemp(name))
        patched(folder, diff(name))
        return folder

    return carried_out


@pytest.fixture(scope="module")
def effect(changed: Any) -> Any:
    """What the driver finds in the copy."""

    def found(name: str) -> Any:
        folder = changed(name)
        done = run(folder, DRIVER, name)
        assert done.returncode == 0, done.stderr
        told = json.loads(done.stdout)
        assert all(Path(file).is_relative_to(folder) for file in told["from"])
        return told["found"]

    return found


def test_there_is_a_recipe_for_each_first_change() -> None:
    assert set(RECIPES) == {"alarm", "setting", "component", "route"}


@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_names_its_tests(name: str, changed: Any) -> None:
    assert held_by(name)
    assert [test for test in held_by(name) if not (changed(name) / test).is_file()] == []


def test_the_recipes_apply_one_after_the_other(tmp_path: Path) -> None:
    folder = copy_of(tmp_path)
    for name in RECIPES:
        assert patched(folder, diff(name)) == patched_files(name)


def test_an_alarm_is_in_the_template_on_the_dashboard_and_in_the_runbook(effect: Any) -> None:
    found = effect("alarm")
    assert (found["alarm"]["MetricName"], found["alarm"]["Threshold"]) == ("SentMessageSize", 900_000)
    assert found["drawn"]
    assert "## EventsSize\n" in found["told"]


@pytest.mark.soak
def test_a_setting_changes_the_template_and_refuses_what_is_wrong(effect: Any) -> None:
    found = effect("setting")
    assert (found["default"], found["other"]) == (["arm64"], ["x86_64"])
    assert found["refused"] == ["Settings: architecture is 'mips', allowed: arm64, x86_64"]


@pytest.mark.soak
def test_a_component_is_a_clean_template(effect: Any) -> None:
    found = effect("component")
    (made,) = found["template"]["Resources"].values()
    assert made["Properties"]["Name"] == {"Fn::Sub": "/${AWS::StackName}/ShopUrl"}
    assert found["problems"] == []
    assert found["on"].endswith(":parameter{name}")


def test_a_route_is_answered(effect: Any) -> None:
    found = effect("route")
    assert found["727"] == [200, {"id": 727, "status": "active", "billing_period": "month"}]
    assert found["728"][1]["code"] == "woocommerce_rest_shop_subscription_invalid_id"


#: By recipe a page that it changes when the pages are written anew, with what it says then.
WRITTEN = {
    "alarm": ("docs/runbook.md", "\n## EventsSize\n"),
    "setting": ("docs/settings.md", "\n### architecture\n\nThe functions' processors, `arm64` or `x86_64`.\n"),
    "route": ("docs/data-model.md", "| `GET subscriptions` | `S#cu=9@date` | `customer` |"),
}


@pytest.mark.soak
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_written_of_and_its_tests_pass(name: str, changed: Any) -> None:
    folder = changed(name)
    if name in WRITTEN:
        page, words = WRITTEN[name]
        assert words not in (folder / page).read_text()
        done = run(folder, "docs/scripts/write.py")
        assert done.returncode == 0, done.stderr
        assert words in (folder / page).read_text()
    options = ("-p", "no:cacheprovider", "-m", "not soak", "-x")
    done = run(folder, "-m", "pytest", *options, *held_by(name))
    assert done.returncode == 0, done.stdout


@pytest.mark.soak
@pytest.mark.skipif(not find_spec("ruff"), reason="ruff is installed for make lint alone")
@pytest.mark.parametrize("name", RECIPES)
def test_a_recipe_is_formatted_and_lints(name: str, changed: Any) -> None:
    folder = changed(name)
    files = [file for file in patched_files(name) if file.endswith((".py", ".pyi"))]
    for command in (("check", "--no-cache", "--ignore", "I001"), ("format", "--no-cache", "--check")):
        done = run(folder, "-m", "ruff", *command, *files)
        assert done.returncode == 0, done.stdout


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("+++ a.py\n x = 1\n+y = 2\n", "a.py has these lines 2 times, allowed: once"),
        ("+++ a.py\n z = 1\n+y = 2\n", "a.py has these lines 0 times, allowed: once"),
        ("+++ b.py\n x = 1\n+y = 2\n", "b.py has these lines 0 times, allowed: once"),
        ("+++ a.py\n+y = 2\n", "a.py exists: a change of it needs a line of context"),
        ("+++ a.py\nx = 1\n", "a.py: a line begins with"),
        ("@@\n+y = 2\n", "a patch begins with"),
    ],
)
def test_a_patch_that_does_not_fit_is_refused(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("x = 1\n\nx = 1\n")
    with pytest.raises(PatchError, match=said):
        patched(tmp_path, text)


def test_a_patch_changes_what_it_names_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text("a\nb\nc\n\nd\n")
    assert patched(tmp_path, "+++ a.py\n-a\n+A\n b\n@@\n c\n\n+C\n+++ new.py\n+n\n+\n") == ["a.py", "new.py"]
    assert (tmp_path / "a.py").read_text() == "A\nb\nc\n\nC\nd\n"
    assert (tmp_path / "new.py").read_text() == "n\n\n"
