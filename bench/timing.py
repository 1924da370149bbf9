"""Time commands in turns, so that a busy moment of the machine hits all of them alike."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """Seconds of several runs of one thing."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """The middle run."""
        return statistics.median(self.seconds)

    @property
    def worst(self) -> float:
        """The slowest run."""
        return max(self.seconds)


def in_turns(things: Mapping[str, Callable[[], object]], rounds: int, *, warm_up: int = 1) -> dict[str, Sample]:
    """Call each of ``things`` once a round and return name → its times; warm-up rounds do not count."""
    times: dict[str, list[float]] = {name: [] for name in things}
    for turn in range(-warm_up, rounds):
        for name, thing in things.items():
            started = time.perf_counter()
            thing()
            if turn >= 0:
                times[name].append(time.perf_counter() - started)
    return {name: Sample(name, tuple(runs)) for name, runs in times.items()}


def command(arguments: Sequence[str], env: Mapping[str, str] | None = None) -> Callable[[], None]:
    """Return a call that runs a whole process and fails if it does."""

    def call() -> None:
        subprocess.run(arguments, env=env, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    return call
