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
from pathlib import Path
from typing import NoReturn

import click

from awa_batch.cli.main import exit_with_errors
from awa_batch.cli.options import aws_options, on_interrupt_option, open_environment, output_option, say
from awa_batch.cli.sending import How, send, show_form
from awa_batch.cli.showing import FORMATS
from awa_batch.contract.model import Contract
from awa_batch.paths import project_root
from awa_batch.request import JobOptions, build_request

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
    @click.option("--dry-run", is_flag=True, help="Print the request and send nothing.")
    @click.option("--as", "form", type=click.Choice(FORMATS), help="With --dry-run: how.")
    @click.option("--wait", "-w", is_flag=True, help="Wait for the end; exit with the container's exit code.")
    @click.option("--follow", "-f", "following", is_flag=True, help="As --wait, and show the log as it comes.")
    @on_interrupt_option
    @output_option("id", "json")
    @aws_options
    def command(
        chosen: str | None,
        dry_run: bool,
        form: str | None,
        wait: bool,
        following: bool,
        on_interrupt: str | None,
        output: str,
        environment: str,
        region: str | None,
        profile: str | None,
    ) -> None:
        clients = open_environment(environment, region, profile)
        said = options(clients.contract)
        _check_config(said)
        request = build_request(clients.contract, definition, chosen, said)
        how = How(
            show=show_form(dry_run, form, output),
            wait=wait,
            following=following,
            on_interrupt=on_interrupt,
            output=output,
            origin=Path(sys.argv[0]).name,
        )
        send(clients, [request], how)

    exit_with_errors(command, sys.argv[0])


def _check_config(options: JobOptions) -> None:
    """Check CONFIG_JSON against the job's own model before anything is sent."""
    from awa_batch.request.config import VARIABLE, check_config, is_uri, job_of

    job, text = job_of(options.command, options.parameters), options.environment.get(VARIABLE)
    if job is not None and text is not None and not is_uri(text):
        note = check_config(project_root(), job, text, VARIABLE)
        if note:
            say(f"{VARIABLE} is {note}")
