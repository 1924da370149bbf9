"""``awa-batch local``."""

from __future__ import annotations

import shlex
from collections import deque
from typing import TYPE_CHECKING

import click

from awa_batch.cli.options import not_with, output_option, runner_option, say
from awa_batch.cli.render import print_json, print_table
from awa_batch.cli.terminal import plain
from awa_batch.cli.types import Whole
from awa_batch.environment import LocalEnvironment
from awa_batch.environment.marker import read_marker
from awa_batch.errors import NotAppliedError
from awa_batch.local_server import job_journal, server_log, server_options, server_status, without_proxy
from awa_batch.local_server import reclaim as reclaim_job
from awa_batch.paths import state_dir
from awa_batch.text import Command, Step

if TYPE_CHECKING:
    from awa_batch.local_server import ServerInfo

_BRING_UP = ("Run ", Step("up"), " (or ", Command("local", "up"), ").")


@click.group()
def local() -> None:
    """Run the local AWS of ENV=local: up, down, status, reset, logs, reclaim, env."""


@local.command()
@runner_option
@click.option("--server-only", is_flag=True, help="Start the local AWS alone: no platform, no image.")
@click.option("--verbose", "-v", is_flag=True, help="Show what terraform and the image build print.")
def up(runner: str, server_only: bool, verbose: bool) -> None:
    """Bring ENV=local up: the local AWS, the platform, the image, the release. What is there is kept."""
    not_with("--verbose", "verbose", "--server-only, which makes nothing", server_only)
    if server_only:
        LocalEnvironment().start_server(say, runner=runner)  # type: ignore[arg-type]
    else:
        LocalEnvironment().up(say, runner=runner, detail=say if verbose else None)  # type: ignore[arg-type]


@local.command()
def down() -> None:
    """Stop the local AWS, the registry and all jobs."""
    if not LocalEnvironment().down(say):
        say("nothing was running")


@local.command()
def clean() -> None:
    """Stop everything and remove what ENV=local keeps: images, registry, logs, job history, Terraform state."""
    LocalEnvironment().clean(say)


@local.command()
@output_option("table", "json")
def status(output: str) -> None:
    """Show the local AWS: address, runner, pid, log. Exit 4 where it does not run."""
    info = _running()
    marker = read_marker(state_dir())
    applied = marker.phase if marker and marker.server_id == info.server_id else "not applied"
    if output == "json":
        print_json({**info.as_dict(), "platform": applied, "state_dir": str(state_dir())})
        return
    rows = [
        ("endpoint", info.endpoint_url),
        ("platform", applied),
        ("jobs run as", info.runner + (f" ({info.runner_reason})" if info.runner_reason else "")),
        ("pid", info.pid),
        ("started", info.started_at),
        ("log", server_log(state_dir())),
    ]
    print_table(["local AWS", ""], rows)


@local.command()
def env() -> None:
    """Print the variables that point any AWS client here: eval "$(awa-batch local env)"."""
    local = LocalEnvironment()
    endpoint_url = local.open(say)
    click.echo(f"unset {' '.join(local.target.unset_variables)}")
    for name, value in local.target.variables(endpoint_url).items():
        click.echo(f"export {name}={shlex.quote(value)}")
    for name, hosts in without_proxy(endpoint_url, {}).items():
        click.echo(f'export {name}="${{{name}:+${name},}}{hosts}"')


@local.command()
@click.argument("job_id", metavar="JOB")
def reclaim(job_id: str) -> None:
    """Take the host of a running JOB (its id) away, as EC2 Spot and Fargate Spot do; print the jobs that ran there."""
    for one in reclaim_job(_running(), job_id):
        click.echo(one)


@local.command()
@click.option("--lines", "-n", default=50, show_default=True, type=Whole(1, 1_000_000), help="How many of the last.")
@click.option("--jobs", is_flag=True, help="The job history (JSON lines) in place of the server's log.")
def logs(lines: int, jobs: bool) -> None:
    """Show the last lines of the local AWS's log, or of its job history. They outlive the server."""
    path = (job_journal if jobs else server_log)(state_dir())
    if not path.is_file():
        raise NotAppliedError(f"{path} is not there: no local AWS has run.", fix=_BRING_UP)
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in deque(file, maxlen=lines):
            click.echo(plain(line), nl=False)


@local.command()
@runner_option
def reset(runner: str) -> None:
    """Build ENV=local anew: stop it with its jobs, forget its objects, bring it up again. Images are kept."""
    server_options()  # what they would refuse is refused before anything is stopped
    LocalEnvironment().down(say)
    LocalEnvironment().up(say, runner=runner)  # type: ignore[arg-type]


def _running() -> ServerInfo:
    """Return the running local AWS. Raises NotAppliedError."""
    info = server_status(state_dir())
    if info is None:
        raise NotAppliedError("The local AWS is not running.", fix=_BRING_UP)
    return info
