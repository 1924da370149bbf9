"""A least and a greatest value."""

from __future__ import annotations

from typing import NamedTuple


class Bounds(NamedTuple):
    """The values from ``least`` to ``most``, both included."""

    least: float
    most: float

    def hold(self, value: float) -> bool:
        """Say whether a value lies within the bounds."""
        return self.least <= value <= self.most

    def __str__(self) -> str:
        return f"between {self.least:.10g} and {self.most:.10g}"
