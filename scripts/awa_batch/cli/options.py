"""Options that many commands share, and how an environment is opened from them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

from awa_batch.cli.terminal import plain
from awa_batch.cli.types import LONGEST_WAIT, Duration
from awa_batch.cli.words import ENVIRONMENT_VARIABLE, speak_of, words
from awa_batch.errors import UsageError
from awa_batch.paths import homeless_note
from awa_batch.target import DEFAULT_ENVIRONMENT, target_of
from awa_batch.text import Field, Part, Text

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.contract import Contract

_F = TypeVar("_F", bound=Callable[..., Any])


def say(said: Part | Text) -> None:
    """Tell people something in the command line's words: always on stderr.

    A stderr that cannot be written ends nothing: what a command does is worth more than what it says of it. What AWS or
    a job said in it commands no terminal.
    """
    with contextlib.suppress(OSError, ValueError):
        click.echo(plain(words().say(said)), err=True)


def _remember(_context: click.Context, _parameter: click.Parameter, environment: str) -> str:
    """Have every message from now on name the environment, and give it to the command."""
    speak_of(environment)
    return environment


def environment_option(command: _F) -> _F:
    """Add ``--env-name``: ``--env`` sets a job's environment variable."""
    return click.option(
        "--env-name",
        "-E",
        "environment",
        envvar=ENVIRONMENT_VARIABLE,
        default=DEFAULT_ENVIRONMENT,
        show_default=True,
        callback=_remember,
        help="The environment to work on: local, dev, prod, … (variable AWA_BATCH_ENV).",
    )(command)


def profile_option(command: _F) -> _F:
    """Add ``--profile``."""
    return click.option("--profile", envvar="AWS_PROFILE", help="AWS profile (variable AWS_PROFILE).")(command)


_PATIENCE = "awa_batch.patience"
"""Where the context keeps it; `awa_batch.cli.again` knows the form of the name."""


def _remember_patience(context: click.Context, _parameter: click.Parameter, seconds: float | None) -> None:
    context.meta[_PATIENCE] = seconds


def patience_option(command: _F) -> _F:
    """Add ``--patience``, once; `asked_patience` has it."""
    if any(parameter.name == "patience" for parameter in getattr(command, "__click_params__", ())):
        return command
    return click.option(
        "--patience",
        type=Duration(most=LONGEST_WAIT),
        callback=_remember_patience,
        expose_value=False,
        help="Wait this long for an AWS that cannot be reached, fails or throttles (default 5m; ENV=local 5s).",
    )(command)


def asked_patience() -> float | None:
    """Return the seconds of ``--patience``; None leaves it to the environment's target."""
    context = click.get_current_context(silent=True)
    return context.meta.get(_PATIENCE) if context else None


def aws_options(command: _F) -> _F:
    """Add ``--env-name``, ``--region``, ``--profile`` and ``--patience``."""
    command = patience_option(command)
    command = profile_option(command)
    command = click.option("--region", help="AWS region. Default: the contract's, whatever AWS_REGION says.")(command)
    return environment_option(command)


def output_option(*kinds: str) -> Callable[[_F], _F]:
    """Add ``-o`` with ``kinds``, the first of which is the default."""
    return click.option(
        "--output", "-o", type=click.Choice(kinds), default=kinds[0], show_default=True, help="What stdout gets."
    )


def runner_option(command: _F) -> _F:
    """Add ``--runner``."""
    return click.option(
        "--runner",
        type=click.Choice(["auto", "docker", "process"]),
        envvar="AWA_BATCH_RUNNER",
        default="auto",
        show_default=True,
        help="ENV=local only: what runs jobs. auto: Docker where an engine answers, else local processes.",
    )(command)


def on_interrupt_option(command: _F) -> _F:
    """Add ``--on-interrupt``."""
    return click.option(
        "--on-interrupt",
        type=click.Choice(["detach", "cancel"]),
        help="What Ctrl-C does to the job while waiting: leave it, or cancel it. Default: a second Ctrl-C cancels.",
    )(command)


def is_typed(name: str) -> bool:
    """Return whether a parameter of this command was typed, rather than came by a variable or by default.

    A variable is set for many commands, so that it may be of no use to one of them.
    """
    context = click.get_current_context(silent=True)
    return context is not None and context.get_parameter_source(name) is ParameterSource.COMMANDLINE


