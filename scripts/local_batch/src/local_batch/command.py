"""``aws-batch-local``: a local AWS, brought up and taken down, and what is not in AWS's API, from the command line.

Data goes to stdout, all else to stderr. Exit codes: 0 done; 1 the server or a program that it needs does not work, or
the server refused; 2 wrong usage; 4 no server runs; 130 interrupted.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shlex
import sys
from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from local_batch import __version__, lifecycle, options, state, stdout
from local_batch.addresses import own_hosts
from local_batch.arns import DEFAULT_REGION
from local_batch.errors import (
    LocalBatchError,
    NotRunningError,
    RefusedError,
    ServerGoneError,
    ServerSilentError,
    UsageError,
)
from local_batch.runners.process_images import machine_image

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from local_batch.state import ServerInfo

NAME = "aws-batch-local"
STATE_VARIABLE = "AWS_BATCH_LOCAL_STATE_DIR"
MOST_LINES = 1_000_000
"""Lines that are kept in memory to show the last of them."""
ACCOUNT_VARIABLES = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN", "AWS_ROLE_ARN")
"""What would lead an AWS client to a real account, or put an account's session before the keys given here."""

_REMEDIES: dict[type[LocalBatchError], str] = {
    ServerGoneError: f"Run: {NAME} up (it begins empty).",
    NotRunningError: f"Run: {NAME} up",
    ServerSilentError: f"Try again, or stop it with its jobs: {NAME} down",
}
"""What to do about an error, where this command does it."""


def _default_state_dir() -> str:
    return str(Path(os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state") / NAME)


def _say(line: str) -> None:
    click.echo(line, err=True)


def _folder(_context: click.Context, _parameter: click.Parameter, path: Path) -> Path:
    """Refuse a state directory that is none, and cannot become one. Raises UsageError."""
    try:
        there = path
        while not there.exists() and there != there.parent:
            there = there.parent
        if not there.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), str(there))
        path.resolve()
    except (OSError, RuntimeError) as error:
        why = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"--state-dir {path}: {why}.", fix="Give a folder, or one that is to be made.") from None
    return path


