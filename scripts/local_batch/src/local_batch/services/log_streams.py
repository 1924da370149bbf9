"""The output of jobs, written to CloudWatch Logs (moto's) as it comes while the job runs."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Any

from local_batch.clock import now_ms
from local_batch.runners.base import TaskStartError

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.services.moto_gate import MotoGate

DEFAULT_GROUP = "/aws/batch/job"
MAX_LINE = 256 * 1024 - 26
"""CloudWatch's limit of one event, in bytes; a longer line is cut into several events as the awslogs driver does."""


STREAM_BYTES = 64 << 20
"""Bytes of one attempt's output that are kept, all streams being in memory; CloudWatch itself keeps all."""
LINE_BYTES = 500
"""What an event takes in memory besides its text, about: many short lines cost more than their characters."""
LAST_LINES, LAST_BYTES = 200, 64 << 10
"""Of what comes after them the last lines are kept, as it is the end that tells why a job failed."""


class LogStreams:
    """Opens one log stream for each attempt."""

    def __init__(self, gate: MotoGate) -> None:
        self._gate = gate

    def open(
        self,
        region: str,
        definition: str,
        task_id: str,
        configuration: dict[str, Any] | None,
        *,
        container: str = "default",
    ) -> tuple[str | None, Capped]:
        """Return the stream's name (None where the driver is not awslogs) and what takes its lines.

        Raises TaskStartError where the definition names a log group that does not exist.
        """
        configuration = configuration or {"logDriver": "awslogs"}
        if configuration["logDriver"] != "awslogs":
            return None, Capped(lambda _: None)
        options = configuration.get("options") or {}
        region = options.get("awslogs-region", region)
        group = options.get("awslogs-group", DEFAULT_GROUP)
        stream = f"{options.get('awslogs-stream-prefix') or definition}/{container}/{task_id}"
        with self._gate.backend("logs", region) as logs:
            if group == DEFAULT_GROUP or str(options.get("awslogs-create-group", "")).lower() == "true":
                logs.ensure_log_group(group)
            if group not in logs.groups:
                raise TaskStartError(
                    "ResourceInitializationError: failed to validate logger args: create stream has been retried 1 "
                    "times: failed to create Cloudwatch log stream: ResourceNotFoundException: The specified log "
                    "group does not exist.",
                    "ResourceInitializationError: failed to validate logger args",
                )
            logs.ensure_log_stream(group, stream)
        return stream, Capped(_Stream(self._gate, region, group, stream).write)


class Capped:
    """Takes an attempt's lines: passes on the first `STREAM_BYTES`, then keeps the last few for the end.

    A line counts as its characters and `LINE_BYTES`.
    """

    def __init__(self, write: Callable[[list[str]], None], limit: int = STREAM_BYTES) -> None:
        self._write = write
        self._left = limit
        self._limit = limit
        self._last: deque[str] = deque()
        self._held = 0
        self._dropped = 0
        self._lock = threading.Lock()

    def __call__(self, lines: list[str]) -> None:
        """Take the next lines."""
        with self._lock:
            kept = self._over(lines) if self._left <= 0 else self._within(lines)
            if kept:
                self._write(kept)

    def _within(self, lines: list[str]) -> list[str]:
        for number, line in enumerate(lines):
            self._left -= len(line) + LINE_BYTES
            if self._left <= 0:
                size = f"{self._limit >> 20} MiB" if self._limit >= 1 << 20 else f"{self._limit} bytes"
                said = f"[local AWS] The log is full ({size}): what follows is dropped, but for its end."
                return [*lines[: number + 1], said, *self._over(lines[number + 1 :])]
        return lines

    def _over(self, lines: list[str]) -> list[str]:
        for line in lines:
            if len(self._last) == LAST_LINES:
                self._held -= len(self._last.popleft())
            self._last.append(line[-LAST_BYTES:])
            self._held += len(self._last[-1])
            self._dropped += 1
            while self._held > LAST_BYTES and len(self._last) > 1:
                self._held -= len(self._last.popleft())
        return []

    def close(self) -> None:
        """Pass on how much was dropped, and the last lines."""
        with self._lock:
            if self._dropped:
                gone = self._dropped - len(self._last)
                said = f"[local AWS] {gone:,} of the last {self._dropped:,} lines were dropped; here are the others."
                self._write([said, *self._last])
            self._dropped = 0
            self._last.clear()


class _Stream:
    """One log stream. Times never go back, so that a reader's token never skips a line."""

    def __init__(self, gate: MotoGate, region: str, group: str, stream: str) -> None:
        self._gate = gate
        self._place = (region, group, stream)
        self._last = 0
        self._lock = threading.Lock()

    def write(self, lines: list[str]) -> None:
        region, group, stream = self._place
        with self._lock:
            self._last = max(self._last, now_ms())
            # CloudWatch refuses empty messages; the awslogs driver leaves empty lines out.
            events = [
                {"timestamp": self._last, "message": line[start : start + MAX_LINE]}
                for line in lines
                for start in range(0, len(line), MAX_LINE)
            ]
            if not events:
                return
            with self._gate.backend("logs", region) as logs:
                found = logs.groups.get(group)
                if found is not None and stream in found.streams:
                    found.put_log_events(stream, events)
