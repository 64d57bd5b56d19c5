"""Who may do what, read from every policy of a template: rules WOO6 to WOO12."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from woo_stack.finding import Finding

#: Whose policies say what an identity may do; every other policy belongs to a resource and says who may come.
IDENTITIES = frozenset(
    f"AWS::IAM::{name}"
    for name in ("Group", "GroupPolicy", "ManagedPolicy", "Policy", "Role", "RolePolicy", "User", "UserPolicy")
)
#: Conditions by which "everybody" becomes somebody:
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html#principal-anonymous
OF_SOMEBODY = ("aws:principalaccount", "aws:principalarn", "aws:principalorg", "aws:sourceip", "aws:sourcevpc",
               "kms:calleraccount")  # fmt: skip
#: Conditions by which a service acts for somebody:
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/confused-deputy.html
OF_A_SOURCE = (*OF_SOMEBODY, "aws:source", "kms:encryptioncontext", "kms:viaservice", "sns:endpoint")
#: Conditions by which "every resource" becomes some.
OF_RESOURCES = ("aws:resource", "ec2:")
#: Rights that want a condition wherever they are, because what they are on says too little.
WANTED = {
    "iam:AttachRolePolicy": "iam:PolicyARN",
    "iam:PassRole": "iam:PassedToService",
    "kms:CreateGrant": "kms:GrantIsForAWSResource",
    "kms:ScheduleKeyDeletion": "kms:ScheduleKeyDeletionPendingWindowInDays",
    "lambda:CreateEventSourceMapping": "lambda:FunctionArn",
    "lambda:DeleteEventSourceMapping": "lambda:FunctionArn",
    "lambda:UpdateEventSourceMapping": "lambda:FunctionArn",
}
#: What reads and writes with a key; on every key of the account it is meant for one service.
USE_OF_KEYS = ("kms:decrypt", "kms:encrypt", "kms:generatedatakey", "kms:reencrypt")
#: Of these AWS wants all resources, whatever the reference says:
#: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
WIDE = frozenset({"cloudwatch:describealarms", "cloudwatch:putcompositealarm", "cloudwatch:putmetricdata"})
#: Their conditions do not hold for what EventBridge does itself:
#: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html
UNCONDITIONAL = ("events.amazonaws.com",)
#: The ARNs up to a wildcard that say whose it is: a region and an account that are none, written or of here; then a
#: name, after its type where the service has types. S3 has no account: there it is the whole name of a bucket. What
#: AWS names itself has an id of which nobody knows the beginning.
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
_HERE = r"(\$\{AWS::Region\}|[a-z0-9-]+)?:(\$\{AWS::AccountId\}|\d{12})?:"
OWNED = re.compile(
    r"\$\{\w+\.Arn\}|arn:(\$\{AWS::Partition\}|aws[a-z-]*):("
    r"s3:::[^*?/]+/"
    rf"|(execute-api|sns|sqs):{_HERE}[^*?]"
    rf"|[a-z0-9-]+:{_HERE}[\w-]+[:/]+[^*?:/]"
    rf"|apigateway:{_HERE}/[a-z]+/?\*"
    rf"|(ec2|kms|lambda):{_HERE}(security-group|subnet|vpc|key|code-signing-config|event-source-mapping)[:/]\*$)"
)


@dataclass(frozen=True)
class Policy:
    """A statement, where it stands, and whether it is of an identity, of a role's trust or of a resource."""

    where: str
    kind: str
    type: str
    content: Mapping[str, Any]

    def values(self, name: str) -> list[Any]:
        """What stands there, as the list that it may be; of Fn::If both sides."""
        return listed(self.content.get(name, []))

    def principals(self, kind: str) -> list[Any]:
        """The principals of a kind, ``AWS``, ``Service`` or ``Federated``; ``"*"`` alone is of each."""
        principal = self.content.get("Principal", {})
        return [
            one for of in listed(principal) for one in (listed(of.get(kind, [])) if isinstance(of, Mapping) else [of])
        ]

    def has(self, *conditions: str) -> bool:
        """Whether there is a condition on a key that begins like one of these, in lower case."""
        operators = self.content.get("Condition", {})
        operators = operators.values() if isinstance(operators, Mapping) else ()
        keys = [key.lower() for operator in operators if isinstance(operator, Mapping) for key in operator]
        return any(key.startswith(conditions) for key in keys)


def policy_findings(template: Mapping[str, Any]) -> Iterator[Finding]:
    """Everything that a policy allows too widely; none of it is an error."""
    for name, resource in template.get("Resources", {}).items():
        for policy in statements(name, resource):
            if policy.content.get("Effect") == "Allow":
                for level, rule, message in (*_any(policy), *_CHECKS[policy.kind](policy)):
                    yield Finding(level, rule, name, message, (rule,))


