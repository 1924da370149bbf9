"""``awa-batch new-job``."""

from __future__ import annotations

import click

from awa_batch.cli.options import say
from awa_batch.new_job import new_job as make


@click.command(name="new-job")
@click.argument("name")
def new_job(name: str) -> None:
    """Make a job's folder that runs and passes its own test at once.

    jobs/NAME/ gets a run_batch.py, the model of its parameters, an example of them, submit scripts and a test.
    """
    click.echo(make(name))
    say(f"Next: make test ARGS=jobs/{name}; make up; .venv/bin/python jobs/{name}/fargate_submit_job.py --follow")
