"""The formats of inputs and results: recognised, decompressed, compressed. gzip's own work is in gz.py."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from jobs.s3_concat import gz
from jobs.s3_concat.gz import DataError

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

Codec = Literal["gzip", "zstd", "plain"]

CONTENT_TYPES = {"gzip": "application/gzip", "zstd": "application/zstd", "plain": "application/octet-stream"}
DEFAULT_ZSTD_LEVEL = 3
PROBE = 1024
"""Bytes at the beginning that tell a format."""

_ZSTD_MAGIC = b"\x28\xb5\x2f\xfd"
_SUFFIXES: tuple[tuple[str, Codec, bool], ...] = (
    (".tar.gz", "gzip", True),
    (".tgz", "gzip", True),
    (".tar.zst", "zstd", True),
    (".tar", "plain", True),
    (".gz", "gzip", False),
    (".zst", "zstd", False),
)
_LIMITS: dict[int, int] = {zstd.DecompressionParameter.window_log_max: 26}
"""A frame that asks for a window of more than 64 MiB (zstd --long=27) is refused: memory is bounded."""

_FOREIGN = ((b"BZh", "bzip2"), (b"\xfd7zXZ\0", "xz"), (b"PK\x03\x04", "zip"))


@dataclass(frozen=True)
class Format:
    """How an object is compressed, and whether what it holds is an archive of files."""

    codec: Codec
    tar: bool = False


def by_name(key: str) -> Format | None:
    """Return the format that a key's ending says, or None: then its first bytes tell."""
    return next((Format(codec, tar) for end, codec, tar in _SUFFIXES if key.lower().endswith(end)), None)


def by_content(first: bytes) -> Format:
    """Return the format of an object from its first bytes. Raises DataError for one that is not read."""
    for magic, name in _FOREIGN:
        if first.startswith(magic):
            raise DataError(f"it is {name}, which is not read (gzip, zstd, tar and plain are)")
    codec: Codec = "plain"
    if first.startswith(gz.MAGIC):
        codec = "gzip"
    elif first.startswith(_ZSTD_MAGIC):
        codec = "zstd"
    content = b""
    with contextlib.suppress(DataError):  # it is only the beginning
        for piece in decompress([first], codec):
            content += piece
    return Format(codec, tar=content[257:262] == b"ustar")


def decompress(chunks: Iterable[bytes], codec: Codec) -> Iterator[bytes]:
    """Yield the content in bounded pieces, every checksum in it checked. Raises DataError."""
    if codec == "gzip":
        return gz.decompress(chunks)
    if codec == "zstd":
        return _zstd(chunks)
    return iter(chunks)


def compress_block(data: bytes, codec: Codec, level: int | None) -> bytes:
    """Return ``data`` compressed by itself: one after the other, such blocks are one valid file."""
    if codec == "gzip":
        return gz.compress_block(data, level)
    if codec == "zstd":
        options: dict[int, int] = {
            zstd.CompressionParameter.compression_level: DEFAULT_ZSTD_LEVEL if level is None else level,
            zstd.CompressionParameter.checksum_flag: 1,
        }
        return zstd.compress(data, options=options)
    return data


def _zstd(chunks: Iterable[bytes]) -> Iterator[bytes]:
    frame: zstd.ZstdDecompressor | None = None
    position = frames = 0
    slices = gz.Slices(chunks)
    for chunk in slices:
        data = bytes(chunk)
        while data or (frame is not None and not frame.needs_input and not frame.eof):
            if frame is None:
                frame, frames = zstd.ZstdDecompressor(options=_LIMITS), frames + 1
            try:
                piece = frame.decompress(data, gz.PIECE)
            except zstd.ZstdError as error:
                raise DataError(f"damaged near byte {position}: {error}") from None
            if piece:
                yield piece
            position += len(data)
            data = b""
            if frame.eof:
                data, frame = frame.unused_data, None
                position -= len(data)
                slices.ended()
    if frame is not None:
        raise DataError(f"cut off at byte {position}: its end is missing")
    if not frames:
        raise DataError("empty: not even a zstd header")
