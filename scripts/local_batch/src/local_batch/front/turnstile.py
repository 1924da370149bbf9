"""Requests on their way, and how one that must be alone waits for the others and keeps new ones out."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


class Turnstile:
    """Lets any number through at once, or one alone."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._is_alone = False

    @contextmanager
    def through(self) -> Iterator[None]:
        """Be one of any number, as soon as nobody is alone."""
        with self._changed:
            while self._is_alone:
                self._changed.wait()
            self._inside += 1
        try:
            yield
        finally:
            with self._changed:
                self._inside -= 1
                self._changed.notify_all()

    @contextmanager
    def alone(self, seconds: float) -> Iterator[bool]:
        """Be the only one; give False where the others have not gone within ``seconds``, and let all through again."""
        deadline = time.monotonic() + seconds
        with self._changed:
            alone = self._changed.wait_for(lambda: not self._is_alone, seconds)
            if alone:
                self._is_alone = True
                alone = self._changed.wait_for(lambda: not self._inside, max(0.0, deadline - time.monotonic()))
                if not alone:
                    self._is_alone = False
                    self._changed.notify_all()
        try:
            yield alone
        finally:
            if alone:
                with self._changed:
                    self._is_alone = False
                    self._changed.notify_all()
