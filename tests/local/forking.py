"""Run awa-batch for many commands: what takes long to import is imported once, and a fork of that becomes each command.

A command sees no difference to a process of its own: arguments, environment, folder, umask, streams, signals and exit.
Asked on a Unix socket, as `forked` does; any number at a time.
"""

from __future__ import annotations

import fcntl
import json
import os
import pty
import signal
import socketserver
import struct
import sys
import termios
import time
from contextlib import suppress
from typing import Any, NoReturn

import boto3.session  # noqa: F401 - what commands import when they run, and takes longest
import botocore.client  # noqa: F401
import pydantic  # noqa: F401
import rich.table  # noqa: F401

from awa_batch.cli.main import COMMANDS, cli, main

STARTED_BY = os.getppid()


def become(asked: dict[str, Any]) -> NoReturn:
    """Become the command that is asked for; its streams are 0, 1 and 2."""
    signal.alarm(asked["timeout"])  # its default ends the process
    os.environ.clear()
    os.environ.update(asked["env"])
    time.tzset()
    os.chdir(asked["cwd"])
    if asked["umask"] is not None:
        os.umask(asked["umask"])
    # Those of this process know what it began with: whether that is a terminal, and can be sought in.
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        stream = open(number, mode, buffering=1, closefd=False)  # noqa: SIM115 - open to the end
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    sys.argv = ["awa-batch", *asked["words"]]
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


def piped(asked: dict[str, Any]) -> int:
    """Run a command whose output are files, and return its process."""
    pid = os.fork()
    if pid == 0:
        write = os.O_WRONLY | os.O_CREAT | os.O_APPEND
        for name, flags, number in (("stdin", os.O_RDONLY, 0), ("stdout", write, 1), ("stderr", write, 2)):
            os.dup2(os.open(asked[name], flags, 0o600), number)
        become(asked)
    return pid


def in_terminal(asked: dict[str, Any]) -> int:
    """Run a command in a terminal of its own, write what that shows to its stdout's file, and return its process."""
    pid, terminal = pty.fork()
    if pid == 0:
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack("HHHH", 24, asked["columns"], 0, 0))
        become(asked)
    with open(asked["stdout"], "ab") as file, suppress(OSError):  # which is how a terminal says that nobody is there
        while shown := os.read(terminal, 65536):
            file.write(shown.replace(b"\r\n", b"\n").replace(b"\r", b"\n"))
    os.close(terminal)
    return pid


class Asked(socketserver.StreamRequestHandler):
    """One command, in a fork of its own: a line of JSON, and its exit code as the answer."""

    def handle(self) -> None:
        """Run it to its end."""
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        line = self.rfile.readline()
        if not line:  # somebody wanted to know whether anybody is here
            return
        asked = json.loads(line)
        _, status = os.waitpid((in_terminal if asked["columns"] else piped)(asked), 0)
        self.wfile.write(f"{os.waitstatus_to_exitcode(status)}\n".encode())


class Forks(socketserver.ForkingMixIn, socketserver.UnixStreamServer):
    """Waits for commands as long as who started it is there."""

    max_children = 100

    def service_actions(self) -> None:
        """End with the process that started this one."""
        super().service_actions()
        if os.getppid() != STARTED_BY:
            os._exit(0)


if __name__ == "__main__":
    for command in COMMANDS:
        cli.get_command(None, command)  # type: ignore[arg-type]
    with Forks(sys.argv[1], Asked) as server:
        server.serve_forever()
