"""The errors of this package: what is wrong, what to do about it, and an exit code.

A caller tells errors apart by their classes and may say remedies of its own: ``fix`` names no command.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from local_batch.state import ServerInfo


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


class ServerSilentError(ToolError):
    """The server's process is there but does not answer: it is not taken for gone, since its jobs may be running."""

    def __init__(self, last: ServerInfo, seconds: float) -> None:
        super().__init__(
            f"The local AWS (pid {last.pid}) is there but has not answered for {seconds:.0f} s.",
            fix="Try again, or stop it with its jobs.",
        )
        self.last = last


class RefusedError(ToolError):
    """The server refused a call of its own, with its words."""


class NotRunningError(LocalBatchError):
    """There is no running server (exit 4)."""

    exit_code = 4


class ServerGoneError(NotRunningError):
    """server.json names a server that is not there any more: it was killed, or the machine restarted.

    All that it held was in memory, so all of it is gone: whoever built on it builds again.
    """

    def __init__(self, last: ServerInfo) -> None:
        super().__init__(
            f"The local AWS (pid {last.pid}, started {last.started_at}) is gone: killed, or the machine restarted.",
            fix="Start it again: it begins empty.",
        )
        self.last = last
