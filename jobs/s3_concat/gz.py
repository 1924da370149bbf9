"""gzip through isal and zlib-ng: streams that are checked, and blocks that are compressed beside each other."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator
from typing import Any

from isal import isal_zlib
from zlib_ng import zlib_ng

ENGINE = "isal"
DEFAULT_LEVEL = 2
PIECE = 1 << 20  # bytes of content that one step may give: a small input can hold gigabytes
MAGIC = b"\x1f\x8b"

_SLICE = 128 << 10  # bytes that one step is given at most
_SMALL = 1 << 10
_GZIP = 31  # window bits: a gzip header and trailer around the data, no file name, no time in it
_ISAL_LEVELS = 3
_ERRORS: tuple[Any, ...] = (zlib.error, isal_zlib.error)


class DataError(Exception):
    """Data that is not what it should be, or not the whole of it; ``str()`` names the byte."""


def decompress(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the content of a gzip stream of one or more members, a bounded piece at a time.

    Each member's own CRC and size are checked. Raises DataError for data that is not gzip, cut off or damaged.
    """
    member: Any = None  # the one being read; None between members
    data, position = b"", 0
    members = 0
    slices = Slices(chunks)
    for chunk in slices:
        data += chunk
        while data:
            if member is None:
                if members and not data.strip(b"\0"):  # padding after the last member, as tape blocks leave it
                    position, data = position + len(data), b""
                    break
                if len(data) < len(MAGIC) and MAGIC.startswith(data):
                    break  # the rest of the mark is in the next chunk
                if not data.startswith(MAGIC):
                    raise DataError(f"{'damaged' if members else 'not gzip'}: no gzip header at byte {position}")
                member, members = isal_zlib.decompressobj(_GZIP), members + 1
            before = len(data)
            try:
                piece = member.decompress(data, PIECE)
            except _ERRORS as error:
                raise DataError(f"damaged near byte {position}: {error}") from None
            if piece:
                yield piece
            data = member.unused_data if member.eof else member.unconsumed_tail
            position += before - len(data)
            if member.eof:
                member = None
                slices.ended()
    while member is not None and (piece := member.decompress(b"", PIECE)):
        yield piece
        if member.eof:
            member = None
    if member is not None or data:
        raise DataError(f"cut off at byte {position + len(data)}: its end and checksum are missing")
    if not members:
        raise DataError("empty: not even a gzip header")


def compress_block(data: bytes, level: int | None) -> bytes:
    """Return ``data`` as one gzip member; members one after the other are one gzip file.

    Levels to 3 are isal's, higher ones zlib-ng's. The same data always gives the same bytes.
    """
    level = DEFAULT_LEVEL if level is None else level
    engine: Any = isal_zlib if level <= _ISAL_LEVELS else zlib_ng
    compressed: bytes = engine.compress(data, level, _GZIP)
    return compressed


class Slices:
    """Chunks cut into what a decoder is given at a time: whatever follows a member's end in it, the decoder copies.

    After an end they are small and then grow again, so that a file of millions of tiny members is read in fair time.
    """

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks, self._size = chunks, _SLICE

    def ended(self) -> None:
        """Take note of a member's end."""
        self._size = _SMALL // 2

    def __iter__(self) -> Iterator[memoryview]:
        """Yield the slices."""
        for chunk in self._chunks:
            view, start = memoryview(chunk), 0
            while start < len(view):
                size = self._size = min(2 * self._size, _SLICE)
                yield view[start : start + size]
                start += size
