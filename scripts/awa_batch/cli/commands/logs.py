"""``awa-batch logs``."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING

import click

from awa_batch.cli.following import state_line, wait_for
from awa_batch.cli.ids import ids_of
from awa_batch.cli.options import aws_options, not_with, open_environment, say
from awa_batch.cli.render import clock
from awa_batch.cli.runs import jobs_of_run
from awa_batch.cli.terminal import plain
from awa_batch.cli.there import jobs_there
from awa_batch.cli.types import Moment, Whole
from awa_batch.errors import AwsError, JobFailedError, UsageError
from awa_batch.limits.job import MAX_ATTEMPTS
from awa_batch.text import Command

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.observe import Job, LogLine

MOST_CHILDREN = 500
"""Children whose logs are merged at once: each is a stream that is read for itself."""

MOST_LINES = 1_000_000
"""Lines that are kept in memory to show the last of them."""


@click.command()
@click.argument("job_id", metavar="[JOB_ID[:INDEX]]", required=False)
@click.option(
    "--run", help="The logs of a run of `submit --from`, by time, with the jobs' names; --failed: of those that failed."
)
@click.option("--follow", "-f", "following", is_flag=True, help="Go on until the job has ended and its log is drained.")
@click.option("--tail", "-n", type=Whole(0, MOST_LINES), metavar="N", help="The last N lines alone.")
@click.option("--since", type=Moment(), help="Lines from then on: 10m, 2h, or 2026-11-24T21:00.")
@click.option("--attempt", type=Whole(1, MAX_ATTEMPTS), metavar="N", help="This attempt's lines alone, from 1.")
@click.option("--failed", is_flag=True, help="Of an array, its failed children's; else the failed attempts'.")
@click.option("--container", metavar="NAME", help="Of a job with sidecars: this container's log, not the main one's.")
@click.option("--timestamps", "-t", is_flag=True, help="Put each line's time before it.")
@click.option("--raw", is_flag=True, help="As the job wrote it: terminal control sequences (colours) are not left out.")
@aws_options
def logs(
    job_id: str | None,
    run: str | None,
    following: bool,
    tail: int | None,
    since: int | None,
    attempt: int | None,
    failed: bool,
    container: str | None,
    timestamps: bool,
    raw: bool,
    environment: str,
    region: str | None,
    profile: str | None,
) -> None:
    """Print or follow a job's log.

    Every attempt's, in order. An array's children are merged in the order of time, with their index before each line;
    JOB_ID:INDEX is one of them, @last the newest submission. With --follow, exit as the job did.
    """
    if following and (attempt is not None or failed):
        raise UsageError(
            "--follow shows all that comes; --attempt and --failed choose from what is there.",
            fix="Use one or the other.",
        )
    if (job_id is None) == (run is None):
        raise UsageError(
            "JOB_ID and --run: one of them says whose log.", fix=("For example: ", Command("logs", "@last"))
        )
    not_with("--follow", "following", "--run, whose jobs are shown as they are", run is not None)
    not_with("--attempt", "attempt", "--run, whose jobs have attempts of their own", run is not None)
    for flag, is_given in (("--run", run is not None), ("--follow", following)):
        not_with("--container", "container", f"{flag}, which shows the main container's", is_given)
    clients = open_environment(environment, region, profile)
    if run is not None:
        _logs_of_run(clients, run, failed, tail, since, timestamps, raw)
        return
    assert job_id is not None  # noqa: S101 - as was refused above
    (job_id,) = ids_of(clients, [job_id])
    job = jobs_there(clients, [job_id])[job_id]
    if container is not None and not job.is_array:
        job = _of_container(job, container)
    if following:
        sys.exit(
            wait_for(
                clients,
                [job_id],
                following=True,
                on_interrupt="detach",
                since=since,
                tail=tail,
                log_to_stdout=True,
                timestamps=timestamps,
                raw=raw,
            )
        )
    if not job.is_array:
        not_with("--failed", "failed", "--attempt, which chooses one", attempt is not None)
    if attempt is not None and not job.is_array and attempt > max(1, len(job.attempts)):
        raise UsageError(
            f"--attempt {attempt}: job {job_id} has had {len(job.attempts) or 'no'} "
            f"attempt{'s' * (len(job.attempts) != 1)}.",
            fix=f"Use 1 to {len(job.attempts)}." if len(job.attempts) > 1 else "Leave it out.",
        )
    try:
        count = _print(_lines(clients, job, tail, since, attempt, failed, container), timestamps, raw)
    except AwsError:
        if job.why:  # a log that cannot be read must not hide why the job failed
            say(state_line(job))
        raise
    if not count:
        say(f"{job_id} is {job.status}: no lines" + (f" ({job.why})." if job.why else "."))
        if job.log_driver != "awslogs":
            say(f"Its output goes to the log driver {job.log_driver}, not to CloudWatch Logs.")
    elif job.status == "FAILED":
        say(state_line(job))


def _logs_of_run(
    clients: Clients, run: str, failed: bool, tail: int | None, since: int | None, timestamps: bool, raw: bool
) -> None:
    from awa_batch.observe import merged_logs

    jobs = jobs_of_run(clients, run, failed=failed)
    if len(jobs) > MOST_CHILDREN:
        say(f"The logs of the first {MOST_CHILDREN} of {len(jobs)} jobs are shown.")
    lines: Iterable[tuple[Job, LogLine]] = merged_logs(clients.logs, jobs[:MOST_CHILDREN], since=since)
    if tail is not None:
        lines = deque(lines, maxlen=tail)
    if not _print(lines, timestamps, raw, named=True):
        say(f"Run {run}: no lines{' of failed jobs' if failed else ''}.")


def _print(lines: Iterable[tuple[Job, LogLine]], timestamps: bool, raw: bool, *, named: bool = False) -> int:
    count = 0
    for count, (job, line) in enumerate(lines, start=1):  # noqa: B007 - the count is the result
        index = "" if job.shown_index is None else f"[{job.shown_index}] "
        if named:
            index = f"[{plain(job.name)}] "
        message = f"{index}{line.message if raw else plain(line.message)}"
        click.echo(f"{clock(line.timestamp)}  {message}" if timestamps else message, color=raw or None)
    return count


def _lines(
    clients: Clients,
    job: Job,
    tail: int | None,
    since: int | None,
    attempt: int | None,
    failed: bool,
    container: str | None,
) -> Iterable[tuple[Job, LogLine]]:
    from awa_batch.observe import LogReader, merged_logs

    def chosen(one: Job) -> list[str]:
        return _streams(one, attempt, failed and not job.is_array)

    if job.is_array:
        children = _children(clients, job, failed)
        if container is not None:
            children = [_of_container(child, container) for child in children]
        lines = merged_logs(clients.logs, children, since=since, chosen=chosen)
        return deque(lines, maxlen=tail) if tail is not None else lines
    plain = replace(job, index=None, original_index=None)  # one job's lines need no index
    streams = chosen(job)
    if tail is not None and since is None and len(streams) == 1:
        return [(plain, line) for line in LogReader(clients.logs, job.log_group, streams[0]).tail(tail)]
    all_lines = (
        (plain, line)
        for stream in streams
        for line in LogReader(clients.logs, job.log_group, stream, since=since).read()
    )
    return deque(all_lines, maxlen=tail) if tail is not None else all_lines


def _of_container(job: Job, name: str) -> Job:
    if name in job.containers:
        return job.of_container(name)
    if not job.containers:
        raise UsageError(f"--container {name}: job {job.id} has one container, without a name.", fix="Leave it out.")
    raise UsageError(f"--container {name}: job {job.id} has none.", fix=f"It has {', '.join(sorted(job.containers))}.")


def _streams(job: Job, attempt: int | None, failed: bool) -> list[str]:
    from awa_batch.observe import streams

    if attempt is not None:
        names = [one.log_stream for one in job.attempts[attempt - 1 : attempt]]
        if not job.attempts and attempt == 1:
            names = [job.log_stream]
        return [name for name in names if name]
    if failed:
        return [one.log_stream for one in job.attempts if one.exit_code != 0 and one.log_stream]
    return streams(job)


def _children(clients: Clients, job: Job, failed: bool) -> list[Job]:
    """Return the children whose logs are shown; says so where they are not all."""
    from awa_batch.observe import describe, list_children

    if failed:
        ids = [child.id for child in list_children(clients.batch, job.id, "FAILED")]
    else:
        ids = [f"{job.id}:{index}" for index in range(job.array_size or 0)]
    if not ids and failed:
        raise JobFailedError(f"Array {job.id} has no failed children.", fix="Leave --failed out.")
    if len(ids) > MOST_CHILDREN:
        say(f"The logs of the first {MOST_CHILDREN} of {len(ids)} children are shown.")
        say(("Of any other: ", Command("logs", f"{job.id}:INDEX")))
    return list(describe(clients.batch, ids[:MOST_CHILDREN]).values())
