"""Settings that refuse what does not fit, in one sentence that names the field, the value and what is allowed."""

import sys
from collections.abc import Iterable
from dataclasses import fields
from ipaddress import ip_network
from typing import NoReturn, Self

from woo_stack.errors import WooStackError


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
        if is_expression(value) or (value is None and getattr(type(self), field, 0) is None):
            return
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            self.refuse(field, value, f"a whole number from {low} to {high}{unit and ' ' + unit}")

    def one_of(self, field: str, allowed: Iterable[object]) -> None:
        """Refuse a literal that is none of ``allowed``; what CloudFormation resolves later passes."""
        value, choices = getattr(self, field), list(allowed)
        if not is_expression(value) and (
            value not in choices or isinstance(value, bool) != isinstance(choices[0], bool)
        ):
            self.refuse(field, value, ", ".join(str(choice) for choice in choices))

    def each_once(self, *names: str) -> None:
        """Refuse a list that names something twice, in these fields or in all: AWS takes most of its lists for sets."""
        for name in names or [field.name for field in fields(self)]:  # type: ignore[arg-type] # as above
            value = getattr(self, name)
            listed = value if isinstance(value, list | tuple) else ()
            items = [item for item in listed if isinstance(item, str) or is_expression(item)]
            if any(item in items[:place] for place, item in enumerate(items)):
                self.refuse(name, value, "a list that names each once")


def is_expression(value: object) -> bool:
    """Whether CloudFormation resolves a value; who has not loaded troposphere (0.1 s) has made none."""
    troposphere = sys.modules.get("troposphere")
    return troposphere is not None and isinstance(value, troposphere.AWSHelperFn)


def is_network(value: object) -> bool:
    """Whether this is a network that leaves somebody out, or will be resolved."""
    try:
        return is_expression(value) or (isinstance(value, str) and ip_network(value).prefixlen > 0)
    except ValueError:
        return False


def is_within(networks: Iterable[object], network: object) -> bool:
    """Whether a network is part of one of these, of any where there is none; what will be resolved may be."""
    known = [ip_network(one) for one in networks if isinstance(one, str)]
    if not isinstance(network, str) or len(known) < len([*networks]):
        return True
    inner = ip_network(network)
    return not known or any(
        inner.prefixlen >= one.prefixlen and inner.supernet(new_prefix=one.prefixlen) == one for one in known
    )
