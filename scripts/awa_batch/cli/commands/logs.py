"""``awa-batch logs``."""

from __future__ import annotations

import click

from awa_batch.cli.options import aws_options, open_environment, say
from awa_batch.errors import JobFailedError, UsageError


@click.command()
@click.argument("job_id")
@click.option("--follow", "-f", "following", is_flag=True, help="Go on until the job has ended and its log is drained.")
@click.option("--timestamps", "-t", is_flag=True, help="Put each line's time before it.")
@aws_options
def logs(
    job_id: str, following: bool, timestamps: bool, environment: str, region: str | None, profile: str | None
) -> None:
    """Print or follow a job's log.

    Every attempt's, in order. Of an array, name the child: ID:INDEX. With --follow, exit 1 if the job failed.
    """
    from awa_batch.cli.render import clock
    from awa_batch.observe import LogLine, describe, follow, read_log

    clients = open_environment(environment, region, profile)

    def show(line: LogLine) -> None:
        click.echo(f"{clock(line.timestamp)}  {line.message}" if timestamps else line.message)

    job = describe(clients.batch, [job_id]).get(job_id)
    if job is None:
        raise UsageError(
            f"JOB_ID: {environment} has no job {job_id}.",
            fix="List the recent ones with `awa-batch status`; ended jobs are shown for about seven days.",
        )
    if job.is_array:
        raise UsageError(
            f"JOB_ID: {job_id} is an array of {job.array_size}; its children have the logs.",
            fix=f"Name one: awa-batch logs {job_id}:0",
        )
    if not following:
        lines = 0
        for line in read_log(clients.logs, job):
            show(line)
            lines += 1
        if not lines:
            say(f"{job_id} is {job.status} and has written nothing" + (f" ({job.why})." if job.why else "."))
        return
    settle = 0.0 if clients.contract.environment == "local" else 3.0
    for event in follow(clients.batch, clients.logs, [job_id], settle=settle):
        job = event.job
        if event.line:
            show(event.line)
        else:
            say(f"{job.name}  {job.status}" + (f"  {job.why}" if job.why else ""))
    if job.status == "FAILED":
        raise JobFailedError(f"Job {job.name} failed: {job.why}", fix=f"See `awa-batch status {job_id}`.")
