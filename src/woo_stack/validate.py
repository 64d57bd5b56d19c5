"""What is wrong with a template: our own invariants first, then AWS's offline engine with Guard, then cfn-lint."""

import atexit
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from troposphere import Template

from woo_stack.bundle import INLINE_BYTES
from woo_stack.cfn_lint import CfnLint
from woo_stack.finding import Finding as Finding  # noqa: PLC0414 - beside `problems` for who imports both
from woo_stack.finding import unanswered
from woo_stack.guard_rules import diagnostics, engine, guard_finding, sources
from woo_stack.policies import policy_findings
from woo_stack.template import to_json
from woo_stack.wiring import wiring_findings

#: https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/cloudformation-limits.html
LIMITS = {"Resources": 500, "Parameters": 200, "Outputs": 200, "Mappings": 200}
#: What the console uploads; a template passed in the request itself may have 51,200.
TEMPLATE_BYTES = 1_000_000
AUTHORIZATION = {
    "AWS::ApiGateway::Method": ("NONE", "AWS_IAM", "CUSTOM", "COGNITO_USER_POOLS"),
    "AWS::ApiGatewayV2::Route": ("NONE", "AWS_IAM", "CUSTOM", "JWT"),
}
#: Properties that take a role's ARN, where a Ref gives its name.
ROLE_ARNS = ("Role", "RoleArn", "RoleARN", "CloudWatchRoleArn", "Credentials", "ExecutionRoleArn")


#: Opinions about portability, which a literal name of another stack cannot satisfy: told as notes.
OPINIONS = frozenset({"W9002", "W9013"})


def problems(
    template: Template | Mapping[str, Any], rules: Sequence[str | Path] = (), *, lint: CfnLint | None = None
) -> list[Finding]:
    """Every finding of our invariants and rules and of both engines; empty for a template as it should be.

    `rules` are more files of CloudFormation Guard, or their texts, as Control Tower's or the Guard registry's; raises
    RuleError for one that Guard does not understand. With the same `lint` for several templates, a resource that stands
    in more than one of them is judged by cfn-lint once. The engines are imported when first called (0.1 s and 0.5 s).

    A template answers in its Metadata, in the tools' own formats: notes by ``{"cfn-lint": {"config":
    {"ignore_checks": ["I4010"]}}}``, rules of Guard and those about policies and wiring (WOO6 and on) by ``{"guard":
    {"SuppressedRules": ["WOO_KEY_ROTATES"]}}``, of the template or of a resource. Errors cannot be answered. cfn-lint's
    own Metadata works as always.
    """
    text = to_json(template)
    content = json.loads(text)
    found = [*_fast(content, text, rules), *unanswered((lint or CfnLint()).findings(content), content)]
    return sorted(set(found))


def _fast(content: dict[str, Any], text: str, rules: Sequence[str | Path] = ()) -> Iterator[Finding]:
    """All but cfn-lint, which takes ten times as long as everything else."""
    own = (*_invariants(content, text), *policy_findings(content), *wiring_findings(content))
    yield from unanswered([*own, *_cloudformation_validate(text, rules)], content)


def _invariants(template: Mapping[str, Any], text: str) -> Iterator[Finding]:
    """What neither engine finds; rules WOO1 to WOO5, all of them errors."""
    for section, most in LIMITS.items():
        if len(template.get(section, {})) > most:
            yield Finding("error", "WOO1", section, f"{len(template[section])} entries, allowed: {most}")
    if len(text.encode()) > TEMPLATE_BYTES:
        yield Finding("error", "WOO1", "template", f"{len(text.encode())} bytes, allowed: {TEMPLATE_BYTES}")
    # A loop of AWS::LanguageExtensions is none.
    resources = {name: one for name, one in template.get("Resources", {}).items() if isinstance(one, Mapping)}
    roles = {name for name, resource in resources.items() if resource.get("Type") == "AWS::IAM::Role"}
    for name, resource in resources.items():
        kind, properties = resource.get("Type"), resource.get("Properties", {})
        auth = properties.get("AuthorizationType")
        if kind in AUTHORIZATION and auth not in AUTHORIZATION[kind]:
            yield Finding(
                "error", "WOO2", name, f"AuthorizationType {auth!r}, allowed: {', '.join(AUTHORIZATION[kind])}"
            )
        if kind == "AWS::CloudWatch::Dashboard" and (why := _bad_dashboard(properties.get("DashboardBody"))):
            yield Finding("error", "WOO3", name, f"DashboardBody {why}, allowed: a JSON object with a list of widgets")
        for path, value in _walk(properties):
            if path[-1] in ROLE_ARNS and isinstance(value, dict) and value.get("Ref") in roles:
                yield Finding(
                    "error", "WOO4", name, f"{path[-1]} is Ref {value['Ref']}, allowed: its ARN by Fn::GetAtt"
                )
            if path[-1] == "ZipFile" and len(_code(value, template).encode()) > INLINE_BYTES:
                yield Finding("error", "WOO5", name, f"inline code is over its limit, allowed: {INLINE_BYTES} bytes")


