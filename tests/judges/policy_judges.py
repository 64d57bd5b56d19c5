"""Parliament, cloudsplaining and policy_sentry on policies from standard input; run by the Python that has them.

Takes a list of ``[template, resource, kind, document]``, whose kind is ``identity``, ``trust`` or ``resource``, and
prints ``[template, rule, resource]``, one a finding.
"""

import fnmatch
import json
import sys
import warnings
from collections.abc import Iterator
from functools import cache
from typing import Any

# parliament imports pkg_resources, which warns of its own end.
warnings.simplefilter("ignore")

from cloudsplaining.scan.policy_document import PolicyDocument  # noqa: E402
from parliament import UnknownActionException, analyze_policy_string, expand_action  # noqa: E402
from policy_sentry.querying.all import get_all_actions  # noqa: E402

#: What parliament says of each policy that is not an identity's, because it knows no other: a trust policy has no
#: Resource, and in a resource's own policy ``*`` is that resource.
OF_IDENTITIES: dict[str, set[str]] = {
    "identity": set(),
    "trust": {"MALFORMED"},
    "resource": {"PERMISSIONS_MANAGEMENT_ACTIONS", "RESOURCE_STAR"},
}
#: What cloudsplaining lists of an identity's policy.
RISKS = (
    "allows_data_exfiltration_actions",
    "allows_privilege_escalation",
    "credentials_exposure",
    "infrastructure_modification",
    "permissions_management_without_constraints",
    "service_wildcard",
    "write_actions_without_constraints",
)
#: The names of a service's actions, in small letters.
ACTIONS: dict[str, set[str]] = {}
for action in get_all_actions():
    ACTIONS.setdefault(action.lower().partition(":")[0], set()).add(action.lower().partition(":")[2])


def listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def exists(action: str) -> bool:
    service, _, name = action.lower().partition(":")
    return service == "*" or bool(fnmatch.filter(ACTIONS.get(service, ()), name))


def known(action: str) -> bool:
    try:
        return bool(expand_action(action))
    except UnknownActionException:
        return False


def without_unknown(document: dict[str, Any]) -> str:
    """The policy that parliament looks at to its end: its auditors stop at the first action that it does not know."""
    statements = [
        {**statement, key: [action for action in listed(statement[key]) if known(action)]}
        for statement in document["Statement"]
        for key in ("Action", "NotAction")
        if key in statement
    ]
    return json.dumps(document | {"Statement": [one for one in statements if one.get("Action", one.get("NotAction"))]})


@cache
def found(kind: str, text: str) -> tuple[str, ...]:
    """The rules that are found in a policy, of which many templates may have the same."""
    return tuple(_found(kind, text))


def _found(kind: str, text: str) -> Iterator[str]:
    document = json.loads(text)
    # It knows the actions of 2025; policy_sentry knows newer ones.
    for finding in analyze_policy_string(without_unknown(document), include_community_auditors=True).findings:
        if finding.issue not in OF_IDENTITIES[kind]:
            yield f"parliament {finding.issue}"
    for statement in document["Statement"]:
        for action in listed(statement.get("Action", statement.get("NotAction"))):
            if not exists(action):
                yield f"policy_sentry unknown {action}"
    if kind == "identity":
        policy = PolicyDocument(document)
        yield from (f"cloudsplaining {risk}" for risk in RISKS if getattr(policy, risk))


if __name__ == "__main__":
    every = {
        (template, rule, where)
        for template, where, kind, document in json.load(sys.stdin)
        for rule in found(kind, json.dumps(document))
    }
    print(json.dumps(sorted(every)))
