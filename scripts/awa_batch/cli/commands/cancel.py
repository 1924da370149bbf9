"""``awa-batch cancel``."""

from __future__ import annotations

import sys
from collections import Counter
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from awa_batch.batch.memory import forgotten_words
from awa_batch.cli.asking import agreed
from awa_batch.cli.ids import ids_of, shown_ids
from awa_batch.cli.options import aws_options, open_environment, output_option, say, say_other_account
from awa_batch.cli.render import coloured, print_json, print_table
from awa_batch.cli.table import Column
from awa_batch.contract import find_queue
from awa_batch.errors import AwsError, NotThereError, UsageError
from awa_batch.text import Command

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.control import Cancellation


@click.command()
@click.argument("ids", nargs=-1, metavar="[JOB_ID]...")
@click.option("--run", help="All jobs of a run that `submit --from` submitted from this clone.")
@click.option("--queue", help="All jobs of this queue that have not ended (logical name, name or ARN).")
@click.option("--reason", help="What is written into the jobs. Default: who cancelled them.")
@click.option("--yes", "-y", is_flag=True, help="Do not ask before a queue or a run is cancelled.")
@click.option("--dry-run", is_flag=True, help="Show which jobs it would cancel.")
@output_option("table", "json", "id")
@aws_options
def cancel(
    ids: tuple[str, ...],
    run: str | None,
    queue: str | None,
    reason: str | None,
    yes: bool,
    dry_run: bool,
    output: str,
    environment: str,
    region: str | None,
    profile: str | None,
) -> None:
    """Cancel jobs: those named, a run's, or all of a queue.

    What has not started is cancelled, what runs is ended (SIGTERM, 30 seconds later SIGKILL); an array goes with all
    its children. JOB_ID may be @last. Exit 3 if one could not be cancelled.
    """
    from awa_batch.control import cancel_jobs, cancel_reason

    if bool(ids) + bool(run) + bool(queue) != 1:
        raise UsageError(
            "Name the jobs in one way: JOB_ID…, --run or --queue.", fix=("For example: ", Command("cancel", "@last"))
        )
    if reason is not None and not 1 <= len(reason) <= 1000:
        raise UsageError("--reason has 1 to 1000 characters.", fix="Shorten it, or leave it out.")
    clients = open_environment(environment, region, profile)
    wanted, of_what = _wanted(clients, ids, run, queue)
    if not wanted:
        say(f"{of_what}: nothing to cancel.")
        _print([], output)
        return
    if dry_run:
        _print(_would(clients, wanted), output, now="would be")
        say("Nothing was cancelled (--dry-run).")
        return
    if (run or queue) and not yes:
        _ask(of_what, len(wanted))
    done = cancel_jobs(clients.batch, wanted, reason or cancel_reason("with awa-batch cancel"))
    if ids and all(entry.outcome == "unknown" for entry in done):  # nothing was done
        raise NotThereError(
            f"JOB_ID: {clients.contract.environment} has no job {done[0].job_id}"
            + (f" (and {len(done) - 1} more)." if len(done) > 1 else "."),
            fix=("List the recent ones with ", Command("status"), f"; {forgotten_words(clients.batch)}."),
        )
    _print(done, output)
    counts = Counter(str(entry.outcome) for entry in done)
    words = {"cancelled": "cancelled", "ended": "had ended before", "unknown": "unknown to AWS", "failed": "failed"}
    say(", ".join(f"{counts[key]} {word}" for key, word in words.items() if counts[key]) + ".")
    if any(entry.outcome == "unknown" for entry in done):
        say_other_account()
    if bad := [entry for entry in done if entry.outcome in ("unknown", "failed")]:
        raise AwsError(
            f"{len(bad)} of {len(done)} jobs were not cancelled: {bad[0].job_id}: {bad[0].error}.",
            fix=("Check the ids with ", Command("status"), "; what failed for a passing cause, cancel again."),
        )


def _wanted(clients: Clients, ids: tuple[str, ...], run: str | None, queue: str | None) -> tuple[list[str], str]:
    environment = clients.contract.environment
    if run:
        from awa_batch.submission.ledger import is_being_submitted, read_run

        entries = read_run(environment, run)
        if is_being_submitted(environment, run):
            raise UsageError(
                f"--run {run} is being submitted: jobs would go on being added.", fix="Stop that first (Ctrl-C there)."
            )
        unsent = sum(not entry.job_id for entry in entries)
        if unsent:
            say(f"{unsent} jobs of run {run} were never accepted; `submit --from` would still send them.")
        return _active(clients, [entry.job_id for entry in entries if entry.job_id]), f"run {run}"
    if queue:
        from awa_batch.observe import list_active

        target = find_queue(clients.contract, queue)
        return [job.id for job in list_active(clients.batch, target.arn)], f"queue {target.name}"

    return ids_of(clients, ids), "the jobs"


def _active(clients: Clients, ids: list[str]) -> list[str]:
    """Return those of a run's jobs that have not ended: the others are not worth a line."""
    from awa_batch.observe import describe

    return [job_id for job_id, job in describe(clients.batch, ids).items() if not job.is_complete]


def _would(clients: Clients, ids: list[str]) -> list[Cancellation]:
    from awa_batch.control import Cancellation
    from awa_batch.observe import describe

    found = describe(clients.batch, ids)
    return [
        Cancellation(job_id, job.name, job.status, "ended" if job.is_complete else "cancelled")
        if (job := found.get(job_id))
        else Cancellation(job_id, "-", "UNKNOWN", "unknown")
        for job_id in ids
    ]


def _ask(of_what: str, count: int) -> None:
    """Ask on a terminal; elsewhere --yes is needed."""
    question = f"Cancel {count} job{'s' * (count != 1)} of {of_what}?"
    if not sys.stdin.isatty():
        raise UsageError(f"{question} Nobody is there to answer.", fix="Add --yes.")
    if not agreed(question):
        raise UsageError("Not confirmed: nothing was cancelled.", fix="Answer y, or add --yes.")


def _print(done: list[Cancellation], output: str, now: str = "now") -> None:
    if output == "json":
        print_json([asdict(entry) for entry in done])
    elif output == "id":
        for entry in done:
            if entry.outcome == "cancelled":
                click.echo(entry.job_id)
    elif done:
        ids = shown_ids(entry.job_id for entry in done)
        print_table(
            ["job", Column("name", least=8), Column("was", style=coloured), now, Column("error", least=16)],
            [[ids[entry.job_id], entry.job_name, entry.status, entry.outcome, entry.error] for entry in done],
        )
