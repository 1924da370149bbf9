"""The errors of this package: what is wrong, what to do about it, and an exit code.

A caller tells errors apart by their classes and may say remedies of its own: ``fix`` names no command, and no error
names a flag. An error about an option has its name and value in ``option``: a command line says them as a flag.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, NamedTuple

if TYPE_CHECKING:
    from local_batch.state import ServerInfo


def flag(option: str) -> str:
    """Return an option as it is typed: ``--max-vcpus``."""
    return "--" + option.replace("_", "-")


class Given(NamedTuple):
    """An option of the server (a name of `local_batch.options`) as it was given."""

    name: str
    value: object

    @property
    def value_text(self) -> str:
        """The value as it would be typed."""
        return f"{self.value:g}" if isinstance(self.value, float) else str(self.value)


class LocalBatchError(Exception):
    """Base of every error that is raised on purpose: ``what`` is one line, ``fix`` one line of what to do.

    Where ``option`` is at fault, ``problem`` goes on after its name and value: ``Given("port", 80)`` and " is taken.".
    """

    exit_code: ClassVar[int] = 1

    def __init__(self, problem: str, *, fix: str = "", option: Given | None = None) -> None:
        self.problem = problem
        self.option = option
        self.fix = fix
        super().__init__(self.what)

    @property
    def what(self) -> str:
        """What is wrong, the option by its name (``port 80``)."""
        return f"{self.option.name} {self.option.value_text}{self.problem}" if self.option else self.problem

    @property
    def what_with_flag(self) -> str:
        """What is wrong, the option as the flag that was typed (``--port 80``)."""
        return f"{flag(self.option.name)} {self.option.value_text}{self.problem}" if self.option else self.problem

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
