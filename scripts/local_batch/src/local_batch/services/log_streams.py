"""The output of jobs, written to CloudWatch Logs (moto's) as it comes while the job runs."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from local_batch.clock import now_ms
from local_batch.runners.base import TaskStartError

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.services.moto_gate import MotoGate

DEFAULT_GROUP = "/aws/batch/job"
MAX_LINE = 256 * 1024 - 26
"""CloudWatch's limit of one event, in bytes; a longer line is cut into several events as the awslogs driver does."""


class LogStreams:
    """Opens one log stream for each attempt."""

    def __init__(self, gate: MotoGate) -> None:
        self._gate = gate

    def open(
        self, region: str, definition: str, task_id: str, configuration: dict[str, Any] | None
    ) -> tuple[str | None, Callable[[list[str]], None]]:
        """Return the stream's name (None where the driver is not awslogs) and a function that takes lines.

        Raises TaskStartError where the definition names a log group that does not exist.
        """
        configuration = configuration or {"logDriver": "awslogs"}
        if configuration["logDriver"] != "awslogs":
            return None, lambda _: None
        options = configuration.get("options") or {}
        region = options.get("awslogs-region", region)
        group = options.get("awslogs-group", DEFAULT_GROUP)
        stream = f"{options.get('awslogs-stream-prefix') or definition}/default/{task_id}"
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
        return stream, _Stream(self._gate, region, group, stream).write


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
