"""``awa-batch top``."""

from __future__ import annotations

import contextlib
import io
import sys
import threading
from typing import TYPE_CHECKING

import click

from awa_batch.cli.following import INTERRUPTED
from awa_batch.cli.jobs_shown import logical_names, print_jobs
from awa_batch.cli.options import aws_options, open_environment
from awa_batch.cli.render import print_table
from awa_batch.cli.types import Duration
from awa_batch.cli.words import words
from awa_batch.contract import find_queue
from awa_batch.errors import AwaBatchError

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.cli.screen import Screen
    from awa_batch.observe import Job
    from awa_batch.observe.overview import Overview, Snapshot

LOG_LINES = 1_000
"""Lines of a log that are shown, the last ones."""


@click.command()
@click.option("--queue", multiple=True, help="Only this queue (logical name, name or ARN; may be given again).")
@click.option(
    "--since",
    type=Duration(least=60, most=7 * 86_400),
    default="1h",
    show_default=True,
    help="Ended jobs that were submitted in this time.",
)
@click.option(
    "--every", type=Duration(least=1, most=3600), help="How long between two looks. Default: 15s; ENV=local 2s."
)
@click.option("--once", is_flag=True, help="Look once and print it, as where there is no terminal.")
@aws_options
def top(
    queue: tuple[str, ...],
    since: float,
    every: float | None,
    once: bool,
    environment: str,
    region: str | None,
    profile: str | None,
) -> None:
    """Show queues and jobs as they go on, in the terminal: what runs, waits and failed, how fast, and at what cost.

    Keys: up and down choose a job, l shows its log, w why it is as it is, c cancels it (it asks), q quits. Where there
    is no terminal, it prints what there is once.
    """
    from awa_batch.observe.overview import Overview

    clients = open_environment(environment, region, profile)
    contract = clients.contract
    arns = [find_queue(contract, name).arn for name in queue] or [one.arn for one in contract.queues.values()]
    looking = Overview(clients.batch, list(dict.fromkeys(arns)), since)
    if once or not (sys.stdin.isatty() and sys.stdout.isatty()):
        _print(clients, looking.look(), since)
        return
    from awa_batch.cli.screen import Screen

    pause = every or clients.contract.target.watch_intervals.last_tick
    # The screen is ours: a call that fails is told in it, and made again with the next look.
    with clients.calls_fail_at_once(), Screen() as screen:
        try:
            _Top(clients, looking, screen, since, pause).run()
        except KeyboardInterrupt:
            raise click.exceptions.Exit(INTERRUPTED) from None


def _print(clients: Clients, snapshot: Snapshot, since: float) -> None:
    from awa_batch.cli.top_frames import QUEUES, headline, queue_rows

    logical = logical_names(clients.contract)
    from awa_batch.cost import Running

    click.echo(headline(clients.contract.environment, snapshot, since, Running(clients).an_hour(snapshot.jobs)))
    print_table(QUEUES, queue_rows(snapshot, logical))
    if snapshot.jobs:
        click.echo()
        print_jobs(clients.contract, snapshot.jobs)


