"""``awa-batch usage``."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from awa_batch.cli.ids import ids_of
from awa_batch.cli.options import aws_options, not_with, open_environment, output_option, say
from awa_batch.cli.render import print_json, print_table
from awa_batch.cli.runs import jobs_of_run
from awa_batch.cli.table import Column
from awa_batch.cli.there import jobs_there
from awa_batch.duration import duration_text

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.cost import Money
    from awa_batch.usage import Advice, Measured, Spread

MOST_ROWS = 20
"""Jobs that are shown each for itself; of more, how they are spread."""
MOST_OUTLIERS = 5


@click.command()
@click.argument("job_id", metavar="JOB_ID[:INDEX]", required=False)
@click.option("--run", help="Of the jobs of a run that `submit --from` submitted.")
@output_option("table", "json")
@aws_options
def usage(
    job_id: str | None, run: str | None, output: str, environment: str, region: str | None, profile: str | None
) -> None:
    """Show what jobs used of what they asked for, and the size that would have done.

    Memory at the peak, cores on the mean, time; of an array or a run how they are spread and which stand out. It is
    read from the line that the image's runtime writes at the end of each attempt. Without JOB_ID the newest submission.
    """
    from awa_batch.usage import advise, usage_of_jobs

    not_with("--run", "run", "JOB_ID, which names one job", job_id is not None)
    clients = open_environment(environment, region, profile)
    if run is not None:
        ids = [job.id for job in jobs_of_run(clients, run, failed=False)]
    else:
        ids = ids_of(clients, ["@last" if job_id is None else job_id])
        jobs_there(clients, ids)
    jobs = usage_of_jobs(clients, ids)
    advice = advise(jobs)
    costs = _costs(clients, jobs, advice)
    if output == "json":
        print_json(_values(jobs, advice, costs))
        return
    if not jobs:
        say(f"Run {run}: AWS shows none of its jobs (any more).")
        return
    if len(jobs) <= MOST_ROWS:
        _print_each(jobs)
    else:
        _print_spread(jobs)
    _print_notes(jobs)
    _print_advice(jobs, advice, costs)


def _print_each(jobs: Sequence[Measured]) -> None:
    columns = [
        Column("job", least=12),
        Column("state"),
        Column("memory", right=True),
        Column("of", right=True),
        Column("%", right=True),
        Column("cores", right=True),
        Column("of", right=True),
        Column("%", right=True),
        Column("time", right=True),
        Column("read", right=True, drop=2),
        Column("written", right=True, drop=1),
    ]
    print_table(columns, map(_row, jobs))


def _row(job: Measured) -> list[object]:
    asked = job.asked
    return [
        f"{job.name}:{job.index}" if job.index is not None else job.name,
        job.status,
        _size(job.memory),
        _size(asked.memory),
        _percent(job.memory_efficiency),
        _cores(job.cores),
        None if asked.vcpu is None else f"{asked.vcpu:g}",
        _percent(job.cpu_efficiency),
        None if job.wall_seconds is None else duration_text(job.wall_seconds),
        _bytes(job.read_bytes),
        _bytes(job.written_bytes),
    ]


def _print_spread(jobs: Sequence[Measured]) -> None:
    from awa_batch.usage import outliers

    memory, cores, wall = _spreads(jobs)
    columns = [Column("of each job"), *(Column(name, right=True) for name in ("least", "median", "95 %", "most"))]
    rows: list[list[object]] = []
    if memory:
        rows.append(["memory", *map(_size, (memory.least, memory.median, memory.p95, memory.most))])
    if cores:
        rows.append(["cores", *map(_cores, (cores.least, cores.median, cores.p95, cores.most))])
    if wall:
        rows.append(["time", *map(duration_text, (wall.least, wall.median, wall.p95, wall.most))])
    click.echo(f"{len(jobs)} jobs, asked {', '.join(_asked(jobs))}")
    if rows:
        print_table(columns, rows)
    for what, found in (
        ("memory", outliers(jobs, lambda job: job.memory, least=64)),
        ("time", outliers(jobs, lambda job: job.wall_seconds, least=1)),
    ):
        if found:
            shown = [f"{_named(job)} {_size(job.memory) if what == 'memory' else duration_text(job.wall_seconds)}"
                     for job in found[:MOST_OUTLIERS]]  # fmt: skip
            more = f" and {len(found) - MOST_OUTLIERS} more" if len(found) > MOST_OUTLIERS else ""
            click.echo(f"Far above the others in {what}: {', '.join(shown)}{more}.")


def _print_notes(jobs: Sequence[Measured]) -> None:
    notes = Counter(job.note for job in jobs if job.note)
    for note, count in notes.most_common():
        if len(jobs) == 1:
            click.echo(f"Its log has no line of what it used: {note}.")
        else:
            click.echo(f"{count} of {len(jobs)} jobs have no line of what they used: {note}.")
    if any(job.source == "rusage" for job in jobs):
        click.echo("Memory is that of each job's largest process: no cgroup of its own told more.")


def _print_advice(jobs: Sequence[Measured], advice: Advice | None, costs: tuple[Money, Money] | None) -> None:
    killed = [job for job in jobs if job.out_of_memory]
    if killed:
        each = "It was" if len(jobs) == 1 else f"{len(killed)} were, {_named(killed[0])} for example,"
        click.echo(f"{each} killed, out of memory: what it would have taken is not known.")
    if advice is None:
        return
    size = f"{advice.vcpu:g} vCPU with {advice.memory} MiB"
    of = f"Fargate's next size above {_size(advice.used_memory)}" if advice.on_fargate else "with a fifth to spare"
    if advice.is_other:
        click.echo(f"{size} would have done ({of}).")
        if costs is not None and str(costs[0]) != str(costs[1]):
            click.echo(f"These {len(jobs)} would have cost {costs[1]} in place of {costs[0]}." if len(jobs) > 1
                       else f"It would have cost {costs[1]} in place of {costs[0]}.")  # fmt: skip
    else:
        click.echo(f"The size fits: {size} ({of}).")


def _spreads(jobs: Sequence[Measured]) -> tuple[Spread | None, Spread | None, Spread | None]:
    from awa_batch.usage import spread

    return (
        spread(job.memory for job in jobs),
        spread(job.cores for job in jobs),
        spread(job.wall_seconds for job in jobs),
    )


def _asked(jobs: Sequence[Measured]) -> list[str]:
    sizes = Counter((job.asked.vcpu, job.asked.memory) for job in jobs)
    return [
        f"{'?' if vcpu is None else format(vcpu, 'g')} vCPU with {_size(memory) or '?'}"
        + (f" ({count})" if len(sizes) > 1 else "")
        for (vcpu, memory), count in sizes.most_common(3)
    ]


def _values(jobs: Sequence[Measured], advice: Advice | None, costs: tuple[Money, Money] | None) -> dict[str, Any]:
    memory, cores, wall = _spreads(jobs)
    return {
        "jobs": [
            {**asdict(job), "memory_efficiency": job.memory_efficiency, "cpu_efficiency": job.cpu_efficiency}
            for job in jobs
        ],
        "memory": asdict(memory) if memory else None,
        "cores": asdict(cores) if cores else None,
        "wall_seconds": asdict(wall) if wall else None,
        "advice": asdict(advice) if advice else None,
        "usd": None if costs is None else [costs[0].low, costs[0].high],
        "usd_with_advice": None if costs is None else [costs[1].low, costs[1].high],
    }


def _costs(clients: Clients, jobs: Sequence[Measured], advice: Advice | None) -> tuple[Money, Money] | None:
    """Return what the jobs' measured attempts cost, and would have with the size that is advised."""
    from awa_batch.batch.failures import CallError
    from awa_batch.batch.jobs import describe_jobs
    from awa_batch.cost import Machines, prices_of, would_have

    known = [job for job in jobs if job.wall_seconds is not None]
    if advice is None or not advice.is_other or not known:
        return None
    prices = prices_of(clients.contract.environment, clients.contract.region)
    try:
        (detail,) = describe_jobs(clients.batch, [known[0].job_id]).values()
        machines = Machines(clients)
        return would_have(
            detail, advice.vcpu, advice.memory, [job.wall_seconds or 0.0 for job in known], prices, machines
        )
    except (CallError, ValueError):  # it is a figure beside what was asked for
        return None


def _named(job: Measured) -> str:
    return job.name if job.index is None else f"child {job.index}"


def _size(mib: float | None) -> str | None:
    from awa_batch.usage.sentence import size_text

    return None if mib is None else size_text(mib)


def _cores(cores: float | None) -> str | None:
    return None if cores is None else f"{cores:.2f}"


def _percent(part: float | None) -> str | None:
    return None if part is None else f"{part * 100:.0f}"


def _bytes(count: int | None) -> str | None:
    return None if count is None else (_size(count / (1 << 20)) if count >= 1 << 20 else f"{count >> 10} KiB")
