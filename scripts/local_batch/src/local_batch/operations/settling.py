"""Objects that change: CREATING, UPDATING or DELETING for a moment, then VALID or gone."""

from __future__ import annotations

import logging
import threading
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.scheduler.scheduler import Scheduler

log = logging.getLogger(__name__)

SECONDS = 0.05
"""Long enough to be seen, short enough not to matter."""


CHANGING = ("CREATING", "UPDATING", "DELETING")
"""The status in which AWS changes and deletes nothing: "resource is being modified" (the EC2 Spot workshops of AWS show
it of DeleteComputeEnvironment right after an update)."""


def settle(
    scheduler: Scheduler, detail: dict[str, Any], reason: str, why_not: Callable[[], str | None] | None = None
) -> None:
    """Make a compute environment or queue VALID in a moment, with ``reason`` as its statusReason.

    It becomes INVALID where ``why_not``, which is called without the lock, returns another reason.
    """

    def settled(invalid: str | None = None) -> None:
        if detail["status"] in {"CREATING", "UPDATING"}:
            detail["status"] = "VALID" if invalid is None else "INVALID"
            detail["statusReason"] = invalid or reason
            scheduler.wake()

    def look() -> None:
        try:
            invalid = why_not() if why_not is not None else None
        except Exception:  # a fault of ours, or moto's, must not leave it CREATING
            log.exception("what a compute environment names could not be looked at")
            invalid = None
        with scheduler.lock:
            settled(invalid)

    def start() -> None:
        threading.Thread(target=look, name="look", daemon=True).start()

    scheduler.after(SECONDS, settled if why_not is None else start)
