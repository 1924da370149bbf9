"""``awa-batch attach``."""

from __future__ import annotations

import sys

import click

from awa_batch.cli.following import wait_for
from awa_batch.cli.ids import ids_of
from awa_batch.cli.options import aws_options, not_with, open_environment
from awa_batch.cli.there import jobs_there
from awa_batch.cli.types import LONGEST_WAIT, Duration


@click.command()
@click.argument("ids", nargs=-1, metavar="[JOB_ID]...")
@click.option("--no-log", is_flag=True, help="Show the states alone.")
@click.option("--timestamps", "-t", is_flag=True, help="Put each line's time before it.")
@click.option(
    "--timeout", type=Duration(most=LONGEST_WAIT), help="Stop waiting after this long: 300, 90m, 2h (exit 124)."
)
@aws_options
def attach(
    ids: tuple[str, ...],
    no_log: bool,
    timestamps: bool,
    timeout: float | None,
    environment: str,
    region: str | None,
    profile: str | None,
) -> None:
    """Come back to jobs: show log and states until they end; exit as they did.

    Without JOB_ID the newest submission of this clone (@last). The log goes to stdout. Ctrl-C leaves; the jobs go on.
    """
    not_with("--timestamps", "timestamps", "--no-log", no_log)
    clients = open_environment(environment, region, profile)
    found = ids_of(clients, ids or ("@last",))
    jobs_there(clients, found)  # one that is not there would be waited for
    sys.exit(
        wait_for(
            clients,
            found,
            following=not no_log,
            on_interrupt="detach",
            timeout=timeout,
            log_to_stdout=True,
            timestamps=timestamps,
        )
    )
