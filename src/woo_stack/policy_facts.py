"""Facts about policies of a template, on which the answers to judges of IAM rest."""

import re

from woo_stack.policies import OWNED, WIDE, Policy, has_resources, patterns, statements
from woo_stack.wiring import Resources

#: What Lambda places functions with, and what it is granted on:
#: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html
INTERFACES = re.compile(r":ec2:[^*]+:network-interface/\*$")
ON_INTERFACES = frozenset(
    f"ec2:{name}" for name in ("AssignPrivateIpAddresses", "CreateNetworkInterface", "UnassignPrivateIpAddresses")
)


def _allowed(resources: Resources, name: str) -> list[Policy]:
    """What a policy allows."""
    return [policy for policy in statements(name, resources[name]) if policy.content.get("Effect") == "Allow"]


def is_on_everything(resources: Resources, name: str) -> bool:
    """A policy with a statement on every resource."""
    return any("*" in policy.values("Resource") for policy in statements(name, resources[name]))


def needs_everything(resources: Resources, name: str) -> bool:
    """None of what a policy allows on everything could be allowed on less."""
    policies = _allowed(resources, name)
    wide = [policy for policy in policies if "*" in policy.values("Resource")]
    return not any(has_resources(str(action)) for policy in wide for action in policy.values("Action"))


def wants_everything(resources: Resources, name: str) -> bool:
    """A policy with an action that writes and of which AWS itself wants all resources."""
    return any(
        str(action).lower() in WIDE and ":describe" not in str(action).lower()
        for policy in statements(name, resources[name])
        if "*" in policy.values("Resource")
        for action in policy.values("Action")
    )


def has_patterns(resources: Resources, name: str) -> bool:
    """A policy with a pattern in an ARN."""
    return any(patterns(policy) for policy in _allowed(resources, name))


def patterns_have_an_owner(resources: Resources, name: str) -> bool:
    """Every pattern ends the ARN of something with an owner, and nothing else of the policy is too wide.

    cdk-nag's answer without ``applies_to`` is for all of the policy: for its actions and for ``*``, too.
    """
    policies = _allowed(resources, name)
    actions = [str(action) for policy in policies for action in policy.values("Action")]
    owned = all(OWNED.match(text) for policy in policies for text in patterns(policy))
    return owned and not any(set("*?") & set(action) for action in actions) and needs_everything(resources, name)


def is_on_interfaces(resources: Resources, name: str) -> bool:
    """A policy on network interfaces whose ids nobody knows yet."""
    return any(INTERFACES.search(text) for policy in _allowed(resources, name) for text in patterns(policy))


def interfaces_are_documented(resources: Resources, name: str) -> bool:
    """No pattern but network interfaces, to place functions with, and ``*/*``, on which Lambda asks to delete one."""
    policies = _allowed(resources, name)
    return needs_everything(resources, name) and all(
        policy.values("Action") == ["ec2:DeleteNetworkInterface"]
        if text.endswith(":*/*")
        else INTERFACES.search(text) and ON_INTERFACES.issuperset(policy.values("Action"))
        for policy in policies
        for text in patterns(policy)
    )
