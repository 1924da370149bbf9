"""Job ids as people give them: an id, a job's ARN, or ``@last`` and ``@N`` for what this clone submitted."""

from __future__ import annotations

import re
from collections.abc import Sequence

from awa_batch.errors import UsageError
from awa_batch.history.file import recent
from awa_batch.text import Command, Field

_ARN = re.compile(r"arn:[^:]+:batch:[^:]*:[^:]*:job/([^/]+)")
"""arn:aws:batch:REGION:ACCOUNT:job/ID, of a child with :INDEX (Service Authorization Reference, AWS Batch: job)."""

_REFERENCE = re.compile(r"@(last|[1-9][0-9]{0,5})(:[0-9]+)?")


def resolve(environment: str, ids: Sequence[str], field: str = "job_id") -> list[str]:
    """Return job ids: of ``@last`` (the newest submission), ``@2`` (the one before it) and so on, of ARNs, of ids.

    ``@last:7`` is a child of the array; ``field`` is where the ids were given. Raises UsageError for an empty id, and
    for a reference that is malformed or goes too far back.
    """
    return [_resolved(environment, text.strip(), field) for text in ids]


def _resolved(environment: str, text: str, field: str) -> str:
    if not text:
        raise UsageError(Field(field), " is empty.", fix="Check the variable that it comes from, or write @last.")
    if (arn := _ARN.fullmatch(text)) is not None:
        return arn[1]
    if not text.startswith("@"):
        return text
    match = _REFERENCE.fullmatch(text)
    if match is None:
        raise UsageError(
            Field(field, text),
            " is not a reference to a job.",
            fix="Write a job id, @last, @2 for the one before it, or @last:7 for a child of an array.",
        )
    back = 1 if match[1] == "last" else int(match[1])
    known = recent(environment, back)
    if len(known) < back:
        raise UsageError(
            Field(field, text),
            f": this clone has submitted {len(known) or 'no'} job{'s' * (len(known) != 1)} to {environment}.",
            fix=("List the jobs of the environment with ", Command("status"), "."),
        )
    return known[-1].job_id + (match[2] or "")