def refuse_of_local(environment: str, **flags: str) -> None:
    """Refuse what concerns ENV=local alone (parameter and its flag) where it was typed for an account's environment."""
    for name, flag in flags.items():
        if is_typed(name) and target_of(environment).has_account:
            raise UsageError(
                f"{flag}: environment {environment} is in an account, and this is of ENV=local.",
                fix=f"Leave {flag} out.",
            )


def refuse_of_account(environment: str, **flags: str) -> None:
    """Refuse what concerns an account alone (parameter and its flag) where it was typed for ENV=local."""
    for name, flag in flags.items():
        if is_typed(name) and not target_of(environment).has_account:
            raise UsageError(
                f"{flag}: this is of an environment in an account, and {environment} runs on this machine.",
                fix=f"Leave {flag} out, or name an environment in an account: -E dev.",
            )


def only_with(flag: str, name: str, others: str, *given: object) -> None:
    """Refuse ``flag`` (the parameter ``name``) where it was typed and none of ``given``, its ``others``, is there.

    It would be ignored without a word. Raises UsageError.
    """
    if is_typed(name) and not any(given):
        raise UsageError(f"{flag} goes with {others} alone.", fix=f"Add {others}, or leave {flag} out.")


def not_with(flag: str, name: str, other: str, given: object) -> None:
    """Refuse ``flag`` (the parameter ``name``) where it was typed beside ``other``, which leaves it without effect."""
    if is_typed(name) and given:
        raise UsageError(f"{flag} has no effect beside {other}.", fix="Leave one of the two out.")


def _is_named() -> bool:
    """Whether the user has named the environment, by flag or variable, rather than left it to the default."""
    context = click.get_current_context(silent=True)
    source = context.get_parameter_source("environment") if context else None
    return source not in (None, ParameterSource.DEFAULT)


_opened: list[Clients] = []
"""The clients of the environment that was opened last, to ask whose account is asked."""


def account_note() -> Text:
    """Return what to say where the credentials are of another account than the environment that was opened; else ()."""
    if not _opened:
        return ()
    from awa_batch.batch.account import other_account

    return other_account(_opened[-1])


def say_other_account() -> None:
    """Say it, where something was not there."""
    if note := account_note():
        say(note)


def refuse_profile(environment: str, profile: str | None) -> None:
    """Refuse a profile that was typed for an environment without an account, where it would have no effect."""
    if profile and is_typed("profile") and not target_of(environment).has_account:
        raise UsageError(
            Field("profile", profile),
            f": environment {environment} is on this machine, and no profile leads there.",
            fix=("Leave it out, or name an environment in an account with ", Field("env_name"), "."),
        )


def refuse_other(environment: str, contract: Contract) -> None:
    """Refuse a contract of another environment than the one that the user has named. Raises UsageError."""
    from awa_batch.applied.contract import FILE_VARIABLE

    if contract.environment != environment and _is_named():
        source = os.environ.get(FILE_VARIABLE) or "of its Terraform state"
        raise UsageError(
            Field("env_name", environment),
            f": the contract ({source}) is of {contract.environment}.",
            fix=f"Name the environment {contract.environment}, or unset {FILE_VARIABLE} where it is set.",
        )


def refuse_region(region: str, contract: Contract) -> None:
    """Refuse another region than that of the environment. Raises UsageError."""
    if region != contract.region:
        raise UsageError(
            Field("region", region),
            f": environment {contract.environment} is in {contract.region}.",
            fix=(f"Leave it out, or name the environment that is in {region} with ", Field("env_name"), "."),
        )


def open_environment(
    environment: str,
    region: str | None = None,
    profile: str | None = None,
    *,
    rebuild: bool = False,
    waits_itself: bool = False,
) -> Clients:
    """Return the clients of ``environment``, whose calls wait through outages unless the command ``waits_itself``.

    With ``rebuild`` ENV=local is built anew where its server is gone: for commands that need nothing of what was in it.
    """
    # --help and wrong usage of every command load this module: they read no contract.
    from awa_batch.environment.opening import open_clients

    speak_of(environment)
    if note := homeless_note():
        say(note)
    refuse_profile(environment, profile)
    clients = open_clients(
        environment,
        profile=profile,
        patience=asked_patience(),
        rebuild=rebuild,
        waits_itself=waits_itself,
        say=say,
    )
    contract = clients.contract
    refuse_other(environment, contract)
    speak_of(contract.environment)  # of a contract that AWA_BATCH_CONTRACT names, where no environment is named
    if region:
        refuse_region(region, contract)
    _opened[:] = [clients]
    return clients
