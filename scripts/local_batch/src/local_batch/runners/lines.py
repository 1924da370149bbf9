"""Bytes of a container's output, cut into lines of text."""

from __future__ import annotations

import codecs
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = 1 << 18
"""Characters after which a line that does not end is passed on all the same."""


class LineSplitter:
    """Takes pieces as they come and passes whole lines on, without their line ends."""

    def __init__(self, write: Callable[[list[str]], None]) -> None:
        self._write = write
        self._decode = codecs.getincrementaldecoder("utf-8")("replace").decode
        self._rest = ""

    def feed(self, piece: bytes) -> None:
        """Take the next piece of output; pass on the lines that it ends, and keep what follows the last line end."""
        *lines, rest = (self._rest + self._decode(piece)).split("\n")
        if len(rest) >= LONGEST:
            lines.append(rest)
            rest = ""
        self._rest = rest
        if lines:
            self._write([line.rstrip("\r") for line in lines])

    def close(self) -> None:
        """Pass on what is left: a last line without a line end."""
        rest = self._rest + self._decode(b"", True)
        self._rest = ""
        if rest:
            self._write([rest.rstrip("\r")])
