"""stdout whose errors say that they are stdout's: the system's own name no file, and need not come again."""

from __future__ import annotations

import io
import sys


class StdoutError(OSError):
    """stdout cannot be written: a full disk, or a device that is gone."""

    def __str__(self) -> str:
        return f"stdout cannot be written: {self.strerror}."


class _Stdout(io.FileIO):
    """stdout's descriptor."""

    def write(self, data: object, /) -> int:
        """Write it, as FileIO does. Raises StdoutError, or BrokenPipeError where the reader has left."""
        try:
            return super().write(data)  # type: ignore[arg-type]
        except BrokenPipeError:
            raise
        except OSError as error:
            raise StdoutError(error.errno, error.strerror) from None


def name_errors() -> None:
    """Have stdout raise `StdoutError`; what a test or a caller has put in its place stays as it is."""
    own = sys.stdout
    if isinstance(own, io.TextIOWrapper) and own is sys.__stdout__:
        sys.stdout = io.TextIOWrapper(
            io.BufferedWriter(_Stdout(own.fileno(), "wb", closefd=False)),
            encoding=own.encoding,
            errors=own.errors,
            line_buffering=own.line_buffering,
        )
