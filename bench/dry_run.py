"""A dry run, which checks limits, queue and revision, beside AWS's command, which just sends: one server, in turns."""

from __future__ import annotations

import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from bench.peers import ROOT, aws_command, command_environment
from bench.timing import command, in_turns

sys.path.insert(0, str(ROOT / "tests" / "faults"))  # its server is that of the tests
from scripted_batch import ScriptedBatch


def run() -> Iterator[str]:
    """Compare the whole processes ``awa-batch submit --dry-run`` and ``aws batch submit-job``."""
    server = ScriptedBatch()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    ours = str(Path(sys.executable).parent / "awa-batch")
    with tempfile.TemporaryDirectory() as folder:
        env = command_environment(server.url, folder)
        queue, definition = "awa-batch-local-ec2-high-priority", "awa-batch-local-ec2-sample:1"
        samples = in_turns(
            {
                "ours": command([ours, "submit", "ec2-sample", "--dry-run", "--", "echo", "hello"], env),
                "peer": command(
                    [
                        str(aws_command()), "batch", "submit-job", "--job-name=hello", f"--job-queue={queue}",
                        f"--job-definition={definition}", "--container-overrides", '{"command":["echo","hello"]}',
                    ],
                    env,
                ),
            },
            rounds=11,
        )  # fmt: skip
    server.shutdown()
    a, b = samples["ours"].median, samples["peer"].median
    yield f"awa-batch submit --dry-run  {a * 1000:6.0f} ms"
    yield f"aws batch submit-job        {b * 1000:6.0f} ms"
    yield f"ratio                       {a / b:6.2f}     (aim: at most 0.8)"
