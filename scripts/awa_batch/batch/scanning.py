"""What is asked of a registry's scan of an image: how bad is too bad, and how long it is waited for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

SEVERITIES = ("CRITICAL", "HIGH", "MEDIUM", "LOW", "INFORMATIONAL", "UNDEFINED")
"""From the worst (ECR's model: FindingSeverity; what enhanced scanning calls UNTRIAGED counts as UNDEFINED)."""


class Scan(NamedTuple):
    """``severity`` or worse is refused; ``seconds`` is how long the scan's end is waited for."""

    severity: str
    seconds: float


def at_least(counts: Mapping[str, int], severity: str) -> dict[str, int]:
    """Return the counts of a severity and of all that are worse."""
    worst = SEVERITIES[: SEVERITIES.index(severity) + 1]
    return {name: count for name, count in counts.items() if name in worst}
