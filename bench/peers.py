"""The peers, installed with hashes in environments of their own: never in ours, never the user's."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def aws_command() -> Path:
    """Return AWS's own command line from ``bench/requirements.lock``, installed in ``.bench`` when first used."""
    venv = ROOT / ".bench"
    program = venv / "bin" / "aws"
    lock = ROOT / "bench" / "requirements.lock"
    stamp = venv / ".synced"
    if not (program.exists() and stamp.exists() and stamp.stat().st_mtime >= lock.stat().st_mtime):
        uv = str(Path(sys.executable).parent / "uv")
        env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
        env.pop("VIRTUAL_ENV", None)
        subprocess.run([uv, "venv", "-q", "--clear", "--python", sys.executable, str(venv)], env=env, check=True)
        subprocess.run(
            [uv, "pip", "sync", "-q", "--python", str(venv / "bin" / "python"), "--require-hashes",
             "--compile-bytecode", str(lock)],
            env=env, check=True,
        )  # fmt: skip
        stamp.touch()
    return program
