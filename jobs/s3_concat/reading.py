"""Objects read in ranges, several at a time, and given in order."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError, FlexibleChecksumError

from jobs.s3_concat.errors import CHANGED, JobError, code_of

if TYPE_CHECKING:
    from mypy_boto3_s3 import S3Client

    from jobs.s3_concat.inputs import Input

log = logging.getLogger("s3_concat")

RANGE = 8 << 20
"""Bytes that one request reads: large enough that its latency does not count."""

_PIECE = 1 << 20
_ATTEMPTS = 5
_pause = time.sleep


def fetch(s3: S3Client, one: Input, start: int, end: int) -> bytes:
    """Return an object's bytes from ``start`` up to ``end``, as they were when it was listed.

    A connection that breaks is taken up where it broke. Raises JobError with the object and the byte where S3 says that
    it is another by now or gone, and botocore's errors.
    """
    found: list[bytes] = []
    position, broken = start, 0
    while position < end:
        # Of an object that is read whole S3 sends the checksum, which botocore holds against what came.
        whole = position == 0 and end == one.size
        asked: dict[str, Any] = {} if whole else {"Range": f"bytes={position}-{end - 1}"}
        try:
            with closing(s3.get_object(Bucket=one.bucket, Key=one.key, IfMatch=one.etag, **asked)["Body"]) as body:
                while piece := body.read(_PIECE):
                    found.append(piece)
                    position += len(piece)
        except ClientError as error:
            if code_of(error) in CHANGED:
                raise changed(one, position, code_of(error)) from error
            raise
        except BotoCoreError as error:
            broken += 1
            if broken == _ATTEMPTS:
                raise
            if isinstance(error, FlexibleChecksumError):
                found, position = [], start
            log.warning("%s broke at byte %d (%s); going on from there", one.key, position, error)
            _pause(0.2 * 2**broken)
    return found[0] if len(found) == 1 else b"".join(found)


def changed(one: Input, position: int, code: str) -> JobError:
    """Return what is said of an input that is no longer what was listed."""
    gone = code in ("NoSuchKey", "404")
    return JobError(
        f"{one.address} {'vanished' if gone else 'changed'} while it was read (at byte {position} of {one.size}).",
        "Run the job again when nothing writes there any more.",
    )


class Reader:
    """Reads ranges ahead of who consumes them, never more than ``ahead`` bytes."""

    def __init__(self, s3: S3Client, pool: ThreadPoolExecutor, ahead: int, stop: threading.Event) -> None:
        self._s3, self._pool, self._ahead, self._stop = s3, pool, ahead, stop

    def chunks(self, inputs: Iterable[Input]) -> Iterator[tuple[int, bytes]]:
        """Yield (number of the input, bytes) in order. An input without bytes has one empty chunk."""
        waiting: deque[tuple[int, int, Future[bytes]]] = deque()
        held = 0
        try:
            for number, one, start, end in _ranges(inputs):
                while waiting and held + end - start > self._ahead:
                    held -= waiting[0][1]
                    yield self._next(waiting)
                held += end - start
                waiting.append((number, end - start, self._pool.submit(self._fetch, one, start, end)))
            while waiting:
                yield self._next(waiting)
        finally:
            for _, _, future in waiting:
                future.cancel()

    @staticmethod
    def _next(waiting: deque[tuple[int, int, Future[bytes]]]) -> tuple[int, bytes]:
        number, _, future = waiting.popleft()
        return number, future.result()

    def _fetch(self, one: Input, start: int, end: int) -> bytes:
        return b"" if self._stop.is_set() else fetch(self._s3, one, start, end)


def _ranges(inputs: Iterable[Input]) -> Iterator[tuple[int, Input, int, int]]:
    for number, one in enumerate(inputs):
        for start in range(0, max(one.size, 1), RANGE):
            yield number, one, start, min(start + RANGE, one.size)
