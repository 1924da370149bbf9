"""A line now and then while something takes long: what it is at, and for how long already."""

from __future__ import annotations

import re
import threading
import time
from types import TracebackType

from awa_batch.duration import duration_text
from awa_batch.text import Say

APART = 10.0
"""Seconds between two lines."""

_AT = re.compile(
    r"^(?:.*\.)?((?:aws|terraform|random|time|null)_[a-z0-9_]+\.[^\s:]+): (Creating|Modifying|Destroying|Still)"
)
_DONE = re.compile(r": (?:Creation|Modifications|Destruction) complete after")
_PLAN = re.compile(r"^Plan: (\d+) to add, (\d+) to change, (\d+) to destroy")


class Ticking:
    """Says ``what`` with the time that it has taken, every ten seconds while it is entered.

    ``at`` is what it is at; `terraform_line` reads that, and how much is done, from terraform's own lines.
    """

    def __init__(self, say: Say, what: str, apart: float = APART) -> None:
        self.at = ""
        self._say = say
        self._what = what
        self._apart = apart
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._tick, name=what, daemon=True)
        self._began = time.monotonic()
        self._total = self._done = 0

    def __enter__(self) -> Ticking:
        self._began = time.monotonic()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()

    def terraform_line(self, line: str) -> None:
        """Take a line of terraform's apply."""
        if plan := _PLAN.match(line):
            self._total = sum(map(int, plan.groups()))
        elif _DONE.search(line):
            self._done += 1
        elif at := _AT.match(line):
            self.at = at[1]

    def _tick(self) -> None:
        while not self._end.wait(self._apart):
            done = f" {self._done} of {self._total}" if self._total else ""
            at = f" ({self.at})" if self.at else ""
            self._say(f"{self._what}:{done} after {duration_text(time.monotonic() - self._began)}{at}")
