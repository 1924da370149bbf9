"""How far a push is: a bar for each layer on a terminal, else a line now and then."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

from awa_batch.cli.options import say
from awa_batch.cli.render import console
from awa_batch.images.push_progress import LayerProgress, Pushing

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

APART = 10.0
"""Seconds between two lines of one layer where there is no terminal."""
_LEAST = 1_000_000
"""Bytes of a layer that is worth a line where there is no terminal."""


@contextlib.contextmanager
def pushing_shown() -> Iterator[Pushing]:
    """Give what shows the layers of a push on stderr. Nothing is shown before the first layer is on its way."""
    shown = _Bars() if sys.stderr.isatty() else _Lines()
    try:
        yield shown
    finally:
        if isinstance(shown, _Bars):
            shown.end()


class _Bars:
    """A bar for each layer that is on its way; the bars are gone when all of them are there."""

    def __init__(self) -> None:
        self._bars: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._moving: set[str] = set()

    def __call__(self, progress: LayerProgress) -> None:
        if progress.state in ("pushing", "retrying"):
            bars = self._begun()
            if progress.layer not in self._tasks:
                self._tasks[progress.layer] = bars.add_task(progress.layer, total=progress.total or None)
            self._moving.add(progress.layer)
            again = progress.state == "retrying"
            bars.update(
                self._tasks[progress.layer],
                description=f"{progress.layer} again" if again else progress.layer,
                completed=min(progress.done, progress.total) if progress.total else progress.done,
                total=progress.total or None,
            )
        elif progress.state in ("pushed", "known") and progress.layer in self._moving:
            self._moving.discard(progress.layer)
            if self._bars is not None:
                task = self._tasks[progress.layer]
                total = next((one.total for one in self._bars.tasks if one.id == task), None)
                self._bars.update(task, completed=total or 1, total=total or 1)
            if not self._moving:
                self.end()

    def _begun(self) -> Progress:
        if self._bars is None:
            from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TransferSpeedColumn

            columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
            self._bars = Progress(*columns, console=console(stderr=True), transient=True)
            self._bars.start()
        return self._bars

    def end(self) -> None:
        """Take the bars away."""
        if self._bars is not None:
            self._bars.stop()
            self._bars = None
            self._tasks.clear()
            self._moving.clear()


class _Lines:
    """A line where a layer begins, every ten seconds of it, and where the registry did not take it."""

    def __init__(self) -> None:
        self._said: dict[str, float] = {}
        self._state: dict[str, str] = {}

    def __call__(self, progress: LayerProgress) -> None:
        before, self._state[progress.layer] = self._state.get(progress.layer), progress.state
        if progress.state == "retrying" and before != "retrying":
            say(f"  layer {progress.layer}: the registry did not take it; the engine tries again")
        elif progress.state == "pushing" and progress.total >= _LEAST:
            now = time.monotonic()
            if now - self._said.get(progress.layer, -APART) >= APART:
                self._said[progress.layer] = now
                done = min(progress.done, progress.total)
                say(f"  layer {progress.layer}: {done / 1e6:.1f} of {progress.total / 1e6:.1f} MB")
