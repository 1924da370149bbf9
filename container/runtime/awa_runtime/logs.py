"""Logging to stdout, where AWS Batch picks it up line by line: plain text, or one JSON object a line."""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from io import TextIOWrapper
from typing import Any

from awa_runtime.batch import array_index, attempt, job_id
from awa_runtime.config import EXIT_REFUSED
from awa_runtime.masking import masked

FORMATS = ("plain", "json")
_LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL")
_TALKATIVE = ("boto3", "botocore", "s3transfer", "urllib3")  # what they say at INFO is theirs, not the job's
_STANDARD = frozenset(vars(logging.makeLogRecord({}))) | {"message", "asctime", "taskName"}


def configure_logging(style: str | None = None, level: str | None = None) -> None:
    """Send the root logger to stdout, unbuffered, as ``plain`` text or ``json``.

    Defaults: LOG_FORMAT, else plain; LOG_LEVEL, else INFO. In JSON each line holds time (UTC, milliseconds), level,
    logger, message, what ``extra=`` gave, the exception, and in AWS Batch the job's id, attempt and array index. Values
    under names that sound like secrets are masked; a character that stdout's encoding does not have is written as an
    escape. Raises ValueError for an unknown format or level in the code; a variable that says one ends the job with 2.
    """
    style = style or _variable("LOG_FORMAT", FORMATS) or "plain"
    if style.lower() not in FORMATS:
        raise ValueError(f"The format is {style!r}; use {' or '.join(FORMATS)}.")
    style = style.lower()
    level = (level or _variable("LOG_LEVEL", _LEVELS) or "INFO").upper()
    if level not in _LEVELS:
        raise ValueError(f"The level is {level!r}; use one of {', '.join(_LEVELS)}.")
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(line_buffering=True, errors="backslashreplace")
    handler = logging.StreamHandler(sys.stdout)
    handler.setFormatter(_JsonFormatter() if style == "json" else _PlainFormatter())
    logging.basicConfig(level=level, handlers=[handler], force=True)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.NOTSET if level == "DEBUG" else logging.WARNING)


def _variable(name: str, known: Sequence[str]) -> str:
    """Return what a variable says; where that is not known, say so and exit with 2, as for a wrong configuration."""
    said = os.environ.get(name, "")
    if said and said.lower() not in map(str.lower, known):
        print(f"{name} is {said!r}.\n  Set it to one of {', '.join(known)}, or unset it.", file=sys.stderr, flush=True)
        raise SystemExit(EXIT_REFUSED)
    return said


def _time(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


class _PlainFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: ARG002, N802
        return _time(record)


class _JsonFormatter(logging.Formatter):
    def __init__(self) -> None:
        super().__init__()
        about = {"job_id": job_id(), "attempt": attempt() if job_id() else None, "array_index": array_index()}
        self._about = {name: value for name, value in about.items() if value is not None}

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": _time(record),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **self._about,
            **masked({name: value for name, value in vars(record).items() if name not in _STANDARD}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)
