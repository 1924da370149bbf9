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
    network: str | None = None
    """What a runner's ``open_network`` returned, of a container that shares its task's network."""
    volumes: str | None = None
    """What the names of volumes that a task's containers share begin with; None where they are its own."""
    started: Callable[[Task, Container], None] = lambda _task, _container: None
    """Is told what was started."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a container ended, or a task of several. ``reason`` is the container's, where AWS gives one."""

    exit_code: int | None
    reason: str | None = None
    status_reason: str = ESSENTIAL_EXITED
    containers: tuple[tuple[str, Outcome], ...] = ()
    """Of a task with several containers: each one's name and how it ended."""


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


@dataclass(frozen=True, slots=True)
class ContainerFacts:
    """What a container is called where it runs, and under which addresses it is reached there."""

    id: str = ""
    name: str = ""
    image_id: str = ""
    network_mode: str = "host"
    addresses: tuple[str, ...] = ()


class Container(Running, Protocol):
    """One container, or the process that stands for it."""

    def facts(self) -> ContainerFacts:
        """Say what it is called."""

    def stats(self) -> Json | None:
        """Say what it uses, as Docker's ContainerStats does; None where it has ended. May take a second or two."""


class Runner(Protocol):
    """Starts tasks."""

    kind: str
    cpus: float
    """Cores of the machine that jobs run on: an engine may be in a virtual machine with fewer."""

    def start(self, task: Task) -> Container:
        """Start a task. Raises TaskStartError."""

    def open_network(self, task: Task) -> str | None:
        """Make what several containers of a task share, ``task`` being any of them. Raises TaskStartError."""

    def close_network(self, network: str | None, volumes: str) -> None:
        """Take away a task's network, and its volumes, whose names begin with ``volumes``."""

    def cleanup(self, records: list[Json]) -> list[str]:
        """Stop and remove what an earlier server left behind; return the job ids that were still running."""

    def close(self) -> None:
        """Give back what the runner holds."""
