"""The classic submit scripts: full names as flags, with defaults, and no Terraform needed.

Queue and job definition may be of an environment of this clone (then its contract is used, as in ``awa-batch submit``)
or any that the account has: their facts are then read from AWS.
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from awa_batch.cli.main import exit_with_errors
from awa_batch.cli.options import open_environment, profile_option, say
from awa_batch.cli.sending import How, send, sending_options
from awa_batch.cli.words import words
from awa_batch.errors import NotAppliedError, ToolError, UsageError
from awa_batch.target import LOCAL

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients

_FILE = click.Path(path_type=Path)
_NAME = re.compile(r"(?P<prefix>[A-Za-z0-9-]+-(?P<environment>[a-z0-9]+))-(?:ec2|fargate)-[A-Za-z0-9_-]+")
PREFIX, QUEUE, DEFINITION = "--job-name-prefix", "--job-queue", "--job-definition"
_WORDS = {"--name": PREFIX, "--queue": QUEUE, "DEFINITION": DEFINITION, "--array": "--array-size"}
"""What the toolkit's flags are called here."""


def submit_script(*, prefix: str, queue: str, definition: str, description: str) -> NoReturn:
    """Parse the classic flags, submit one job and exit; the arguments are the defaults of three of them."""

    @click.command(help=description, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
    @click.option(
        PREFIX,
        "name",
        envvar="AWS_BATCH_JOB_NAME_PREFIX",
        default=prefix,
        show_default=True,
        show_envvar=True,
        help="Beginning of the job's name; a random suffix is added.",
    )
    @click.option(
        QUEUE,
        "queue",
        envvar="AWS_BATCH_JOB_QUEUE",
        default=queue,
        show_default=True,
        show_envvar=True,
        help="Job queue: name or ARN.",
    )
    @click.option(
        DEFINITION,
        "definition",
        envvar="AWS_BATCH_JOB_DEFINITION",
        default=definition,
        show_default=True,
        show_envvar=True,
        help="Job definition: name (newest ACTIVE revision), name:revision or ARN.",
    )
    @click.option(
        "--region",
        envvar="AWS_REGION",
        default="ap-northeast-1",
        show_default=True,
        show_envvar=True,
        help="AWS region; that of the environment where one is used.",
    )
    @click.option("--vcpu", type=float, help="vCPUs.")
    @click.option("--memory", type=int, help="Memory in MiB.")
    @click.option("--platform-version", help="Fargate version that the definition must have; SubmitJob cannot set it.")
    @click.option(
        "--share-identifier", envvar="AWS_BATCH_SHARE_IDENTIFIER", show_envvar=True, help="Share on a fair-share queue."
    )
    @click.option(
        "--scheduling-priority",
        type=int,
        envvar="AWS_BATCH_SCHEDULING_PRIORITY",
        show_envvar=True,
        help="Priority within the share, 0 to 9999.",
    )
    @click.option("--command", "command_json", help='Command as JSON: \'["echo","hello"]\'. Or write it after --.')
    @click.option("--environment", "environment_json", metavar="JSON", help='Variables as JSON: \'{"A":"1"}\'.')
    @click.option("--parameters-file", type=_FILE, help="JSON object of values for Ref:: in the command.")
    @click.option("--config", type=_FILE, help="JSON file that the job gets as CONFIG_JSON.")
    @click.option("--container-overrides-file", type=_FILE, help="JSON file with SubmitJob's containerOverrides.")
    @click.option("--tags", "tags_text", metavar="K=V,…", help="Tags: K=V,K=V or a JSON object.")
    @click.option("--depends-on", multiple=True, metavar="ID[:N_TO_N]", help="Start after these jobs have succeeded.")
    @click.option("--array-size", type=int, help="Submit an array of this many children (2 to 10000).")
    @sending_options
    @profile_option
    @click.argument("args", nargs=-1, type=click.UNPROCESSED, metavar="[-- COMMAND [ARG]...]")
    def command(
        name: str,
        queue: str,
        definition: str,
        region: str,
        vcpu: float | None,
        memory: int | None,
        platform_version: str | None,
        share_identifier: str | None,
        scheduling_priority: int | None,
        command_json: str | None,
        environment_json: str | None,
        parameters_file: Path | None,
        config: Path | None,
        container_overrides_file: Path | None,
        tags_text: str | None,
        depends_on: tuple[str, ...],
        array_size: int | None,
        how: How,
        profile: str | None,
        args: tuple[str, ...],
    ) -> None:
        from awa_batch.cli import parse
        from awa_batch.paths import project_root
        from awa_batch.request import JobOptions, build_request
        from awa_batch.request.config import check_config

        for flag, value in ((QUEUE, queue), (DEFINITION, definition)):
            if not value.strip():
                raise UsageError(f"{flag} is empty.", fix="Check the variable that it comes from, or leave it out.")
        variables = parse.environment_json(environment_json)
        if config is not None:
            variables["CONFIG_JSON"] = parse.json_file_as_text(config, "--config")
        options = JobOptions(
            name=name,
            command=parse.command(command_json, args),
            environment=variables,
            parameters=parse.parameters_file(parameters_file),
            vcpu=vcpu,
            memory=memory,
            array_size=array_size,
            depends_on=parse.words(depends_on, "--depends-on"),
            share_identifier=share_identifier,
            scheduling_priority=scheduling_priority,
            tags=parse.tags(tags_text),
            overrides=parse.overrides_file(container_overrides_file),
        )
        how = replace(how, origin=Path(sys.argv[0]).name, platform_version=platform_version)
        for note in check_config(project_root(), options, f"--config {config}") if config is not None else ():
            say(note)
        try:
            clients = _open(queue, definition, region, profile)
            request = build_request(clients.contract, definition, queue, options)
            send(clients, [request], how)
        except UsageError as error:
            from awa_batch.submission.plan import in_words

            what, fix = (in_words(text, _WORDS) for text in error.told(words()))
            raise UsageError(what, fix=fix) from None

    exit_with_errors(command, sys.argv[0])


def _open(queue: str, definition: str, region: str, profile: str | None) -> Clients:
    """Return the clients of the environment that queue and definition are of, else of the account as it is."""
    environment = environment_of(queue)
    if environment is not None:
        try:
            clients = open_environment(environment, None, profile)
        except (NotAppliedError, ToolError) as error:
            if environment == LOCAL:
                raise
            say(f"Environment {environment} is not at hand here ({error.what}): its facts are read from AWS.")
        except UsageError:  # no environment of this clone
            pass
        else:
            contract = clients.contract
            of_it = any(entry.name == queue for entry in contract.queues.values())
            known = any(definition in (entry.name, entry.arn) for entry in contract.job_definitions.values())
            # ENV=local never goes to an account, whatever is wrong with the names.
            if environment == LOCAL or (of_it and known):
                return clients
    return _account(queue, definition, region, profile)


def environment_of(queue: str) -> str | None:
    """Return the environment of this clone that a queue's name or ARN speaks of, or None."""
    from awa_batch.paths import project_root

    match = _NAME.fullmatch(queue.rsplit("/", 1)[-1])
    try:
        known = match is not None and (project_root() / "terraform" / "environments" / match["environment"]).is_dir()
    except UsageError:
        return None
    return match["environment"] if match is not None and known else None


def _account(queue: str, definition: str, region: str, profile: str | None) -> Clients:
    from awa_batch.batch.clients import Clients
    from awa_batch.batch.discovery import contract_from_aws
    from awa_batch.contract.model import Bucket, Contract

    unknown = Contract(
        schema_version=1, project="", environment="account", region=region, account_id="", prefix="", queues={},
        job_definitions={}, repositories={}, data_bucket=Bucket(name="", arn=""),
    )  # fmt: skip
    batch = Clients(unknown, profile=profile).batch
    contract = contract_from_aws(batch, queue=queue, definition=definition, region=region)
    return Clients(contract, profile=profile)
