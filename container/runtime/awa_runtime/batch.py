"""What AWS Batch and awa-batch tell a job about itself, through the environment."""

from __future__ import annotations

import os
from functools import cache

from awa_runtime.index_map import IndexMap, parse_index_map
from awa_runtime.remote import RemoteError, is_uri, read_uri

INDEX_MAP = "AWA_BATCH_INDEX_MAP"
"""The original indexes of a retry's children, in order: ``3,17,40-52``, or the address of such a text."""

_OF_RETRY = "`awa-batch retry` sets it; on a laptop unset it, and set AWS_BATCH_JOB_ARRAY_INDEX alone."

ARRAY_SIZE = "AWA_BATCH_ARRAY_SIZE"
"""The size of the array that is retried."""


_DIGITS = 9
"""More than AWS Batch ever sets: an array has 10,000 children at most, a job 10 attempts."""


class VariableError(ValueError):
    """A variable that AWS Batch or awa-batch sets holds what it never has; ``str()`` is ready to be shown.

    The image's command shows it in place of a traceback and ends with 2.
    """

    def __init__(
        self, what: str, fix: str = "AWS Batch sets it in a job; on a laptop set such a value or unset it."
    ) -> None:
        super().__init__(f"{what}\n  {fix}")


def _number(name: str, lowest: int) -> int | None:
    """Return the whole number in the variable ``name``, or None where it is not set. Raises VariableError."""
    text = os.environ.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or len(text) > _DIGITS or int(text) < lowest:
        raise VariableError(f"{name} is {text[:40]!r}, not a whole number from {lowest} up.")
    return int(text)


def array_index() -> int | None:
    """Return this child's index in its array job, from 0; None in a job that is not an array child, and on a laptop.

    In a retry of some children (`awa-batch retry --failed-only`) it is the index that the child had in the original
    array, which AWS Batch itself does not know: always ask here, not AWS_BATCH_JOB_ARRAY_INDEX. To try one child on a
    laptop, set that variable. Raises VariableError if a variable holds no index.
    """
    position = _number("AWS_BATCH_JOB_ARRAY_INDEX", 0)
    text = os.environ.get(INDEX_MAP)
    if text is None:
        return position
    indexes = _index_map(text)
    place = position or 0  # a retry of one child is a plain job
    if place >= len(indexes):
        raise VariableError(f"{INDEX_MAP} has {len(indexes)} indexes; this is child {place}.", _OF_RETRY)
    return indexes[place]


def array_size() -> int | None:
    """Return the number of children of this array job (2 to 10,000); None where it is none.

    In a retry of some children it is the size of the original array.
    """
    return _number(ARRAY_SIZE, 1) or _number("AWS_BATCH_JOB_ARRAY_SIZE", 1)


def attempt() -> int:
    """Return which attempt this is, from 1. Raises VariableError if AWS_BATCH_JOB_ATTEMPT is no number."""
    return _number("AWS_BATCH_JOB_ATTEMPT", 1) or 1


def job_id() -> str | None:
    """Return this job's id (an array child's ends in ``:index``); None outside AWS Batch."""
    return os.environ.get("AWS_BATCH_JOB_ID")


@cache
def _index_map(text: str) -> IndexMap:
    try:
        return parse_index_map(read_uri(text) if is_uri(text) else text)
    except (RemoteError, FileNotFoundError, ValueError) as error:
        what, _, fix = str(error).partition("\n  ")
        raise VariableError(f"{INDEX_MAP}: {what}", fix or _OF_RETRY) from None