_state_dir = click.option(
    "--state-dir",
    callback=_folder,
    envvar=STATE_VARIABLE,
    default=_default_state_dir,
    show_default="~/.local/state/aws-batch-local",
    show_envvar=True,
    type=click.Path(path_type=Path),
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
    _tell_of_the_ignored(state_dir, asked)
    queues, registry = asked["queues"], asked["process_registry"]
    server = _start(state_dir, asked)
    if queues == "default":
        _say(f"Queues: {options.EC2_QUEUE}, {options.FARGATE_QUEUE}.")
        if server.runner == "process":
            _say(f"An image for jobs of this machine's commands: {machine_image(registry)}")
    click.echo(server.endpoint_url)


@cli.command()
@_state_dir
@_server_options
def serve(state_dir: Path, **asked: Any) -> None:
    """Serve in the foreground until SIGTERM, with the log on stderr: for containers and process managers."""
    options.check(asked)
    lifecycle.serve(state_dir, options.as_arguments(asked))


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
@click.option("--in-place", is_flag=True, help="Empty it while it goes on: same address, keys and options.")
@_server_options
def reset(state_dir: Path, in_place: bool, **asked: Any) -> None:
    """Stop the local AWS with its jobs, start it anew and empty, and print its address. Options are those given now."""
    options.check(asked)
    if in_place:
        if typed := _typed():
            what = f"--in-place keeps the server's options: {', '.join(one.flag for one in typed)} cannot be changed."
            raise UsageError(what, fix="Leave one of them out.")
        server = _running(state_dir)
        with _refused(_BEGIN_ANEW):
            lifecycle.reset(server)
        click.echo(server.endpoint_url)
        return
    with contextlib.suppress(NotRunningError, ServerSilentError), _refused(_BEGIN_ANEW):
        if (running := lifecycle.status(state_dir)) is not None:
            lifecycle.reset(running)  # what another emulator holds too; where that cannot be, nothing is
    if lifecycle.stop(state_dir):
        _say("Stopped the local AWS and its jobs.")
    click.echo(_start(state_dir, asked).endpoint_url)


@cli.command()
@_state_dir
@click.option(
    "--lines", "-n", default=50, show_default=True, type=click.IntRange(1, MOST_LINES), help="How many of the last."
)
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
    with _refused("See what runs: aws batch list-jobs --job-queue QUEUE --job-status RUNNING"):
        for one in lifecycle.reclaim(_running(state_dir), job_id):
            click.echo(one)


@cli.command()
@_state_dir
@click.argument("environment", metavar="ENVIRONMENT")
@click.option("--restore", is_flag=True, help="Have it get instances again.")
def capacity(state_dir: Path, environment: str, restore: bool) -> None:
    """Have a compute ENVIRONMENT (its name or ARN) get no instances, as where AWS has no capacity."""
    with _refused("See those that are there: aws batch describe-compute-environments"):
        lifecycle.set_capacity(_running(state_dir), environment, available=restore)


@cli.command()
@_state_dir
@click.option("--region", default=DEFAULT_REGION, show_default=True, help="The region that clients call.")
def env(state_dir: Path, region: str) -> None:
    """Print the variables that point any AWS client here: eval "$(aws-batch-local env)"."""
    if not _REGION.fullmatch(region):
        raise UsageError(f"--region {region} is not the name of a region.", fix=f"Write it as in {DEFAULT_REGION}.")
    server = _running(state_dir)
    click.echo(f"unset {' '.join(ACCOUNT_VARIABLES)}")
    for name, value in (
        ("AWS_ENDPOINT_URL", server.endpoint_url),
        *(server.keys.variables().items() if server.keys else ()),
        ("AWS_REGION", region),
        ("AWS_DEFAULT_REGION", region),
    ):
        click.echo(f"export {name}={shlex.quote(value)}")
    for name in ("NO_PROXY", "no_proxy"):  # a company's proxy does not reach this machine's own addresses
        click.echo(f'export {name}="${{{name}:+${name},}}{",".join(own_hosts(server.endpoint_url))}"')


_BEGIN_ANEW = f"Try again, or begin with an empty Batch: {NAME} down, then {NAME} up"


@contextlib.contextmanager
def _refused(remedy: str) -> Iterator[None]:
    """Say what to do where the server refuses."""
    try:
        yield
    except RefusedError as error:
        raise RefusedError(error.problem, fix=remedy) from None


def _tell_of_the_ignored(state_dir: Path, asked: dict[str, Any]) -> None:
    """Say which options were typed for a server that runs already, with others as far as can be told."""
    typed = _typed()
    if not typed:
        return
    with contextlib.suppress(NotRunningError):
        if (server := lifecycle.status(state_dir)) is not None:
            known = {"runner": server.runner, "port": server.port}
            other = [option.flag for option in typed if known.get(option.name) not in (asked[option.name], None)]
            other += [option.flag for option in typed if option.name not in known]
            if other:
                _say(f"It runs already, and goes on as it was started: {', '.join(other)} changes nothing.")
                _say(f"  To start it anew and empty: {NAME} reset {' '.join(other)} …")


def _typed() -> list[options.Option]:
    """Return the options of the server that were typed."""
    said_by = click.get_current_context().get_parameter_source
    return [option for option in options.OPTIONS if said_by(option.name) is ParameterSource.COMMANDLINE]


def _start(state_dir: Path, asked: dict[str, Any]) -> ServerInfo:
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
    if sys.stdout is None:  # closed before the start; Click would write to nobody without a word
        _fail(f"stdout cannot be written: {os.strerror(errno.EBADF)}.", "Leave it open, or send it to a file.", 1)
    stdout.name_errors()
    try:
        _refuse_empty(cli)
        cli.main(arguments, prog_name=NAME, standalone_mode=False)
        sys.stdout.flush()
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
    except (click.Abort, KeyboardInterrupt):
        _fail("interrupted.", "", 130)
    except BrokenPipeError:
        # The reader has left: nothing more is to be said, not even by the interpreter at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except stdout.StdoutError as error:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # what waits there would fail once more
        _fail(str(error), "Give it a place with free space.", 1)
    except OSError as error:
        place = "" if error.filename is None else f"{error.filename}: "
        code = 2 if error.errno in _WRONG_PLACE and place else 1
        _fail(f"{place}{error.strerror}.", "Give another --state-dir, or look at who may write there.", code)


_WRONG_PLACE = {
    errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP, errno.ENAMETOOLONG,
}  # fmt: skip
"""What the system says of a place that cannot be used as it was given."""


def _refuse_empty(command: click.Command) -> None:
    """Have every option and argument refuse an empty value, mostly a variable that is not set."""
    if isinstance(command, click.Group):
        for child in command.commands.values():
            _refuse_empty(child)
        return
    for parameter in command.params:
        if not (isinstance(parameter, click.Option) and parameter.is_flag):
            parameter.consume_value = _full(parameter)  # type: ignore[method-assign,assignment]


def _full(parameter: click.Parameter) -> Callable[[click.Context, Mapping[str, Any]], tuple[Any, ParameterSource]]:
    """Return the parameter's ``consume_value`` with a refusal of what was typed empty."""
    consume = type(parameter).consume_value

    def consume_value(context: click.Context, typed: Mapping[str, Any]) -> tuple[Any, ParameterSource]:
        value, source = consume(parameter, context, typed)
        if source is ParameterSource.COMMANDLINE and isinstance(value, str) and not value.strip():
            name = parameter.opts[0] if isinstance(parameter, click.Option) else parameter.make_metavar(context)
            raise UsageError(f"{name}: the value is empty.", fix="Give one or leave it out. Is a variable not set?")
        return value, source

    return consume_value


_REGION = re.compile(r"[a-z]{2,10}(-[a-z]{2,20}){1,3}-[0-9]{1,2}")
_LONG = re.compile(r"\S{301,}")


def _fail(what: str, remedy: str, code: int) -> None:
    """Tell in two lines, whatever was typed: endless words are cut, a line's end and other controls are escapes."""
    short = _LONG.sub(lambda word: f"{word[0][:80]}… ({len(word[0])} characters)", what)
    _say(f"{NAME}: " + "".join(one if one.isprintable() else ascii(one)[1:-1] for one in short))
    if remedy:
        _say(f"  {remedy}")
    sys.exit(code)
