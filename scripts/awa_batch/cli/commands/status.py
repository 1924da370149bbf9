"""``awa-batch status``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from awa_batch.cli.options import aws_options, open_environment, output_option
from awa_batch.errors import JobFailedError, UsageError

if TYPE_CHECKING:
    from awa_batch.observe import Job


@click.command()
@click.argument("ids", nargs=-1, metavar="[JOB_ID]...")
@click.option("--queue", multiple=True, help="Only this queue (logical name, name or ARN; may be given again).")
@click.option("--name", help="Only jobs of this name; a trailing * is a glob.")
@click.option("--hours", type=click.FloatRange(min=0), default=24.0, show_default=True, help="How far to look back.")
@click.option("--watch", "-w", "watching", is_flag=True, help="Look again until the named jobs have ended.")
@click.option("--timeout", type=click.FloatRange(min=0), help="With --watch: seconds after which to stop (exit 124).")
@output_option("table", "json", "id")
@aws_options
def status(
    ids: tuple[str, ...],
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
    """Show jobs: all recent ones, or those named. With --watch, exit 1 if one of them failed."""
    from awa_batch.contract import find_queue
    from awa_batch.observe import describe, list_recent

    if watching and not ids:
        raise UsageError("--watch needs the jobs to watch.", fix="Name them: awa-batch status --watch JOB_ID…")
    if ids and (queue or name):
        raise UsageError("--queue and --name choose among all jobs; JOB_ID names them.", fix="Use one or the other.")
    clients = open_environment(environment, region, profile)
    if not ids:
        queues = [find_queue(clients.contract, entry).arn for entry in queue]
        _print(list_recent(clients.batch, clients.contract, hours=hours, name=name, queues=queues), output)
        return
    if watching:
        jobs = _watch(clients, ids, timeout)
    else:
        found = describe(clients.batch, ids)
        missing = [job_id for job_id in ids if job_id not in found]
        if missing:
            raise UsageError(
                f"JOB_ID: {environment} has no job {missing[0]}"
                + (f" (and {len(missing) - 1} more)." if len(missing) > 1 else "."),
                fix="List the recent ones with `awa-batch status`; ended jobs are shown for about seven days.",
            )
        jobs = [found[job_id] for job_id in ids]
    _print(jobs, output)
    failed = [job for job in jobs if job.status == "FAILED"]
    if watching and failed:
        raise JobFailedError(f"{len(failed)} of {len(jobs)} jobs failed.", fix=f"See `awa-batch logs {failed[0].id}`.")


def _watch(clients: Any, ids: tuple[str, ...], timeout: float | None) -> list[Job]:
    from awa_batch.cli.options import say
    from awa_batch.observe import watch

    shown: dict[str, str] = {}
    jobs: dict[str, Job] = {}
    fast = clients.contract.environment == "local"
    for jobs in watch(clients.batch, ids, timeout=timeout, first_tick=0.5 if fast else 2.0):
        for job_id, job in jobs.items():
            line = job.status + (f" {_summary(job)}" if job.is_array else "")
            if shown.get(job_id) != line:
                shown[job_id] = line
                say(f"{job.name}  {line}")
    return [jobs[job_id] for job_id in ids]


def _summary(job: Job) -> str:
    return " ".join(f"{state.lower()} {count}" for state, count in job.array_summary.items() if count)


def _print(jobs: list[Job], output: str) -> None:
    from dataclasses import asdict

    from awa_batch.cli.render import clock, print_json, print_table, seconds

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
                    seconds(job.waited_seconds),
                    seconds(job.ran_seconds),
                    job.why,
                ]
                for job in jobs
            ],
        )
