"""gzip as a stream, with what is needed to check it: through isal where it is installed, else the standard library."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, BinaryIO

isal_zlib: Any
try:
    from isal import isal_zlib
except ImportError:  # a Python for which isal has no wheel
    isal_zlib = None

ENGINE = "isal" if isal_zlib is not None else "zlib"

_MODULE: Any = isal_zlib or zlib
_LEVEL = 2 if isal_zlib is not None else 6  # isal has levels 0 to 3
_GZIP = 31  # window bits: a gzip header and trailer around the data, no file name, no time in it
_MAGIC = b"\x1f\x8b"
PIECE = 1 << 20  # bytes of content that one step may give: a small input can hold gigabytes
ERRORS: tuple[type[Exception], ...] = (zlib.error,) + ((isal_zlib.error,) if isal_zlib is not None else ())


class GzipError(Exception):
    """Data that is not gzip, or not the whole of it."""


@dataclass
class Tally:
    """Counts and checksum of uncompressed data, in bytes and lines (line ends)."""

    size: int = 0
    lines: int = 0
    crc32: int = 0
    _crc: Callable[[bytes, int], int] = field(default=_MODULE.crc32, repr=False, compare=False)

    def add(self, data: bytes) -> None:
        """Take ``data`` into account."""
        self.size += len(data)
        self.lines += data.count(b"\n")
        self.crc32 = self._crc(data, self.crc32)


def decompress(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content of a gzip stream of one or more members, a bounded piece at a time.

    Each member's own CRC and size are checked. Raises GzipError for data that is not gzip, cut off or damaged.
    """
    member: Any = None  # the one being read; None between members
    data, position = b"", 0
    members = 0
    for chunk in chunks:
        data += chunk
        while data:
            if member is None:
                if members and not data.strip(b"\0"):  # padding after the last member, as tape blocks leave it
                    position, data = position + len(data), b""
                    break
                if len(data) < len(_MAGIC) and _MAGIC.startswith(data):
                    break  # the rest of the mark is in the next chunk
                if not data.startswith(_MAGIC):
                    raise GzipError(f"{'damaged' if members else 'not gzip'}: no gzip header at byte {position}")
                member, members = _MODULE.decompressobj(_GZIP), members + 1
            before = len(data)
            try:
                piece = member.decompress(data, PIECE)
            except ERRORS as error:
                raise GzipError(f"damaged near byte {position}: {error}") from None
            if piece:
                yield piece
            data = member.unused_data if member.eof else member.unconsumed_tail
            position += before - len(data)
            if member.eof:
                member = None
    while member is not None and (piece := member.decompress(b"", PIECE)):
        yield piece
        if member.eof:
            member = None
    if member is not None or data:
        raise GzipError(f"cut off at byte {position + len(data)}: its end and checksum are missing")
    if not members:
        raise GzipError("empty: not even a gzip header")


class Writer:
    """Compress into ``target``; the same content always gives the same bytes."""

    def __init__(self, target: BinaryIO) -> None:
        self._target = target
        self._stream = _MODULE.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)

    def write(self, data: bytes) -> None:
        """Compress ``data``."""
        self._target.write(self._stream.compress(data))

    def close(self) -> None:
        """Write the trailer; ``target`` stays open."""
        self._target.write(self._stream.flush())
        self._target.flush()
