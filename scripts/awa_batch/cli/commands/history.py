"""``awa-batch history``."""

from __future__ import annotations

from dataclasses import asdict

import click

from awa_batch.cli.options import aws_options, open_environment, output_option
from awa_batch.cli.render import clock, print_json, print_table
from awa_batch.cli.types import Whole
from awa_batch.history import recent


@click.command()
@click.option("--limit", "-n", type=Whole(1, 10_000), default=20, show_default=True, help="How many, 1 to 10000.")
@output_option("table", "json", "id")
@aws_options
def history(limit: int, output: str, environment: str, region: str | None, profile: str | None) -> None:
    """Show what this clone submitted, newest first, and how it stands.

    The jobs of `submit --from` are in their run: `awa-batch status --run NAME`. UNKNOWN is what AWS no longer shows.
    """
    from awa_batch.observe import UNKNOWN, describe

    clients = open_environment(environment, region, profile)
    submissions = recent(clients.contract.environment, limit)
    if output == "id":
        for entry in submissions:
            click.echo(entry.job_id)
        return
    jobs = describe(clients.batch, [entry.job_id for entry in submissions])
    states = [jobs[entry.job_id].status if entry.job_id in jobs else UNKNOWN for entry in submissions]
    if output == "json":
        print_json([{**asdict(entry), "status": state} for entry, state in zip(submissions, states, strict=True)])
    elif not submissions:
        click.echo("no submissions")
    else:
        print_table(
            ["", "submitted", "job", "name", "children", "status", "definition", "queue", "by"],
            [
                [
                    f"@{number}",
                    clock(entry.submitted_at),
                    entry.job_id,
                    entry.job_name,
                    entry.array_size,
                    state,
                    entry.definition,
                    entry.queue,
                    entry.origin,
                ]
                for number, (entry, state) in enumerate(zip(submissions, states, strict=True), start=1)
            ],
        )
