"""What the job has done so far: said now and then while it runs, and summed up at its end."""

from __future__ import annotations

import logging
import threading
import time
from typing import Self

log = logging.getLogger("s3_concat")

SECONDS = 10.0
"""Between two lines of progress."""


class Progress:
    """Bytes and objects, counted by any thread. As a context manager it logs a line every ten seconds."""

    def __init__(self, objects: int, size: int) -> None:
        self.objects, self.size = objects, size
        self.read = self.written = self.copied = self.objects_done = 0
        self.started = time.monotonic()
        self._lock = threading.Lock()
        self._ended = threading.Event()

    def add(self, *, read: int = 0, written: int = 0, copied: int = 0, objects: int = 0) -> None:
        """Count bytes read from S3, written to it and copied within it, and inputs that are done."""
        with self._lock:
            self.read += read
            self.written += written
            self.copied += copied
            self.objects_done += objects

    @property
    def seconds(self) -> float:
        """Since it was made."""
        return time.monotonic() - self.started

    @property
    def rate(self) -> float:
        """Input joined a second, in MB (10^6 bytes), whether it was read or copied."""
        return max(self.read, self.copied) / 1e6 / max(self.seconds, 1e-6)

    def line(self) -> str:
        """Return how far it is."""
        return (
            f"{self.objects_done} of {self.objects} objects; {self.read / 1e6:.0f} of {self.size / 1e6:.0f} MB read, "
            f"{self.copied / 1e6:.0f} MB copied in S3, {self.written / 1e6:.0f} MB written, {self.rate:.0f} MB/s"
        )

    def __enter__(self) -> Self:
        """Begin to say it."""
        threading.Thread(target=self._say, name="progress", daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        """Say no more."""
        self._ended.set()

    def _say(self) -> None:
        while not self._ended.wait(SECONDS):
            log.info("%s", self.line())
