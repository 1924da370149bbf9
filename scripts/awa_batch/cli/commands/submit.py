"""``awa-batch submit``."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import click
from click.core import ParameterSource

from awa_batch.cli.again import command_again
from awa_batch.cli.job_options import Said, job_options
from awa_batch.cli.options import aws_options, open_environment
from awa_batch.cli.submitting import How, once_option, submit_said, submitting_options
from awa_batch.cli.types import Number
from awa_batch.errors import UsageError
from awa_batch.text import Command

_OF_A_RUN = {"--queue", "--from", "--run", "--rate", "--dry-run", "--output", "--detach", "--env-name", "--region",
             "--profile", "--lookup-time", "--never-double", "--patience", "--max-cost"}  # fmt: skip
"""The options that --from takes; all others say something of one job, or wait for it."""


@click.command()
@job_options
@once_option
@click.option("--from", "from_file", type=click.Path(path_type=Path), help="Submit every job of this JSONL file.")
@click.option("--run", help="With --from: the run's name. The same command again finishes what is left of it.")
@click.option(
    "--rate", type=Number(0.001, 10_000), help="With --from: calls a second (default 50, the account's limit)."
)
@click.option(
    "--like", metavar="JOB_ID", help="Take vCPUs and memory from what this job used, as `usage` advises; flags win."
)
@click.option(
    "--max-cost", type=Number(0.000001, 1e9), metavar="USD", help="Refuse what is estimated to cost more, or cannot be."
)
@click.option("--detach", is_flag=True, help="Do not wait, whatever AWA_BATCH_SUBMIT_WAIT says.")
@submitting_options
@aws_options
def submit(
    said: Said,
    once: str | None,
    from_file: Path | None,
    run: str | None,
    rate: float | None,
    like: str | None,
    max_cost: float | None,
    detach: bool,
    how: How,
    environment: str,
    region: str | None,
    profile: str | None,
) -> None:
    """Submit a job.

    DEFINITION is a logical name, a name or an ARN. The job's id goes to stdout.

    \b
    awa-batch submit fargate-sample -- echo hello
    awa-batch submit ec2-sample --config parameters.json --follow -- python run_batch.py version_test
    awa-batch submit ec2-sample --each items.csv --retry-on spot,pull -- python run_batch.py my_job
    """  # noqa: D301 - click reads the backspace
    if from_file is not None:
        _refuse_beside_from(said, run)
        from awa_batch.cli.commands.submit_from import submit_from
        from awa_batch.submission.pace import SUBMIT_RATE

        spec = said.spec()
        sys.exit(
            submit_from(
                open_environment(environment, region, profile, rebuild=how.show is None, waits_itself=True),
                from_file,
                run or "",
                queue=spec.queue,
                definition=spec.definition,
                rate=SUBMIT_RATE if rate is None else rate,
                dry_run=how.show is not None,
                show_secrets=how.show_secrets,
                output=how.output,
                go_on=command_again(),
                care=how.care,
                max_cost=max_cost,
            )
        )
    if run is not None or rate is not None:
        raise UsageError(f"{'--run' if run is not None else '--rate'} goes with --from.", fix="Add --from jobs.jsonl.")
    if not said.is_explicit("definition"):
        raise UsageError(
            "DEFINITION is missing.", fix=("Name a job definition: ", Command("submit", "fargate-sample", "…"))
        )
    how = replace(how, once=once, like=like, max_cost=max_cost)
    if detach:
        how = _detached(how)
    submit_said(
        said, how, lambda _: open_environment(environment, region, profile, rebuild=how.show is None, waits_itself=True)
    )


def _detached(how: How) -> How:
    """Return ``how`` without any waiting that variables ask for; a flag beside --detach is an error."""
    context = click.get_current_context()
    for flag, parameter in (("--wait", "wait"), ("--follow", "following")):
        if context.get_parameter_source(parameter) is ParameterSource.COMMANDLINE:
            raise UsageError(f"--detach does not wait, and {flag} does.", fix="Use one of them.")
    return replace(how, wait=False, following=False)


def _refuse_beside_from(said: Said, run: str | None) -> None:
    """With --from each job is said by its line: refuse what would silently be left out, and a missing --run."""
    if not run:
        raise UsageError(
            "--from needs --run: the name under which the jobs can be found again.",
            fix="Add --run NAME; the same command again then finishes what is left.",
        )
    context = click.get_current_context()
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if isinstance(parameter, click.Option)
        and not _OF_A_RUN & set(parameter.opts)
        and context.get_parameter_source(parameter.name or "") is not ParameterSource.DEFAULT
    ]
    if given or said.is_explicit("command"):
        raise UsageError(
            f"{given[0] if given else 'The command after --'} does not go with --from.",
            fix="Say it in the file's lines (docs/cli.md lists their fields).",
        )
