"""What resources are to one another: queues and their functions, keys and topics and their policies; WOO13 to WOO16.

And of which API a route is and what a security group has under Fn::If, where a rule of Guard cannot tell.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from woo_stack.finding import Finding, metadata_of
from woo_stack.policies import Policy, listed, statements

#: What a policy must refuse to everybody who comes without TLS: its type, the property that names whose it is, and the
#: actions of which one is enough.
TLS_ONLY = {
    "AWS::S3::Bucket": ("AWS::S3::BucketPolicy", "Bucket", ("s3:*", "*")),
    "AWS::SNS::Topic": ("AWS::SNS::TopicPolicy", "Topics", ("sns:Publish", "sns:*", "*")),
    "AWS::SQS::Queue": ("AWS::SQS::QueuePolicy", "Queues", ("sqs:*", "*")),
}
#: A message comes back while its function still has it, unless the queue waits for six times as long:
#: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-configure.html
PATIENCE = 6
#: Properties that name a dead-letter queue.
LETTERS = ("DeadLetterConfig", "OnFailure", "RedrivePolicy")
#: By which name of the Guard registry's a route that is open on purpose says so; and a rule of Guard.
OPEN_ROUTE, GROUP = "API_GWV2_AUTHORIZATION_TYPE_CONFIGURED", "WOO_GROUP_LETS_NOBODY_IN"
Resources = Mapping[str, Mapping[str, Any]]


def wiring_findings(template: Mapping[str, Any]) -> Iterator[Finding]:
    """What is not wired as a hardened template has it; notes, and the warnings that Guard cannot tell."""
    resources = {name: one for name, one in template.get("Resources", {}).items() if isinstance(one, Mapping)}
    for rule, check in (("WOO13", _without_tls), ("WOO14", _impatient), ("WOO15", _endless), ("WOO16", _granting)):
        for where, message in check(resources):
            yield Finding("note", rule, where, message, (rule,))
    for where in _groups_of_everybody(resources):
        message = "everybody may come in, allowed: addresses of your own"
        yield Finding("warning", GROUP, where, message, (GROUP,))
    for where in _open_defaults(resources):
        message = "AuthorizationType is not there or NONE, allowed: an authorizer, AWS_IAM, or Open with a reason"
        yield Finding("warning", "WOO_ROUTE_HAS_AUTH", where, message, ("WOO_ROUTE_HAS_AUTH", OPEN_ROUTE))


def _open_defaults(resources: Resources) -> Iterator[str]:
    """Open routes `$default` of HTTP APIs, where there is a WebSocket API, too: its own takes no authorizer."""
    apis = of_type(resources, "AWS::ApiGatewayV2::Api")
    sockets = [name for name, api in apis.items() if api.get("Properties", {}).get("ProtocolType") == "WEBSOCKET"]
    for name, route in of_type(resources, "AWS::ApiGatewayV2::Route").items() if sockets else ():
        properties, metadata = route.get("Properties", {}), metadata_of(route, "woo-stack")
        of_socket = any(refers(properties.get("ApiId"), socket) for socket in sockets)
        is_open = properties.get("AuthorizationType", "NONE") == "NONE" and not str(metadata.get("open", "")).strip()
        # Of a key that is made of parts Guard cannot tell, either.
        key = properties.get("RouteKey")
        if (key == "$default" or not isinstance(key, str)) and is_open and not of_socket:
            yield name


def _groups_of_everybody(resources: Resources) -> Iterator[str]:
    """Security groups that let everybody in under some condition."""
    for name, group in of_type(resources, "AWS::EC2::SecurityGroup").items():
        rules = group.get("Properties", {}).get("SecurityGroupIngress", [])
        # What stands there without a condition, Guard finds.
        plain = [rule for rule in rules if isinstance(rule, Mapping)] if isinstance(rules, list) else []
        addresses = [
            address
            for rule in listed(rules)
            if isinstance(rule, Mapping)
            for field in ("CidrIp", "CidrIpv6")
            for address in listed(rule.get(field))
            if rule not in plain or isinstance(rule.get(field), Mapping)
        ]
        if any(str(address).endswith("/0") for address in addresses):
            yield name


def _without_tls(resources: Resources) -> Iterator[tuple[str, str]]:
    """Buckets that answer without TLS, and queues and topics where others do not."""
    refused = {
        name
        for name, resource in resources.items()
        if str(resource.get("Type")) in TLS_ONLY and _refuses_plain(resources, name)
    }
    for name, resource in resources.items():
        kind = str(resource.get("Type"))
        if kind in TLS_ONLY and name not in refused and (refused or kind == "AWS::S3::Bucket"):
            yield name, f"answers without TLS, allowed: an {TLS_ONLY[kind][0]} that denies it"


def _refuses_plain(resources: Resources, name: str) -> bool:
    of, field, actions = TLS_ONLY[str(resources[name]["Type"])]
    return any(
        _denies(policy, actions) and _is_plain(policy)
        for other, owner in of_type(resources, of).items()
        if refers(owner.get("Properties", {}).get(field), name)
        for policy in statements(other, owner)
    )


def denies_plain(resources: Resources, name: str) -> bool:
    """A bucket's policy that denies what comes without TLS."""
    actions = TLS_ONLY["AWS::S3::Bucket"][2]
    return any(_denies(policy, actions) and _is_plain(policy) for policy in statements(name, resources[name]))


