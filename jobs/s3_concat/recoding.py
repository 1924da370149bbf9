"""Decompress, change, join and compress again, on all cores and with bounded memory."""

from __future__ import annotations

import itertools
import os
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

from isal import isal_zlib

from jobs.s3_concat import codecs, tarball
from jobs.s3_concat.codecs import Format
from jobs.s3_concat.errors import JobError
from jobs.s3_concat.gz import DataError
from jobs.s3_concat.inputs import Input, unreadable
from jobs.s3_concat.model import Config
from jobs.s3_concat.output import MAX_PARTS, Output
from jobs.s3_concat.progress import Progress
from jobs.s3_concat.reading import RANGE, Reader
from jobs.s3_concat.tally import Tally
from jobs.s3_concat.workers import Workers

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

BLOCK = 2 << 20
"""Bytes of content that are compressed by themselves. Another size gives other bytes for the same input."""

_CORES = min(os.cpu_count() or 1, 16)
_BLOCKS = _CORES + 2  # blocks that are compressed or wait for it
_READS = 6  # ranges on their way at a time
_UPLOADED = 40 << 20  # bytes of parts on their way at a time
_PART = 8 << 20


@dataclass(frozen=True)
class Source:
    """An input, what it is, and whether it is the very first: that one keeps its header lines."""

    one: Input
    format: Format


class Recoding:
    """One run of it."""

    def __init__(
        self, s3: S3Client, config: Config, sources: Sequence[Source], output: Output, progress: Progress
    ) -> None:
        self._s3, self._config, self._sources, self._output, self._progress = s3, config, sources, output, progress
        self._files = itertools.count(1)
        self._size = self._crc32 = 0
        self._content = Tally(lines=0 if config.count_lines else None)

    def run(self, *, first: bool) -> tuple[int, Tally]:
        """Write the result; return its size and the tally of its content. ``first``: keep the first header.

        Raises JobError for an input that is damaged or no longer what it was.
        """
        workers = Workers()
        try:
            with workers.until_the_end():
                reader = Reader(self._s3, workers.pool(_READS, "range"), _READS * RANGE, workers.stop)
                blocks = self._compressed(workers.pool(_CORES, "compress"), _blocks(self._texts(reader, first)))
                self._write(workers, blocks)
        finally:
            self._output.abort()
        return self._size, self._content

    # ------------------------------------------------------------ content

    def _texts(self, reader: Reader, first: bool) -> Iterator[bytes]:
        """Yield the joined content in pieces."""
        chunks = itertools.groupby(reader.chunks([source.one for source in self._sources]), key=lambda pair: pair[0])
        for number, group in chunks:
            source = self._sources[number]
            try:
                for name, pieces in self._files_of(source, self._counted(group)):
                    yield from self._changed(name, source.one.key, pieces, keep_header=first)
                    first = False
            except DataError as error:
                raise unreadable(source.one, error) from None
            self._progress.add(objects=1)

    def _counted(self, group: Iterator[tuple[int, bytes]]) -> Iterator[bytes]:
        for _, chunk in group:
            self._progress.add(read=len(chunk))
            if chunk:
                yield chunk

    @staticmethod
    def _files_of(source: Source, chunks: Iterator[bytes]) -> Iterator[tuple[str, Iterator[bytes]]]:
        pieces = codecs.decompress(chunks, source.format.codec)
        if source.format.tar:
            yield from tarball.files(pieces)
        else:
            yield source.one.key.rpartition("/")[2], pieces

    def _changed(self, name: str, key: str, pieces: Iterator[bytes], *, keep_header: bool) -> Iterator[bytes]:
        """Yield a file's content with its marker, without its header lines, with a line end at its end, as asked."""
        number = next(self._files)
        if self._config.marker:
            marker = self._config.marker.replace("{name}", name).replace("{key}", key)
            yield marker.replace("{number}", str(number)).encode(errors="surrogateescape")
        if self._config.header_lines and not keep_header:
            pieces = _without_lines(pieces, self._config.header_lines)
        last = b""
        for piece in pieces:
            yield piece
            last = piece[-1:] or last
        if self._config.end_lines and last not in (b"", b"\n"):
            yield b"\n"

    # ------------------------------------------------------------ result

    def _compressed(self, pool: ThreadPoolExecutor, blocks: Iterator[bytes]) -> Iterator[bytes]:
        """Yield the blocks compressed, in order; there is one at least, as nothing compressed is a file too."""
        waiting: deque[Future[tuple[bytes, Tally]]] = deque()
        for block in blocks:
            waiting.append(pool.submit(self._block, block))
            if len(waiting) >= _BLOCKS:
                yield self._tallied(waiting.popleft())
        while waiting:
            yield self._tallied(waiting.popleft())
        if not self._content.size:
            yield codecs.compress_block(b"", self._config.output_format, self._config.level)

    def _block(self, block: bytes) -> tuple[bytes, Tally]:
        content = Tally(lines=0 if self._config.count_lines else None)
        content.add(block)
        return codecs.compress_block(block, self._config.output_format, self._config.level), content

    def _tallied(self, future: Future[tuple[bytes, Tally]]) -> bytes:
        data, content = future.result()
        self._content.append(content)
        return data

    def _write(self, workers: Workers, blocks: Iterator[bytes]) -> None:
        """Send the compressed blocks in parts as they come; what is less than a part, at once at the end."""
        pool = workers.pool(4, "upload")
        sent: deque[tuple[int, Future[None]]] = deque()
        held: list[bytes] = []
        size, number = 0, 1
        for block in blocks:
            held.append(block)
            size += len(block)
            self._size += len(block)
            self._crc32 = isal_zlib.crc32(block, self._crc32)
            if size >= part_size(number):
                if not self._output.is_begun:
                    self._output.begin()
                while sent and sum(one for one, _ in sent) + size > _UPLOADED:
                    sent.popleft()[1].result()
                sent.append((size, workers.submit(pool, self._send, number, b"".join(held))))
                held, size, number = [], 0, number + 1
        if not self._output.is_begun:
            self._output.put(b"".join(held))
            self._progress.add(written=size)
            return
        if held:
            sent.append((size, workers.submit(pool, self._send, number, b"".join(held))))
        while sent:
            sent.popleft()[1].result()
        self._output.complete(self._size, self._crc32)

    def _send(self, number: int, data: bytes) -> None:
        self._output.part(number, data)
        self._progress.add(written=len(data))


def part_size(number: int) -> int:
    """Return the bytes of a part: they grow, as nobody knows how many there will be and S3 takes 10,000.

    Raises JobError beyond them, at some 280 GB.
    """
    if number > MAX_PARTS:
        raise JobError("The result needs more than S3's 10,000 parts.", "Submit it with --shards, or join less.")
    return _PART << min((number - 1) // 1000, 2)


def _blocks(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Cut into blocks of equal size: where the pieces end must not change the result."""
    held = bytearray()
    for piece in pieces:
        held += piece
        if len(held) >= BLOCK:
            view = memoryview(held)
            whole = len(held) - len(held) % BLOCK
            for start in range(0, whole, BLOCK):
                yield bytes(view[start : start + BLOCK])
            rest = bytes(view[whole:])
            view.release()
            held = bytearray(rest)
    if held:
        yield bytes(held)


def _without_lines(pieces: Iterator[bytes], lines: int) -> Iterator[bytes]:
    for piece in pieces:
        while lines and piece:
            _, end, piece = piece.partition(b"\n")
            lines -= len(end)
        if piece:
            yield piece
