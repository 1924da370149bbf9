"""``awa-batch submit``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from awa_batch.cli.options import aws_options, open_environment, output_option, say
from awa_batch.errors import UsageError

if TYPE_CHECKING:
    from awa_batch.aws import Clients
    from awa_batch.request import JobRequest


@click.command()
@click.argument("definition", required=False)
@click.argument("args", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND [ARG]...]")
@click.option("--queue", "-q", help="Queue (logical name, name or ARN). Default: high priority of the platform.")
@click.option("--name", "-n", help="Job name; a random suffix is added. Default: the definition's logical name.")
@click.option("--command", "command_json", help='Command as JSON: \'["echo","hello"]\'. Or write it after --.')
@click.option("--env", "variables", multiple=True, metavar="K=V", help="Environment variable (again for more).")
@click.option(
    "--param", "parameters", multiple=True, metavar="K=V", help="Value of Ref::K in the command (again for more)."
)
@click.option("--config", type=click.Path(path_type=Path), help="JSON file that the job gets as CONFIG_JSON.")
@click.option("--vcpu", type=float, help="vCPUs.")
@click.option("--memory", type=int, help="Memory in MiB.")
@click.option("--array", "array_size", type=int, help="Submit an array of this many children (2 to 10000).")
@click.option(
    "--depends-on", multiple=True, metavar="JOB_ID", help="Start after this job has succeeded (again for more)."
)
@click.option("--share-identifier", help="Share on a fair-share queue. Default: the contract's.")
@click.option("--scheduling-priority", type=int, help="Priority within the share, 0 to 9999.")
@click.option("--attempts", type=int, help="Try up to this often (1 to 10) whatever the failure.")
@click.option("--timeout", help="Stop an attempt after this long: 300, 90m, 2h. At least 60 s.")
@click.option("--tag", "tags", multiple=True, metavar="K=V", help="Tag (again for more).")
@click.option("--from", "from_file", type=click.Path(path_type=Path), help="Submit every job of this JSONL file.")
@click.option("--run", help="With --from: the run's name. The same command again finishes what is left of it.")
@click.option("--rate", type=float, help="With --from: calls a second (default 50, the account's limit).")
@click.option("--dry-run", is_flag=True, help="Print the request and send nothing.")
@click.option("--wait", "-w", is_flag=True, help="Wait for the end; exit with the container's exit code.")
@click.option("--follow", "-f", "following", is_flag=True, help="As --wait, and show the log as it comes.")
@output_option("id", "json")
@aws_options
def submit(
    definition: str | None,
    args: tuple[str, ...],
    queue: str | None,
    name: str | None,
    command_json: str | None,
    variables: tuple[str, ...],
    parameters: tuple[str, ...],
    config: Path | None,
    vcpu: float | None,
    memory: int | None,
    array_size: int | None,
    depends_on: tuple[str, ...],
    share_identifier: str | None,
    scheduling_priority: int | None,
    attempts: int | None,
    timeout: str | None,
    tags: tuple[str, ...],
    from_file: Path | None,
    run: str | None,
    rate: float | None,
    dry_run: bool,
    wait: bool,
    following: bool,
    output: str,
    environment: str,
    region: str | None,
    profile: str | None,
) -> None:
    """Submit a job.

    DEFINITION is a logical name, a name or an ARN. The job's id goes to stdout.

    \b
    awa-batch submit fargate-sample -- echo hello
    awa-batch submit ec2-sample --config parameters.json --follow -- python run_batch.py version_test
    """  # noqa: D301 - click reads the backspace
    from awa_batch.cli import parse
    from awa_batch.request import JobOptions, build_request

    if from_file is not None:
        _refuse_beside_from(args, run)
        from awa_batch.cli.commands.submit_from import submit_from
        from awa_batch.submission.pace import SUBMIT_RATE

        clients = open_environment(environment, region, profile)
        sys.exit(
            submit_from(
                clients,
                from_file,
                run or "",
                queue=queue,
                definition=definition,
                rate=SUBMIT_RATE if rate is None else rate,
                dry_run=dry_run,
                output=output,
            )
        )
    if run is not None or rate is not None:
        raise UsageError(f"{'--run' if run is not None else '--rate'} goes with --from.", fix="Add --from jobs.jsonl.")
    if definition is None:
        raise UsageError("DEFINITION is missing.", fix="Name a job definition: awa-batch submit fargate-sample …")

    job_environment = parse.pairs(variables, "--env")
    if config is not None:
        job_environment["CONFIG_JSON"] = parse.json_file_as_text(config, "--config")
    options = JobOptions(
        name=name,
        command=parse.command(command_json, args),
        environment=job_environment,
        parameters=parse.pairs(parameters, "--param"),
        vcpu=vcpu,
        memory=memory,
        array_size=array_size,
        depends_on=depends_on,
        share_identifier=share_identifier,
        scheduling_priority=scheduling_priority,
        attempts=attempts,
        timeout_seconds=None if timeout is None else parse.duration(timeout, "--timeout"),
        tags=parse.pairs(tags, "--tag"),
    )
    clients = open_environment(environment, region, profile)
    request = build_request(clients.contract, definition, queue, options)
    send(clients, request, dry_run=dry_run, wait=wait, following=following, output=output)


def _refuse_beside_from(args: tuple[str, ...], run: str | None) -> None:
    """With --from each job is said by its line: refuse what would silently be left out, and a missing --run."""
    if not run:
        raise UsageError(
            "--from needs --run: the name under which the jobs can be found again.",
            fix="Add --run NAME; the same command again then finishes what is left.",
        )
    own = {
        "name", "command_json", "variables", "parameters", "config", "vcpu", "memory", "array_size", "depends_on",
        "share_identifier", "scheduling_priority", "attempts", "timeout", "tags", "wait", "following",
    }  # fmt: skip
    context = click.get_current_context()
    given = [
        parameter.opts[0]
        for parameter in context.command.params
        if parameter.name in own and context.get_parameter_source(parameter.name) is not ParameterSource.DEFAULT
    ]
    if given or args:
        raise UsageError(
            f"{given[0] if given else 'The command after --'} does not go with --from.",
            fix="Say it in the file's lines (docs/cli.md lists their fields).",
        )


def send(clients: Clients, request: JobRequest, *, dry_run: bool, wait: bool, following: bool, output: str) -> None:
    """Show the request (``dry_run``) or send it, print the id, and wait where that was asked for; exits then."""
    from awa_batch.submission import submit_request

    if dry_run:
        _show(request)
        return
    submitted = submit_request(clients.batch_submit, clients.batch, request)
    if output == "json":
        from awa_batch.cli.render import print_json

        print_json({"jobId": submitted.job_id, "jobName": submitted.job_name})
    else:
        click.echo(submitted.job_id)
    if wait or following:
        sys.stdout.flush()
        from awa_batch.cli.following import wait_for

        sys.exit(wait_for(clients, [submitted.job_id], following=following))


def _show(request: JobRequest) -> None:
    """Print exactly what would be sent, on stdout; its sizes and its image on stderr."""
    from awa_batch.cli.render import print_json
    from awa_batch.limits import MAX_OVERRIDES_CHARACTERS, MAX_REQUEST_BYTES

    print_json(request.to_submit_job())
    say(f"image      {request.image}")
    say(f"overrides  {request.overrides_characters} of {MAX_OVERRIDES_CHARACTERS} characters")
    say(f"request    {request.request_bytes} of {MAX_REQUEST_BYTES} bytes")
    say("Nothing was sent (--dry-run).")
