"""The shop as `build.py` publishes it: what was chosen, and composed only when somebody asks for it."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from woo_stack.settings import Settings

if TYPE_CHECKING:
    from troposphere import Template

    from woo_stack.code import Inline
    from woo_stack.release import Environment, Listener, Release


@dataclass(frozen=True)
class ShopRelease:
    """A `Release` of the shop: its settings, the environments, and variants of the settings by the template's file.

    The templates are composed when they are first asked for, and yours to change from then on.
    """

    settings: Settings = field(default_factory=Settings)
    environments: "Mapping[str, Environment]" = field(default_factory=dict)
    variants: Mapping[str, Settings] = field(default_factory=dict)

    @cached_property
    def composed(self) -> "Release":
        """All that is published."""
        from woo_stack.release import composed

        return composed(self.settings, self.environments, self.variants)

    @property
    def templates(self) -> "Mapping[str, Template]":
        """The templates by file name."""
        return self.composed.templates

    @property
    def code(self) -> "Inline | None":
        """The bundled code."""
        return self.composed.code

    @property
    def bootstrap(self) -> "Template | None":
        """The template of the stack with which the others are deployed."""
        return self.composed.bootstrap

    @property
    def inputs(self) -> str | None:
        """The text that everything published follows from; None once somebody may have changed a template.

        None also for settings that are no literals, of which no text tells all.
        """
        try:
            return None if "composed" in vars(self) else json.dumps(asdict(self), sort_keys=True)
        except TypeError:
            return None

    def files(self, found: "Listener") -> dict[str, bytes]:
        """As `Release.files`."""
        return self.composed.files(found)


def release(
    settings: Settings | None = None,
    environments: "Mapping[str, Environment] | None" = None,
    variants: Mapping[str, Settings] | None = None,
) -> ShopRelease:
    """The shop with these settings, with its code inside and with its code from a bucket, and what deploys both.

    Code that must be signed is not published inside a template. `variants` are shops with other settings, by the name
    of the template's file.
    """
    return ShopRelease(settings or Settings(), environments or {}, variants or {})
