"""Write indexes short, ``3,17,40-52``: what a retry's children read through ``awa_runtime.array_index()``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from awa_batch.batch.jobs import array_index
from awa_batch.errors import AwsError

if TYPE_CHECKING:
    from mypy_boto3_batch.type_defs import JobDetailTypeDef

INDEX_MAP = "AWA_BATCH_INDEX_MAP"


def write_indexes(indexes: Sequence[int]) -> str:
    """Return ``indexes``, in their order, with runs of three and more as ranges."""
    parts: list[str] = []
    start = 0
    while start < len(indexes):
        end = start
        while end + 1 < len(indexes) and indexes[end + 1] == indexes[end] + 1:
            end += 1
        if end - start >= 2:
            parts.append(f"{indexes[start]}-{indexes[end]}")
        else:
            parts += map(str, indexes[start : end + 1])
        start = end + 1
    return ",".join(parts)


def read_indexes(text: str) -> list[int]:
    """Return what `write_indexes` wrote. Raises AwsError for anything else: somebody set the variable by hand."""
    indexes: list[int] = []
    try:
        for part in text.strip().split(","):
            first, sign, last = part.partition("-")
            indexes += range(int(first), int(last if sign else first) + 1)
    except ValueError:
        raise AwsError(
            f"The job's AWA_BATCH_INDEX_MAP is not a list of indexes: {text[:40]!r}.", fix="Submit it anew."
        ) from None
    return indexes


def variables_of(detail: JobDetailTypeDef) -> dict[str, str]:
    """Return the variables that a job's container was given, name → value."""
    pairs = (detail.get("container") or {}).get("environment") or ()
    return {pair.get("name", ""): pair.get("value", "") for pair in pairs}


def original_index(detail: JobDetailTypeDef) -> int | None:
    """Return the index that a retried child had in the original array; None of any other job.

    None too where the map lies in S3, as that of many scattered children does.
    """
    text = variables_of(detail).get(INDEX_MAP, "")
    if not text or text.startswith("s3://"):
        return None
    try:
        known = read_indexes(text)
    except AwsError:
        return None
    place = array_index(detail) or 0
    return known[place] if place < len(known) else None
