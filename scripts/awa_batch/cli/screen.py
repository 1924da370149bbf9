"""A terminal that is taken over as a whole: its screen, its keys, and how it was before."""

from __future__ import annotations

import os
import select
import signal
import sys
import termios
import tty
from types import FrameType
from typing import Any

from awa_batch.cli.render import terminal_size

ENTER = "\x1b[?1049h\x1b[?25l"
"""The other screen, no cursor (xterm's DECSET 1049, DECTCEM)."""

LEAVE = "\x1b[?25h\x1b[?1049l"

_KEYS = {
    "\x1b[A": "up", "\x1bOA": "up", "k": "up", "\x1b[B": "down", "\x1bOB": "down", "j": "down", "\x1b[5~": "page up",
    "\x1b[6~": "page down", " ": "page down", "\x1b[H": "home", "\x1b[F": "end", "g": "home", "G": "end",
    "\x1b[1~": "home", "\x1b[4~": "end", "\r": "enter", "\n": "enter", "\x1b": "back", "\x7f": "back", "\b": "back",
}  # fmt: skip


class Screen:
    """The terminal while it is entered; it is as it was afterwards, however the block ends.

    SIGTERM and SIGHUP end the block as Ctrl-C does; Ctrl-Z does nothing.
    """

    def __init__(self) -> None:
        self._input = sys.stdin.fileno()
        self._before: list[Any] = []
        self._handlers: dict[int, Any] = {}
        self._shown: list[str] = []
        self._rest = ""

    def __enter__(self) -> Screen:
        self._before = termios.tcgetattr(self._input)
        self._handlers = {number: signal.signal(number, _interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
        self._handlers[signal.SIGTSTP] = signal.signal(signal.SIGTSTP, signal.SIG_IGN)
        try:
            tty.setcbreak(self._input)
            self._write(ENTER)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        termios.tcsetattr(self._input, termios.TCSADRAIN, self._before)
        for number, handler in self._handlers.items():
            signal.signal(number, handler)
        self._write(LEAVE)

    def show(self, lines: list[str]) -> None:
        """Show lines, which must fit, from the top; nothing is written where nothing has changed."""
        if lines != self._shown:
            self._shown = list(lines)
            self._write("\x1b[H" + "\r\n".join(f"{line}\x1b[K" for line in lines) + "\x1b[J")

    def size(self) -> tuple[int, int]:
        """Return columns and lines as they are now."""
        size = terminal_size()
        return size.columns, size.lines

    def key(self, seconds: float) -> str:
        """Return the next key: a letter, or "up", "enter", "back" and such; "" where none comes in time."""
        if not self._rest:
            if not select.select([self._input], [], [], seconds)[0]:
                return ""
            data = os.read(self._input, 1024)
            if not data:  # the terminal is gone
                raise KeyboardInterrupt
            self._rest = data.decode(errors="replace")
        for length in range(min(4, len(self._rest)), 1, -1):
            if self._rest[:length] in _KEYS:
                found, self._rest = self._rest[:length], self._rest[length:]
                return _KEYS[found]
        found, self._rest = self._rest[0], self._rest[1:]
        if found == "\x1b" and self._rest:  # a sequence that means nothing here
            self._rest = ""
            return ""
        return _KEYS.get(found, found)

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
