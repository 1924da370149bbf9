"""Wait for jobs in front of a user: states, logs, the exit code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from awa_batch.cli.options import say

if TYPE_CHECKING:
    from awa_batch.aws import Clients


def wait_for(clients: Clients, ids: Sequence[str], *, following: bool, on_interrupt: str | None = None) -> int:
    """Wait for the job's end and return its exit code: the container's where it has one, else 0 or 1."""
    from awa_batch.observe import follow, watch

    del on_interrupt

    local = clients.contract.environment == "local"
    job = None
    if following:
        for event in follow(
            clients.batch, clients.logs, list(ids), first_tick=0.3 if local else 1.0, settle=0.0 if local else 3.0
        ):
            job = event.job
            if event.line:
                click.echo(event.line.message, err=True)
            else:
                say(f"{job.name}  {job.status}" + (f"  {job.why}" if job.why else ""))
    else:
        for jobs in watch(clients.batch, list(ids), first_tick=0.3 if local else 2.0):
            job = jobs.get(ids[0])
        if job is not None:
            say(f"{job.name}  {job.status}" + (f"  {job.why}" if job.why else ""))
    if job is None or job.is_success:
        return 0
    return job.exit_code or 1
