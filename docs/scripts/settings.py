"""The page of settings, of the form's questions and of the outputs."""

import re
from collections.abc import Iterator
from dataclasses import Field, fields, is_dataclass, replace
from typing import Any

from built import release, shop
from measured import Json, allowed, conditions, effect_of, template_of
from samples import default_of, example_of
from sections import sections
from source import Written, written
from table import code, item, listed, paragraph, plain, table
from woo_stack import Settings
from woo_stack.outputs import OUTPUTS

HEAD = """\
# Settings, questions and outputs

Written by `make docs` from [`Settings`](../src/woo_stack/settings.py), from `build.py` and from the template that it
builds."""
SETTINGS = """\
## Settings

Settings choose the structure of the template when it is built: they are the arguments of `Settings(...)` in
[`build.py`](../build.py). A value that is not allowed is refused in one sentence, before anything is written. What a
setting adds, takes away and changes is measured: the template of `build.py` is built with the default and with the
example, and both are compared. A deployment of the API, whose name holds a hash, is not named."""
QUESTIONS = """\
## Questions

Parameters of the template, which the console shows as a form, differ between environments. Each has a default but
`CodeBucket`, which only `woo-stack-pipeline.json` asks for."""
ENVIRONMENTS = """\
### Environments

What `build.py` answers for each environment; it is published as `output/environments/NAME.json`. A dash is the default
of the form."""
OUTPUTS_HEAD = """\
## Outputs

What a stack tells when it is deployed."""


def page() -> str:
    """The page, in Markdown."""
    blocks = [HEAD, SETTINGS, "\n".join(map(item, _templates()))]
    for one, told in zip(fields(Settings), written(Settings), strict=True):
        blocks += _setting(one, told)
    template = template_of(replace(release().settings, code="bucket"))
    blocks += [QUESTIONS, *_questions(template), ENVIRONMENTS, *_environments(template), OUTPUTS_HEAD, _outputs()]
    return "\n\n".join(block for block in blocks if block) + "\n"


def _templates() -> Iterator[str]:
    """What build.py publishes, and the settings of each that are not the default ones."""
    own, variants = release().settings, release().variants
    forms = {"woo-stack.json": replace(own, code="inline") if not own.signing_profiles else None}
    forms |= {"woo-stack-pipeline.json": replace(own, code="bucket"), **variants}
    for name, settings in forms.items():
        if settings:
            set_to = {one.name: getattr(settings, one.name) for one in fields(settings)}
            other = [f"{one.name}={_value(set_to[one.name])}" for one in fields(settings)
                     if set_to[one.name] != default_of(one)]  # fmt: skip
            yield f"`{name}`: `Settings({', '.join(other)})`"


def _setting(one: Field[Any], told: Written) -> Iterator[str]:
    default, set_to = default_of(one), getattr(release().settings, one.name)
    yield f"### {one.name}"
    yield paragraph(plain(told.meaning))
    lines = [f"Type: `{told.annotation}`. Default: `{_value(default)}`."]
    if set_to != default:
        lines.append(f"`build.py` sets: `{_value(set_to)}`.")
    lines.append(f"Allowed: {_allowed(one)}.")
    lines += [f"Beside others: {text}." for text in conditions(one)]
    if found := effect_of(one):
        form, effect = found
        example = ", ".join(f"{name}={_value(value)}" for name, value in ({one.name: example_of(one)} | form).items())
        lines.append(f"`{example}`: {'; '.join(effect.text())}.")
    if more := [*sections(one.name)]:
        lines.append(f"More: {listed(more)}.")
    yield "\n".join(map(item, lines))


def _allowed(one: Field[Any]) -> str:
    text = allowed(one)
    if isinstance(default_of(one), bool):
        return " or ".join(code(text.split(", ")))
    return f"{text}, or `None`" if default_of(one) is None and "None" not in text else text


def _questions(template: Json) -> Iterator[str]:
    form = template["Metadata"]["AWS::CloudFormation::Interface"]
    for group in form["ParameterGroups"]:
        yield f"### {group['Label']['default']}"
        for name in group["Parameters"]:
            asked = template["Parameters"][name]
            label = form["ParameterLabels"].get(name, {}).get("default", "")
            told = f"{label}. {asked['Description']}" if label else asked["Description"]
            default = f"default: `{_default(asked)}`" if "Default" in asked else "no default"
            lines = [f"Type: {asked['Type']}; {default}.", *(f"Allowed: {text}." for text in _bounds(asked))]
            yield f"#### {name}"
            yield paragraph(plain(told))
            yield "\n".join(map(item, lines))


def _default(asked: Json) -> str:
    """A default; the name of the code's zip ends in a hash of the code."""
    return re.sub(r"-[0-9a-f]{12,}\.zip$", "-<hash>.zip", f"{asked['Default']}") or '""'


def _bounds(asked: Json) -> Iterator[str]:
    if "AllowedValues" in asked:
        yield listed(code(asked["AllowedValues"]))
    if "MinValue" in asked or "MaxValue" in asked:
        low, high = asked.get("MinValue"), asked.get("MaxValue")
        yield f"{low} to {high}" if high is not None else f"{low} or more"
    if "AllowedPattern" in asked:
        yield f"what matches `{asked['AllowedPattern']}`"


def _environments(template: Json) -> Iterator[str]:
    environments = release().environments
    if not environments:
        yield "None."
        return
    answers = {name: environment.get("Parameters", {}) for name, environment in environments.items()}
    asked = [name for name in template["Parameters"] if any(name in answer for answer in answers.values())]
    rows = [[f"`{name}`", *(f"`{answer[name]}`" if name in answer else "-" for answer in answers.values())]
            for name in asked]  # fmt: skip
    yield table(["question", *answers], rows)
    tags = {name: environment.get("Tags", {}) for name, environment in environments.items()}
    said = [
        f"{name} {listed(code(f'{key}={value}' for key, value in some.items()))}" for name, some in tags.items() if some
    ]
    if said:
        yield paragraph(f"Tags: {'; '.join(said)}.")


def _outputs() -> str:
    made = shop().template.to_dict()["Outputs"]
    rows = [(f"`{name}`", output["Description"] + (" (exported)" if "Export" in output else ""))
            for name, output in made.items()]  # fmt: skip
    left = listed(code(name for name in OUTPUTS if name not in made))
    return table(("output", "what it is"), rows) + (f"\n\nOnly with other settings: {left}." if left else "")


def _value(value: Any) -> str:
    """A value as it is written in build.py; of a component's fields those that are given."""
    if is_dataclass(value):
        values = {one.name: getattr(value, one.name) for one in fields(value)}
        told = [
            f"{one.name}={_value(values[one.name])}" for one in fields(value) if values[one.name] != default_of(one)
        ]
        return f"{type(value).__name__}({', '.join(told)})"
    return f'"{value}"' if isinstance(value, str) else repr(value).replace("'", '"')
