"""The line that awa_runtime (container/runtime) writes at the end of an attempt: what it used."""

from __future__ import annotations

import json
from typing import Any

KEY = "awa_batch_usage"
_BEGINS = f'{{"{KEY}":'


def is_usage_line(message: str) -> bool:
    """Whether a line of a job's log is that one alone, which tells people nothing."""
    return message.startswith(_BEGINS)


def read_usage_line(message: str) -> dict[str, Any] | None:
    """Return what a line says; None where it is another, or was cut. A job may have written before it on the line."""
    _, begins, rest = message.partition(_BEGINS)
    if not begins:
        return None
    try:
        found, _ = json.JSONDecoder().raw_decode(rest)
    except (ValueError, RecursionError):  # whatever a job wrote
        return None
    return found if isinstance(found, dict) else None
