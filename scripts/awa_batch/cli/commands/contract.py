"""``awa-batch contract``."""

from __future__ import annotations

from dataclasses import asdict

import click

from awa_batch.cli.options import environment_option, open_environment, output_option
from awa_batch.cli.render import print_json, print_table


@click.command()
@environment_option
@output_option("table", "json")
def contract(environment: str, output: str) -> None:
    """Print what an environment offers: queues, definitions, bucket, repositories.

    With -o json it is the file that AWA_BATCH_CONTRACT takes where no Terraform is at hand.
    """
    found = open_environment(environment).contract
    if output == "json":
        print_json(asdict(found))
        return
    print_table(
        ["environment", "region", "account", "data bucket"],
        [[found.environment, found.region, found.account_id, found.data_bucket.name]],
    )
    click.echo()
    print_table(
        ["queue", "platform", "capacity", "priority", "scheduling", "max vCPUs"],
        [
            [name, queue.platform, queue.capacity, queue.priority, queue.scheduling, queue.max_vcpus]
            for name, queue in found.queues.items()
        ],
    )
    click.echo()
    print_table(
        ["job definition", "platform", "revision", "vCPU", "MiB", "slot", "image"],
        [
            [name, entry.platform, entry.revision, f"{entry.vcpu:g}", entry.memory, entry.slot, entry.image]
            for name, entry in found.job_definitions.items()
        ]
        or [["(none: no image released yet)", "", "", "", "", "", ""]],
    )
