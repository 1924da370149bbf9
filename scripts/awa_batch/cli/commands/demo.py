"""``awa-batch demo``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from awa_batch.applied import load_contract
from awa_batch.batch.clients import Clients
from awa_batch.cli.options import runner_option, say
from awa_batch.cli.render import clock, console, print_table
from awa_batch.cli.terminal import plain
from awa_batch.cli.words import program
from awa_batch.duration import duration_text
from awa_batch.environment import LocalEnvironment

if TYPE_CHECKING:
    from rich.table import Table

    from awa_batch.observe import Job


@click.command()
@runner_option
@click.option("--verbose", "-v", is_flag=True, help="Show what terraform and the image build print.")
def demo(runner: str, verbose: bool) -> None:
    """Bring ENV=local up, run the example jobs to their end, show what came out.

    No AWS account is needed. A second run reuses everything that is there.
    """
    from awa_batch import demo as steps

    started = time.monotonic()
    local = LocalEnvironment()
    local.up(say, runner=runner, detail=say if verbose else None)  # type: ignore[arg-type]
    clients = Clients(load_contract(local.target.name))
    keys = steps.upload_inputs(clients)
    say(f"input: {len(keys)} objects under s3://{clients.contract.data_bucket.name}/data/")
    ids = steps.submit_jobs(local.target.name)
    for name, job_id in ids.items():
        say(f"submitted {name}: {job_id}")
    _show(clients, ids)
    outcome = steps.check(clients, ids)
    for address, size in outcome.results.values():
        say(f"checked: {address} equals the joined sources ({size:,} bytes)")
    command = program()
    click.echo()
    print_table(
        ["job", "ran on", "waited", "ran", "result"],
        [
            [
                name,
                steps.where(job, clients.contract),
                duration_text(job.waited_seconds),
                duration_text(job.ran_seconds),
                outcome.results[name][0] if name in outcome.results else f"log: {command} logs {job.id}",
            ]
            for name, job in outcome.jobs.items()
        ],
    )
    click.echo(f"\nDone in {duration_text(time.monotonic() - started)}. Try next:")
    click.echo(f"  {command} submit fargate-sample --follow -- echo hello")
    click.echo(f"  {command} status")
    click.echo(f'  eval "$({command} local env)" && aws batch describe-job-queues')


def _show(clients: Clients, ids: dict[str, str]) -> None:
    """Stream the jobs' logs; on a terminal their states stand below, live, elsewhere each change is a line."""
    from rich.live import Live
    from rich.text import Text

    from awa_batch import demo as steps

    screen = console(stderr=True)
    jobs: dict[str, Job] = {}
    width = max(map(len, ids))
    with Live(console=screen, refresh_per_second=8, transient=True, auto_refresh=screen.is_terminal) as live:
        for name, event in steps.follow_jobs(clients, ids):
            jobs[name] = event.job
            if event.line:
                screen.print(Text(f"{name:>{width}} | {plain(event.line.message)}"), soft_wrap=True)
            elif not screen.is_terminal or event.job.is_complete:
                screen.print(Text(f"{name:>{width}} > {_state(event.job)}"), soft_wrap=True)
            if screen.is_terminal:
                live.update(_states(ids, jobs))


def _state(job: Job) -> str:
    """Return the status, and why where it is bad news."""
    return job.status if job.is_success else plain(f"{job.status}  {job.why}".rstrip())


def _states(ids: dict[str, str], jobs: dict[str, Job]) -> Table:
    from rich.table import Table
    from rich.text import Text

    table = Table("job", "status", "submitted", "queue", box=None, pad_edge=False, header_style="bold")
    for name in ids:
        job = jobs.get(name)
        cells = (name, job.status, clock(job.created_at), job.queue) if job else (name, "SUBMITTED", "", "")
        table.add_row(*map(Text, cells))  # Text: what AWS says is not markup
    return table
