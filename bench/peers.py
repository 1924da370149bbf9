"""Programs that are measured or used beside ours, installed with hashes in environments of their own."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def aws_command() -> Path:
    """Return AWS's own command line, installed in ``.bench`` when first used."""
    return locked_environment(ROOT / ".bench", ROOT / "bench" / "requirements.lock") / "aws"


def locked_environment(venv: Path, lock: Path, interpreter: str = sys.executable) -> Path:
    """Return the folder of programs of an environment that holds exactly what ``lock`` says, made when first used.

    ``interpreter`` is the path of a Python.
    """
    stamp = venv / ".synced"
    with (venv.parent / f"{venv.name}.lock").open("w") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)  # tests on several workers may want it at once
        if not (stamp.exists() and stamp.stat().st_mtime >= lock.stat().st_mtime):
            uv = str(Path(sys.executable).parent / "uv")
            env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never"}
            env.pop("VIRTUAL_ENV", None)
            python = str(venv / "bin" / "python")
            options = ["-q", "--python", python, "--require-hashes", "--compile-bytecode"]
            subprocess.run([uv, "venv", "-q", "--clear", "--python", interpreter, str(venv)], env=env, check=True)
            subprocess.run([uv, "pip", "sync", *options, str(lock)], env=env, check=True)
            stamp.touch()
    return venv / "bin"


def command_environment(url: str, folder: str) -> dict[str, str]:
    """Return the environment of commands that are measured: at this address, with the tests' contract, in a folder."""
    from awa_batch.target import LocalTarget

    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "AWA_BATCH_"))}
    return {
        **kept,
        **LocalTarget().variables(url),
        "AWA_BATCH_CONTRACT": str(ROOT / "tests" / "data" / "contract.json"),
        "AWA_BATCH_STATE_DIR": folder,
    }
