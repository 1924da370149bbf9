"""``awa-batch retry``."""

from __future__ import annotations

import sys

import click

from awa_batch.cli.ids import ids_of
from awa_batch.cli.job_options import MAX_INTEGER
from awa_batch.cli.options import aws_options, not_with, open_environment, say
from awa_batch.cli.runs import jobs_of_run
from awa_batch.cli.submitting import How, send, submitting_options
from awa_batch.cli.types import Duration, Number, Whole
from awa_batch.errors import UsageError

MOST_PIPED = 1_000_000
"""Characters that are read from stdin: more ids than are retried one by one."""


@click.command()
@click.argument("ids", nargs=-1, metavar="[JOB_ID[:INDEX]]...")
@click.option("--run", help="All jobs of this run that failed (`submit --from … --run NAME`).")
@click.option("--failed-only", is_flag=True, help="Of an array, just its failed children, each with its own index.")
@click.option("--memory", metavar="x2|MIB", help="More memory: a factor, or MiB. On Fargate the next size it has.")
@click.option("--vcpu", type=Number(-MAX_INTEGER, MAX_INTEGER), help="Other vCPUs.")
@click.option("--attempts", type=Whole(-MAX_INTEGER, MAX_INTEGER), help="Try up to this often (1 to 10).")
@click.option("--timeout", type=Duration(), help="Stop an attempt after this long: 300, 90m, 2h. At least 60 s.")
@click.option("--queue", "-q", help="Another queue (logical name, name or ARN).")
@click.option("--latest", is_flag=True, help="The newest revision of the job's own definition.")
@submitting_options
@aws_options
def retry(
    ids: tuple[str, ...],
    run: str | None,
    failed_only: bool,
    memory: str | None,
    vcpu: float | None,
    attempts: int | None,
    timeout: float | None,
    queue: str | None,
    latest: bool,
    how: How,
    environment: str,
    region: str | None,
    profile: str | None,
) -> None:
    """Submit an ended job again as it was, or with more memory.

    The same revision, command, variables and parameters, read back from AWS; what it depended on is not waited for
    again. Without JOB_ID the newest submission of this clone; - takes ids from stdin, one a line. All are checked
    before one is sent, and the new jobs' ids go to stdout.
    """
    from awa_batch.batch.patience import patiently
    from awa_batch.control import RetryOptions, build_retry
    from awa_batch.submission.deliver import outage_of

    not_with("--run", "run", "JOB_ID, which names jobs", bool(ids))
    not_with(
        "--failed-only",
        "failed_only",
        "JOB_ID:INDEX, which is one child",
        any(":" in one and "arn:" not in one for one in ids),
    )
    options = RetryOptions(
        failed_only=failed_only,
        memory=memory,
        vcpu=vcpu,
        attempts=attempts,
        timeout_seconds=None if timeout is None else round(timeout),
        queue=queue,
        latest=latest,
    )
    clients = open_environment(environment, region, profile, waits_itself=True)
    outage = outage_of(clients, how.care, say)
    if run is not None:
        wanted = [job.id for job in patiently(lambda: jobs_of_run(clients, run, failed=True), outage)]
    else:
        wanted = list(dict.fromkeys(ids_of(clients, _given(ids) or ["@last"])))
    requests, origins = [], []
    for job_id in wanted:
        # Bound now: the call may be made again later.
        found = patiently(lambda job_id=job_id: build_retry(clients, job_id, options), outage)  # type: ignore[misc]
        if found is None:
            say(f"{job_id} has nothing that failed: it is not submitted.")
            continue
        for note in found.notes:
            say(note if len(wanted) == 1 else (f"{job_id}: ", *note))
        requests.append(found.request)
        origins.append(f"retry of {job_id}")
    if not requests:
        say(f"Run {run}: nothing has failed." if run else "Nothing is submitted.")
        return
    send(clients, requests, how, origins=origins)


def _given(ids: tuple[str, ...]) -> list[str]:
    """Return the ids that were typed, those of stdin in the place of ``-``."""
    found: list[str] = []
    for text in ids:
        if text != "-":
            found.append(text)
            continue
        if sys.stdin.isatty():
            raise UsageError(
                "- takes ids from stdin, and nothing is piped into it.", fix="Pipe ids into it, or name them."
            )
        piped = sys.stdin.read(MOST_PIPED + 1)
        if len(piped) > MOST_PIPED:
            raise UsageError(f"stdin has more than {MOST_PIPED:,} characters.", fix="Retry fewer jobs at once.")
        words = piped.split()
        if not words:
            raise UsageError("stdin has no ids.", fix="Check the command before the pipe.")
        found += words
    return found
