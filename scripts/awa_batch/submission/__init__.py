"""Send a request, once: an unclear answer is resolved by looking the job's unique name up before sending again.

Per-job scripts in ``jobs/`` are written on ``awa_batch.script.run``, which does all of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from awa_batch.submission.deliver import put_uploads, send_request
    from awa_batch.submission.single import Submitted, submit_request

__all__ = ["Submitted", "put_uploads", "send_request", "submit_request"]


def __getattr__(name: str) -> Any:
    """Import what sends when it is asked for: a dry run does without."""
    if name in ("put_uploads", "send_request"):
        from awa_batch.submission import deliver

        return getattr(deliver, name)
    if name in ("Submitted", "submit_request"):
        from awa_batch.submission import single

        return getattr(single, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
