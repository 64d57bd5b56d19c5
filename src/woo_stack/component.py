"""What every component is: a frozen dataclass of settings whose troposphere objects are cached properties."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from typing import Any, NoReturn, Self

from troposphere import AWSHelperFn, AWSObject, Parameter, Ref, Template

from woo_stack.errors import WooStackError as WooStackError  # noqa: PLC0414 - beside SettingError for who imports both

#: A text that CloudFormation may resolve: a literal, ``Ref``, ``GetAtt``, ``Sub``, ``If``, ``ImportValue`` or a
#: ``Parameter`` (which stands for a ``Ref`` to it).
Value = str | AWSHelperFn | Parameter
#: A whole number, or anything that CloudFormation resolves to one. Only literals can be range checked.
Number = int | AWSHelperFn | Parameter
#: A truth value, or anything that CloudFormation resolves to one.
Switch = bool | AWSHelperFn | Parameter

#: https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
RETENTION_DAYS = (1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
                  3288, 3653)  # fmt: skip


class SettingError(WooStackError, ValueError):
    """A field of a component or of `Settings` that is unknown or out of range."""


class Checked:
    """Refuses unknown fields by name and gives a frozen dataclass one way to refuse a value."""

    def __new__(cls, *_: object, **settings: object) -> Self:
        """Name an unknown field together with the known ones, before the dataclass sees it."""
        known = [field.name for field in fields(cls)]  # type: ignore[arg-type] # every subclass is a dataclass
        for name in settings:
            if name not in known:
                raise SettingError(f"{cls.__name__} has no field {name!r}, allowed: {', '.join(known)}")
        return super().__new__(cls)

    def refuse(self, field: str, value: object, allowed: str) -> NoReturn:
        """Raise the one sentence about a field's value."""
        title = getattr(self, "title", "")
        raise SettingError(
            f"{type(self).__name__}{f' {title!r}' if title else ''}: {field} is {value!r}, allowed: {allowed}"
        )

    def within(self, field: str, low: int, high: int, *, unit: str = "") -> None:
        """Refuse a literal number outside ``low..high``; what CloudFormation resolves later passes."""
        value = getattr(self, field)
        if isinstance(value, AWSHelperFn) or (value is None and getattr(type(self), field, 0) is None):
            return
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.refuse(field, value, f"a whole number from {low} to {high}{unit and ' ' + unit}")

    def one_of(self, field: str, allowed: Iterable[object]) -> None:
        """Refuse a literal that is none of ``allowed``; what CloudFormation resolves later passes."""
        value, choices = getattr(self, field), list(allowed)
        if not isinstance(value, AWSHelperFn) and (
            value not in choices or isinstance(value, bool) != isinstance(choices[0], bool)
        ):
            self.refuse(field, value, ", ".join(str(choice) for choice in choices))

    def each_once(self, *names: str) -> None:
        """Refuse a list that names something twice, in these fields or in all: AWS takes most of its lists for sets."""
        for name in names or [field.name for field in fields(self)]:  # type: ignore[arg-type] # as above
            value = getattr(self, name)
            listed = value if isinstance(value, list | tuple) else ()
            items = [item for item in listed if isinstance(item, str | AWSHelperFn)]
            if any(item in items[:place] for place, item in enumerate(items)):
                self.refuse(name, value, "a list that names each once")


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
