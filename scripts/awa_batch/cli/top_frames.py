"""What `top` shows, as lines of a terminal: no more of them and no wider than it has."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import click

from awa_batch.cli.ids import SHORT
from awa_batch.cli.jobs_shown import children
from awa_batch.cli.render import coloured
from awa_batch.cli.table import GAP, Column, cut, lines, width_of
from awa_batch.cli.terminal import plain
from awa_batch.duration import duration_text

if TYPE_CHECKING:
    from awa_batch.observe.job import Job
    from awa_batch.observe.overview import Snapshot

HELP = "up/down choose   l logs   w why   c cancel   q quit"
TEXT_HELP = "up/down page   q back"

QUEUES = (
    Column("queue", least=12),
    Column("state", drop=1, style=coloured),
    Column("waiting", right=True),
    Column("runnable", right=True),
    Column("starting", right=True),
    Column("running", right=True),
)
JOBS = (
    Column("job"),
    Column("name", least=14),
    Column("queue", drop=4),
    Column("status", style=coloured),
    Column("children", drop=2),
    Column("waited", drop=3, right=True),
    Column("ran", right=True),
    Column("why", least=12, drop=1),
)


def one_line(text: str) -> str:
    """Return what AWS or a job said in one line that commands no terminal."""
    return plain(text).replace("\n", " ").replace("\t", " ")


def headline(environment: str, snapshot: Snapshot, back: float, cost: str = "") -> str:
    """Return what goes on in one line."""
    counts = snapshot.counts
    waits = sum(counts.get(state, 0) for state in ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING"))
    rate = "-" if snapshot.rate is None else f"{snapshot.rate:.1f}"
    time = f"{back / 3600:g} h" if back >= 3600 else f"{back / 60:g} min"
    costs = f" ({cost})" if cost else ""
    clock = datetime.fromtimestamp(snapshot.at).strftime("%H:%M:%S")
    return (
        f"{environment}  running {counts.get('RUNNING', 0)}{costs}  waiting {waits}  failed {counts.get('FAILED', 0)}  "
        f"{rate}/min  succeeded {counts.get('SUCCEEDED', 0)} in {time}  {clock}"
    )


def queue_rows(snapshot: Snapshot, logical: Mapping[str, str]) -> list[list[str]]:
    """Return the cells of the queues."""
    return [
        [
            logical.get(queue.name, queue.name),
            queue.state,
            str(queue.jobs.get("SUBMITTED", 0) + queue.jobs.get("PENDING", 0)),
            *(str(queue.jobs.get(state, 0)) for state in ("RUNNABLE", "STARTING", "RUNNING")),
        ]
        for queue in snapshot.queues
    ]


def job_rows(jobs: Sequence[Job], logical: Mapping[str, str], now: float) -> list[list[str]]:
    """Return the cells of jobs."""
    return [
        [
            job.id[:SHORT],
            one_line(job.name),
            logical.get(job.queue, job.queue),
            job.status,
            children(job),
            _seconds(job.created_at, job.started_at, now),
            _seconds(job.started_at, job.stopped_at, now) if job.started_at else "-",
            one_line(_why(job)),
        ]
        for job in jobs
    ]


def _why(job: Job) -> str:
    """Return what tells most in little room: that its container exited is no news of one with an exit code."""
    if job.status != "FAILED" or job.exit_code is None:
        return job.why
    return f"exit {job.exit_code}" + (f": {job.reason}" if job.reason else "")


def _seconds(begin: int | None, end: int | None, now: float) -> str:
    return "-" if begin is None else duration_text(max(0.0, (end / 1000 if end else now) - begin / 1000))


def _table(columns: Sequence[Column], rows: Sequence[Sequence[str]], width: int, chosen: int | None) -> list[str]:
    """Return heading and rows; none is wider than it may be, the chosen row is turned around."""
    colours = "NO_COLOR" not in os.environ
    shown = []
    for place, (text, cells) in enumerate(lines(columns, rows, width)):
        if place - 1 == chosen:
            line = cut(text, width)
            shown.append(click.style(line + " " * (width - width_of(line)), reverse=True))
        elif width_of(text) > width or not colours:
            shown.append(cut(text, width))
        else:
            styled = (" " * GAP).join(cells).rstrip()
            shown.append(click.style(styled, bold=True) if place == 0 else styled)
    return shown


def overview(
    environment: str,
    snapshot: Snapshot | None,
    logical: Mapping[str, str],
    size: tuple[int, int],
    *,
    back: float,
    chosen: int,
    note: str = "",
    cost: str = "",
) -> list[str]:
    """Return the screen of queues and jobs, the chosen one among those that fit."""
    width, height = size
    foot = cut(one_line(note) or HELP, width)
    if snapshot is None:
        return [cut(f"{environment}  looking …", width), *[""] * (height - 2), foot]
    queues = queue_rows(snapshot, logical)
    most = max(1, (height - 6) // 3)
    if len(queues) > most:  # those with jobs first
        queues = sorted(queues, key=lambda row: -sum(map(int, row[2:])))[:most]
    head = [cut(headline(environment, snapshot, back, cost), width), *_table(QUEUES, queues, width, None), ""]
    room = max(1, height - len(head) - 2)
    first = max(0, min(chosen - room // 2, len(snapshot.jobs) - room))
    shown = snapshot.jobs[first : first + room]
    columns = [place for place, column in enumerate(JOBS) if column.name != "children" or any(map(children, shown))]
    rows = [[row[place] for place in columns] for row in job_rows(shown, logical, snapshot.at)]
    body = _table([JOBS[place] for place in columns], rows, width, chosen - first) if rows else ["no jobs"]
    filled = [*head, *body][: height - 1]
    return [*filled, *[""] * (height - 1 - len(filled)), foot]


def text_rows(text: Sequence[str], width: int) -> list[str]:
    """Return lines folded to the width; what does not fit on one line goes on below."""
    rows: list[str] = []
    for line in text:
        rest = plain(line).expandtabs(4)
        row, used = "", 0
        for letter in rest:
            used += width_of(letter)
            if used > width:
                rows.append(row)
                row, used = "", width_of(letter)
            row += letter
        rows.append(row)
    return rows


def pager(title: str, rows: Sequence[str], first: int, size: tuple[int, int]) -> list[str]:
    """Return a screen of a text from its row ``first``."""
    width, height = size
    room = max(1, height - 2)
    body = list(rows[first : first + room])
    place = f"{min(first + room, len(rows))}/{len(rows)}"
    return [
        click.style(cut(one_line(title), width), bold=True),
        *body,
        *[""] * (room - len(body)),
        cut(f"{TEXT_HELP}   {place}", width),
    ]
