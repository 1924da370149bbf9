"""The classic submit scripts: full names as flags, with defaults, and no Terraform needed.

Queue and job definition may be of an environment of this clone (then its contract is used, as in ``awa-batch submit``)
or any that the account has: their facts are then read from AWS.
"""

from __future__ import annotations

import re
import sys
from dataclasses import replace
from pathlib import Path
from typing import NoReturn

import click

from awa_batch.batch.clients import Clients
from awa_batch.cli.job_options import Said, classic_options
from awa_batch.cli.main import exit_with_errors
from awa_batch.cli.options import is_typed, open_environment, profile_option, refuse_region, say
from awa_batch.cli.submitting import How, once_option, submit_said, submitting_options
from awa_batch.cli.words import ClassicWords, speak
from awa_batch.contract.model import Bucket, Contract
from awa_batch.errors import AwsError, NotAppliedError, ToolError, UsageError
from awa_batch.job import JobSpec
from awa_batch.paths import project_root
from awa_batch.target import target_of
from awa_batch.text import Field

_NAME = re.compile(r"(?P<prefix>[A-Za-z0-9-]+-(?P<environment>[a-z0-9]+))-(?:ec2|fargate)-[A-Za-z0-9_-]+")


def submit_script(*, prefix: str, queue: str, definition: str, description: str) -> NoReturn:
    """Parse the classic flags, submit one job and exit; the arguments are the defaults of three of them."""
    speak(ClassicWords())

    @click.command(help=description, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
    @classic_options(name=prefix, queue=queue, definition=definition)
    @click.option(
        "--region",
        envvar="AWS_REGION",
        default="ap-northeast-1",
        show_default=True,
        show_envvar=True,
        help="AWS region; that of the environment where one is used.",
    )
    @once_option
    @submitting_options
    @profile_option
    def command(said: Said, region: str, once: str | None, how: How, profile: str | None) -> None:
        def open_clients(spec: JobSpec) -> Clients:
            queue, definition = spec.queue or "", spec.definition or ""
            for name, value in (("queue", queue), ("definition", definition)):
                if not value.strip():
                    raise UsageError(
                        Field(name), " is empty.", fix="Check the variable that it comes from, or leave it out."
                    )
            return _open(queue, definition, region, profile, rebuild=how.show is None, asked=is_typed("region"))

        submit_said(said, replace(how, origin=Path(sys.argv[0]).name, once=once), open_clients)

    exit_with_errors(command, sys.argv[0])


def _open(
    queue: str, definition: str, region: str, profile: str | None, *, rebuild: bool, asked: bool = False
) -> Clients:
    """Return the clients of the environment that queue and definition are of, else of the account as it is.

    ``rebuild``: see `open_environment`. ``asked``: the region was typed, so it must be that of the environment.
    """
    environment = environment_in_name(queue)
    if environment is not None:
        has_account = target_of(environment).has_account
        try:
            clients = open_environment(environment, None, profile, rebuild=rebuild, waits_itself=True)
        except (NotAppliedError, ToolError, AwsError) as error:
            # Wrong credentials would ask AWS in vain; those that may only submit may not read the state.
            if not has_account or (isinstance(error, AwsError) and not getattr(error, "is_denied", False)):
                raise
            say(f"Environment {environment} is not at hand here ({error.what}): its facts are read from AWS.")
        else:
            contract = clients.contract
            of_it = any(entry.name == queue for entry in contract.queues.values())
            known = any(definition in (entry.name, entry.arn) for entry in contract.job_definitions.values())
            # ENV=local never goes to an account, whatever is wrong with the names.
            if not has_account or (of_it and known):
                if asked:
                    refuse_region(region, contract)
                return clients
    return _account(queue, definition, region, profile)


def environment_in_name(queue: str) -> str | None:
    """Return the environment of this clone that a queue's name or ARN speaks of, or None."""
    match = _NAME.fullmatch(queue.rsplit("/", 1)[-1])
    try:
        known = match is not None and (project_root() / "terraform" / "environments" / match["environment"]).is_dir()
    except UsageError:
        return None
    return match["environment"] if match is not None and known else None


def _account(queue: str, definition: str, region: str, profile: str | None) -> Clients:
    from awa_batch.batch.discovery import contract_from_aws

    unknown = Contract(
        schema_version=1, project="", environment="account", region=region, account_id="", prefix="", queues={},
        job_definitions={}, repositories={}, data_bucket=Bucket(name="", arn=""),
    )  # fmt: skip
    batch = Clients(unknown, profile=profile).batch
    contract = contract_from_aws(batch, queue=queue, definition=definition, region=region)
    return Clients(contract, profile=profile)
