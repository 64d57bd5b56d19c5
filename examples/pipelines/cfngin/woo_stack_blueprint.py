"""The shop as a CFNgin blueprint: output/ as it is, a stack named for its environment."""

import json
from pathlib import Path
from typing import Any

from runway.cfngin.blueprints.raw import RawTemplateBlueprint

OUTPUT = Path(__file__).resolve().parents[3] / "output"


class WooStack(RawTemplateBlueprint):
    """The published template and an environment's parameters; variables of the configuration go before those."""

    def __init__(self, name: str, context: Any, **given: Any) -> None:
        """Take the template from output/."""
        super().__init__(name, context, **{**given, "raw_template_path": OUTPUT / "woo-stack.json"})

    def resolve_variables(self, provided_variables: list[Any]) -> None:
        """Add the environment's parameters to those of the configuration."""
        super().resolve_variables(provided_variables)
        environment = json.loads((OUTPUT / "environments" / f"{self.name}.json").read_text())
        self._resolved_variables = {**environment["Parameters"], **(self._resolved_variables or {})}
