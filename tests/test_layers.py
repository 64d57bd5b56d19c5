"""The import order of the design, and what composing must not load."""

import ast
import json
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).parents[1] / "src" / "woo_stack"
#: Each layer knows only the layers above it.
LAYERS = (
    {
        "annotations",
        "choices",
        "deployment",
        "errors",
        "finding",
        "fstrings",
        "garbage",
        "loops",
        "nodes",
        "paging",
        "rights",
        "substitution",
        "template",
    },
    {
        "api_permissions",
        "cfn_lint",
        "checked",
        "data_permissions",
        "files",
        "guard_rules",
        "policies",
        "sbom",
        "scopes",
    },
    {"cache", "callers", "component", "key", "type_permissions", "unused", "wiring"},
    {
        "bucket",
        "code_signing",
        "encryption",
        "facts",
        "gateway_responses",
        "metric",
        "names",
        "network",
        "outputs",
        "pager",
        "policy_facts",
        "queries",
        "required_permissions",
        "roles",
        "secret",
    },
    {"account", "alarms", "execution", "logs", "settings", "source", "suppressions", "watch"},
    {"basic_execution", "dashboard", "module", "oidc", "queue", "table"},
    {"backup", "collisions", "event_bus", "monitoring", "running_order"},
    {"bundle"},
    {"code"},
    {"function", "runbook", "validate"},
    {"publish"},
    {"event_source", "invocation", "parameters"},
    {"authorizers", "bootstrap_stack", "foundation"},
    {"routes"},
    {"cors", "method_settings", "permissions"},
    {"api", "resource_policy", "rotation", "schedule"},
    {"rest_api"},
    {"firewall", "http_api", "usage_plan"},
    {"options"},
    {"shop"},
    {"release"},
    {"shop_release"},
    {"artifacts"},
)
RANK = {module: rank for rank, layer in enumerate(LAYERS) for module in layer}


def imported(path: Path) -> set[str]:
    """Everything that a module imports, the library's own modules as ``cli.front`` or ``table``."""
    nodes = list(ast.walk(ast.parse(path.read_text())))
    names = [alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names]
    names += [node.module or "." for node in nodes if isinstance(node, ast.ImportFrom)]
    return {name.removeprefix("woo_stack.") for name in names}


def test_every_module_knows_only_what_stands_above_it() -> None:
    modules = {path.stem for path in SOURCE.glob("*.py")} - {"__init__"}
    assert modules == RANK.keys(), "each module of src/woo_stack has a place in LAYERS"
    for path in SOURCE.glob("*.py"):
        if path.stem != "__init__":
            assert [name for name in imported(path) if RANK.get(name, -1) >= RANK[path.stem]] == [], path.stem


def test_a_picture_is_made_of_a_template_and_its_policies_alone() -> None:
    for path in (SOURCE / "diagram").glob("*.py"):
        own = {name.partition(".")[0] for name in imported(path) if not name.startswith("diagram.")}
        assert own - sys.stdlib_module_names <= {"errors", "loops", "policies"}, path.stem


def test_nothing_but_the_command_line_imports_it_or_boto3() -> None:
    for path in [*SOURCE.glob("*.py"), *(SOURCE / "diagram").glob("*.py")]:
        refused = ("cli", "boto3", "botocore", "ministack")
        assert [name for name in imported(path) if name.partition(".")[0] in refused] == [], path.stem


def test_composing_loads_no_engine_and_no_sdk() -> None:
    script = "import json, sys; from woo_stack import shop; shop(); print(json.dumps(list(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert "troposphere" in loaded
    assert not loaded & {"cfnlint", "boto3", "botocore", "cloudformation_validate", "ministack"}


def test_importing_the_package_loads_nothing() -> None:
    script = (
        "import json, sys; before = set(sys.modules); import woo_stack; print(json.dumps([*{*sys.modules} - before]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    # Its own parts are submodules: `woo_stack.component` would show as `woo_stack` here.
    assert not loaded - {"woo_stack"} - sys.stdlib_module_names
    assert [name for name in json.loads(done.stdout) if name.startswith("woo_stack.")] == []


def test_settings_load_no_troposphere() -> None:
    """Which takes as long as all that a build without a change has to do."""
    script = (
        "import json, sys; from woo_stack import Settings, release, synth;"
        "release(Settings(sources=['203.0.113.0/24']), variants={'a.json': Settings(api='http')}).inputs;"
        "print(json.dumps([*sys.modules]))"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True)
    assert not {"awacs", "cfnlint", "importlib.metadata", "troposphere"} & {*json.loads(done.stdout)}
