"""The entry point: the table of commands, and errors turned into lines and exit codes."""

from __future__ import annotations

import gc
import importlib
import os
import signal
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

import click
from click.core import ParameterSource

from awa_batch import __version__
from awa_batch.cli import streams
from awa_batch.errors import UsageError

# name → (module, one line for --help, group). The lines stand here so that --help imports no command;
# a test holds them against the commands themselves.
COMPLETION = "_AWA_BATCH_COMPLETE"
"""Set where a shell asks what it may offer; its name is Click's."""

COMMANDS: dict[str, tuple[str, str, str]] = {
    "demo": ("demo", "Bring ENV=local up, run the example jobs to their end, show what came out.", "Environment"),
    "up": ("environment", "Bring an environment up: platform, image, release.", "Environment"),
    "plan": ("environment", "Show what Terraform would change, and save that plan.", "Environment"),
    "drift": ("environment", "Say where an environment differs from its files; exit 1 where it does.", "Environment"),
    "apply": ("environment", "Apply the saved plan, or plan and ask.", "Environment"),
    "destroy": ("environment", "Destroy an environment, after asking for its name.", "Environment"),
    "outputs": ("environment", "Print Terraform's outputs.", "Environment"),
    "bootstrap": (
        "environment",
        "Make the bucket of an account's Terraform states, once, and point an environment to it.",
        "Environment",
    ),
    "init": (
        "environment",
        "Run terraform init on an environment, from a provider mirror where one lies.",
        "Environment",
    ),
    "validate": (
        "environment",
        "Check an environment's Terraform without credentials and without its state.",
        "Environment",
    ),
    "compute": ("compute", "Replace compute environments without losing a job.", "Environment"),
    "new-env": ("environment", "Make a new environment's Terraform root from an existing one.", "Environment"),
    "contract": (
        "contract",
        "Print what an environment offers: queues, definitions, bucket, repositories.",
        "Environment",
    ),
    "doctor": ("doctor", "Check tools, credentials, environment and local AWS.", "Environment"),
    "local": ("local", "Run the local AWS of ENV=local: up, down, status, reset, logs, reclaim, env.", "Environment"),
    "build": ("image", "Build the container image.", "Image"),
    "push": ("image", "Push the built image and write its digest into the release file.", "Image"),
    "image": (
        "image",
        "Build, push and run images; list, compare, scan and prune them; say what is in them.",
        "Image",
    ),
    "release": ("release", "Release an image by steps: start, canary, promote; or rollback, abort.", "Image"),
    "completion": ("completion", "Print what completes commands in a shell.", "Environment"),
    "new-job": ("new_job", "Make a job's folder that runs and passes its own test at once.", "Jobs"),
    "submit": ("submit", "Submit a job.", "Jobs"),
    "status": ("status", "Show jobs: all recent ones, or those named.", "Jobs"),
    "logs": ("logs", "Print or follow a job's log.", "Jobs"),
    "attach": ("attach", "Come back to jobs: show log and states until they end; exit as they did.", "Jobs"),
    "why": ("why", "Say in plain words why a job is as it is, and what to do next.", "Jobs"),
    "usage": ("usage", "Show what jobs used of what they asked for, and the size that would have done.", "Jobs"),
    "cost": ("cost", "Say what jobs cost, or what an environment costs by the hour while none runs.", "Jobs"),
    "prices": ("prices", "Show the prices that costs are made of; read them from AWS.", "Jobs"),
    "retry": ("retry", "Submit an ended job again as it was, or with more memory.", "Jobs"),
    "cancel": ("cancel", "Cancel jobs: those named, a run's, or all of a queue.", "Jobs"),
    "history": ("history", "Show what this clone submitted, and how it stands.", "Jobs"),
    "queues": (
        "queues",
        "Show the queues: state, jobs, vCPUs, compute environments, and what keeps jobs from running.",
        "Jobs",
    ),
    "top": (
        "top",
        "Show queues and jobs as they go on, in the terminal: what runs, waits and failed, how fast, and at what cost.",
        "Jobs",
    ),
    "report": ("report", "Write what ran as one page: timeline, numbers over time, failures, a table of jobs.", "Jobs"),
    "schedules": ("schedules", "Show what starts by the clock, and when; pause, resume, run one now.", "Jobs"),
}


def name_variables(command: click.Command, prefix: str) -> None:
    """Give every option its variable, named for the flag: ``submit --retry-on`` is AWA_BATCH_SUBMIT_RETRY_ON.

    Click's own names are made from the parameters of our functions, which are not always called as the flag is.
    """
    for parameter in command.params:
        if isinstance(parameter, click.Option) and parameter.envvar is None:
            flag = next(opt for opt in parameter.opts if opt.startswith("--"))
            parameter.envvar = f"{prefix}_{flag[2:]}".upper().replace("-", "_")
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            name_variables(child, f"{prefix}_{name}")


def refuse_empty_values(command: click.Command) -> None:
    """Have every option and argument refuse an empty value: it mostly is a variable that is not set.

    ``status --run "$RUN"`` would show all jobs, and ``cancel`` of what it prints would end them. Click's own types take
    an empty text, or make the current folder of it, so what was typed is looked at before them. Blanks alone are empty
    too. An empty environment variable is, to Click, one that is not set.
    """
    for parameter in command.params:
        # What a job is to run stays as it was typed: `submit` says what AWS does not take of it.
        is_command = isinstance(parameter, click.Argument) and parameter.type is click.UNPROCESSED
        done = "consume_value" in vars(parameter)  # the command was asked for before, or is in two groups
        if not done and not is_command and not (isinstance(parameter, click.Option) and parameter.is_flag):
            # An instance's own, as it must hold for parameters of every class and of every command.
            parameter.consume_value = _full(parameter)  # type: ignore[method-assign,assignment]
    if isinstance(command, click.Group):
        for child in command.commands.values():
            refuse_empty_values(child)


