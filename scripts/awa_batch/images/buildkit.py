"""Run BuildKit, and say what it does: each step that is not cached once."""

from __future__ import annotations

import os
import re
import subprocess
from collections import deque
from pathlib import Path

from awa_batch.errors import ToolError
from awa_batch.images.docker_engine import Builder
from awa_batch.text import Say

_SHOWN = 110  # characters of a step that are said
_STEP = re.compile(r"^#(\d+) (\[[^\]]+\] .+)$")
_PROGRESS = re.compile(r"^#(\d+) (DONE|\d+\.\d+ )")


class BuildFailedError(ToolError):
    """The build ran and failed."""


def run_build(builder: Builder, arguments: list[str], log: Path, say: Say) -> None:
    """Run the builder; every step that is not cached goes to ``say`` once. Raises BuildFailedError."""
    last: deque[str] = deque(maxlen=15)
    steps: dict[str, str] = {}  # announced by the builder, not known yet to run: it may be cached
    with os.fdopen(os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as output:
        process = subprocess.Popen(
            [*builder.arguments, "--progress=plain", *arguments],
            env={**os.environ, **builder.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        try:
            assert process.stdout is not None  # noqa: S101 — PIPE was asked for
            for line in process.stdout:
                output.write(line)
                if line.strip() and " sha256:" not in line:
                    last.append(line.rstrip())
                if (step := _STEP.match(line)) and "[internal]" not in line and "] FROM " not in line:
                    steps[step.group(1)] = " ".join(step.group(2).split())
                elif (progress := _PROGRESS.match(line)) and (name := steps.pop(progress.group(1), "")):
                    say(f"  {name if len(name) <= _SHOWN else name[: _SHOWN - 1] + '…'}")
            code = process.wait()
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait()
    if code != 0:
        raise BuildFailedError(
            f"The image build failed (exit code {code}). Its last lines:\n    " + "\n    ".join(last),
            fix=f"The whole output: {log}",
        )
