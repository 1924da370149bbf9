"""``awa-batch submit --from jobs.jsonl --run NAME``: what people see of a run, and its exit code."""

from __future__ import annotations

import contextlib
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from awa_batch.cli.delivering import deliver
from awa_batch.cli.options import say
from awa_batch.cli.render import console, json_line, json_text
from awa_batch.cli.showing import say_registrations, shown_requests
from awa_batch.duration import duration_text
from awa_batch.errors import AwaBatchError, AwsError, NotAppliedError
from awa_batch.submission.care import Care
from awa_batch.submission.jobfile import read_jobs
from awa_batch.submission.plan import plan
from awa_batch.text import Command, Field

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.submission.bulk import Outcome, Progress
    from awa_batch.submission.ledger import Ledger

_LISTED = 50
"""Jobs that are listed one a line at the end, at most."""


def submit_from(
    clients: Clients,
    file: Path,
    run: str,
    *,
    queue: str | None,
    definition: str | None,
    rate: float,
    dry_run: bool,
    output: str,
    go_on: str,
    show_secrets: bool = False,
    care: Care | None = None,
    max_cost: float | None = None,
) -> int:
    """Submit every job of ``file`` exactly once, or finish that, and return the exit code.

    ``queue`` and ``definition`` are of lines that name none; ``rate`` is in calls a second; ``go_on`` is the command
    that goes on with the run. The jobs' ids go to stdout in the file's order, or a summary with ``output`` json; a dry
    run prints the requests, one a line. Raises UsageError for what is wrong with flags or file, before anything is
    called or kept; so is a run that would cost more than ``max_cost`` US dollars, or is not known to cost less.
    """
    if max_cost is not None:
        from awa_batch.cli.estimating import refuse_above

        whole = plan(clients.contract, read_jobs(file), run, queue=queue, definition=definition)
        refuse_above(clients, [entry.request for entry in whole], max_cost)
    if dry_run:
        return _dry_run(clients, file, run, queue, definition, show_secrets=show_secrets, is_estimated=max_cost is None)
    from awa_batch.submission.bulk import Settings, submit_run
    from awa_batch.submission.deliver import outage_of
    from awa_batch.submission.run import open_run

    care = care or Care()
    settings = Settings(care.lookup_waits, care.never_double, care.patience, rate=rate)
    try:
        ledger, prefix, found = open_run(
            clients,
            file,
            run,
            queue=queue,
            definition=definition,
            lookup_waits=care.lookup_waits,
            tell=say,
            outage=outage_of(clients, care, say),
        )
    except AwsError:
        say(f"Nothing was sent now. To go on: {go_on}")
        raise
    with ledger:
        counts = ledger.counts()
        total = sum(counts.values())
        if found:
            say(f"{found} of {total} jobs of this run are there already.")
        elif counts["accepted"]:
            say(f"Run {run} goes on: {counts['accepted']} of {total} jobs were accepted before.")
        stop = threading.Event()
        with _interrupts(stop):
            try:
                with _display(run, total) as show:
                    tell = _Stopping(stop, show)
                    outcome = submit_run(clients, ledger, prefix, settings=settings, stop=stop, tell=tell)
            except BaseException:
                _tell_of_the_ledger(ledger, total, go_on)
                raise
            _print(ledger, run, file, outcome, output)
            return _conclude(ledger, outcome, go_on)


def _dry_run(
    clients: Clients,
    file: Path,
    run: str,
    queue: str | None,
    definition: str | None,
    *,
    show_secrets: bool,
    is_estimated: bool,
) -> int:
    from awa_batch.cli.estimating import say_estimate
    from awa_batch.submission.derive import with_there
    from awa_batch.submission.preflight import NOT_CHECKED, reachable_notes

    planned = plan(clients.contract, read_jobs(file), run, queue=queue, definition=definition)
    requests = [entry.request for entry in planned]
    notes = reachable_notes(clients, requests)
    for note in notes:
        say(note)
    with contextlib.suppress(AwsError, NotAppliedError):  # offline, the requests are still shown
        requests = with_there(clients, requests)
    for shown in shown_requests(requests, show_secrets=show_secrets):
        click.echo(json_line(shown))
    say_registrations(requests)
    if is_estimated and not any(note[0] == NOT_CHECKED for note in notes):
        say_estimate(clients, requests)
    say(f"{len(planned)} jobs. Nothing was sent (--dry-run).")
    return 0


def _tell_of_the_ledger(ledger: Ledger, total: int, go_on: str) -> None:
    """Say what was accepted, and what may have been, of a run that was cut short."""
    with contextlib.suppress(AwaBatchError):  # it may be the ledger itself that cannot be used
        counts = ledger.counts()
        perhaps = counts["sent"] + counts["unclear"]
        say(
            f"{counts['accepted']} of {total} jobs were accepted"
            + (f", {perhaps} more may have been: they are looked up before anything is sent again." if perhaps else ".")
        )
    say(f"To go on: {go_on}")


