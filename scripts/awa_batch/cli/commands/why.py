"""``awa-batch why``."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any

import click

from awa_batch.cli.ids import ids_of
from awa_batch.cli.options import aws_options, not_with, open_environment, output_option, say
from awa_batch.cli.render import print_json
from awa_batch.cli.runs import jobs_of_run
from awa_batch.cli.terminal import plain
from awa_batch.cli.types import Whole
from awa_batch.cli.words import words
from awa_batch.duration import duration_text
from awa_batch.text import Command, Field

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.explain import Explanation


@click.command()
@click.argument("job_id", metavar="JOB_ID[:INDEX]", required=False)
@click.option("--run", help="Of a run that `submit --from` submitted from this clone: the causes of its failures.")
@click.option("--lines", "-n", type=Whole(0, 1000), default=10, show_default=True, help="Lines of the log, 0 to 1000.")
@output_option("text", "json")
@aws_options
def why(
    job_id: str | None,
    run: str | None,
    lines: int,
    output: str,
    environment: str,
    region: str | None,
    profile: str | None,
) -> None:
    """Say in plain words why a job is as it is, and what to do next.

    Exit code and signal, memory, image, Spot, timeout, dependency, who cancelled it; of one that waits its place, the
    queue and the compute environments. Of an array the causes are counted. Without JOB_ID the newest submission.
    """
    from awa_batch.explain import explain

    not_with("--run", "run", "JOB_ID, which names one job", job_id is not None)
    clients = open_environment(environment, region, profile)
    if run is not None:
        _why_of_run(clients, run, lines, output)
        return
    (wanted,) = ids_of(clients, ["@last" if job_id is None else job_id])
    found = explain(clients, wanted, log_lines=lines)
    used = _used(clients, found)
    if output == "json":
        print_json({**_values(found), "usage": used})
    else:
        print_explanation(found, used)


def _why_of_run(clients: Clients, run: str, lines: int, output: str) -> None:
    """Count the causes of a run's failures."""
    from awa_batch.explain import causes_of

    failed = jobs_of_run(clients, run, failed=True)
    causes = causes_of(clients, [job.id for job in failed], log_lines=lines)
    again = words().command(Command("retry", Field("run", run)))
    if output == "json":
        print_json({"run": run, "failed": len(failed), "causes": [asdict(cause) for cause in causes], "next": [again]})
        return
    if not causes:
        say(f"Of run {run} nothing has failed.")
        return
    click.echo(f"run {run}  {len(failed)} FAILED")
    for cause in causes:
        click.echo(f"  {len(cause.job_ids)} x {cause.verdict}: {plain(cause.what)} For example {cause.job_ids[0]}.")
        for text in cause.evidence:
            click.echo(f"      AWS: {plain(text)}")
        if cause.worth_retry is not None:
            click.echo(f"      {_RETRY[cause.worth_retry]}")
        for line in cause.log:
            click.echo(f"      | {plain(line)}")
    click.echo(f"Next:\n  {again}")


def _used(clients: Clients, found: Explanation) -> str:
    """Return what the job used, where that matters."""
    from awa_batch.observe import describe
    from awa_batch.usage.sentence import sentence_of

    if found.status not in ("SUCCEEDED", "FAILED"):
        return ""
    job = describe(clients.batch, [found.job_id]).get(found.job_id)
    return sentence_of(clients, job) if job else ""


def _values(found: Explanation) -> dict[str, Any]:
    """Return an explanation as JSON's values, its next steps in words."""
    values = asdict(replace(found, next=(), groups=()))
    values["next"] = list(map(words().say, found.next))
    values["groups"] = [
        {**asdict(replace(group, next=())), "next": list(map(words().say, group.next))} for group in found.groups
    ]
    return values


_ROW = re.compile(r"row [0-9]+: ")
_RETRY = {
    True: "The same job may go well when it is tried again.",
    False: "The same job would fail again: change something first.",
}


def _source(text: str) -> str:
    """Return whose words an evidence is: a row is the user's own."""
    return "" if _ROW.match(text) else "AWS: "


def print_explanation(found: Explanation, used: str = "") -> None:
    """Print an explanation as text, and what it used where that matters."""
    from awa_batch.explain.exits import exit_text

    click.echo(f"{found.job_name}  {found.status}  {found.verdict}")
    click.echo(plain(found.what))
    for text in found.evidence:
        click.echo(f"  {_source(text)}{plain(text)}")
    if found.worth_retry is not None:
        click.echo(f"  {_RETRY[found.worth_retry]}")
    for group in found.groups:
        click.echo(f"  {group.count} x {group.verdict}: {plain(group.what)} For example child {group.example}.")
        for text in group.evidence:
            click.echo(f"      {_source(text)}{plain(text)}")
        if group.worth_retry is not None:
            click.echo(f"      {_RETRY[group.worth_retry]}")
        if len(found.groups) > 1:  # of a single one the log stands below
            for line in group.log:
                click.echo(f"      | {plain(line)}")
    if len(found.attempts) > 1:
        for one in found.attempts:
            code = "no exit code" if one.exit_code is None else exit_text(one.exit_code)
            click.echo(
                f"  attempt {one.number}: {code}, {duration_text(one.seconds)}"
                + (f", {plain(one.reason)}" if one.reason else "")
            )
    if found.log and len(found.groups) < 2:
        of = f" of {found.log_of}" if found.log_of and found.log_of != found.job_id else ""
        click.echo(f"The end of the log{of}:")
        for line in found.log:
            click.echo(f"  | {plain(line)}")
    elif found.log_note and not found.log:
        click.echo(plain(found.log_note))
    if used:
        click.echo(f"Its size: {used}.")
    if found.newer:
        click.echo(f"There is a newer revision, {plain(str(found.newer))}: --latest runs it.")
    if found.next:
        click.echo("Next:")
        for step in found.next:
            click.echo(f"  {plain(words().say(step))}")
