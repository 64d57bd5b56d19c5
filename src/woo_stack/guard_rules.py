"""CloudFormation Guard: our own rule files, and those that you give to `problems`, in AWS's offline engine."""

from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from woo_stack.errors import WooStackError
from woo_stack.finding import Finding

#: Our files in `woo_stack/guard`, and how grave a finding of each is; what you give is as grave as ``secure``.
LEVELS = {"hardened": "note", "secure": "warning"}
#: What tells the names of our files from those of yours.
OURS = "woo_stack_"


class RuleError(WooStackError, ValueError):
    """A rule file that cannot be read, or that Guard does not understand."""


def sources(rules: Sequence[str | Path]) -> tuple[tuple[str, str], ...]:
    """Name and text of every rule file: ours first, then yours; a `Path` is read, a text is the rules themselves.

    Raises RuleError for what is neither, or cannot be read.
    """
    own = files("woo_stack").joinpath("guard")
    named = [(f"{OURS}{name}.guard", own.joinpath(f"{name}.guard").read_text(encoding="utf-8")) for name in LEVELS]
    for number, rule in enumerate(rules, 1):
        if isinstance(rule, Path):
            try:
                named.append((f"{rule.stem}.guard", rule.read_text(encoding="utf-8")))
            except (OSError, UnicodeDecodeError) as error:
                reason = error.strerror if isinstance(error, OSError) else "it is no text"
                raise RuleError(f"the rules {rule} cannot be read: {reason}, allowed: a file of Guard rules") from None
        elif isinstance(rule, str):
            named.append((f"rules-{number}.guard", rule))
        else:
            raise RuleError(f"rules is {rule!r}, allowed: a Path, or the text of Guard rules")
    return tuple(named)


@cache
def engine(named: tuple[tuple[str, str], ...]) -> Any:
    """AWS's engine with these rules, made once; raises RuleError for rules that Guard does not understand."""
    from cloudformation_validate import CelEngine, EngineConfig, ExternalRuleSource, ValidationError  # noqa: PLC0415 - 0.1 s

    rules = [ExternalRuleSource(name=name, content=content) for name, content in named]
    try:
        return CelEngine(EngineConfig(guard_rules=rules))
    except ValidationError as error:
        raise RuleError(f"Guard does not understand the rules: {' '.join(str(error).split())}") from None


def diagnostics(named: tuple[tuple[str, str], ...], text: str, *, alone: bool = False) -> list[Any]:
    """What the engine says of a template's text, with these rules; `alone` is them and nothing else."""
    from cloudformation_validate import TemplateContent, ValidateConfig, ValidationError  # noqa: PLC0415 - 0.1 s

    try:
        report = engine(named).validate_template(TemplateContent(text), ValidateConfig(disable_builtin_rules=alone))
    except ValidationError as error:
        raise RuleError(f"Guard cannot apply the rules: {' '.join(str(error).split())}") from None
    return list(report.diagnostics)


def guard_finding(found: Any) -> Finding:
    """What a rule of Guard found, its message as one line.

    A resource answers it by the rule's name, or by its file's if that is yours: Control Tower's `ct-lambda-pr-2.guard`
    is known as CT.LAMBDA.PR.2.
    """
    where = found.entity.logical_id if found.entity else ""
    # The engine writes a file's name with underscores.
    file = str(found.category).removeprefix("guard:")
    ours = LEVELS.get(file.removeprefix(OURS)) if file.startswith(OURS) else None
    level = ours or "warning"
    # One answer for a file of ours would be for every rule in it.
    answers = (found.rule_id,) if ours else (found.rule_id, file.upper().replace("_", "."))
    return Finding(level, found.rule_id, where or "template", " ".join(found.message.split()), answers)
