"""How long a command takes before it does anything."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

from bench.peers import aws_command
from bench.timing import command, in_turns


def run() -> Iterator[str]:
    """Compare the whole processes ``awa-batch --help`` and ``aws --version``."""
    ours = str(Path(sys.executable).parent / "awa-batch")
    samples = in_turns(
        {"ours": command([ours, "--help"]), "peer": command([str(aws_command()), "--version"])}, rounds=15, warm_up=2
    )
    a, b = samples["ours"].median, samples["peer"].median
    yield f"awa-batch --help   {a * 1000:6.0f} ms"
    yield f"aws --version      {b * 1000:6.0f} ms"
    yield f"ratio              {a / b:6.2f}     (aim: at most 0.35)"
