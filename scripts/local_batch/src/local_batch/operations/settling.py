"""Objects that change: CREATING, UPDATING or DELETING for a moment, then VALID or gone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from local_batch.scheduler.scheduler import Scheduler

SECONDS = 0.05
"""Long enough to be seen, short enough not to matter."""


def settle(scheduler: Scheduler, detail: dict[str, Any], reason: str) -> None:
    """Make a compute environment or queue VALID in a moment, with ``reason`` as its statusReason."""

    def settled() -> None:
        if detail["status"] in {"CREATING", "UPDATING"}:
            detail["status"] = "VALID"
            detail["statusReason"] = reason
            scheduler.wake()

    scheduler.after(SECONDS, settled)
