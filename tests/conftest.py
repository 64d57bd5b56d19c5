"""What the tests of the library share: composing, rendering, and looking into what was rendered."""

import json
import re
import shutil
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings
from troposphere import Template, encode_to_dict

from woo_stack import Component, Function, Settings, Shop, inline
from woo_stack.component import resolved

# The same examples each time, however slow the machine: a red run is about the change. `--hypothesis-profile=explore`
# draws others.
settings.register_profile("library", deadline=None, derandomize=True)
settings.register_profile("explore", deadline=None, print_blob=True)
settings.load_profile("library")

Json = dict[str, Any]
CODE = "def find(event, context):\n    return event\n"


@pytest.fixture(scope="session", autouse=True)
def _own_caches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Builds here know nothing of those outside."""
    folder = tmp_path_factory.mktemp("caches")
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("XDG_CACHE_HOME", str(folder))
        yield folder


@pytest.fixture(autouse=True)
def _no_cache(_own_caches: Path) -> None:
    """Nor of those of another test."""
    shutil.rmtree(_own_caches / "woo-stack", ignore_errors=True)


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


def resolved_by(known: Callable[[str], str], value: Any) -> Any:
    """A text or a list as CloudFormation makes it; `known` says what ``Name`` or ``Name.Attribute`` is."""
    if isinstance(value, list):
        return [resolved_by(known, part) for part in value]
    if not isinstance(value, dict):
        return value
    ((function, given),) = value.items()
    if function == "Fn::Join":
        return given[0].join(str(part) for part in resolved_by(known, given[1]))
    if function == "Fn::Split":
        return resolved_by(known, given[1]).split(given[0])
    if function == "Fn::Sub":
        text, variables = given if isinstance(given, list) else (given, {})
        made = {name: str(resolved_by(known, variable)) for name, variable in variables.items()}
        return re.sub(
            r"\$\{(!?)([^}]+)\}",
            lambda name: f"${{{name[2]}}}" if name[1] else made[name[2]] if name[2] in made else known(name[2]),
            text,
        )
    # Of others (Fn::If, Fn::ImportValue) a test knows no more than that they stand there.
    return known({"Ref": given, "Fn::GetAtt": ".".join(map(str, given))}.get(function, function))


@pytest.fixture
def cloudformation() -> Callable[..., Any]:
    """What CloudFormation makes of a value, with other resources' values by name, or named as in ``${Name}``."""

    def made(value: Any, known: dict[str, str] | None = None) -> Any:
        named = (lambda name: f"${{{name}}}") if known is None else known.__getitem__
        return resolved_by(named, encode_to_dict(resolved(value)))

    return made


def written_out(metrics: list[list[Any]]) -> Iterator[list[Any]]:
    """The lines of a graph without CloudWatch's shorthand; what stands in braces at a line's end stays there."""
    before: list[str] = []
    for line in metrics:
        parts = [part for part in line if not isinstance(part, dict)]
        if parts[:1] == ["..."]:
            parts = [*before[: len(before) - len(parts) + 1], *parts[1:]]
        before = [before[at] if part == "." else part for at, part in enumerate(parts)]
        yield [*before, *(part for part in line if isinstance(part, dict))]


@pytest.fixture
def dashboard(cloudformation: Callable[..., Any]) -> Callable[..., Json]:
    """A dashboard's parsed body: values stand there as ``${Name}``, or as `known` says, and lines are written out."""

    def read(body: Any, known: dict[str, str] | None = None) -> Json:
        # A number that CloudFormation puts in has no quotes.
        text = re.sub(r"(?<=:)(\$\{[^}]*\})(?=[,}])", r'"\1"', cloudformation(body, known))
        parsed: Json = json.loads(text)
        for widget in parsed["widgets"]:
            if widget["type"] == "metric":
                widget["properties"]["metrics"] = list(written_out(widget["properties"]["metrics"]))
        return parsed

    return read


@pytest.fixture
def graphs(dashboard: Callable[..., Json]) -> Callable[..., list[Json]]:
    """The metric widgets of a dashboard's body; a line is a metric, with options at its end, or an expression alone."""

    def read(body: Any, known: dict[str, str] | None = None) -> list[Json]:
        return [one["properties"] for one in dashboard(body, known)["widgets"] if one["type"] == "metric"]

    return read


@pytest.fixture
def lines() -> Callable[[Json], list[tuple[str, ...]]]:
    """The metrics of a graph, each as often as it is drawn; expressions and options left out."""

    def read(graph: Json) -> list[tuple[str, ...]]:
        parts = [tuple(part for part in line if not isinstance(part, dict)) for line in graph["metrics"]]
        return [line for line in parts if line]

    return read


#: Shops whose eyes are looked at: all that decides on alarms, graphs or tables, at its limits and together.
SHOPS = {
    "defaults": Settings(),
    "code in a bucket": Settings(code="bucket"),
    "event bus": Settings(event_bus=True, stage="v2"),
    "least": Settings(customer_key=False, timeout_seconds=1, concurrency={"Reader": 1}, metrics_by_route=False),
    "most": Settings(event_bus=True, timeout_seconds=29, concurrency={"Reader": 100_000}, runbook="https://wiki.example.com/"),
    "own thresholds": Settings(
        thresholds={"ApiLatency": 28_999.0, "ReaderErrors": 4.0, "IntakeParked": None, "IntakeConcurrency": 9}
    ),
    "nothing wakes": Settings(thresholds=dict.fromkeys(("ApiServerErrors", "ReaderThrottles", "AuthorizerErrors"))),
}  # fmt: skip


@cache
def composed(name: str) -> tuple[Shop, Json]:
    made = Shop(SHOPS[name])
    return made, json.loads(made.template.to_json())


@pytest.fixture(params=SHOPS)
def any_shop(request: pytest.FixtureRequest) -> tuple[Shop, Json]:
    """Each of some shops, and its template; the same for all tests, which do not change it."""
    return composed(request.param)


@pytest.fixture
def default_shop() -> tuple[Shop, Json]:
    """The one of them with the default settings."""
    return composed("defaults")


@pytest.fixture
def as_json() -> Callable[[Any], Any]:
    """A troposphere value as it stands in a template."""
    return lambda value: encode_to_dict(resolved(value))
