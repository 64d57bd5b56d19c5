"""The matrix of rights: who may do what, on what and under which conditions, as a template's policies say it."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from conditions import EVERYTHING, conditions, value, values
from table import code, listed, table

Json = Mapping[str, Any]
Row = tuple[str, ...]
FUNCTION, ROLE = "AWS::Lambda::Function", "AWS::IAM::Role"
#: What a policy's resource calls that which it is about; without any of them it is the resource's own policy.
ABOUT = ("Queues", "Topics", "Bucket", "SecretId", "EventBusName")


def granted(template: Json) -> str:
    """What policies grant to functions and other holders of roles."""
    resources: Json = template["Resources"]
    holders = _holders(resources)
    functions = {
        holder for some in holders.values() for holder in some if resources.get(holder, {}).get("Type") == FUNCTION
    }
    rows = []
    for role, statement in _identity(resources):
        rows.append((role, _key(statement), statement))
    who: dict[str, set[str]] = defaultdict(set)
    for role, key, _ in rows:
        who[key] |= holders.get(role, {role})
    told = {key: (_who(who[key], functions), *_what(statement)) for _, key, statement in rows}
    return table(("who", "may", "on", "if"), sorted(told.values()))


def managed(template: Json) -> str:
    """AWS's own policies, which a role has beside them."""
    resources: Json = template["Resources"]
    rows = [
        (f"`{title}`", value(arn).rpartition("/")[2].join("``"))
        for title, role in resources.items()
        if role["Type"] == ROLE
        for arn in role["Properties"].get("ManagedPolicyArns", [])
        if ":policy/" in f"{arn}"
    ]
    return (
        table(("role", "AWS's policy"), sorted((role, f"`{name.strip('`')}`") for role, name in rows)) if rows else ""
    )


def allowed(template: Json) -> str:
    """What resources themselves allow and deny, function by function, key by key."""
    rows = [*_by_resources(template["Resources"]), *_by_functions(template["Resources"])]
    return table(("resource", "who", "may", "if"), sorted(rows))


def assumed(template: Json) -> str:
    """Who may be a role."""
    by: dict[tuple[str, str], list[str]] = defaultdict(list)
    for title, role in template["Resources"].items():
        if role["Type"] == ROLE:
            for statement in role["Properties"]["AssumeRolePolicyDocument"]["Statement"]:
                by[_principal(statement), conditions(statement.get("Condition", {}))].append(title)
    rows = [(listed(code(sorted(titles))), who, when) for (who, when), titles in by.items()]
    return table(("role", "is assumed by", "if"), sorted(rows))


