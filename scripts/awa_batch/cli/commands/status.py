"""``awa-batch status``."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from awa_batch.cli.following import INTERRUPTED, attach_command, state_line
from awa_batch.cli.interrupt import Detached, Interrupts
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
from awa_batch.cli.render import clock, print_json, print_table
from awa_batch.cli.types import LONGEST_WAIT, Duration, Number
from awa_batch.contract import find_queue
from awa_batch.duration import duration_text
from awa_batch.errors import JobFailedError, NotThereError, UsageError
from awa_batch.history import resolve
from awa_batch.text import Command, Field

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.observe import Job
    from awa_batch.submission.ledger import Entry


@click.command()
@click.argument("ids", nargs=-1, metavar="[JOB_ID]...")
@click.option("--run", help="The jobs of a run that `submit --from` submitted from this clone.")
@click.option("--failed", is_flag=True, help="Only what failed; of an array, its failed children.")
@click.option("--queue", multiple=True, help="Only this queue (logical name, name or ARN; may be given again).")
@click.option("--name", help="Only jobs of this name; a trailing * is a glob.")
@click.option("--hours", type=Number(0, 1_000_000), default=24.0, show_default=True, help="How far to look back.")
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
    queue: tuple[str, ...],
    name: str | None,
    hours: float,
    watching: bool,
    timeout: float | None,
    output: str,
    environment: str,
    region: str | None,
    profile: str | None,
) -> None:
    """Show jobs: all recent ones, or those named. With --watch, exit 1 if one of them failed.

    JOB_ID may be @last, the newest submission of this clone. UNKNOWN is a job that AWS does not show: ended jobs go
    after about seven days.
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
    clients = open_environment(environment, region, profile)
    if not named:
        queues = [find_queue(clients.contract, entry).arn for entry in queue]
        jobs = list_recent(clients.batch, clients.contract, hours=hours, name=name, queues=queues)
        if name and is_typed("hours"):  # which ListJobs does not take beside a name
            since = (time.time() - hours * 3600) * 1000
            jobs = [job for job in jobs if (job.created_at or 0) >= since]
        _print([job for job in jobs if job.status == "FAILED"] if failed else jobs, output)
        return
    entries: list[Entry] = []
    if run:
        from awa_batch.submission.ledger import read_run

        entries = read_run(clients.contract.environment, run)
        wanted = [entry.job_id for entry in entries if entry.job_id]
    else:
        wanted = list(dict.fromkeys(resolve(clients.contract.environment, ids)))
    jobs = _watch(clients, wanted, timeout) if watching else _as_they_are(clients, wanted, strict=not run)
    if run:
        _print_run(run, entries, jobs, failed, output)
    else:
        _print(_failed(clients, jobs) if failed else jobs, output)
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
            fix=("List the recent ones with ", Command("status"), "; ended jobs are shown for about seven days."),
        )
    if missing:
        say_other_account()
    return [found.get(job_id) or Job.unknown(job_id, 0) for job_id in ids]


def _watch(clients: Clients, ids: list[str], timeout: float | None) -> list[Job]:
    """Say what changes until all have ended; of many jobs, their counts."""
    from awa_batch.observe import watch

    shown: dict[str, str] = {}
    jobs: dict[str, Job] = {}
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
                lines = {"": _counts(jobs.values())} if many else {key: state_line(job) for key, job in jobs.items()}
                for key, line in lines.items():
                    if shown.get(key) != line:
                        shown[key] = line
                        say(line)
        except Detached:
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


def _print_run(run: str, entries: list[Entry], jobs: list[Job], failed: bool, output: str) -> None:
    if failed:
        jobs = [job for job in jobs if job.status == "FAILED"]
    if output == "id" or (failed and output == "table"):
        _print(jobs, output)
        return
    counts = _by_state(jobs)
    open_states = Counter(entry.state for entry in entries if not entry.job_id)
    rows = list(counts.items())
    rows += [(f"({state})", count) for state, count in open_states.items()]
    if output == "json":
        print_json(
            {
                "run": run,
                "jobs": len(entries),
                "states": counts,
                "notAccepted": dict(open_states),
                "details": [asdict(job) for job in jobs],
            }
        )
        return
    print_table(["state", "jobs"], rows, title=f"run {run}: {len(entries)} jobs")
    if open_states:
        say("In brackets: not accepted by AWS Batch yet; the same `submit --from` command goes on with them.")


def _print(jobs: list[Job], output: str) -> None:
    if output == "json":
        print_json([asdict(job) for job in jobs])
    elif output == "id":
        for job in jobs:
            click.echo(job.id)
    elif not jobs:
        click.echo("no jobs")
    else:
        print_table(
            ["job", "name", "queue", "status", "submitted", "waited", "ran", "why"],
            [
                [
                    job.id,
                    job.name,
                    job.queue,
                    job.status + (f" ({_summary(job)})" if job.is_array and job.array_summary else ""),
                    clock(job.created_at),
                    duration_text(job.waited_seconds),
                    duration_text(job.ran_seconds),
                    job.why,
                ]
                for job in jobs
            ],
        )


def _summary(job: Job) -> str:
    return " ".join(f"{state.lower()} {count}" for state, count in job.array_summary.items() if count)
