"""``aws-batch-local``: a local AWS, brought up and taken down, and what is not in AWS's API, from the command line.

Data goes to stdout, all else to stderr. Exit codes: 0 done; 1 the server or a program that it needs does not work, or
the server refused; 2 wrong usage; 4 no server runs; 130 interrupted.
"""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from local_batch import __version__, lifecycle, options, state
from local_batch.arns import DEFAULT_REGION
from local_batch.errors import (
    LocalBatchError,
    NotRunningError,
    RefusedError,
    ServerGoneError,
    ServerSilentError,
    UsageError,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from local_batch.state import ServerInfo

NAME = "aws-batch-local"
STATE_VARIABLE = "AWS_BATCH_LOCAL_STATE_DIR"
ACCOUNT_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN")
"""What would lead an AWS client to a real account, or put an account's session before the keys given here."""

_REMEDIES: dict[type[LocalBatchError], str] = {
    ServerGoneError: f"Run: {NAME} up (it begins empty).",
    NotRunningError: f"Run: {NAME} up",
    ServerSilentError: f"Try again, or stop it with its jobs: {NAME} down",
    RefusedError: "See what runs: aws batch list-jobs --job-queue QUEUE --job-status RUNNING",
}
"""What to do about an error, where this command does it."""


def _default_state_dir() -> str:
    return str(Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / NAME)


def _say(line: str) -> None:
    click.echo(line, err=True)


_state_dir = click.option(
    "--state-dir",
    envvar=STATE_VARIABLE,
    default=_default_state_dir,
    show_default="~/.local/state/aws-batch-local",
    show_envvar=True,
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the server's files lie; each folder is a local AWS of its own.",
)


def _server_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of the server."""
    for option in reversed(options.OPTIONS):
        function = click.option(
            option.flag,
            option.name,
            type=click.Choice(option.choices) if option.choices else option.type,
            default=option.default,
            show_default=option.default is not None,
            help=f"{option.help[0].upper()}{option.help[1:]}.",
        )(function)
    return function


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name=NAME)
def cli() -> None:
    """Run AWS Batch on this machine, with moto for every other service. Clients need only its address."""


@cli.command()
@_state_dir
@_server_options
def up(state_dir: Path, **asked: Any) -> None:
    """Start the local AWS and print its address. One that runs already stays as it is."""
    options.check(asked)
    click.echo(_start(state_dir, asked).endpoint_url)


@cli.command()
@_state_dir
def down(state_dir: Path) -> None:
    """Stop the local AWS with its jobs. Nothing of its objects is kept; log and job history are."""
    _say("Stopped the local AWS and its jobs." if lifecycle.stop(state_dir) else "Nothing was running.")


@cli.command()
@_state_dir
@click.option("--output", "-o", type=click.Choice(["table", "json"]), default="table", show_default=True)
def status(state_dir: Path, output: str) -> None:
    """Show the local AWS: address, runner, pid, files. Exit 4 where none runs."""
    shown = {**_running(state_dir).as_dict(), "state_dir": str(state_dir)}
    if output == "json":
        click.echo(json.dumps(shown, indent=2))
        return
    for name, value in shown.items():
        click.echo(f"{name:<13} {value}")


@cli.command()
@_state_dir
@_server_options
def reset(state_dir: Path, **asked: Any) -> None:
    """Stop the local AWS with its jobs, start it anew and empty, and print its address. Options are those given now."""
    options.check(asked)
    if lifecycle.stop(state_dir):
        _say("Stopped the local AWS and its jobs.")
    click.echo(_start(state_dir, asked).endpoint_url)


@cli.command()
@_state_dir
@click.option("--lines", "-n", default=50, show_default=True, type=click.IntRange(min=1), help="How many of the last.")
@click.option("--jobs", is_flag=True, help="The history of jobs, JSON lines, in place of the server's log.")
def logs(state_dir: Path, lines: int, jobs: bool) -> None:
    """Show the last lines of the server's log, or of the history of its jobs. They outlive the server."""
    path = state_dir / (state.JOURNAL if jobs else state.LOG)
    if not path.is_file():
        raise NotRunningError(f"{path} is not there: no local AWS has run here.")
    with path.open(encoding="utf-8", errors="replace") as file:
        for line in deque(file, maxlen=lines):
            click.echo(line, nl=False)


@cli.command()
@_state_dir
@click.argument("job_id", metavar="JOB")
def reclaim(state_dir: Path, job_id: str) -> None:
    """Take the host of a running JOB (its id) away, as a Spot reclaim does; print the jobs that ran there."""
    for one in lifecycle.reclaim(_running(state_dir), job_id):
        click.echo(one)


@cli.command()
@_state_dir
@click.option("--region", default=DEFAULT_REGION, show_default=True, help="The region that clients call.")
def env(state_dir: Path, region: str) -> None:
    """Print the variables that point any AWS client here: eval "$(aws-batch-local env)"."""
    server = _running(state_dir)
    click.echo(f"unset {' '.join(ACCOUNT_VARIABLES)}")
    for name, value in (
        ("AWS_ENDPOINT_URL", server.endpoint_url),
        *(server.keys.variables().items() if server.keys else ()),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
    ):
        click.echo(f"export {name}={shlex.quote(value)}")
    for name in ("NO_PROXY", "no_proxy"):  # a company's proxy does not reach this machine's loopback
        click.echo(f'export {name}="${{{name}:+${name},}}127.0.0.1,localhost"')


def _start(state_dir: Path, asked: dict[str, Any]) -> ServerInfo:
    if state_dir.exists() and not state_dir.is_dir():
        raise UsageError(f"--state-dir {state_dir} is not a folder.", fix="Give a folder, or one that is to be made.")
    runner = asked.pop("runner")
    return lifecycle.start(state_dir, runner, say=_say, options=options.as_arguments(asked))


def _running(state_dir: Path) -> ServerInfo:
    """Return the running server. Raises NotRunningError."""
    found = lifecycle.status(state_dir)
    if found is None:
        raise NotRunningError(f"No local AWS runs on {state_dir}.")
    return found


def main(arguments: list[str] | None = None) -> None:
    """Run the command; every error is a line of what is wrong and a line of what to do."""
    try:
        cli.main(arguments, prog_name=NAME, standalone_mode=False)
    except LocalBatchError as error:
        remedy = next((text for kind, text in _REMEDIES.items() if isinstance(error, kind)), error.fix)
        _fail(error.what_with_flag, remedy, error.exit_code)
    except click.exceptions.NoArgsIsHelpError as help_text:
        _say(help_text.format_message())
        sys.exit(2)
    except click.UsageError as wrong:
        place = wrong.ctx.command_path if wrong.ctx else NAME
        _fail(wrong.format_message(), f"See {place} --help.", 2)
    except click.ClickException as wrong:
        _fail(wrong.format_message(), f"See {NAME} --help.", wrong.exit_code)
    except click.Abort:
        sys.exit(130)
    except BrokenPipeError:
        # The reader has left: nothing more is to be said, not even by the interpreter at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        _fail(f"{error.filename}: {error.strerror}.", "Give another --state-dir, or look at who may write there.", 1)


def _fail(what: str, remedy: str, code: int) -> None:
    _say(f"{NAME}: {what}")
    if remedy:
        _say(f"  {remedy}")
    sys.exit(code)
