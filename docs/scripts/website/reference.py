"""The pages of the API reference: every public name on one of them, by the module that it comes from."""

from pathlib import Path

PACKAGE = Path(__file__).parents[3] / "src" / "woo_stack"
#: By the page's name: its title, what it holds, and the modules whose public names are on it, in order.
TOPICS: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "shop": ("Shop and settings", "The whole shop, what is chosen of it, and what each component is.",
             ("shop", "settings", "component", "checked", "errors")),
    "data": ("Data", "Where things are kept, and under which key.", ("table", "key", "bucket", "backup", "encryption")),
    "functions": ("Functions", "Lambda functions, their code, their rights and when they run.",
                  ("function", "code", "basic_execution", "roles", "network", "schedule", "code_signing")),
    "queues": ("Queues and events", "What passes between functions.", ("queue", "event_source", "event_bus")),
    "apis": ("APIs", "REST and HTTP APIs, their routes and answers.",
             ("rest_api", "http_api", "routes", "cors", "gateway_responses", "account")),
    "callers": ("Who may call", "Authorizers, secrets, usage plans and the firewall.",
                ("authorizers", "secret", "rotation", "usage_plan", "firewall")),
    "monitoring": ("Alarms and dashboards", "Alarms, dashboard, who is told, and the runbook.",
                   ("monitoring", "metric", "pager", "runbook")),
    "publishing": ("Checking and publishing", "What is found in a template, and how it is written.",
                   ("validate", "guard_rules", "suppressions", "template", "publish", "release", "shop_release",
                    "artifacts")),
    "deploying": ("Commands as functions", "What the commands do, as functions with typed results.",
                  ("bootstrap_stack", "cloudformation.stack", "cloudformation.bootstrap", "cloudformation.diff",
                   "cloudformation.change", "cloudformation.deploy", "cloudformation.events",
                   "cloudformation.destroy", "cloudformation.refusals")),
}  # fmt: skip


def public() -> dict[str, list[str]]:
    """The public names of each module, as ``{"table": ["Table"]}``, from the stub that says what is public."""
    found: dict[str, list[str]] = {}
    for line in (PACKAGE / "__init__.pyi").read_text().splitlines():
        if line.startswith("from "):
            _, module, _, name, *_ = line.split()
            found.setdefault(module.removeprefix("woo_stack."), []).append(name)
    return found


def pages() -> dict[str, str]:
    """Every page's Markdown by its place on the site; mkdocstrings puts the documentation in."""
    names = public()
    made = {}
    for page, (title, told, modules) in TOPICS.items():
        entries = [f"::: woo_stack.{module}.{name}" for module in modules for name in names[module]]
        first = f"# {title}\n\n{told} All of it is imported from `woo_stack` itself.\n"
        made[f"reference/{page}.md"] = "\n\n".join([first, *entries]) + "\n"
    return {"reference/index.md": _contents(names), **made}


def places() -> dict[str, str]:
    """Where each module of the library is documented, as ``{"src/woo_stack/table.py": "reference/data.md#…"}``."""
    return {
        f"src/woo_stack/{module.replace('.', '/')}.py": f"reference/{page}.md#woo_stack.{module}.{public()[module][0]}"
        for page, (_, _, modules) in TOPICS.items()
        for module in modules
    }


def _contents(names: dict[str, list[str]]) -> str:
    lines = ["# Reference", "", "Every public name, from the docstrings of its module.", ""]
    for page, (title, told, modules) in TOPICS.items():
        links = [f"[`{name}`]({page}.md#woo_stack.{module}.{name})" for module in modules for name in names[module]]
        lines += [f"## [{title}]({page}.md)", "", told, "", ", ".join(links), ""]
    return "\n".join(lines)
