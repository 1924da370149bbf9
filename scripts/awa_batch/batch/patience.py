"""Wait through an outage of AWS: what fails in passing is asked again, for as long as the user's patience."""

from __future__ import annotations

import random
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

from awa_batch.batch.failures import CallError, refused
from awa_batch.duration import duration_text
from awa_batch.text import Field, Say

if TYPE_CHECKING:
    from botocore.client import BaseClient

FIRST_WAIT = 0.5
LONGEST_WAIT = 15.0

_REPEATABLE = re.compile(r"(?:Cancel|Describe|Filter|Get|Head|List|Terminate)[A-Z]")
"""Calls that change nothing, or nothing more, when they are made twice."""

_T = TypeVar("_T")


class Outage:
    """Counts what fails in passing: an outage begins with the first such call, and ends with one that goes well.

    ``patience`` is in seconds. ``tell`` gets a line when two calls in a row have failed, and one when it is over.
    """

    def __init__(self, patience: float, tell: Say = lambda _: None) -> None:
        self.patience = patience
        self.tell = tell
        self._began: float | None = None
        self._in_a_row = 0

    def goes_on(self, error: CallError) -> bool:
        """Count a call that failed; return whether another try is worth it. A refusal never is."""
        if not error.is_passing:
            return False
        now = time.monotonic()
        self._began = now if self._began is None else self._began
        self._in_a_row += 1
        if now - self._began >= self.patience:
            return False
        if self._in_a_row == 2:
            self.tell(
                (
                    f"AWS does not answer ({error.said}); trying again for {duration_text(self.patience)} (",
                    Field("patience"),
                    " sets it).",
                )
            )
        return True

    def wait(self) -> None:
        """Wait before the next try: longer each time, and not beyond the end of patience."""
        if self._began is None:
            return
        left = self._began + self.patience - time.monotonic()
        wait = min(FIRST_WAIT * 2 ** min(self._in_a_row - 1, 10), LONGEST_WAIT)
        wait *= random.uniform(0.5, 1.0)  # noqa: S311 - so that many submitters do not come back together
        time.sleep(max(0.0, min(wait, left)))

    def ended(self) -> None:
        """Note a call that went well."""
        if self._in_a_row > 1:
            self.tell("AWS answers again.")
        self._began = None
        self._in_a_row = 0


def patiently(call: Callable[[], _T], outage: Outage | None) -> _T:
    """Make a call that changes nothing when it is made twice, until it is answered or patience ends.

    Raises CallError: a refusal at once, an outage at its end; without an ``outage`` the first one.
    """
    while True:
        try:
            result = call()
        except CallError as error:
            if outage is None or not outage.goes_on(error):
                raise
            outage.wait()
        else:
            if outage is not None:
                outage.ended()
            return result


class Waiting:
    """Waits through outages in the calls of clients, for whoever does not wait by himself.

    ``patience`` is in seconds, ``tell`` gets the lines of `Outage`.
    """

    def __init__(self, patience: float, tell: Say) -> None:
        self._patience = patience
        self._tell = tell
        self._is_on = True

    @contextmanager
    def off(self) -> Iterator[None]:
        """Let a failed call fail at once for a while: for what counts outages, and heeds Ctrl-C, by itself."""
        before, self._is_on = self._is_on, False
        try:
            yield
        finally:
            self._is_on = before

    def let_wait(self, client: BaseClient) -> None:
        """Let a client's calls wait, those alone that may be made twice. A page of a paginator is such a call."""
        call: Callable[[str, Any], Any] = client._make_api_call  # type: ignore[attr-defined]

        def patient(operation: str, parameters: Any) -> Any:
            if not (self._is_on and _REPEATABLE.match(operation)):
                return call(operation, parameters)
            outage = Outage(self._patience, self._tell)
            while True:
                try:
                    result = call(operation, parameters)
                except Exception as error:
                    if not outage.goes_on(refused(error, operation)):
                        raise  # as it is: who asked says what for
                    outage.wait()
                else:
                    outage.ended()
                    return result

        client._make_api_call = patient  # type: ignore[attr-defined]
