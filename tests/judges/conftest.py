"""What the judges are given, and what they found: each of them is started once, whichever worker asks first."""

import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.judges.judges import JUDGES, ROOT, Finding, judged
from tests.judges.metadata import Json, without
from tests.judges.options import CONCURRENCY, OPTIONS, OTHERS

from woo_stack import Settings, shop
from woo_stack.settings import REST_ONLY
from woo_stack.template import to_json

Found = dict[str, list[Finding]]

PUBLISHED = {file.stem: json.loads(file.read_text()) for file in sorted((ROOT / "output").glob("woo-stack*.json"))}


@pytest.fixture(scope="session")
def published() -> dict[str, Json]:
    """Every published template by its name."""
    return PUBLISHED


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of all workers."""
    folder = tmp_path_factory.getbasetemp()
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def optional(shared: Path) -> dict[str, Json]:
    """The shop with each option, with all of them, and with what else can be chosen, by name."""
    # Judges read the template alone: the code may as well be elsewhere.
    return once(
        shared / "optional",
        lambda: {name: json.loads(to_json(shop(Settings(code="bucket", **one)))) for name, one in chosen().items()},
    )


def chosen() -> dict[str, dict[str, Any]]:
    """The settings of every shop that is judged, by name."""
    every: dict[str, Any] = {}
    for one in OPTIONS:
        every |= one.settings
    # With the function that rotates there is one more to keep executions for.
    every["concurrency"] = {**CONCURRENCY, "Rotator": 2}
    shops = {one.name: one.settings for one in OPTIONS} | {"everything": every, "others": OTHERS}
    for name in ("everything", "others"):
        fitting = {key: value for key, value in shops[name].items() if key not in REST_ONLY}
        shops[f"http-{name}"] = {"api": "http", **fitting}
    return shops


@pytest.fixture(scope="session")
def found(shared: Path, published: dict[str, Json], optional: dict[str, Json]) -> Callable[[str], Found]:
    """What a judge found, by template; ``bare-NAME`` is a published template without its suppressions."""

    def found(name: str) -> Found:
        judge = JUDGES[name]
        if judge.missing:
            pytest.skip(f"not installed: {judge.missing}")
        bare = {f"bare-{one}": without(template) for one, template in published.items()} if judge.reads else {}
        kept = once(shared / name, lambda: judged(judge, published | bare | optional, shared / f"{name}-reads"))
        told = {one: [Finding(*finding) for finding in findings] for one, findings in kept.items()}
        return told if judge.reads else told | {f"bare-{one}": told[one] for one in published}

    return found


def once(path: Path, made: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What is made by the first worker that asks, for all."""
    with path.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = path.with_suffix(".json")
        if not kept.exists():
            kept.write_text(json.dumps(made()))
        return dict(json.loads(kept.read_text()))
