"""What a job waits for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final, Literal

from awa_batch import limits
from awa_batch.errors import UsageError
from awa_batch.text import Field

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDependencyTypeDef

N_TO_N: Final = "N_TO_N"


def split_dependency(text: str) -> tuple[str, Literal["N_TO_N"] | None]:
    """Return the job's id and the type of ``ID`` or ``ID:N_TO_N``. Raises UsageError for another type.

    A number after the colon belongs to the id: it is an array's child.
    """
    job_id, sign, kind = text.strip().rpartition(":")
    if not sign or kind.isdigit():
        job_id, kind = text.strip(), ""
    if not job_id or any(character.isspace() for character in job_id):
        raise UsageError(
            Field("depends_on", text),
            " is not a job id.",
            fix=("Write ", Field("depends_on", "ID"), f", or ID:{N_TO_N} between two arrays."),
        )
    if kind not in ("", N_TO_N):
        raise UsageError(
            Field("depends_on", text),
            f": there is no type {kind!r} for a dependency on a job.",
            fix=("Use ", Field("sequential"), ", which takes no id.")
            if kind == "SEQUENTIAL"
            else f"Use {job_id} or {job_id}:{N_TO_N}.",
        )
    return job_id, N_TO_N if kind else None


def depends_on(given: Sequence[str], *, sequential: bool, array_size: int | None) -> list[JobDependencyTypeDef]:
    """Return SubmitJob's ``dependsOn``. Raises UsageError.

    ``sequential`` lets an array's children run one after the other; N_TO_N lets each child wait for its counterpart.
    """
    limits.check_depends_on([*given, *(("SEQUENTIAL",) if sequential else ())])
    entries: list[JobDependencyTypeDef] = []
    for text in given:
        job_id, kind = split_dependency(text)
        if kind == N_TO_N and array_size is None:
            raise UsageError(
                Field("depends_on", text),
                f": {N_TO_N} pairs the children of two arrays, and this job is none.",
                fix=("Add ", Field("array", "N"), ", or write ", Field("depends_on", job_id), "."),
            )
        if any(entry.get("jobId") == job_id for entry in entries):
            raise UsageError(Field("depends_on", job_id), " is there twice.", fix="Name each job once.")
        entries.append({"jobId": job_id, "type": kind} if kind else {"jobId": job_id})
    if sequential:
        if array_size is None:
            raise UsageError(
                Field("sequential"),
                " orders the children of an array, and this job is none.",
                fix=("Add ", Field("array", "N"), "."),
            )
        entries.append({"type": "SEQUENTIAL"})
    return entries
