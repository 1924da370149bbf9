"""Find a queue or job definition by its logical name, its full name or its ARN, and a schedule by its name."""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from typing import TypeVar

from awa_batch.contract.model import Contract, JobDefinition, Queue, Schedule
from awa_batch.errors import NotAppliedError, UsageError
from awa_batch.text import Field

_T = TypeVar("_T", Queue, JobDefinition)


def find_queue(contract: Contract, name: str, field: str = "queue") -> Queue:
    """Return the queue that ``name`` (logical name, full name or ARN) means.

    ``field`` is what the user said it with. Raises UsageError, which names the nearest one.
    """
    return _find(contract.queues, name, field, "job queue", contract)


def find_job_definition(contract: Contract, name: str) -> JobDefinition:
    """Return the job definition that ``name`` (logical name, full name, ``name:revision`` or ARN) means.

    Raises NotAppliedError where the environment has none yet, UsageError for a name that it does not have.
    """
    if not contract.job_definitions:
        raise NotAppliedError(
            f"Environment {contract.environment!r} has no job definitions: no image has been released to it yet.",
            fix=("Run ", contract.target.release_step, " and ", contract.target.apply_step, "."),
        )
    return _find(contract.job_definitions, name, "definition", "job definition", contract)


def _find(offered: Mapping[str, _T], name: str, field: str, what: str, contract: Contract) -> _T:
    if name in offered:
        return offered[name]
    for entry in offered.values():
        if name in (entry.name, entry.arn, f"{entry.name}:{entry.arn.rsplit(':', 1)[1]}"):
            return entry
    near = difflib.get_close_matches(name, [*offered, *(entry.name for entry in offered.values())], n=1)
    raise UsageError(
        Field(field),
        f": {contract.environment} has no {what} {name!r}.",
        fix=(f"Did you mean {near[0]!r}? " if near else "") + f"It has: {', '.join(sorted(offered))}.",
    )


def find_schedule(contract: Contract, name: str) -> Schedule:
    """Return the schedule of this name. Raises UsageError, which names the nearest one."""
    if name in contract.schedules:
        return contract.schedules[name]
    near = difflib.get_close_matches(name, contract.schedules, n=1)
    there = f"It has: {', '.join(sorted(contract.schedules))}." if contract.schedules else "It has none."
    raise UsageError(
        Field("schedule"),
        f": {contract.environment} has no schedule {name!r}.",
        fix=(f"Did you mean {near[0]!r}? " if near else "") + there,
    )
