"""Run a command as a child, pass signals on to it, and write what it used (`awa_runtime.usage`) when it has ended."""

from __future__ import annotations

import contextlib
import os
import signal
from types import FrameType

from awa_runtime.usage import MEASURED, write_usage

_PASSED_ON = (
    signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH,
    signal.SIGCONT,
)  # fmt: skip


def supervise(command: list[str]) -> int:
    """Run ``command`` to its end and return its exit code (128 and the signal's number where a signal ended it).

    As process 1 of a container it also collects what others leave behind. However the command ends, by a crash or for
    want of memory too, the line is written. Raises OSError where the command cannot be started.
    """
    # A signal that comes before its handler is there waits for it: process 1 would lose it.
    before = signal.pthread_sigmask(signal.SIG_BLOCK, _PASSED_ON)
    try:
        child = os.posix_spawnp(
            command[0],
            command,
            {**os.environ, MEASURED: "1"},
            setsigmask=before,
            setsigdef=[signal.SIGPIPE, signal.SIGXFSZ],  # which Python ignores
        )

        def pass_on(number: int, _frame: FrameType | None) -> None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, number)

        for number in _PASSED_ON:
            signal.signal(number, pass_on)
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == child:
            break
    code = os.waitstatus_to_exitcode(status)
    exit_code = 128 - code if code < 0 else code
    write_usage(exit_code)
    return exit_code
