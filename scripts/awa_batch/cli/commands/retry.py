"""``awa-batch retry``."""

from __future__ import annotations

from dataclasses import replace

import click

from awa_batch.cli.ids import ids_of
from awa_batch.cli.job_options import MAX_INTEGER
from awa_batch.cli.options import aws_options, not_with, open_environment, say
from awa_batch.cli.submitting import How, send, submitting_options
from awa_batch.cli.types import Duration, Number, Whole


@click.command()
@click.argument("job_id", metavar="JOB_ID[:INDEX]", required=False)
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
    job_id: str | None,
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
    again. Without JOB_ID the newest submission of this clone. The new job's id goes to stdout.
    """
    from awa_batch.batch.patience import patiently
    from awa_batch.control import RetryOptions, build_retry
    from awa_batch.submission.deliver import outage_of

    not_with("--failed-only", "failed_only", "JOB_ID:INDEX, which is one child", job_id and ":" in job_id)
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
    (wanted,) = ids_of(clients, ["@last" if job_id is None else job_id])
    found = patiently(lambda: build_retry(clients, wanted, options), outage_of(clients, how.care, say))
    if found is None:
        say(f"{wanted} has nothing that failed: nothing is submitted.")
        return
    for note in found.notes:
        say(note)
    send(clients, [found.request], replace(how, origin=f"retry of {wanted}"))
