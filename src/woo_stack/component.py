"""What every component is: a frozen dataclass of settings whose troposphere objects are cached properties."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, Self

from troposphere import AWSHelperFn, AWSObject, Parameter, Ref, Template

from woo_stack.checked import Checked

#: A text that CloudFormation may resolve: a literal, ``Ref``, ``GetAtt``, ``Sub``, ``If``, ``ImportValue`` or a
#: ``Parameter`` (which stands for a ``Ref`` to it).
Value = str | AWSHelperFn | Parameter
#: A whole number, or anything that CloudFormation resolves to one. Only literals can be range checked.
Number = int | AWSHelperFn | Parameter
#: A truth value, or anything that CloudFormation resolves to one.
Switch = bool | AWSHelperFn | Parameter


@dataclass(frozen=True, eq=False)
class Component(Checked):
    """A titled part of a template.

    The title is API: every logical id starts with it, so renaming a component replaces its resources.
    """

    title: str

    def __post_init__(self) -> None:
        """Let a `Parameter` stand for its `Ref` in every field, and check what the class declares."""
        if not isinstance(self.title, str) or not re.fullmatch(r"[A-Za-z][A-Za-z0-9]{0,63}", self.title):
            self.refuse("title", self.title, "a letter, then up to 63 letters and digits")
        for field in fields(self):
            object.__setattr__(self, field.name, resolved(getattr(self, field.name)))
        self.check()
        self.each_once()

    def check(self) -> None:
        """Refuse settings that AWS would refuse; raises SettingError."""

    def resources(self) -> Iterator[AWSObject]:
        """Every resource of this component, for ``template.add_resource(list(component.resources()))``."""
        yield from ()

    def add_to(self, template: Template) -> Self:
        """Add all of the component to a template; raises SettingError where a logical id is already taken."""
        for resource in self.resources():
            if resource.title in template.resources:
                self.refuse("logical id", resource.title, "one that the template does not have yet (change the title)")
            template.add_resource(resource)
        return self

    def id(self, role: str) -> str:
        """The logical id of one of this component's resources: its title and the resource's role."""
        return f"{self.title}{role}"


def resolved(value: Any) -> Any:
    """The value with every `Parameter` in it (also inside a mapping, list or tuple) replaced by its `Ref`."""
    if isinstance(value, Parameter):
        return Ref(value)
    if isinstance(value, Mapping):
        return {key: resolved(item) for key, item in value.items()}
    if isinstance(value, list | tuple) and type(value) in (list, tuple):
        return type(value)(resolved(item) for item in value)
    return value


def given(**settings: Any) -> dict[str, Any]:
    """The settings that are set: what is None or empty is left out of the template."""
    return {name: value for name, value in settings.items() if value is not None and value not in ("", {}, [])}


def camel(text: str) -> str:
    """A path or name as PascalCase letters and digits: ``wp-json/{id}`` becomes ``WpJsonId``."""
    return "".join(word[0].upper() + word[1:] for word in re.findall(r"[A-Za-z0-9]+", text))
