"""Where the toolkit meets the local Batch: what it passes, and how it says the other's errors in its own terms."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from awa_batch import errors as ours
from awa_batch import local_server
from awa_batch.errors import UsageError
from awa_batch.text import Command
from local_batch import errors as theirs
from local_batch import lifecycle
from local_batch.state import ServerInfo

INFO = ServerInfo(1, 2, "http://127.0.0.1:2", "id", "2026-01-01T00:00:00Z", "process", "asked for")


@pytest.mark.parametrize(
    ("error", "kind", "command"),
    [
        (theirs.ServerGoneError(INFO), local_server.ServerGoneError, Command("local", "up")),
        (theirs.NotRunningError("none"), ours.NotAppliedError, Command("local", "up")),
        (theirs.ServerSilentError(INFO, 10), ours.ToolError, Command("local", "down")),
        (theirs.RefusedError("no"), ours.ToolError, Command("status")),
        (theirs.ToolError("broken", fix="Look."), ours.ToolError, None),
    ],
)
def test_errors_of_the_server_become_the_toolkits(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    error: theirs.LocalBatchError,
    kind: type[ours.AwaBatchError],
    command: Command | None,
) -> None:
    def fail(*_: Any) -> None:
        raise error

    monkeypatch.setattr(lifecycle, "status", fail)
    with pytest.raises(kind) as caught:
        local_server.server_status(tmp_path)
    assert type(caught.value) is kind
    assert caught.value.what == error.what
    if command is None:
        assert caught.value.fix == error.fix
    else:
        assert command in caught.value.remedy


def test_the_server_is_told_what_process_images_are_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}

    def start(state: Path, **options: Any) -> ServerInfo:
        asked.update(options, state=state)
        return INFO

    monkeypatch.setattr(lifecycle, "start", start)
    monkeypatch.setenv("AWA_BATCH_LOCAL_HOST_MOUNTS", "/data:/models")
    monkeypatch.setenv("AWA_BATCH_LOCAL_PRIVILEGED", "1")
    assert local_server.start_server(tmp_path, "process", print) is INFO
    assert asked == {
        "state": tmp_path,
        "runner": "process",
        "say": print,
        "options": [
            "--host-mounts",
            "/data:/models",
            "--privileged",
            "yes",
            "--variables-prefix",
            "AWA_BATCH_LOCAL",
            "--process-registry",
            local_server.PROCESS_REGISTRY,
        ],
    }


@pytest.mark.parametrize("name", ["max-vcpus", "keep-seconds"])
def test_how_many_jobs_run_at_a_time_and_how_long_they_are_shown_can_be_said(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    variable = f"AWA_BATCH_LOCAL_{name.upper().replace('-', '_')}"
    assert f"--{name}" not in local_server.server_options()
    monkeypatch.setenv(variable, "8")
    given = local_server.server_options()
    assert given[given.index(f"--{name}") + 1] == "8.0"
    for wrong in ("many", "-1", "nan", "1e9"):
        monkeypatch.setenv(variable, wrong)
        with pytest.raises(UsageError) as caught:
            local_server.server_options()
        assert f"{variable}={wrong if wrong != '1e9' else ''}" in caught.value.what