class _Top:
    """The loop: a thread looks, this one shows and takes keys."""

    def __init__(self, clients: Clients, looking: Overview, screen: Screen, since: float, pause: float) -> None:
        self._clients = clients
        self._looking = looking
        self._screen = screen
        self._since = since
        self._pause = pause
        self._snapshot: Snapshot | None = None
        self._cost = ""
        self._trouble = ""
        self._note = ""
        self._chosen: str | None = None
        self._again = threading.Event()
        self._ends = False

    def run(self) -> None:
        """Go on until it is left."""
        # What is made on first use is made here, by one thread.
        _ = self._clients.logs
        threading.Thread(target=self._look, daemon=True).start()
        try:
            while True:
                self._draw()
                key = self._screen.key(0.2)
                if key == "q":
                    return
                if key:
                    self._note = ""
                    self._act(key)
        finally:
            self._ends = True
            self._again.set()

    def _look(self) -> None:
        from awa_batch.cost import Running

        running = Running(self._clients)
        while not self._ends:
            try:
                self._snapshot = self._looking.look()
                self._cost = running.an_hour(self._snapshot.jobs)
                self._trouble = ""
            except AwaBatchError as error:
                self._trouble = f"Tried again: {error.told(words())[0]}"
            self._again.wait(self._pause)
            self._again.clear()

    def _draw(self) -> None:
        from awa_batch.cli.top_frames import overview

        logical = logical_names(self._clients.contract)
        self._screen.show(
            overview(
                self._clients.contract.environment,
                self._snapshot,
                logical,
                self._screen.size(),
                back=self._since,
                chosen=self._place(),
                note=self._note or self._trouble,
                cost=self._cost,
            )
        )

    def _place(self) -> int:
        """Return where the chosen job stands now; the first one, where it is gone."""
        jobs = self._snapshot.jobs if self._snapshot else []
        return next((place for place, job in enumerate(jobs) if job.id == self._chosen), 0)

    def _act(self, key: str) -> None:
        jobs = self._snapshot.jobs if self._snapshot else []
        if not jobs:
            return
        room = max(1, self._screen.size()[1] - 10)
        steps = {"up": -1, "down": 1, "page up": -room, "page down": room, "home": -len(jobs), "end": len(jobs)}
        if key in steps:
            self._chosen = jobs[max(0, min(len(jobs) - 1, self._place() + steps[key]))].id
            return
        job = jobs[self._place()]
        try:
            if key in ("w", "enter"):
                self._why(job)
            elif key == "l":
                self._logs(job)
            elif key == "c":
                self._cancel(job)
        except AwaBatchError as error:
            self._note = error.told(words())[0]

    def _why(self, job: Job) -> None:
        from awa_batch.cli.commands.why import print_explanation
        from awa_batch.explain import explain

        self._say("asking why …")
        found = explain(self._clients, job.id)
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            print_explanation(found)
        self._page(f"why {job.id}", out.getvalue().splitlines())

    def _logs(self, job: Job) -> None:
        from awa_batch.batch.jobs import describe_jobs
        from awa_batch.explain.gather import log_end

        self._say("reading its log …")
        job_id = job.id if not job.is_array else self._child(job)
        detail = describe_jobs(self._clients.batch, [job_id]).get(job_id)
        if detail is None:
            self._note = f"AWS does not show {job_id} any more."
            return
        rows, note = log_end(self._clients, detail, LOG_LINES)
        self._page(f"log of {job_id} ({job.name})", list(rows) or [note], at_end=True)

    def _child(self, job: Job) -> str:
        """Return the child of an array whose log tells most: of those that failed, run or went well the first."""
        from awa_batch.observe import list_children

        for state in ("FAILED", "RUNNING", "SUCCEEDED"):
            if job.array_summary.get(state) and (found := list_children(self._clients.batch, job.id, state)):
                return found[0].id
        return f"{job.id}:0"

    def _cancel(self, job: Job) -> None:
        from awa_batch.control import cancel_jobs, cancel_reason

        if job.is_complete:
            self._note = f"{job.name} has ended already."
            return
        self._note = f"Cancel {job.name} ({job.id[:8]}, {job.status})? y: yes, any other key: no"
        answer = ""
        while not answer:
            self._draw()
            answer = self._screen.key(0.2)
        if answer != "y":
            self._note = "Nothing was cancelled."
            return
        (done,) = cancel_jobs(self._clients.batch, [job.id], cancel_reason("with awa-batch top"))
        self._note = f"{job.name}: {done.outcome}{f', {done.error}' if done.error else ''}."
        self._again.set()

    def _say(self, note: str) -> None:
        self._note = note
        self._draw()
        self._note = ""

    def _page(self, title: str, text: list[str], *, at_end: bool = False) -> None:
        from awa_batch.cli.top_frames import pager, text_rows

        first: int | None = None
        while True:
            size = self._screen.size()
            rows, room = text_rows(text, size[0]), max(1, size[1] - 2)
            most = max(0, len(rows) - room)
            first = (most if at_end else 0) if first is None else min(first, most)
            self._screen.show(pager(title, rows, first, size))
            key = self._screen.key(0.2)
            if key in ("q", "back", "l", "w"):
                return
            step = {"up": -1, "down": 1, "enter": 1, "page up": -room, "page down": room, "home": -most, "end": most}
            first = max(0, min(most, first + step.get(key, 0)))