@contextlib.contextmanager
def _interrupts(stop: threading.Event) -> Iterator[None]:
    """Let Ctrl-C and SIGTERM set ``stop``; the second one interrupts at once, which the ledger bears as well."""

    def handle(_number: int, _frame: Any) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = {number: signal.signal(number, handle) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _display(run: str, total: int) -> Iterator[Callable[[Progress], None]]:
    """Give what shows the progress: a bar on a terminal, else a line every ten seconds."""
    if not sys.stderr.isatty():
        yield _Lines()
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[more]}"))
    with Bar(*columns, console=console(stderr=True)) as bar:
        task = bar.add_task(run, total=total, more="")

        def show(progress: Progress) -> None:
            more = f"{_speed(progress):.1f}/s  {duration_text(_time_left(progress))} left" if progress.left else ""
            if progress.counts["unclear"]:
                more += f"  {progress.counts['unclear']} looked up"
            bar.update(task, completed=progress.counts["accepted"], more=more)

        yield show


class _Stopping:
    """Says once that the run is stopping, and when an outage begins and ends.

    A signal handler must not print: it may have interrupted a print.
    """

    def __init__(self, stop: threading.Event, show: Callable[[Progress], None]) -> None:
        self._stop = stop
        self._show = show
        self._said = False
        self._outage_said = False

    def __call__(self, progress: Progress) -> None:
        self._show(progress)
        if progress.outage and not self._outage_said:
            self._outage_said = True
            say((f"AWS does not answer ({progress.outage}); waiting for it (", Field("patience"), " sets how long)."))
        elif self._outage_said and not progress.outage:
            self._outage_said = False
            say("AWS answers again.")
        if self._stop.is_set() and not self._said and progress.left:
            self._said = True
            say("Stopping: the calls under way are waited for (Ctrl-C again: at once).")


class _Lines:
    """A line every ten seconds."""

    def __init__(self) -> None:
        self._shown = time.monotonic()

    def __call__(self, progress: Progress) -> None:
        if progress.left and time.monotonic() - self._shown >= 10:
            self._shown = time.monotonic()
            say(
                f"{progress.counts['accepted']} of {progress.total} accepted, {_speed(progress):.1f}/s, "
                f"{duration_text(_time_left(progress))} left"
            )


def _speed(progress: Progress) -> float:
    """Return acceptances a second; in the first moments, the pace they are sent at."""
    return progress.sent_now / progress.seconds if progress.seconds > 1 and progress.sent_now else progress.rate


def _time_left(progress: Progress) -> float:
    return progress.left / max(_speed(progress), 0.01)


def _print(ledger: Ledger, run: str, file: Path, outcome: Outcome, output: str) -> None:
    """Print the ids, or the summary."""
    entries = ledger.entries()
    if output != "json":
        deliver("".join(f"{entry.job_id}\n" for entry in entries if entry.job_id))
        return

    progress = outcome.progress
    summary = {
        "run": run,
        "file": str(file),
        "jobs": progress.total,
        "accepted": progress.counts["accepted"],
        "left": progress.counts["planned"],
        "refused": [_told(entry) for entry in entries if entry.state == "refused"],
        "unclear": [_told(entry) for entry in entries if entry.state in ("sent", "unclear")],
        "found": sum(entry.found for entry in entries),
        "resent": [entry.name for entry in entries if entry.was_resent],
        "throttles": progress.throttles,
        "seconds": round(progress.seconds, 3),
        "ledger": str(ledger.path),
        "job_ids": [entry.job_id for entry in entries if entry.job_id],
    }
    deliver(json_text(summary))


def _told(entry: Any) -> dict[str, Any]:
    return {"line": entry.line, "job_name": entry.name, "error": entry.error}


def _conclude(ledger: Ledger, outcome: Outcome, go_on: str) -> int:
    """Say how it ended and return the exit code; raises what stopped the run."""
    progress = outcome.progress
    counts = progress.counts
    line = f"{counts['accepted']} of {progress.total} jobs accepted in {duration_text(progress.seconds)}"
    line += f", {outcome.found} of them found by name after a lost answer" if outcome.found else ""
    line += f", {progress.throttles} throttles" if progress.throttles else ""
    say(f"{line}.")
    if resent := [entry for entry in ledger.entries() if entry.was_resent]:
        jobs = "1 job was" if len(resent) == 1 else f"{len(resent)} jobs were"
        say(
            (
                f"{jobs} sent again after no answer could be found; check that each is there only once: ",
                Command("status", Field("name", resent[0].name)),
                *([f" and {len(resent) - 1} more; all are in -o json, `resent`"] if len(resent) > 1 else []),
                ".",
            )
        )
    if not progress.left:
        return 0
    if refused := ledger.entries("refused"):
        say(f"{len(refused)} refused; line {refused[0].line}: {refused[0].error}")
    if outcome.not_sent_again:
        say(f"{len(outcome.not_sent_again)} not found after a lost answer, and not sent again (--never-double):")
        for entry in outcome.not_sent_again[:_LISTED]:
            say(f"  line {entry.line}: {entry.name}")
        if more := outcome.not_sent_again[_LISTED:]:
            say(f"  and {len(more)} more (all with -o json)")
    elif unclear := counts["unclear"] + counts["sent"]:
        say(f"{unclear} unclear: they are looked up by name before anything is sent again.")
    if counts["planned"]:
        say(f"{counts['planned']} not sent yet.")
    say(f"To go on: {go_on}")
    if outcome.stopped is not None:
        raise outcome.stopped
    return 130 if outcome.interrupted else 3
