"""Counts and checksums of data that is seen in pieces, also out of order."""

from __future__ import annotations

from dataclasses import dataclass

from isal import isal_zlib


@dataclass
class Tally:
    """Bytes, line ends and CRC32 of some data; ``lines`` is None where they are not counted."""

    size: int = 0
    lines: int | None = 0
    crc32: int = 0

    def add(self, data: bytes | memoryview) -> None:
        """Take ``data`` into account, which follows what was added before."""
        self.size += len(data)
        if self.lines is not None:
            self.lines += bytes(data).count(b"\n")
        self.crc32 = isal_zlib.crc32(data, self.crc32)

    def append(self, after: Tally) -> None:
        """Take into account what follows, from a tally of its own."""
        self.crc32 = isal_zlib.crc32_combine(self.crc32, after.crc32, after.size)
        self.size += after.size
        self.lines = None if self.lines is None or after.lines is None else self.lines + after.lines