def _walk(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    """Every value below a property that has a name, with the names on the way to it."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield (*path, name), item
            yield from _walk(item, (*path, name))
    elif isinstance(value, list):
        for item in value:
            yield from _walk(item, path)


def _code(value: Any, template: Mapping[str, Any]) -> str:
    """The text of inline code, also where it comes from a mapping, or from several."""
    match value:
        case {"Fn::Join": [str(between), list(parts)]}:
            return between.join(_code(part, template) for part in parts)
    if isinstance(value, dict) and isinstance(keys := value.get("Fn::FindInMap"), list):
        for key in keys:
            value = (template.get("Mappings", {}) if key == keys[0] else value).get(str(key), {})
    return value if isinstance(value, str) else ""


def _bad_dashboard(body: Any) -> str | None:
    """Why a dashboard's body is none, with 0 for what only a deployment knows."""
    text = _resolved(body)
    if not isinstance(text, str):
        return None
    try:
        parsed = json.loads(text)
    except json.JSONDecodeError as error:
        return f"is not JSON ({error.msg} at character {error.pos})"
    return None if isinstance(parsed, dict) and isinstance(parsed.get("widgets"), list) else "has no widgets"


def _resolved(value: Any) -> str | list[str] | None:
    """The text or the list that CloudFormation makes of a value, with 0 for each part that only a deployment knows.

    None where that is all of it. What these functions take is checked by the engines.
    """
    made: str | list[str] | None = None
    match value:
        case str():
            made = value
        case bool() | int() | float():
            made = json.dumps(value)
        case list():
            made = [_known(part) for part in value]
        case {"Fn::Sub": str(text)}:
            made = _filled(text, {})
        case {"Fn::Sub": [str(text), dict(variables)]}:
            made = _filled(text, variables)
        case {"Fn::Join": [str(between), parts]} if isinstance(found := _resolved(parts), list):
            made = between.join(found)
        case {"Fn::Split": [str(mark), text]} if mark and isinstance(found := _resolved(text), str):
            made = found.split(mark)
    return made


def _known(value: Any) -> str:
    """The text of a part."""
    found = _resolved(value)
    return found if isinstance(found, str) else "0"


def _filled(text: str, variables: Mapping[str, Any]) -> str:
    """The text of Fn::Sub; ``${!Name}`` stands for ``${Name}`` itself."""
    return re.sub(
        r"\$\{([^}]+)\}",
        lambda found: f"${{{found[1][1:]}}}" if found[1][0] == "!" else _known(variables.get(found[1])),
        text,
    )


def _cloudformation_validate(text: str, rules: Sequence[str | Path] = ()) -> Iterator[Finding]:
    """The engine's own findings, and those of our Guard rules and of yours."""
    levels = {"FATAL": "error", "ERROR": "error", "WARN": "warning", "INFO": "note"}
    for found in diagnostics(sources(rules), text):
        if found.source.name == "GUARD":
            yield guard_finding(found)
        elif level := "note" if found.rule_id in OPINIONS else levels.get(found.severity.name):
            where = found.entity.logical_id if found.entity else "template"
            yield Finding(level, found.rule_id, where or "template", found.message)


# Freed while Python still stands: at its very end the engine's own clean-up would print a traceback.
atexit.register(engine.cache_clear)
