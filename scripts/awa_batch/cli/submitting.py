"""What every submitting command ends in: check against AWS, show or send, print the ids, wait."""

from __future__ import annotations

import contextlib
import functools
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, TypeVar, cast

import click

from awa_batch.cli.delivering import deliver
from awa_batch.cli.options import (
    asked_patience,
    not_with,
    on_interrupt_option,
    only_with,
    output_option,
    patience_option,
    say,
)
from awa_batch.cli.render import json_text
from awa_batch.cli.types import Duration
from awa_batch.errors import AwaBatchError, AwsError, NotAppliedError, UsageError
from awa_batch.submission.care import LOOKUP_SECONDS, Care, lookup_waits
from awa_batch.text import Command, Field

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.cli.job_options import Said
    from awa_batch.job import JobSpec
    from awa_batch.request import JobRequest
    from awa_batch.submission import Submitted

FORMATS = ("table", "json", "awscli")
"""The forms of a dry run."""

MAX_LOOKUP_SECONDS = 3600

_F = TypeVar("_F", bound=Callable[..., Any])


@dataclass(frozen=True)
class How:
    """What to do with checked requests. ``show`` is the form of a dry run (None sends); ``once`` is a key.

    ``show_secrets`` has a dry run mask nothing; ``like`` is the job whose use says the size; ``max_cost`` are the US
    dollars above which nothing is sent.
    """

    show: str | None = None
    show_secrets: bool = False
    wait: bool = False
    following: bool = False
    on_interrupt: str | None = None
    output: str = "id"
    origin: str = "submit"
    once: str | None = None
    like: str | None = None
    max_cost: float | None = None
    care: Care = field(default_factory=Care)


def submitting_options(command: _F) -> _F:
    """Add what every submitting command takes: --dry-run, --as, --wait, --follow, --on-interrupt, -o, and its care.

    The command gets them in one, as the argument ``how``.
    """

    @click.option("--dry-run", is_flag=True, help="Print the request and send nothing.")
    @click.option(
        "--as",
        "form",
        type=click.Choice(FORMATS),
        help="With --dry-run: how; awscli is for aws batch submit-job --cli-input-json.",
    )
    @click.option("--show-secrets", is_flag=True, help="With --dry-run: mask no value.")
    @click.option("--wait", "-w", is_flag=True, help="Wait for the end; exit with the container's exit code.")
    @click.option("--follow", "-f", "following", is_flag=True, help="As --wait, and show the log as it comes.")
    @on_interrupt_option
    @click.option(
        "--lookup-time",
        type=Duration(1, MAX_LOOKUP_SECONDS),
        help=f"After a lost answer, look this long for the job before it is sent again (default {LOOKUP_SECONDS:g}s).",
    )
    @patience_option
    @click.option("--never-double", is_flag=True, help="After a lost answer, never send again: tell what is unclear.")
    @output_option("id", "json")
    @functools.wraps(command)
    def packed(
        *args: Any,
        dry_run: bool,
        form: str | None,
        show_secrets: bool,
        wait: bool,
        following: bool,
        on_interrupt: str | None,
        lookup_time: float | None,
        never_double: bool,
        output: str,
        **more: Any,
    ) -> Any:
        if form and not dry_run:
            raise UsageError(f"--as {form} says how a dry run is printed.", fix="Add --dry-run.")
        if show_secrets and not dry_run:
            raise UsageError("--show-secrets says what a dry run prints.", fix="Add --dry-run.")
        not_with("--wait", "wait", "--dry-run, which sends nothing", dry_run)
        not_with("--follow", "following", "--dry-run, which sends nothing", dry_run)
        only_with("--on-interrupt", "on_interrupt", "--wait or --follow", wait, following)
        show = (form or ("json" if output == "json" else "table")) if dry_run else None
        care = Care(
            lookup_waits(LOOKUP_SECONDS if lookup_time is None else lookup_time), never_double, asked_patience()
        )
        how = How(
            show=show,
            show_secrets=show_secrets,
            wait=wait,
            following=following,
            on_interrupt=on_interrupt,
            output=output,
            care=care,
        )
        return command(*args, how=how, **more)

    return cast("_F", packed)


def once_option(command: _F) -> _F:
    """Add ``--once``."""
    return click.option("--once", metavar="KEY", help="Submit at most once under this key, however often this runs.")(
        command
    )


def submit_said(said: Said, how: How, open_clients: Callable[[JobSpec], Clients]) -> None:
    """Submit the job that was said, or a child for each row of ``--each``; exits where it waits.

    What was typed is read as a whole before ``open_clients`` is asked for the environment of the spec.
    """
    if how.once is not None and said.is_explicit("name"):
        raise UsageError("--once names the job itself.", fix=("Leave ", Field("name"), " out, or put it into the key."))
    spec = said.spec()
    from awa_batch.request import build_each, build_request, read_items

    items = None if said.each is None else read_items(said.each, say)
    clients = open_clients(spec)
    contract = clients.contract
    spec = _with_history(spec, contract.environment)
    if how.like is not None:
        from awa_batch.cli.like import sized_like

        spec = sized_like(clients, spec, how.like)
    exact_name = None
    if how.once is not None:
        from awa_batch.submission.once import once_name

        exact_name = once_name(contract, how.once)
    if items is None:
        requests = [build_request(contract, spec, exact_name=exact_name, tell=say)]
    else:
        requests = build_each(contract, spec, items, exact_name=exact_name, tell=say)
    send(clients, requests, how)


