"""``awa-batch history``."""

from __future__ import annotations

import sys
from dataclasses import asdict

import click

from awa_batch.cli.ids import shown_ids
from awa_batch.cli.jobs_shown import logical_definition, logical_names
from awa_batch.cli.options import aws_options, open_environment, output_option
from awa_batch.cli.render import coloured, moment, print_json, print_table, terminal_size
from awa_batch.cli.table import Column
from awa_batch.cli.types import Whole
from awa_batch.history import recent


@click.command()
@click.option("--limit", "-n", type=Whole(1, 10_000), help="How many, 1 to 10000. Default: 20, or a screenful.")
@output_option("table", "json", "id")
@aws_options
def history(limit: int | None, output: str, environment: str, region: str | None, profile: str | None) -> None:
    """Show what this clone submitted, and how it stands.

    In the table the newest stand last, in JSON and of ids first. The jobs of `submit --from` are in their run:
    `awa-batch status --run NAME`. UNKNOWN is what AWS no longer shows.
    """
    from awa_batch.observe import UNKNOWN, describe

    clients = open_environment(environment, region, profile)
    if limit is None:
        on_terminal = output == "table" and sys.stdout.isatty()
        limit = min(20, max(5, terminal_size().lines - 4)) if on_terminal else 20
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
        logical = logical_names(clients.contract)
        ids = shown_ids(entry.job_id for entry in submissions)
        numbered = list(enumerate(zip(submissions, states, strict=True), start=1))
        print_table(
            [
                Column("", right=True),
                "job",
                Column("name", least=12),
                Column("children", drop=4, right=True),
                Column("status", style=coloured),
                Column("submitted", drop=1),
                Column("definition", drop=3),
                Column("queue", drop=5),
                Column("by", least=8, drop=6),
            ],
            [
                [
                    f"@{number}",
                    ids[entry.job_id],
                    entry.job_name,
                    entry.array_size,
                    state,
                    moment(entry.submitted_at),
                    logical_definition(clients.contract, entry.definition),
                    logical.get(entry.queue, entry.queue),
                    entry.origin,
                ]
                for number, (entry, state) in reversed(numbered)
            ],
        )
