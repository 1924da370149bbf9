"""Find out by their names whether AWS Batch has the jobs whose answer was lost: many with few calls."""

from __future__ import annotations

import math
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from awa_batch.batch.failures import CallError
from awa_batch.batch.listing import PER_FILTERED_PAGE, ids_by_name
from awa_batch.submission.ledger import Entry

if TYPE_CHECKING:
    from mypy_boto3_batch import BatchClient


@dataclass(frozen=True)
class LookupResult:
    """What one lookup brought: line → job id of those found among ``lines``, or the ``error`` that kept it from it."""

    lines: tuple[int, ...]
    found: dict[int, str] = field(default_factory=dict)
    error: CallError | None = None


@dataclass
class _Unclear:
    """A job that may have been accepted: how many lookups missed it, and when (monotonic) the next one is due."""

    entry: Entry
    due: float
    misses: int = 0


class Reconciler:
    """The unclear jobs of a run, each looked up after each of ``waits`` (seconds) until it shows.

    Lookups run one at a time in a thread of their own, so that sending goes on; ``deliver`` is called there with each
    `LookupResult`, or with the exception that a fault of this program raised. All else is called in one thread.
    """

    def __init__(
        self,
        reader: BatchClient,
        prefix: str,
        waits: Sequence[float],
        deliver: Callable[[LookupResult | BaseException], None],
    ) -> None:
        self._reader = reader
        self._prefix = prefix
        self._waits = waits
        self._deliver = deliver
        self._unclear: dict[int, _Unclear] = {}
        self._not_before = 0.0
        self.is_looking = False

    def __len__(self) -> int:
        return len(self._unclear)

    def add(self, entry: Entry, *, once: bool = False) -> None:
        """Look a job up as often as there are waits, or ``once`` where that has been done before."""
        misses = len(self._waits) - 1 if once else 0
        self._unclear[entry.line] = _Unclear(entry, time.monotonic() + self._waits[0], misses)

    def next_due(self) -> float:
        """Return the moment (monotonic) of the next lookup; infinite where nothing is unclear."""
        return max(self._not_before, min((job.due for job in self._unclear.values()), default=math.inf))

    def look_up_due(self) -> None:
        """Start a lookup of the jobs that are due, unless one is under way."""
        now = time.monotonic()
        due = [job.entry for job in self._unclear.values() if job.due <= now]
        if self.is_looking or not due or now < self._not_before:
            return
        self.is_looking = True
        self._not_before = now + self._waits[0]  # those that come due meanwhile share the next one
        threading.Thread(target=self._look_up, args=(due,), daemon=True).start()

    def settle(self, result: LookupResult) -> Iterator[tuple[Entry, str | None]]:
        """Yield each job that is clear now, with its id, or None where all its lookups have missed it."""
        self.is_looking = False
        for line in () if result.error else result.lines:
            job = self._unclear[line]
            if line not in result.found:
                job.misses += 1
                if job.misses < len(self._waits):
                    job.due = time.monotonic() + self._waits[job.misses]
                    continue
            del self._unclear[line]
            yield job.entry, result.found.get(line)

    def _look_up(self, due: list[Entry]) -> None:
        lines = tuple(entry.line for entry in due)
        try:
            self._deliver(LookupResult(lines, ids_by_line(self._reader, self._prefix, due)))
        except CallError as error:
            self._deliver(LookupResult(lines, error=error))
        except BaseException as error:
            self._deliver(error)


def ids_by_line(reader: BatchClient, prefix: str, entries: Iterable[Entry]) -> dict[int, str]:
    """Return line → id of those ``entries`` that AWS Batch has. Raises CallError.

    The names of a hundred lines begin alike (``<prefix>0012``…), and a page of ListJobs holds a hundred jobs: one call
    finds them all, however many of them are asked for.
    """
    groups: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        groups[entry.queue, f"{prefix}{_hundred(entry.line)}"].append(entry)
    found: dict[int, str] = {}
    for (queue, beginning), members in groups.items():
        ids = ids_by_name(reader, queue, members[0].name if len(members) == 1 else f"{beginning}*")
        found.update({entry.line: ids[entry.name] for entry in members if entry.name in ids})
    return found


def beginnings(prefix: str, entries: Iterable[Entry]) -> list[tuple[str, str]]:
    """Return (queue, beginning of a name) pairs that cover all ``entries`` not accepted, with few pages of ListJobs.

    A beginning costs a page for each hundred jobs that AWS Batch has under it, which are at least those that the ledger
    has as accepted, and one page where it has none. So a run that is not begun costs one page a queue, and the last ten
    jobs of ten thousand cost ten at most, not a hundred.
    """
    accepted: dict[str, Counter[str]] = defaultdict(Counter)
    left: dict[str, set[str]] = defaultdict(set)
    for entry in entries:
        if entry.state == "accepted":
            accepted[entry.queue][_hundred(entry.line)] += 1
        else:
            left[entry.queue].add(_hundred(entry.line))

    def cheapest(queue: str, digits: str) -> tuple[int, list[str]]:
        whole = sum(count for group, count in accepted[queue].items() if group.startswith(digits))
        pages = 1 + whole // PER_FILTERED_PAGE
        if pages == 1 or digits in left[queue]:
            return pages, [digits]
        parts = [
            cheapest(queue, more)
            for more in sorted({group[: len(digits) + 1] for group in left[queue] if group.startswith(digits)})
        ]
        total = sum(cost for cost, _ in parts)
        return (pages, [digits]) if pages <= total else (total, [one for _, some in parts for one in some])

    return [(queue, f"{prefix}{digits}") for queue in sorted(left) for digits in cheapest(queue, "")[1]]


def _hundred(line: int) -> str:
    """Return the digits of a job's name that it shares with the other lines of its hundred (names have six digits)."""
    return f"{line // 100:04d}"