def _with_history(spec: JobSpec, environment: str) -> JobSpec:
    """Return the spec with ``@last`` and the like among the dependencies as job ids."""
    if not any(text.startswith("@") for text in spec.depends_on):
        return spec
    from awa_batch.history import resolve
    from awa_batch.request.dependencies import split_dependency

    parts = [split_dependency(text) for text in spec.depends_on]
    ids = resolve(environment, [job_id for job_id, _ in parts], "depends_on")
    named = [job_id + (f":{kind}" if kind else "") for job_id, (_, kind) in zip(ids, parts, strict=True)]
    return replace(spec, depends_on=named)


def send(clients: Clients, requests: Sequence[JobRequest], how: How, *, origins: Sequence[str] | None = None) -> None:
    """Show the requests, or send them, print their ids, and wait where that was asked for; exits then.

    ``origins`` says of each what submitted it; else ``how`` does for all. Raises what `check_requests` and
    `send_request` raise; where some of several were accepted before, it says which.
    """
    if how.show:
        from awa_batch.submission.derive import with_there
        from awa_batch.submission.preflight import NOT_CHECKED, reachable_notes
        from awa_batch.submission.sending import submitted_once

        notes = reachable_notes(clients, requests)
        for note in notes:
            say(note)
        with (
            contextlib.suppress(AwsError),
            submitted_once(clients, how.once, requests) as there,
        ):  # offline, the request is still shown
            for name, job_id in there.items():
                say(f"--once {how.once}: job {job_id} ({name}) was submitted before; it would not be sent again.")

        with contextlib.suppress(AwsError, NotAppliedError):  # as above
            requests = with_there(clients, requests)

        from awa_batch.cli.estimating import refuse_above, say_estimate
        from awa_batch.cli.showing import show_requests

        if how.max_cost is not None:
            refuse_above(clients, requests, how.max_cost)
        elif not any(note[0] == NOT_CHECKED for note in notes):
            say_estimate(clients, requests)
        show_requests(requests, how.show, show_secrets=how.show_secrets)
        return
    if how.max_cost is not None:
        from awa_batch.cli.estimating import refuse_above

        refuse_above(clients, requests, how.max_cost)
    submitted = _send_each(clients, requests, how, origins or [how.origin] * len(requests))
    _print(submitted, how.output)
    if how.max_cost is None and sys.stderr.isatty():
        from awa_batch.cli.estimating import say_estimate

        say_estimate(clients, requests)
    if how.wait or how.following:
        ids = [entry.job_id for entry in submitted]
        from awa_batch.cli.following import wait_for

        sys.exit(wait_for(clients, ids, following=how.following, on_interrupt=how.on_interrupt))


def _send_each(clients: Clients, requests: Sequence[JobRequest], how: How, origins: Sequence[str]) -> list[Submitted]:
    """Send what is not there yet; whatever ends this, what was accepted and what may have been is told first."""
    from awa_batch.submission.sending import send_all

    submitted: list[Submitted] = []
    left: list[JobRequest] = []  # the requests that may have left this machine
    try:
        with _termination_as_interrupt():
            send_all(
                clients,
                requests,
                origins,
                once=how.once,
                care=how.care,
                leaving=left.append,
                accepted=submitted.append,
                tell=say,
            )
    except AwaBatchError:
        _tell_of_the_accepted(submitted, len(requests), how)
        raise
    except BaseException:
        _tell_of_the_accepted(submitted, len(requests), how)
        known = {entry.job_name for entry in submitted}
        for request in left[-1:]:
            if request.job_name not in known:
                say(
                    (
                        f"Job {request.job_name} may have been accepted: look for it with ",
                        Command("status", Field("name", request.job_name)),
                        " before you submit again.",
                    )
                )
        raise
    return submitted


def _tell_of_the_accepted(submitted: Sequence[Submitted], count: int, how: How) -> None:
    """Print the ids of those that are there, where the rest did not follow."""
    if not submitted:
        return
    _print(submitted, how.output)
    if count > len(submitted):
        again = "the same command again" if how.once else "with --once KEY the same command could"
        say(
            f"{len(submitted)} of {count} jobs were accepted before this: their ids are on stdout; "
            f"{again} submits just the rest."
        )


@contextlib.contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Let SIGTERM end a submission as Ctrl-C does: by default it would end the process without a word."""

    def interrupt(_number: int, _frame: Any) -> None:
        raise KeyboardInterrupt

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _print(submitted: Sequence[Submitted], output: str) -> None:
    if output == "json":
        values = [{"job_id": entry.job_id, "job_name": entry.job_name} for entry in submitted]
        deliver(json_text(values[0] if len(values) == 1 else values))
        return
    deliver("".join(f"{entry.job_id}\n" for entry in submitted))
