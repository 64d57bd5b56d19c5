"""The golden files: output/ is what build.py builds."""

import json
import runpy
from pathlib import Path
from typing import Any

import pytest

from woo_stack import synth, to_json
from woo_stack.release import BOOTSTRAP

ROOT = Path(__file__).parents[1]


def test_output_is_what_the_code_builds() -> None:
    made = runpy.run_path(str(ROOT / "build.py"))["shop_release"]()
    texts = {name: to_json(template) for name, template in made.templates.items()} | {
        BOOTSTRAP: to_json(made.bootstrap)
    }
    assert {name: (ROOT / "output" / name).read_text() == text for name, text in texts.items()} == dict.fromkeys(
        texts, True
    )
    assert {path.name for path in (ROOT / "output").glob("woo-stack*.json")} == set(texts)


@pytest.mark.soak
def test_check_says_so_of_all_files(capsys: Any) -> None:
    build = runpy.run_path(str(ROOT / "build.py"))
    status = synth(build["shop_release"], ["--check", "--output", str(ROOT / "output")])
    assert status == 0, capsys.readouterr().err


def test_every_environment_has_tags_and_differs() -> None:
    environments = runpy.run_path(str(ROOT / "build.py"))["ENVIRONMENTS"]
    assert set(environments) == {"dev", "staging", "prod"}
    assert len({json.dumps(one["Parameters"], sort_keys=True) for one in environments.values()}) == 3
    assert {name: one["Tags"]["Environment"] for name, one in environments.items()} == {n: n for n in environments}
    assert environments["prod"]["Parameters"]["DeletionProtection"] == "true"


def test_build_py_is_a_page() -> None:
    assert len((ROOT / "build.py").read_text().splitlines()) <= 60
