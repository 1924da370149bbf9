"""``awa-batch report``."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING

import click

from awa_batch.batch.memory import forgotten_words
from awa_batch.cli.ids import ids_of
from awa_batch.cli.jobs_shown import logical_names
from awa_batch.cli.options import aws_options, not_with, open_environment, say, say_other_account
from awa_batch.cli.progress import Progress
from awa_batch.cli.runs import ids_of_run
from awa_batch.cli.types import Duration, Whole
from awa_batch.cli.words import words
from awa_batch.duration import duration_text
from awa_batch.errors import NotThereError, UsageError
from awa_batch.text import Command

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients

LONGEST = 3653 * 86_400
"""Seconds that it looks back at most: a history goes back ten years at most, without one AWS shows about seven days."""


@click.command()
@click.argument("ids", nargs=-1, metavar="[JOB_ID]...")
@click.option("--run", help="The jobs of a run that `submit --from` submitted.")
@click.option(
    "--since",
    type=Duration(least=1, most=LONGEST),
    default="24h",
    show_default=True,
    help="All jobs submitted in this time: 90m, 24h, 7d.",
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    default=Path("report.html"),
    show_default=True,
    help="The file; what is there is replaced where it is a report.",
)
@click.option(
    "--lang",
    type=click.Choice(("en", "ja")),
    default="en",
    show_default=True,
    help="The language that it opens in; the page has a switch.",
)
@click.option(
    "--lines", "-n", type=Whole(0, 200), default=10, show_default=True, help="Lines of each example log, 0 to 200."
)
@aws_options
def report(
    ids: tuple[str, ...],
    run: str | None,
    since: float,
    output: Path,
    lang: str,
    lines: int,
    environment: str,
    region: str | None,
    profile: str | None,
) -> None:
    """Write what ran as one page: timeline, numbers over time, failures, a table of jobs.

    Of the jobs named (arrays as their children), of a run, or of all in the last 24 hours. The file needs nothing else
    and asks nothing of anybody: it can be sent, kept, printed. It holds names, commands and ends of logs, and no values
    of variables. Its name goes to stdout.
    """
    if ids and run:
        raise UsageError("--run and JOB_ID both name jobs.", fix="Use one of them.")
    named = bool(ids or run)
    not_with("--since", "since", "JOB_ID or --run, which name the jobs", named)
    _refuse(output)
    clients = open_environment(environment, region, profile)
    wanted, title = _wanted(clients, ids, run, since)
    from awa_batch.files import write_whole
    from awa_batch.report import gather, page

    progress = Progress()
    found = gather(
        clients,
        wanted,
        now=time.time(),
        log_lines=lines,
        queues=logical_names(clients.contract),
        on_jobs=lambda count: progress.update("", f"{count:,} jobs read"),
    )
    progress.clear()
    if found.unknown and found.unknown == len(wanted) and ids:
        raise NotThereError(
            f"JOB_ID: {clients.contract.environment} has no job {wanted[0]}"
            + (f" (and {len(wanted) - 1} more)." if len(wanted) > 1 else "."),
            fix=("List the recent ones with ", Command("status"), f"; {forgotten_words(clients.batch)}."),
        )
    if found.unknown:
        say_other_account()
    text = page(found, title=title, environment=clients.contract.environment, lang=lang, say=words().say)
    write_whole(output, text, private=True)
    told = ", ".join(f"{count:,} {state}" for state, count in found.states.items())
    jobs = "1 job" if found.jobs == 1 else f"{found.jobs:,} jobs"
    say(f"{jobs}{': ' if told else ''}{told}; {len(text) / 1000:,.0f} kB.")
    click.echo(str(output))


def _wanted(clients: Clients, ids: tuple[str, ...], run: str | None, since: float) -> tuple[list[str], str]:
    """Return the ids of the jobs, and what the page is of."""
    if run:
        return ids_of_run(clients, run), f"Run {run}"
    if ids:
        found = list(dict.fromkeys(ids_of(clients, ids)))
        return found, f"Job {found[0]}" if len(found) == 1 else f"{len(found)} jobs"
    from awa_batch.observe import list_recent

    recent = list_recent(clients.batch, clients.contract, hours=since / 3600)
    return [job.id for job in recent], f"{clients.contract.environment}: the last {duration_text(since)}"


def _refuse(output: Path) -> None:
    """Refuse a file that cannot be written, or that is there and is none of ours. Raises UsageError."""
    from awa_batch.report.page import MARK

    name = str(output)[:60]
    fix = "Name another file: -o report.html."
    try:
        if not output.parent.is_dir():
            raise UsageError(f"--output {name!r}: its folder is not there.", fix="Make the folder, or name another.")
        if not os.access(output.parent, os.W_OK):
            raise UsageError(f"--output {name!r}: its folder cannot be written.", fix=fix)
        if not stat.S_ISREG(output.stat().st_mode):
            raise UsageError(f"--output {name!r} is there, and is no file.", fix=fix)
        with output.open("rb") as file:
            if file.read(len(MARK)) != MARK.encode():
                raise UsageError(f"--output {name!r} is there, and is no report: it is not replaced.", fix=fix)
    except FileNotFoundError:
        return
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        raise UsageError(f"--output {name!r}: {why}.", fix=fix) from None
