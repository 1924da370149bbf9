"""`report` and `status` of 10,000 jobs: what they take beside the calls themselves, and the most memory.

The server answers from what it has ready, so that the time is the command's own; the same calls by boto3 alone are the
peer.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from bench.peers import ROOT, command_environment

sys.path.insert(0, str(ROOT))  # the jobs are those of the tests
from tests.report_support import POOL, heads, many

JOBS = 10_000
_CALLS = """
import boto3, json, sys
batch = boto3.client("batch")
ids = json.load(open(sys.argv[1]))
for at in range(0, len(ids), 100):
    batch.describe_jobs(jobs=ids[at:at + 100])
"""


def _server(jobs: dict[str, dict[str, Any]]) -> ThreadingHTTPServer:
    class Answers(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or b"{}")
            found = [jobs[job_id] for job_id in asked.get("jobs", ()) if job_id in jobs]
            pools = {"computeEnvironments": [POOL], "jobQueues": [], "containerInstances": []}
            logs = {"events": [], "nextForwardToken": "f", "nextBackwardToken": "b"}
            body = json.dumps({"jobs": found, **pools, **logs}).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server


def _run(words: list[str], env: dict[str, str], folder: str) -> tuple[float, float]:
    """Run a process and return its seconds and the most MiB that it had."""
    began = time.monotonic()
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(words, env=env, cwd=folder, stdout=subprocess.DEVNULL, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            said.seek(0)
            raise RuntimeError(said.read().decode()[-500:])
    return time.monotonic() - began, usage.ru_maxrss / 1024


def run() -> Iterator[str]:
    """Compare whole processes, three times each; the best counts, as the server has a share of the two cores."""
    account = many(JOBS)
    ids = heads(account)
    server = _server(account.jobs)
    url = f"http://127.0.0.1:{server.server_address[1]}"
    ours = str(Path(sys.executable).parent / "awa-batch")
    with tempfile.TemporaryDirectory() as folder:
        env = command_environment(url, folder)
        Path(folder, "ids.json").write_text(json.dumps(ids))
        commands = {
            "report": [ours, "report", *ids],
            "status": [ours, "status", *ids],
            "calls": [sys.executable, "-c", _CALLS, "ids.json"],
        }
        best = {name: min(_run(words, env, folder) for _ in range(3)) for name, words in commands.items()}
        size = Path(folder, "report.html").stat().st_size / 1e6
    server.shutdown()
    for name, aim in (("report", "at most 5 s, 300 MiB"), ("status", "at most 1 s over the calls"), ("calls", "")):
        seconds, memory = best[name]
        over = seconds - best["calls"][0]
        more = f"{over:+6.2f} s over the calls   (aim: {aim})" if aim else "by boto3 alone"
        yield f"{name:8} {seconds:6.2f} s {memory:6.0f} MiB  {more}"
    yield f"the page {size:6.2f} MB   (aim: at most 1)"
