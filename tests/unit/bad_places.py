"""Runs command lines in places where a process cannot write, or is interrupted: each in a fork, as many are quick so.

Reads a list of cases as JSON from stdin (name of the place, words) and writes a list of results (exit code, what went
to stderr). The clients are those of test_cli_golden.
"""

from __future__ import annotations

import json
import os
import pwd
import resource
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, NoReturn

sys.path.insert(0, str(Path(__file__).parent))

from test_cli_golden import DATA, START, Clocked, Recorded, written

import awa_batch.cli.main  # noqa: F401 - its module, which the package hides behind the function
from awa_batch.batch.clients import Clients
from awa_batch.history import Submission, record

entry: Any = sys.modules["awa_batch.cli.main"]
SECONDS = 20.0


def nobody(_uid: int) -> NoReturn:
    raise KeyError


def prepare(place: str, folder: Path) -> None:
    """Make this process's place; ``folder`` is empty and its own."""
    os.chdir(folder)
    os.environ["AWA_BATCH_STATE_DIR"] = str(folder / "state")
    if place == "full stdout":
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
    elif place == "closed stdout":
        os.close(1)
        sys.stdout = None  # type: ignore[assignment] # what Python makes of it at its start
    elif place == "no home":
        for name in ("HOME", "AWA_BATCH_STATE_DIR", "XDG_STATE_HOME"):
            os.environ.pop(name, None)
        os.environ["TMPDIR"] = str(folder)
        tempfile.tempdir = None
        pwd.getpwuid = nobody  # type: ignore[assignment]
    elif place == "a home that cannot be written":
        for name in ("AWA_BATCH_STATE_DIR", "XDG_STATE_HOME"):
            os.environ.pop(name, None)
        os.environ["HOME"] = "/proc/none"  # for root too
    elif place == "Ctrl-C":
        invoke = entry._invoke
        signal.signal(signal.SIGALRM, lambda *_: signal.raise_signal(signal.SIGINT))

        def pressed(*words: Any) -> Any:
            """Press it while the command is at it."""
            signal.setitimer(signal.ITIMER_REAL, 0.003)
            try:
                return invoke(*words)
            finally:
                signal.setitimer(signal.ITIMER_REAL, 0)

        entry._invoke = pressed
    elif place == "full disk":
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def run(place: str, words: list[str], folder: Path) -> dict[str, Any]:
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(read)
        os.dup2(write, 2)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        sys.stdin, sys.stdout, sys.stderr = os.fdopen(0), os.fdopen(1, "w"), os.fdopen(2, "w", buffering=1)
        sys.__stdout__ = sys.stdout  # type: ignore[misc] # as in a process of one's own
        signal.signal(signal.SIGINT, signal.default_int_handler)
        try:
            if place != "no home" and not place.startswith("a home"):
                os.environ["AWA_BATCH_STATE_DIR"] = str(folder / "state")
                record("local", Submission("bad", "job-bad", "q", "d:3", START))
            prepare(place, folder)
            sys.argv = ["awa-batch", *words]
            entry.main()
        except SystemExit as left:
            code = left.code if isinstance(left.code, int) else 0 if left.code is None else 1
            sys.stderr.flush()
            os._exit(code)
        except BaseException:
            import traceback

            traceback.print_exc()
            os._exit(99)
    os.close(write)
    said = b""
    ends = time.monotonic() + SECONDS
    while part := os.read(read, 65536):
        said += part
        if time.monotonic() > ends:
            os.kill(child, signal.SIGKILL)
    os.close(read)
    _, status = os.waitpid(child, 0)
    return {"code": os.waitstatus_to_exitcode(status), "stderr": said.decode(errors="replace")}


def all_of_them() -> None:
    made = {"batch": Recorded(), "logs": written(), "scheduler": Clocked()}
    Clients.make = lambda _self, service, _config=None: made[service]  # type: ignore[method-assign,assignment]
    os.environ["AWA_BATCH_CONTRACT"] = str(DATA / "contract.json")
    results = []
    for place, words in json.load(sys.stdin):
        with tempfile.TemporaryDirectory() as folder:
            results.append(run(place, words, Path(folder)))
    json.dump(results, sys.stdout)


if __name__ == "__main__":
    all_of_them()
