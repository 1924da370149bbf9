"""``awa-batch cost``."""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, cast

import click

from awa_batch.batch.memory import forgotten_words
from awa_batch.cli.ids import ids_of
from awa_batch.cli.options import (
    environment_option,
    only_with,
    open_environment,
    output_option,
    patience_option,
    profile_option,
    say,
)
from awa_batch.cli.progress import Progress
from awa_batch.cli.render import print_json, print_table
from awa_batch.cli.runs import jobs_of_run
from awa_batch.cli.table import Column
from awa_batch.cli.there import jobs_there
from awa_batch.cli.types import Duration
from awa_batch.cli.words import said_by
from awa_batch.duration import duration_text
from awa_batch.errors import UsageError
from awa_batch.text import Command

if TYPE_CHECKING:
    from awa_batch.batch.clients import Clients
    from awa_batch.cost import Group, Money, RegionPrices
    from awa_batch.cost.rates import Kind
    from awa_batch.terraform.cost import Cost

MOST_ROWS = 20
"""Groups that the table shows; JSON has all."""
LONGEST = 3653 * 86_400
"""Seconds that it looks back at most: CloudWatch Logs keeps events for ten years at most."""
_BY = re.compile(r"queue|job|tag:.{1,128}")


class By(click.ParamType[str]):
    """What jobs are added up by."""

    name = "by"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return it. Raises UsageError in the name of the flag, or of the variable that said it."""
        if not _BY.fullmatch(str(value)):
            raise UsageError(
                f"{said_by(param, ctx)} {value!r} is nothing that jobs have.",
                fix="Use job, queue or tag:KEY, such as tag:team.",
            )
        return str(value)


@click.command()
@click.option("--job", "jobs", multiple=True, metavar="JOB_ID", help="What a job or an array cost (again for more).")
@click.option("--run", help="What the jobs of a run cost that `submit --from` submitted.")
@click.option("--since", type=Duration(least=1, most=LONGEST), help="What all jobs cost that were submitted since: 7d.")
@click.option(
    "--by",
    type=By(),
    metavar="BY",
    default="job",
    show_default=True,
    help="Add up by job (an array is one), queue or tag:KEY.",
)
@output_option("table", "json")
@patience_option
@profile_option
@environment_option
def cost(
    jobs: tuple[str, ...],
    run: str | None,
    since: float | None,
    by: str,
    output: str,
    environment: str,
    profile: str | None,
) -> None:
    """Say what jobs cost, or what an environment costs by the hour while none runs.

    What jobs cost: each attempt's time, on Fargate at its rates for vCPUs and memory, on EC2 its part of the instance,
    by the table of `awa-batch prices`. What went to attempts that were made again is told apart, and what of it to
    machines that were taken away (Spot). A price that is not known is said to be unknown, never guessed.

    Without --job, --run or --since: what an environment pays for by the hour even when no job runs, counted from a
    plan, so that it tells of an environment that is not applied yet too.
    """
    if sum(map(bool, (jobs, run, since))) > 1:
        raise UsageError("--job, --run and --since each name jobs.", fix="Use one of them.")
    if not (jobs or run or since):
        for flag, name in (("--by", "by"), ("--profile", "profile")):
            only_with(flag, name, "--job, --run or --since")
        _by_the_hour(environment, output)
        return
    _of_jobs(open_environment(environment, None, profile), jobs, run, since, by, output)


def _of_jobs(
    clients: Clients, jobs: tuple[str, ...], run: str | None, since: float | None, by: str, output: str
) -> None:
    from awa_batch.cost import Machines, add_up, cost_of_jobs, key_of, prices_of

    ids = _ids(clients, jobs, run, since)
    prices = prices_of(clients.contract.environment, clients.contract.region)
    queues = {queue.arn: name for name, queue in clients.contract.queues.items()}
    progress, count = Progress(), 0

    def counted() -> Iterable[Any]:
        nonlocal count
        for one in cost_of_jobs(clients, ids, prices, Machines(clients), time.time()):
            count += 1
            if count % 1_000 == 0:
                progress.update("", f"{count:,} jobs")
            yield one

    groups, whole = add_up(counted(), key_of(by, queues))
    progress.clear()
    if output == "json":
        value = {"currency": "USD", "region": prices.region, "prices_looked_up": prices.date or None, "by": by}
        print_json({**value, "groups": [_value(one) for one in groups], "all": _value(whole)})
        return
    if not whole.jobs:
        say(f"AWS shows none of these jobs (any more): {forgotten_words(clients.batch)}.")
        return
    shown = groups[:MOST_ROWS]
    rows = [_row(one) for one in shown] + ([_row(whole)] if len(groups) > 1 else [])
    columns = [Column(by.removeprefix("tag:"), least=16), *(
        Column(name, right=True, drop=drop)
        for name, drop in (("jobs", 0), ("time", 3), ("cost", 0), ("of it again", 1), ("of it Spot's", 2))
    )]  # fmt: skip
    print_table(columns, rows)
    if len(groups) > len(shown):
        say(f"{len(groups) - len(shown):,} more groups, each cheaper, are in the sum (-o json has all).")
    _notes(clients, whole, prices)


def _ids(clients: Clients, jobs: tuple[str, ...], run: str | None, since: float | None) -> list[str]:
    if run:
        return [job.id for job in jobs_of_run(clients, run, failed=False)]
    if jobs:
        found = list(dict.fromkeys(ids_of(clients, jobs, "job")))
        jobs_there(clients, found, "--job")
        return found
    from awa_batch.observe import list_recent

    return [job.id for job in list_recent(clients.batch, clients.contract, hours=(since or 0) / 3600)]


def _row(group: Group) -> list[object]:
    known = group.known > 0
    return [
        group.name,
        f"{group.jobs:,}",
        duration_text(group.seconds),
        (f"{group.total}{'' if not group.unknown else ' and more'}" if known else None),
        str(group.again) if known and group.again.high else None,
        str(group.taken) if known and group.taken.high else None,
    ]


def _value(group: Group) -> dict[str, Any]:
    def pair(money: Money) -> list[float] | None:
        return [round(money.low, 6), round(money.high, 6)] if group.known else None

    return {
        "name": group.name,
        "jobs": group.jobs,
        "seconds": round(group.seconds, 3),
        "usd": pair(group.total),
        "usd_again": pair(group.again),
        "usd_taken": pair(group.taken),
        "unknown": dict(group.unknown),
    }


def _notes(clients: Clients, whole: Group, prices: RegionPrices) -> None:
    for why, count in Counter(whole.unknown).most_common(5):
        say(f"{count:,} {'job is' if count == 1 else 'jobs are'} not in the sum: {why}.")
    if not clients.contract.target.has_account:
        say(f"ENV={clients.contract.environment} costs nothing: this is what AWS would charge in {prices.region}.")
    if prices.date:
        told = f"Prices looked up on {prices.date}, without discounts"
        update = (
            ("; ", Command("prices update"), " reads AWS's own.") if clients.contract.target.has_account else (".",)
        )
        say((told, *update))


def _by_the_hour(environment: str, output: str) -> None:
    from awa_batch.cli.commands.environment import planned_root
    from awa_batch.cost import prices_of
    from awa_batch.terraform.allowed_accounts import region_of
    from awa_batch.terraform.cost import hourly_costs

    root = planned_root(environment)
    costs = hourly_costs(root.planned())
    prices = prices_of(environment, region_of(root.path) or "")
    each = [_hourly(entry, prices) for entry in costs]
    if output == "json":
        print_json([
            {**{key: value for key, value in asdict(entry).items() if key not in ("items", "instances")},
             "usd_per_hour": None if money is None else [round(money.low, 6), round(money.high, 6)]}
            for entry, money in zip(costs, each, strict=True)
        ])  # fmt: skip
        return
    print_table(
        ["billed by the hour", "count", "an hour", "which", "set by"],
        [
            [entry.what, entry.count, "unknown" if money is None else str(money), entry.detail, entry.lever]
            for entry, money in zip(costs, each, strict=True)
        ],
    )
    if prices.date:
        say(f"Prices in {prices.region}, looked up on {prices.date}; what data costs that goes through is not in it.")


def _hourly(entry: Cost, prices: RegionPrices) -> Money | None:
    """Return what all of an entry cost by the hour; None where a price is not known."""
    from awa_batch.cost import NOTHING, Asked, Money, Unknown, hourly

    total = NOTHING
    for name, count in entry.items.items():
        if count and name not in prices.hourly:
            return None
        price = count * prices.hourly.get(name, 0.0)
        total += Money(price, price)
    for vcpus, kind, types in entry.instances:
        rate = hourly(prices, Asked(1, 0), cast("Kind", kind), types)
        if isinstance(rate, Unknown):
            return None
        total += rate.times(vcpus)
    return total
