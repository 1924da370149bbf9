"""How long ``make demo`` takes from nothing, and again."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.peers import ROOT


def run() -> Iterator[str]:
    """Run ``make demo`` twice in a fresh copy of the tracked files, with a state of its own, then ``make clean``."""
    folder = Path(tempfile.mkdtemp(prefix="awa-batch-bench-"))
    clone = folder / "clone"
    env = {**os.environ, "XDG_STATE_HOME": str(folder / "state")}
    for name in ("VIRTUAL_ENV", "MAKEFLAGS", "MAKELEVEL"):
        env.pop(name, None)
    try:
        subprocess.run(["git", "clone", "-q", str(ROOT), str(clone)], check=True)
        for title, aim in (("cold", "4 min"), ("warm", "75 s")):
            started = time.perf_counter()
            subprocess.run(["make", "demo"], cwd=clone, env=env, check=True, capture_output=True)
            yield f"{title}, make demo   {time.perf_counter() - started:6.1f} s  (aim: at most {aim})"
    finally:
        if clone.is_dir():
            subprocess.run(["make", "clean"], cwd=clone, env=env, check=False, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)
