"""Ids as people type them and as a terminal shows them: a beginning that only one job has is enough."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from awa_batch.errors import UsageError
from awa_batch.history import resolve
from awa_batch.text import Field

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients

_UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_BEGINNING = re.compile(r"[0-9a-f]{4,8}|[0-9a-f]{8}-[0-9a-f-]{0,26}")
SHORT = 8
"""Letters of an id that a terminal shows, where they are enough to tell the jobs apart."""
LISTED_HOURS = 7 * 24.0
"""How far back jobs are looked for by a beginning: AWS Batch shows ended jobs for about seven days."""


def is_beginning(text: str) -> bool:
    """Whether a text may be the beginning of a job's id rather than one."""
    return _BEGINNING.fullmatch(text.partition(":")[0]) is not None


def ids_of(clients: Clients, ids: Sequence[str], field: str = "job_id") -> list[str]:
    """Return job ids: of references and ARNs as `resolve` does, and of beginnings of at least four letters.

    A beginning is looked for among this clone's submissions, then among the environment's recent jobs. What no job
    begins with is returned as it is. Raises UsageError where several jobs do, and as `resolve` does; CallError.
    """
    found = resolve(clients.contract.environment, ids, field)
    if not any(map(is_beginning, found)):
        return found
    from awa_batch.history import recent

    own = {entry.job_id for entry in recent(clients.contract.environment, 10_000)}
    listed: set[str] | None = None
    whole = []
    for text in found:
        job_id, colon, index = text.partition(":")
        if is_beginning(text):
            known = _begins(job_id, own)
            if not known:
                if listed is None:
                    listed = _listed(clients)
                known = _begins(job_id, listed)
            if len(known) > 1:
                raise UsageError(
                    Field(field, text),
                    f": {len(known)} jobs begin so: {', '.join(known[:3])}{', …' if len(known) > 3 else ''}.",
                    fix="Write more of the id.",
                )
            job_id = known[0] if known else job_id
        whole.append(f"{job_id}{colon}{index}")
    return whole


def _begins(text: str, ids: Iterable[str]) -> list[str]:
    return sorted(job_id for job_id in ids if job_id.startswith(text))


def _listed(clients: Clients) -> set[str]:
    from awa_batch.observe import list_recent

    return {job.id for job in list_recent(clients.batch, clients.contract, hours=LISTED_HOURS)}


def shown_ids(ids: Iterable[str]) -> dict[str, str]:
    """Return id → what a table shows: on a terminal a beginning that none of the others has, elsewhere all of it."""
    given = list(dict.fromkeys(ids))
    if not sys.stdout.isatty():
        return {job_id: job_id for job_id in given}
    bases = {job_id.partition(":")[0] for job_id in given}
    shown = {}
    for job_id in given:
        base, colon, index = job_id.partition(":")
        length = SHORT
        while length < len(base) and any(other != base and other.startswith(base[:length]) for other in bases):
            length += 1
        shown[job_id] = f"{base[:length] if _UUID.fullmatch(base) else base}{colon}{index}"
    return shown
