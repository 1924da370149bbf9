"""What the scheduler hands to a runner and what it gets back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from local_batch.json_object import Json

if TYPE_CHECKING:
    from collections.abc import Callable

ESSENTIAL_EXITED = "Essential container in task exited"
OUT_OF_MEMORY = "OutOfMemoryError: Container killed due to memory usage"


@dataclass(frozen=True, slots=True)
class Task:
    """One attempt of one job, ready to run: ``memory`` in MiB, ``container`` as DescribeJobs shows it."""

    id: str
    job_id: str
    image: str
    command: list[str] | None
    environment: dict[str, str]
    container: Json
    vcpus: float
    memory: int
    fargate: bool
    write: Callable[[list[str]], None]
    """Takes lines of the container's output, without their line ends."""
    record: Callable[[Json], None]
    """Writes down what was started, so that a later server can find and stop it."""
    close: Callable[[], None] = lambda: None
    """Is called after the last line."""
    labels: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a container ended. ``reason`` is the container's, where AWS gives one."""

    exit_code: int | None
    reason: str | None = None
    status_reason: str = ESSENTIAL_EXITED


class TaskStartError(Exception):
    """A container that could not be started; the text is the reason that AWS would show.

    ``status_reason`` is the task's, ``reason`` the container's.
    """

    def __init__(self, reason: str, status_reason: str = "Task failed to start") -> None:
        super().__init__(reason)
        self.reason = reason
        self.status_reason = status_reason


class Running(Protocol):
    """A container or process that has started."""

    def wait(self) -> Outcome:
        """Pass its output on until it ends, and say how it ended."""

    def terminate(self) -> None:
        """Ask it to end (SIGTERM). Never raises when it is gone already."""

    def kill(self) -> None:
        """End it (SIGKILL). Never raises when it is gone already."""


class Runner(Protocol):
    """Starts tasks."""

    kind: str

    def start(self, task: Task) -> Running:
        """Start a task. Raises TaskStartError."""

    def cleanup(self, records: list[Json]) -> list[str]:
        """Stop and remove what an earlier server left behind; return the job ids that were still running."""

    def close(self) -> None:
        """Give back what the runner holds."""
