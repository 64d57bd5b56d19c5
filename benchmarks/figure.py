"""What a benchmark tells."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """A number by name; ``most`` is the goal that it must not exceed, None for just a number."""

    name: str
    value: float
    unit: str
    most: float | None = None

    @property
    def is_met(self) -> bool:
        """Whether it is within its goal."""
        return self.most is None or self.value <= self.most
