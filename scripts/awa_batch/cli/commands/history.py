"""``awa-batch history``."""

from __future__ import annotations

import sys
import time
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from awa_batch.cli.ids import shown_ids
from awa_batch.cli.jobs_shown import logical_definition, logical_names
from awa_batch.cli.options import aws_options, only_with, open_environment, output_option
from awa_batch.cli.render import coloured, moment, print_json, print_table, terminal_size
from awa_batch.cli.table import Column
from awa_batch.cli.types import Duration, Whole
from awa_batch.errors import UsageError
from awa_batch.history import recent
from awa_batch.text import Step

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients

LONGEST = 3653 * 86_400
"""Seconds that it looks back at most: CloudWatch Logs keeps events for ten years at most."""


@click.command()
@click.option(
    "--limit",
    "-n",
    type=Whole(1, 10_000),
    help="How many, 1 to 10000. Default: 20, or a screenful; all with --everybody.",
)
@click.option("--everybody", is_flag=True, help="What others submitted too, from the environment's history.")
@click.option(
    "--since",
    type=Duration(least=1, most=LONGEST),
    default="24h",
    show_default=True,
    help="With --everybody: what was submitted in this time.",
)
@output_option("table", "json", "id")
@aws_options
def history(
    limit: int | None,
    everybody: bool,
    since: float,
    output: str,
    environment: str,
    region: str | None,
    profile: str | None,
) -> None:
    """Show what this clone submitted, and how it stands.

    With --everybody what anybody submitted, as each job was at its last event. In the table the newest stand last, in
    JSON and of ids first. The jobs of `submit --from` are in their run: `awa-batch status --run NAME`. UNKNOWN is what
    AWS no longer shows, where the environment keeps no history (`observability.history` of its Terraform).
    """
    from awa_batch.observe import UNKNOWN, describe

    only_with("--since", "since", "--everybody", everybody)
    clients = open_environment(environment, region, profile)
    if everybody:
        _print_all(clients, since, limit, output)
        return
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


def _print_all(clients: Clients, since: float, limit: int | None, output: str) -> None:
    """Print what the environment's history has, as each job was at its last event."""
    from awa_batch.history.forgotten import EVENTS, Forgotten
    from awa_batch.observe import Job
    from awa_batch.request.submitter import SUBMITTED_BY

    contract = clients.contract
    if EVENTS not in contract.log_groups:
        raise UsageError(
            f"--everybody: {contract.environment} keeps no history of its jobs.",
            fix=("Set observability.history = { enabled = true } in its main.tf, then ", Step("plan", "apply"), "."),
        )
    found = Forgotten(clients).all_since(int((time.time() - since) * 1000))
    shown = [(Job.from_detail(one), (one.get("tags") or {}).get(SUBMITTED_BY)) for one in found]
    shown.sort(key=lambda one: (one[0].created_at or 0, one[0].id), reverse=True)
    shown = shown[:limit]
    if output == "id":
        for job, _ in shown:
            click.echo(job.id)
    elif output == "json":
        print_json([
            {"job_id": job.id, "job_name": job.name, "queue": job.queue, "definition": job.definition,
             "submitted_at": job.created_at, "array_size": job.array_size, "status": job.status, "submitted_by": by}
            for job, by in shown
        ])  # fmt: skip
    elif not shown:
        click.echo("no submissions")
    else:
        logical = logical_names(contract)
        columns = [
            Column("job"), Column("name", least=12), Column("children", drop=4, right=True),
            Column("status", style=coloured), Column("submitted", drop=1), Column("queue", drop=5),
            Column("by", least=8),
        ]  # fmt: skip
        rows: list[list[object]] = []
        for job, by in reversed(shown):
            queue = logical.get(job.queue, job.queue)
            rows.append([job.id, job.name, job.array_size, job.status, moment(job.created_at), queue, by])
        print_table(columns, rows)
