"""Run awa-batch for many commands, one after the other: what takes long to import is imported once, a fork runs each.

Reads a line of JSON for each command (``words``; ``out``, the file for what it prints; ``columns`` of a terminal, or 0
for none) and writes its exit code. A command sees no difference to a process of its own.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import struct
import sys
import termios
from contextlib import suppress
from typing import NoReturn

import boto3.session  # noqa: F401 - what commands import when they run, and takes longest
import botocore.client  # noqa: F401
import pydantic  # noqa: F401
import rich.table  # noqa: F401

from awa_batch.cli.main import COMMANDS, cli, main


def run(words: list[str]) -> NoReturn:
    """Become the command."""
    # Those of this process know what it began with: whether that is a terminal, and can be sought in.
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        stream = open(number, mode, buffering=1, closefd=False)  # noqa: SIM115 - open to the end
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.argv = ["awa-batch", *words]
    code = 70
    try:
        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    finally:
        with suppress(OSError):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(code)


def piped(words: list[str], out: str) -> int:
    """Run a command whose output is a file, and return its process."""
    pid = os.fork()
    if pid == 0:
        file = os.open(out, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        for number, target in ((os.open(os.devnull, os.O_RDONLY), 0), (file, 1), (file, 2)):
            os.dup2(number, target)
        run(words)
    return pid


def in_terminal(words: list[str], out: str, columns: int) -> int:
    """Run a command in a terminal of its own, write what it shows to a file, and return its process."""
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        run(words)
    with open(out, "ab") as file, suppress(OSError):  # which is how a terminal says that nobody is there
        while shown := os.read(terminal, 65536):
            file.write(shown.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    os.close(terminal)
    return pid


if __name__ == "__main__":
    for name in COMMANDS:
        cli.get_command(None, name)  # type: ignore[arg-type]
    for line in sys.stdin:
        asked = json.loads(line)
        columns = asked["columns"]
        given = (asked["words"], asked["out"])
        _, status = os.waitpid(in_terminal(*given, columns) if columns else piped(*given), 0)
        print(os.waitstatus_to_exitcode(status), flush=True)
