"""What the tests of the library share: composing, rendering, and looking into what was rendered."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from troposphere import Template, encode_to_dict

from woo_stack import Component, Function, inline
from woo_stack.component import resolved

# The same examples each time, however slow the machine; `make soak` looks further.
settings.register_profile("library", deadline=None, derandomize=True)
settings.load_profile("library")

Json = dict[str, Any]
CODE = "def find(event, context):\n    return event\n"


@pytest.fixture
def render() -> Callable[..., Json]:
    """The template of some components as parsed JSON."""

    def rendered(*components: Component) -> Json:
        template = Template(Description="Test")
        for component in components:
            component.add_to(template)
        return json.loads(template.to_json())

    return rendered


@pytest.fixture
def properties(render: Callable[..., Json]) -> Callable[..., Any]:
    """The properties of a component's only resource of a type."""

    def found(component: Component, kind: str) -> Any:
        (one,) = of_type(render(component), kind)
        return one["Properties"]

    return found


@pytest.fixture
def new_function(code_file: Path) -> Callable[..., Function]:
    """A small function, with other settings where they are given."""

    def new(title: str = "Lookup", **settings: Any) -> Function:
        return Function(title, **{"code": inline(code_file), "handler": "index.find", **settings})

    return new


@pytest.fixture
def code_file(tmp_path: Path) -> Path:
    path = tmp_path / "lookup.py"
    path.write_text(CODE)
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """A folder of modules: ``folder(a="x = 1", b="from .a import x")``."""

    def made(**modules: str) -> Path:
        path = tmp_path / "code"
        path.mkdir()
        for name, source in modules.items():
            (path / f"{name}.py").write_bytes(source.encode())
        return path

    return made


def of_type(template: Json, kind: str) -> list[Json]:
    return [resource for resource in template["Resources"].values() if resource["Type"] == kind]


@pytest.fixture
def resources_of() -> Callable[[Json, str], list[Json]]:
    """Every resource of a type."""
    return of_type


def every(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, value
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from every(item, (*path, str(key)))


@pytest.fixture
def walk() -> Callable[..., Iterator[tuple[tuple[str, ...], Any]]]:
    """Every value in a template with the path to it."""
    return every


@pytest.fixture
def graphs() -> Callable[[Any], list[Json]]:
    """The metric widgets of a dashboard's body, CloudFormation's values made 0 and every "." and "..." written out."""

    def read(body: Any) -> list[Json]:
        body = encode_to_dict(body)
        text = body if isinstance(body, str) else body["Fn::Sub"]
        text = text if isinstance(text, str) else text[0]
        # Inside quotes a value is kept as it is, so that a test can tell whose it is.
        text = re.sub(r"(?<=:)\$\{[^}]*\}(?=[,}])", "0", text)
        found = [widget["properties"] for widget in json.loads(text)["widgets"] if widget["type"] == "metric"]
        for graph in found:
            before: list[Any] = []
            for line in graph["metrics"]:
                if line[0] == "...":
                    line[:] = [*before[:-1], line[1]]
                line[:] = [before[at] if part == "." else part for at, part in enumerate(line)]
                before = line
        return found

    return read


@pytest.fixture
def as_json() -> Callable[[Any], Any]:
    """A troposphere value as it stands in a template."""
    return lambda value: encode_to_dict(resolved(value))
