"""What AWS Batch tells a job about itself, through the environment."""

from __future__ import annotations

import os


def _number(name: str, lowest: int) -> int | None:
    """Return the whole number in the variable ``name``, or None where it is not set. Raises ValueError."""
    text = os.environ.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit()) or int(text) < lowest:
        raise ValueError(f"{name} is {text!r}, not a whole number from {lowest} up.")
    return int(text)


def array_index() -> int | None:
    """Return this child's index in its array job, from 0; None in a job that is no array child, and on a laptop.

    To try one child on a laptop, set AWS_BATCH_JOB_ARRAY_INDEX. Raises ValueError if it is no whole number.
    """
    return _number("AWS_BATCH_JOB_ARRAY_INDEX", 0)


def array_size() -> int | None:
    """Return the number of children of this array job (2 to 10,000); None where AWS Batch does not set it."""
    return _number("AWS_BATCH_JOB_ARRAY_SIZE", 1)


def attempt() -> int:
    """Return which attempt this is, from 1. Raises ValueError if AWS_BATCH_JOB_ATTEMPT is no whole number."""
    return _number("AWS_BATCH_JOB_ATTEMPT", 1) or 1


def job_id() -> str | None:
    """Return this job's id (an array child's ends in ``:index``); None outside AWS Batch."""
    return os.environ.get("AWS_BATCH_JOB_ID")
