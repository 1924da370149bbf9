"""US dollars, as a pair of bounds where a price depends on what is not known."""

from __future__ import annotations

import math
from dataclasses import dataclass

LEAST = 1e-6
"""US dollars below which an amount is not written out."""
MOST_DECIMALS = 7


@dataclass(frozen=True)
class Money:
    """From ``low`` to ``high`` US dollars; both are the same where it is known."""

    low: float
    high: float

    def __add__(self, other: Money) -> Money:
        return Money(self.low + other.low, self.high + other.high)

    def times(self, factor: float) -> Money:
        """Return it ``factor`` times."""
        return Money(self.low * factor, self.high * factor)

    def __str__(self) -> str:
        if 0 < self.high < LEAST:
            return f"under ${LEAST:f}"
        low, high = _text(self.low), _text(self.high)
        return f"${low}" if low == high else f"${low}-{high}"


NOTHING = Money(0.0, 0.0)


def _text(value: float) -> str:
    """Return cents from ten of them on, and below that three digits that count."""
    if value >= 0.1 or value < 1e-9:
        return f"{value:,.2f}"
    return f"{value:.{min(MOST_DECIMALS, 2 - math.floor(math.log10(value)))}f}".rstrip("0").ljust(4, "0")
