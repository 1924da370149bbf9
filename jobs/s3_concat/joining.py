"""Join objects as they are: each is checked where it can be, and S3 itself copies what is large enough."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from jobs.s3_concat.codecs import Codec, decompress
from jobs.s3_concat.gz import DataError
from jobs.s3_concat.inputs import Input, unreadable
from jobs.s3_concat.output import Output
from jobs.s3_concat.plan import Part, Piece, parts_of
from jobs.s3_concat.progress import Progress
from jobs.s3_concat.reading import RANGE, Reader, fetch
from jobs.s3_concat.tally import Tally
from jobs.s3_concat.workers import Workers, results

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

_THROUGH = 4  # parts that pass through the job at a time, each of some 8 MiB
_COPIES = 8  # copies in S3 at a time: they cost the job nothing
_READS = 16  # requests on their way at a time: of small objects there are many in a part
_LANES = min(os.cpu_count() or 1, 4)  # large objects that are decompressed at a time
_WINDOWS = 2  # zstd streams that are decompressed at a time: each may ask for 64 MiB
_AHEAD = 2 * RANGE  # bytes that each of them reads ahead


class Joining:
    """The join of objects of one codec. ``content`` and ``joined`` are known at the end."""

    def __init__(
        self, s3: S3Client, inputs: Sequence[Input], codec: Codec, output: Output, progress: Progress, *, lines: bool
    ) -> None:
        self._s3, self._inputs, self._codec, self._output, self._progress = s3, inputs, codec, output, progress
        self._lines: int | None = 0 if lines else None
        self._content: dict[int, Tally] = {}
        self._raw: dict[int, Tally] = {}
        self._lock = threading.Lock()
        self._decoders = threading.Semaphore(_WINDOWS if codec == "zstd" else _LANES + _THROUGH)

    def run(self, *, check: bool) -> tuple[int, Tally | None]:
        """Write the result; return its size, and the tally of its content where all of it was read.

        Raises JobError for an input that is damaged, where ``check`` has it decompressed, or no longer what it was.
        """
        parts = parts_of(self._inputs)
        # Plain bytes have nothing that could be checked by reading them.
        check = check and self._codec != "plain"
        self._refuse_empty()
        through = {p.number for part in parts if not part.is_copy for p in part.pieces if self._is_whole(p)}
        large = [number for number, one in enumerate(self._inputs) if one.size and number not in through]
        size = sum(part.size for part in parts)
        workers = Workers()
        self._ranges = workers.pool(_READS, "range")
        try:
            with workers.until_the_end():
                if not parts or (len(parts) == 1 and not parts[0].is_copy):
                    self._output.put(self._through(parts[0]) if parts else b"")
                    self._progress.add(written=size)
                else:
                    self._output.begin()
                    self._parts(workers, parts, large if check else [])
                    self._output.complete(size, self._joined() if check or not large else None)
        finally:
            self._output.abort()
        return size, self._whole_content()

    def _parts(self, workers: Workers, parts: list[Part], to_check: list[int]) -> None:
        throughs, copies = workers.pool(_THROUGH, "through"), workers.pool(_COPIES, "copy")
        lanes = workers.pool(_LANES, "check")
        # What is read first: a damaged input is found before S3 has copied for long.
        futures = [
            workers.submit(lanes, self._check, number, Reader(self._s3, self._ranges, _AHEAD, workers.stop))
            for number in to_check
        ]
        for number, part in enumerate(parts, 1):
            if part.is_copy:
                futures.append(workers.submit(copies, self._copy, number, part))
            else:
                futures.append(workers.submit(throughs, self._send, number, part))
        results(futures)

    def _copy(self, number: int, part: Part) -> None:
        piece = part.pieces[0]
        one = self._inputs[piece.number]
        self._output.copy(number, one, piece.start, piece.end)
        self._progress.add(copied=part.size, objects=int(piece.end == one.size))

    def _send(self, number: int, part: Part) -> None:
        self._output.part(number, self._through(part))
        self._progress.add(written=part.size)

    def _through(self, part: Part) -> bytes:
        """Read a part's pieces, check those that are whole objects, and return them joined."""
        found = []
        reads = [
            self._ranges.submit(fetch, self._s3, self._inputs[piece.number], piece.start, piece.end)
            for piece in part.pieces
        ]
        for piece, read in zip(part.pieces, reads, strict=True):
            one, data = self._inputs[piece.number], read.result()
            self._progress.add(read=len(data))
            if self._is_whole(piece):
                self._take(piece.number, one, iter([data]))
                self._progress.add(objects=1)
            found.append(data)
        return found[0] if len(found) == 1 else b"".join(found)

    def _check(self, number: int, reader: Reader) -> None:
        one = self._inputs[number]
        self._take(number, one, self._counted(reader, one))

    def _counted(self, reader: Reader, one: Input) -> Iterator[bytes]:
        for _, chunk in reader.chunks([one]):
            self._progress.add(read=len(chunk))
            yield chunk

    def _take(self, number: int, one: Input, chunks: Iterator[bytes]) -> None:
        """Decompress an object and keep the tallies of its bytes and of its content."""
        raw, content = Tally(lines=None), Tally(lines=self._lines)

        def tallied() -> Iterator[bytes]:
            for chunk in chunks:
                raw.add(chunk)
                yield chunk

        try:
            with self._decoders:
                for piece in decompress(tallied(), self._codec):
                    content.add(piece)
        except DataError as error:
            raise unreadable(one, error) from None
        with self._lock:
            self._raw[number], self._content[number] = raw, content

    def _is_whole(self, piece: Piece) -> bool:
        return (piece.start, piece.end) == (0, self._inputs[piece.number].size)

    def _refuse_empty(self) -> None:
        for one in self._inputs:
            if not one.size and self._codec != "plain":
                raise unreadable(one, DataError(f"empty: not even a {self._codec} header"))

    def _joined(self) -> int:
        """Return the CRC32 of the result."""
        total = Tally(lines=None)
        for _, raw in sorted(self._raw.items()):
            total.append(raw)
        return total.crc32

    def _whole_content(self) -> Tally | None:
        if len(self._content) < sum(one.size > 0 for one in self._inputs):
            return None
        total = Tally(lines=self._lines)
        for _, content in sorted(self._content.items()):
            total.append(content)
        return total
