"""How objects that are joined as they are become parts of an upload."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jobs.s3_concat.errors import EXIT_REFUSED, JobError
from jobs.s3_concat.inputs import Input
from jobs.s3_concat.output import MAX_COPY, MAX_PARTS, MIN_PART

THROUGH = 8 << 20
"""Bytes from which on small objects, read and sent together, are a part."""

COPY = 256 << 20
"""Bytes that S3 is asked to copy at a time: copies run beside each other."""

MAX_THROUGH = 32 << 20
"""The largest part that may pass through memory."""


@dataclass(frozen=True)
class Piece:
    """Bytes of an input, by its place in the list."""

    number: int
    start: int
    end: int


@dataclass(frozen=True)
class Part:
    """A part of the result: one piece that S3 copies, or pieces that pass through the job."""

    pieces: tuple[Piece, ...]
    is_copy: bool

    @property
    def size(self) -> int:
        """Bytes of it."""
        return sum(piece.end - piece.start for piece in self.pieces)


def parts_of(inputs: Sequence[Input]) -> list[Part]:
    """Return the parts, in order, for all inputs joined. Raises JobError where S3's 10,000 do not do."""
    small = MIN_PART
    while len(parts := list(_parts(inputs, small))) > MAX_PARTS:
        small *= 2
        if small > MAX_THROUGH // 2:
            raise JobError(
                f"{len(inputs)} objects are more than the {MAX_PARTS} parts that an upload may have.",
                "Submit it with --shards, so that a few jobs each join some first.",
                EXIT_REFUSED,
            )
    return parts


def _parts(inputs: Sequence[Input], small: int) -> Iterator[Part]:
    through = max(THROUGH, small)
    run: list[Piece] = []
    size = 0
    for number, one in enumerate(inputs):
        # What waits must become a part of at least 5 MiB, if need be with the head of this object.
        head = max(0, MIN_PART - size) if run else 0
        if one.size - head >= small and one.size > MIN_PART:
            if run:
                if head:
                    run.append(Piece(number, 0, head))
                yield Part(tuple(run), is_copy=False)
                run, size = [], 0
            yield from _copies(number, head, one.size)
        elif one.size:
            run.append(Piece(number, 0, one.size))
            size += one.size
            if size >= through:
                yield Part(tuple(run), is_copy=False)
                run, size = [], 0
    if run:
        yield Part(tuple(run), is_copy=False)


def _copies(number: int, start: int, end: int) -> Iterator[Part]:
    """Cut a large object into ranges of equal size, none too small."""
    step = min(max(COPY, -(-(end - start) // (MAX_PARTS // 10))), MAX_COPY)
    count = -(-(end - start) // step)
    cuts = [start + (end - start) * index // count for index in range(count + 1)]
    for first, last in itertools.pairwise(cuts):
        yield Part((Piece(number, first, last),), is_copy=True)
