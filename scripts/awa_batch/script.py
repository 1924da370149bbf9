"""What a per-job submit script in ``jobs/`` is made of: a few lines that say what to run.

    from awa_batch.script import JobOptions, run

    def options(contract: Contract) -> JobOptions:
        return JobOptions(name="hello", command=["echo", contract.data_bucket.name])

    if __name__ == "__main__":
        run("fargate-sample", options, description="Say which bucket there is.")

The script then takes --env-name, --queue, --dry-run, --wait and --follow, prints the job's id on stdout and exits as
``awa-batch submit`` does. Queue, definition and bucket come from Terraform's contract: nothing is hard-coded.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import click

from awa_batch.cli.main import exit_with_errors
from awa_batch.cli.options import aws_options, open_environment, say
from awa_batch.cli.sending import How, send, sending_options
from awa_batch.contract.model import Contract
from awa_batch.paths import project_root
from awa_batch.request import JobOptions, build_request
from awa_batch.request.config import check_config

__all__ = ["Contract", "JobOptions", "run"]


def run(
    definition: str,
    options: Callable[[Contract], JobOptions],
    *,
    queue: str | None = None,
    description: str = "",
) -> NoReturn:
    """Parse the script's flags, submit one job of ``definition`` and exit.

    ``options`` gets the environment's contract and says what to run. ``queue`` is the default of --queue: a logical
    name; without it the high-priority queue of the definition's platform. Errors become lines and exit codes.
    """

    @click.command(help=description, context_settings={"help_option_names": ["-h", "--help"]})
    @click.option(
        "--queue", "-q", "chosen", default=queue, show_default=True, help="Queue (logical name, name or ARN)."
    )
    @sending_options
    @aws_options
    def command(
        chosen: str | None,
        how: How,
        environment: str,
        region: str | None,
        profile: str | None,
    ) -> None:
        clients = open_environment(environment, region, profile)
        said = options(clients.contract)
        for note in check_config(project_root(), said, "CONFIG_JSON"):
            say(note)
        request = build_request(clients.contract, definition, chosen, said)
        send(clients, [request], replace(how, origin=Path(sys.argv[0]).name))

    exit_with_errors(command, sys.argv[0])