def summary(template: Json) -> str:
    """The same of a role with hundreds of rights: a row a service, and how its rights are narrowed."""
    counted: dict[tuple[str, str], dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for role, statement in _identity(template["Resources"]):
        for action in _list(statement["Action"]):
            service, _, name = action.partition(":")
            verb = "" if statement["Effect"] == "Allow" else "denied "
            counted[role, service][f"{verb}{_narrowed(statement)}"].add(name)
    rows = [
        (f"`{role}`", f"`{service}`", "; ".join(f"{len(names)} {how}" for how, names in sorted(kinds.items())))
        for (role, service), kinds in counted.items()
    ]
    return table(("role", "service", "actions, and how they are narrowed"), sorted(rows))


def _identity(resources: Json) -> Iterator[tuple[str, Json]]:
    """Each statement of a role's policies: inline, of the template's own managed policies, and attached ones."""
    for title, resource in resources.items():
        properties = resource.get("Properties", {})
        if resource["Type"] == ROLE:
            for policy in properties.get("Policies", []):
                yield from ((title, one) for one in _list(policy["PolicyDocument"]["Statement"]))
            for attached in properties.get("ManagedPolicyArns", []):
                document = resources.get(f"{_title(attached)}", {}).get("Properties", {}).get("PolicyDocument", {})
                yield from ((title, one) for one in _list(document.get("Statement", [])))
        if resource["Type"] in ("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy"):
            for role in properties.get("Roles", []):
                yield from ((f"{_title(role)}", one) for one in _list(properties["PolicyDocument"]["Statement"]))


def _holders(resources: Json) -> dict[str, set[str]]:
    """By role the functions that have it; a role that others have stands for itself."""
    found: dict[str, set[str]] = defaultdict(set)
    for title, resource in resources.items():
        if resource["Type"] == FUNCTION:
            found[f"{_title(resource['Properties']['Role'])}"].add(title)
    return {title: found[title] or {title} for title, one in resources.items() if one["Type"] == ROLE}


def _title(reference: Any) -> str | None:
    match reference:
        case {"Ref": str(title)} | {"Fn::GetAtt": [str(title), _]}:
            return title
    return None


def _key(statement: Json) -> str:
    return repr(_what(statement))


def _who(holders: set[str], functions: set[str]) -> str:
    if functions and holders >= functions:
        return listed(["every function", *code(sorted(holders - functions))])
    return listed(code(sorted(holders)))


def _what(statement: Json) -> Row:
    """Actions, resources and conditions of an identity's statement."""
    on = [one if one != EVERYTHING else "everything (`*`)" for one in sorted({*values(statement["Resource"])})]
    return (_actions(statement), listed(on), conditions(statement.get("Condition", {})))


def _actions(statement: Json) -> str:
    """Actions as code, the service of each named once: ``dynamodb:GetItem, Query``."""
    by: dict[str, list[str]] = defaultdict(list)
    for action in sorted(_list(statement["Action"])):
        service, _, name = action.partition(":")
        by[service].append(name)
    told = "; ".join(f"`{service}:{', '.join(names)}`" for service, names in by.items())
    return told if statement["Effect"] == "Allow" else f"**not** {told}"


def _by_resources(resources: Json) -> Iterator[Row]:
    for title, resource in resources.items():
        properties = resource.get("Properties", {})
        about = [one for name in ABOUT if name in properties for one in _list(properties[name])]
        named = sorted(_title(one) or "" for one in about) or [title]
        for name, document in properties.items():
            if resource["Type"] == ROLE or not isinstance(document, dict) or "Policy" not in name:
                continue
            for statement in _list(document.get("Statement", [])):
                if "Principal" in statement:
                    paths = [one for one in values(statement.get("Resource", "*")) if "execute-api:" in one]
                    told = [*([f"on {listed(paths)}"] if paths else []), conditions(statement.get("Condition", {}))]
                    when = ", ".join(filter(None, told))
                    yield (listed(code(named)), _principal(statement), _actions(statement), when)


def _by_functions(resources: Json) -> Iterator[Row]:
    for permission in resources.values():
        if permission["Type"] == "AWS::Lambda::Permission":
            given = permission["Properties"]
            places = [f"from {value(given['SourceArn'])}"] if "SourceArn" in given else []
            places += [f"of {value(given['SourceAccount'])}"] if "SourceAccount" in given else []
            yield (value(given["FunctionName"]), value(given["Principal"]), f"`{given['Action']}`", ", ".join(places))


def _principal(statement: Json) -> str:
    principal = statement["Principal"]
    if principal in ("*", {"AWS": "*"}):
        return "everybody"
    told = [one for kind in sorted(principal) for one in values(principal[kind])]
    return listed("this account's policies" if one.endswith(":root`") or one == "`iam: root`" else one for one in told)


def _narrowed(statement: Json) -> str:
    """What bounds a statement, in a word or two."""
    on = f"{statement['Resource']}"
    if "StackPrefix" in on or "AWS::StackName" in on:
        return "by name"
    keys = sorted({key for some in statement.get("Condition", {}).values() for key in some})
    tagged = [key for key in keys if "Tag" in key]
    if tagged:
        return "by tag"
    if keys:
        return f"if {listed(code(keys))}"
    return "on everything (`*`)" if "'*'" in on or on == "*" else "by kind of resource"


def _list(given: Any) -> list[Any]:
    return given if isinstance(given, list) else [given]
