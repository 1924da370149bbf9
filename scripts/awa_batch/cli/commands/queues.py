"""``awa-batch queues``."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from awa_batch.cli.jobs_shown import logical_names
from awa_batch.cli.options import aws_options, open_environment, output_option, say, say_other_account
from awa_batch.cli.render import coloured, print_json, print_table
from awa_batch.cli.table import Column
from awa_batch.contract import find_queue
from awa_batch.text import Step

if TYPE_CHECKING:
    from awa_batch.observe.queue_state import QueueState


@click.command()
@click.argument("names", nargs=-1, metavar="[QUEUE]...")
@output_option("table", "json")
@aws_options
def queues(names: tuple[str, ...], output: str, environment: str, region: str | None, profile: str | None) -> None:
    """Show the queues: state, jobs, vCPUs, compute environments, and what keeps jobs from running.

    QUEUE is a logical name, a name or an ARN. Of an array its children are counted.
    """
    from awa_batch.observe.queue_state import queue_states

    clients = open_environment(environment, region, profile)
    contract = clients.contract
    chosen = [find_queue(contract, name, "queues") for name in names] or list(contract.queues.values())
    logical = logical_names(contract)
    found = queue_states(clients.batch, [queue.arn for queue in chosen])
    if output == "json":
        values = [
            {**asdict(queue), "max_vcpus": queue.max_vcpus, "troubles": queue.troubles, "notes": queue.notes}
            for queue in found
        ]
        hidden = ("front", "name")
        print_json(
            [
                {"queue": entry["name"], "logical_name": logical.get(entry["name"]),
                 **{key: value for key, value in entry.items() if key not in hidden}}
                for entry in values
            ]
        )  # fmt: skip
        return
    print_table(_COLUMNS, [_row(queue, logical.get(queue.name, queue.name)) for queue in found])
    for queue in found:
        for trouble in (*queue.troubles, *queue.notes):
            say(f"{logical.get(queue.name, queue.name)}: {trouble}.")
    absent = {queue.name for queue in chosen} - {queue.name for queue in found}
    for missing in absent:
        say((f"{missing}: AWS has no such queue. Bring the platform up: ", Step("plan", "apply"), "."))
    if absent:
        say_other_account()


_COLUMNS = (
    Column("queue"),
    Column("state", style=coloured),
    Column("priority", drop=2, right=True),
    Column("scheduling", drop=3),
    Column("waiting", right=True),
    Column("runnable", right=True),
    Column("starting", right=True),
    Column("running", right=True),
    Column("vCPUs", right=True),
    Column("runs on", least=12, drop=4),
)


def _row(queue: QueueState, name: str) -> list[object]:
    def count(*states: str) -> str:
        number = sum(queue.jobs.get(state, 0) for state in states)
        return f"{number}{'+' if any(state in queue.more for state in states) else ''}"

    used = "?" if queue.vcpus_in_use is None else f"{queue.vcpus_in_use:g}"
    state = queue.state if queue.status == "VALID" else f"{queue.state} {queue.status}"
    environments = ", ".join(
        entry.name
        + ("" if entry.state == "ENABLED" and entry.status == "VALID" else f" ({entry.state} {entry.status})")
        for entry in queue.environments
    )
    return [
        name,
        state,
        queue.priority,
        queue.scheduling,
        count("SUBMITTED", "PENDING"),
        count("RUNNABLE"),
        count("STARTING"),
        count("RUNNING"),
        f"{used}/{queue.max_vcpus}",
        environments,
    ]
