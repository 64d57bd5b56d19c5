"""What a setting makes of the template: resources, questions, outputs and bytes, more or fewer; and what it refuses."""

import json
from collections.abc import Callable, Collection, Iterator
from dataclasses import Field, dataclass, replace
from typing import Any

from built import release
from samples import default_of, example_of
from table import code, listed
from woo_stack import SettingError, Settings, Shop, to_json

Json = dict[str, Any]
#: Forms of a shop in which some settings alone are taken, tried in this order.
FORMS: tuple[dict[str, Any], ...] = ({}, {"code": "bucket"}, {"api": "rest"}, {"code": "bucket", "api": "rest"})
#: Names of resources in a sentence.
MOST = 8
#: Its title ends in a hash of the API.
_HASHED = "AWS::ApiGateway::Deployment"
#: Not of a type, and texts, numbers and mappings of no meaning: one of them is refused by every field.
_NO_VALUE = type("Nothing", (), {})()
_ODD: dict[str, tuple[Any, ...]] = {"thresholds": ({"Nothing": 0},)}
_TEMPLATES: dict[str, Json] = {}


@dataclass(frozen=True)
class Effect:
    """Two templates, without and with a value of a setting."""

    before: Json
    after: Json

    def text(self) -> Iterator[str]:
        """What the value adds, takes and changes, in words."""
        changes = []
        for section, kind in (("Resources", ""), ("Parameters", "the question "), ("Outputs", "the output ")):
            old, new = self._part(self.before, section), self._part(self.after, section)
            for verb, names in (("adds", new.keys() - old.keys()), ("takes away", old.keys() - new.keys())):
                if names:
                    yield f"{verb} {_named(kind, names)}"
            if changed := {name for name in old.keys() & new.keys() if old[name] != new[name]}:
                changes.append("every output" if kind and changed == old.keys() else _named(kind, changed))
        if changes:
            yield f"changes {listed(changes)}"
        yield _size(len(to_json(self.after)) - len(to_json(self.before)))

    @staticmethod
    def _part(template: Json, section: str) -> Json:
        parts: Json = template.get(section, {})
        return {name: part for name, part in parts.items() if part.get("Type") != _HASHED}


def template_of(settings: Settings) -> Json:
    """The template of a shop as it is published; most of those that are asked for are the same one."""
    known = repr(settings)
    if known not in _TEMPLATES:
        _TEMPLATES[known] = json.loads(to_json(Shop(settings).template))
    return _TEMPLATES[known]


def effect_of(one: Field[Any]) -> tuple[dict[str, Any], Effect] | None:
    """A field's example against its default in the shop of build.py, and the form that this took; None where no form
    is taken with what build.py sets.
    """
    own = replace(release().settings, code="inline")
    for form in FORMS:
        if one.name in form:
            continue
        try:
            before, after = (replace(own, **form, **{one.name: value}) for value in (default_of(one), example_of(one)))
            return form, Effect(template_of(before), template_of(after))
        except SettingError:
            continue
    return None


def allowed(one: Field[Any]) -> str:
    """What the refusals of a field's wrong values allow."""
    wrong = [{one.name: value} for value in (_NO_VALUE, *_ODD.get(one.name, ()))]
    said = dict.fromkeys(_refusal(Settings, values) or _refusal(_composed, values) for values in wrong)
    return "; ".join(text for text in said if text)


def conditions(one: Field[Any]) -> Iterator[str]:
    """With which code and API alone a field's example is taken, in the words that refuse it with others."""
    example = example_of(one)
    for name, choices in (("code", ("inline", "bucket")), ("api", ("rest", "http"))):
        others = [{one.name: example, name: choice} for choice in choices if name != one.name]
        refusals = [_refusal(Settings, other) for other in others]
        # Of what is refused with both something else is the reason.
        if len({*refusals}) > 1:
            yield from (text for text in refusals if text and name in text)


def _named(kind: str, names: Collection[str]) -> str:
    return f"{kind[:-1] + 's ' if kind and len(names) > 1 else kind}{listed(code(sorted(names)), MOST)}"


def _composed(**values: Any) -> None:
    Shop(Settings(**values)).template  # noqa: B018 - composing is what refuses


def _refusal(make: Callable[..., object], values: dict[str, Any]) -> str:
    try:
        make(**values)
    except SettingError as error:
        return str(error).partition(", allowed: ")[2]
    return ""


def _size(difference: int) -> str:
    size = (
        f"{abs(difference)} byte{'s' * (abs(difference) > 1)}"
        if abs(difference) < 1000
        else f"{abs(difference) / 1000:.1f} kB"
    )
    return f"{size} {'more' if difference > 0 else 'less'}" if difference else "no byte more or less"