def statements(name: str, resource: Any) -> Iterator[Policy]:
    """Every statement of a resource's policies."""
    kind = str(resource.get("Type")) if isinstance(resource, Mapping) else ""

    def below(value: Any, trust: bool) -> Iterator[Policy]:
        if isinstance(value, Mapping):
            if "Effect" in value and not value.keys().isdisjoint(("Action", "NotAction")):
                of = "trust" if trust else "identity" if kind in IDENTITIES else "resource"
                yield Policy(name, of, kind, value)
            for key, item in value.items():
                yield from below(item, trust or key == "AssumeRolePolicyDocument")
        elif isinstance(value, list):
            for item in value:
                yield from below(item, trust)

    if kind:
        yield from below(resource.get("Properties", {}), False)


Found = Iterator[tuple[str, str, str]]


def _any(policy: Policy) -> Found:
    for name in ("NotAction", "NotPrincipal", "NotResource"):
        if name in policy.content:
            yield "warning", "WOO7", f"Allow with {name} allows what nobody has thought of, allowed: {name[3:]}"


def _identity(policy: Policy) -> Found:
    actions = [action for action in policy.values("Action") if isinstance(action, str)]
    everything = "*" in policy.values("Resource")
    for action in actions:
        if set(action.partition(":")[2] or action) <= set("*?"):
            yield "warning", "WOO6", f"Action {action} is all of it, allowed: the actions that are called"
        narrowed = policy.has(*OF_RESOURCES) and not action.startswith("iam:")
        if everything and not narrowed and has_resources(action):
            # To list and to describe changes nothing.
            level = "note" if action.partition(":")[2].startswith(("Describe", "List")) else "warning"
            yield level, "WOO8", f"{action} is allowed on everything, allowed: the ARNs that are meant"
        if (wanted := WANTED.get(action)) and not policy.has(wanted.lower()):
            yield "note", "WOO12", f"{action} has no condition, allowed: with {wanted}"
    if any(action.lower().startswith(USE_OF_KEYS) for action in actions) and not policy.has("kms:"):
        for resource in policy.values("Resource"):
            if _text(resource).rstrip('"}]').endswith((":key/*", "*")):
                yield "note", "WOO12", "every key may be used, allowed: the key's ARN, or with kms:ViaService"


def _trust(policy: Policy) -> Found:
    if "*" in policy.principals("AWS") and not policy.has(*OF_SOMEBODY):
        yield "warning", "WOO9", "Principal is everybody, allowed: a service or an account"
    for provider in [provider for provider in policy.principals("Federated") if provider != "*"]:
        text = _text(provider).lower()
        needed = (":aud",) if "cognito-identity" in text or "saml" in text else (":aud", ":sub")
        for key in needed:
            if not any(key in condition for condition in _text(policy.content.get("Condition", {})).split('"')):
                yield "warning", "WOO11", f"everybody of the provider is trusted, allowed: with a condition on {key}"


def _resource(policy: Policy) -> Found:
    # What an API's policy allows to everybody, another of its statements denies to all but some.
    if "*" in policy.principals("AWS") and not policy.has(*OF_SOMEBODY) and policy.type != "AWS::ApiGateway::RestApi":
        level = "note" if policy.has("aws:source") else "warning"
        yield level, "WOO9", "Principal is everybody, allowed: a service or an account, or a condition"
    for service in policy.principals("Service"):
        if service != "*" and service not in UNCONDITIONAL and not policy.has(*OF_A_SOURCE):
            yield "warning", "WOO10", f"{_text(service)} may act for anybody, allowed: with aws:SourceAccount"


_CHECKS = {"identity": _identity, "resource": _resource, "trust": _trust}


def listed(value: Any) -> list[Any]:
    """A value as the list that it may be, with both sides of every Fn::If."""
    match value:
        case {"Fn::If": [_, *sides]}:
            return [one for side in sides if side != {"Ref": "AWS::NoValue"} for one in listed(side)]
        case list():
            return [one for item in value for one in listed(item)]
    return [value]


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


@cache
def has_resources(action: str) -> bool:
    """Whether an action, or one that its pattern stands for, can be allowed on less than everything.

    An action that the reference does not have may be newer than it: it counts as one that can.
    """
    service, _, name = action.lower().partition(":")
    if action.lower() in WIDE:
        return False
    known = [
        narrow
        for of, actions in _actions().items()
        if fnmatchcase(of, service)
        for one, narrow in actions.items()
        if fnmatchcase(one, name)
    ]
    return any(known) or not known


def patterns(statement: Policy) -> list[str]:
    """The resources of a statement in which there is a ``*``, but for the bare ``*``."""
    texts = [
        one["Fn::Sub"] if isinstance(one, dict) and "Fn::Sub" in one else one for one in statement.values("Resource")
    ]
    return [_text(text) for text in texts if "*" in _text(text) and text != "*"]


@cache
def _actions() -> dict[str, dict[str, bool]]:
    """Every action of AWS, and whether it has resources: cfn-lint's copy of the service authorization reference.

    https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
    """
    spec = find_spec("cfnlint")
    [folder] = spec.submodule_search_locations if spec and spec.submodule_search_locations else [""]
    # Read as a file: the package itself takes a second to import.
    text = Path(folder, "data", "AdditionalSpecs", "Policies.json").read_text(encoding="utf-8")
    return {
        service: {name: bool(action) for name, action in content["Actions"].items()}
        for service, content in json.loads(text).items()
    }
