"""Which jobs that name a released definition run on its candidate, while that has a share of them."""

from __future__ import annotations

import hashlib

from awa_batch.contract.model import Contract, JobDefinition

ENDING = "-green"
"""What a candidate's logical name has behind that of the released definition (modules/platform)."""


def candidate_for(contract: Contract, definition: JobDefinition, job_name: str) -> JobDefinition | None:
    """Return the candidate that a job of this name goes to, None where it stays with ``definition``.

    The same name always has the same answer, so that a submission whose answer was lost is the same one again.
    """
    if definition.slot != "blue":
        return None
    logical = next((name for name, entry in contract.job_definitions.items() if entry is definition), None)
    candidate = contract.job_definitions.get(f"{logical}{ENDING}") if logical else None
    return candidate if candidate is not None and _place(job_name) < candidate.share else None


def _place(job_name: str) -> int:
    """Return a number from 0 to 99 that a name always has."""
    return int.from_bytes(hashlib.sha256(job_name.encode()).digest()[:8], "big") % 100
