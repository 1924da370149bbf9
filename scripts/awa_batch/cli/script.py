"""The command line of a per-job submit script in ``jobs/`` (`awa_batch.script`)."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import click

from awa_batch.cli.main import exit_with_errors
from awa_batch.cli.options import aws_options, open_environment, say
from awa_batch.cli.submitting import How, send, submitting_options
from awa_batch.cli.words import ScriptWords, speak
from awa_batch.contract.model import Contract
from awa_batch.job import JobSpec
from awa_batch.request import build_request


def run(
    definition: str,
    job: Callable[[Contract], JobSpec],
    *,
    queue: str | None = None,
    description: str = "",
) -> NoReturn:
    """Parse the script's flags, submit one job of ``definition`` and exit.

    ``job`` gets the environment's contract and says what to run. ``queue`` is the default of --queue: a logical name;
    without it the high-priority queue of the definition's platform, or its first by priority. What the returned spec
    says of definition and queue counts for nothing. Errors become lines and exit codes.
    """
    speak(ScriptWords())

    @click.command(help=description, context_settings={"help_option_names": ["-h", "--help"]})
    @click.option(
        "--queue", "-q", "chosen", default=queue, show_default=True, help="Queue (logical name, name or ARN)."
    )
    @submitting_options
    @aws_options
    def command(
        chosen: str | None,
        how: How,
        environment: str,
        region: str | None,
        profile: str | None,
    ) -> None:
        clients = open_environment(environment, region, profile, rebuild=how.show is None, waits_itself=True)
        spec = replace(job(clients.contract), definition=definition, queue=chosen)
        request = build_request(clients.contract, spec, tell=say)
        send(clients, [request], replace(how, origin=Path(sys.argv[0]).name))

    exit_with_errors(command, sys.argv[0])
