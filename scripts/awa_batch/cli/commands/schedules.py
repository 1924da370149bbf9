"""``awa-batch schedules``."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import click

from awa_batch.cli.options import aws_options, open_environment, output_option, say, say_other_account
from awa_batch.cli.render import coloured, print_json, print_table
from awa_batch.cli.submitting import How, send, submitting_options
from awa_batch.cli.table import Column
from awa_batch.cli.types import Whole
from awa_batch.text import Step, Text

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.batch.schedules import State
    from awa_batch.schedules import ScheduleState


class _ListByDefault(click.Group):
    """A group that lists where no command of it is named."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Take ``schedules -o json`` for ``schedules list -o json``."""
        if not args or (args[0].startswith("-") and args[0] not in ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


@click.group(cls=_ListByDefault)
def schedules() -> None:
    """Show what starts by the clock, and when; pause, resume, run one now.

    Without a command it is `list`. Schedules are made by Terraform (schedules = {…} of the environment).
    """


@schedules.command("list", short_help="Show the schedules, and when they are due.")
@click.option("--times", "-n", default=1, show_default=True, type=Whole(1, 100), help="How many of the next times.")
@output_option("table", "json")
@aws_options
def list_(times: int, output: str, environment: str, region: str | None, profile: str | None) -> None:
    """Show the schedules: on or paused, expression, job, queue, and the next times in the schedule's time zone."""
    import time

    from awa_batch.schedules import schedule_states

    clients = open_environment(environment, region, profile)
    found = schedule_states(clients, times)
    if output == "json":
        print_json([_value(one) for one in found])
    elif found:
        print_table(_COLUMNS, [row for one in found for row in _rows(one, time.time())])
    else:
        say(f"{clients.contract.environment} has no schedules: its Terraform makes them (schedules = {{…}}).")
    for one in found:
        for note in _notes(one):
            say(note)
    if any(one.state == "MISSING" for one in found):
        say_other_account()


@schedules.command(short_help="Have a schedule start nothing from now on.")
@click.argument("schedule")
@aws_options
def pause(schedule: str, environment: str, region: str | None, profile: str | None) -> None:
    """Have a schedule start nothing from now on; what it started goes on.

    Until the next apply: that sets what the environment's `enabled` says, and the plan shows it. To stay paused,
    set enabled = false.
    """
    _switch(open_environment(environment, region, profile), schedule, "DISABLED")


@schedules.command(short_help="Have a paused schedule start jobs again.")
@click.argument("schedule")
@aws_options
def resume(schedule: str, environment: str, region: str | None, profile: str | None) -> None:
    """Have a paused schedule start jobs again. Times that passed meanwhile are not made up for.

    Until the next apply, where the environment says enabled = false.
    """
    _switch(open_environment(environment, region, profile), schedule, "ENABLED")


@schedules.command(short_help="Start one run now, and print the job's id.")
@click.argument("schedule")
@submitting_options
@aws_options
def run(schedule: str, how: How, environment: str, region: str | None, profile: str | None) -> None:
    """Start one run now, also of a paused schedule: submit what it would submit, and print the job's id.

    The job's name has `by-hand` in it, and its scheduled time is now.
    """
    from awa_batch.batch.patience import patiently
    from awa_batch.schedules import request_by_hand
    from awa_batch.submission.deliver import outage_of

    clients = open_environment(environment, region, profile, waits_itself=True)
    request = patiently(lambda: request_by_hand(clients, schedule), outage_of(clients, how.care, say))
    send(clients, [request], how, origins=[f"schedule {schedule} by hand"])


def _switch(clients: Clients, name: str, state: State) -> None:
    from awa_batch.schedules import switch

    word = _WORDS[state]
    if not switch(clients, name, state):
        say(f"{name} is {word} already.")
        return
    say(f"{name} is {word}.")
    wanted: State = "ENABLED" if clients.contract.schedules[name].enabled else "DISABLED"
    if wanted != state:
        say(_until_apply(name, wanted))


_WORDS = {"ENABLED": "on", "DISABLED": "paused", "MISSING": "MISSING"}


def _until_apply(name: str, wanted: str) -> Text:
    will, other = (f"turns {name} on", "false") if wanted == "ENABLED" else (f"pauses {name}", "true")
    return (
        f"The next apply {will} again, as its `enabled` says. To have it otherwise, set enabled = {other} in the "
        "environment's main.tf.",
    )


def _notes(one: ScheduleState) -> list[Text]:
    if one.state == "MISSING":
        return [(f"{one.name}: AWS has no such schedule. Bring the platform up: ", Step("plan", "apply"), ".")]
    if one.state != one.wanted:
        return [_until_apply(one.name, one.wanted)]
    return []


_COLUMNS = (
    Column("schedule"),
    Column("state", style=coloured),
    Column("expression", least=12),
    Column("time zone", drop=3),
    Column("job", drop=1),
    Column("queue", drop=2),
    Column("next"),
    Column("in", right=True),
)


def _rows(one: ScheduleState, now: float) -> list[list[object]]:
    """Return a row for the next time of a schedule, and one for each that follows it."""
    times = [(_clock(moment), _distance(moment.timestamp() - now)) for moment in one.next] if one.is_on else []
    first, *others = times or [("-", "-")]
    said = [one.name, _WORDS.get(one.state, one.state), one.expression, one.timezone, one.job_definition, one.queue]
    rows: list[list[object]] = [[*said, *first]]
    return rows + [[one.name, "", "", "", "", "", *more] for more in others]


def _clock(moment: datetime) -> str:
    return moment.strftime("%a %Y-%m-%d %H:%M" + (":%S" if moment.second else ""))


def _distance(seconds: float) -> str:
    from awa_batch.duration import duration_text

    return duration_text(seconds)


def _value(one: ScheduleState) -> dict[str, object]:
    return {
        "name": one.name,
        "state": one.state,
        "terraform_state": one.wanted,
        "expression": one.expression,
        "timezone": one.timezone,
        "job_definition": one.job_definition,
        "queue": one.queue,
        "next": [moment.isoformat() for moment in one.next] if one.is_on else [],
    }
