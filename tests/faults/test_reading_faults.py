"""A command that only reads, or ends jobs, waits through an outage too: every one that can, by itself."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from awa_batch.cli.main import cli

CONTRACT = Path(__file__).resolve().parents[1] / "data" / "contract.json"
JOB = "0f3cbd9e-14c2-4b5e-9d53-6c9b7a6f1d10"
WORDS = {
    "status": [],
    "queues": [],
    "why": [JOB],
    "logs": [JOB],
    "attach": [JOB],
    "cancel": ["--yes", JOB],
    "top": [],
    "report": [JOB],
    "usage": [JOB],
    "cost": ["--job", JOB],
}
OF_THIS_CLONE = {"contract", "history"}
"""Read what lies here: without AWS they say so, and go on."""


class Outage(ThreadingHTTPServer):
    """Answers what is no answer of AWS's for the first ``silent`` calls, then that nothing is permitted."""

    daemon_threads = True

    def __init__(self, silent: int) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.silent = silent
        self.calls = 0


class _Handler(BaseHTTPRequestHandler):
    server: Outage

    def log_message(self, *_: object) -> None:
        pass

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.calls += 1
        silent = self.server.calls <= self.server.silent
        body = b"null" if silent else b'{"message": "not authorized"}'
        self.send_response(200 if silent else 403)
        if not silent:
            self.send_header("x-amzn-ErrorType", "AccessDeniedException")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def outage(request: pytest.FixtureRequest) -> Iterator[Outage]:
    server = Outage(request.param)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join(5)


def run(server: Outage, tmp_path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    env = {name: value for name, value in os.environ.items() if not name.startswith(("AWA_BATCH_", "AWS_"))}
    env |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{server.server_address[1]}",
        "AWA_BATCH_CONTRACT": str(CONTRACT),
        "AWA_BATCH_STATE_DIR": str(tmp_path / "state"),
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }
    command = [sys.executable, "-m", "awa_batch", *words]
    return subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False)


def reading_commands() -> set[str]:
    found = set()
    for name in cli.list_commands(None):  # type: ignore[arg-type]
        command = cli.get_command(None, name)  # type: ignore[arg-type]
        options = {word for parameter in command.params for word in parameter.opts} if command else set()
        if "--patience" in options and "--wait" not in options:
            found.add(name)
    return found


def test_every_command_that_reads_is_tried_here() -> None:
    assert reading_commands() - OF_THIS_CLONE == set(WORDS)


@pytest.mark.parametrize("command", WORDS)
@pytest.mark.parametrize("outage", [3], indirect=True)
def test_a_read_waits_until_aws_answers(command: str, outage: Outage, tmp_path: Path) -> None:
    done = run(outage, tmp_path, command, *WORDS[command])
    assert "trying again for" in done.stderr
    assert "--patience" in done.stderr
    assert "not authorized" in done.stderr  # what AWS said once it answered
    assert outage.calls >= 4
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("command", WORDS)
@pytest.mark.parametrize("outage", [10_000], indirect=True)
def test_patience_is_a_bound_and_the_end_is_exit_3(command: str, outage: Outage, tmp_path: Path) -> None:
    done = run(outage, tmp_path, command, *WORDS[command], "--patience", "1")
    assert done.returncode == 3
    assert "trying again for 1.0 s" in done.stderr
    assert 2 <= outage.calls < 20
    assert "Traceback" not in done.stderr
