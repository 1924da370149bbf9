"""``awa-batch submit``."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click
from click.core import ParameterSource

from awa_batch.cli.options import aws_options, open_environment, say
from awa_batch.cli.sending import How, send, sending_options
from awa_batch.errors import UsageError

if TYPE_CHECKING:
    from awa_batch.request import JobOptions

_FILE = click.Path(path_type=Path)


@click.command()
@click.argument("definition", required=False)
@click.argument("args", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND [ARG]...]")
@click.option("--queue", "-q", help="Queue (logical name, name or ARN). Default: high priority of the platform.")
@click.option(
    "--name",
    "--job-name-prefix",
    "-n",
    "name",
    help="Job name; a random suffix is added. Default: the definition's logical name.",
)
@click.option("--command", "command_json", help='Command as JSON: \'["echo","hello"]\'. Or write it after --.')
@click.option("--env", "variables", multiple=True, metavar="K=V", help="Environment variable (again for more).")
@click.option("--environment", "environment_json", metavar="JSON", help='Variables as JSON: \'{"A":"1"}\'.')
@click.option("--env-file", type=_FILE, help="Variables from a file of NAME=VALUE lines.")
@click.option(
    "--param", "parameters", multiple=True, metavar="K=V", help="Value of Ref::K in the command (again for more)."
)
@click.option("--parameters-file", type=_FILE, help="JSON object of such values.")
@click.option(
    "--config",
    type=_FILE,
    help="JSON file that the job gets as CONFIG_JSON, checked against the job's model; a large one goes by S3.",
)
@click.option(
    "--container-overrides-file", type=_FILE, help="JSON file with SubmitJob's containerOverrides; other flags win."
)
@click.option("--vcpu", type=float, help="vCPUs.")
@click.option("--memory", type=int, help="Memory in MiB.")
@click.option("--gpu", type=int, help="GPUs (EC2 alone).")
@click.option("--array", "array_size", type=int, help="Submit an array of this many children (2 to 10000).")
@click.option("--each", type=_FILE, help="Submit a child for each row of this .jsonl or .csv file.")
@click.option(
    "--depends-on",
    multiple=True,
    metavar="ID[:N_TO_N]",
    help="Start after these jobs have succeeded (commas between them, or again); N_TO_N: child after child.",
)
@click.option("--sequential", is_flag=True, help="Run an array's children one after the other.")
@click.option("--share-identifier", help="Share on a fair-share queue. Default: the contract's.")
@click.option("--scheduling-priority", type=int, help="Priority within the share, 0 to 9999.")
@click.option("--attempts", type=int, help="Try up to this often (1 to 10) whatever the failure.")
@click.option(
    "--retry-on",
    multiple=True,
    metavar="CAUSE",
    help="Try again for these causes alone: spot,pull,oom,exit:7. Three attempts unless --attempts says.",
)
@click.option("--timeout", help="Stop an attempt after this long: 300, 90m, 2h. At least 60 s.")
@click.option("--tag", "tags", multiple=True, metavar="K=V", help="Tag (again for more).")
@click.option("--tags", "tags_text", metavar="K=V,…", help="Tags in one: K=V,K=V or a JSON object.")
@click.option("--platform-version", help="Fargate version that the definition must have; SubmitJob cannot set it.")
@click.option("--once", metavar="KEY", help="Submit at most once under this key, however often this runs.")
@click.option("--from", "from_file", type=_FILE, help="Submit every job of this JSONL file.")
@click.option("--run", help="With --from: the run's name. The same command again finishes what is left of it.")
@click.option("--rate", type=float, help="With --from: calls a second (default 50, the account's limit).")
@click.option("--detach", is_flag=True, help="Do not wait, whatever AWA_BATCH_SUBMIT_WAIT says.")
@sending_options
@aws_options
def submit(
    definition: str | None,
    args: tuple[str, ...],
    queue: str | None,
    name: str | None,
    command_json: str | None,
    variables: tuple[str, ...],
    environment_json: str | None,
    env_file: Path | None,
    parameters: tuple[str, ...],
    parameters_file: Path | None,
    config: Path | None,
    container_overrides_file: Path | None,
    vcpu: float | None,
    memory: int | None,
    gpu: int | None,
    array_size: int | None,
    each: Path | None,
    depends_on: tuple[str, ...],
    sequential: bool,
    share_identifier: str | None,
    scheduling_priority: int | None,
    attempts: int | None,
    retry_on: tuple[str, ...],
    timeout: str | None,
    tags: tuple[str, ...],
    tags_text: str | None,
    platform_version: str | None,
    once: str | None,
    from_file: Path | None,
    run: str | None,
    rate: float | None,
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
    from awa_batch.cli import parse

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
                dry_run=how.show is not None,
                output=how.output,
            )
        )
    if run is not None or rate is not None:
        raise UsageError(f"{'--run' if run is not None else '--rate'} goes with --from.", fix="Add --from jobs.jsonl.")
    if definition is None:
        raise UsageError("DEFINITION is missing.", fix="Name a job definition: awa-batch submit fargate-sample …")
    if once is not None and name is not None:
        raise UsageError("--once names the job itself.", fix="Leave --name out, or put it into the key.")
    how = replace(how, once=once, platform_version=platform_version)
    if detach:
        how = _detached(how)

    from awa_batch.request import JobOptions, build_each, build_request, read_items

    job_environment = {
        **parse.environment_file(env_file),
        **parse.environment_json(environment_json),
        **parse.pairs(variables, "--env"),
    }
    if config is not None:
        job_environment["CONFIG_JSON"] = parse.json_file_as_text(config, "--config")
    options = JobOptions(
        name=name,
        command=parse.command(command_json, args),
        environment=job_environment,
        parameters={**parse.parameters_file(parameters_file), **parse.pairs(parameters, "--param")},
        vcpu=vcpu,
        memory=memory,
        gpu=gpu,
        array_size=array_size,
        depends_on=parse.words(depends_on, "--depends-on"),
        sequential=sequential,
        share_identifier=share_identifier,
        scheduling_priority=scheduling_priority,
        attempts=attempts,
        retry_on=parse.words(retry_on, "--retry-on"),
        timeout_seconds=None if timeout is None else parse.duration(timeout, "--timeout"),
        tags={**parse.tags(tags_text), **parse.pairs(tags, "--tag")},
        overrides=parse.overrides_file(container_overrides_file),
    )
    items = None if each is None else read_items(each)
    if config is not None:
        from awa_batch.paths import project_root
        from awa_batch.request.config import check_config

        for note in check_config(project_root(), options, f"--config {config}"):
            say(note)
    clients = open_environment(environment, region, profile)
    options = _with_history(options, clients.contract.environment)
    exact_name = None
    if once is not None:
        from awa_batch.submission.once import once_name

        exact_name = once_name(clients.contract, once)
    if items is None:
        requests = [build_request(clients.contract, definition, queue, options, exact_name=exact_name)]
    else:
        requests = build_each(clients.contract, definition, queue, options, items, exact_name=exact_name)
    send(clients, requests, how)


def _detached(how: How) -> How:
    """Return ``how`` without any waiting that variables ask for; a flag beside --detach is an error."""
    context = click.get_current_context()
    for flag, parameter in (("--wait", "wait"), ("--follow", "following")):
        if context.get_parameter_source(parameter) is ParameterSource.COMMANDLINE:
            raise UsageError(f"--detach does not wait, and {flag} does.", fix="Use one of them.")
    return replace(how, wait=False, following=False)


def _with_history(options: JobOptions, environment: str) -> JobOptions:
    """Return the options with ``@last`` and the like among the dependencies as job ids."""
    from awa_batch.history import resolve
    from awa_batch.request.dependencies import split_dependency

    if not any(text.startswith("@") for text in options.depends_on):
        return options
    parts = [split_dependency(text) for text in options.depends_on]
    ids = resolve(environment, [job_id for job_id, _ in parts], "depends_on")
    return replace(
        options,
        depends_on=[job_id + (f":{kind}" if kind else "") for job_id, (_, kind) in zip(ids, parts, strict=True)],
    )


def _refuse_beside_from(args: tuple[str, ...], run: str | None) -> None:
    """With --from each job is said by its line: refuse what would silently be left out, and a missing --run."""
    if not run:
        raise UsageError(
            "--from needs --run: the name under which the jobs can be found again.",
            fix="Add --run NAME; the same command again then finishes what is left.",
        )
    own = {
        "name", "command_json", "variables", "environment_json", "env_file", "parameters", "parameters_file", "config",
        "container_overrides_file", "vcpu", "memory", "gpu", "array_size", "each", "depends_on", "sequential",
        "share_identifier", "scheduling_priority", "attempts", "retry_on", "timeout", "tags", "tags_text",
        "platform_version", "once", "form", "wait", "following", "on_interrupt",
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
