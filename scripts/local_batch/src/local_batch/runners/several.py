"""Runs a task of several containers: in the order of their dependencies, until an essential one ends.

Sources: Amazon ECS Developer Guide, "Container dependency" and ContainerDefinition (API reference): a container starts
once what it depends on is there; a task's containers stop in the reverse order; when an essential one ends, all do.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from local_batch.runners.base import Outcome, TaskStartError

if TYPE_CHECKING:
    from local_batch.runners.base import Container, Runner, Running, Task

NOT_STARTED = "Task failed to start"


@dataclass(frozen=True, slots=True)
class Member:
    """One container of a task. ``depends_on`` is name → START, COMPLETE or SUCCESS; timeouts are seconds."""

    name: str
    task: Task
    essential: bool = True
    depends_on: dict[str, str] = field(default_factory=dict)
    start_timeout: float | None = None
    stop_timeout: float = 30.0


@dataclass(frozen=True, slots=True)
class Several:
    """The containers of one task, in the definition's order."""

    members: tuple[Member, ...]

    @property
    def stop_seconds(self) -> float:
        """How long stopping them may take, one after the other, before what is left is killed."""
        return sum(member.stop_timeout for member in self.members)


def start(runner: Runner, work: Task | Several) -> Running:
    """Start a task of one container or of several. Raises TaskStartError where its only container does not start."""
    return RunningTask(runner, work) if isinstance(work, Several) else _started(runner, work)


def close(work: Task | Several) -> None:
    """Have every container's output closed, whatever has become of it."""
    for task in [member.task for member in work.members] if isinstance(work, Several) else [work]:
        task.close()


def _started(runner: Runner, task: Task) -> Container:
    running = runner.start(task)
    task.started(task, running)
    return running


class _State:
    """What is known of one container while its task runs."""

    __slots__ = ("ended_at", "member", "outcome", "running", "started")

    def __init__(self, member: Member) -> None:
        self.member = member
        self.running: Running | None = None
        self.started = False
        self.outcome: Outcome | None = None
        self.ended_at = 0.0


class RunningTask:
    """A task of several containers, each in a thread of its own."""

    def __init__(self, runner: Runner, several: Several) -> None:
        self._runner = runner
        self._changed = threading.Condition()
        self._states = {member.name: _State(member) for member in several.members}
        self._stopping = False
        self._volumes = several.members[0].task.id
        self._network = runner.open_network(several.members[0].task)
        self._threads = [
            threading.Thread(target=self._run, args=(state,), daemon=True) for state in self._states.values()
        ]
        for thread in self._threads:
            thread.start()

    def wait(self) -> Outcome:
        """Wait for the end of all containers. The first essential one that ended decides what becomes of the job."""
        try:
            for thread in self._threads:
                thread.join()
        finally:
            self._runner.close_network(self._network, self._volumes)
        essential = [state for state in self._states.values() if state.member.essential]
        deciding = min(essential, key=lambda state: (not state.started, state.ended_at))
        outcome = deciding.outcome or Outcome(None, None, NOT_STARTED)
        failed = next(
            (one.outcome for one in essential if one.outcome and not one.started and one.outcome.reason), None
        )
        if failed is not None and not deciding.started:
            outcome = failed
        ends = tuple((name, state.outcome or Outcome(None)) for name, state in self._states.items())
        return replace(outcome, containers=ends)

    def terminate(self) -> None:
        """Stop all containers in order: SIGTERM, and SIGKILL after the time that each one has."""
        with self._changed:
            self._begin_stop()

    def kill(self) -> None:
        """SIGKILL to all that run."""
        with self._changed:
            self._stopping = True
            self._changed.notify_all()
            running = [state.running for state in self._states.values() if state.running and not state.outcome]
        for one in running:
            one.kill()

    # -- a container's thread -----------------------------------------------------------------------------------

    def _run(self, state: _State) -> None:
        member = state.member
        outcome = self._wait_for_turn(state)
        if outcome is None:
            try:
                running = _started(self._runner, replace(member.task, network=self._network, volumes=self._volumes))
            except TaskStartError as error:
                outcome = Outcome(None, error.reason, error.status_reason)
            else:
                with self._changed:
                    state.running, state.started = running, True
                    self._changed.notify_all()
                try:
                    outcome = running.wait()
                except Exception as error:  # a fault of ours must end the job, not lose it
                    outcome = Outcome(None, f"InternalError: {type(error).__name__}: {error}")
        member.task.close()
        with self._changed:
            state.outcome, state.ended_at = outcome, time.monotonic()
            self._changed.notify_all()
            if member.essential:
                self._begin_stop()

    def _wait_for_turn(self, state: _State) -> Outcome | None:
        """Wait for what a container depends on. Return its end where it can no longer start."""
        member = state.member
        deadline = None if member.start_timeout is None else time.monotonic() + member.start_timeout
        with self._changed:
            while True:
                if self._stopping:
                    return Outcome(None, None, NOT_STARTED)
                waits = [name for name, condition in member.depends_on.items() if not self._holds(name, condition)]
                if not waits:
                    return None
                if gone := next((name for name in waits if self._states[name].outcome), None):
                    words = f"DependencyError: container {gone}, which {member.name} depends on, did not end well"
                    return Outcome(None, words, NOT_STARTED)
                left = None if deadline is None else deadline - time.monotonic()
                if left is not None and left <= 0:
                    words = f"DependencyError: {member.name} waited for {', '.join(waits)} longer than its startTimeout"
                    return Outcome(None, words, NOT_STARTED)
                self._changed.wait(left)

    def _holds(self, name: str, condition: str) -> bool:
        state = self._states[name]
        if condition == "START":
            return state.started
        ended = state.started and state.outcome is not None
        return ended and (condition == "COMPLETE" or (state.outcome is not None and state.outcome.exit_code == 0))

    # -- stopping -----------------------------------------------------------------------------------------------

    def _begin_stop(self) -> None:
        """Have all containers stopped; called with the lock held."""
        if not self._stopping:
            self._stopping = True
            self._changed.notify_all()
            threading.Thread(target=self._stop_in_order, daemon=True).start()

    def _stop_in_order(self) -> None:
        """SIGTERM to whatever no running container depends on, until none runs; SIGKILL to those that take too long."""
        kill_at: dict[str, float] = {}
        killed: set[str] = set()
        while True:
            actions: list[Callable[[], None]] = []
            with self._changed:
                # One that is being started now is stopped as soon as it runs.
                alive = {name: state for name, state in self._states.items() if state.outcome is None}
                if not alive:
                    return
                needed = {other for state in alive.values() for other in state.member.depends_on}
                for name, state in alive.items():
                    if state.running is None or name in needed:
                        continue
                    if name not in kill_at:
                        kill_at[name] = time.monotonic() + state.member.stop_timeout
                        actions.append(state.running.terminate)
                    elif name not in killed and time.monotonic() >= kill_at[name]:
                        killed.add(name)
                        actions.append(state.running.kill)
                if not actions:
                    due = [moment for name, moment in kill_at.items() if name in alive and name not in killed]
                    self._changed.wait(max(0.0, min(due) - time.monotonic()) if due else None)
            for act in actions:
                act()
