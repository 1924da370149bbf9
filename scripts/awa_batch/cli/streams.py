"""stdin, stdout and stderr as a command has them: closed, full, or in an encoding that cannot say all."""

from __future__ import annotations

import contextlib
import errno
import io
import os
import sys


class StdoutError(OSError):
    """stdout cannot be written: a full disk, or closed before the start."""

    def __str__(self) -> str:
        return f"stdout cannot be written: {self.strerror}."


class _Stdout(io.FileIO):
    """stdout's descriptor, whose errors say that they are stdout's.

    The system's own name no file, and what was lost once need not fail again: nothing else can tell afterwards.
    """

    def write(self, data: object, /) -> int:
        """Write it, as FileIO does. Raises StdoutError, or BrokenPipeError where the reader has left."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StdoutError(error.errno, error.strerror) from None


class _Closed(io.TextIOBase):
    """Stands in for a stdout that was closed before the start (``>&-``), which Python makes None of.

    Click writes nothing to None, without a word, and a file that is opened next would be taken for stdout by every
    program that is started.
    """

    def write(self, text: str) -> int:
        """Refuse it, as the system would."""
        del text
        raise StdoutError(errno.EBADF, os.strerror(errno.EBADF))


def prepare() -> None:
    """Make this process's streams such that nothing that is written to them is lost without a word.

    Streams that a test or a caller has put in their place stay as they are.
    """
    _stand_in_for_closed()
    if isinstance(sys.stdout, io.TextIOWrapper) and sys.stdout is sys.__stdout__:
        own = sys.stdout
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_Stdout(own.fileno(), "wb", closefd=False)),
            encoding=own.encoding,
            errors=own.errors,
            line_buffering=own.line_buffering,
            write_through=own.write_through,
        )
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # what an encoding does not have is no error


def _stand_in_for_closed() -> None:
    """Have a closed stdin, stdout or stderr be one that nothing can be read from, or written to."""
    for descriptor, stream in enumerate((sys.stdin, sys.stdout, sys.stderr)):
        if stream is None:
            with contextlib.suppress(OSError):
                while os.open(os.devnull, os.O_RDWR) < descriptor:
                    pass
    if sys.stdin is None:
        sys.stdin = io.StringIO()
    if sys.stdout is None:
        sys.stdout = _Closed()
    if sys.stderr is None:
        sys.stderr = io.StringIO()


def drop_stdout() -> None:
    """Let nothing more be tried there: what still waits would fail once more at the end of the process."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