def source_is_of_here(resources: Resources, name: str) -> bool:
    """A permission whose source has this account's id or is a resource of the template, in no other account."""
    source = resources[name].get("Properties", {}).get("SourceArn")
    text = source.get("Fn::Sub") if isinstance(source, Mapping) else None
    parts = re.findall(r"\$\{([^!}]+)\}", text) if isinstance(text, str) else []
    here = any(part == "AWS::AccountId" or part.partition(".")[0] in resources for part in parts)
    return here and not re.match(r"([^:]*:){4}[^:]*[*?]", re.sub(r"\$\{[^}]*\}", "x", str(text)))


def _impatient(resources: Resources) -> Iterator[tuple[str, str]]:
    """Queues whose messages come back before their function is done; literal times alone."""
    for mapping in of_type(resources, "AWS::Lambda::EventSourceMapping").values():
        properties = mapping.get("Properties", {})
        queues = [
            name for name in of_type(resources, "AWS::SQS::Queue") if refers(properties.get("EventSourceArn"), name)
        ]
        functions = of_type(resources, "AWS::Lambda::Function")
        for function in [name for name in functions if refers(properties.get("FunctionName"), name)]:
            needed = functions[function].get("Properties", {}).get("Timeout", 3)
            for queue in queues:
                waits = resources[queue].get("Properties", {}).get("VisibilityTimeout", 30)
                if isinstance(waits, int) and isinstance(needed, int) and waits < PATIENCE * needed:
                    yield queue, f"VisibilityTimeout is {waits}, allowed: {PATIENCE * needed}, six times its function's"


def _endless(resources: Resources) -> Iterator[tuple[str, str]]:
    """Queues that try for ever what cannot be done, and are nobody's dead-letter queue themselves."""
    letters = [item for _, item in named(resources, LETTERS)]
    for name, queue in of_type(resources, "AWS::SQS::Queue").items():
        if "RedrivePolicy" not in queue.get("Properties", {}) and not any(refers(item, name) for item in letters):
            yield name, "has no dead letters, allowed: RedrivePolicy"


def _granting(resources: Resources) -> Iterator[tuple[str, str]]:
    """Keys whose grants outlive the policy that allowed them."""
    for name, key in of_type(resources, "AWS::KMS::Key").items():
        if not any(_denies(policy, ("kms:CreateGrant", "kms:*")) for policy in statements(name, key)):
            yield name, "anybody with rights may make grants, allowed: a Deny of kms:CreateGrant but for AWS itself"


def of_type(resources: Resources, kind: str) -> Resources:
    """The resources of a type."""
    return {name: resource for name, resource in resources.items() if resource.get("Type") == kind}


def named(value: Any, names: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
    """Everything below a value that has one of these names."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name in names:
                yield name, item
            yield from named(item, names)
    elif isinstance(value, list):
        for item in value:
            yield from named(item, names)


def refers(value: Any, name: str) -> bool:
    """Whether a value is made of a resource, by Ref or by one of its attributes."""
    if isinstance(value, Mapping):
        attribute = value.get("Fn::GetAtt")
        owner = attribute[0] if isinstance(attribute, list) and attribute else str(attribute).partition(".")[0]
        return name in (value.get("Ref"), owner) or any(refers(item, name) for item in value.values())
    return any(refers(item, name) for item in value) if isinstance(value, list) else False


def _denies(policy: Policy, actions: tuple[str, ...]) -> bool:
    """Whether a statement denies one of these to everybody."""
    denied = any(action in actions for action in policy.values("Action"))
    return policy.content.get("Effect") == "Deny" and denied and "*" in policy.principals("AWS")


def _is_plain(policy: Policy) -> bool:
    condition = policy.content.get("Condition")
    operator = condition.get("Bool") if isinstance(condition, Mapping) else None
    return isinstance(operator, Mapping) and str(operator.get("aws:SecureTransport")).lower() == "false"
