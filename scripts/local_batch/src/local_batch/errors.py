"""The errors of the local AWS Batch: what is wrong, what to do about it, and an exit code."""

from __future__ import annotations

from typing import ClassVar


class LocalBatchError(Exception):
    """Base of every error that is raised on purpose: ``what`` is one line, ``fix`` one line of what to do."""

    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, fix: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what}\n  {self.fix}" if self.fix else self.what


class UsageError(LocalBatchError):
    """Wrong usage: nothing was started (exit 2)."""

    exit_code = 2


class ToolError(LocalBatchError):
    """The server, or a program that it needs, does not work (exit 1)."""

    exit_code = 1


class NotRunningError(LocalBatchError):
    """There is no running server (exit 4)."""

    exit_code = 4
