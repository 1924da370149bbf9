"""The first process of a container: starts one program, hands signals on to it, and collects whatever ends.

Linux gives a process whose parent has ended to the first one of its container, which has to collect it: jobs that run
as processes leave such ones behind.
"""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_HANDED_ON = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT, signal.SIGUSR1, signal.SIGUSR2)


def run(command: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run a program (``command[0]`` is its path) to its end; return its exit code, 128 and the signal that ended it."""
    # Blocked until the program is there, so that no signal comes between and is lost; an exec leaves them blocked.
    signal.pthread_sigmask(signal.SIG_BLOCK, _HANDED_ON)
    child = os.posix_spawn(command[0], list(command), dict(environment), setsigmask=())
    for number in _HANDED_ON:
        signal.signal(number, lambda number, _frame: _hand_on(child, number))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _HANDED_ON)
    while True:
        pid, status = os.waitpid(-1, 0)
        if pid == child:
            code = os.waitstatus_to_exitcode(status)
            return code if code >= 0 else 128 - code


def _hand_on(child: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(child, number)
