"""``awa-batch status``."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import Counter
from collections.abc import Iterable
from typing import TYPE_CHECKING

import click

from awa_batch.batch.memory import forgotten_words
from awa_batch.cli.following import INTERRUPTED, attach_command, state_line
from awa_batch.cli.ids import ids_of
from awa_batch.cli.interrupt import Detached, Interrupts
from awa_batch.cli.jobs_shown import job_values, print_jobs
from awa_batch.cli.options import (
    aws_options,
    is_typed,
    not_with,
    only_with,
    open_environment,
    output_option,
    say,
    say_other_account,
)
from awa_batch.cli.progress import Progress
from awa_batch.cli.render import print_json, print_table, terminal_size
from awa_batch.cli.runs import ids_of_run
from awa_batch.cli.types import LONGEST_WAIT, Duration, Number, Whole
from awa_batch.contract import find_queue
from awa_batch.errors import JobFailedError, NotThereError, UsageError
from awa_batch.text import Command, Field

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.contract import Contract
    from awa_batch.observe import Job
    from awa_batch.submission.ledger import Entry


STATES = ("SUBMITTED", "PENDING", "RUNNABLE", "STARTING", "RUNNING", "SUCCEEDED", "FAILED", "UNKNOWN")


@click.command()
@click.argument("ids", nargs=-1, metavar="[JOB_ID]...")
@click.option("--run", help="The jobs of a run that `submit --from` submitted.")
@click.option("--failed", is_flag=True, help="Only what failed; of an array, its failed children.")
@click.option(
    "--state",
    multiple=True,
    type=click.Choice(STATES, case_sensitive=False),
    help="Only what is in this state (may be given again).",
)
@click.option("--queue", multiple=True, help="Only this queue (logical name, name or ARN; may be given again).")
@click.option("--name", help="Only jobs of this name; a trailing * is a glob.")
@click.option("--hours", type=Number(0, 1_000_000), default=24.0, show_default=True, help="How far to look back.")
@click.option(
    "--limit", "-n", type=Whole(0, 1_000_000), help="How many, the newest; 0: all. Default: a screenful on a terminal."
)
@click.option("--watch", "-w", "watching", is_flag=True, help="Look again until the named jobs have ended.")
@click.option(
    "--timeout", type=Duration(most=LONGEST_WAIT), help="With --watch: stop after this long: 300, 90m, 2h (exit 124)."
)
@output_option("table", "json", "id")
@aws_options
def status(
    ids: tuple[str, ...],
    run: str | None,
    failed: bool,
    state: tuple[str, ...],
    queue: tuple[str, ...],
    name: str | None,
    hours: float,
    limit: int | None,
    watching: bool,
    timeout: float | None,
    output: str,
    environment: str,
    region: str | None,
    profile: str | None,
) -> None:
    """Show jobs: all recent ones, or those named. With --watch, exit 1 if one of them failed.

    JOB_ID may be @last, the newest submission of this clone, or the beginning of an id. The newest stand last. UNKNOWN
    is a job that AWS does not show: ended jobs go after about seven days.
    """
    from awa_batch.observe import list_recent

    named = bool(ids or run)
    if watching and not named:
        raise UsageError(
            "--watch needs the jobs to watch.", fix=("Name them: ", Command("status", Field("watch"), "JOB_ID…"))
        )
    if ids and run:
        raise UsageError("--run and JOB_ID both name jobs.", fix="Use one of them.")
    if named and (queue or name):
        raise UsageError("--queue and --name choose among all jobs; JOB_ID names them.", fix="Use one or the other.")
    only_with("--timeout", "timeout", "--watch", watching)
    not_with("--hours", "hours", "JOB_ID or --run, which name the jobs", named)
    not_with("--limit", "limit", "JOB_ID or --run, which name the jobs", named)
    clients = open_environment(environment, region, profile)
    if not named:
        queues = [find_queue(clients.contract, entry).arn for entry in queue]
        jobs = list_recent(clients.batch, clients.contract, hours=hours, name=name, queues=queues)
        if name and is_typed("hours"):  # which ListJobs does not take beside a name
            since = (time.time() - hours * 3600) * 1000
            jobs = [job for job in jobs if (job.created_at or 0) >= since]
        if failed:
            jobs = [job for job in jobs if job.status == "FAILED"]
        _print(clients.contract, _limited(_in_state(jobs, state), limit, output), output)
        return
    entries: list[Entry] = []
    if run:
        from awa_batch.submission.ledger import read_run

        wanted = ids_of_run(clients, run)
        with contextlib.suppress(UsageError):  # a run of another machine
            entries = read_run(clients.contract.environment, run)
    else:
        wanted = list(dict.fromkeys(ids_of(clients, ids)))
    jobs = _watch(clients, wanted, timeout) if watching else _as_they_are(clients, wanted, strict=not run)
    if run:
        _print_run(
            clients.contract,
            run,
            entries,
            _in_state(jobs, state or (("FAILED",) if failed else ())),
            failed or bool(state),
            output,
        )
    else:
        shown = _in_state(_failed(clients, jobs) if failed else jobs, state)
        _print(clients.contract, shown, output)
    bad = [job for job in jobs if job.is_complete and not job.is_success]
    if watching and bad:
        raise JobFailedError(f"{len(bad)} of {len(jobs)} jobs failed.", fix=("See ", Command("why", bad[0].id), "."))


def _as_they_are(clients: Clients, ids: list[str], *, strict: bool) -> list[Job]:
    """Return the jobs as they are; one that AWS does not show is UNKNOWN, or with ``strict`` an error."""
    from awa_batch.observe import Job, describe

    found = describe(clients.batch, ids)
    missing = [job_id for job_id in ids if job_id not in found]
    if missing and strict:
        raise NotThereError(
            f"JOB_ID: {clients.contract.environment} has no job {missing[0]}"
            + (f" (and {len(missing) - 1} more)." if len(missing) > 1 else "."),
            fix=("List the recent ones with ", Command("status"), f"; {forgotten_words(clients.batch)}."),
        )
    if missing:
        say_other_account()
    return [found.get(job_id) or Job.unknown(job_id, 0) for job_id in ids]


def _watch(clients: Clients, ids: list[str], timeout: float | None) -> list[Job]:
    """Say what changes until all have ended; of many jobs, their counts."""
    from awa_batch.observe import watch

    shown: dict[str, str] = {}
    jobs: dict[str, Job] = {}
    progress = Progress()
    intervals = clients.contract.target.watch_intervals
    # Nothing is cancelled from here: it only looks.
    with clients.calls_fail_at_once(), Interrupts("detach", lambda: None) as interrupts:
        try:
            for jobs in watch(
                clients.batch,
                ids,
                timeout=timeout,
                first_tick=intervals.first_tick,
                last_tick=intervals.last_tick,
                pause=interrupts.pause,
                outage_bound=clients.outage_bound,
                tell=say,
                after_outage=clients.contract.target.after_outage,
            ):
                many = len(ids) > 20
                if many:
                    progress.update("", _counts(jobs.values()))
                for job_id, job in jobs.items():
                    if job.is_array and not job.is_complete:
                        if not many:
                            progress.show(job)
                    elif shown.get(job_id) != (line := state_line(job)) and not many:
                        progress.clear()
                        shown[job_id] = line
                        say(line)
            progress.clear()
            if len(ids) > 20:
                say(_counts(jobs.values()))
        except Detached:
            progress.clear()
            say(f"The jobs go on. To come back: {attach_command(ids)}")
            raise click.exceptions.Exit(INTERRUPTED) from None
    return [jobs[job_id] for job_id in ids]


def _by_state(jobs: Iterable[Job]) -> dict[str, int]:
    """Return how many jobs are in which state, in the order of their life."""
    from awa_batch.observe.job import ACTIVE, TERMINAL, UNKNOWN

    counts = Counter(job.status for job in jobs)
    return {state: counts[state] for state in (*ACTIVE, *TERMINAL, UNKNOWN) if counts[state]}


def _counts(jobs: Iterable[Job]) -> str:
    return "  ".join(f"{state} {count}" for state, count in _by_state(jobs).items())


def _failed(clients: Clients, jobs: list[Job]) -> list[Job]:
    """Return the jobs that failed, and of arrays their failed children with all that AWS says of them."""
    from awa_batch.observe import describe, list_children

    found: list[Job] = []
    for job in jobs:
        if job.is_array:
            ids = [child.id for child in list_children(clients.batch, job.id, "FAILED")]
            described = describe(clients.batch, ids)
            found += [described[job_id] for job_id in ids if job_id in described]
        elif job.status == "FAILED":
            found.append(job)
    return found


def _in_state(jobs: list[Job], states: tuple[str, ...]) -> list[Job]:
    return [job for job in jobs if not states or job.status in states]


def _limited(jobs: list[Job], limit: int | None, output: str) -> list[Job]:
    """Return the newest of jobs, of which the newest come first; says so where they are not all."""
    if limit is None and output == "table" and sys.stdout.isatty():
        limit = max(5, terminal_size().lines - 4)
    if not limit or len(jobs) <= limit:
        return jobs
    say((f"The newest {limit} of {len(jobs)} are shown. All: ", Command("status", Field("limit", 0)), "."))
    return jobs[:limit]


def _print_run(contract: Contract, run: str, entries: list[Entry], jobs: list[Job], chosen: bool, output: str) -> None:
    """Print how a run stands; with ``chosen`` those of its jobs that were asked for, one by one."""
    if output == "id" or (chosen and output == "table"):
        _print(contract, jobs, output)
        return
    counts = _by_state(jobs)
    open_states = Counter(entry.state for entry in entries if not entry.job_id)
    rows = list(counts.items())
    rows += [(f"({state})", count) for state, count in open_states.items()]
    if output == "json":
        print_json(
            {
                "run": run,
                "jobs": max(len(entries), len(jobs)),
                "states": counts,
                "not_accepted": dict(open_states),
                "details": [job_values(job) for job in jobs],
            }
        )
        return
    print_table(["state", "jobs"], rows, title=f"run {run}: {max(len(entries), len(jobs))} jobs")
    if open_states:
        say("In brackets: not accepted by AWS Batch yet; the same `submit --from` command goes on with them.")


def _print(contract: Contract, jobs: list[Job], output: str) -> None:
    if output == "json":
        print_json([job_values(job) for job in jobs])
    elif output == "id":
        for job in jobs:
            click.echo(job.id)
    elif not jobs:
        click.echo("no jobs")
    else:
        print_jobs(contract, jobs)
