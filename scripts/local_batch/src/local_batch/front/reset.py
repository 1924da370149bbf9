"""Forgetting all of Batch and of the services beside it, or nothing, while the server goes on."""

from __future__ import annotations

import logging
import shutil
from typing import TYPE_CHECKING

from local_batch import state
from local_batch.json_object import Json
from local_batch.refusals import Refusal

if TYPE_CHECKING:
    from pathlib import Path

    from local_batch.events import Events
    from local_batch.front.turnstile import Turnstile
    from local_batch.journal import Journal
    from local_batch.scheduler.scheduler import Scheduler
    from local_batch.schedules.timer import Timer
    from local_batch.services.moto_gate import MotoGate

REQUEST_SECONDS = 20.0
"""How long requests on their way may take to be answered. Long polls are not waited for."""
JOB_SECONDS = 20.0
"""How long killed jobs have to be gone: an engine may be busy."""

log = logging.getLogger(__name__)


class Reset:
    """Resets a server. All that can go wrong does so before anything is forgotten."""

    def __init__(
        self,
        state_dir: Path,
        turnstile: Turnstile,
        scheduler: Scheduler,
        gate: MotoGate,
        events: Events,
        timer: Timer,
        journal: Journal,
    ) -> None:
        self._state_dir = state_dir
        self._turnstile = turnstile
        self._scheduler = scheduler
        self._time_scale = scheduler.settings.time_scale
        self._gate = gate
        self._events = events
        self._timer = timer
        self._journal = journal

    def __call__(self) -> Json:
        """End every job and forget every object of every service. Raises Refusal; no object is forgotten then."""
        self._gate.check_reset()
        with self._turnstile.alone(REQUEST_SECONDS) as alone:
            if not alone:
                message = f"Requests were still being answered after {REQUEST_SECONDS:.0f} s; nothing was reset"
                raise Refusal(message, code="Conflict", status=409)
            try:
                if left := self._scheduler.end_all(JOB_SECONDS):
                    message = (
                        f"Jobs still ran {JOB_SECONDS:.0f} s after SIGKILL; no object was reset: {', '.join(left)}"
                    )
                    raise Refusal(message, code="Conflict", status=409)
                self._gate.reset()  # first, as another emulator, where there is one, may refuse
                self._events.forget()
                self._timer.forget()
                with self._scheduler.lock:
                    self._scheduler.forget_all()
                    self._scheduler.settings.time_scale = self._time_scale
                self._empty_file_systems()
                self._journal.forgotten()
            finally:
                with self._scheduler.lock:
                    self._scheduler.go_on()
        return {"reset": True}

    def _empty_file_systems(self) -> None:
        folder = self._state_dir / state.FILE_SYSTEMS
        if folder.exists():
            shutil.rmtree(folder, ignore_errors=True)
            if folder.exists():  # a container's user wrote there whose files are not ours to remove
                log.warning("not all of %s could be removed", folder)
