"""awa-batch as a command of its own, without what starting one costs: see `forking`."""

from __future__ import annotations

import atexit
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path

Done = subprocess.CompletedProcess[str]


@cache
def _forks(of: int) -> Path:
    """Start the process that forks, once for each process of tests, and return the folder with its socket."""
    del of
    folder = Path(tempfile.mkdtemp(prefix="awa-forks-"))  # short: a socket's path has at most 107 characters
    program = Path(__file__).with_name("forking.py")
    process = subprocess.Popen(
        [sys.executable, str(program), str(folder / "asked")], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
    )

    def end() -> None:
        process.terminate()
        process.wait()
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(end)
    while True:
        try:
            with socket.socket(socket.AF_UNIX) as asked:
                asked.connect(str(folder / "asked"))
            return folder
        except OSError:
            assert process.poll() is None, "the process that forks has ended"
            time.sleep(0.02)


def run(
    words: Sequence[str],
    env: Mapping[str, str],
    cwd: Path | None = None,
    *,
    stdin: str = "",
    umask: int | None = None,
    timeout: int = 540,
    columns: int = 0,
    together: bool = False,
) -> Done:
    """Run ``awa-batch WORDS`` and return how it ended.

    ``together`` puts what it writes on stderr into its stdout, in its order. With ``columns`` it is in a terminal so
    wide, and all that this shows is its stdout. After ``timeout`` seconds it is ended by SIGALRM.
    """
    folder = _forks(os.getpid())
    with tempfile.TemporaryDirectory(dir=folder) as place:
        files = {name: os.path.join(place, name) for name in ("stdin", "stdout", "stderr")}
        for name, text in (("stdin", stdin), ("stdout", ""), ("stderr", "")):
            Path(files[name]).write_text(text)
        if together:
            files["stderr"] = files["stdout"]
        asked = {
            "words": list(words), "env": dict(env), "cwd": str(cwd or Path.cwd()), "umask": umask,
            "timeout": timeout, "columns": columns, **files,
        }  # fmt: skip
        with socket.socket(socket.AF_UNIX) as talk:
            talk.connect(str(folder / "asked"))
            talk.sendall(json.dumps(asked).encode() + b"\n")
            answer = talk.makefile().readline()
        assert answer, "the process that forks has ended"
        printed = [Path(files["stdout"]).read_text(), "" if together else Path(files["stderr"]).read_text()]
    return subprocess.CompletedProcess(["awa-batch", *words], int(answer), *printed)
