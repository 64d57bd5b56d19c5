"""The parts of the page about security: the matrix of rights, and what judges are told."""

import json

import iam
from built import release
from measured import template_of
from table import code, table
from woo_stack import to_json
from woo_stack.suppressions import ROWS

SUMMARY = """\
Numbers of actions; `woo-stack bootstrap --show-policy` prints each of CloudFormation's. *By name* and *by tag*: of
stacks whose names begin with `StackPrefix`, and of the bootstrap stack itself."""
OPENED = "the reason that the route was opened with"


def answers() -> str:
    """A row for each answer in the templates' Metadata."""
    rows = [(", ".join(code(row.rules.split())), row.fact, row.reason or OPENED) for row in ROWS]
    return table(("rules", "hold no ground where", "because"), rows)


def rights() -> str:
    """Who may do what in the shop of build.py, and with what it is deployed."""
    shop = template_of(release().settings)
    bootstrap = release().bootstrap
    blocks = [
        "### What functions and roles are granted",
        iam.granted(shop),
        *([f"AWS's own policies beside them:\n\n{owned}"] if (owned := iam.managed(shop)) else []),
        "### What resources allow",
        "A row with **not** denies. *This account's policies*: whom a policy of the account's IAM allows it.",
        iam.allowed(shop),
        "### Who may be a role",
        iam.assumed(shop),
    ]
    if bootstrap:
        blocks += _deploying(json.loads(to_json(bootstrap)))
    return "\n\n".join(blocks)


def _deploying(template: iam.Json) -> list[str]:
    return [
        "### What the bootstrap stack's roles are granted",
        SUMMARY,
        iam.summary(template),
        iam.assumed(template),
    ]
