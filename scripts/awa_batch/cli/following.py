"""Wait for jobs in front of a user: states, logs, Ctrl-C, the exit code."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import click

from awa_batch.cli.interrupt import WINDOW, CancelAsked, Detached, Interrupts
from awa_batch.cli.options import say
from awa_batch.cli.progress import Progress
from awa_batch.cli.render import clock
from awa_batch.cli.terminal import plain
from awa_batch.cli.words import words
from awa_batch.errors import AwsError, TimedOutError
from awa_batch.text import Command

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.observe import Event, Job
    from awa_batch.observe.watch import Watching

INTERRUPTED = 130
CANCEL_WAIT = 45.0
"""Seconds to wait for cancelled jobs to end: SIGKILL comes 30 s after SIGTERM."""


def attach_command(ids: Sequence[str]) -> str:
    """Return the command that comes back to these jobs, as it is typed."""
    return words().say(Command("attach", *ids[:5])) + (" …" if len(ids) > 5 else "")


def wait_for(
    clients: Clients,
    ids: Sequence[str],
    *,
    following: bool,
    on_interrupt: str | None = None,
    timeout: float | None = None,
    since: int | None = None,
    tail: int | None = None,
    log_to_stdout: bool = False,
    timestamps: bool = False,
    raw: bool = False,
) -> int:
    """Wait for jobs, show their states (and with ``following`` their logs) and return the exit code.

    That is 0 where all succeeded; else that of the first job that did not: its container's own, of an array that of
    its first failed child, or 1. Ctrl-C does what ``on_interrupt`` says (see `Interrupts`) and gives 130. States go to
    stderr; log lines to stderr too, or with ``log_to_stdout`` to stdout; ``since``
    and ``tail`` choose where they begin, and terminal control sequences are left out of them unless they are wanted
    ``raw``. Raises what `watch` raises.
    """
    from awa_batch.observe import follow
    from awa_batch.usage.sentence import sentence_of

    back = attach_command(ids)

    progress = Progress()

    def tell() -> None:
        progress.clear()
        say(
            f"Ctrl-C again within {WINDOW:.0f} s cancels {_what(ids)}; Ctrl-\\ leaves now. It goes on otherwise; "
            f"to come back: {back}"
        )

    last: dict[str, Job] = {}
    with clients.calls_fail_at_once(), Interrupts(on_interrupt, tell) as interrupts:
        say(f"Waiting. To come back to it: {back}")  # said when presses are taken already
        how = _how_to_watch(clients, timeout)
        if following:
            events = follow(
                clients.batch,
                clients.logs,
                list(ids),
                settle=clients.contract.target.watch_intervals.settle,
                since=since,
                tail=tail,
                pause=interrupts.pause,
                **how,
            )
        else:
            events = _changes(clients, ids, interrupts, how)
        try:
            for event in events:
                if event.line is None and event.note is None and event.job.is_array and not event.job.is_complete:
                    last[event.job.id] = event.job
                    progress.show(event.job)
                    continue
                progress.clear()
                if event.line is not None:
                    _show_line(event, log_to_stdout, timestamps, raw)
                elif event.note is not None:
                    say(event.note)
                else:
                    last[event.job.id] = event.job
                    say(state_line(event.job))
                    if following and (used := sentence_of(clients, event.job)):
                        say(f"{event.job.name}: {used}.")
        except Detached:
            progress.clear()
            say(f"Left. {_what(ids).capitalize()} goes on; to come back: {back}")
            return INTERRUPTED
        except CancelAsked:
            progress.clear()
            _cancel(clients, ids)
            return INTERRUPTED
    return exit_code(clients, [last[job_id] for job_id in dict.fromkeys(ids)])


def _what(ids: Sequence[str]) -> str:
    return "the job" if len(ids) == 1 else f"the {len(ids)} jobs"


def _how_to_watch(clients: Clients, timeout: float | None) -> Watching:
    """Return what `watch` is told."""
    intervals = clients.contract.target.watch_intervals
    return {
        "first_tick": intervals.first_tick,
        "last_tick": intervals.last_tick,
        "timeout": timeout,
        "outage_bound": clients.outage_bound,
        "tell": say,
        "after_outage": clients.contract.target.after_outage,
    }


def _changes(clients: Clients, ids: Sequence[str], interrupts: Interrupts, how: Watching) -> Iterator[Event]:
    """Yield the ends alone; of an array, every new count as well."""
    from awa_batch.observe import Event, watch

    shown: dict[str, object] = {}
    for jobs in watch(clients.batch, list(ids), pause=interrupts.pause, **how):
        for job_id, job in jobs.items():
            state = (job.status, job.array_summary)
            if shown.get(job_id) != state and (job.is_complete or job.is_array):
                shown[job_id] = state
                yield Event(job)


def state_line(job: Job) -> str:
    """Return one line of a job's state."""
    counts = " ".join(f"{state.lower()} {count}" for state, count in job.array_summary.items() if count)
    return "  ".join(part for part in (job.name if job.name != "-" else job.id, job.status, counts, job.why) if part)


def _show_line(event: Event, to_stdout: bool, timestamps: bool, raw: bool) -> None:
    assert event.line is not None  # noqa: S101
    index = "" if event.job.shown_index is None else f"[{event.job.shown_index}] "
    time_ = f"{clock(event.line.timestamp)}  " if timestamps else ""
    message = event.line.message if raw else plain(event.line.message)
    click.echo(f"{time_}{index}{message}", err=not to_stdout, color=raw or None)


def exit_code(clients: Clients, jobs: Sequence[Job]) -> int:
    """Return the exit code of jobs that have ended: that of the first which did not succeed."""
    failed = next((job for job in jobs if not job.is_success), None)
    if failed is None:
        return 0
    if failed.is_array:
        from awa_batch.observe import list_children

        try:
            children = list_children(clients.batch, failed.id, "FAILED")
        except AwsError:  # the failure is known; only its number is not
            return 1
        return next((child.exit_code for child in children if child.exit_code), 1)
    return failed.exit_code or 1


def _cancel(clients: Clients, ids: Sequence[str]) -> None:
    """Cancel the jobs and say how they end. Raises AwsError where one could not be cancelled."""
    from awa_batch.control import cancel_jobs, cancel_reason
    from awa_batch.observe import watch

    done = cancel_jobs(clients.batch, ids, cancel_reason("with Ctrl-C"))
    say(f"Cancelling {_what(ids)}; waiting up to {CANCEL_WAIT:.0f} s for the end.")
    going = [entry.job_id for entry in done if entry.outcome in ("cancelled", "ended")]
    ended: dict[str, Job] = {}
    try:
        looks = watch(
            clients.batch,
            going,
            timeout=CANCEL_WAIT,
            first_tick=0.5,
            last_tick=3.0,
            outage_bound=CANCEL_WAIT,
            after_outage=clients.contract.target.after_outage,
        )
        for jobs in looks:
            ended = jobs
    except TimedOutError as error:
        say("\n  ".join(error.told(words())))
    for job in ended.values():
        say(state_line(job))
    if left := [entry for entry in done if entry.job_id not in going]:
        raise AwsError(
            f"{len(left)} of {len(done)} jobs were not cancelled: {left[0].job_id}: {left[0].error}.",
            fix=Command("cancel", *(entry.job_id for entry in left[:5])),
        )
