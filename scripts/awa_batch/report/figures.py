"""What jobs used and what they cost: the one place where the report gets it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

    from awa_batch.batch.clients import Clients


@dataclass(frozen=True)
class Figures:
    """Of one job: the most memory it had (MiB), the cores it used on average, what it cost (US dollars).

    None is what nobody measured or what has no known price: the report shows it as missing, never as 0.
    """

    memory: float | None = None
    cores: float | None = None
    cost: float | None = None


def figures_of(clients: Clients, details: Iterable[JobDetailTypeDef]) -> dict[str, Figures]:
    """Return id → figures of those jobs of which any are known, for up to 100 jobs at a time.

    Nothing measures or prices jobs yet. What will is called here; the page has the columns for it.
    """
    del clients, details
    return {}
