"""``awa-batch prices``."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

import click

from awa_batch.cli.options import aws_options, open_environment, output_option, say
from awa_batch.cli.progress import Progress
from awa_batch.cli.render import print_json, print_table
from awa_batch.cli.table import Column
from awa_batch.errors import UsageError
from awa_batch.text import Command

if TYPE_CHECKING:
    from collections.abc import Iterator

    from awa_batch.cost import RegionPrices


@click.group()
def prices() -> None:
    """Show the prices that costs are made of; read them from AWS.

    A table of a few regions and families is shipped, with its date. An environment's own, which `prices update` writes
    beside its main.tf, comes before it: commit it, and the team has the same.
    """


@prices.command("show", short_help="Show the prices of an environment's region.")
@output_option("table", "json")
@aws_options
def show(output: str, environment: str, region: str | None, profile: str | None) -> None:
    """Show the prices of an environment's region: US dollars by the hour, without discounts and taxes."""
    from awa_batch.cost import prices_of

    contract = open_environment(environment, region, profile).contract
    found = prices_of(contract.environment, contract.region)
    if output == "json":
        print_json(_value(found))
        return
    rows = [list(row) for row in _rows(found)]
    if rows:
        print_table([Column("what"), Column("$ an hour", right=True), Column("of")], rows)
        say(f"{found.region}, looked up on {found.date or 'a day not noted'}: {found.source or 'no source is noted'}")
    if lacking := _lacking(found):
        update = Command("prices update") if contract.target.has_account else "`prices update` in an account"
        say((f"Not known in {found.region}, so in no cost: {', '.join(lacking)}. ", update, " asks AWS."))


@prices.command("update", short_help="Read the prices of an environment's region from AWS.")
@aws_options
def update(environment: str, region: str | None, profile: str | None) -> None:
    """Read the prices of an environment's region from AWS, and write them beside its main.tf.

    Of Fargate, of the instances that its pools may take, On-Demand and Spot as it is now, and of what costs by the
    hour while nothing runs. Needs pricing:GetProducts, ec2:DescribeSpotPriceHistory and
    batch:DescribeComputeEnvironments. The file's name goes to stdout.
    """
    from awa_batch.cost.prices import VERSION, file_of, own_prices
    from awa_batch.cost.update import fetch
    from awa_batch.files import write_whole

    clients = open_environment(environment, region, profile)
    if not clients.contract.target.has_account:
        raise UsageError(
            f"{environment} runs on this machine, where nothing has a price.",
            fix="Name an environment in an account: -E dev.",
        )
    path = file_of(environment)
    kept = dict((own_prices(path) or {"regions": {}})["regions"])
    if not os.access(path.parent, os.W_OK):
        raise UsageError(f"{path.parent} cannot be written.", fix="Take a clone of your own.")
    progress = Progress()
    found = fetch(clients, lambda text: progress.update("", text))
    progress.clear()
    kept[clients.contract.region] = found
    value = {"version": VERSION, "currency": "USD", "regions": dict(sorted(kept.items()))}
    write_whole(path, json.dumps(value, indent=2) + "\n")
    say(f"{clients.contract.region}: {len(found['ec2'])} instance types, {len(found['spot'])} of them on Spot.")
    if not found["fargate_spot"]:
        say("AWS told no price of Fargate Spot: what runs on it is shown as unknown.")
    click.echo(str(path))


def _lacking(found: RegionPrices) -> list[str]:
    """Return the kinds of prices that a region's table has none of."""
    kinds = {
        "Fargate": found.fargate,
        "Fargate Spot": found.fargate_spot,
        "Fargate's storage above 20 GB": found.ephemeral_gb,
        "EC2": found.ec2,
        "EC2 Spot": found.spot,
        "what costs by the hour while idle": found.hourly,
    }
    return [name for name, prices in kinds.items() if not prices]


def _rows(found: RegionPrices) -> Iterator[tuple[str, str, str]]:
    for title, rates in (("Fargate", found.fargate), ("Fargate Spot", found.fargate_spot)):
        for architecture, rate in rates.items():
            yield f"{title} {architecture}", f"{rate.vcpu:g}", "a vCPU"
            yield "", f"{rate.gb:g}", "a GB"
    if found.ephemeral_gb is not None:
        yield "Fargate storage", f"{found.ephemeral_gb:g}", "a GB above 20"
    for name, price in found.ec2.items():
        yield f"EC2 {name}", f"{price:g}", "an instance" if "." in name else "a vCPU"
    for name, pair in found.spot.items():
        yield f"EC2 Spot {name}", f"{pair.low:g}-{pair.high:g}", "an instance"
    for name, price in found.hourly.items():
        yield name.replace("_", " "), f"{price:g}", "one"


def _value(found: RegionPrices) -> dict[str, Any]:
    def rates(kind: str) -> dict[str, Any]:
        return {name: {"vcpu": one.vcpu, "gb": one.gb} for name, one in getattr(found, kind).items()}

    return {
        "region": found.region,
        "currency": "USD",
        "date": found.date or None,
        "source": found.source or None,
        "fargate": rates("fargate"),
        "fargate_spot": rates("fargate_spot"),
        "ephemeral_gb": found.ephemeral_gb,
        "ec2": dict(found.ec2),
        "spot": {name: [pair.low, pair.high] for name, pair in found.spot.items()},
        "hourly": dict(found.hourly),
    }