def _full(parameter: click.Parameter) -> Callable[[click.Context, Mapping[str, Any]], tuple[Any, ParameterSource]]:
    """Return the parameter's ``consume_value`` with a refusal of what was typed empty."""
    consume = parameter.consume_value

    def consume_value(context: click.Context, typed: Mapping[str, Any]) -> tuple[Any, ParameterSource]:
        value, source = consume(context, typed)
        if source is ParameterSource.COMMANDLINE:
            given = value if isinstance(value, list | tuple) else [value]
            if any(isinstance(one, str) and not one.strip() for one in given):
                from awa_batch.cli.words import said_by

                name = max(parameter.opts, key=len) if isinstance(parameter, click.Option) else said_by(parameter, None)
                raise UsageError(f"{name}: the value is empty.", fix="Give one or leave it out. Is a variable not set?")
        return value, source

    return consume_value


_HELP = ["-h", "--help"]


class LazyGroup(click.Group):
    """A group that knows its commands from `COMMANDS` and imports one only when it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the commands in the order of the table."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and return a command."""
        del ctx
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"awa_batch.cli.commands.{COMMANDS[cmd_name][0]}")
        command = getattr(module, cmd_name.replace("-", "_"))
        assert isinstance(command, click.Command)  # noqa: S101 - the table is ours
        # Click keeps the help option that it makes first, which a command called by itself makes by its own settings.
        command.context_settings.setdefault("help_option_names", _HELP)
        name_variables(command, f"AWA_BATCH_{cmd_name}")
        refuse_empty_values(command)
        if COMPLETION in os.environ:
            from awa_batch.cli.completing import complete_values

            complete_values(command)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Name the nearest command for a mistyped one."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            import difflib  # 2.5 ms, which a command that is known does without

            near = difflib.get_close_matches(args[0], COMMANDS, n=1)
            hint = f"Did you mean {near[0]!r}?" if near else "See `awa-batch --help`."
            raise UsageError(f"There is no command {args[0]!r}.", fix=hint)
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by group, from the table."""
        del ctx
        groups: dict[str, list[tuple[str, str]]] = {}
        for name, (_module, line, group) in COMMANDS.items():
            groups.setdefault(group, []).append((name, line))
        for group, rows in groups.items():
            with formatter.section(group):
                formatter.write_dl(rows)


@click.group(
    cls=LazyGroup,
    context_settings={
        "help_option_names": _HELP,
        "max_content_width": 110,
    },
)
@click.version_option(__version__, prog_name="awa-batch")
def cli() -> None:
    """AWS Batch as a product: submit, watch and release jobs of a platform that Terraform built.

    The environment is --env-name (-E), else AWA_BATCH_ENV, else local (no AWS account needed). Data goes to stdout,
    all else to stderr. Exit codes: 0 done, 1 the job failed, 2 wrong usage, 3 AWS refused, 4 environment not
    applied, 124 timed out, 130 interrupted.
    """


def main() -> NoReturn:
    """Run the command line and exit."""
    start_fast()
    exit_with_errors(cli, "awa-batch")


def start_fast() -> None:
    """Spare what costs time at the start of a short command: looking for pydantic plugins, collecting new modules."""
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    gc.set_threshold(200_000)


def exit_with_errors(command: click.Command, name: str) -> NoReturn:
    """Run ``command`` and exit; an error becomes one line of what and one of what to do, and the right exit code."""
    try:
        try:
            streams.prepare()
            refuse_undecodable()
            code = _invoke(command, name)
            sys.stdout.flush()
            gc.freeze()  # the interpreter's end need not look through all modules for cycles
            sys.exit(code)
        except (Exception, KeyboardInterrupt) as error:
            _end(error, name)
    except KeyboardInterrupt as again:  # pressed again before the line below
        _end(again, name)


def _end(error: BaseException, name: str) -> NoReturn:
    """Tell of ``error`` and exit, whatever is pressed meanwhile."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    from awa_batch.cli.endings import exit_with  # nothing of it is needed where all goes well

    exit_with(error, name)


def refuse_undecodable() -> None:
    """Refuse an argument, or a variable that commands read, that is not text in this machine's encoding.

    Python hands such bytes on as halves of surrogate pairs, which neither AWS nor a terminal takes. Raises UsageError.
    """
    said = [(f"Argument {place}", word) for place, word in enumerate(sys.argv[1:], start=1)]
    said += [
        (f"The variable {name}", value)
        for name, value in os.environ.items()
        if name.startswith(("AWA_BATCH_", "AWS_")) and not value.isascii()
    ]
    for what, text in said:
        if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
            encoding = sys.getfilesystemencoding().upper()
            raise UsageError(f"{what} is not {encoding} text: {text!a}.", fix=f"Write it in {encoding}.")


def _invoke(command: click.Command, name: str) -> int:
    """Run ``command`` on the process's arguments and return its exit code.

    This is click's main() without its handling of broken pipes, which exits with 1 when a reader has had enough.
    """
    if f"_{name.replace('-', '_').upper()}_COMPLETE" in os.environ:
        command.main(prog_name=name)  # shell completion: prints and exits
    if not isinstance(command, LazyGroup):  # whose commands do so when they are imported
        refuse_empty_values(command)
    try:
        with command.make_context(name, sys.argv[1:]) as context:
            code = command.invoke(context)
            return code if isinstance(code, int) else 0
    except click.exceptions.Exit as finished:
        return finished.exit_code
